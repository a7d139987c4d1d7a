"""Following one address to its answer: hop by hop, each hop checked, paced and within bounds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import httpx

from aggregator import limits
from aggregator.clock import Clock
from aggregator.fetch import headers as read
from aggregator.fetch import rules
from aggregator.fetch.body import BodyReader, Caps, Sink, coding_of
from aggregator.fetch.failures import FOREIGN, Failed, explain
from aggregator.fetch.guard import Site
from aggregator.fetch.politeness import Politeness
from aggregator.models import Outcome, Validators

PERMANENT: Final = frozenset({301, 308})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

Permit = Callable[[httpx.URL], Awaitable[None]]
"""Asked before every hop; raises :class:`Failed` where robots.txt says no."""


class Budget:
    """The time one fetch may spend on the network in all, over its hops. Waiting for its turn does not count."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.used = 0.0

    @asynccontextmanager
    async def spend(self, host: str) -> AsyncIterator[None]:
        """Runs the body within what is left. Raises :class:`Failed` (TIMEOUT) when that is used up."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, self._seconds - self.used)) as limit:
                yield
        except TimeoutError as exc:
            if not limit.expired():
                raise
            raise Failed(
                Outcome.TIMEOUT,
                f"{host}: not finished within {self._seconds:g} s; it is asked again later, nothing need be done "
                "unless it lasts",
            ) from exc
        finally:
            self.used += time.monotonic() - began


@dataclass(slots=True)
class Trail:
    """What is known of a request so far; filled in on the way, so that a failure reports all there was."""

    url: httpx.URL | None = None  # the hop last asked
    status: int | None = None
    headers: httpx.Headers = field(default_factory=httpx.Headers)
    raw_bytes: int = 0
    conditional: bool = False  # whether the last hop was asked with validators
    moved_to: str = ""
    body_read: bool = False
    head: bytes = b""  # first bytes of the body, for the recogniser of challenges
    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """How an address is asked for."""

    accept: str = "*/*"
    validators: Validators = field(default_factory=Validators)
    caps: Caps = field(default_factory=Caps)
    total_s: float = limits.TOTAL_TIMEOUT_S
    success_only: bool = False  # bodies of other answers than 2xx do not reach the sink
    content: bytes | None = None  # not None: a POST of this, whose redirects are not followed
    extra: tuple[tuple[str, str], ...] = ()  # further request headers


class Exchange:
    """Sends requests; the only code that touches the HTTP library."""

    def __init__(self, http: httpx.AsyncClient, politeness: Politeness, allowed: frozenset[Site], clock: Clock) -> None:
        self._http = http
        self._politeness = politeness
        self._allowed = allowed
        self._clock = clock

    async def follow(
        self, text: str, ask: Ask, trail: Trail, budget: Budget, sink: Sink, permit: Permit | None
    ) -> None:
        """Asks for an address and goes where redirects lead; bodies of 2xx answers go to ``sink``.

        What is learnt stands in ``trail``. Raises :class:`Failed` when no answer, or only part of one, was read.
        """
        url = rules.checked_url(text, self._allowed)
        seen = {url}
        lasting = True  # whether all redirects up to here were permanent
        for _ in range(limits.MAX_REDIRECTS + 1):
            trail.url = url
            if permit is not None:
                await permit(url)
            location = await self._hop(url, ask, trail, budget, sink, redirected=len(seen) > 1)
            if location is None:
                return
            if ask.content is not None:
                raise Failed(
                    Outcome.REFUSED,
                    f"{url.host}: redirects a POST, which is not followed; register the final address",
                )
            lasting = lasting and trail.status in PERMANENT
            url = rules.next_hop(url, location, self._allowed)
            if lasting:
                trail.moved_to = str(url)
            if url in seen:
                raise Failed(
                    Outcome.REFUSED,
                    f"{url.host}: redirects in a circle; the site may insist on cookies, "
                    "which are not kept: look for another address of the source",
                )
            seen.add(url)
        raise Failed(
            Outcome.REFUSED,
            f"{url.host}: more than {limits.MAX_REDIRECTS} redirects; put the final address into feeds.yaml",
        )

    async def _hop(
        self, url: httpx.URL, ask: Ask, trail: Trail, budget: Budget, sink: Sink, *, redirected: bool
    ) -> str | None:
        """One request and its answer; returns where it redirects to, if it does."""
        conditions = read.conditions(ask.validators, redirected=redirected)
        trail.conditional = bool(conditions)
        trail.status, trail.headers = None, httpx.Headers()
        headers = {"Accept": ask.accept, **conditions, **dict(ask.extra)}
        method = "GET" if ask.content is None else "POST"
        async with self._politeness.turn(politeness_key(url)):
            try:
                async with budget.spend(url.host):
                    request = self._http.build_request(method, url, headers=headers, content=ask.content)
                    response = await self._http.send(request, stream=True, follow_redirects=False)
                    try:
                        self._note(response, trail)
                        if trail.status in _REDIRECTS:
                            return str(response.headers.get("location", ""))
                        await self._read(response, ask, trail, sink)
                    finally:
                        await response.aclose()
            except FOREIGN as exc:
                raise explain(exc, url.host) from exc
            finally:
                self._keep_quiet(url, trail)
        return None

    def _note(self, response: httpx.Response, trail: Trail) -> None:
        trail.status, trail.headers = response.status_code, response.headers
        trail.retry_after_s = read.retry_after(response.headers, self._clock())
        if sum(len(name) + len(value) for name, value in response.headers.raw) > limits.MAX_HEADER_BYTES:
            raise Failed(
                Outcome.TOO_LARGE,
                f"{response.url.host}: headers longer than {limits.MAX_HEADER_BYTES // limits.KIB} KiB; "
                "check that this address is really the feed",
            )

    async def _read(self, response: httpx.Response, ask: Ask, trail: Trail, sink: Sink) -> None:
        if response.status_code == 304:
            return
        kept = response.is_success or not ask.success_only
        caps = ask.caps if kept else Caps()
        head = bytearray()

        def deliver(piece: bytes) -> None:
            if len(head) < limits.CHALLENGE_HEAD_BYTES:
                head.extend(piece[: limits.CHALLENGE_HEAD_BYTES - len(head)])
                trail.head = bytes(head)
            if kept:
                sink(piece)

        reader = BodyReader(coding_of(read.codings(response.headers)), caps, deliver)
        try:
            await reader.read(response.aiter_raw())
            trail.body_read = True
        finally:
            trail.raw_bytes += reader.raw

    def _keep_quiet(self, url: httpx.URL, trail: Trail) -> None:
        """429, and 503 with Retry-After, speak for the whole host."""
        if trail.status == 429 or (trail.status == 503 and trail.retry_after_s is not None):
            pause = limits.DEFAULT_QUIET_S if trail.retry_after_s is None else trail.retry_after_s
            self._politeness.quiet(politeness_key(url), pause)


def politeness_key(url: httpx.URL) -> str:
    """What counts as one host: http and https of a name together, other ports (tests, intranets) apart."""
    host, port = rules.site(url)
    return host if port in (80, 443) else f"{host}:{port}"
