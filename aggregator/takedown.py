"""`withdraw` and `redact`: over the archive, the private bodies, the search index, and the free space of both files.

What cannot be reached from here is said by the commands: backups, exports and copies that others made.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from aggregator.archive.takedown import Words, compiled, first_shown, telling
from aggregator.clock import Clock, plus
from aggregator.db import backfills, redactions, search, state
from aggregator.db import takedown as rows
from aggregator.db.companion import open_companion
from aggregator.db.connection import open_writer, transaction
from aggregator.errors import NotFoundError, StorageError
from aggregator.limits import WIPE_WAIT_S
from aggregator.models import Source, Utc

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Done:
    """What a takedown did."""

    updates: tuple[int, ...]
    versions: int
    bodies: int
    elsewhere: tuple[int, ...] = ()  # updates that were left alone and may need a look


@dataclass(slots=True)
class _Dropped:
    """The kept answers that were deleted for some words: how many, and the (source, url) they came from."""

    bodies: int = 0
    urls: dict[tuple[str, str], None] = field(default_factory=dict)


def redact(
    db: Path, update_id: int, pattern: str, clock: Clock, *, who: str, why: str, everywhere: bool = False
) -> Done:
    """Removes every match of ``pattern`` from the update and the other tellings of its story, now and in future polls.

    With ``everywhere`` from every update there is and will be. The caller holds the collector lock. Raises
    :class:`NotFoundError` for an unknown update, :class:`ConfigError` for a bad pattern, and
    :class:`StorageError` when a reader keeps the old pages from being wiped.
    """
    words = Words((compiled(pattern),))
    with closing(open_writer(db)) as archive, closing(open_companion(db)) as private:
        _must_exist(archive, update_id)
        found = rows.mentions(archive, words)
        subjects = [update_id, *found] if everywhere else rows.copies(archive, update_id)
        subjects = list(dict.fromkeys(subjects))
        now = clock()
        redactions.remember(private, pattern, rows.subjects(archive, subjects), everywhere=everywhere, now=now)
        (dropped,) = _drop_bodies(private, (words,), ())
        with _Forgetting(archive), transaction(archive):
            versions = sum(rows.redact(archive, number, words, now) for number in subjects)
            rows.scrub_logs(archive, words, dropped.urls)
            details = {"updates": len(subjects), "versions": versions, "bodies": dropped.bodies}
            rows.audit(
                archive, "redact", update_id, who=words.scrub(who), why=words.scrub(why), details=details, now=now
            )
        _wipe(archive, private)
    elsewhere = tuple(number for number in found if number not in subjects)
    return Done(tuple(subjects), versions, dropped.bodies, elsewhere)


def withdraw(db: Path, update_id: int, clock: Clock, *, who: str, why: str) -> Done:
    """Leaves a tombstone of the update; its source's bodies that show it are dropped. Sticky, and locked like
    :func:`redact`."""
    with closing(open_writer(db)) as archive, closing(open_companion(db)) as private:
        _must_exist(archive, update_id)
        others = tuple(number for number in rows.copies(archive, update_id) if number != update_id)
        ((source_id, _, _),) = rows.subjects(archive, (update_id,))
        (done,) = _withdraw(archive, private, (update_id,), source_id, clock(), who=who, why=why)
        _wipe(archive, private)
    return Done(done.updates, done.versions, done.bodies, others)


def hide_expired(archive: sqlite3.Connection, private: sqlite3.Connection, source: Source, now: Utc) -> int:
    """Withdraws what its publisher took down longer ago than the source's `privacy` allows. Returns how many.

    For the collector, after the round of a source: without a wipe of free space, which secure_delete makes needless
    for what is deleted here.
    """
    if source.hide_gone_s is None:
        return 0
    expired = rows.gone_since(archive, source.id, plus(now, -source.hide_gone_s))
    if expired:
        why = "taken down by its publisher; its text is hidden after the time set under `privacy`"
        _withdraw(archive, private, expired, source.id, now, who="privacy setting", why=why)
    return len(expired)


def _withdraw(
    archive: sqlite3.Connection,
    private: sqlite3.Connection,
    update_ids: Sequence[int],
    source_id: str,
    now: Utc,
    *,
    who: str,
    why: str,
) -> list[Done]:
    """Withdraws updates of one source, each in a transaction of its own; its bodies are read once for all of them."""
    tellings = [telling(rows.texts_of(archive, update_id)) for update_id in update_ids]
    done = []
    for update_id, words, dropped in zip(
        update_ids, tellings, _drop_bodies(private, tellings, (source_id,)), strict=True
    ):
        with _Forgetting(archive), transaction(archive):
            versions = rows.withdraw(archive, update_id, now, "withdrawn from this record")
            rows.scrub_logs(archive, words, dropped.urls)
            details = {"versions": versions, "bodies": dropped.bodies}
            rows.audit(archive, "withdraw", update_id, who=who, why=words.scrub(why), details=details, now=now)
        done.append(Done((update_id,), versions, dropped.bodies))
    return done


def _must_exist(archive: sqlite3.Connection, update_id: int) -> None:
    if not rows.subjects(archive, (update_id,)):
        raise NotFoundError(
            "there is no such update; the number is the last part of its page's address", subject=str(update_id)
        )


def _drop_bodies(private: sqlite3.Connection, many: Sequence[Words], sources: Iterable[str]) -> list[_Dropped]:
    """Deletes kept answers that have any of the words in body, address or headers; of some sources, or of all when none
    is given. Returns what went for each of the words; an answer that has several went for the first."""
    chosen = set(sources)
    shown: dict[str, int | None] = {}
    doomed: list[int] = []
    dropped = [_Dropped() for _ in many]
    for kept in list(state.answers(private)):
        if chosen and kept.source_id not in chosen:
            continue
        if kept.sha256 not in shown:
            shown[kept.sha256] = first_shown(state.body(private, kept.sha256), many)
        told = (kept.url, kept.final_url, kept.headers)
        named = (n for n, words in enumerate(many) if any(map(words.hit_url, told)))
        first = min((n for n in (shown[kept.sha256], next(named, None)) if n is not None), default=None)
        if first is not None:
            doomed.append(kept.number)
            dropped[first].bodies += 1
            dropped[first].urls[(kept.source_id, kept.url)] = None
    _delete_answers(private, doomed, many)
    return dropped


def _delete_answers(private: sqlite3.Connection, doomed: list[int], many: Sequence[Words]) -> None:
    """Deletes these kept answers, bodies nobody else has, and what backfills still had to read if it names the words."""
    with _Forgetting(private), transaction(private):
        state.forget(private, doomed)
        backfills.forget(private, lambda queue: any(words.hit_url(queue) for words in many))


class _Forgetting:
    """While it lasts, SQLite overwrites what is deleted with zeros."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def __enter__(self) -> None:
        self._conn.execute("PRAGMA secure_delete = ON")

    def __exit__(self, *_: object) -> None:
        self._conn.execute("PRAGMA secure_delete = OFF")


def _wipe(archive: sqlite3.Connection, private: sqlite3.Connection) -> None:
    """Builds index and files anew: earlier edits left remains of old texts in their free space, and the index and the
    write-ahead log keep what was deleted until they are merged and emptied."""
    search.merge_all(archive)
    for conn in (archive, private):
        conn.execute("VACUUM")
        _empty_log(conn)


def _empty_log(conn: sqlite3.Connection) -> None:
    deadline = time.monotonic() + WIPE_WAIT_S
    while conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() > deadline:
            raise StorageError(
                "the text is out of the archive, but a reader keeps the write-ahead log from being emptied: "
                "stop the site for a moment and run the command again"
            )
        time.sleep(0.1)
