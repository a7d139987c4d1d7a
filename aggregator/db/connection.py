"""Opening the two databases: migrations, pragmas, and the only way to begin a transaction.

One process writes (it holds the collector lock), any number read. Measured reasons for each setting are in
``docs/decisions/0003-sqlite.md``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from aggregator.errors import StorageError
from aggregator.limits import BUSY_TIMEOUT_MS
from aggregator.machine import failure

PUBLIC_APPLICATION_ID = 0x4D455430  # "MET0"
PRIVATE_APPLICATION_ID = 0x4D455453  # "METS"

# Forward-only: entry n brings a database from version n to n + 1. Never edit one that has been released: append.
PUBLIC_MIGRATIONS: tuple[str, ...] = ("schema.sql",)
PRIVATE_MIGRATIONS: tuple[str, ...] = ("schema_state.sql", "schema_state_2.sql")


@dataclass(frozen=True, slots=True)
class Family:
    """What tells the public database from its private companion."""

    name: str
    application_id: int
    migrations: tuple[str, ...]
    synchronous: str


# FULL: a number of a change that a reader has seen must outlive a power cut, or it is given out again for another change;
# and the archive's validators may only point at bodies that are really on disk.
PUBLIC = Family("archive", PUBLIC_APPLICATION_ID, PUBLIC_MIGRATIONS, "FULL")
PRIVATE = Family("private state", PRIVATE_APPLICATION_ID, PRIVATE_MIGRATIONS, "FULL")


def open_writer(path: Path, family: Family = PUBLIC) -> sqlite3.Connection:
    """Opens for writing, creating and migrating as needed. Only the collector and operator commands call this.

    Raises :class:`StorageError` when the file is no SQLite database, belongs to another program, or was written by a
    newer version of this one.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        conn = sqlite3.connect(path, isolation_level=None, timeout=BUSY_TIMEOUT_MS / 1000, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"cannot be opened for writing ({error}); choose another file with --db", subject=str(path)
        ) from error
    try:
        _check_identity(conn, path, family)
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute(f"PRAGMA synchronous = {family.synchronous}")
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
        conn.execute("PRAGMA cache_size = -65536")
        _migrate(conn, path, family)
    except sqlite3.DatabaseError as error:
        conn.close()
        raise StorageError(f"is not a usable {family.name} ({error})", subject=str(path)) from error
    except StorageError:
        conn.close()
        raise
    return conn


def open_reader(path: Path) -> sqlite3.Connection:
    """Opens read-only: nothing done through this connection can change the file.

    Raises :class:`StorageError` when there is no archive yet.
    """
    if not path.exists():
        raise StorageError(
            "there is no archive yet: run `aggregator collect` (or `aggregator demo`) first", subject=str(path)
        )
    conn = sqlite3.connect(read_only(path), uri=True, isolation_level=None)
    conn.execute("PRAGMA query_only = ON")
    conn.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    return conn


def check_file(path: Path) -> None:
    """Raises :class:`StorageError` when what lies there is no archive of ours, or cannot be opened; nothing there is no error.

    For whoever opens it only later: a site that starts over a wrong file answers nothing but errors.
    """
    if not path.exists():
        return
    try:
        with closing(open_reader(path)) as conn:
            _check_identity(conn, path, PUBLIC)
    except sqlite3.DatabaseError as error:
        why = failure(error) or f"cannot be used ({error}); choose another file with --db"
        raise StorageError(why, subject=str(path)) from error


def faults(conn: sqlite3.Connection) -> list[str]:
    """What SQLite itself finds wrong in a file: its pages, its indexes and its references, of which five are named."""
    verdict = conn.execute("PRAGMA integrity_check").fetchone()[0]
    dangling = conn.execute("PRAGMA foreign_key_check").fetchmany(5)
    return [*([] if verdict == "ok" else [str(verdict)]), *(f"dangling reference in {row[0]}" for row in dangling)]


def read_only(path: Path) -> str:
    """The file as an SQLite URI that opens it for reading. Percent-encoded: `?`, `#` and `%` in its name are no syntax."""
    return f"{path.resolve().as_uri()}?mode=ro"


@contextmanager
def transaction(conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """One `BEGIN IMMEDIATE` transaction: commits at the end, rolls back on any exception, one of the commit included.

    Immediate, because a deferred transaction that reads first fails at once with "database is locked" when it comes to
    write, whatever the busy timeout (SQLite documentation, "Result code SQLITE_BUSY").
    """
    conn.execute("BEGIN IMMEDIATE")
    try:
        yield conn
        conn.execute("COMMIT")
    except BaseException:  # whatever ends the block, Ctrl-C too, must not leave half of it; it goes on upwards
        if conn.in_transaction:  # SQLite itself rolls back on a full disk, and leaves a commit that failed open
            conn.execute("ROLLBACK")
        raise


def _check_identity(conn: sqlite3.Connection, path: Path, family: Family) -> None:
    found = conn.execute("PRAGMA application_id").fetchone()[0]
    tables = conn.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and found != family.application_id:
        raise StorageError(
            f"is a database of another program (application id {found:#x}), not a {family.name}; choose another file with --db",
            subject=str(path),
        )
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    if version > len(family.migrations):
        raise StorageError(
            f"was written by a newer version of this program (schema {version}, this one knows {len(family.migrations)}); upgrade",
            subject=str(path),
        )


def _migrate(conn: sqlite3.Connection, path: Path, family: Family) -> None:
    """Brings the schema up to date, all pending steps in one transaction."""
    version = conn.execute("PRAGMA user_version").fetchone()[0]
    if version == len(family.migrations):
        return
    folder = resources.files("aggregator.db")
    steps = "\n".join(folder.joinpath(name).read_text("utf-8") for name in family.migrations[version:])
    try:
        conn.executescript(
            f"BEGIN EXCLUSIVE;\nPRAGMA application_id = {family.application_id};\n{steps}\n"
            f"PRAGMA user_version = {len(family.migrations)};\nCOMMIT;"
        )
    except sqlite3.Error:
        if conn.in_transaction:
            conn.execute("ROLLBACK")
        # Two processes may open a new file at once: the one that comes second finds the work done.
        if conn.execute("PRAGMA user_version").fetchone()[0] == len(family.migrations):
            return
        raise
    if violations := conn.execute("PRAGMA foreign_key_check").fetchall():
        raise StorageError(f"migration left {len(violations)} dangling references", subject=str(path))
