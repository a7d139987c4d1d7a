"""The bytes of a page as a tree: what is taken for a bot challenge and what is not."""

from __future__ import annotations

import pytest

from aggregator.errors import ParseError
from aggregator.sources.pages import html_tree
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
