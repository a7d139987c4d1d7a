"""Row counts the collector keeps, so that no page ever counts a large table."""

from __future__ import annotations

import sqlite3

import sqlite_utils

from aggregator.db.connection import transaction

_SKIP = ("updates_fts", "sqlite_")


def tables(conn: sqlite3.Connection) -> list[str]:
    """The public tables, without the search index's own."""
    return sorted(n for n in sqlite_utils.Database(conn).table_names() if not n.startswith(_SKIP))


def refresh_counts(conn: sqlite3.Connection) -> None:
    """Counts every public table into `table_counts`, writing only what changed."""
    counted = {t: sqlite_utils.Database(conn)[t].count for t in tables(conn)}
    known = dict(conn.execute("SELECT name, n FROM table_counts").fetchall())
    fresh = [(name, n) for name, n in counted.items() if known.get(name) != n]
    if not fresh:
        return
    with transaction(conn):
        conn.executemany(
            "INSERT INTO table_counts(name, n) VALUES (?,?) ON CONFLICT(name) DO UPDATE SET n = excluded.n", fresh
        )
