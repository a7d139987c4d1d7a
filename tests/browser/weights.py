"""What each type of page weighs: ``python -m tests.browser.weights``.

Bytes as they travel and requests until the page is complete, with an empty cache; milliseconds to the first byte (from this
machine: to compare pages, not sites); layout shift as Chromium measures it (under 0.1 is good, 0 is none).
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.browser import demo
from tests.browser.tour import Visitor

MEASURE = """() => new Promise(done => {
  let shift = 0;
  new PerformanceObserver(list => list.getEntries().forEach(e => { shift += e.value })).observe({type: 'layout-shift', buffered: true});
  const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
  const images = all.filter(e => e.initiatorType === 'img');
  const page = performance.getEntriesByType('navigation')[0];
  requestAnimationFrame(() => requestAnimationFrame(() => done({
    requests: all.length, bytes: all.reduce((sum, e) => sum + e.transferSize, 0),
    imageBytes: images.reduce((sum, e) => sum + e.transferSize, 0), html: page.encodedBodySize,
    first: page.responseStart - page.requestStart, elements: document.querySelectorAll('*').length, shift})));
})"""


@dataclass(frozen=True, slots=True)
class Weight:
    """One page. ``bytes`` are without images."""

    name: str
    path: str
    requests: int
    bytes: int
    html: int
    elements: int
    first_byte_ms: float
    shift: float


def weigh(visitor: Visitor, names: tuple[str, ...] = ()) -> list[Weight]:
    """Weighs pages (all where none is named), each in a new window, so that nothing is cached."""
    return [_one(visitor, name, path) for name, path in visitor.pages.items() if not names or name in names]


def _one(visitor: Visitor, name: str, path: str) -> Weight:
    with visitor.window(390) as window:
        window.open(path)
        found: dict[str, Any] = window.page.evaluate(MEASURE)
        return Weight(
            name,
            path,
            requests=max(found["requests"], len(window.requests)),
            bytes=found["bytes"] - found["imageBytes"],
            html=found["html"],
            elements=found["elements"],
            first_byte_ms=found["first"],
            shift=found["shift"],
        )


def table(weights: list[Weight]) -> str:
    """The figures, one page a line."""
    head = f"{'page':<14}{'bytes':>9}{'of it HTML':>12}{'requests':>10}{'elements':>10}{'first byte':>12}{'shift':>8}"
    rows = [
        f"{w.name:<14}{w.bytes:>9,}{w.html:>12,}{w.requests:>10}{w.elements:>10,}{w.first_byte_ms:>9.0f} ms{w.shift:>8.3f}"
        for w in weights
    ]
    return "\n".join([head, *rows])


def main() -> None:
    """Builds and serves the demonstration, weighs every page type and prints the table."""
    if demo.CHROMIUM is None:
        raise SystemExit(demo.NO_CHROMIUM)
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="met-weights-") as work:
        db = demo.make(Path(work))
        with demo.served(db) as address, sync_playwright() as running:
            browser = running.chromium.launch(executable_path=demo.CHROMIUM, args=list(demo.LAUNCH))
            visitor = Visitor(browser, address, demo.pages(db))
            weigh(visitor, ("home",))  # the first request of a server also compiles its templates
            print(table(weigh(visitor)), file=sys.stdout)
            browser.close()


if __name__ == "__main__":
    main()
