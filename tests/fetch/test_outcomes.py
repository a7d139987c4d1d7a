"""Every outcome that asking can have, from a real server on loopback."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Callable

import pytest

from aggregator.models import Fetched, Outcome, Validators
from tests.support import faults
from tests.support.origin import Answer, Origin, Script

Fetch = Callable[..., Fetched]
FEED = b'<?xml version="1.0"?><rss version="2.0"><channel><title>Met newsroom</title></channel></rss>'


def test_a_page_comes_with_everything_the_parsers_need(origin: Origin, fetch: Fetch) -> None:
    origin.add(
        "/feed",
        body=FEED,
        content_type="Application/RSS+XML; charset=UTF-8",
        etag='"7"',
        last_modified="Fri, 02 Oct 2026 10:00:00 GMT",
        headers=(("Cache-Control", "public, max-age=600"), ("Age", "60")),
        compress=True,
    )

    got = fetch("/feed", expect_types=("application/rss+xml",))

    assert (got.outcome, got.status, got.error) == (Outcome.OK, 200, "")
    assert got.page is not None
    assert (got.page.body, got.page.content_type, got.page.charset) == (FEED, "application/rss+xml", "utf-8")
    assert got.page.url == origin.url("/feed")
    assert got.raw_bytes == len(gzip.compress(FEED))
    assert got.validators == Validators('"7"', "Fri, 02 Oct 2026 10:00:00 GMT")
    assert got.max_age_s == 540
    assert dict(got.headers)["etag"] == '"7"'


def test_we_say_who_we_are_and_ask_for_gzip_alone(origin: Origin, fetch: Fetch) -> None:
    origin.add("/feed", body=FEED)
    fetch("/feed")
    [seen] = origin.seen("/feed")
    assert seen.headers["user-agent"] == "met-aggregator/0.1.0 (+https://example.org/contact)"
    assert seen.headers["accept-encoding"] == "gzip"
    assert "if-none-match" not in seen.headers
    assert "cookie" not in seen.headers


class TestConditional:
    """If-None-Match and If-Modified-Since, and what a 304 is worth."""

    def test_an_unchanged_page_is_not_sent_again(self, origin: Origin, fetch: Fetch) -> None:
        origin.add("/feed", body=FEED, etag='"7"')
        got = fetch("/feed", Validators(etag='"7"'))
        assert (got.outcome, got.status, got.page) == (Outcome.NOT_MODIFIED, 304, None)
        assert got.validators == Validators(etag='"7"')

    def test_by_date(self, origin: Origin, fetch: Fetch) -> None:
        when = "Fri, 02 Oct 2026 10:00:00 GMT"
        origin.add("/feed", body=FEED, last_modified=when)
        assert fetch("/feed", Validators(last_modified=when)).outcome is Outcome.NOT_MODIFIED

    def test_a_304_without_etag_keeps_the_one_we_had(self, origin: Origin, fetch: Fetch) -> None:
        origin.add("/feed", status=304, content_type="")
        got = fetch("/feed", Validators('"7"', "Fri, 02 Oct 2026 10:00:00 GMT"))
        assert got.outcome is Outcome.NOT_MODIFIED
        assert got.validators == Validators('"7"', "Fri, 02 Oct 2026 10:00:00 GMT")

    def test_a_304_that_nobody_asked_for_is_a_fault(self, origin: Origin, fetch: Fetch) -> None:
        origin.add("/feed", status=304, content_type="")
        got = fetch("/feed")
        assert got.outcome is Outcome.CONNECT
        assert "304" in got.error

    def test_an_etag_that_no_header_can_hold_is_not_sent_back(self, origin: Origin, fetch: Fetch) -> None:
        origin.add("/feed", body=FEED)
        assert fetch("/feed", Validators(etag='"caf\u00e9\r\nX-Evil: 1"')).outcome is Outcome.OK
        assert "if-none-match" not in origin.seen("/feed")[0].headers

    def test_a_page_that_is_no_answer_leaves_the_validators_alone(self, origin: Origin, fetch: Fetch) -> None:
        origin.add("/feed", body=b"<html>Sorry</html>", etag='"sorry"')
        got = fetch("/feed", Validators(etag='"7"'), expect_types=("application/xml",))
        assert got.outcome is Outcome.WRONG_TYPE
        assert got.validators == Validators(etag='"7"')


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (204, Outcome.OK),
        (206, Outcome.CONNECT),
        (300, Outcome.REFUSED),
        (400, Outcome.HTTP_4XX),
        (401, Outcome.HTTP_4XX),
        (403, Outcome.HTTP_4XX),
        (404, Outcome.HTTP_4XX),
        (410, Outcome.GONE),
        (429, Outcome.RATE_LIMITED),
        (451, Outcome.HTTP_4XX),
        (500, Outcome.HTTP_5XX),
        (503, Outcome.HTTP_5XX),
        (599, Outcome.HTTP_5XX),
        (999, Outcome.HTTP_5XX),
    ],
)
def test_status(origin: Origin, fetch: Fetch, status: int, outcome: Outcome) -> None:
    origin.add("/feed", status=status, body=b"" if status == 204 else b"<h1>Sorry</h1>")
    got = fetch("/feed")
    assert (got.outcome, got.status) == (outcome, status)
    assert (got.error == "") == (outcome is Outcome.OK)


@pytest.mark.parametrize("status", [404, 410])
def test_the_page_of_an_error_is_kept(origin: Origin, fetch: Fetch, status: int) -> None:
    origin.add("/doc", status=status, body=b'{"schema_name":"gone"}', content_type="application/json")
    got = fetch("/doc", expect_types=("application/json",))
    assert got.page is not None
    assert got.page.body == b'{"schema_name":"gone"}'
    assert got.page.status == status


def test_an_error_status_counts_though_its_body_breaks(origin: Origin, fetch: Fetch) -> None:
    origin.fault("/doc", lambda wire, seen: wire.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 99\r\n\r\nhalf"))
    got = fetch("/doc")
    assert (got.outcome, got.status, got.page) == (Outcome.HTTP_4XX, 404, None)


@pytest.mark.parametrize(
    ("script", "outcome", "says"),
    [
        (faults.drop, Outcome.CONNECT, "disconnected"),
        (faults.reset, Outcome.CONNECT, ""),
        (faults.not_http, Outcome.CONNECT, "broken HTTP"),
        (faults.partial, Outcome.CONNECT, "closed connection"),
        (faults.partial_chunked, Outcome.CONNECT, "closed connection"),
        (faults.bad_chunk, Outcome.CONNECT, "broken HTTP"),
        (faults.silent, Outcome.TIMEOUT, "stopped sending"),
        (faults.drip(), Outcome.TIMEOUT, "not finished within 1.5 s"),
        (faults.header_drip, Outcome.TIMEOUT, "not finished within"),
        (faults.interim_forever, Outcome.TIMEOUT, "not finished within"),
        (faults.header_bomb(), Outcome.TOO_LARGE, "header"),
        (faults.header_bomb(lines=True), Outcome.TOO_LARGE, "header"),
        (faults.header_bomb(80), Outcome.TOO_LARGE, "header"),
        (faults.forever, Outcome.TOO_LARGE, "10 MiB"),
        (faults.big(100), Outcome.TOO_LARGE, "10 MiB"),
        (faults.big(100, say_so=False), Outcome.TOO_LARGE, "10 MiB"),
        (faults.gzip_bomb(), Outcome.TOO_LARGE, "inflate"),
        (faults.ratio_bomb, Outcome.TOO_LARGE, "100 times"),
        (faults.double_gzip(), Outcome.BAD_ENCODING, "2 times over"),
        (faults.double_gzip(one_line=False), Outcome.BAD_ENCODING, "2 times over"),
        (faults.many_members(2000), Outcome.BAD_ENCODING, "1000 parts"),
        (faults.gzip_cut(FEED * 9), Outcome.BAD_ENCODING, "breaks off"),
        (faults.encoded(FEED, "gzip"), Outcome.BAD_ENCODING, "is not"),
        (faults.encoded(FEED, "br"), Outcome.BAD_ENCODING, '"br"'),
        (faults.encoded(FEED, "gzip, identity"), Outcome.BAD_ENCODING, "2 times over"),
    ],
)
def test_misbehaviour(origin: Origin, fetch: Fetch, script: Script, outcome: Outcome, says: str) -> None:
    origin.fault("/feed", script)
    got = fetch("/feed")
    assert (got.outcome, got.page) == (outcome, None)
    assert says in got.error
    assert ";" in got.error or ":" in got.error  # what happened, and what can be done


def test_nothing_of_the_overlong_body_is_read_for_long(origin: Origin, fetch: Fetch) -> None:
    origin.fault("/feed", faults.big(100))
    got = fetch("/feed")
    assert got.raw_bytes < 11 * 1024 * 1024


@pytest.mark.parametrize("encodings", [("gzip",), ("x-gzip",), ("GZIP",)])
def test_gzip_in_several_parts_is_read_whole(origin: Origin, fetch: Fetch, encodings: tuple[str, ...]) -> None:
    body = gzip.compress(FEED[:20]) + gzip.compress(FEED[20:]) + b"\0\0\0padding"
    origin.fault("/feed", faults.encoded(body, *encodings))
    got = fetch("/feed")
    assert got.page is not None
    assert got.page.body == FEED


def test_a_length_that_is_too_small_cuts_the_body_and_spoils_nothing_else(origin: Origin, fetch: Fetch) -> None:
    origin.fault("/feed", faults.short_length)
    got = fetch("/feed")
    assert got.page is not None
    assert got.page.body == b"hello"


def test_charset_is_reported_and_the_bytes_are_left_alone(origin: Origin, fetch: Fetch) -> None:
    origin.fault("/feed", faults.mixed_charset)
    got = fetch("/feed", expect_types=("application/rss+xml",))
    assert got.outcome is Outcome.OK
    assert got.page is not None
    assert (got.page.content_type, got.page.charset) == ("application/rss+xml", "iso-8859-1")
    assert "Café – £5".encode() in got.page.body


def test_nobody_listens() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        netloc = f"127.0.0.1:{unused.getsockname()[1]}"
        got = _get(f"http://{netloc}/feed", netloc)
    assert got.outcome is Outcome.CONNECT
    assert "network" in got.error


def _get(url: str, *netlocs: str) -> Fetched:
    from aggregator.models import Request
    from tests.fetch.conftest import make_client, with_client

    return with_client(make_client(*netlocs), lambda c: c.get(Request(url)))


class TestWrongType:
    """A feed that turns into a web page is a failure, never an empty feed."""

    TYPES = ("application/xml", "application/rss+xml")

    def test_a_web_page(self, origin: Origin, fetch: Fetch) -> None:
        origin.add("/feed", body=b"<!doctype html><title>We have moved</title>")
        got = fetch("/feed", expect_types=self.TYPES)
        assert got.outcome is Outcome.WRONG_TYPE
        assert "text/html" in got.error
        assert got.page is not None  # a person may want to see it

    def test_a_challenge_with_status_200(self, origin: Origin, fetch: Fetch) -> None:
        body = b"<!DOCTYPE html><title>Just a moment...</title><script>window._cf_chl_opt = {};</script>"
        origin.add("/feed", body=body)
        got = fetch("/feed", expect_types=self.TYPES)
        assert got.outcome is Outcome.BLOCKED
        assert "Cloudflare" in got.error

    def test_no_type_at_all_is_let_through_to_the_parser(self, origin: Origin, fetch: Fetch) -> None:
        origin.add("/feed", body=FEED, content_type="")
        assert fetch("/feed", expect_types=self.TYPES).outcome is Outcome.OK


@pytest.mark.parametrize("status", [200, 403, 429, 503])
def test_a_challenge_is_told_whatever_its_status(origin: Origin, fetch: Fetch, status: int) -> None:
    origin.add("/feed", Answer(b"<html>Hold on</html>", status, headers=(("cf-mitigated", "challenge"),)))
    assert fetch("/feed").outcome is Outcome.BLOCKED
