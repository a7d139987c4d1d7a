"""The deciding and storing half of a source's round: everything it brought, in one `BEGIN IMMEDIATE` transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from aggregator import takedown
from aggregator.archive.decide import Add, Intent, Revise, cut, decide, missed
from aggregator.archive.groups import joined
from aggregator.db import kin, rechecks, redactions, release_calendar, state, updates
from aggregator.db import sources as source_rows
from aggregator.db import statistics as statistics_rows
from aggregator.db.connection import transaction
from aggregator.db.sources import Asked, Round
from aggregator.db.updates import publisher_words
from aggregator.due import next_due
from aggregator.gather import Answer, Gathered, fingerprint, is_complete, verdict
from aggregator.limits import VANISH_FREE, VANISH_MAX_SHARE
from aggregator.machine import failure
from aggregator.models import SUCCESSES, Document, Entry, Outcome, Source, Tags, Utc, Validators
from aggregator.statistics.model import ReleaseSummary
from aggregator.statistics.summary import release_entries

TagMany = Callable[[Iterable[Document]], Iterable[Tags]]


@dataclass(frozen=True, slots=True)
class SourceReport:
    """What became of one source in a round; what `collect --json` prints."""

    id: str
    outcome: Outcome
    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    items: int = 0
    ms: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class Desk:
    """The settling half's tools: the two databases (used from one thread only), the tagger, and a die for jitter."""

    archive: sqlite3.Connection
    private: sqlite3.Connection
    tag_many: TagMany
    luck: Callable[[], float]


def settle(desk: Desk, source: Source, got: Gathered, now: Utc, ms: int, *, backfill: bool = False) -> SourceReport:
    """Decides and stores one round. Either all of it is in the archive afterwards, or none."""
    guard = redactions.guard(desk.archive, desk.private, source.id)
    entries = joined(guard.entry(cut(e, source.keep)) for e in got.entries.values())
    entries = redactions.spread(guard, desk.archive, desk.private, entries)
    others = [guard.entry(cut(e, source.keep)) for e in got.others.values()]
    shas = _keep(desk, source, got, guard)
    outcome, error = verdict(source, got)
    with transaction(desk.archive) as conn:
        entries += _releases(conn, source, got, now)
        entries += _tracked(conn, source, others)
        intents, tagged = _decide(desk, source, entries, now)
        all_new = bool(intents) and all(isinstance(intent, Add) for intent in intents)
        present = {e.key for e in (*entries, *others)}
        absent, doubt = ([], "") if backfill else _absent(conn, source, got, guard, present, now)
        intents += absent
        rechecks.seen(conn, source.id, map(guard.key, got.present), now)
        tally = updates.apply(conn, source, intents, tagged, now)
        if source.kind == "calendar":
            release_calendar.store(conn, source, entries, now)
        kin.connect(conn, source, intents, now)
        flaps = f"{tally.flapping} items change on every poll and make no more versions" if tally.flapping else ""
        error = guard.said("; ".join(filter(None, (error, doubt, flaps))))
        _remember_all(conn, source, got, outcome, shas, now)
        done = Round(
            source.id, now, ms, outcome, got.status, got.bytes, got.requests, got.items,
            tally.new, tally.changed, tally.withdrawn, tally.unchanged, error,
        )  # fmt: skip
        if backfill:
            source_rows.record(conn, done)
        else:
            _finish(conn, desk, source, got, done, all_new=all_new)
    takedown.hide_expired(desk.archive, desk.private, source, now)
    return SourceReport(
        source.id, outcome, tally.new, tally.changed, tally.withdrawn, tally.unchanged, got.items, ms, error
    )


def _keep(desk: Desk, source: Source, got: Gathered, guard: redactions.Guard) -> list[str | None]:
    """Keeps the bodies of the round as evidence. None for one that shows what was taken down: that is not kept."""

    def one(answer: Answer) -> str | None:
        page = answer.fetched.page
        if page is not None and page.stored is not None:
            return page.sha256  # a large file: its hash is remembered, its body is gone
        withheld = page is None or guard.withholds(page.body, page.request.url, answer.keys)
        return None if withheld else state.keep(desk.private, source.id, answer.fetched)

    for answer in got.unread:
        one(answer)
    return [one(answer) for answer in got.answers]


def _remember_all(
    conn: sqlite3.Connection, source: Source, got: Gathered, outcome: Outcome, shas: list[str | None], now: Utc
) -> None:
    """Keeps what the next conditional requests need. Not of a list that is empty or has ended: a 304 would hide that.
    Of a page that is missing it is what makes the next request unconditional."""
    for answer, sha256 in zip(got.answers, shas, strict=True):
        bad = answer.fetched.outcome not in SUCCESSES
        if sha256 is not None and (bad or outcome not in (Outcome.EMPTY, Outcome.ENDED)):
            _remember(conn, source, answer, sha256, now)
    for fetched in got.renewed:
        source_rows.renew(conn, source.id, fetched.request.url, fetched.validators, now)


def _releases(conn: sqlite3.Connection, source: Source, got: Gathered, now: Utc) -> list[Entry]:
    """Stores the statistics files of the round; what they brought becomes updates."""
    summaries: list[ReleaseSummary] = []
    for delivered in got.releases:
        summaries += statistics_rows.apply_file(
            conn,
            delivered.file,
            url=delivered.url,
            filename=delivered.url.rpartition("/")[2],
            sha256=delivered.sha256,
            etag=delivered.etag,
            seen_at=now,
        )
    return [cut(entry, source.keep) for entry in release_entries(source.title, summaries)]


def _tracked(conn: sqlite3.Connection, source: Source, others: list[Entry]) -> list[Entry]:
    """Entries that `match` would drop though they are in the archive: what was let in once is followed to its end."""
    known = updates.load(conn, source.id, [e.key for e in others]) if others else {}
    return [entry for entry in others if entry.key in known]


def _absent(
    conn: sqlite3.Connection, source: Source, got: Gathered, guard: redactions.Guard, present: set[str], now: Utc
) -> tuple[list[Intent], str]:
    """What is not where it should be, and a word if that is too much to be believed."""
    removed = set(map(guard.key, got.gone)) - present
    keys = set(map(guard.key, got.missing)) - present
    where = f"{source.title}: its address is unknown there (404)"
    if is_complete(source, got):
        expected = updates.keys_expected(conn, source.id)
        absent = set(expected) - present
        if len(absent) > max(VANISH_FREE, VANISH_MAX_SHARE * len(expected)):
            return [], f"{len(absent)} of {len(expected)} items are missing from the list at once: not believed"
        keys, where = keys | absent, f"the list of {source.title}"
    keys |= removed
    stored = updates.load(conn, source.id, sorted(keys)) if keys else {}
    return [missed(known, now, where, said=key in removed) for key, known in stored.items()], ""


def _decide(desk: Desk, source: Source, entries: list[Entry], now: Utc) -> tuple[list[Intent], dict[str, Tags]]:
    """Intents in publication order as far as the list tells it (feeds are newest first), and tags for what needs them."""
    stored = updates.load(desk.archive, source.id, [e.key for e in entries])
    intents = [decide(entry, stored.get(entry.key), now) for entry in reversed(entries)]
    words = publisher_words(source.id, source.publisher)
    told = [intent.entry for intent in intents if isinstance(intent, Add | Revise)]
    documents = (Document(entry.title, entry.summary, entry.body, words) for entry in told)
    return intents, {entry.key: tags for entry, tags in zip(told, desk.tag_many(documents), strict=True)}


def _remember(conn: sqlite3.Connection, source: Source, answer: Answer, sha256: str, now: Utc) -> None:
    fetched = answer.fetched
    good = fetched.outcome in SUCCESSES  # a 404 must not make the next answer a 304 of the page before it
    validators = fetched.validators if good else Validators()
    asked = Asked(validators, sha256, answer.hint if good else "", fingerprint(source), now)
    source_rows.remember(conn, source.id, fetched.request.url, asked)


def _finish(conn: sqlite3.Connection, desk: Desk, source: Source, got: Gathered, done: Round, *, all_new: bool) -> None:
    """Records the round. ``all_new``: nothing that the source's list holds was known before."""
    failed = source_rows.failures(conn, source.id) + (done.outcome not in SUCCESSES)
    due = next_due(
        source, done.outcome, failed, done.started_at,
        retry_after_s=got.retry_after_s, max_age_s=got.max_age_s, luck=desk.luck(),
    )  # fmt: skip
    window = source.match is None and source.kind == "feed"
    gap = window and all_new and source_rows.item_count(conn, source.id) > 0
    if gap:
        note = (
            "every item was new: some may have come and gone since the last poll; where the publisher has a list that can "
            "be walked, `aggregator backfill` looks for them"
        )
        done = replace(done, error="; ".join(filter(None, (done.error, note))))
    source_rows.finish(conn, done, due, gap=gap)


def contain(desk: Desk, source: Source, problem: Exception, now: Utc, ms: int) -> SourceReport:
    """Records what failed on our side at the source boundary: it stops this source's round and no other.

    A full disk is neither the source's fault nor the program's: it is told as what it is, and once there is room again, the
    source is asked when it would have been, however long that took.
    """
    machine = failure(problem)
    error = (
        f"this machine: {machine}; nothing of this round was stored"
        if machine
        else f"{type(problem).__name__}: {problem}; a defect of this program, please report it"
    )
    done = Round(source.id, now, ms, Outcome.ERROR, error=error[:1000])
    with transaction(desk.archive) as conn:
        failed = 1 if machine else source_rows.failures(conn, source.id) + 1
        source_rows.finish(conn, done, next_due(source, Outcome.ERROR, failed, now, luck=desk.luck()), gap=False)
    return SourceReport(source.id, Outcome.ERROR, ms=ms, error=error)
