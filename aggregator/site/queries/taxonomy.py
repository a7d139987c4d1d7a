"""Sections, topics and places, and how much is filed under each."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from aggregator.models import Utc
from aggregator.site.views import Count, Link
from aggregator.text.times import first_id, midnight

RECENT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic with its neighbours in the tree; ``recent`` counts the last 30 days, children included."""

    slug: str
    title: str
    description: str
    parent: Link | None
    children: tuple[Link, ...]
    sections: tuple[Link, ...]
    recent: int


@dataclass(frozen=True, slots=True)
class Section:
    """A section of the tree."""

    slug: str
    title: str
    description: str
    topics: tuple[Topic, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A borough, or the City."""

    slug: str
    name: str
    gss: str
    kind: str
    recent: int


@dataclass(frozen=True, slots=True)
class Month:
    """How many updates of a list a month brought."""

    month: str
    n: int


def tree(conn: sqlite3.Connection, now: Utc) -> tuple[Section, ...]:
    """The whole taxonomy with recent counts."""
    topics = {t.slug: t for t in _topics(conn, now)}
    members: dict[str, list[Topic]] = defaultdict(list)
    for section, topic in conn.execute("SELECT section, topic FROM topic_sections ORDER BY section, position"):
        if topic in topics:
            members[section].append(topics[topic])
    rows = conn.execute("SELECT slug, title, description FROM sections ORDER BY position")
    return tuple(Section(slug, title, description, tuple(members[slug])) for slug, title, description in rows)


def sections(conn: sqlite3.Connection) -> tuple[tuple[Link, tuple[Link, ...]], ...]:
    """The sections and the topics of each, without counts."""
    sql = """
    SELECT s.slug AS section, s.title AS section_title, t.slug, t.title FROM sections s
    JOIN topic_sections x ON x.section = s.slug JOIN topics t ON t.slug = x.topic ORDER BY s.position, x.position
    """
    found: dict[Link, list[Link]] = defaultdict(list)
    for section, section_title, slug, title in conn.execute(sql):
        found[Link(section_title, f"/topics#{section}")].append(Link(title, f"/topics/{slug}"))
    return tuple((section, tuple(topics)) for section, topics in found.items())


def topic(conn: sqlite3.Connection, slug: str, now: Utc) -> Topic | None:
    """One topic; None where there is none with this slug."""
    return next((t for t in _topics(conn, now) if t.slug == slug), None)


def _topics(conn: sqlite3.Connection, now: Utc) -> list[Topic]:
    rows = conn.execute("SELECT slug, title, description, parent FROM topics ORDER BY position, slug").fetchall()
    links = {r["slug"]: Link(r["title"], f"/topics/{r['slug']}") for r in rows}
    below: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if row["parent"]:
            below[row["parent"]].append(row["slug"])
    sections: dict[str, list[Link]] = defaultdict(list)
    for slug, section, title in conn.execute(
        "SELECT ts.topic, s.slug, s.title FROM topic_sections ts JOIN sections s ON s.slug = ts.section ORDER BY s.position"
    ):
        sections[slug].append(Link(title, f"/topics#{section}"))
    recent = _recent(conn, now, below)
    return [
        Topic(
            slug=r["slug"],
            title=r["title"],
            description=r["description"],
            parent=links.get(r["parent"]),
            children=tuple(links[c] for c in below[r["slug"]]),
            sections=tuple(sections[r["slug"]] or sections.get(r["parent"] or "", [])),
            recent=recent[r["slug"]],
        )
        for r in rows
    ]


def _recent(conn: sqlite3.Connection, now: Utc, below: dict[str, list[str]]) -> dict[str, int]:
    """Updates of the last 30 days by topic, each once for its topic and once for the topic above."""
    parents = {child: parent for parent, slugs in below.items() for child in slugs}
    found: dict[str, set[int]] = defaultdict(set)
    since = first_id(midnight(now, -RECENT_DAYS))
    for slug, update in conn.execute("SELECT topic, update_id FROM update_topics WHERE update_id >= ?", (since,)):
        found[slug].add(update)
        if slug in parents:
            found[parents[slug]].add(update)
    return defaultdict(int, {slug: len(ids) for slug, ids in found.items()})


def places(conn: sqlite3.Connection, now: Utc) -> tuple[Place, ...]:
    """All places by name, with how much is recent."""
    sql = """
    SELECT p.slug, p.name, p.gss, p.kind,
           (SELECT count(*) FROM update_places x WHERE x.place = p.slug AND x.update_id >= ?) AS recent
    FROM places p ORDER BY p.name
    """
    return tuple(Place(*row) for row in conn.execute(sql, (first_id(midnight(now, -RECENT_DAYS)),)))


def place(conn: sqlite3.Connection, slug: str) -> Place | None:
    """One place; None where there is none with this slug."""
    row = conn.execute("SELECT slug, name, gss, kind, 0 FROM places WHERE slug = ?", (slug,)).fetchone()
    return Place(*row) if row else None


def months(conn: sqlite3.Connection, topics: Sequence[str], now: Utc, count: int = 24) -> tuple[Month, ...]:
    """Updates of these topics in each of the last months, oldest first, this month included."""
    year, month = int(now[:4]), int(now[5:7])
    names = [f"{(year * 12 + month - 1 - n) // 12:04}-{(year * 12 + month - 1 - n) % 12 + 1:02}" for n in range(count)]
    sql = """
    SELECT substr(published_at, 1, 7) AS month, count(DISTINCT update_id) AS n FROM update_topics
    WHERE topic IN (SELECT value FROM json_each(?)) AND update_id >= ? GROUP BY month
    """
    found = dict(conn.execute(sql, (json.dumps(list(topics)), first_id(Utc(f"{names[-1]}-01T00:00:00Z")))).fetchall())
    return tuple(Month(name, found.get(name, 0)) for name in reversed(names))


def beside(conn: sqlite3.Connection, topics: Sequence[str], now: Utc, limit: int = 6) -> tuple[Count, ...]:
    """Topics that share the most updates with these in the last 90 days."""
    sql = """
    SELECT o.topic, t.title, count(*) AS n FROM update_topics m
    JOIN update_topics o ON o.update_id = m.update_id AND o.topic NOT IN (SELECT value FROM json_each(:topics))
    JOIN topics t ON t.slug = o.topic
    WHERE m.topic IN (SELECT value FROM json_each(:topics)) AND m.update_id >= :since
    GROUP BY o.topic ORDER BY n DESC, t.title LIMIT :limit
    """
    given = {"topics": json.dumps(list(topics)), "since": first_id(midnight(now, -90)), "limit": limit}
    return tuple(Count(*row) for row in conn.execute(sql, given))


def priorities(conn: sqlite3.Connection, place: str, limit: int = 12) -> tuple[Link, ...]:
    """What the wards of a borough have asked their officers to do, latest first."""
    sql = """
    SELECT u.id, u.title, coalesce(u.published_at, u.first_seen_at) FROM updates u JOIN sources s ON s.id = u.source_id
    WHERE s.kind = 'police-priorities' AND u.status = 'live'
      AND EXISTS (SELECT 1 FROM update_places x WHERE x.place = ? AND x.update_id = u.id)
    ORDER BY u.id DESC LIMIT ?
    """
    rows = conn.execute(sql, (place, limit))
    return tuple(Link(title.removeprefix("Priority in "), f"/updates/{i}", at) for i, title, at in rows)
