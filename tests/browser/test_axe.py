"""axe-core finds nothing to complain of on any type of page, in either scheme, on a phone or at a desk."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.demo import ROOT
from tests.browser.tour import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

AXE = ROOT / "tests" / "browser" / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})"
EXPLORER = ["/met", "/met/updates?_size=5", "/met/updates_by_topic?topic=stop-and-search"]


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")])
def test_every_page_type(visitor: Visitor, width: int, scheme: str) -> None:
    with visitor.window(width, color_scheme=scheme, bypass_csp=True) as window:
        found = {name: complaints(window, path) for name, path in visitor.pages.items()}
    assert {name: said for name, said in found.items() if said} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_data_explorer_can_be_read_in_both_schemes(visitor: Visitor, scheme: str) -> None:
    """Datasette's pages are its own; the colours on them are ours."""
    with visitor.window(1280, color_scheme=scheme, bypass_csp=True) as window:
        for path in EXPLORER:
            window.open(path)
            window.page.add_script_tag(path=AXE)
            found = window.page.evaluate(
                "() => axe.run(document, {runOnly: {type: 'rule', values: ['color-contrast']}})"
            )
            assert [n["html"][:160] for v in found["violations"] for n in v["nodes"]] == [], path


def test_with_everything_unfolded(visitor: Visitor) -> None:
    with visitor.window(390, bypass_csp=True) as window:
        for name in ("topic", "place", "update", "diff", "sources"):
            window.open(visitor.pages[name])
            window.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
            assert complaints(window) == [], name


def test_axe_does_complain(visitor: Visitor) -> None:
    """That it finds nothing on the pages above means something only if it finds what is wrong here."""
    with visitor.window(390, bypass_csp=True) as window:
        window.open(visitor.pages["home"])
        window.page.evaluate(
            "document.querySelector('h1').innerHTML = '<a style=\"color: #ccc\">pale</a><button></button>'"
        )
        assert {said.split(":")[0] for said in complaints(window)} >= {"button-name", "color-contrast"}


def complaints(window: Any, path: str = "") -> list[str]:
    """What axe says of a page: rule, and the first elements that break it."""
    if path:
        window.open(path)
    window.page.add_script_tag(path=AXE)
    violations = window.page.evaluate(RUN, RULES)["violations"]
    return [f"{v['id']}: {v['help']}: {[n['html'][:160] for n in v['nodes'][:3]]}" for v in violations]
