"""A site over the invented archive, asked without a server in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aggregator import clock
from aggregator.site.app import build
from tests.site import archive


class Site:
    """A built site and the loop it lives in."""

    def __init__(self, db: Path) -> None:
        self.db = db
        self.loop = asyncio.new_event_loop()
        self.datasette = build(db)
        self.loop.run_until_complete(self.datasette.invoke_startup())

    def get(self, path: str, method: str = "GET", **headers: str) -> Any:
        """The answer to a request; header names with underscores for dashes."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.loop.run_until_complete(self.datasette.client.request(method, path, headers=given))

    def rows(self, query: str, **params: str | int) -> list[dict[str, Any]]:
        """Rows of a table or canned query, as a client reads them."""
        response = self.loop.run_until_complete(
            self.datasette.client.get(f"/met/{query}.json", params={**params, "_shape": "objects"})
        )
        assert response.status_code == 200, response.text
        found: list[dict[str, Any]] = response.json()["rows"]
        return found

    def close(self) -> None:
        """Ends threads and connections."""
        self.datasette.executor.shutdown()
        for database in self.datasette.databases.values():
            database.close()
        self.loop.close()


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: archive.NOW)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site over the invented archive, shared by the tests of a module: nothing writes to it."""
    found = Site(archive.make(tmp_path_factory.mktemp("site") / "met.db"))
    yield found
    found.close()


@pytest.fixture
def open_site() -> Iterator[Callable[[Path], Site]]:
    """Opens the site over any file; closed at the end of the test."""
    opened: list[Site] = []

    def open_it(db: Path) -> Site:
        opened.append(Site(db))
        return opened[-1]

    yield open_it
    for one in opened:
        one.close()
