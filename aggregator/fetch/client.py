"""The one outbound HTTP client. Everything the package asks of the network goes through :class:`Client`."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import httpx

from aggregator import limits
from aggregator.clock import Clock
from aggregator.errors import StorageError
from aggregator.fetch import headers as read
from aggregator.fetch import rules
from aggregator.fetch.body import Caps, Sink
from aggregator.fetch.exchange import Ask, Budget, Exchange, Trail, politeness_key
from aggregator.fetch.failures import Failed
from aggregator.fetch.guard import GuardedBackend, Resolver, SystemResolver
from aggregator.fetch.politeness import Politeness
from aggregator.fetch.robots import RobotsCache, RobotsGate
from aggregator.fetch.transport import GuardedTransport
from aggregator.fetch.user_agent import product_token, user_agent
from aggregator.fetch.verdict import Verdict, judge
from aggregator.models import Fetched, FetchSettings, Outcome, Page, Request, Utc, Validators

_PAGE_CAPS = Caps()
_DOWNLOAD_CAPS = Caps(limits.MAX_STATS_RAW_BYTES, limits.MAX_STATS_DECODED_BYTES)
_ROBOTS_CAPS = Caps(limits.MAX_ROBOTS_BYTES, limits.MAX_ROBOTS_BYTES, cut=True)
_RECEIPT_CAPS = Caps(limits.MAX_RECEIPT_BYTES, limits.MAX_RECEIPT_BYTES, cut=True)
_KEPT_BACK = frozenset({"www-authenticate", "proxy-authenticate"})
_ANSWERED = frozenset({Outcome.OK, Outcome.MOVED, Outcome.NOT_MODIFIED})
_UNCONDITIONAL = Validators()


class Writable(Protocol):
    """What a download is written to."""

    def write(self, piece: bytes, /) -> object:
        """Takes one piece. Raises ``OSError`` when it cannot."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Times and sizes of a client; tests make them small. Seconds and bytes."""

    total_s: float = limits.TOTAL_TIMEOUT_S
    download_total_s: float = limits.STATS_TOTAL_TIMEOUT_S
    robots_total_s: float = limits.ROBOTS_TIMEOUT_S
    connect_s: float = limits.CONNECT_TIMEOUT_S
    read_s: float = limits.READ_TIMEOUT_S
    page: Caps = _PAGE_CAPS
    download: Caps = _DOWNLOAD_CAPS


class Client:
    """An HTTP client that keeps robots.txt, a pace per host and hard bounds, and dials only public addresses.

    Use as an async context manager, in one event loop. Certificates are always verified, proxies of the environment
    are ignored, no cookies are kept and no credentials are ever sent. ``robots`` is called from the event loop.
    ``ssl_context`` is for clients that share one, and for tests that bring their own certificate authority.

    Raises :class:`ConfigError` for settings that cannot be used.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        clock: Clock,
        robots: RobotsCache,
        resolver: Resolver | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        bounds: Bounds | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._clock = clock
        self._bounds = bounds or Bounds()
        self.user_agent = user_agent(settings)
        allowed = rules.allowed_sites(settings.allow_hosts)
        self.politeness = Politeness(settings.per_host_delay_s, monotonic, sleep)
        backend = GuardedBackend(resolver or SystemResolver(), allowed)
        tls = ssl_context if ssl_context is not None else tls_context()
        self._http = httpx.AsyncClient(
            transport=GuardedTransport(backend, tls),
            headers={"User-Agent": self.user_agent, "Accept-Encoding": "gzip", "Connection": "close"},
            timeout=httpx.Timeout(self._bounds.read_s, connect=self._bounds.connect_s),
            trust_env=False,
            follow_redirects=False,
        )
        self._exchange = Exchange(self._http, self.politeness, allowed, clock)
        self._gate = RobotsGate(product_token(self.user_agent), robots, self._read_robots, clock, monotonic)

    async def __aenter__(self) -> Self:
        await self._http.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.__aexit__(kind, exc, trace)

    async def get(
        self, request: Request, validators: Validators = _UNCONDITIONAL, *, expect_types: tuple[str, ...] = ()
    ) -> Fetched:
        """Asks for one page. Never raises for anything the network or the server does: it is in the outcome.

        ``validators`` make it conditional. ``expect_types`` are the media types that a good answer may have (none
        given: any). ``page`` is filled whenever a body was read, with 404 and 410 too; ``validators`` of the result
        are the ones to use next time, which after a failure are those given.
        """
        body = bytearray()
        ask = Ask(request.accept, validators, self._bounds.page, self._bounds.total_s)
        return await self._fetch(request, ask, body.extend, expect_types, lambda: bytes(body))

    async def download(self, request: Request, target: Writable, validators: Validators = _UNCONDITIONAL) -> Fetched:
        """Asks for a large statistics file and writes it to ``target`` as it comes; ``page.body`` is empty.

        What stands in ``target`` is the file only when the outcome is OK or MOVED. Raises :class:`StorageError` when
        ``target`` cannot be written.
        """

        def write(piece: bytes) -> None:
            try:
                target.write(piece)
            except OSError as exc:
                raise StorageError(f"the download could not be written: {exc}", subject=request.url) from exc

        ask = Ask(request.accept, validators, self._bounds.download, self._bounds.download_total_s, success_only=True)
        return await self._fetch(request, ask, write, (), lambda: b"")

    async def post(self, url: str, content: bytes, headers: Mapping[str, str]) -> Fetched:
        """Sends a notice to an address whose owner asked for it (a webhook); never raises, as :meth:`get`.

        The same guard, pace and bounds hold. Redirects are not followed, robots.txt is not asked, and of the answer
        the first limits.MAX_RECEIPT_BYTES are read.
        """
        body = bytearray()
        ask = Ask(caps=_RECEIPT_CAPS, total_s=self._bounds.total_s, content=content, extra=tuple(headers.items()))
        return await self._fetch(Request(url, role="post"), ask, body.extend, (), lambda: bytes(body))

    async def _fetch(
        self, request: Request, ask: Ask, sink: Sink, expect_types: tuple[str, ...], body: Callable[[], bytes]
    ) -> Fetched:
        started_at, trail, budget = self._clock(), Trail(), Budget(ask.total_s)
        retry_after_s = None
        try:
            permit = self._permit if ask.content is None else None
            await self._exchange.follow(request.url, ask, trail, budget, sink, permit)
            verdict = judge(trail, expect_types)
        except Failed as failed:
            verdict = _after_failure(trail, failed)
            retry_after_s = failed.retry_after_s
        page = _page(request, trail, body(), self._clock()) if trail.body_read else None
        return Fetched(
            request,
            verdict.outcome,
            started_at,
            ms=round(budget.used * 1000),
            status=trail.status,
            page=page,
            headers=tuple((k, v) for k, v in trail.headers.multi_items() if k not in _KEPT_BACK),
            raw_bytes=trail.raw_bytes,
            error=verdict.error,
            validators=_validators_for_next_time(verdict.outcome, trail, ask.validators),
            retry_after_s=retry_after_s if retry_after_s is not None else trail.retry_after_s,
            max_age_s=read.max_age(trail.headers) if verdict.outcome in _ANSWERED else None,
            moved_to=trail.moved_to,
        )

    async def _permit(self, url: httpx.URL) -> None:
        delay = await self._gate.crawl_delay(rules.origin(url), str(url))
        self.politeness.slow(politeness_key(url), delay)

    async def _read_robots(self, url: str) -> tuple[int, bytes]:
        """robots.txt as :class:`RobotsGate` wants it: 2xx with its text, 4xx for "there is none", else the cause."""
        body, trail = bytearray(), Trail()
        ask = Ask("text/plain, */*;q=0.5", caps=_ROBOTS_CAPS, total_s=self._bounds.robots_total_s)
        try:
            await self._exchange.follow(url, ask, trail, Budget(ask.total_s), body.extend, None)
        except Failed:
            if not _says_there_is_none(trail.status):
                raise
        status = trail.status or 0
        if 200 <= status < 300 or _says_there_is_none(status):
            return status, bytes(body)
        verdict = judge(trail, ())
        raise Failed(verdict.outcome, verdict.error, retry_after_s=trail.retry_after_s)


def tls_context() -> ssl.SSLContext:
    """Whom to trust: the authorities that certifi lists. Making one takes 50 ms, so many clients may share it."""
    return httpx.create_ssl_context(trust_env=False)


def _says_there_is_none(status: int | None) -> bool:
    """RFC 9309 §2.3.1.3: 4xx means that robots.txt is unavailable, and all is allowed. 429 only means "later"."""
    return status is not None and 400 <= status < 500 and status != 429


def _after_failure(trail: Trail, failed: Failed) -> Verdict:
    """A body that could not be read does not hide what an error status says; it does spoil a success."""
    if trail.status is not None and trail.status >= 400:
        return judge(trail, ())
    return Verdict(failed.outcome, failed.error)


def _page(request: Request, trail: Trail, body: bytes, now: Utc) -> Page:
    media_type, charset = read.content_type(trail.headers)
    return Page(request, str(trail.url), trail.status or 0, media_type, charset, body, now, bool(trail.moved_to))


def _validators_for_next_time(outcome: Outcome, trail: Trail, known: Validators) -> Validators:
    if outcome in (Outcome.OK, Outcome.MOVED):
        return read.validators(trail.headers)
    if outcome is Outcome.NOT_MODIFIED:  # RFC 9111 §4.3.4: a 304 may renew either
        fresh = read.validators(trail.headers)
        return Validators(fresh.etag or known.etag, fresh.last_modified or known.last_modified)
    return known
