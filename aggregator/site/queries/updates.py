"""One update: its text, versions, tags, copies; and versions over the whole archive."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from aggregator.limits import EXCERPT_LIST_CHARS, MAX_DIFF_CHARS
from aggregator.models import Utc
from aggregator.site.archive import CursorError
from aggregator.site.evidence import Tagged, read, tag
from aggregator.site.queries import beside, lists
from aggregator.site.views import Item, Link, Tag
from aggregator.text.excerpt import Excerpt, first_change
from aggregator.text.times import When, span, when
from aggregator.text.words import RELATIONS


@dataclass(frozen=True, slots=True)
class Version:
    """A version of an update. Without text (``has_text``) only the publisher's word for the change is known."""

    update_id: int
    version: int
    seen: When | None
    declared: When | None
    note: str
    silent: bool
    has_text: bool
    title: str
    summary: str
    body: str
    sha256: str
    words_added: int
    words_removed: int
    status: str

    @property
    def path(self) -> str:
        return f"/updates/{self.update_id}/versions/{self.version}"


@dataclass(frozen=True, slots=True)
class Notice:
    """What was declared, or became of an update, without a change of its text."""

    version: int
    at: When | None
    note: str


@dataclass(frozen=True, slots=True)
class Related:
    """Another update that follows from this one, or from which this one follows."""

    id: int
    title: str
    relation: str
    reason: str

    @property
    def path(self) -> str:
        return f"/updates/{self.id}"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file or page that belongs to an update."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Update:
    """An update as its page shows it."""

    item: Item
    keep: str
    attribution: str
    homepage: str
    body: str
    html: str
    tags: tuple[Tag, ...]  # with their evidence
    versions: tuple[Version, ...]  # newest first
    notices: tuple[Notice, ...]  # newest first
    related: tuple[Related, ...]  # newest first
    first_seen: When | None
    last_seen: When | None
    changed: When | None
    modified: When | None
    starts: When | None
    ends: When | None
    status_at: When | None
    status_note: str
    redirect_to: str
    refs: tuple[str, ...]
    attachments: tuple[Attachment, ...]
    sha256: str
    flapping: bool
    corrected: bool


_UPDATE = """
SELECT u.*, s.keep, s.attribution, s.homepage, coalesce(t.body, '') AS body, coalesce(t.html, '') AS html,
       EXISTS (SELECT 1 FROM corrections c WHERE c.update_id = u.id AND c.field <> 'story') AS corrected
FROM updates u JOIN sources s ON s.id = u.source_id LEFT JOIN texts t ON t.update_id = u.id WHERE u.id = ?
"""


def one(conn: sqlite3.Connection, update_id: int) -> Update | None:
    """An update with all that belongs to it; None where there is none with this id."""
    row = conn.execute(_UPDATE, (update_id,)).fetchone()
    items = lists.items(conn, [update_id])
    if row is None or not items:
        return None
    times = ("first_seen", "last_seen", "changed", "modified")
    starts, ends = span(row["starts_at"], row["ends_at"])
    values: dict[str, Any] = {
        **{
            name: row[name]
            for name in ("keep", "attribution", "homepage", "body", "html", "status_note", "redirect_to")
        },
        **{name: when(row[f"{name}_at"]) for name in times},
    }
    return Update(
        **values,
        starts=starts,
        ends=ends,
        item=items[0],
        tags=_tags(conn, row),
        versions=versions(conn, update_id),
        notices=_notices(conn, update_id),
        related=_related(conn, update_id),
        status_at=when(row["status_at"]),
        refs=tuple(str(r) for r in _list(row["refs"])),
        attachments=tuple(_attachment(a) for a in _list(row["attachments"]) if isinstance(a, dict)),
        sha256=row["content_hash"],
        flapping=bool(row["flapping"]),
        corrected=bool(row["corrected"]),
    )


def _list(text: str) -> list[object]:
    found = json.loads(text)
    return found if isinstance(found, list) else []


def _attachment(row: dict[str, object]) -> Attachment:
    url = str(row.get("url") or "")
    return Attachment(str(row.get("title") or url), url)


_TAGS = """
SELECT 'topic' AS sort, x.topic AS slug, t.title, x.origin, x.score, x.evidence
FROM update_topics x JOIN topics t ON t.slug = x.topic WHERE x.update_id = :id
UNION ALL
SELECT 'place', x.place, p.name, x.origin, NULL, x.evidence
FROM update_places x JOIN places p ON p.slug = x.place WHERE x.update_id = :id
ORDER BY 1 DESC, 5 DESC, 3
"""


def _tags(conn: sqlite3.Connection, row: sqlite3.Row) -> tuple[Tag, ...]:
    texts = {"title": row["title"], "summary": row["summary"], "body": row["body"]}
    found = conn.execute(_TAGS, {"id": row["id"]})
    return tuple(tag(Tagged(**{k: r[k] for k in Tagged.__slots__}), texts) for r in found)


def evidence_ranges(conn: sqlite3.Connection, update_id: int, sort: str, slug: str) -> dict[str, list[tuple[int, int]]]:
    """Where the evidence of one tag stands, by field of the present text."""
    table, column = ("update_places", "place") if sort == "place" else ("update_topics", "topic")
    row = conn.execute(
        f"SELECT evidence FROM {table} WHERE update_id = ? AND {column} = ?",  # noqa: S608 - two constants
        (update_id, slug),
    ).fetchone()
    found: dict[str, list[tuple[int, int]]] = {"title": [], "summary": [], "body": []}
    for entry in read(row[0]) if row else ():
        if entry.field in found:
            found[entry.field].append((entry.start, entry.end))
    return found


_RELATED = """
SELECT o.id, o.title, r.relation, r.reason, 0 AS earlier FROM related_updates r JOIN updates o ON o.id = r.other_id
WHERE r.update_id = :id
UNION ALL
SELECT o.id, o.title, r.relation, r.reason, 1 FROM related_updates r JOIN updates o ON o.id = r.update_id
WHERE r.other_id = :id
ORDER BY 1 DESC LIMIT 50
"""


def _related(conn: sqlite3.Connection, update_id: int) -> tuple[Related, ...]:
    rows = conn.execute(_RELATED, {"id": update_id})
    return tuple(
        Related(i, title, RELATIONS[relation][earlier], reason) for i, title, relation, reason, earlier in rows
    )


def _notices(conn: sqlite3.Connection, update_id: int) -> tuple[Notice, ...]:
    sql = "SELECT version, coalesce(declared_at, seen_at), note FROM notices WHERE update_id = ? ORDER BY id DESC"
    return tuple(Notice(version, when(at), note) for version, at, note in conn.execute(sql, (update_id,)) if note)


def versions(conn: sqlite3.Connection, update_id: int) -> tuple[Version, ...]:
    """All versions of an update, newest first, without their texts."""
    rows = conn.execute("SELECT *, '' AS body FROM versions WHERE update_id = ? ORDER BY version DESC", (update_id,))
    return tuple(_version(r, with_text=False) for r in rows)


def version(conn: sqlite3.Connection, update_id: int, number: int) -> Version | None:
    """One version with its text; None where there is none."""
    row = conn.execute("SELECT * FROM versions WHERE update_id = ? AND version = ?", (update_id, number)).fetchone()
    return _version(row, with_text=True) if row else None


def _version(row: sqlite3.Row, *, with_text: bool) -> Version:
    return Version(
        **{
            k: row[k]
            for k in ("update_id", "version", "title", "summary", "sha256", "words_added", "words_removed", "status")
        },
        body=row["body"] if with_text else "",
        note=row["change_note"],
        silent=bool(row["silent"]),
        has_text=bool(row["has_text"]),
        seen=when(row["seen_at"]),
        declared=when(row["declared_at"]),
    )


@dataclass(frozen=True, slots=True)
class FirstChange:
    """What changed first, and in which field; "" is the text itself."""

    field: str
    words: Excerpt


@dataclass(frozen=True, slots=True)
class Edit:
    """A version after the first, in the list of changes to policies."""

    version: Version
    title: str
    kind: str
    source: str
    licence: str
    url: str
    comparable: bool  # the texts of this version and of the one before are known
    first: FirstChange | None = None  # see :func:`with_first_changes`
    beside: tuple[Link, ...] = ()  # files and parts, where no words changed

    @property
    def compare(self) -> str:
        return f"/updates/{self.version.update_id}/diff/{self.version.version - 1}..{self.version.version}"


_EDITS = """
SELECT v.update_id, v.version, v.seen_at, v.declared_at, v.change_note, v.silent, v.has_text, v.summary, '' AS body, v.sha256,
       v.words_added, v.words_removed, v.status, u.title, u.kind, coalesce(u.url, '') AS url, s.publisher, s.licence,
       v.has_text AND EXISTS (
         SELECT 1 FROM versions p WHERE p.update_id = v.update_id AND p.version = v.version - 1 AND p.has_text) AS comparable
FROM versions v JOIN updates u ON u.id = v.update_id JOIN sources s ON s.id = u.source_id
WHERE v.version > 1 AND {only} AND (:kind = '' OR u.kind = :kind)
  AND (:before = '' OR (v.seen_at, v.update_id, v.version) < (:before, :before_id, :before_version))
ORDER BY v.seen_at DESC, v.update_id DESC, v.version DESC LIMIT :limit
"""


@dataclass(frozen=True, slots=True)
class Edits:
    """A page of edits; ``before`` is the cursor of the next, "" at the end."""

    edits: tuple[Edit, ...]
    before: str


def edits(conn: sqlite3.Connection, *, silent: bool, kind: str, before: str, limit: int) -> Edits:
    """Versions after the first, newest first; of one kind, or ``kind`` "" for all; ``silent`` for undeclared ones only.

    ``before`` is a cursor ``SEEN_AT,UPDATE,VERSION``, "" for the beginning. Raises :class:`archive.CursorError` for others.
    """
    seen, update_id, number = _cursor(before)
    given = {"kind": kind, "before": seen, "before_id": update_id, "before_version": number}
    sql = _EDITS.format(only="v.silent = 1" if silent else "true")
    rows = conn.execute(sql, {**given, "limit": limit + 1}).fetchall()
    found = tuple(
        Edit(
            _version(r, with_text=False),
            r["title"],
            r["kind"],
            r["publisher"],
            r["licence"],
            r["url"],
            bool(r["comparable"]),
        )
        for r in rows[:limit]
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return Edits(found, f"{last['seen_at']},{last['update_id']},{last['version']}" if last else "")


_PAIR = """
SELECT p.title, v.title, substr(p.body, 1, :most), substr(v.body, 1, :most), p.summary, v.summary
FROM versions v JOIN versions p ON p.update_id = v.update_id AND p.version = v.version - 1
WHERE v.update_id = :update AND v.version = :version
"""


def with_first_changes(conn: sqlite3.Connection, found: Iterable[Edit]) -> tuple[Edit, ...]:
    """The edits with what changed first in each, until ``EXCERPT_LIST_CHARS`` of text have been read for them."""
    left = EXCERPT_LIST_CHARS
    done = []
    for edit in found:
        if edit.comparable and left > 0:
            given = {"update": edit.version.update_id, "version": edit.version.version, "most": MAX_DIFF_CHARS}
            texts = conn.execute(_PAIR, given).fetchone()
            left -= sum(map(len, texts))
            first = _first_change(*texts)
            number = edit.version.version
            others = () if first else beside.changed(conn, edit.version.update_id, number - 1, number)
            done.append(replace(edit, first=first, beside=others))
        else:
            done.append(edit)
    return tuple(done)


def _first_change(*texts: str) -> FirstChange | None:
    for name, old, new in zip(("Title", "", "Summary"), texts[::2], texts[1::2], strict=True):
        if old != new and (words := first_change(old, new)):
            return FirstChange(name, words)
    return None


def silent_weeks(conn: sqlite3.Connection, since: Utc) -> tuple[tuple[str, int], ...]:
    """How many edits were silent in each week since then, newest first; a week goes by its Monday (UTC), YYYY-MM-DD."""
    sql = (
        "SELECT date(seen_at, 'weekday 0', '-6 days') AS monday, count(*) FROM versions "
        "WHERE silent = 1 AND seen_at >= ? GROUP BY monday ORDER BY monday DESC"
    )
    return tuple((str(monday), int(n)) for monday, n in conn.execute(sql, (since,)))


_CURSOR = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ),(\d{1,16}),(\d{1,16})", re.ASCII)


def _cursor(text: str) -> tuple[str, int, int]:
    if not text:
        return "", 0, 0
    if found := _CURSOR.fullmatch(text):
        return found[1], int(found[2]), int(found[3])
    raise CursorError("a time, an update and a version", subject="before")
