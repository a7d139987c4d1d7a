"""Ways in which a server misbehaves, as scripts for :meth:`tests.support.origin.Origin.fault`."""

from __future__ import annotations

import gzip
import zlib

from tests.support.origin import Script, Seen, Wire

MIB = 1024 * 1024


def _head(*headers: str, status: str = "200 OK") -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", "Connection: close", *headers, "", ""]).encode("latin-1")


def drop(wire: Wire, seen: Seen) -> None:
    """Hangs up without a word."""


def reset(wire: Wire, seen: Seen) -> None:
    """Cuts the connection with a TCP reset."""
    wire.reset()


def silent(wire: Wire, seen: Seen) -> None:
    """Takes the request and never answers."""
    wire.pause(3600)


def partial(wire: Wire, seen: Seen) -> None:
    """Promises 1000 bytes, sends 100 and hangs up."""
    wire.send(_head("Content-Type: application/xml", "Content-Length: 1000") + b"x" * 100)


def partial_chunked(wire: Wire, seen: Seen) -> None:
    """Hangs up before the last chunk."""
    wire.send(_head("Content-Type: application/xml", "Transfer-Encoding: chunked") + b"5\r\nhello\r\n")


def bad_chunk(wire: Wire, seen: Seen) -> None:
    """Sends a chunk whose size is no number."""
    wire.send(_head("Content-Type: application/xml", "Transfer-Encoding: chunked") + b"5\r\nhello\r\nzz\r\nworld\r\n")


def not_http(wire: Wire, seen: Seen) -> None:
    """Speaks something else."""
    wire.send(b"220 mail.example ESMTP ready\r\n")


def short_length(wire: Wire, seen: Seen) -> None:
    """Says 5 bytes and sends 20."""
    wire.send(_head("Content-Type: text/plain", "Content-Length: 5") + b"hello, and 13 more..")


def drip(interval_s: float = 0.05) -> Script:
    """One byte at a time, for ever: every single read succeeds, the whole never does."""

    def script(wire: Wire, seen: Seen) -> None:
        wire.send(_head("Content-Type: application/xml"))
        while True:
            wire.send(b"x")
            wire.pause(interval_s)

    return script


def header_drip(wire: Wire, seen: Seen) -> None:
    """The same, but within a header."""
    wire.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        wire.send(b"x")
        wire.pause(0.05)


def forever(wire: Wire, seen: Seen) -> None:
    """A body without end, as fast as it is taken."""
    wire.send(_head("Content-Type: application/xml"))
    while True:
        wire.send(b"x" * 65_536)


def interim_forever(wire: Wire, seen: Seen) -> None:
    """Interim answers without end, and never the real one."""
    while True:
        wire.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        wire.pause(0.01)


def big(megabytes: int, *, say_so: bool = True) -> Script:
    """A body of that size, announced or not."""

    def script(wire: Wire, seen: Seen) -> None:
        length = (f"Content-Length: {megabytes * MIB}",) if say_so else ()
        wire.send(_head("Content-Type: text/csv", *length))
        for _ in range(megabytes * 16):
            wire.send(b"x" * 65_536)

    return script


def header_bomb(kibibytes: int = 1024, *, lines: bool = False) -> Script:
    """Headers of that size: one line, or many short ones."""

    def script(wire: Wire, seen: Seen) -> None:
        size = kibibytes * 1024
        bomb = "\r\n".join(["X-A: " + "b" * 91] * (size // 98)) if lines else "X-A: " + "b" * size
        wire.send(_head(bomb, "Content-Length: 2") + b"ok")

    return script


def _encoded(body: bytes, *encodings: str, content_type: str = "application/xml") -> Script:
    def script(wire: Wire, seen: Seen) -> None:
        coding = tuple(f"Content-Encoding: {e}" for e in encodings)
        wire.send(_head(f"Content-Type: {content_type}", *coding, f"Content-Length: {len(body)}") + body)

    return script


def bomb(megabytes: int) -> bytes:
    """Gzip that inflates to so many MiB of zeros, at about 1 KiB each. Without a valid end: nobody should get there."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    first = pack.compress(bytes(MIB)) + pack.flush(zlib.Z_FULL_FLUSH)
    again = pack.compress(bytes(MIB)) + pack.flush(zlib.Z_FULL_FLUSH)
    return first + again * (megabytes - 1)


def gzip_bomb(megabytes: int = 1024) -> Script:
    """A gzip bomb of that size."""
    return _encoded(bomb(megabytes), "gzip")


def ratio_bomb(wire: Wire, seen: Seen) -> None:
    """10 MiB of zeros: allowed by size, but a thousand times its weight on the wire."""
    _encoded(gzip.compress(bytes(10 * MIB)), "gzip")(wire, seen)


def double_gzip(megabytes: int = 2048, *, one_line: bool = True) -> Script:
    """A bomb in a bomb: a few KiB that httpx itself would inflate to all of it before handing anything over."""
    twice = gzip.compress(bomb(megabytes))
    return _encoded(twice, "gzip, gzip") if one_line else _encoded(twice, "gzip", "gzip")


def many_members(count: int) -> Script:
    """Gzip in so many parts, each of one byte."""
    return _encoded(gzip.compress(b"x") * count, "gzip")


def gzip_cut(body: bytes) -> Script:
    """Gzip without its last third, though the Content-Length is right."""
    packed = gzip.compress(body)
    return _encoded(packed[: len(packed) * 2 // 3], "gzip")


def encoded(body: bytes, *encodings: str) -> Script:
    """A body under whatever Content-Encoding lines, true or not."""
    return _encoded(body, *encodings)


def mixed_charset(wire: Wire, seen: Seen) -> None:
    """The header says ISO-8859-1, the XML declaration UTF-16, and the bytes are UTF-8."""
    body = '<?xml version="1.0" encoding="UTF-16"?><rss><title>Café – £5</title></rss>'.encode()
    wire.send(_head('Content-Type: Application/RSS+XML ; Charset="ISO-8859-1"', f"Content-Length: {len(body)}") + body)
