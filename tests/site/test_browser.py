"""The pages in a browser: phone and desk, light and dark. Skipped, with a word, where there is no Chromium."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.site import archive
from tests.site.test_serve import ROOT, SERVE, free_port, wait_for

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PATHS = ["/", "/updates", "/topics", "/topics/stop-and-search", "/places", "/places/hackney", f"/updates/{archive.POLICY}", f"/updates/{archive.NASTY}",
         f"/updates/{archive.POLICY}/versions/2", f"/updates/{archive.POLICY}/diff/1..2", "/policies", "/statistics", "/statistics/crime", "/search?q=invented", "/search",
         "/sources", "/calendar", "/about", "/about/tagging", "/nowhere"]  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site that is being served, of invented data."""
    db, port = archive.make(tmp_path_factory.mktemp("browser") / "met.db", demo=True), free_port()
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, str(db), str(port)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as process:
        wait_for(f"http://127.0.0.1:{port}/-/static-plugins/met-aggregator/site.css")
        yield f"http://127.0.0.1:{port}"
        process.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="no playwright: pip install playwright")
    with playwright.sync_playwright() as running:
        found = running.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        yield found
        found.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_pages_fit_and_complain_of_nothing(browser: Any, address: str, width: int, scheme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme, locale="en-GB")
    page = context.new_page()
    said: list[str] = []
    outside: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request", lambda request: None if request.url.startswith((address, "data:")) else outside.append(request.url)
    )
    for path in PATHS:
        page.goto(address + path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, f"{path} is {wide} px too wide at {width}"
        said[:] = [text for text in said if "404" not in text or path != "/nowhere"]
        assert said == [], f"{path} says {said}"
    assert outside == []
    context.close()


def test_a_title_of_one_long_word_does_not_widen_the_page(browser: Any, address: str) -> None:
    """Some titles are an address or a file's name."""
    context = browser.new_context(viewport={"width": 320, "height": 800})
    page = context.new_page()
    for path in PATHS:
        page.goto(address + path)
        page.evaluate(
            "document.querySelectorAll('main a, main h1').forEach(e => { e.textContent = 'word_'.repeat(30) })"
        )
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0, path
    context.close()


def test_small_targets_are_large_enough(browser: Any, address: str) -> None:
    """WCAG 2.2, 2.5.8: 24 by 24 CSS pixels, links within a sentence excepted."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    script = """() => [...document.querySelectorAll('a, button, summary, input, select')].filter(e => {
      const r = e.getBoundingClientRect(), inSentence = e.matches('p a, .text a');
      return r.width && r.height && !inSentence && !e.matches('.skip, label input') && (r.height < 23.5 || r.width < 23.5);
    }).map(e => e.outerHTML.slice(0, 100))"""
    for path in PATHS:
        page.goto(address + path)
        assert page.evaluate(script) == [], path
    context.close()


def test_a_reader_gets_from_the_front_page_to_a_change_by_keyboard(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to content
    page.wait_for_url("**#main")
    page.get_by_role("link", name="Topics", exact=True).click()
    page.get_by_role("link", name="Stop and search", exact=True).click()
    page.get_by_role("link", name="Stop and search: guidance for officers").click()
    assert page.locator("details.why[open] mark").first.is_visible()
    page.get_by_role("link", name="What changed").first.click()
    assert page.locator("ins").first.is_visible()
    context.close()


def test_searching_by_keyboard(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(address)
    page.get_by_placeholder("Search everything").fill('"stop and search" kind:policy')
    page.keyboard.press("Enter")
    assert page.get_by_role("status").inner_text() == "1 update found."
    context.close()
