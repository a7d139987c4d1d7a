"""One demonstration and one browser for all the tests that drive it. Skipped, with a word, where there is no Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser import demo
from tests.browser.tour import Visitor


@pytest.fixture(scope="package")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's archive. Built before a browser runs: Playwright's loop would stand in the collector's way."""
    if demo.CHROMIUM is None:
        pytest.skip(demo.NO_CHROMIUM)
    pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
    return demo.make(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="package")
def visitor(demonstration: Path) -> Iterator[Visitor]:
    """Somebody with a browser in front of the demonstration; it is closed with the last test of this folder."""
    from playwright.sync_api import sync_playwright

    with demo.served(demonstration) as address, sync_playwright() as running:
        browser: Any = running.chromium.launch(executable_path=demo.CHROMIUM, args=list(demo.LAUNCH))
        yield Visitor(browser, address, demo.pages(demonstration))
        browser.close()
