"""Which private companion an archive has: `state.db` beside it. Two archives in one folder never share one, or each would lose
subscribers, redactions and evidence to the other: who comes second has `<name>.state.db`.

A companion remembers its archive by file name. Where no archive of that name lies beside it any more, it was renamed or put
back from a backup under another name, and whoever opens it next is its archive.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from aggregator.db.connection import PRIVATE, open_reader, open_writer, transaction
from aggregator.errors import StorageError

SHARED_NAME = "state.db"


def state_path(db: Path) -> Path:
    """Where the private companion of an archive lies, or will lie: `state.db`, unless that is another archive's that lies
    beside ``db``."""
    own = db.with_name(f"{db.stem}.{SHARED_NAME}")
    if own.exists():
        return own
    first = db.with_name(SHARED_NAME)
    owner = _owner(first) if first.exists() else None
    if owner is None or not (other := db.with_name(owner)).exists() or (db.exists() and db.samefile(other)):
        return first
    return own


def open_companion(db: Path) -> sqlite3.Connection:
    """Opens the private database of an archive for writing, which from now on is that archive's."""
    conn = open_writer(state_path(db), PRIVATE)
    if _archive_of(conn) != db.name:
        with transaction(conn):
            conn.execute("DELETE FROM companion_of")
            conn.execute("INSERT INTO companion_of(archive) VALUES (?)", (db.name,))
    return conn


def _owner(companion: Path) -> str | None:
    """The file name of a companion's archive; None where it was not noted, or cannot be read: who opens it says so."""
    try:
        with closing(open_reader(companion)) as conn:
            return _archive_of(conn)
    except (sqlite3.DatabaseError, StorageError):
        return None


def _archive_of(conn: sqlite3.Connection) -> str | None:
    """The archive's file name; None where it was not noted yet."""
    if not conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'companion_of'").fetchone():
        return None
    row = conn.execute("SELECT archive FROM companion_of").fetchone()
    return Path(row[0]).name if row else None
