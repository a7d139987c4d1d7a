"""What SQL that anybody may send can cost in memory: one value, one answer, and all that SQLite holds at a time.

Datasette bounds the time of a query and the number of its rows; a single function can make a value of a gigabyte within
that time, and a thousand rows may hold as much.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any
from weakref import WeakKeyDictionary

from aggregator.limits import MAX_SQL_ANSWER_BYTES, MAX_SQL_HEAP_BYTES, MAX_SQL_PATTERN_CHARS, MAX_SQL_VALUE_BYTES, MIB

TOO_LARGE = f"The answer is too large (over {MAX_SQL_ANSWER_BYTES // MIB} MB): ask for fewer rows or columns"
_UNBOUND = 1_000_000_000
"""SQLite's own bound of a value."""


def prepare(conn: sqlite3.Connection) -> None:
    """Bounds what a connection computes and gives. Beyond, SQLite or the row raises :class:`sqlite3.DataError`."""
    conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_SQL_VALUE_BYTES)
    conn.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, MAX_SQL_PATTERN_CHARS)
    conn.row_factory = _Counted()


@contextlib.contextmanager
def lifted(conn: sqlite3.Connection) -> Iterator[None]:
    """Reads of our own pages, whose SQL we know: what is stored can be read, whatever its size, and rows cost no count."""
    factory = conn.row_factory
    length = conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _UNBOUND)
    conn.row_factory = sqlite3.Row
    try:
        yield
    finally:
        conn.row_factory = factory
        conn.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, length)


def bound_heap() -> None:
    """Bounds what SQLite may hold in this process; beyond, a query fails with :class:`MemoryError`.

    For the process that serves: the bound is for all connections, and SQLite never lets it be raised again.
    """
    with contextlib.closing(sqlite3.connect(":memory:")) as conn:
        conn.execute(f"PRAGMA hard_heap_limit = {MAX_SQL_HEAP_BYTES}")


class _Counted:
    """A row factory that adds up the text and bytes of each cursor's rows."""

    def __init__(self) -> None:
        self._given: WeakKeyDictionary[sqlite3.Cursor, int] = WeakKeyDictionary()

    def __call__(self, cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> sqlite3.Row:
        size = sum(len(value) for value in values if isinstance(value, str | bytes))
        self._given[cursor] = total = self._given.get(cursor, 0) + size
        if total > MAX_SQL_ANSWER_BYTES:
            raise sqlite3.DataError(TOO_LARGE)
        return sqlite3.Row(cursor, values)
