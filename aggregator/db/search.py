"""The full-text index: kept in step with updates and texts in the same transaction, checked on demand.

`updates_fts` is external-content over the view `updates_doc`, so a row leaves the index only when it is given the very
text it was indexed with. Hence: :func:`unindex` BEFORE the texts change, :func:`index` after.
"""

from __future__ import annotations

import sqlite3


def unindex(conn: sqlite3.Connection, update_id: int) -> None:
    """Takes an update out of the index, by its present text."""
    conn.execute(
        "INSERT INTO updates_fts(updates_fts, rowid, title, summary, body) "
        "SELECT 'delete', id, title, summary, body FROM updates_doc WHERE id = ?",
        (update_id,),
    )


def index(conn: sqlite3.Connection, update_id: int) -> None:
    """Puts an update into the index, by its present text."""
    conn.execute(
        "INSERT INTO updates_fts(rowid, title, summary, body) SELECT id, title, summary, body FROM updates_doc WHERE id = ?",
        (update_id,),
    )


def check(conn: sqlite3.Connection) -> None:
    """Raises :class:`sqlite3.DatabaseError` when the index disagrees with the texts."""
    conn.execute("INSERT INTO updates_fts(updates_fts, rank) VALUES ('integrity-check', 1)")


def merge_all(conn: sqlite3.Connection) -> None:
    """Merges the whole index into one piece, so that nothing of deleted texts is left in it. Takes a while."""
    conn.execute("INSERT INTO updates_fts(updates_fts) VALUES ('optimize')")
