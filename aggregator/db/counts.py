"""Row counts the collector keeps, so that no page ever counts a large table."""

from __future__ import annotations

import sqlite3

from aggregator.db.connection import transaction

_SKIP = ("updates_fts", "sqlite_")


def tables(conn: sqlite3.Connection) -> list[str]:
    """The public tables, without the search index's own."""
    names = [n for (n,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return [n for n in names if not n.startswith(_SKIP)]


def refresh_counts(conn: sqlite3.Connection) -> None:
    """Counts every public table into `table_counts`, writing only what changed."""
    counted = {t: conn.execute(f'SELECT count(*) FROM "{t}"').fetchone()[0] for t in tables(conn)}  # noqa: S608 - own names
    known = dict(conn.execute("SELECT name, n FROM table_counts").fetchall())
    fresh = [(name, n) for name, n in counted.items() if known.get(name) != n]
    if not fresh:
        return
    with transaction(conn):
        conn.executemany(
            "INSERT INTO table_counts(name, n) VALUES (?,?) ON CONFLICT(name) DO UPDATE SET n = excluded.n", fresh
        )
