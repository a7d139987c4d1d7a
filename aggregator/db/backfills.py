"""Where walks through sources' archives stand: the pages still to read, in the private database."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass

from aggregator.models import Request, Utc


@dataclass(slots=True)
class Way:
    """The way left of a walk."""

    queue: list[Request]
    since: Utc | None
    left_out: int = 0  # pages that were too many to keep waiting


def load(conn: sqlite3.Connection, source_id: str) -> Way | None:
    """The way that a walk still has to go; None where it has not begun or is finished."""
    row = conn.execute("SELECT queue, since, left_out FROM backfills WHERE source_id = ?", (source_id,)).fetchone()
    return Way([Request(**fields) for fields in json.loads(row[0])], row[1], row[2]) if row else None


def save(conn: sqlite3.Connection, source_id: str, way: Way, now: Utc) -> None:
    """Keeps what is left after a page; nothing left: the walk is finished and forgotten."""
    if not way.queue:
        conn.execute("DELETE FROM backfills WHERE source_id = ?", (source_id,))
        return
    conn.execute(
        "INSERT INTO backfills(source_id, since, queue, left_out, pages, updated_at) VALUES (?,?,?,?,1,?) "
        "ON CONFLICT(source_id) DO UPDATE SET since = excluded.since, queue = excluded.queue, left_out = excluded.left_out, "
        "pages = pages + 1, updated_at = excluded.updated_at",
        (source_id, way.since, json.dumps([asdict(r) for r in way.queue]), way.left_out, now),
    )


def forget(conn: sqlite3.Connection, names: Callable[[str], bool]) -> None:
    """Forgets walks whose pages, as text, ``names`` says yes to. Works inside the caller's transaction."""
    stale = [(s,) for s, queue in conn.execute("SELECT source_id, queue FROM backfills").fetchall() if names(queue)]
    conn.executemany("DELETE FROM backfills WHERE source_id = ?", stale)
