"""One request at a time per host, with a pause between starts, and silence towards a host that asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aggregator.fetch.failures import Failed
from aggregator.models import Outcome

Monotonic = Callable[[], float]
Sleep = Callable[[float], Awaitable[object]]


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    last_start: float | None = None
    quiet_until: float = float("-inf")
    delay_s: float = 0.0  # what its robots.txt asks for


class Politeness:
    """Keeps the pace towards each host. Times are of the ``monotonic`` clock, in seconds."""

    def __init__(self, delay_s: float, monotonic: Monotonic, sleep: Sleep) -> None:
        self._delay_s = delay_s
        self._monotonic = monotonic
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}

    def slow(self, host: str, delay_s: float) -> None:
        """Sets the pause the host's robots.txt asks for (0: none); the configured pause is never undercut."""
        self._host(host).delay_s = delay_s

    def quiet(self, host: str, seconds: float) -> None:
        """Sends nothing more to the host for so long. Never shortens a silence already kept."""
        entry = self._host(host)
        entry.quiet_until = max(entry.quiet_until, self._monotonic() + seconds)

    def quiet_until(self, host: str) -> float | None:
        """When the silence towards the host ends, on the monotonic clock; None when there is none."""
        entry = self._hosts.get(host)
        return entry.quiet_until if entry is not None and entry.quiet_until > self._monotonic() else None

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Waits for its turn and holds it. Raises :class:`Failed` (RATE_LIMITED), without waiting, at a quiet host."""
        entry = self._host(host)
        async with entry.lock:
            self._refuse_if_quiet(host)
            if entry.last_start is not None:
                wait = entry.last_start + max(self._delay_s, entry.delay_s) - self._monotonic()
                if wait > 0:
                    await self._sleep(wait)
            entry.last_start = self._monotonic()
            yield

    def _refuse_if_quiet(self, host: str) -> None:
        until = self.quiet_until(host)
        if until is not None:
            left = max(1, round(until - self._monotonic()))
            raise Failed(
                Outcome.RATE_LIMITED,
                f"{host} asked for fewer requests; nothing is sent to it for another {left} s",
                retry_after_s=left,
            )

    def _host(self, host: str) -> _Host:
        return self._hosts.setdefault(host, _Host())
