"""The asking half of a source's round: plan → fetch → parse → follow, until there is nothing left to ask.

Writes nothing. What it learns comes back as one :class:`Gathered` for the settling half (``settle.py``).
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from aggregator import __version__
from aggregator.clock import epoch
from aggregator.db.sources import Asked
from aggregator.limits import LAST_SEEN_STEP_S, MAX_MATCH_CHARS, MAX_REQUESTS_PER_ROUND
from aggregator.models import Entry, Fetched, Outcome, Page, Parsed, Request, Source, Utc, Validators
from aggregator.sources.kind import SourceKind
from aggregator.statistics.model import FileData

RECHECK: Final = "recheck"
"""Role of a request that only asks whether an item is still there; its context is the item's key."""

Fetch = Callable[[Request, Validators, tuple[str, ...]], Awaitable[Fetched]]
Download = Callable[[Request, Validators], AbstractAsyncContextManager[Fetched]]
Parse = Callable[[Source, Page], Awaitable[Parsed]]
Recall = Callable[[Request], Awaitable[Page | None]]
LookUp = Callable[[Request], Awaitable[Asked | None]]


@dataclass(frozen=True, slots=True)
class Tools:
    """What gathering is given: it opens no connection and reads no clock of its own."""

    fetch: Fetch
    parse: Parse
    recall: Recall  # the last body kept for a request
    look_up: LookUp  # what is needed to ask for it conditionally
    download: Download  # the same as fetch for large files, which are there only within its block


@dataclass(frozen=True, slots=True)
class Answer:
    """A page that was read well, to be kept and remembered."""

    fetched: Fetched
    hint: str
    keys: tuple[str, ...] = ()  # of the entries that were read from it


@dataclass(frozen=True, slots=True)
class Delivered:
    """A statistics file as read, and where it came from."""

    file: FileData
    url: str
    sha256: str
    etag: str


@dataclass(slots=True)
class Gathered:
    """Everything one round of a source brought, before anything is decided."""

    entries: dict[str, Entry] = field(default_factory=dict)
    others: dict[str, Entry] = field(default_factory=dict)  # that `match` drops, unless the archive has them already
    missing: set[str] = field(default_factory=set)  # keys that their publisher says it does not know
    gone: set[str] = field(default_factory=set)  # keys that their publisher says it has removed (410)
    present: set[str] = field(default_factory=set)  # keys of items that are still at their address
    absent: tuple[Outcome, str] | None = None  # the source's own page is not there
    spared: int = 0  # pages whose entries are not among these, since they were not read again
    releases: list[Delivered] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    renewed: list[Fetched] = field(default_factory=list)  # 304s whose pages, kept from last time, were read again
    unread: list[Answer] = field(default_factory=list)  # bodies that could not be parsed: kept as evidence only
    failures: list[tuple[Outcome, str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    first: Outcome | None = None  # outcome of the first request
    status: int | None = None
    bytes: int = 0
    requests: int = 0
    parsed: int = 0  # pages
    unchanged: int = 0  # pages
    items: int = 0  # entries read, before `match`
    ended: str = ""
    empty: bool = False
    moved_to: str = ""
    retry_after_s: int | None = None
    max_age_s: int | None = None
    queue: tuple[Request, ...] = ()  # left over when the request limit was reached


@dataclass(frozen=True, slots=True)
class _Round:
    """One source's round: whom is asked, by what means, at what time, and the tally that all it brings goes into."""

    source: Source
    kind: SourceKind
    tools: Tools
    now: Utc
    got: Gathered


def fingerprint(source: Source) -> str:
    """Of all that decides how bytes become entries: when it changes, an unchanged body is read again."""
    decisive = (__version__, source.kind, source.match, source.keep, source.options, source.topics)
    return hashlib.sha256(repr(decisive).encode()).hexdigest()[:16]


async def gather(
    source: Source,
    kind: SourceKind,
    requests: tuple[Request, ...],
    tools: Tools,
    now: Utc,
    *,
    limit: int = MAX_REQUESTS_PER_ROUND,
) -> Gathered:
    """Asks for ``requests`` and what their pages lead to, at most ``limit`` of them, or fewer if the kind says so."""
    got = Gathered()
    at = _Round(source, kind, tools, now, got)
    limit = min(limit, kind.most(source)) if kind.most else limit
    queue, seen, planned = deque(requests), set[str](), {r.url for r in requests}
    while queue and got.requests < limit:
        request = queue.popleft()
        if request.url in seen:
            continue
        seen.add(request.url)
        follow = await _one(at, request, planned=request.url in planned)
        queue.extend(follow)
    got.queue = tuple(queue)
    if queue and limit == MAX_REQUESTS_PER_ROUND:
        got.problems.append(f"{len(queue)} pages were left unread: a round makes at most {limit} requests")
    return got


async def _one(at: _Round, request: Request, *, planned: bool) -> tuple[Request, ...]:
    """One request: fetched (or spared), read, and its findings added to the tally. Returns the requests it leads to."""
    known = await at.tools.look_up(request)
    if known is not None and known.parser != fingerprint(at.source):
        known = None
    if known is not None and request.hint and request.hint == known.hint:
        at.got.unchanged += 1
        at.got.spared += 1
        return ()
    validators = known.validators if known else Validators()
    if request.large:
        async with at.tools.download(request, validators) as fetched:
            return await _answered(at, fetched, known, planned=planned)
    fetched = await at.tools.fetch(request, validators, at.source.expect.types if planned else ())
    return await _answered(at, fetched, known, planned=planned)


async def _answered(at: _Round, fetched: Fetched, known: Asked | None, *, planned: bool) -> tuple[Request, ...]:
    """What came back for one request: accounted for, and read unless it is what was read before."""
    request, got = fetched.request, at.got
    _account(got, fetched, planned=planned)
    if request.role == RECHECK:
        _recheck(got, request, fetched)
        return ()
    if fetched.outcome is Outcome.NOT_MODIFIED:
        return await _not_modified(at, fetched, known, planned=planned)
    if fetched.page is None or fetched.outcome not in at.kind.reads:
        got.failures.append((fetched.outcome, fetched.error))
        return ()
    same = known is not None and fetched.page.sha256 == known.sha256
    if same and known is not None and fetched.outcome is Outcome.OK and fetched.page.url == request.url:
        got.unchanged += 1
        if request.large or not _must_read(at, known):
            got.spared += 1
            return ()
    return await _read(at, fetched.page, Answer(fetched, request.hint))


async def _not_modified(at: _Round, fetched: Fetched, known: Asked | None, *, planned: bool) -> tuple[Request, ...]:
    """304: the page is as it was. Where it must be read all the same, it is read as it was kept; where it was not kept
    (a restore of the public database alone), it is asked for as if for the first time."""
    request = fetched.request
    page = None
    if known is not None and not request.large and _must_read(at, known):
        page = await at.tools.recall(request)
        if page is None:
            again = await at.tools.fetch(request, Validators(), at.source.expect.types if planned else ())
            return await _answered(at, again, None, planned=planned)
    at.got.unchanged += 1
    at.got.spared += page is None
    if page is None:
        return ()
    if known is not None and _is_due(known, at.now):
        at.got.renewed.append(fetched)
    return await _read(at, page, None)


def _recheck(got: Gathered, request: Request, fetched: Fetched) -> None:
    """Whether an item is still at its address: its page is not read, and what stands in the way says nothing of it."""
    landed = urlsplit(fetched.page.url).path if fetched.page else ""
    front = fetched.page is not None and landed in ("", "/") and urlsplit(request.url).path not in ("", "/")
    if fetched.outcome is Outcome.GONE:
        got.gone.add(request.context)
    elif fetched.status == 404 or (fetched.outcome in (Outcome.OK, Outcome.MOVED) and front):
        got.missing.add(request.context)
    elif fetched.outcome in (Outcome.OK, Outcome.MOVED, Outcome.NOT_MODIFIED):
        got.present.add(request.context)


def _must_read(at: _Round, known: Asked) -> bool:
    """Whether an unchanged page is read all the same: for the pages it leads to, for what is missing from it, or to
    keep last-seen times true."""
    return _is_due(known, at.now) or at.source.options.complete or not at.kind.single


def _is_due(known: Asked, now: Utc) -> bool:
    """Whether it is long enough since a page was read that the last-seen times of its items need it."""
    return epoch(now) - epoch(known.fetched_at) >= LAST_SEEN_STEP_S


def _account(got: Gathered, fetched: Fetched, *, planned: bool) -> None:
    got.requests += 1
    got.bytes += fetched.raw_bytes
    if got.first is None:
        got.first, got.status = fetched.outcome, fetched.status
    if planned and fetched.moved_to:
        got.moved_to = fetched.moved_to
    if fetched.retry_after_s is not None:
        got.retry_after_s = max(got.retry_after_s or 0, fetched.retry_after_s)
    if planned and fetched.max_age_s is not None:
        got.max_age_s = max(got.max_age_s or 0, fetched.max_age_s)


async def _read(at: _Round, page: Page, answer: Answer | None) -> tuple[Request, ...]:
    source, got = at.source, at.got
    parsed = await at.tools.parse(source, page)
    got.problems.extend(parsed.problems)
    if parsed.outcome in (Outcome.PARSE_ERROR, Outcome.BLOCKED):
        got.failures.append((parsed.outcome, f"{page.url}: {parsed.error}"))
        if answer and parsed.outcome is Outcome.PARSE_ERROR:
            got.unread.append(answer)
        return ()
    got.parsed += 1
    if parsed.outcome in (Outcome.GONE, Outcome.HTTP_4XX):
        got.absent = parsed.outcome, parsed.error
    got.empty = got.empty or parsed.outcome is Outcome.EMPTY
    if parsed.outcome is Outcome.ENDED:
        got.ended = (
            parsed.error
            or "the publisher says that this feed has ended: look for its successor, then update feeds.yaml"
        )
    got.items += len(parsed.entries)
    got.missing.update(parsed.missing)
    for entry in parsed.entries:  # a later page (the detail) speaks for an entry rather than an earlier (the list)
        for found in (got.entries, got.others):
            found.pop(entry.key, None)
        (got.entries if matches(source, entry) else got.others)[entry.key] = entry
    if parsed.release is not None:
        etag = answer.fetched.validators.etag if answer else ""
        got.releases.append(Delivered(parsed.release, page.request.url, page.sha256, etag))
    if parsed.cut:  # nothing is remembered of it: "not modified" would leave it half read
        got.failures.append((Outcome.PARSE_ERROR, f"{page.url}: {parsed.cut}"))
        got.unread.extend((answer,) if answer else ())
    elif answer:
        got.answers.append(replace(answer, keys=tuple(e.key for e in parsed.entries)))
    return parsed.follow


def is_complete(source: Source, got: Gathered) -> bool:
    """Whether this round saw everything the source has: its list is complete and every page of it was read."""
    return (
        source.options.complete
        and bool(got.parsed)
        and not (got.failures or got.spared or got.queue or got.empty or got.ended)
    )


def matches(source: Source, entry: Entry) -> bool:
    """Whether the source's `match` lets the entry in. Sources without one take everything."""
    if source.match is None:
        return True
    text = "\n".join((entry.title, entry.summary, entry.body, *entry.categories))[:MAX_MATCH_CHARS]
    return re.search(source.match, text) is not None


def verdict(source: Source, got: Gathered) -> tuple[Outcome, str]:
    """The outcome of the whole round and what a person needs to know of it."""
    if got.ended:
        return Outcome.ENDED, got.ended
    if got.absent:
        return got.absent
    if got.failures:
        outcome, error = got.failures[0]
        if not got.parsed and not got.unchanged:
            return outcome, error
        return (
            Outcome.PARTIAL,
            f"{len(got.failures)} of {got.requests} pages could not be read, or not whole, first: {outcome}: {error}",
        )
    notes = "; ".join(got.problems[:5]) + (f"; and {len(got.problems) - 5} more" if len(got.problems) > 5 else "")
    if got.parsed and not got.unchanged and (got.empty or got.items < source.expect.min_items) and not got.releases:
        expected = f"{got.items} items where at least {source.expect.min_items} are expected: has the page or feed changed its shape?"
        return Outcome.EMPTY, "; ".join(filter(None, (expected, notes)))
    if got.moved_to:
        moved = f"moved permanently to {got.moved_to}: put that address into feeds.yaml"
        return Outcome.MOVED, "; ".join(filter(None, (moved, notes)))
    if got.unchanged and not got.answers:
        return Outcome.NOT_MODIFIED, notes
    return Outcome.OK, notes
