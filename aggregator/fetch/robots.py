"""robots.txt by RFC 9309: asked once per origin and day, kept in a cache, and believed.

The standard library's parser does not know ``*`` and ``$``; Protego does. Not being able to read robots.txt means "not
now" (§2.3.1.4), but what is reported is the cause: with no network every source should say DNS, not ROBOTS.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from protego import Protego

from aggregator import limits
from aggregator.clock import Clock, epoch
from aggregator.fetch.failures import Failed
from aggregator.models import Outcome, Utc

_AGENT_LINE: Final = re.compile(r"\s*user[- ]?agent\s*[:\s]\s*(.*)", re.IGNORECASE)
_TOKEN: Final = re.compile(r"[a-z_-]+", re.IGNORECASE)  # RFC 9309 §2.2.1
_NO_CONNECTION: Final = frozenset({Outcome.DNS, Outcome.TLS, Outcome.REFUSED})  # robots.txt is not the point then
_SOMEBODY_ELSE: Final = "somebody-else"


@dataclass(frozen=True, slots=True)
class CachedRobots:
    """A robots.txt as it was read. ``status`` 4xx: there is none, and ``body`` is empty."""

    fetched_at: Utc
    status: int
    body: str


class RobotsCache(Protocol):
    """Where robots.txt files are kept, by origin (``https://host``, with the port when it is not the default)."""

    def get(self, origin: str, /) -> CachedRobots | None:
        """The last one read, however old; None when there is none."""
        ...

    def put(self, origin: str, robots: CachedRobots, /) -> None:
        """Keeps one in place of the former."""
        ...


class MemoryRobotsCache:
    """A cache for the life of the process."""

    def __init__(self) -> None:
        self._kept: dict[str, CachedRobots] = {}

    def get(self, origin: str) -> CachedRobots | None:
        """The last one put for this origin."""
        return self._kept.get(origin)

    def put(self, origin: str, robots: CachedRobots) -> None:
        """Keeps one in place of the former."""
        self._kept[origin] = robots


FetchRobots = Callable[[str], Awaitable[tuple[int, bytes]]]
"""Reads the robots.txt at a URL: (status, body). Raises :class:`Failed` for what no answer can be read from."""


class RobotsGate:
    """Says of each address whether ``token``, our product token, may ask for it."""

    def __init__(
        self, token: str, cache: RobotsCache, fetch: FetchRobots, clock: Clock, monotonic: Callable[[], float]
    ):
        self._token = token.lower()
        self._cache = cache
        self._fetch = fetch
        self._clock = clock
        self._monotonic = monotonic
        self._locks: dict[str, asyncio.Lock] = {}
        self._parsed: dict[str, tuple[CachedRobots, Protego]] = {}
        self._unread: dict[str, tuple[float, Failed]] = {}  # when to ask again, and why we could not

    async def crawl_delay(self, origin: str, url: str) -> float:
        """The Crawl-delay of an address we may ask for, in seconds (0: none), at most limits.MAX_CRAWL_DELAY_S.

        Raises :class:`Failed`: ROBOTS when the address is disallowed, else the reason why robots.txt cannot be read.
        """
        rules = await self._rules(origin)
        if not rules.can_fetch(url, self._token):
            raise Failed(
                Outcome.ROBOTS,
                f"{origin}/robots.txt asks robots not to read this address; "
                "ask the publisher for leave or for another address, or set enabled: false",
            )
        return min(rules.crawl_delay(self._token) or 0.0, limits.MAX_CRAWL_DELAY_S)

    async def _rules(self, origin: str) -> Protego:
        async with self._locks.setdefault(origin, asyncio.Lock()):
            robots = self._cache.get(origin)
            if robots is None or not self._fresh(robots):
                robots = await self._renew(origin, robots)
            known = self._parsed.get(origin)
            if known is None or known[0] != robots:
                known = self._parsed[origin] = (robots, Protego.parse(relevant(robots.body, self._token)))
            return known[1]

    def _fresh(self, robots: CachedRobots) -> bool:
        return 0 <= epoch(self._clock()) - epoch(robots.fetched_at) < limits.ROBOTS_TTL_S

    async def _renew(self, origin: str, old: CachedRobots | None) -> CachedRobots:
        """Reads it anew. While it cannot be read an old copy stays in force (§2.4), else the cause is raised."""
        again_at, why = self._unread.get(origin, (0.0, None))
        if why is None or self._monotonic() >= again_at:
            try:
                robots = await self._ask(origin)
            except Failed as failed:
                said = failed.error
                if failed.outcome not in _NO_CONNECTION:
                    said = f"robots.txt could not be read, so nothing is fetched: {said}"
                why = Failed(failed.outcome, said, retry_after_s=failed.retry_after_s)
                self._unread[origin] = (self._monotonic() + limits.ROBOTS_RETRY_S, why)
            else:
                self._unread.pop(origin, None)
                self._cache.put(origin, robots)
                return robots
        if old is not None:
            return old
        raise Failed(why.outcome, why.error, retry_after_s=why.retry_after_s)

    async def _ask(self, origin: str) -> CachedRobots:
        status, body = await self._fetch(f"{origin}/robots.txt")
        text = body.decode("utf-8-sig", errors="replace") if 200 <= status < 300 else ""
        return CachedRobots(self._clock(), status, text)


def relevant(body: str, token: str) -> str:
    """The file with every foreign user agent renamed to one and the same.

    Groups stay as they are, so the rules mean the same to us. But the parser stores each rule once per agent of its
    group, and half a megabyte of agents times rules would fill the memory. Also makes the match of our token exact
    (§2.2.1), where the parser would take "met" for us.
    """
    lines = []
    for line in body.splitlines():
        agent = _AGENT_LINE.match(line)
        if agent is not None:
            name = agent.group(1).partition("#")[0].strip()
            found = _TOKEN.match(name)
            ours = found is not None and found.group().lower() == token.lower()
            line = f"User-agent: {token if ours else '*' if name == '*' else _SOMEBODY_ELSE}"
        lines.append(line)
    return "\n".join(lines)
