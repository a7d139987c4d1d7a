"""Digests: registered, planned, sent. One mail per digest at a time, each mail recorded before it is handed over.

Mail has no way to be sent exactly once. Of the two that are left this is at least once: what was perhaps sent is sent
again, with the same Message-ID and a line that says so. Losing a change would go unnoticed; a mail that came twice does not.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace

from aggregator.clock import Clock
from aggregator.db import digests as rows
from aggregator.db import matching
from aggregator.errors import ConfigError, NotFoundError
from aggregator.limits import DIGEST_LINES, DIGESTS_PER_PASS, MAX_DIGESTS
from aggregator.models import Config, Utc
from aggregator.subscriptions import compose, timetable
from aggregator.subscriptions.address import checked_address
from aggregator.subscriptions.backoff import DIGESTS
from aggregator.subscriptions.boundary import guarded
from aggregator.subscriptions.mail import message, stop_address
from aggregator.subscriptions.model import Contents, Criteria, Digest, DigestRun
from aggregator.subscriptions.smtp import MailError, Postman


@dataclass(frozen=True, slots=True)
class Desk:
    """What sending needs. ``archive`` is only read."""

    archive: sqlite3.Connection
    private: sqlite3.Connection
    config: Config
    clock: Clock
    luck: Callable[[], float]
    postman: Postman


@dataclass(frozen=True, slots=True)
class RunReport:
    """What became of one mail. ``state``: sent, empty, waiting or failed."""

    digest: int
    state: str
    items: int
    error: str = ""


def register(desk: Desk, address: str, every: str, at: int, day: int, criteria: Criteria) -> Digest:
    """Adds a digest that begins with what happens from now on.

    Raises :class:`ConfigError` for what is no mail address, where the site's address is not configured, and for one
    digest too many.
    """
    checked_address(address)
    need_site(desk.config)
    if len(rows.every(desk.private)) >= MAX_DIGESTS:
        raise ConfigError(f"there are {MAX_DIGESTS} digests already; remove one first", subject="digest add")
    now, cursor = desk.clock(), matching.last_seq(desk.archive)
    due = timetable.next_due(every, at, day, now)
    return rows.add(desk.private, address, every, at, day, criteria, cursor, now, due)


def need_site(config: Config) -> None:
    """Raises :class:`ConfigError` when mails would have links that lead nowhere."""
    if not config.public_url:
        raise ConfigError(
            "mail needs `defaults.public_url` in feeds.yaml: the site's address, to which its links lead",
            subject="digest",
        )


def unsubscribe(private: sqlite3.Connection, token: str) -> Digest:
    """Removes the digest of the mail in which this token was. Raises :class:`NotFoundError`."""
    found = rows.by_token(private, hashed(token.strip()))
    if found is None:
        raise NotFoundError("no digest has it; it was removed already, or the token is not whole", subject="--token")
    rows.remove(private, found.id)
    return found


def hashed(token: str) -> str:
    """How a token is stored: it has 256 random bits, so a plain hash cannot be turned back."""
    return hashlib.sha256(token.encode()).hexdigest()


def preview(desk: Desk, digest: Digest) -> tuple[Contents, compose.Letter]:
    """The mail that would be sent now. Records nothing; the token in it is none."""
    with matching.snapshot(desk.archive) as conn:
        newest = matching.last_seq(conn)
        found = matching.contents(conn, digest.criteria, min(digest.cursor, newest), newest, DIGEST_LINES)
    stop = stop_address(desk.postman.settings, "TOKEN-OF-THE-MAIL")
    return found, compose.letter(found, _setting(desk, digest, stop, doubtful=False))


def _setting(desk: Desk, digest: Digest, stop: str, *, doubtful: bool) -> compose.Setting:
    return compose.Setting(
        address=digest.address,
        criteria=digest.criteria,
        timetable=timetable.said(digest.every, digest.at, digest.day),
        now=desk.clock(),
        site=desk.config.public_url,
        stop=stop,
        doubtful=doubtful,
    )


def plan(desk: Desk) -> None:
    """Records a mail for every digest that is due, with the changes it covers. What fell due meanwhile is in the same mail."""
    now = desk.clock()
    for digest in rows.due(desk.private, now):
        next_due = timetable.next_due(digest.every, digest.at, digest.day, now)
        rows.begin(desk.private, digest, matching.last_seq(desk.archive), secrets.token_hex(16), next_due)


def send(desk: Desk) -> list[RunReport]:
    """One pass: recovers what a crash left, plans, and sends what waits. The caller holds the delivery lock."""
    need_site(desk.config)
    rows.recover(desk.private)
    plan(desk)
    return [_contained(desk, run) for run in rows.open_runs(desk.private, desk.clock(), DIGESTS_PER_PASS)]


def _contained(desk: Desk, run: DigestRun) -> RunReport:
    """A defect of ours over one mail counts as a failure of it, and stops no other."""
    done: list[RunReport] = []
    problem = guarded(f"digest {run.digest_id}", lambda: done.append(_send(desk, run)))
    if problem is None:
        return done[0]
    if isinstance(problem, sqlite3.Error):
        raise problem  # nothing can be recorded
    return _failed(desk, run, MailError(f"{type(problem).__name__}: a defect of this program, please report it"))


def _send(desk: Desk, run: DigestRun) -> RunReport:
    digest = rows.get(desk.private, run.digest_id)
    with matching.snapshot(desk.archive) as conn:
        found = matching.contents(conn, digest.criteria, run.from_seq, run.to_seq, DIGEST_LINES)
    count = len(found.lines) + found.more
    if not count:
        rows.finish(desk.private, run, "empty", 0, desk.clock())
        return RunReport(digest.id, "empty", 0)
    token = secrets.token_urlsafe(32)
    mail = rendered(desk, digest, run, found, token)
    rows.sending(desk.private, run, hashed(token), desk.clock())
    try:
        desk.postman.send(digest.address, mail)
    except MailError as error:
        return _failed(desk, replace(run, attempts=run.attempts + 1), error)
    rows.finish(desk.private, run, "sent", count, desk.clock())
    return RunReport(digest.id, "sent", count)


def rendered(desk: Desk, digest: Digest, run: DigestRun, found: Contents, token: str) -> bytes:
    """The mail of a run, as it is handed over."""
    stop = stop_address(desk.postman.settings, token)
    letter = compose.letter(found, _setting(desk, digest, stop, doubtful=run.doubtful))
    return message(desk.postman.settings, digest.address, letter, ident=run.message_id, at=desk.clock(), stop=stop)


def _failed(desk: Desk, run: DigestRun, error: MailError) -> RunReport:
    """Tried again later, unless the address was refused for good or patience is at its end."""
    now: Utc = desk.clock()
    again = None if error.refused else DIGESTS.again(max(1, run.attempts), now, luck=desk.luck())
    rows.failed(desk.private, run, str(error), doubtful=error.doubtful, again=again)
    return RunReport(run.digest_id, "waiting" if again else "failed", 0, str(error))
