"""Whose private companion `state.db` is: of one archive alone. Two archives in one folder would share it, and each would
lose subscribers, redactions and evidence to the other.

It remembers its archive by file name. Where no archive of that name lies beside it any more, it was renamed or put back
from a backup under another name, and whoever opens it next is its archive.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from aggregator.db.connection import PRIVATE, open_reader, open_writer, state_path, transaction
from aggregator.errors import StorageError


def check_companion(db: Path) -> None:
    """Raises :class:`StorageError` when `state.db` beside ``db`` belongs to another archive that lies there, too."""
    if not state_path(db).exists():
        return
    try:
        with closing(open_reader(state_path(db))) as conn:
            owner = _archive_of(conn)
    except sqlite3.DatabaseError:  # no companion at all: whoever opens it or puts it back says so
        return
    if owner is None or not (other := db.with_name(owner)).exists() or (db.exists() and db.samefile(other)):
        return
    raise StorageError(
        f"{state_path(db)} belongs to {other}, and two archives cannot share it: keep each in a folder of its own",
        subject=str(db),
    )


def open_companion(db: Path) -> sqlite3.Connection:
    """Opens the private database of an archive for writing, which from now on is that archive's. Raises as above."""
    check_companion(db)
    conn = open_writer(state_path(db), PRIVATE)
    if _archive_of(conn) != db.name:
        with transaction(conn):
            conn.execute("DELETE FROM companion_of")
            conn.execute("INSERT INTO companion_of(archive) VALUES (?)", (db.name,))
    return conn


def _archive_of(conn: sqlite3.Connection) -> str | None:
    """The archive's file name; None where it was not noted yet."""
    if not conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'companion_of'").fetchone():
        return None
    row = conn.execute("SELECT archive FROM companion_of").fetchone()
    return Path(row[0]).name if row else None
