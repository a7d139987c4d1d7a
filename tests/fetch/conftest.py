"""What every test of the client needs: an origin, and a way to ask it one thing."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

import pytest

from aggregator.clock import now
from aggregator.fetch.client import Bounds, Client
from aggregator.fetch.robots import MemoryRobotsCache
from aggregator.models import Fetched, FetchSettings, Request, Validators
from tests.support.origin import Origin

T = TypeVar("T")
UNCONDITIONAL = Validators()
FAST = Bounds(total_s=1.5, download_total_s=5, robots_total_s=1.5, connect_s=0.7, read_s=1.0)
"""Real bounds, but short: a test that waits for one takes a second, not a minute."""


@pytest.fixture
def origin() -> Iterator[Origin]:
    """A fresh fault server."""
    with Origin() as server:
        yield server


def make_client(*netlocs: str, delay_s: float = 0.0, **options: Any) -> Client:
    """A client that may talk to these loopback servers."""
    settings = FetchSettings(contact="https://example.org/contact", per_host_delay_s=delay_s, allow_hosts=netlocs)
    defaults: dict[str, Any] = {"clock": now, "robots": MemoryRobotsCache(), "bounds": FAST}
    return Client(settings, **(defaults | options))


def with_client(client: Client, talk: Callable[[Client], Awaitable[T]]) -> T:
    """Opens the client, runs ``talk`` and closes it."""

    async def run() -> T:
        async with client:
            return await talk(client)

    return asyncio.run(run())


@pytest.fixture
def fetch(origin: Origin) -> Callable[..., Fetched]:
    """``fetch("/path", validators, expect_types=(…))``: one request by a fresh client. A full URL is taken as it is."""

    def one(path: str, validators: Validators = UNCONDITIONAL, **options: Any) -> Fetched:
        url = origin.url(path) if path.startswith("/") else path
        expect_types = options.pop("expect_types", ())
        client = make_client(origin.netloc, **options)
        return with_client(client, lambda c: c.get(Request(url), validators, expect_types=expect_types))

    return one


class FakeTime:
    """A monotonic clock that only sleeping moves; ``naps`` are the pauses made."""

    def __init__(self) -> None:
        self.at = 1000.0
        self.naps: list[float] = []

    def monotonic(self) -> float:
        """The present, in seconds."""
        return self.at

    async def sleep(self, seconds: float) -> None:
        """Passes the time without taking any."""
        self.naps.append(round(seconds, 3))
        self.at += seconds
        await asyncio.sleep(0)


class Names:
    """A resolver that knows a few names, and counts."""

    def __init__(self, **names: list[str]) -> None:
        self.names = {name.replace("_", "."): addresses for name, addresses in names.items()}
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int) -> list[str]:
        """The addresses of a name; ``socket.gaierror`` where there are none."""
        self.asked.append(host)
        if host not in self.names:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.names[host]
