"""Bounded incremental inflation, byte by byte."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator import limits
from aggregator.fetch.body import BodyReader, Caps, coding_of
from aggregator.fetch.failures import Failed
from aggregator.models import Outcome


def read(chunks: list[bytes], coding: str = "gzip", caps: Caps = Caps()) -> tuple[bytes, BodyReader, list[int]]:  # noqa: B008
    """The decoded body, its reader and the sizes of the pieces it came in."""
    pieces: list[bytes] = []
    reader = BodyReader(coding, caps, pieces.append)

    async def arriving() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    asyncio.run(reader.read(arriving()))
    return b"".join(pieces), reader, [len(piece) for piece in pieces]


@given(bodies=st.lists(st.binary(max_size=200), min_size=1, max_size=4), cut=st.integers(1, 40))
def test_where_the_network_cuts_the_body_makes_no_difference(bodies: list[bytes], cut: int) -> None:
    packed = b"".join(gzip.compress(body) for body in bodies)
    chunks = [packed[at : at + cut] for at in range(0, len(packed), cut)]
    body, reader, _ = read(chunks)
    assert body == b"".join(bodies)
    assert (reader.raw, reader.decoded) == (len(packed), len(body))


@given(body=st.binary(min_size=1, max_size=200), cut=st.integers(1, 30))
def test_gzip_that_breaks_off_is_never_taken_for_whole(body: bytes, cut: int) -> None:
    packed = gzip.compress(body)
    with pytest.raises(Failed) as caught:
        read([packed[:-cut]] if cut < len(packed) else [packed[:1]])
    assert caught.value.outcome is Outcome.BAD_ENCODING


def test_no_step_inflates_more_than_one_chunk() -> None:
    _, _, sizes = read([gzip.compress(bytes(1_000_000))])
    assert max(sizes) == 64 * limits.KIB


def test_the_decoded_cap_holds_for_text_that_compresses_like_text() -> None:
    line = bytes(range(256)) * 8
    packed = gzip.compress(line * 400)
    with pytest.raises(Failed, match="once inflated"):
        read([packed], caps=Caps(decoded=500_000))


def test_where_it_is_asked_for_the_rest_is_cut_instead() -> None:
    body, _, _ = read([b"x" * 70, b"y" * 70], coding="", caps=Caps(raw=100, decoded=100, cut=True))
    assert body == b"x" * 70 + b"y" * 30
    body, _, _ = read([gzip.compress(b"z" * 9000)], caps=Caps(raw=9000, decoded=100, cut=True))
    assert body == b"z" * 100


def test_no_body_at_all_is_no_broken_gzip() -> None:
    assert read([])[0] == b""


@pytest.mark.parametrize(
    ("listed", "coding"), [((), ""), (("identity",), ""), (("gzip",), "gzip"), (("x-gzip",), "gzip")]
)
def test_codings(listed: tuple[str, ...], coding: str) -> None:
    assert coding_of(listed) == coding


@pytest.mark.parametrize("listed", [("gzip", "gzip"), ("identity", "gzip"), ("br",), ("deflate",), ("\x1b[31m",)])
def test_other_codings_are_refused(listed: tuple[str, ...]) -> None:
    with pytest.raises(Failed) as caught:
        coding_of(listed)
    assert caught.value.outcome is Outcome.BAD_ENCODING
