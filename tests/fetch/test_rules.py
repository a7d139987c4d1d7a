"""Addresses that are refused before any name is looked up."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import ConfigError
from aggregator.fetch.failures import Failed
from aggregator.fetch.rules import allowed_sites, checked_url, next_hop, origin, site
from aggregator.models import Outcome, Request
from tests.fetch.conftest import Names, make_client, with_client

NOTHING: frozenset[tuple[str, int]] = frozenset()


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://www.gov.uk/",
        "gopher://www.gov.uk/",
        "javascript:alert(1)",
        "data:text/plain,hello",
        "//www.gov.uk/",
        "/feed",
        "",
        "http:///feed",
        "http://user@www.gov.uk/",
        "http://user:secret@www.gov.uk/",
        "http://@www.gov.uk/",
        "http://good.example\\@evil.example/",
        "http://www.gov.uk\\.evil.example/",
        "http://www.gov.uk/a\r\nX-Evil: 1",
        "http://www.gov.uk/\x00",
        "http://www.gov.uk/\u202egpj.exe",
        "http://www.gov.uk/\u2028",
        "http://www .gov.uk/",
        "http://a%6Db.example/",
        "http://exa$mple.com/",
        "http://www.gov.uk:8080/",
        "http://www.gov.uk:22/",
        "http://www.gov.uk:0/",
        "http://www.gov.uk:99999/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://127.0.0.1/",
        "http://127。0。0。1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[nonsense]/",
        "http://www.gov.uk/" + "a" * 3000,
    ],
)
def test_refused_before_any_lookup(url: str) -> None:
    names = Names()
    got = with_client(make_client(resolver=names), lambda c: c.get(Request(url)))
    assert got.outcome is Outcome.REFUSED
    assert got.error
    assert names.asked == []


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://www.gov.uk/a#part", "http://www.gov.uk/a"),
        ("HTTPS://WWW.GOV.UK/a", "https://www.gov.uk/a"),
        ("http://www.gov.uk:80/a", "http://www.gov.uk/a"),
        ("http://www.gov.uk:443/a", "http://www.gov.uk:443/a"),
        (" http://www.gov.uk/a b ", "http://www.gov.uk/a%20b"),
        ("http://bücher.example/ä", "http://xn--bcher-kva.example/%C3%A4"),
        ("http://8.8.8.8/", "http://8.8.8.8/"),
        ("http://a_b.example./", "http://a_b.example./"),
        ("http://www.gov.uk/user@home?to=a@b", "http://www.gov.uk/user@home?to=a@b"),
    ],
)
def test_accepted(url: str, asked: str) -> None:
    assert checked_url(url, NOTHING) == httpx.URL(asked)


@given(st.text(max_size=80) | st.builds("http://{}/{}".format, st.text(max_size=30), st.text(max_size=30)))
def test_any_text_is_either_refused_or_a_plain_public_address(text: str) -> None:
    try:
        url = checked_url(text, NOTHING)
    except Failed:
        return
    assert url.scheme in ("http", "https")
    assert site(url)[1] in (80, 443)
    assert not url.userinfo


class TestRedirects:
    HERE = httpx.URL("https://www.gov.uk/a/b")

    @pytest.mark.parametrize(
        ("location", "there"),
        [("c", "https://www.gov.uk/a/c"), ("/c d", "https://www.gov.uk/c%20d"), ("//x.example/", "https://x.example/")],
    )
    def test_relative_ones_are_resolved(self, location: str, there: str) -> None:
        assert next_hop(self.HERE, location, NOTHING) == httpx.URL(there)

    @pytest.mark.parametrize(
        "location",
        ["", " ", "http://www.gov.uk/a", "//evil.example\\@x/", "https://u:p@x.example/", "ftp://x/", "http://["],
    )
    def test_refused(self, location: str) -> None:
        with pytest.raises(Failed) as caught:
            next_hop(self.HERE, location, NOTHING)
        assert caught.value.outcome is Outcome.REFUSED

    def test_no_outsider_leads_to_an_exception_of_ours(self) -> None:
        allowed = allowed_sites(["10.0.0.1:8080"])
        with pytest.raises(Failed, match="may not redirect there"):
            next_hop(httpx.URL("http://evil.example/"), "http://10.0.0.1:8080/admin", allowed)


class TestAllowHosts:
    def test_forms(self) -> None:
        assert allowed_sites(["Intranet.example:8080", "[::1]:80"]) == {("intranet.example", 8080), ("::1", 80)}

    @pytest.mark.parametrize("entry", ["intranet.example", "intranet.example:", ":80", "a:0", "a:70000", "a:x"])
    def test_anything_else_is_a_configuration_error(self, entry: str) -> None:
        with pytest.raises(ConfigError, match="host:port"):
            allowed_sites([entry])

    def test_only_that_port(self) -> None:
        allowed = allowed_sites(["10.0.0.1:8080"])
        assert checked_url("http://10.0.0.1:8080/", allowed)
        with pytest.raises(Failed):
            checked_url("http://10.0.0.1:8081/", allowed)
        with pytest.raises(Failed):
            checked_url("http://10.0.0.1/", allowed)


def test_the_origin_is_what_robots_txt_speaks_for() -> None:
    assert origin(httpx.URL("https://www.gov.uk:443/a?b#c")) == "https://www.gov.uk"
    assert origin(httpx.URL("http://127.0.0.1:8080/a")) == "http://127.0.0.1:8080"
