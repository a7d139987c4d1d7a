"""The hash chain over versions: whoever changes, drops or slips in a version afterwards breaks it.

Each link is SHA-256 over the link before and a *leaf*; the leaf is SHA-256 over a random salt and everything a version
says. A redaction forgets the salt of the old leaf, which then tells nothing of the removed words (without a salt one
could try names until the hash fits), and appends a link for what is left. A chain is no signature: it shows tampering
to whoever noted its newest link before, so :func:`head` stands in exports and on the status page.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from aggregator.models import Utc

_ROW = (
    "update_id, version, seen_at, declared_at, change_note, silent, has_text, title, summary, body, sha256, words_added, "
    "words_removed, status, attachments, parts"
)
_START = "0" * 64


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link."""

    seq: int
    link: str


def head(conn: sqlite3.Connection) -> Head:
    """Where the chain stands; worth noting down somewhere else."""
    row = conn.execute("SELECT seq, link FROM chain ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(*row) if row else Head(0, _START)


def append(conn: sqlite3.Connection, update_id: int, version: int, now: Utc, action: str = "version") -> None:
    """Adds a link for a version as it stands now. Works inside the caller's transaction."""
    row = conn.execute(
        f"SELECT {_ROW} FROM versions WHERE update_id = ? AND version = ?",  # noqa: S608 - a constant
        (update_id, version),
    ).fetchone()
    last = head(conn)
    salt = secrets.token_hex(16)
    leaf = _leaf(salt, row)
    conn.execute(
        "INSERT INTO chain(seq, update_id, version, at, action, salt, leaf, link) VALUES (?,?,?,?,?,?,?,?)",
        (last.seq + 1, update_id, version, now, action, salt, leaf,
         _link(last.link, last.seq + 1, update_id, version, now, action, leaf)),
    )  # fmt: skip


def redact(conn: sqlite3.Connection, update_id: int, version: int, now: Utc) -> None:
    """Forgets what the chain could tell of a version before it was redacted, and links what is left of it."""
    conn.execute("UPDATE chain SET salt = '' WHERE update_id = ? AND version = ?", (update_id, version))
    append(conn, update_id, version, now, "redacted")


def check(conn: sqlite3.Connection) -> Iterator[str]:
    """What is wrong, in words; nothing when every version is what it was when it was written down."""
    yield from _broken_links(conn)
    for (n,) in conn.execute(
        "SELECT count(*) FROM versions v WHERE NOT EXISTS "
        "(SELECT 1 FROM chain c WHERE c.update_id = v.update_id AND c.version = v.version) HAVING count(*) > 0"
    ):
        yield f"{n} versions are not in the hash chain: they were slipped in"
    for update_id, version in conn.execute(
        "SELECT c.update_id, c.version FROM chain c WHERE c.salt = '' AND NOT EXISTS (SELECT 1 FROM chain d "
        "WHERE d.update_id = c.update_id AND d.version = c.version AND d.seq > c.seq) LIMIT 5"
    ):
        yield f"update {update_id} version {version}: its salt is gone and no redaction says why"
    for (update_id,) in conn.execute(
        "SELECT u.id FROM updates u JOIN versions v ON v.update_id = u.id AND v.version = u.version "
        "LEFT JOIN texts t ON t.update_id = u.id WHERE u.status <> 'redacted' "
        "AND (u.title <> v.title OR u.summary <> v.summary OR coalesce(t.body, '') <> v.body) LIMIT 5"
    ):
        yield f"update {update_id}: its text is not that of its newest version"


def _broken_links(conn: sqlite3.Connection) -> Iterator[str]:
    before, expected = _START, 1
    columns = ", ".join(f"v.{name.strip()}" for name in _ROW.split(","))
    query = (
        f"SELECT c.seq, c.update_id, c.version, c.at, c.action, c.salt, c.leaf, c.link, {columns} "  # noqa: S608 - constants
        "FROM chain c LEFT JOIN versions v ON v.update_id = c.update_id AND v.version = c.version ORDER BY c.seq"
    )
    for seq, update_id, version, at, action, salt, leaf, link, *row in conn.execute(query):
        if seq != expected or link != _link(before, seq, update_id, version, at, action, leaf):
            yield f"the hash chain is broken at link {seq}: a link before it was changed or taken out"
            return
        if row[0] is None:
            yield f"update {update_id} version {version}: is in the hash chain and no longer in the archive"
        elif salt and leaf != _leaf(salt, row):
            yield f"update {update_id} version {version}: was changed after it was written down"
        before, expected = link, seq + 1


def _leaf(salt: str, row: tuple[object, ...] | list[object]) -> str:
    return hashlib.sha256(
        (salt + json.dumps(list(row), ensure_ascii=False)).encode("utf-8", "surrogatepass")
    ).hexdigest()


def _link(before: str, *what: object) -> str:
    return hashlib.sha256("\x1f".join((before, *map(str, what))).encode()).hexdigest()
