"""The private companion: raw answers by content, robots.txt copies. Never opened by the web process."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aggregator.db.connection import transaction
from aggregator.fetch.headers import type_and_charset
from aggregator.fetch.robots import CachedRobots
from aggregator.models import Fetched, Page, Request, Utc

_PRIVATE_HEADERS = frozenset({"set-cookie", "authorization", "proxy-authenticate", "www-authenticate"})


def keep(conn: sqlite3.Connection, source_id: str, fetched: Fetched) -> str:
    """Stores a body and where it was seen, if it differs from the last body of that URL. Returns its SHA-256.

    Committed before the archive's own transaction: a body that nothing points at is harmless, a pointer to a body that
    is not there is not.
    """
    page = fetched.page
    if page is None:
        raise ValueError("only an answer with a body can be kept")
    sha256 = hashlib.sha256(page.body).hexdigest()
    last = conn.execute(
        "SELECT sha256, final_url, status FROM snapshots WHERE source_id = ? AND url = ? ORDER BY id DESC LIMIT 1",
        (source_id, page.request.url),
    ).fetchone()
    if last == (sha256, page.url, page.status):
        return sha256
    packed = zlib.compress(page.body, 6)
    encoding, data = ("zlib", packed) if len(packed) < len(page.body) else ("raw", page.body)
    headers = [[k, v] for k, v in fetched.headers if k.lower() not in _PRIVATE_HEADERS]
    with transaction(conn):
        conn.execute(
            "INSERT INTO blobs(sha256, size, encoding, data) VALUES (?,?,?,?) ON CONFLICT(sha256) DO NOTHING",
            (sha256, len(page.body), encoding, data),
        )
        conn.execute(
            "INSERT INTO snapshots(source_id, url, final_url, fetched_at, status, headers, sha256, moved) "
            "VALUES (?,?,?,?,?,?,?,?)",
            (
                source_id,
                page.request.url,
                page.url,
                page.fetched_at,
                page.status,
                json.dumps(headers),
                sha256,
                int(page.moved),
            ),
        )
    return sha256


def recall(conn: sqlite3.Connection, source_id: str, request: Request) -> Page | None:
    """The last body kept for a request, as the page it was: what a 304 means."""
    row = conn.execute(
        "SELECT s.final_url, s.fetched_at, s.status, s.headers, s.moved, b.encoding, b.data FROM snapshots s "
        "JOIN blobs b ON b.sha256 = s.sha256 WHERE s.source_id = ? AND s.url = ? ORDER BY s.id DESC LIMIT 1",
        (source_id, request.url),
    ).fetchone()
    if row is None:
        return None
    final_url, fetched_at, status, headers, moved, encoding, data = row
    media, charset = type_and_charset(next((v for k, v in json.loads(headers) if k.lower() == "content-type"), ""))
    return Page(
        request=request,
        url=final_url,
        status=status,
        content_type=media,
        charset=charset,
        body=unpacked(encoding, data),
        fetched_at=Utc(fetched_at),
        moved=bool(moved),
    )


@dataclass(frozen=True, slots=True)
class Answer:
    """One kept answer, without its body."""

    number: int
    source_id: str
    url: str
    final_url: str
    fetched_at: str
    status: int
    headers: str  # JSON
    sha256: str


def answers(conn: sqlite3.Connection) -> Iterator[Answer]:
    """Every kept answer, oldest first."""
    fields = "id, source_id, url, final_url, fetched_at, status, headers, sha256"
    rows = conn.execute(f"SELECT {fields} FROM snapshots ORDER BY id")  # noqa: S608 - a constant
    return (Answer(*row) for row in rows)


def body(conn: sqlite3.Connection, sha256: str) -> bytes:
    """A body as it was read."""
    return unpacked(*conn.execute("SELECT encoding, data FROM blobs WHERE sha256 = ?", (sha256,)).fetchone())


def unpacked(encoding: str, data: bytes) -> bytes:
    """The bytes of a blob as :func:`keep` stored them."""
    return zlib.decompress(data) if encoding == "zlib" else bytes(data)


def forget(conn: sqlite3.Connection, numbers: Iterable[int]) -> None:
    """Deletes kept answers, and bodies that no other has. Works inside the caller's transaction."""
    conn.executemany("DELETE FROM snapshots WHERE id = ?", [(number,) for number in numbers])
    conn.execute("DELETE FROM blobs WHERE sha256 NOT IN (SELECT sha256 FROM snapshots)")


class StoredRobots:
    """robots.txt copies that outlive a restart (implements ``fetch.robots.RobotsCache``)."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn

    def get(self, origin: str) -> CachedRobots | None:
        """The stored copy, however old: whether it is still fresh is for the client to say."""
        row = self._conn.execute("SELECT fetched_at, status, body FROM robots WHERE origin = ?", (origin,)).fetchone()
        return CachedRobots(fetched_at=Utc(row[0]), status=row[1], body=row[2]) if row else None

    def put(self, origin: str, copy: CachedRobots) -> None:
        """Stores or replaces the copy for an origin (scheme://host:port)."""
        self._conn.execute(
            "INSERT INTO robots(origin, fetched_at, status, body) VALUES (?,?,?,?) ON CONFLICT(origin) DO UPDATE SET "
            "fetched_at = excluded.fetched_at, status = excluded.status, body = excluded.body",
            (origin, copy.fetched_at, copy.status, copy.body),
        )
