"""Webhooks and their deliveries in the private database. Addresses, secrets and numbers; never text of an update.

Functions that write several rows begin their own transaction and say so; the others are one statement.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

from aggregator.clock import plus
from aggregator.db.connection import transaction
from aggregator.errors import NotFoundError
from aggregator.limits import DELIVERIES_KEPT, DELIVERIES_KEPT_S
from aggregator.models import Utc
from aggregator.subscriptions.criteria import from_json, to_json
from aggregator.subscriptions.model import Change, Criteria, Delivery, State, Webhook

_HOOK = (
    "SELECT id, url, secret, criteria, cursor, state, failures, created_at, next_attempt_at, last_success_at, last_error "
    "FROM webhooks"
)
_DELIVERY = (
    "SELECT id, webhook_id, message_id, seq, update_id, type, version, at, state, attempts, attempted_at, status, error "
    "FROM deliveries"
)


def add(
    conn: sqlite3.Connection, url: str, secret: str, criteria: Criteria, cursor: int, matches: Iterable[int], now: Utc
) -> Webhook:
    """A new webhook, and the updates that hold to its criteria already. One transaction."""
    with transaction(conn):
        number = conn.execute(
            "INSERT INTO webhooks(url, secret, criteria, cursor, created_at) VALUES (?,?,?,?,?)",
            (url, secret, to_json(criteria), cursor, now),
        ).lastrowid
        _remember(conn, int(number or 0), matches)
    return get(conn, int(number or 0))


def remove(conn: sqlite3.Connection, webhook_id: int) -> None:
    """Forgets a webhook, its secret and its log. Raises :class:`NotFoundError`."""
    if not conn.execute("DELETE FROM webhooks WHERE id = ?", (webhook_id,)).rowcount:
        raise _unknown(webhook_id)


def get(conn: sqlite3.Connection, webhook_id: int) -> Webhook:
    """One webhook. Raises :class:`NotFoundError`."""
    row = conn.execute(f"{_HOOK} WHERE id = ?", (webhook_id,)).fetchone()
    if row is None:
        raise _unknown(webhook_id)
    return _hook(row)


def every(conn: sqlite3.Connection) -> list[Webhook]:
    """All webhooks, in the order in which they were added."""
    return [_hook(row) for row in conn.execute(f"{_HOOK} ORDER BY id")]


def _unknown(webhook_id: int) -> NotFoundError:
    return NotFoundError("there is no such webhook; `aggregator webhook list` shows them", subject=str(webhook_id))


def _hook(row: Sequence[object]) -> Webhook:
    number, url, secret, criteria, cursor, state, *rest = row
    return Webhook(number, url, secret, from_json(str(criteria)), cursor, State(str(state)), *rest)  # type: ignore[arg-type]


def waiting(conn: sqlite3.Connection) -> dict[int, int]:
    """How many deliveries are planned and not yet made, by webhook."""
    return dict(
        conn.execute(
            "SELECT webhook_id, count(*) FROM deliveries WHERE state = 'waiting' GROUP BY webhook_id"
        ).fetchall()
    )


def remembered(conn: sqlite3.Connection, webhook_id: int, ids: Iterable[int]) -> set[int]:
    """Those of these updates that once held to the webhook's criteria."""
    sql = "SELECT update_id FROM webhook_matches WHERE webhook_id = ? AND update_id IN (SELECT value FROM json_each(?))"
    return {row[0] for row in conn.execute(sql, (webhook_id, json.dumps(list(ids))))}


def plan(
    conn: sqlite3.Connection, hook: Webhook, cursor: int, due: Sequence[tuple[str, Change]], matches: Iterable[int]
) -> bool:
    """Records what is to be delivered, each with its message id, and moves the cursor: all of it or nothing.

    False, and nothing done, when the webhook is no longer where it was read.
    """
    with transaction(conn):
        moved = conn.execute(
            "UPDATE webhooks SET cursor = ? WHERE id = ? AND cursor = ?", (cursor, hook.id, hook.cursor)
        )
        if not moved.rowcount:
            return False
        conn.executemany(
            "INSERT INTO deliveries(webhook_id, message_id, seq, update_id, type, version, at) VALUES (?,?,?,?,?,?,?)",
            [(hook.id, mid, c.seq, c.update_id, c.type, c.version, c.at) for mid, c in due],
        )
        _remember(conn, hook.id, matches)
    return True


def _remember(conn: sqlite3.Connection, webhook_id: int, matches: Iterable[int]) -> None:
    conn.executemany(
        "INSERT OR IGNORE INTO webhook_matches(webhook_id, update_id) VALUES (?,?)", ((webhook_id, n) for n in matches)
    )


def rewind(conn: sqlite3.Connection, hook: Webhook, cursor: int) -> None:
    """After an older archive was put back: what was planned beyond its end never happened there. One transaction."""
    with transaction(conn):
        conn.execute("DELETE FROM deliveries WHERE webhook_id = ? AND state = 'waiting' AND seq > ?", (hook.id, cursor))
        conn.execute("UPDATE webhooks SET cursor = ? WHERE id = ?", (cursor, hook.id))


def head(conn: sqlite3.Connection, webhook_id: int) -> Delivery | None:
    """The oldest delivery that waits; those behind it wait for it."""
    row = conn.execute(
        f"{_DELIVERY} WHERE webhook_id = ? AND state = 'waiting' ORDER BY id LIMIT 1", (webhook_id,)
    ).fetchone()
    return Delivery(*row) if row else None


def log(conn: sqlite3.Connection, webhook_id: int, limit: int) -> list[Delivery]:
    """The newest deliveries of a webhook, newest first."""
    sql = f"{_DELIVERY} WHERE webhook_id = ? ORDER BY id DESC LIMIT ?"
    return [Delivery(*row) for row in conn.execute(sql, (webhook_id, limit))]


def delivered(conn: sqlite3.Connection, delivery: Delivery, status: int | None, now: Utc) -> None:
    """Records a success. One transaction."""
    with transaction(conn):
        conn.execute(
            "UPDATE deliveries SET state = 'delivered', attempts = attempts + 1, attempted_at = ?, status = ?, error = '' "
            "WHERE id = ?",
            (now, status, delivery.id),
        )
        conn.execute(
            "UPDATE webhooks SET failures = 0, next_attempt_at = NULL, last_success_at = ?, last_error = '' WHERE id = ?",
            (now, delivery.webhook_id),
        )


def failed(
    conn: sqlite3.Connection, delivery: Delivery, status: int | None, error: str, now: Utc, *,
    state: State, again: Utc | None,
) -> None:  # fmt: skip
    """Records a failure, when to try again, and whether the webhook is given up. One transaction."""
    with transaction(conn):
        conn.execute(
            "UPDATE deliveries SET attempts = attempts + 1, attempted_at = ?, status = ?, error = ? WHERE id = ?",
            (now, status, error, delivery.id),
        )
        conn.execute(
            "UPDATE webhooks SET failures = failures + 1, next_attempt_at = ?, last_error = ?, state = ? WHERE id = ?",
            (again, error, state, delivery.webhook_id),
        )


def revive(conn: sqlite3.Connection, webhook_id: int, *, skip: bool) -> None:
    """Makes a webhook active again, due at once; with ``skip`` the delivery at its head is given up. One transaction."""
    with transaction(conn):
        hook = get(conn, webhook_id)
        conn.execute(
            "UPDATE webhooks SET state = 'active', failures = 0, next_attempt_at = NULL WHERE id = ?", (hook.id,)
        )
        first = head(conn, hook.id) if skip else None
        if first:
            conn.execute("UPDATE deliveries SET state = 'skipped' WHERE id = ?", (first.id,))


def prune(conn: sqlite3.Connection, now: Utc) -> None:
    """Shortens the logs of finished deliveries to what limits.py keeps."""
    conn.execute(
        "DELETE FROM deliveries WHERE state <> 'waiting' AND (attempted_at < ? OR id IN (SELECT id FROM ("
        "SELECT id, row_number() OVER (PARTITION BY webhook_id ORDER BY id DESC) AS n FROM deliveries "
        "WHERE state <> 'waiting') WHERE n > ?))",
        (plus(now, -DELIVERIES_KEPT_S), DELIVERIES_KEPT),
    )
