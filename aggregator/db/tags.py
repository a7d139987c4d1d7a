"""Topics, places, kind and entities of updates; human corrections, which outlive every retag."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlite_utils

from aggregator.models import Evidence, Tags, Utc
from aggregator.tagging.taxonomy import Taxonomy


@dataclass(frozen=True, slots=True)
class Correction:
    """One human decision about one tag of one update."""

    field: str  # topic | place | kind | story
    action: str  # add | drop | set
    value: str


@dataclass(frozen=True, slots=True)
class Labels:
    """The tags of an update as stored: what a retag compares with."""

    topics: frozenset[str]
    places: frozenset[str]
    kind: str


def sync_taxonomy(conn: sqlite3.Connection, taxonomy: Taxonomy) -> None:
    """Writes sections, topics and places as the taxonomy has them. Topics in use are never deleted."""
    db = sqlite_utils.Database(conn)
    db.table("sections").upsert_all(
        [
            {"slug": s.slug, "title": s.title, "description": s.description, "position": s.position}
            for s in taxonomy.sections
        ],
        pk="slug",
    )
    parents_first = sorted(taxonomy.topics, key=lambda t: t.parent is not None)  # a child refers to its parent
    db.table("topics").upsert_all(
        [
            {"slug": t.slug, "title": t.title, "description": t.description, "parent": t.parent,
             "assignable": int(t.assignable), "position": t.position}
            for t in parents_first
        ],
        pk="slug",
    )  # fmt: skip
    conn.execute("DELETE FROM topic_sections")
    conn.executemany(
        "INSERT INTO topic_sections(section, topic, position) VALUES (?,?,?)",
        [(s.slug, topic, n) for s in taxonomy.sections for n, topic in enumerate(s.topics)],
    )
    db.table("places").upsert_all(
        [{"slug": p.slug, "name": p.name, "gss": p.gss, "kind": p.kind} for p in taxonomy.places], pk="slug"
    )


def write(
    conn: sqlite3.Connection,
    update_id: int,
    tags: Tags,
    *,
    source_topics: Sequence[str],
    source_kind: str,
    at: Utc,
) -> bool:
    """Replaces what model and source say of an update; what people said stays. True when a label changed."""
    before = labels(conn, update_id)
    human = corrections(conn, update_id)
    _write_topics(conn, update_id, tags, source_topics, human, at)
    _write_places(conn, update_id, tags, human, at)
    _write_kind(conn, update_id, tags, source_kind, human)
    _write_entities(conn, update_id, tags)
    return labels(conn, update_id) != before


def _write_topics(
    conn: sqlite3.Connection,
    update_id: int,
    tags: Tags,
    source_topics: Sequence[str],
    human: Sequence[Correction],
    at: Utc,
) -> None:
    dropped = {c.value for c in human if c.field == "topic" and c.action == "drop"}
    added = {c.value for c in human if c.field == "topic" and c.action == "add"}
    rows = {t.slug: (t.score, "model", _evidence(t.evidence)) for t in tags.topics if t.slug not in dropped}
    for slug in source_topics:
        if slug not in dropped:
            why = Evidence("source", 0, 0, "", "every item of this source")
            rows[slug] = (1.0, "source", rows[slug][2] if slug in rows else _evidence((why,)))
    for slug in added:
        rows[slug] = (1.0, "human", rows[slug][2] if slug in rows else "[]")
    conn.execute("DELETE FROM update_topics WHERE update_id = ?", (update_id,))
    conn.executemany(
        "INSERT INTO update_topics(topic, update_id, score, origin, evidence, published_at, model) VALUES (?,?,?,?,?,?,?)",
        [(slug, update_id, score, origin, why, at, tags.model) for slug, (score, origin, why) in rows.items()],
    )


def _write_places(conn: sqlite3.Connection, update_id: int, tags: Tags, human: Sequence[Correction], at: Utc) -> None:
    dropped = {c.value for c in human if c.field == "place" and c.action == "drop"}
    rows = {p.slug: ("model", _evidence(p.evidence)) for p in tags.places if p.slug not in dropped}
    for c in human:
        if c.field == "place" and c.action == "add":
            rows[c.value] = ("human", rows[c.value][1] if c.value in rows else "[]")
    conn.execute("DELETE FROM update_places WHERE update_id = ?", (update_id,))
    conn.executemany(
        "INSERT INTO update_places(place, update_id, origin, evidence, published_at, model) VALUES (?,?,?,?,?,?)",
        [(slug, update_id, origin, why, at, tags.model) for slug, (origin, why) in rows.items()],
    )


def _write_kind(
    conn: sqlite3.Connection, update_id: int, tags: Tags, source_kind: str, human: Sequence[Correction]
) -> None:
    chosen = next((c.value for c in reversed(human) if c.field == "kind"), None)
    kind, origin = (chosen, "human") if chosen else (source_kind, "source") if source_kind else (tags.kind, "model")
    conn.execute(
        "UPDATE updates SET kind = ?, kind_origin = ?, tag_model = ? WHERE id = ?",
        (kind, origin, tags.model, update_id),
    )


def _write_entities(conn: sqlite3.Connection, update_id: int, tags: Tags) -> None:
    conn.execute("DELETE FROM update_entities WHERE update_id = ?", (update_id,))
    for entity in tags.entities:
        conn.execute(
            "INSERT INTO entities(type, slug, title) VALUES (?,?,?) ON CONFLICT(type, slug) DO NOTHING",
            (entity.type, entity.slug, entity.title),
        )
        conn.execute(
            "INSERT OR REPLACE INTO update_entities(entity_id, update_id, evidence) "
            "SELECT id, ?, ? FROM entities WHERE type = ? AND slug = ?",
            (update_id, _evidence(entity.evidence), entity.type, entity.slug),
        )


def labels(conn: sqlite3.Connection, update_id: int) -> Labels:
    """The labels an update has now."""
    topics = conn.execute("SELECT topic FROM update_topics WHERE update_id = ?", (update_id,))
    places = conn.execute("SELECT place FROM update_places WHERE update_id = ?", (update_id,))
    kind = conn.execute("SELECT kind FROM updates WHERE id = ?", (update_id,)).fetchone()
    return Labels(frozenset(t for (t,) in topics), frozenset(p for (p,) in places), kind[0] if kind else "")


def corrections(conn: sqlite3.Connection, update_id: int) -> list[Correction]:
    """What people decided about an update: the last word on each value, in the order given."""
    latest: dict[tuple[str, str], Correction] = {}
    for field, action, value in conn.execute(
        "SELECT field, action, value FROM corrections WHERE update_id = ? ORDER BY id", (update_id,)
    ):
        latest.pop((field, value), None)
        latest[(field, value)] = Correction(field, action, value)
    return list(latest.values())


def correct(
    conn: sqlite3.Connection, update_id: int, decisions: Iterable[Correction], *, who: str, why: str, at: Utc
) -> None:
    """Records human decisions. The caller retags the update afterwards, in the same transaction."""
    conn.executemany(
        "INSERT INTO corrections(update_id, at, who, why, field, action, value) VALUES (?,?,?,?,?,?,?)",
        [(update_id, at, who, why, d.field, d.action, d.value) for d in decisions],
    )


def _evidence(evidence: Sequence[Evidence]) -> str:
    return json.dumps(
        [{"field": e.field, "start": e.start, "end": e.end, "text": e.text, "rule": e.rule} for e in evidence],
        ensure_ascii=False,
    )
