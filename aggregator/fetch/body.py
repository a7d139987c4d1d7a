"""Reading a body within bounds: raw bytes, decoded bytes and their ratio are capped *while* inflating.

httpx's own decoding inflates a whole network chunk at once: 64 KiB become 67 MB, and a body gzipped twice takes
gigabytes before the first byte is handed over. Here no step produces more than one chunk.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from aggregator import limits
from aggregator.fetch.failures import Failed
from aggregator.models import Outcome

Sink = Callable[[bytes], object]

_CHUNK: Final = 64 * limits.KIB
_GZIP_WINDOW: Final = 31  # zlib's notation: 15 bits of window, gzip header expected
_GZIP_MAGIC: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Caps:
    """How much of a body is taken. ``cut``: what is beyond is dropped in silence (robots.txt) instead of refused."""

    raw: int = limits.MAX_RAW_BYTES
    decoded: int = limits.MAX_DECODED_BYTES
    cut: bool = False


def coding_of(listed: tuple[str, ...]) -> str:
    """The one Content-Encoding: "gzip" or "". Raises :class:`Failed` (BAD_ENCODING) for several or another one."""
    if len(listed) > 1:
        raise _bad(
            f"encoded {len(listed)} times over ({', '.join(listed)[:100]}), which is how decompression bombs come"
        )
    if not listed or listed[0] == "identity":
        return ""
    if listed[0] in ("gzip", "x-gzip"):
        return "gzip"
    raise _bad(f'encoded as "{listed[0][:40]}", though only gzip was asked for')


class BodyReader:
    """Reads one body into ``sink`` chunk by chunk; counts what came, also when it ends in failure."""

    def __init__(self, coding: str, caps: Caps, sink: Sink) -> None:
        self.raw = 0
        self.decoded = 0
        self._caps = caps
        self._sink = sink
        self._inflate = _Inflater() if coding == "gzip" else None

    async def read(self, chunks: AsyncIterator[bytes]) -> None:
        """Reads to the end. Raises :class:`Failed` with TOO_LARGE or BAD_ENCODING, and whatever ``chunks`` raises."""
        async for chunk in chunks:
            self.raw += len(chunk)
            over = self.raw > self._caps.raw
            if over and not self._caps.cut:
                raise _large(f"is more than {self._caps.raw // limits.MIB or 1} MiB on the wire")
            if not self._take(chunk) or over:
                return
        # A body of no bytes at all is how servers answer 404 with a stale Content-Encoding.
        if self._inflate is not None and self.raw and not self._inflate.complete:
            raise _bad("gzip that breaks off before its end")

    def _take(self, chunk: bytes) -> bool:
        """Passes a chunk on; False when the caps cut the body here."""
        if self._inflate is None:
            return self._pass_on(chunk)
        try:
            for piece in self._inflate.pieces(chunk):
                if not self._pass_on(piece):
                    return False
                self._check_ratio(self.raw - self._inflate.pending)
        except zlib.error as exc:
            raise _bad(f"said to be gzip, but is not ({exc})") from exc
        return True

    def _pass_on(self, piece: bytes) -> bool:
        room = self._caps.decoded - self.decoded
        if len(piece) > room:
            if not self._caps.cut:
                raise _large(f"is more than {self._caps.decoded // limits.MIB or 1} MiB once inflated")
            piece = piece[:room]
        self.decoded += len(piece)
        self._sink(piece)
        return self.decoded < self._caps.decoded or not self._caps.cut

    def _check_ratio(self, consumed: int) -> None:
        if self.decoded > limits.RATIO_FREE_BYTES and self.decoded > limits.MAX_INFLATE_RATIO * max(consumed, 1):
            raise _large(f"inflates to more than {limits.MAX_INFLATE_RATIO} times its size, as decompression bombs do")


class _Inflater:
    """Incremental gzip over any number of members (RFC 1952 §2.2), never more than one chunk at a time."""

    def __init__(self) -> None:
        self.pending = 0  # bytes given but not yet inflated
        self._members = 1
        self._zlib = zlib.decompressobj(_GZIP_WINDOW)
        self._held = b""  # the start of what may be another member

    @property
    def complete(self) -> bool:
        return self._zlib.eof

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """What ``data`` inflates to. Raises ``zlib.error``, or :class:`Failed` for too many members."""
        data = self._held + data
        self._held = b""
        while data:
            if self._zlib.eof and not (data := self._next_member(data)):
                return
            piece = self._zlib.decompress(data, _CHUNK)
            data = self._zlib.unused_data if self._zlib.eof else self._zlib.unconsumed_tail
            self.pending = len(data)
            if piece:
                yield piece

    def _next_member(self, data: bytes) -> bytes:
        """Starts on a further member. Anything else after the end is padding, which is dropped."""
        if len(data) == 1 and data == _GZIP_MAGIC[:1]:
            self._held = data
            return b""
        if not data.startswith(_GZIP_MAGIC):
            return b""
        self._members += 1
        if self._members > limits.MAX_GZIP_MEMBERS:
            raise _bad(f"gzip of more than {limits.MAX_GZIP_MEMBERS} parts")
        self._zlib = zlib.decompressobj(_GZIP_WINDOW)
        return data


def _bad(what: str) -> Failed:
    return Failed(Outcome.BAD_ENCODING, f"the body is {what}; nothing of it was kept: tell the publisher if it lasts")


def _large(what: str) -> Failed:
    return Failed(Outcome.TOO_LARGE, f"the body {what}; nothing of it was kept: check that this address is the feed")
