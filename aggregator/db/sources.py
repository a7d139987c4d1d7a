"""Sources, their due times and health, the rounds made of them, and what is needed to ask conditionally.

What is due lives here and not in the scheduler: a restart forgets nothing and floods nobody.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aggregator.clock import plus
from aggregator.limits import CLOCK_STEP_S
from aggregator.models import SUCCESSES, Outcome, Source, Utc, Validators


@dataclass(frozen=True, slots=True)
class Round:
    """One round of one source, as `fetches` records it."""

    source_id: str
    started_at: Utc
    ms: int
    outcome: Outcome
    http_status: int | None = None
    bytes: int = 0
    requests: int = 0
    items: int = 0
    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The last good answer for a URL."""

    validators: Validators
    sha256: str
    hint: str
    parser: str
    fetched_at: Utc


def sync(conn: sqlite3.Connection, sources: Iterable[Source], now: Utc) -> None:
    """Makes `sources` agree with feeds.yaml. New ones are due at once; those no longer listed are marked, never deleted."""
    present = []
    for source in sources:
        present.append(source.id)
        conn.execute(
            "INSERT INTO sources(id, title, publisher, homepage, url, kind, licence, attribution, keep, enabled, "
            "every_minutes, max_silence_minutes, note, added_at) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?) "
            "ON CONFLICT(id) DO UPDATE SET title = excluded.title, publisher = excluded.publisher, "
            "homepage = excluded.homepage, url = excluded.url, kind = excluded.kind, licence = excluded.licence, "
            "attribution = excluded.attribution, keep = excluded.keep, enabled = excluded.enabled, "
            "every_minutes = excluded.every_minutes, max_silence_minutes = excluded.max_silence_minutes, "
            "note = excluded.note, removed_at = NULL",
            (source.id, source.title, source.publisher, source.homepage, source.url, source.kind, source.licence,
             source.attribution, source.keep, int(source.enabled), max(1, round(source.every_s / 60)),
             None if source.max_silence_s is None else max(1, round(source.max_silence_s / 60)), source.note, now),
        )  # fmt: skip
        conn.execute(
            "INSERT INTO source_state(source_id, next_due_at) VALUES (?,?) ON CONFLICT(source_id) DO NOTHING",
            (source.id, now),
        )
    conn.execute(
        "UPDATE sources SET removed_at = ? WHERE removed_at IS NULL AND id NOT IN (SELECT value FROM json_each(?))",
        (now, json.dumps(present)),
    )


def claim(conn: sqlite3.Connection, ids: Sequence[str], now: Utc, until: Utc, *, only_due: bool) -> list[str]:
    """Claims those of ``ids`` that nobody works on (and, with ``only_due``, whose time has come), earliest due first.

    The time has come, too, for a source that was last asked in the future: the clock was ahead and has been put right,
    and what it set would be waited for as long as it was wrong.
    """
    claimed = []
    for source_id, _ in conn.execute(
        "SELECT s.source_id, s.next_due_at FROM source_state s WHERE (s.claimed_until IS NULL OR s.claimed_until <= :now) "
        "AND (:all OR s.next_due_at <= :now OR "
        "(SELECT f.started_at FROM fetches f WHERE f.source_id = s.source_id ORDER BY f.id DESC LIMIT 1) > :soon) "
        "ORDER BY s.next_due_at, s.source_id",
        {"now": now, "all": not only_due, "soon": plus(now, CLOCK_STEP_S)},
    ).fetchall():
        if source_id in ids:
            conn.execute("UPDATE source_state SET claimed_until = ? WHERE source_id = ?", (until, source_id))
            claimed.append(str(source_id))
    return claimed


def release_claims(conn: sqlite3.Connection) -> None:
    """Forgets the claims of a collector that died. Only the holder of the collector lock may call this."""
    conn.execute("UPDATE source_state SET claimed_until = NULL WHERE claimed_until IS NOT NULL")


def failures(conn: sqlite3.Connection, source_id: str) -> int:
    """How many rounds in a row have failed."""
    row = conn.execute("SELECT consecutive_failures FROM source_state WHERE source_id = ?", (source_id,)).fetchone()
    return int(row[0]) if row else 0


def item_count(conn: sqlite3.Connection, source_id: str) -> int:
    """How many updates the source has brought so far."""
    row = conn.execute("SELECT items FROM source_state WHERE source_id = ?", (source_id,)).fetchone()
    return int(row[0]) if row else 0


def record(conn: sqlite3.Connection, done: Round) -> None:
    """Records a round (or one page of a backfill) in `fetches`."""
    conn.execute(
        "INSERT INTO fetches(source_id, started_at, ms, outcome, http_status, bytes, requests, items, new, changed, "
        "withdrawn, unchanged, error) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (done.source_id, done.started_at, done.ms, done.outcome, done.http_status, done.bytes, done.requests, done.items,
         done.new, done.changed, done.withdrawn, done.unchanged, done.error),
    )  # fmt: skip


def finish(conn: sqlite3.Connection, done: Round, next_due_at: Utc, *, gap: bool) -> None:
    """Records a round and sets when the source is due again."""
    record(conn, done)
    good = done.outcome in SUCCESSES
    conn.execute(
        "UPDATE source_state SET next_due_at = ?, claimed_until = NULL, "
        "consecutive_failures = CASE WHEN ? THEN 0 ELSE consecutive_failures + 1 END, "
        "last_success_at = CASE WHEN ? THEN ? ELSE last_success_at END, last_outcome = ?, last_error = ?, "
        "last_new_at = CASE WHEN ? > 0 THEN ? ELSE last_new_at END, items = items + ?, "
        "gaps = gaps + ?, last_gap_at = CASE WHEN ? THEN ? ELSE last_gap_at END, "
        "newest_published_at = CASE WHEN ? > 0 THEN (SELECT published_at FROM updates WHERE source_id = ? "
        "  AND published_at IS NOT NULL ORDER BY id DESC LIMIT 1) ELSE newest_published_at END "
        "WHERE source_id = ?",
        (next_due_at, good, good, done.started_at, done.outcome, done.error, done.new, done.started_at, done.new,
         int(gap), gap, done.started_at, done.new, done.source_id, done.source_id),
    )  # fmt: skip


def asked(conn: sqlite3.Connection, source_id: str, url: str) -> Asked | None:
    """The last good answer for this URL, if there was one."""
    row = conn.execute(
        "SELECT etag, last_modified, sha256, hint, parser, fetched_at FROM requests WHERE source_id = ? AND url = ?",
        (source_id, url),
    ).fetchone()
    if row is None:
        return None
    etag, modified, sha256, hint, parser, fetched_at = row
    return Asked(Validators(etag, modified), sha256, hint, parser, Utc(fetched_at))


def remember(conn: sqlite3.Connection, source_id: str, url: str, answer: Asked) -> None:
    """Keeps what the next conditional request needs. In the same transaction as the entries it brought: validators that
    outlived their entries would make the next poll a 304 and lose them."""
    conn.execute(
        "INSERT INTO requests(source_id, url, etag, last_modified, sha256, hint, parser, fetched_at) VALUES (?,?,?,?,?,?,?,?) "
        "ON CONFLICT(source_id, url) DO UPDATE SET etag = excluded.etag, last_modified = excluded.last_modified, "
        "sha256 = excluded.sha256, hint = excluded.hint, parser = excluded.parser, fetched_at = excluded.fetched_at",
        (source_id, url, answer.validators.etag, answer.validators.last_modified, answer.sha256, answer.hint, answer.parser,
         answer.fetched_at),
    )  # fmt: skip


def renew(conn: sqlite3.Connection, source_id: str, url: str, validators: Validators, now: Utc) -> None:
    """Notes that the page of this URL was read again as it was kept. A 304 may bring new validators (RFC 9111 §4.3.4)."""
    conn.execute(
        "UPDATE requests SET etag = ?, last_modified = ?, fetched_at = ? WHERE source_id = ? AND url = ?",
        (validators.etag, validators.last_modified, now, source_id, url),
    )
