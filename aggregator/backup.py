"""Consistent copies of the two databases, and putting them back. A copy that does not check out is never kept."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from aggregator.db import updates
from aggregator.db.companion import state_path
from aggregator.db.connection import PRIVATE, PUBLIC, Family, open_reader, read_only
from aggregator.errors import StorageError
from aggregator.limits import RESTORE_SEQ_LEAP
from aggregator.lock import collector_lock, delivery_lock

Copies = list[tuple[Path, Path, Family]]
"""What is copied whereto, and what it must be; the archive itself is the last."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What a backup holds: its updates, and the bytes of its public half."""

    updates: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, in bytes of its public half, and where the private database lies that was found in its place; None
    where none was."""

    updates: int
    bytes: int
    aside: Path | None


def backup(db: Path, target: Path) -> Copied:
    """Copies the archive and its private companion while they may be written. Returns counts of the copy.

    The private database is copied first: the public one may then point at a body the copy lacks by a moment, which the
    next poll mends, but never the other way round. Both are there in the end or neither, and ``target`` itself appears
    last: where it is, the backup is whole. Raises :class:`StorageError` when a copy fails its check or has no room.
    """
    open_reader(db).close()
    for path in (target, companion(target)):
        if path.exists():
            raise StorageError("is there already; a backup never overwrites", subject=str(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    copies = [(db, target, PUBLIC)]
    if state_path(db).exists():
        copies.insert(0, (state_path(db), companion(target), PRIVATE))
    with _no_parts_left(copies), ExitStack() as undo:
        for part, path in [(_checked_copy(there, path, family), path) for there, path, family in copies]:
            undo.callback(path.unlink, missing_ok=True)
            _move(part, path)
        undo.pop_all()
    return Copied(_updates(target), target.stat().st_size)


def companion(path: Path) -> Path:
    """Where the private database of a backup lies."""
    return path.with_name(path.name + ".state")


def restore(source: Path, db: Path, *, force: bool) -> Restored:
    """Checks a backup and puts it in the archive's place, keeping collector and deliverer out meanwhile.

    What is there goes only when all of the backup lies beside it, copied and checked. A backup without its private
    companion leaves the private database as it is: what was redacted, and subscribers, are in it. Where the archive is lost
    and its private database is not, that is kept aside, unless ``force``: it may know of subscribers who came later. Numbers of
    changes go on beyond all that may have been given out since the backup, so that no cursor passes over a change. Raises
    :class:`StorageError` when the backup is damaged, no archive of ours, the archive itself, or an archive is there and not
    ``force``.
    """
    if db.exists() and source.samefile(db):
        raise StorageError("is the archive itself, not a backup of it", subject=str(source))
    copies = [(source, db, PUBLIC)]
    if companion(source).exists():
        copies.insert(0, (companion(source), state_path(db), PRIVATE))
    for there, _, family in copies:
        verify(there, family)
    with collector_lock(db), delivery_lock(db):
        if db.exists() and not force:
            raise StorageError("there is an archive already; --force replaces it", subject=str(db))
        with _no_parts_left(copies):
            aside = _put_in_place(copies, _last_change(db), keep=not force)
    return Restored(_updates(db), db.stat().st_size, aside)


def _updates(db: Path) -> int:
    with closing(open_reader(db)) as conn:
        return updates.count(conn)


@contextmanager
def _no_parts_left(copies: Copies) -> Iterator[None]:
    """What was copied before something failed is not left behind: secrets are in it, and it is as large as the archive."""
    try:
        yield
    finally:
        for _, target, _ in copies:
            _part(target).unlink(missing_ok=True)


def _put_in_place(copies: Copies, given: int, *, keep: bool) -> Path | None:
    """Copies all, the archive last, and only then replaces what is there. Returns where the private database that was there
    lies now, if it is to be kept."""
    parts = [(_checked_copy(there, target, family), target) for there, target, family in copies]
    _leap(parts[-1][0], given)
    aside = next((_set_aside(path) for _, path, family in copies if keep and family is PRIVATE and path.exists()), None)
    for part, target in parts:
        for suffix in ("-wal", "-shm"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        _move(part, target)
    return aside


def _set_aside(private: Path) -> Path:
    """Copies a private database to a free name beside it."""
    names = (private.with_name(f"{private.name}.before-restore-{n}") for n in count(1))
    aside = next(name for name in names if not name.exists())
    _move(_checked_copy(private, aside, PRIVATE), aside)
    return aside


def _last_change(db: Path) -> int:
    """The last number of a change that an archive gave out; 0 where that cannot be read."""
    if not db.exists():
        return 0
    try:
        with closing(sqlite3.connect(read_only(db), uri=True)) as conn:
            row = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'changes'").fetchone()
    except sqlite3.Error:  # what is to be replaced may well be damaged
        return 0
    return int(row[0]) if row else 0


def _leap(path: Path, given: int) -> None:
    """Makes the next change of an archive a number that was never given out: after ``given``, and where the archive that
    went on after the backup is lost, after as many changes as there may have been."""
    last = max(given, _last_change(path) + RESTORE_SEQ_LEAP)
    with closing(sqlite3.connect(path, isolation_level=None)) as conn:
        conn.execute("DELETE FROM sqlite_sequence WHERE name = 'changes'")
        conn.execute("INSERT INTO sqlite_sequence(name, seq) VALUES ('changes', ?)", (last,))


def _part(target: Path) -> Path:
    """Where a copy lies until it takes the place of ``target``."""
    return target.with_name(target.name + ".part")


def _move(part: Path, target: Path) -> None:
    """Gives a copy its name, once all of it is on the disk: `VACUUM INTO` leaves that to the system, and a power cut soon
    after would leave a whole name with half a file behind it."""
    _flush(part)
    os.replace(part, target)
    _flush(target.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _checked_copy(source: Path, target: Path, family: Family) -> Path:
    """A copy beside ``target``, which is not touched. Raises :class:`StorageError` when it fails its check or has no room."""
    part = _part(target)
    part.unlink(missing_ok=True)
    part.touch(
        mode=0o600
    )  # SQLite fills an empty file and leaves its mode: secrets of subscribers are in one of the two
    try:
        with closing(sqlite3.connect(read_only(source), uri=True)) as conn:
            conn.execute("VACUUM INTO ?", (str(part),))
        verify(part, family)
    except sqlite3.Error as error:
        part.unlink(missing_ok=True)
        raise StorageError(f"cannot be copied to {target} ({error})", subject=str(source)) from error
    except StorageError:
        part.unlink(missing_ok=True)
        raise
    part.chmod(source.stat().st_mode & 0o777)
    return part


def verify(path: Path, family: Family) -> None:
    """Raises :class:`StorageError` unless the file is a whole database of this family."""
    try:
        with closing(sqlite3.connect(read_only(path), uri=True)) as conn:
            found = conn.execute("PRAGMA application_id").fetchone()[0]
            verdict = conn.execute("PRAGMA integrity_check").fetchone()[0]
            dangling = conn.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.Error as error:
        raise StorageError(f"is damaged or no database ({error})", subject=str(path)) from error
    if found != family.application_id:
        raise StorageError(f"is no {family.name} of this program", subject=str(path))
    if verdict != "ok" or dangling:
        raise StorageError(
            f"fails its integrity check: {verdict if verdict != 'ok' else 'dangling references'}", subject=str(path)
        )
