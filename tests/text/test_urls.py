"""Addresses: what is kept of them, what is refused, and the identities that publishers hide in them."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.limits import MAX_URL_CHARS
from aggregator.text.urls import canonical, govuk_path, resolve, trailing_number


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        (
            "HTTPS://News.Met.Police.UK:443/news/x-1?utm_source=rss&utm_medium=rss",
            "https://news.met.police.uk/news/x-1",
        ),
        ("https://a.example/x?utm_source=rss&amp;utm_medium=rss&amp;page=2", "https://a.example/x?page=2"),
        ("https://www.bbc.com/news/articles/c1o#0", "https://www.bbc.com/news/articles/c1o"),
        ("https://www.bbc.com/news/c1o?at_medium=RSS&at_campaign=rss", "https://www.bbc.com/news/c1o"),
        ("https://a.example?fbclid=1&gclid=2&id=3", "https://a.example/?id=3"),
        ("http://a.example:80", "http://a.example/"),
        ("http://a.example:8080/", "http://a.example:8080/"),
        ("http://a.example./x", "http://a.example/x"),
        ("  https://a.example/x\n", "https://a.example/x"),
        ("https://a.example/a/./b/../c d", "https://a.example/a/c%20d"),
        ("https://a.example/%7euser/%c3%a9?q=100%", "https://a.example/~user/%C3%A9?q=100%25"),
        ("https://münchen.example/ü", "https://xn--mnchen-3ya.example/%C3%BC"),
        ("http://[::1]:80/", "http://[::1]/"),
        ("https://a.example/?b=2&a=1", "https://a.example/?b=2&a=1"),  # the order may matter to the server
    ],
)
def test_the_canonical_form(given_url: str, expected: str) -> None:
    assert canonical(given_url) == expected


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java\nscript:alert(1)",
        "java&#10;script:alert(1)",
        "&#1;javascript:alert(1)",
        "&#106;avascript:alert(1)",
        "javascript&colon;alert(1)",
        "&amp;#106;avascript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "mailto:a@b.example",
        "https://met.police.uk@evil.example/",
        "https://user:secret@a.example/",
        "https://a.example\\@evil.example/",
        "https://a.example/\x00",
        "https://a.example/\u202egpj.exe",
        "https:///no-host",
        "https://a.example:99999/",
        "https://[broken/",
        "https://a b.example/",
        "https://a.example/" + "x" * MAX_URL_CHARS,
        "relative/without/base",
    ],
)
def test_what_is_no_safe_web_address_is_none(hostile: str) -> None:
    assert canonical(hostile) is None
    assert resolve(hostile) is None


def test_relative_links_start_from_the_base() -> None:
    assert canonical("../b?x=1", "https://a.example/feeds/rss") == "https://a.example/b?x=1"
    assert canonical("//b.example/x", "https://a.example/") == "https://b.example/x"
    assert canonical("javascript:alert(1)", "https://a.example/") is None
    assert canonical("java&#115;cript:alert(1)", "https://a.example/") is None


def test_a_link_to_show_keeps_its_fragment() -> None:
    assert resolve("#section-2", "https://a.example/policy?utm_x=1") == "https://a.example/policy?utm_x=1#section-2"


@given(st.text(max_size=60), st.sampled_from(["", "https://base.example/a/b"]))
def test_the_canonical_form_is_safe_and_its_own_canonical_form(url: str, base: str) -> None:
    found = canonical(url, base)
    if found is not None:
        assert canonical(found) == found
        parts = urlsplit(found)
        assert parts.scheme in ("http", "https")
        assert parts.hostname
        assert parts.username is None
        assert found.isascii()
        assert not any(c.isspace() or c in '<>"\\' for c in found)


@given(
    st.from_regex(r"https?://[a-z.]{1,9}(:\d{1,5})?(/[ -~]{0,9}){0,3}(\?[ -~]{0,20})?(#[ -~]{0,5})?", fullmatch=True)
)
def test_addresses_that_look_like_some_are_stable_too(url: str) -> None:
    found = canonical(url)
    assert found is None or canonical(found) == found


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://news.met.police.uk/news/man-jailed-for-15-years-512753", "news-512753"),
        ("https://news.met.police.uk/documents/some-report-98404/?x=1", "documents-98404"),
        ("https://www.mynewsdesk.com/se/vroom/pressreleases/bil-3464880", "pressreleases-3464880"),
        ("https://news.met.police.uk/latest_news", None),
        ("https://[", None),
    ],
)
def test_the_number_at_the_end_is_the_identity_in_a_mynewsdesk_newsroom(url: str, expected: str | None) -> None:
    assert trailing_number(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://www.gov.uk/government/news/x#2018-12-25T00:00:00Z", "/government/news/x"),
        ("https://www.gov.uk/government/news/x/?utm_source=y", "/government/news/x"),
        ("tag:www.gov.uk,2005:/government/news/x", "/government/news/x"),
        ("/government/news/x", "/government/news/x"),
        ("https://www.gov.uk/", "/"),
        ("https://evil.example/government/news/x", None),
        ("https://www.gov.uk.evil.example/x", None),
        ("javascript:x", None),
    ],
)
def test_the_path_is_the_identity_on_govuk(url: str, expected: str | None) -> None:
    assert govuk_path(url) == expected
