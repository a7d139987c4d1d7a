"""Whatever a server sends, asking ends in an outcome and never in an exception."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aggregator.clock import now
from aggregator.fetch.robots import CachedRobots, MemoryRobotsCache
from aggregator.models import Fetched, Outcome, Request, Validators
from tests.fetch.conftest import make_client, with_client
from tests.support.origin import Origin

TLS = ssl.create_default_context()  # making one takes longer than a request
HEADERS = [
    *(b"Content-Encoding", b"Content-Length", b"Transfer-Encoding", b"Location", b"Retry-After", b"Cache-Control"),
    *(b"ETag", b"Last-Modified", b"Content-Type", b"Set-Cookie", b"Age", b"Connection", b"Date", b"Expires"),
]
VALUES = st.sampled_from([b"gzip", b"chunked", b"5", b"-1", b"text/html; charset=", b"//", b"http://[", b"\xff\xfe"])
HEADER = st.tuples(st.sampled_from(HEADERS), VALUES | st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"")))
ANSWER = st.builds(
    lambda status, headers, body: (
        b"HTTP/1.1 %d X\r\n" % status + b"".join(b"%s: %s\r\n" % header for header in headers) + b"\r\n" + body
    ),
    st.sampled_from([100, 101, 103, 200, 204, 206, 301, 304, 401, 404, 407, 417, 429, 503, 600, 999]),
    st.lists(HEADER, max_size=4),
    st.binary(max_size=60),
)


@pytest.fixture(scope="module")
def server() -> Iterator[Origin]:
    """One server for all examples."""
    with Origin() as origin:
        yield origin


def ask(origin: Origin, answer: bytes) -> Fetched:
    origin.fault("/x", lambda wire, seen: wire.send(answer))
    cache = MemoryRobotsCache()
    cache.put(origin.base, CachedRobots(now(), 404, ""))
    client = make_client(origin.netloc, robots=cache, ssl_context=TLS)
    return with_client(client, lambda c: c.get(Request(origin.url("/x")), Validators('"1"')))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answer=ANSWER | st.binary(max_size=200))
@example(answer=b"")
@example(answer=b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello")
@example(answer=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nhello")
@example(answer=b"HTTP/1.1 301 X\r\nLocation: http://[\r\n\r\n")
@example(answer=b"HTTP/1.1 301 X\r\nLocation: \xff\xfe\r\n\r\n")
@example(answer=b"HTTP/1.1 200 OK\r\nContent-Encoding: \xff\r\n\r\n")
@example(answer=b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\nhello")
def test_any_answer(server: Origin, answer: bytes) -> None:
    got = ask(server, answer)
    assert got.outcome is not Outcome.ERROR, got.error
    assert "\n" not in got.error
    assert (got.error == "") == (got.outcome in (Outcome.OK, Outcome.NOT_MODIFIED))
