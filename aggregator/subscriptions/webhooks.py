"""Webhooks: registered, planned, delivered. At least once, in order, each webhook for itself.

A delivery is recorded with its message id before it is first sent, and marked as made after the receiver said so. A
crash in between sends it again under the same id. Its body is made from the archive at each attempt.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import sqlite3
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from aggregator.clock import Clock, epoch
from aggregator.db import matching
from aggregator.db import subscriptions as rows
from aggregator.db.about import is_invented
from aggregator.errors import AggregatorError, ConfigError
from aggregator.fetch.client import Bounds, Client, tls_context
from aggregator.fetch.failures import Failed
from aggregator.fetch.robots import MemoryRobotsCache
from aggregator.fetch.rules import allowed_sites, checked_url, site
from aggregator.limits import (
    CHANGES_SCANNED,
    DELIVERY_PASS_S,
    MAX_WEBHOOKS,
    SCANS_PER_PASS,
    WEBHOOK_CONCURRENCY,
    WEBHOOK_QUEUE,
    WEBHOOK_TIMEOUT_S,
)  # fmt: skip
from aggregator.models import Config, Fetched, FetchSettings, Outcome
from aggregator.subscriptions import payload, signing
from aggregator.subscriptions.backoff import WEBHOOKS
from aggregator.subscriptions.model import TOLD, Change, Criteria, Delivery, State, Webhook
from aggregator.subscriptions.wording import short_url

log = logging.getLogger(__name__)
BOUNDS = Bounds(total_s=WEBHOOK_TIMEOUT_S, connect_s=WEBHOOK_TIMEOUT_S / 3, read_s=WEBHOOK_TIMEOUT_S)


@dataclass(frozen=True, slots=True)
class Desk:
    """What delivering needs. ``archive`` is only read."""

    archive: sqlite3.Connection
    private: sqlite3.Connection
    config: Config
    clock: Clock
    luck: Callable[[], float]
    stopping: threading.Event
    bounds: Bounds = BOUNDS


@dataclass(frozen=True, slots=True)
class HookReport:
    """What one pass did for one webhook. ``error``: why it stopped short; "" when it did not."""

    id: int
    delivered: int
    error: str


def register(desk: Desk, url: str, criteria: Criteria, *, secret: str = "", since: int | None = None) -> Webhook:
    """Adds a webhook that is told of every change after ``since`` (none given: from now on).

    A secret is made where none is given. Raises :class:`ConfigError` for an address nothing would be sent to, a secret
    that is none, a number beyond the newest change, and one webhook too many.
    """
    check_url(url, desk.config.settings)
    key = signing.key_of(secret) if secret else secrets.token_bytes(32)
    if len(rows.every(desk.private)) >= MAX_WEBHOOKS:
        raise ConfigError(f"there are {MAX_WEBHOOKS} webhooks already; remove one first", subject="webhook add")
    with matching.snapshot(desk.archive) as conn:
        newest = matching.last_seq(conn)
        if since is not None and since > newest:
            raise ConfigError(f"the newest change is number {newest}", subject="--since")
        matches = set() if criteria.lasting else set(matching.every_match(conn, criteria))
    cursor = newest if since is None else since
    return rows.add(desk.private, url, signing.written(key), criteria, cursor, matches, desk.clock())


def check_url(url: str, settings: FetchSettings) -> None:
    """Raises :class:`ConfigError` unless notices may be sent to the address: https, or a site in ``allow_hosts``."""
    allowed = allowed_sites(settings.allow_hosts)
    try:
        read = checked_url(url, allowed)
    except Failed as failed:
        raise ConfigError(failed.error, subject="webhook add") from failed
    if read.scheme != "https" and site(read) not in allowed:
        raise ConfigError("only https is allowed, except for defaults.allow_hosts of feeds.yaml", subject="webhook add")


# --- planning -----------------------------------------------------------------------------------------------------
def plan(desk: Desk, hook: Webhook) -> None:
    """Looks through the changes after the webhook's cursor and records what is to be delivered, within bounds."""
    newest = matching.last_seq(desk.archive)
    if hook.cursor > newest:
        rows.rewind(desk.private, hook, newest)
        return
    for _ in range(SCANS_PER_PASS):
        room = WEBHOOK_QUEUE - rows.waiting(desk.private).get(hook.id, 0)
        if room <= 0 or desk.stopping.is_set():
            return
        with matching.snapshot(desk.archive) as conn:
            found = matching.changes(conn, hook.cursor, CHANGES_SCANNED)
            holds = matching.matching(conn, hook.criteria, {c.update_id for c in found})
        if not found:
            return
        held = set() if hook.criteria.lasting else rows.remembered(desk.private, hook.id, {c.update_id for c in found})
        due, cursor = _cut([c for c in found if c.type in TOLD and c.update_id in holds | held], found[-1].seq, room)
        seen = {c.update_id for c in found if c.seq <= cursor}
        matches = set() if hook.criteria.lasting else holds & seen
        if not rows.plan(desk.private, hook, cursor, [(message_id(), c) for c in due], matches):
            return
        hook = replace(hook, cursor=cursor)


def _cut(due: Sequence[Change], last: int, room: int) -> tuple[Sequence[Change], int]:
    """As many as there is room for, and the number up to which all was looked at."""
    return (due, last) if len(due) <= room else (due[:room], due[room - 1].seq)


def message_id() -> str:
    """A new id of a message. Random, not derived from the change: where an older file was put back by hand, numbers come again."""
    return f"msg_{secrets.token_hex(16)}"


# --- delivering ---------------------------------------------------------------------------------------------------
async def deliver(desk: Desk) -> list[HookReport]:
    """One pass: plans and delivers what is due, several webhooks at a time, each in order and within its turn."""
    now = desk.clock()
    ready = [h for h in rows.every(desk.private) if h.state is State.ACTIVE and (h.next_attempt_at or now) <= now]
    for hook in ready:
        plan(desk, hook)
    waiting = rows.waiting(desk.private)
    hooks = [h for h in ready if waiting.get(h.id)]
    if not hooks:
        return []
    slots, tls = asyncio.Semaphore(WEBHOOK_CONCURRENCY), tls_context()

    async def one(hook: Webhook) -> HookReport:
        async with slots, _client(desk, tls) as client:
            return await _turn(desk, client, hook)

    done = await asyncio.gather(*(one(hook) for hook in hooks), return_exceptions=True)
    rows.prune(desk.private, now)
    return [_contained(desk, hook, result) for hook, result in zip(hooks, done, strict=True)]


def _client(desk: Desk, tls: ssl.SSLContext) -> Client:
    """The guarded client, one for each turn: a host that silences one webhook says nothing of the others there. Without the
    pause between requests that sources are owed: receivers asked for these."""
    settings = replace(desk.config.settings, per_host_delay_s=0.0)
    return Client(settings, clock=desk.clock, robots=MemoryRobotsCache(), bounds=desk.bounds, ssl_context=tls)


def _contained(desk: Desk, hook: Webhook, result: HookReport | BaseException) -> HookReport:
    """A defect of ours over one webhook counts as a failure of it, and stops no other."""
    if isinstance(result, HookReport):
        return result
    if isinstance(result, sqlite3.Error | AggregatorError) or not isinstance(result, Exception):
        raise result  # the database, or the end of the process: nothing can be recorded
    log.error("webhook %s: a defect of this program", hook.id, exc_info=result)
    error = f"{type(result).__name__}: a defect of this program, please report it"
    if first := rows.head(desk.private, hook.id):
        _failed(desk, replace(hook, failures=rows.get(desk.private, hook.id).failures), first, None, error, None)
    return HookReport(hook.id, 0, error)


async def _turn(desk: Desk, client: Client, hook: Webhook) -> HookReport:
    """Delivers what waits for one webhook, oldest first, until it fails or its turn is over."""
    ends, count = time.monotonic() + DELIVERY_PASS_S, 0
    while not desk.stopping.is_set() and time.monotonic() < ends:
        delivery = rows.head(desk.private, hook.id)
        if delivery is None:
            break
        answer = await _send(desk, client, hook, delivery.message_id, _body(desk, delivery))
        if accepted(answer):
            rows.delivered(desk.private, delivery, answer.status, desk.clock())
            hook, count = replace(hook, failures=0), count + 1
        else:
            error = said(answer)
            _failed(desk, hook, delivery, answer.status, error, answer.retry_after_s)
            return HookReport(hook.id, count, error)
    return HookReport(hook.id, count, "")


def _failed(
    desk: Desk, hook: Webhook, delivery: Delivery, status: int | None, error: str, retry_after_s: int | None
) -> None:
    now = desk.clock()
    if status == 410:
        rows.failed(desk.private, delivery, status, error, now, state=State.GONE, again=None)
        return
    again = WEBHOOKS.again(hook.failures + 1, now, luck=desk.luck(), retry_after_s=retry_after_s)
    state = State.ACTIVE if again else State.DEAD
    if again is None:
        log.warning("webhook %s is given up after %s failures: %s", hook.id, hook.failures + 1, error)
    rows.failed(desk.private, delivery, status, error, now, state=state, again=again)


def _body(desk: Desk, delivery: Delivery) -> bytes:
    with matching.snapshot(desk.archive) as conn:
        number = delivery.update_id
        facts = matching.facts(conn, [number]).get(number)
        edit = matching.edits(conn, [number], delivery.seq - 1, delivery.seq).get(number)
        return payload.body(delivery, facts, edit, site=desk.config.public_url, invented=is_invented(conn))


async def _send(desk: Desk, client: Client, hook: Webhook, ident: str, body: bytes) -> Fetched:
    headers = signing.headers(hook.secret, ident, epoch(desk.clock()), body)
    return await client.post(hook.url, body, {"Content-Type": "application/json", **headers})


async def ping(desk: Desk, hook: Webhook) -> Fetched:
    """Sends a signed ``ping`` at once, whatever the state of the webhook; nothing is recorded."""
    async with _client(desk, tls_context()) as client:
        return await _send(desk, client, hook, message_id(), payload.ping(hook.id, desk.clock()))


def accepted(answer: Fetched) -> bool:
    """Whether the receiver took it: any 2xx, even if the rest of its answer could not be read."""
    return answer.status is not None and 200 <= answer.status < 300 and answer.outcome is not Outcome.BLOCKED


def said(answer: Fetched) -> str:
    """Why a delivery failed, without the receiver's own words and without its full address."""
    if answer.status is None:
        return short_url(answer.error, answer.request.url)[:300]
    if 300 <= answer.status < 400:
        return f"answered {answer.status}: redirects are not followed; register the final address"
    if answer.status == 410:
        return "answered 410: it wants no more notices"
    if answer.outcome is Outcome.BLOCKED:
        return f"answered {answer.status} with a check for robots; let our User-Agent through"
    wait = f" and asks for a pause of {answer.retry_after_s} s" if answer.retry_after_s else ""
    return f"answered {answer.status}{wait}"
