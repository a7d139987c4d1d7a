"""Digests, their mails and their tokens in the private database. No text of an update.

Functions that write several rows begin their own transaction and say so; the others are one statement.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from aggregator.db.connection import transaction
from aggregator.errors import NotFoundError
from aggregator.limits import DIGEST_RUNS_KEPT
from aggregator.models import Utc
from aggregator.subscriptions.criteria import from_json, to_json
from aggregator.subscriptions.model import Criteria, Digest, DigestRun, State

_DIGEST = "SELECT id, address, every, at, day, criteria, cursor, state, created_at, next_due_at FROM digests"
_RUN = (
    "SELECT id, digest_id, from_seq, to_seq, due_at, message_id, state, attempts, doubtful, next_attempt_at, sent_at, "
    "items, error FROM digest_runs"
)


def known(conn: sqlite3.Connection) -> bool:
    """Whether the file has the tables of subscriptions: one of an unfinished version has not."""
    return conn.execute("SELECT 1 FROM sqlite_master WHERE name = 'digest_tokens'").fetchone() is not None


def add(
    conn: sqlite3.Connection, address: str, every: str, at: int, day: int, criteria: Criteria, cursor: int, now: Utc, due: Utc
) -> Digest:  # fmt: skip
    """A new digest."""
    number = conn.execute(
        "INSERT INTO digests(address, every, at, day, criteria, cursor, created_at, next_due_at) VALUES (?,?,?,?,?,?,?,?)",
        (address, every, at, day, to_json(criteria), cursor, now, due),
    ).lastrowid
    return get(conn, int(number or 0))


def get(conn: sqlite3.Connection, digest_id: int) -> Digest:
    """One digest. Raises :class:`NotFoundError`."""
    row = conn.execute(f"{_DIGEST} WHERE id = ?", (digest_id,)).fetchone()
    if row is None:
        raise _unknown(digest_id)
    return _digest(row)


def every(conn: sqlite3.Connection) -> list[Digest]:
    """All digests, in the order in which they were added."""
    return [_digest(row) for row in conn.execute(f"{_DIGEST} ORDER BY id")]


def _unknown(digest_id: int) -> NotFoundError:
    return NotFoundError("there is no such digest; `aggregator digest list` shows them", subject=str(digest_id))


def _digest(row: Sequence[object]) -> Digest:
    number, address, often, at, day, criteria, cursor, state, *rest = row
    return Digest(number, address, often, at, day, from_json(str(criteria)), cursor, State(str(state)), *rest)  # type: ignore[arg-type]


def remove(conn: sqlite3.Connection, digest_id: int) -> None:
    """Forgets a digest and its address. Raises :class:`NotFoundError`."""
    if not conn.execute("DELETE FROM digests WHERE id = ?", (digest_id,)).rowcount:
        raise _unknown(digest_id)


def by_token(conn: sqlite3.Connection, token_hash: str) -> Digest | None:
    """The digest in one of whose mails the token was, or None."""
    row = conn.execute("SELECT digest_id FROM digest_tokens WHERE hash = ?", (token_hash,)).fetchone()
    return get(conn, row[0]) if row else None


def due(conn: sqlite3.Connection, now: Utc) -> list[Digest]:
    """Active digests whose time has come and of which no mail is still on its way."""
    sql = (
        f"{_DIGEST} WHERE state = 'active' AND next_due_at <= ? AND NOT EXISTS (SELECT 1 FROM digest_runs r "  # noqa: S608
        "WHERE r.digest_id = digests.id AND r.state IN ('waiting','sending')) ORDER BY next_due_at, id"
    )
    return [_digest(row) for row in conn.execute(sql, (now,))]


def begin(conn: sqlite3.Connection, digest: Digest, to_seq: int, message_id: str, next_due: Utc) -> None:
    """Records a mail with the changes it covers, and moves the digest past them: both or neither. One transaction."""
    with transaction(conn):
        moved = conn.execute(
            "UPDATE digests SET cursor = ?, next_due_at = ? WHERE id = ? AND cursor = ? AND next_due_at = ?",
            (to_seq, next_due, digest.id, digest.cursor, digest.next_due_at),
        )
        if moved.rowcount:  # else somebody else was here first, or it was removed
            conn.execute(
                "INSERT INTO digest_runs(digest_id, from_seq, to_seq, due_at, message_id) VALUES (?,?,?,?,?)",
                (digest.id, min(digest.cursor, to_seq), to_seq, digest.next_due_at, message_id),
            )


def recover(conn: sqlite3.Connection) -> int:
    """Mails that were being handed over when the process died: they may have arrived. They wait again, in doubt."""
    return conn.execute(
        "UPDATE digest_runs SET state = 'waiting', doubtful = 1, next_attempt_at = NULL WHERE state = 'sending'"
    ).rowcount


def open_runs(conn: sqlite3.Connection, now: Utc, limit: int) -> list[DigestRun]:
    """Mails that wait and whose time has come, of active digests, oldest first."""
    sql = (
        f"{_RUN} WHERE state = 'waiting' AND (next_attempt_at IS NULL OR next_attempt_at <= ?) "  # noqa: S608
        "AND digest_id IN (SELECT id FROM digests WHERE state = 'active') ORDER BY id LIMIT ?"
    )
    return [_run(row) for row in conn.execute(sql, (now, limit))]


def runs(conn: sqlite3.Connection, digest_id: int, limit: int) -> list[DigestRun]:
    """The newest mails of a digest, newest first."""
    sql = f"{_RUN} WHERE digest_id = ? ORDER BY id DESC LIMIT ?"
    return [_run(row) for row in conn.execute(sql, (digest_id, limit))]


def _run(row: Sequence[object]) -> DigestRun:
    values = list(row)
    values[8] = bool(values[8])
    return DigestRun(*values)  # type: ignore[arg-type]


def sending(conn: sqlite3.Connection, run: DigestRun, token_hash: str, now: Utc) -> None:
    """A mail is about to be handed over, with this token in it. One transaction."""
    with transaction(conn):
        conn.execute("UPDATE digest_runs SET state = 'sending', attempts = attempts + 1 WHERE id = ?", (run.id,))
        conn.execute(
            "INSERT INTO digest_tokens(hash, digest_id, made_at) VALUES (?,?,?)", (token_hash, run.digest_id, now)
        )


def finish(conn: sqlite3.Connection, run: DigestRun, state: str, items: int, now: Utc) -> None:
    """A mail was taken over by the mail server (``sent``), or there was nothing to say (``empty``). One transaction."""
    with transaction(conn):
        conn.execute(
            "UPDATE digest_runs SET state = ?, items = ?, sent_at = ?, error = '', next_attempt_at = NULL WHERE id = ?",
            (state, items, now if state == "sent" else None, run.id),
        )
        for table, key, order in (("digest_runs", "id", "id"), ("digest_tokens", "hash", "made_at")):
            conn.execute(
                f"DELETE FROM {table} WHERE digest_id = ? AND {key} NOT IN (SELECT {key} FROM {table} "  # noqa: S608
                f"WHERE digest_id = ? ORDER BY {order} DESC LIMIT ?)",
                (run.digest_id, run.digest_id, DIGEST_RUNS_KEPT),
            )


def failed(conn: sqlite3.Connection, run: DigestRun, error: str, *, doubtful: bool, again: Utc | None) -> None:
    """A mail could not be handed over: it waits until ``again``, or with None its digest is given up. One transaction."""
    with transaction(conn):
        conn.execute(
            "UPDATE digest_runs SET state = ?, error = ?, doubtful = max(doubtful, ?), next_attempt_at = ? WHERE id = ?",
            ("waiting" if again else "failed", error, int(doubtful), again, run.id),
        )
        if again is None:
            conn.execute("UPDATE digests SET state = 'dead' WHERE id = ?", (run.digest_id,))


def revive(conn: sqlite3.Connection, digest_id: int) -> None:
    """Makes a digest active again; a mail that was given up is due at once. One transaction."""
    with transaction(conn):
        get(conn, digest_id)
        conn.execute("UPDATE digests SET state = 'active' WHERE id = ?", (digest_id,))
        conn.execute(
            "UPDATE digest_runs SET state = 'waiting', attempts = 0, next_attempt_at = NULL WHERE digest_id = ? "
            "AND state IN ('waiting','failed')",
            (digest_id,),
        )


def bring_forward(conn: sqlite3.Connection, digest_id: int, now: Utc) -> None:
    """Makes a digest due at once, whatever its timetable says, and a mail of it that waits. One transaction.

    Raises :class:`NotFoundError` for one that is not there, or was given up.
    """
    with transaction(conn):
        if get(conn, digest_id).state is not State.ACTIVE:
            raise NotFoundError(
                f"was given up; `aggregator digest retry {digest_id}` revives it", subject=f"digest {digest_id}"
            )
        conn.execute("UPDATE digests SET next_due_at = ? WHERE id = ? AND next_due_at > ?", (now, digest_id, now))
        conn.execute(
            "UPDATE digest_runs SET next_attempt_at = NULL WHERE digest_id = ? AND state = 'waiting'", (digest_id,)
        )
