"""Whatever the bytes, kinds that read feeds answer with entries or with ParseError, and their entries are harmless."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.errors import ParseError
from aggregator.limits import MAX_KEY_CHARS, MAX_TITLE_CHARS
from aggregator.models import DateQuality, Parsed
from aggregator.sources import feed, legislation, modgov_feed
from tests.golden_support import FOLDER
from tests.sources.examples import page, source
from tests.sources.feed_examples import EXAMPLES

KINDS = (feed, modgov_feed, legislation)
PAYLOADS = [(FOLDER / example.kind / example.file).read_bytes() for example in EXAMPLES]
PIECES = [
    b"<", b">", b"&", b"]]>", b"<![CDATA[", b"<!--", b"-->", b"<?", b"<!DOCTYPE x>", b"<!DOCTYPE x [", b"<!ENTITY a 'b'>",
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\x80", b"&#x0;", b"&#xD800;", b"&nope;", b"<author>", b"</author>", b"<item>",
    b"</item>", b"<entry>", b"</entry>", b"<link>javascript:alert(1)</link>", b"<link href='java&#10;script:x'/>",
    b"<title type='xhtml'>", b"<content type='html' xml:base='//['>", b" xmlns:a='b'", b"<guid>http://[</guid>", b'"', b"'",
    b"{", b"}", b"null", b"1e999", b"\\ud800", b"<pubDate>", b"</feed>", b"<channel>", b"\xc2\xa0", b"<content mode='base64'>", b"/>",
]  # fmt: skip
_EDITS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 40), st.sampled_from(PIECES) | st.binary(max_size=4)),
    min_size=1,
    max_size=6,
)


def check(parsed: Parsed) -> None:
    for entry in parsed.entries:
        assert entry.key
        assert len(entry.key) <= MAX_KEY_CHARS
        assert entry.title
        assert len(entry.title) <= MAX_TITLE_CHARS
        assert "\n" not in entry.title
        assert entry.url is None or re.match(r"https?://[^\s<>\"]+$", entry.url)
        assert (entry.published_at is None) == (entry.date_quality in (DateQuality.NONE, DateQuality.BAD))
        for tag in BeautifulSoup(entry.html, "html.parser").find_all(True):
            assert {*tag.attrs} <= {"href", "rel"}
            assert re.match(r"(?:https?|mailto):", str(tag.get("href", "http:"))), (
                tag
            )  # in words or a path it does no harm
        assert not re.search(r"<(?:script|svg|style|iframe|img|form)\b", entry.html)
        assert all(attachment.url.startswith("http") for attachment in entry.attachments)
        entry.key.encode()  # no lone surrogates: the database would refuse them
        f"{entry.title}{entry.summary}{entry.body}{entry.html}{entry.categories}{entry.published_raw}".encode()


def read(body: bytes, charset: str = "") -> None:
    about = source("feed", "https://source.example/rss", follow=1, identity="guid")
    for kind in KINDS:
        refused: ParseError | None = None
        try:
            check(kind.parse(about, page(body, "https://source.example/rss", charset=charset)))
        except ParseError as error:
            refused = error
        assert refused is None or (refused.subject == "test" and len(str(refused)) < 400)


@given(st.binary(max_size=400), st.sampled_from(["", "utf-16", "latin-1", "utf-7", "nonsense"]))
def test_arbitrary_bytes(body: bytes, charset: str) -> None:
    read(body, charset)


@given(
    st.lists(st.sampled_from(PIECES), max_size=30).map(b"".join),
    st.sampled_from([b"<rss>", b"<feed>", b"<rdf:RDF>", b"{", b""]),
)
def test_arbitrary_pieces_of_feeds(body: bytes, start: bytes) -> None:
    read(start + body)


@pytest.mark.parametrize("payload", PAYLOADS, ids=[str(example) for example in EXAMPLES])
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=_EDITS)
def test_feeds_with_pieces_cut_out_and_put_in(payload: bytes, edits: list[tuple[float, int, bytes]]) -> None:
    for place, length, piece in edits:
        start = int(place * len(payload))
        payload = payload[:start] + piece + payload[start + length :]
    read(payload)


@pytest.mark.parametrize("payload", PAYLOADS, ids=[str(example) for example in EXAMPLES])
def test_feeds_cut_short_anywhere(payload: bytes) -> None:
    for end in range(0, len(payload), max(1, len(payload) // 40)):
        read(payload[:end])
