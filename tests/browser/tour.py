"""A visitor: opens pages in windows of any kind and keeps note of what the browser complains of or asks elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Window:
    """A browser window. ``said`` holds errors and warnings of the console, ``outside`` requests to other hosts."""

    page: Any
    address: str
    said: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def open(self, path: str) -> Any:
        """Goes to a path of the site; returns the answer."""
        return self.page.goto(self.address + path)

    @property
    def path(self) -> str:
        """Where the window is."""
        return str(self.page.url).removeprefix(self.address)

    @property
    def too_wide(self) -> int:
        """By how many pixels the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@dataclass(frozen=True)
class Visitor:
    """A browser, the address of the site, and an address for each type of page."""

    browser: Any
    address: str
    pages: dict[str, str]

    @contextmanager
    def window(self, width: int = 1280, height: int = 800, **settings: Any) -> Iterator[Window]:
        """A new window; at its end nothing must have been complained of, and nothing asked of another host.

        ``settings`` are Playwright's, such as ``color_scheme`` or ``java_script_enabled``.
        """
        given = {"locale": "en-GB", "timezone_id": "America/New_York", "reduced_motion": "reduce", **settings}
        context = self.browser.new_context(viewport={"width": width, "height": height}, **given)
        found = Window(context.new_page(), self.address)
        page = found.page
        page.on("console", lambda m: found.said.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: found.said.append(str(error)))
        page.on("request", lambda request: _note(found, request.url))
        try:
            yield found
            complaints = [text for text in found.said if "404 (Not Found)" not in text]
            assert complaints == []
            assert found.outside == []
        finally:
            context.close()


def _note(window: Window, url: str) -> None:
    window.requests.append(url)
    if not url.startswith((window.address, "data:")):
        window.outside.append(url)
