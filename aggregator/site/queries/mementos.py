"""Versions as archives speak of them: every text kept of an address (RFC 7089), and one version with all a citation needs."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aggregator.limits import MAX_MEMENTOS
from aggregator.models import Utc
from aggregator.text import urls
from aggregator.text.times import parse


@dataclass(frozen=True, slots=True)
class Memento:
    """One text of an address, and when it was seen."""

    update_id: int
    version: int
    seen_at: Utc
    url: str  # the original, as it is stored

    @property
    def path(self) -> str:
        """Its page."""
        return f"/updates/{self.update_id}/versions/{self.version}"

    @property
    def moment(self) -> datetime:
        """When it was seen."""
        found = parse(self.seen_at)
        if found is None:
            raise ValueError(f"versions.seen_at is no time: {self.seen_at!r}")
        return found


_MEMENTOS = """
SELECT v.update_id, v.version, v.seen_at, u.url FROM updates u JOIN versions v ON v.update_id = u.id
WHERE u.url IN (SELECT value FROM json_each(?)) AND v.has_text = 1 AND u.status <> 'redacted'
ORDER BY v.seen_at, v.update_id, v.version LIMIT ?
"""


def of_address(conn: sqlite3.Connection, address: str) -> tuple[Memento, ...]:
    """Every text kept of an address, oldest first; with and without a slash at its end, http and https alike."""
    found = urls.canonical(address)
    if found is None:
        return ()
    bare = found.partition("://")[2]
    spellings = {
        f"{scheme}://{b}" for scheme in ("http", "https") for b in (bare, bare.rstrip("/"), bare.rstrip("/") + "/")
    }
    rows = conn.execute(_MEMENTOS, (json.dumps(sorted(spellings)), MAX_MEMENTOS))
    return tuple(Memento(row[0], row[1], Utc(row[2]), row[3]) for row in rows)


@dataclass(frozen=True, slots=True)
class Cited:
    """A version and where it comes from."""

    update_id: int
    version: int
    title: str
    publisher: str
    url: str
    published_at: str
    date_quality: str
    declared_at: str
    seen_at: str
    last_seen_at: str
    has_text: bool
    sha256: str
    licence: str
    attribution: str
    newest: bool

    @property
    def path(self) -> str:
        """Its page."""
        return f"/updates/{self.update_id}/versions/{self.version}"


_CITED = """
SELECT v.update_id, v.version, coalesce(nullif(v.title, ''), u.title) AS title, s.publisher, coalesce(u.url, '') AS url,
       coalesce(u.published_at, '') AS published_at, u.date_quality, coalesce(v.declared_at, '') AS declared_at, v.seen_at,
       u.last_seen_at, v.has_text, v.sha256, s.licence, s.attribution, v.version = u.version AS newest
FROM versions v JOIN updates u ON u.id = v.update_id JOIN sources s ON s.id = u.source_id
WHERE v.update_id = ? AND v.version = ?
"""


def cited(conn: sqlite3.Connection, update_id: int, version: int) -> Cited | None:
    """One version for a citation; None where there is none."""
    row = conn.execute(_CITED, (update_id, version)).fetchone()
    if row is None:
        return None
    values: dict[str, Any] = {name: row[name] for name in Cited.__slots__}
    return Cited(**{**values, "newest": bool(row["newest"]), "has_text": bool(row["has_text"])})


@dataclass(frozen=True, slots=True)
class Files:
    """How the files and parts of two versions differ, each file as its title, address and size."""

    added: tuple[str, ...]
    removed: tuple[str, ...]
    parts: tuple[str, ...]  # keys of parts whose text changed


def files(conn: sqlite3.Connection, update_id: int, old: int, new: int) -> Files:
    """What happened to attachments and parts between two versions."""
    rows = {
        number: (_listed(attachments), json.loads(parts))
        for number, attachments, parts in conn.execute(
            "SELECT version, attachments, parts FROM versions WHERE update_id = ? AND version IN (?,?)",
            (update_id, old, new),
        )
    }
    (before, old_parts), (after, new_parts) = rows.get(old, ([], {})), rows.get(new, ([], {}))
    changed = sorted(key for key in old_parts.keys() & new_parts.keys() if old_parts[key] != new_parts[key])
    return Files(tuple(f for f in after if f not in before), tuple(f for f in before if f not in after), tuple(changed))


def _listed(attachments: str) -> list[str]:
    found: list[dict[str, Any]] = json.loads(attachments)
    return [_line(item) for item in found]


def _line(item: dict[str, Any]) -> str:
    size = f", {item['size']} bytes" if item.get("size") else ""
    return f"{item.get('title') or 'Untitled'} <{item.get('url') or 'no address'}>{size}"
