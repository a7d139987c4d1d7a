"""What the archive says of itself."""

from __future__ import annotations

import sqlite3


def mark_invented(conn: sqlite3.Connection) -> None:
    """Marks it as the demonstration's. Works inside the caller's transaction."""
    conn.execute("INSERT OR REPLACE INTO about(key, value) VALUES ('demo', '1')")


def is_invented(conn: sqlite3.Connection) -> bool:
    """Whether it is the demonstration's. A file without tables, or of another shape, is not."""
    there = conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'about'").fetchone()
    return bool(there) and conn.execute("SELECT 1 FROM about WHERE key = 'demo'").fetchone() is not None
