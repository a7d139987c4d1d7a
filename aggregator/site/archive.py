"""The way to the archive: which database it is, reads under a deadline on one snapshot, and what can be wrong with it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from datasette.database import Database

from aggregator.errors import AggregatorError
from aggregator.limits import PAGE_TIMEOUT_S
from aggregator.site import bounds
from aggregator.site.headers import App

NAME = "met"
"""The name of the database in every address, whatever the file is called."""

T = TypeVar("T")


class ArchiveError(AggregatorError):
    """Why a page cannot show what was asked for."""


class ArchiveMissingError(ArchiveError):
    """There is no archive yet, or it has no tables yet."""


class TooSlowError(ArchiveError):
    """A read took longer than PAGE_TIMEOUT_S."""


class CursorError(ArchiveError):
    """A place in a list that no list of ours ever gave. ``subject`` is the parameter, the message what belongs there."""


class GoneError(ArchiveError):
    """The update, topic, place or data set asked for does not exist. ``subject`` is what was asked for."""


_awaited: WeakKeyDictionary[Any, Path] = WeakKeyDictionary()
"""Where the archive of a Datasette will be, while it is not there."""


def await_file(datasette: Any, path: Path) -> None:
    """Gives a Datasette its archive: now, or with the first request after the file has appeared."""
    _awaited[datasette] = path
    attach(datasette)


def attach(datasette: Any) -> None:
    """Adds the awaited archive if it has appeared. Datasette 1.0 fails when it is given a file that is not there."""
    path = _awaited.get(datasette)
    if path is not None and path.exists():
        del _awaited[datasette]
        datasette.add_database(Database(datasette, path=str(path), is_mutable=True), name=NAME)
        use_stored_counts(datasette)


def attaching(datasette: Any, app: App) -> App:
    """The application, looking for an awaited archive before each request."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        attach(datasette)
        await app(scope, receive, send)

    return wrapped


def database(datasette: Any) -> Any:
    """The archive's Datasette database. Raises :class:`ArchiveMissingError` when there is none (yet)."""
    if NAME not in datasette.databases:
        raise ArchiveMissingError("there is no database called met.db")
    return datasette.databases[NAME]


async def read(datasette: Any, query: Callable[[sqlite3.Connection], T]) -> T:
    """Runs ``query`` on a read-only connection, in a thread, on one snapshot of the archive.

    Raises :class:`ArchiveMissingError`, or :class:`TooSlowError` when it takes longer than a page may.
    """

    def run(conn: sqlite3.Connection) -> T:
        with _deadline(conn), bounds.lifted(conn), _snapshot(conn):
            return query(conn)

    try:
        return await database(datasette).execute_fn(run)  # type: ignore[no-any-return]
    except sqlite3.OperationalError as error:
        raise _named(error) from error


def _named(error: sqlite3.OperationalError) -> Exception:
    text = str(error)
    if "interrupted" in text:
        return TooSlowError(f"this took longer than {PAGE_TIMEOUT_S:g} seconds")
    if missing(error):
        return ArchiveMissingError(text)
    return error


def missing(error: BaseException) -> bool:
    """Does this error say that there is no archive, or none with tables?"""
    text = str(error)
    return isinstance(error, sqlite3.OperationalError) and (
        "unable to open database file" in text or "no such table" in text
    )


@contextmanager
def _deadline(conn: sqlite3.Connection) -> Iterator[None]:
    ends = time.monotonic() + PAGE_TIMEOUT_S
    conn.set_progress_handler(lambda: time.monotonic() > ends, 2_000)
    try:
        yield
    finally:
        conn.set_progress_handler(None, 0)


@contextmanager
def _snapshot(conn: sqlite3.Connection) -> Iterator[None]:
    """All reads of a page see the same state, whatever the collector commits meanwhile."""
    conn.execute("BEGIN")
    try:
        yield
    finally:
        conn.rollback()


async def is_demo(datasette: Any) -> bool:
    """Is this an archive of invented data?"""
    try:
        return await read(datasette, _demo)
    except (AggregatorError, sqlite3.Error):
        return False


def _demo(conn: sqlite3.Connection) -> bool:
    row = conn.execute("SELECT value FROM about WHERE key = 'demo'").fetchone()
    return row is not None and row[0] == "1"


def use_stored_counts(datasette: Any) -> None:
    """Makes Datasette's index and database pages take row counts from our table `table_counts`, once it is filled.

    Counting a large table cannot be interrupted by Datasette's time limit: at a million updates the page takes seconds.
    """
    db = datasette.databases.get(NAME)
    if db is None or "table_counts" in vars(db):
        return
    original = db.table_counts

    async def table_counts(*args: Any, **kwargs: Any) -> dict[str, int | None]:
        try:
            stored = await read(datasette, _stored_counts)
        except (AggregatorError, sqlite3.Error):
            stored = {}
        if not stored:
            return await original(*args, **kwargs)  # type: ignore[no-any-return]
        return {name: stored.get(name) for name in await db.table_names()}

    db.table_counts = table_counts


def _stored_counts(conn: sqlite3.Connection) -> dict[str, int]:
    return dict(conn.execute("SELECT name, n FROM table_counts").fetchall())
