"""The bytes of a page as a tree: what is taken for a bot challenge and what is not, and what a declaration may cost."""

from __future__ import annotations

import time

import pytest

from aggregator.errors import ParseError
from aggregator.sources.pages import html_tree, xml_root
from tests.sources.examples import page, source

URL = "https://publisher.example/news"
PAGE = "<!DOCTYPE html><html><head><title>News</title>{head}</head><body><h1>{heading}</h1><p>Text.</p></body></html>"


@pytest.mark.parametrize(
    ("head", "heading"),
    [
        ('<script src="/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3&ns=1"></script>', "News"),
        ('<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>', "News"),
        ("<script>window.awsWafCookieDomainList = ['publisher.example']</script>", "News"),
        ('<script src="https://js.captcha-delivery.com/tags.js"></script>', "News"),
        ("", "Police warn of attacks on sites behind DDoS-Guard"),
        ("", "“Enable JavaScript and cookies to continue”: the new scam"),
    ],
)
def test_a_page_that_fetching_lets_pass_is_read(head: str, heading: str) -> None:
    """Bot protection adds its scripts to ordinary pages, and newsrooms write about it."""
    tree = html_tree(source("listing", URL), page(PAGE.format(head=head, heading=heading), URL))
    assert tree.h1 is not None
    assert tree.h1.text == heading


def test_what_fetching_takes_for_a_challenge_is_refused_by_name() -> None:
    body = PAGE.format(head="<script>window._cf_chl_opt={}</script>", heading="Just a moment...")
    with pytest.raises(ParseError, match=r"a bot challenge \(Cloudflare\)"):
        html_tree(source("listing", URL), page(body, URL))


@pytest.mark.parametrize(
    "declaration",
    [
        '<?xml version="1.0"?>',
        '<?xml version="1.0" encoding="windows-1252" standalone="yes"?>',
        "\n <?xml version='1.0' encoding = 'windows-1252'?>",
    ],
)
def test_a_declaration_is_passed_over_and_its_encoding_heeded(declaration: str) -> None:
    body = f"{declaration}<a>£</a>".encode("windows-1252" if "1252" in declaration else "utf-8")
    assert xml_root(source("page", URL), page(body, URL, charset="")).text == "£"


@pytest.mark.parametrize("after", ["", " encoding=", ' encoding="utf-8" '])
def test_a_declaration_without_an_end_costs_time_in_proportion_to_its_length(after: str) -> None:
    def seconds(chars: int) -> float:
        body = page(f"<?xml {after}{'encoding ' * (chars // 9)}", URL)
        begun = time.process_time()
        with pytest.raises(ParseError, match="not XML"):
            xml_root(source("page", URL), body)
        return time.process_time() - begun

    shorter, longer = (min(seconds(chars) for _ in range(3)) for chars in (5_000, 100_000))
    assert longer < 40 * max(shorter, 0.001)  # twenty times the length; a quadratic pattern takes 400 times as long
