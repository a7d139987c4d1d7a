"""The sources, how they are, and when that changed."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Any

from aggregator.models import SUCCESSES
from aggregator.text.times import When, when
from aggregator.text.words import STATES

RECENT_FETCHES = 5_000
"""Rounds looked through for failures: some days of all sources."""


@dataclass(frozen=True, slots=True)
class Source:
    """A source and its state."""

    id: str
    title: str
    publisher: str
    homepage: str
    url: str
    licence: str
    attribution: str
    keep: str
    note: str
    every_minutes: int
    state: str
    outcome: str
    error: str
    failures: int
    items: int
    gaps: int
    added: When | None
    last_success: When | None
    last_new: When | None
    next_due: When | None
    newest: When | None


@dataclass(frozen=True, slots=True)
class Turn:
    """A source that began to fail, failed in another way, or recovered."""

    id: int
    source_id: str
    title: str
    publisher: str
    at: str
    outcome: str
    error: str
    recovered: bool


_SOURCES = """
SELECT s.id, s.title, s.publisher, s.homepage, s.url, s.licence, s.attribution, s.keep, s.note, s.every_minutes, h.state,
       coalesce(h.last_outcome, '') AS outcome, coalesce(h.last_error, '') AS error, h.consecutive_failures AS failures,
       h.items, h.gaps, s.added_at AS added, h.last_success_at AS last_success, h.last_new_at AS last_new,
       h.next_due_at AS next_due, h.newest_published_at AS newest
FROM sources s JOIN source_health h ON h.source_id = s.id ORDER BY s.publisher, s.title
"""
_TIMES = ("added", "last_success", "last_new", "next_due", "newest")


def every(conn: sqlite3.Connection) -> tuple[Source, ...]:
    """All sources, those that need somebody first."""
    order = {state: n for n, state in enumerate(STATES)}
    found = [_source(row) for row in conn.execute(_SOURCES)]
    return tuple(sorted(found, key=lambda s: order.get(s.state, len(order))))


def _source(row: sqlite3.Row) -> Source:
    values: dict[str, Any] = {name: when(row[name]) if name in _TIMES else row[name] for name in Source.__slots__}
    return Source(**values)


def in_trouble(conn: sqlite3.Connection) -> int:
    """How many sources that should work do not."""
    sql = "SELECT count(*) FROM source_health WHERE state IN ('failing', 'blocked', 'silent', 'empty')"
    return int(conn.execute(sql).fetchone()[0])


def title(conn: sqlite3.Connection, source: str) -> str:
    """The title of a source; "" where there is none with this id."""
    row = conn.execute("SELECT title FROM sources WHERE id = ?", (source,)).fetchone()
    return row[0] if row else ""


_TURNS = """
SELECT f.id, f.source_id, s.title, s.publisher, f.started_at AS at, f.outcome, f.error, f.bad, f.bad_before, f.before
FROM (
  SELECT id, source_id, started_at, outcome, error, outcome NOT IN ({good}) AS bad,
         lag(outcome) OVER w AS before, lag(outcome NOT IN ({good})) OVER w AS bad_before
  FROM fetches WHERE id > (SELECT max(id) FROM fetches) - :recent
  WINDOW w AS (PARTITION BY source_id ORDER BY id)
) f JOIN sources s ON s.id = f.source_id
WHERE (f.bad AND f.before IS NOT f.outcome) OR (f.bad_before AND NOT f.bad)
ORDER BY f.id DESC LIMIT :limit
""".format(good=", ".join(f"'{o.value}'" for o in sorted(SUCCESSES)))  # noqa: S608 - our own vocabulary


def turns(conn: sqlite3.Connection, limit: int) -> tuple[Turn, ...]:
    """When sources began to fail and when they came back, newest first: one entry a turn, not one a round."""
    rows = conn.execute(_TURNS, {"recent": RECENT_FETCHES, "limit": limit}).fetchall()
    return tuple(
        Turn(r["id"], r["source_id"], r["title"], r["publisher"], r["at"], r["outcome"], r["error"], not r["bad"])
        for r in rows
    )
