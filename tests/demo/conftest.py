"""An origin in each round, and a reader that takes a source the way the collector does, without a database."""

from __future__ import annotations

import http.client
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from aggregator import config
from aggregator.demo.config import feeds_yaml
from aggregator.demo.origin import Origin
from aggregator.gather import matches
from aggregator.models import Config, Entry, Outcome, Page, Parsed, Request, Source, Utc
from aggregator.sources.registry import KINDS, parse

NOW = Utc("2026-11-22T10:00:00Z")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes


def get(origin: Origin, target: str, *, method: str = "GET", **headers: str) -> Answer:
    """One request on a connection of its own; keyword arguments are headers, ``_`` for ``-``."""
    connection = http.client.HTTPConnection("127.0.0.1", origin.port, timeout=10)
    try:
        connection.request(method, target, headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def fetch(origin: Origin, request: Request) -> Page:
    parts = urlsplit(request.url)
    assert parts.netloc == f"127.0.0.1:{origin.port}", f"{request.url} leaves the demonstration"
    answer = get(origin, parts.path + (f"?{parts.query}" if parts.query else ""))
    return Page(
        request=request,
        url=request.url,
        status=answer.status,
        content_type=answer.headers.get_content_type(),
        charset=answer.headers.get_content_charset() or "",
        body=answer.body,
        fetched_at=NOW,
    )


@dataclass
class Reading:
    """What a round over one source brings: entries that pass `match`, and every page as parsed."""

    entries: dict[str, Entry]
    pages: list[Parsed]
    dropped: int

    @property
    def problems(self) -> list[str]:
        return [problem for page in self.pages for problem in page.problems]

    def titles(self) -> list[str]:
        return [entry.title for entry in self.entries.values()]

    def by_title(self, words: str) -> Entry:
        found = [entry for entry in self.entries.values() if words in entry.title]
        assert len(found) == 1, f"{len(found)} entries with {words!r} in the title: {self.titles()}"
        return found[0]


def read(origin: Origin, source: Source) -> Reading:
    """Plan, fetch, parse and follow, as a round does."""
    reading = Reading({}, [], 0)
    queue, seen = deque(KINDS[source.kind].plan(source, NOW)), set[str]()
    while queue:
        request = queue.popleft()
        if request.url in seen:
            continue
        seen.add(request.url)
        page = fetch(origin, request)
        outcome = {410: Outcome.GONE, 404: Outcome.HTTP_4XX}.get(page.status, Outcome.OK)
        assert outcome in KINDS[source.kind].reads, f"{request.url} answered {page.status}"
        parsed = parse(source, page)
        reading.pages.append(parsed)
        # keys without the port, so that entries of two origins can be compared
        reading.entries |= {e.key.removeprefix(origin.base): e for e in parsed.entries if matches(source, e)}
        reading.dropped += sum(not matches(source, e) for e in parsed.entries)
        queue.extend(parsed.follow)
    return reading


@pytest.fixture(scope="session")
def first() -> Iterator[Origin]:
    with Origin(NOW) as origin:
        yield origin


@pytest.fixture(scope="session")
def second() -> Iterator[Origin]:
    with Origin(NOW) as origin:
        origin.advance()
        yield origin


@pytest.fixture(scope="session")
def sources_of(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """The demonstration's configuration as the real loader reads it, for one origin."""

    def load(origin: Origin) -> Config:
        path: Path = tmp_path_factory.mktemp("demo") / "feeds.yaml"
        path.write_text(feeds_yaml(origin.port), encoding="utf-8")
        return config.load(path)

    return load
