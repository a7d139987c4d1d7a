"""Notices to those who asked for them leave by the same client, under the same guard."""

from __future__ import annotations

import pytest

from aggregator.models import Fetched, Outcome
from tests.fetch.conftest import Names, make_client, with_client
from tests.support import faults
from tests.support.origin import Origin


def post(origin: Origin, path: str = "/hook", headers: dict[str, str] | None = None) -> Fetched:
    client = make_client(origin.netloc)
    return with_client(client, lambda c: c.post(origin.url(path), b'{"seq":1}', headers or {"X-Signature": "abc"}))


def test_body_and_headers_arrive(origin: Origin) -> None:
    origin.add("/hook", status=202, body=b"thanks")
    got = post(origin, headers={"Content-Type": "application/json", "X-Signature": "t=1,v1=abc"})
    assert (got.outcome, got.status) == (Outcome.OK, 202)
    [seen] = origin.requests  # robots.txt is not asked: the receiver asked for this
    assert (seen.method, seen.body) == ("POST", b'{"seq":1}')
    assert seen.headers["x-signature"] == "t=1,v1=abc"
    assert seen.headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_redirect_is_followed(origin: Origin, status: int) -> None:
    origin.redirect("/hook", "/elsewhere", status)
    got = post(origin)
    assert (got.outcome, got.status) == (Outcome.REFUSED, status)
    assert origin.paths() == ["/hook"]


def test_an_endless_receipt_is_cut(origin: Origin) -> None:
    origin.fault("/hook", faults.forever)
    got = post(origin)
    assert got.outcome is Outcome.OK
    assert got.page is not None
    assert len(got.page.body) == 64 * 1024


def test_a_receiver_inside_is_refused() -> None:
    client = make_client(resolver=Names(hook_test=["10.0.0.1"]))
    assert with_client(client, lambda c: c.post("https://hook.test/", b"{}", {})).outcome is Outcome.REFUSED


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "caf\u00e9\u20ac"])
def test_a_header_that_is_none_is_not_sent(origin: Origin, value: str) -> None:
    got = post(origin, headers={"X-Note": value})
    assert got.outcome is Outcome.ERROR
    assert origin.requests == []
