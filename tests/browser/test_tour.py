"""The site as people use it, in Chromium, on the demonstration."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest

from tests.browser.tour import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = [
    '"', "'", "''; DROP TABLE updates; --", "<script>alert(1)</script>", "*", "-", "( AND OR NOT", "NEAR(a b)",
    "topic:", "before:yesterday", '"unbalanced', "x" * 2000, "\u0000\u202e\ufeff", "café naïve 警察 🚓", "title:x^2 {a b}:c",
]  # fmt: skip


def test_from_the_front_page_to_a_change_and_back(visitor: Visitor) -> None:
    with visitor.window(390, java_script_enabled=False) as window:
        page = window.page
        window.open("/")
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Topics").click()
        page.get_by_role("main").get_by_role("link", name="Stop and search", exact=True).click()
        assert page.get_by_role("heading", level=1).inner_text() == "Stop and search"
        page.get_by_role("navigation", name="Kind of update").get_by_role("link", name="Policy").click()
        assert window.path == "/topics/stop-and-search?kind=policy"
        page.get_by_role("link", name="Stop and search code of practice").first.click()
        assert re.fullmatch(r"/updates/\d+", window.path)
        page.get_by_role("link", name="What changed").first.click()
        assert re.search(r"/diff/\d+\.\.\d+$", window.path)
        assert page.locator("ins").first.is_visible() or page.locator("del").first.is_visible()
        for expected in (r"/updates/\d+$", r"kind=policy$", r"/topics/stop-and-search$", r"/topics$", r"/$"):
            page.go_back()
            assert re.search(expected, window.path)


def test_evidence_can_be_read_and_marked(visitor: Visitor) -> None:
    with visitor.window(java_script_enabled=False) as window:
        window.open(visitor.pages["update"])
        why = window.page.locator("details.why").first
        if why.get_attribute("open") is None:
            why.locator("summary").click()
        assert why.locator("mark").first.is_visible()
        why.get_by_role("link", name="Mark it in the text").click()
        assert window.page.locator("h1 mark, .text mark").count() > 0


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_search_is_an_error(visitor: Visitor, text: str) -> None:
    with visitor.window(320) as window:
        for address in (f"/search?q={quote(text)}", f"/search?q={quote(text)}&sort=relevance&before=9&page=3"):
            assert window.open(address).status == 200
            assert window.too_wide == 0
            assert window.page.locator("script").count() == 0
            assert window.page.get_by_role("heading", level=1).inner_text().startswith("Search")


def test_searching_narrowing_and_following(visitor: Visitor) -> None:
    with visitor.window(java_script_enabled=False) as window:
        page = window.page
        window.open("/")
        page.get_by_label("Search", exact=True).fill('"stop-and-search"')
        page.keyboard.press("Enter")
        many = _found(page.get_by_role("status").inner_text())
        page.get_by_role("complementary", name="Narrow the search").get_by_role(
            "link", name="Policy", exact=True
        ).click()
        assert 0 < _found(page.get_by_role("status").inner_text()) < many
        page.get_by_label("Most relevant").check()
        page.get_by_role("search", name="Whole archive").get_by_role("button").click()
        assert "sort=relevance" in window.path
        ways = page.get_by_role("link", name="Atom", exact=True).all()  # under the title, and beside the filters
        (feed,) = {way.get_attribute("href") for way in ways}
        assert feed.startswith("/search.atom?q=")
        assert page.request.get(window.address + feed).headers["content-type"].startswith("application/atom+xml")


def _found(status: str) -> int:
    return int(re.match(r"[\d,]+", status)[0].replace(",", ""))  # type: ignore[index]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 768, 1280])
def test_every_page_fits(visitor: Visitor, width: int, scheme: str) -> None:
    with visitor.window(width, color_scheme=scheme) as window:
        wide = {}
        for name, path in visitor.pages.items():
            answer = window.open(path)
            assert answer.status == (404 if name == "not-found" else 200), name
            wide[name] = window.too_wide
        assert {name: by for name, by in wide.items() if by} == {}


def test_text_at_200_per_cent(visitor: Visitor) -> None:
    """WCAG 2.2, 1.4.4 and 1.4.10: a desk window whose text is doubled scrolls in one direction only, and cuts nothing off."""
    with visitor.window(1280, bypass_csp=True) as window:
        for name, path in visitor.pages.items():
            window.open(path)
            window.page.add_style_tag(content="html { font-size: 200% !important }")
            assert window.too_wide == 0, name
            assert window.page.get_by_role("heading", level=1).is_visible(), name


FOCUS = """() => {
  const e = document.activeElement, r = e.getBoundingClientRect(), style = getComputedStyle(e);
  return {name: (e.innerText || e.getAttribute('placeholder') || e.value || '').trim(), top: r.top + scrollY, left: r.left,
          width: r.width, height: r.height, outline: style.outlineStyle + ' ' + style.outlineWidth,
          seen: r.bottom > 0 && r.top < innerHeight && r.right > 0, tag: e.tagName};
}"""


@pytest.mark.parametrize("width", [390, 1280])
def test_by_keyboard_alone(visitor: Visitor, width: int) -> None:
    """The skip link comes first; focus is always in sight, outlined, and moves through the header as it is read."""
    with visitor.window(width) as window:
        for name in ("home", "topic", "update", "results"):
            window.open(visitor.pages[name])
            stops = []
            for _ in range(40):
                window.page.keyboard.press("Tab")
                stops.append(window.page.evaluate(FOCUS))
            assert stops[0]["name"] == "Skip to content", name
            assert [s["name"] for s in stops[1:4]] == ["The record of London policing", "Search everything", "Search"]
            assert [s["name"] for s in stops[4:12]] == ["Latest", "Topics", "Places", "Policies", "Statistics", "Calendar", "Sources", "About"]  # fmt: skip
            there = [s for s in stops if s["tag"] != "BODY"]
            assert [s for s in there if not s["seen"] or "none" in s["outline"] or " 0px" in s["outline"]] == [], name


def test_the_skip_link_skips(visitor: Visitor) -> None:
    with visitor.window() as window:
        window.open("/")
        window.page.keyboard.press("Tab")
        window.page.keyboard.press("Enter")
        window.page.keyboard.press("Tab")
        assert window.page.evaluate("document.activeElement.closest('main') !== null")


def test_every_target_is_large_enough(visitor: Visitor) -> None:
    """WCAG 2.2, 2.5.8: 24 by 24 CSS pixels, links within a sentence excepted."""
    script = """() => [...document.querySelectorAll('a, button, summary, input, select')].filter(e => {
      const r = e.getBoundingClientRect(), inSentence = e.matches('p a, .text a, dd a, td a, svg a');
      return r.width && r.height && !inSentence && !e.matches('.skip, label input') && (r.height < 23.5 || r.width < 23.5);
    }).map(e => e.outerHTML.slice(0, 120))"""
    with visitor.window(390) as window:
        small = {}
        for name, path in visitor.pages.items():
            window.open(path)
            small[name] = window.page.evaluate(script)
        assert {name: found for name, found in small.items() if found} == {}


def test_on_paper(visitor: Visitor) -> None:
    """Print shows what was read, in black on white, with the addresses of links, and nothing to click on."""
    with visitor.window(794, color_scheme="dark") as window:
        window.page.emulate_media(media="print")
        for name in ("update", "topic", "diff", "dataset"):
            window.open(visitor.pages[name])
            assert not window.page.get_by_role("navigation", name="Main").is_visible(), name
            assert not window.page.get_by_role("searchbox").first.is_visible(), name
            assert window.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
            ink = window.page.evaluate("getComputedStyle(document.querySelector('h1')).color")
            assert ink == "rgb(0, 0, 0)", name
            assert window.too_wide == 0, name


def test_a_wrong_address_helps(visitor: Visitor) -> None:
    with visitor.window(390) as window:
        assert window.open("/topics/stop-and-serch").status == 404
        window.page.get_by_role("main").get_by_role("link", name="Stop and search", exact=True).click()
        assert window.path == "/topics/stop-and-search"
