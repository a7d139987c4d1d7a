"""Redirects are followed by hand: each hop checked, counted and, where permanent, reported."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aggregator.fetch.client import Client
from aggregator.models import Fetched, Outcome, Request, Validators
from tests.fetch.conftest import make_client, with_client
from tests.support.origin import Answer, Origin

Fetch = Callable[..., Fetched]


@pytest.mark.parametrize(
    ("statuses", "outcome", "moved_to"),
    [
        ((302,), Outcome.OK, ""),
        ((303,), Outcome.OK, ""),
        ((307,), Outcome.OK, ""),
        ((301,), Outcome.MOVED, "/1"),
        ((308,), Outcome.MOVED, "/1"),
        ((301, 308), Outcome.MOVED, "/2"),
        ((301, 302), Outcome.MOVED, "/1"),  # the new home is as far as permanence reaches
        ((302, 301), Outcome.OK, ""),
    ],
)
def test_permanent_or_not(
    origin: Origin, fetch: Fetch, statuses: tuple[int, ...], outcome: Outcome, moved_to: str
) -> None:
    for hop, status in enumerate(statuses):
        origin.redirect(f"/{hop}", f"/{hop + 1}", status)
    last = f"/{len(statuses)}"
    origin.add(last, body=b"the page")

    got = fetch("/0")

    assert got.outcome is outcome
    assert got.moved_to == (origin.url(moved_to) if moved_to else "")
    assert got.page is not None
    assert (got.page.url, got.page.body) == (origin.url(last), b"the page")
    assert ("feeds.yaml" in got.error) == (outcome is Outcome.MOVED)


def test_five_redirects_are_followed_and_a_sixth_is_not(origin: Origin, fetch: Fetch) -> None:
    for hop in range(6):
        origin.redirect(f"/{hop}", f"/{hop + 1}")
    origin.add("/6", body=b"the page")
    assert fetch("/1").outcome is Outcome.OK
    got = fetch("/0")
    assert got.outcome is Outcome.REFUSED
    assert "more than 5 redirects" in got.error


def test_a_circle_is_seen_at_once(origin: Origin, fetch: Fetch) -> None:
    origin.redirect("/a", "/b")
    origin.redirect("/b", "/a#again")
    got = fetch("/a")
    assert got.outcome is Outcome.REFUSED
    assert "circle" in got.error
    assert origin.paths().count("/a") == 1


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://127.0.0.1:1/",
        "http://[::1]/",
        "file:///etc/passwd",
        "http://user:pass@www.gov.uk/",
        "http://good.example\\@evil.example/",
        "",
    ],
)
def test_no_redirect_leads_where_a_request_may_not_go(origin: Origin, fetch: Fetch, target: str) -> None:
    origin.redirect("/a", target)
    got = fetch("/a")
    assert (got.outcome, got.status, got.page) == (Outcome.REFUSED, 302, None)


def test_a_permanent_move_to_a_missing_page_says_both(origin: Origin, fetch: Fetch) -> None:
    origin.redirect("/a", "/b", 301)
    got = fetch("/a")
    assert (got.outcome, got.moved_to) == (Outcome.HTTP_4XX, origin.url("/b"))


def test_the_body_of_a_redirect_is_not_read(origin: Origin, fetch: Fetch) -> None:
    origin.add("/a", status=302, headers=(("Location", "/b"),), body=b"x" * 100_000)
    origin.add("/b", body=b"page")
    got = fetch("/a")
    assert got.raw_bytes == 4


def test_past_a_redirect_only_the_etag_is_sent(origin: Origin, fetch: Fetch) -> None:
    """Otherwise a feed that starts to redirect to an old page would read as "not modified" for ever."""
    when = "Fri, 02 Oct 2026 10:00:00 GMT"
    origin.redirect("/feed", "/sorry")
    origin.add("/sorry", body=b"<title>Sorry</title>", last_modified=when)
    got = fetch("/feed", Validators('"7"', when), expect_types=("application/xml",))
    assert got.outcome is Outcome.WRONG_TYPE
    assert origin.seen("/sorry")[0].headers["if-none-match"] == '"7"'
    assert "if-modified-since" not in origin.seen("/sorry")[0].headers


def test_no_cookie_set_on_the_way_comes_back(origin: Origin) -> None:
    cookie = (("Set-Cookie", "id=1; Path=/"),)
    origin.add("/a", Answer(status=302, headers=(("Location", "/b"), *cookie)))
    origin.add("/b", Answer(b"page", headers=cookie))

    async def twice(client: Client) -> list[Fetched]:
        return [await client.get(Request(origin.url("/a"))) for _ in range(2)]

    first, second = with_client(make_client(origin.netloc), twice)
    assert first.outcome is second.outcome is Outcome.OK
    assert not any("cookie" in seen.headers for seen in origin.seen())
    assert not any("cookie" in name for name, _ in second.headers)
