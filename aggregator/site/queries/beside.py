"""What changed beside the text of an update: its files, and the documents that make it up."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

from aggregator.limits import BESIDE_SHOWN
from aggregator.site.views import Link

_BOTH = "SELECT version, attachments, parts FROM versions WHERE update_id = ? AND version IN (?, ?)"
_PART = """
SELECT p.id, p.title, (SELECT max(v.version) FROM versions v WHERE v.update_id = p.id AND v.sha256 = :old),
       (SELECT max(v.version) FROM versions v WHERE v.update_id = p.id AND v.sha256 = :new)
FROM updates u JOIN updates p ON p.source_id = u.source_id AND p.key = :key WHERE u.id = :update
"""


def changed(conn: sqlite3.Connection, update_id: int, old: int, new: int) -> tuple[Link, ...]:
    """The files and parts in which two versions differ: what each is called, ``note`` what became of it, and ``path`` where
    that can be read here: the difference of a part; "" for a file. At most ``BESIDE_SHOWN``."""
    rows = {version: (files, json.loads(parts)) for version, files, parts in conn.execute(_BOTH, (update_id, old, new))}
    if old not in rows or new not in rows:
        return ()
    found = [
        *_files(_by_address(rows[old][0]), _by_address(rows[new][0])),
        *_parts(conn, update_id, rows[old][1], rows[new][1]),
    ]
    return tuple(found[:BESIDE_SHOWN])


def _by_address(attachments: str) -> dict[str, dict[str, Any]]:
    return {str(one.get("url") or one.get("title")): one for one in json.loads(attachments)}


def _files(before: dict[str, dict[str, Any]], after: dict[str, dict[str, Any]]) -> Iterator[Link]:
    for address, one in {**after, **before}.items():
        title = str(one.get("title") or address)
        if address not in before:
            yield Link(title, "", "added")
        elif address not in after:
            yield Link(title, "", "removed")
        elif before[address] != after[address]:
            yield Link(str(after[address].get("title") or address), "", "another file, or called otherwise")


def _parts(conn: sqlite3.Connection, update_id: int, before: dict[str, str], after: dict[str, str]) -> Iterator[Link]:
    for key in sorted(key for key in before.keys() & after.keys() if before[key] != after[key])[:BESIDE_SHOWN]:
        given = {"update": update_id, "key": key, "old": before[key], "new": after[key]}
        row = conn.execute(_PART, given).fetchone()
        if row is None:
            yield Link(key, "", "changed")
            continue
        part, title, old, new = row
        path = f"/updates/{part}" + (f"/diff/{old}..{new}" if old and new and old != new else "")
        yield Link(title or key, path, "changed")
