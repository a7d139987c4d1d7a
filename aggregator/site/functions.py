"""The SQL functions of the canned queries: a search as a person types it, taken apart for SQLite.

``met_match(q)``      the FTS5 expression; the empty phrase, which finds nothing, when there is no word to look for
``met_without(q)``    the FTS5 expression of what must not be there, when there is nothing to look for but that; else the same
``met_filter(q, f)``  JSON list of the values of a filter; f is topic, place, kind or source, '-topic' what must not be
``met_from(q)``, ``met_to(q)``  the range of ids that ``after:`` and ``before:`` allow, the upper end excluded

None of them fails on any text; see :mod:`aggregator.text.query`.
"""

from __future__ import annotations

import json
import sqlite3
from functools import lru_cache

from aggregator.limits import MAX_QUERY_CHARS
from aggregator.text import query

NOTHING = '""'
"""FTS5 refuses an empty expression, and accepts an empty phrase."""

_parse = lru_cache(maxsize=256)(query.parse)


def register(conn: sqlite3.Connection) -> None:
    """Adds the functions to a connection."""
    conn.create_function("met_match", 1, lambda q: _parse(_text(q)).match or NOTHING, deterministic=True)
    conn.create_function("met_without", 1, lambda q: _parse(_text(q)).without_match or NOTHING, deterministic=True)
    conn.create_function("met_filter", 2, lambda q, f: _values(_text(q), _text(f)), deterministic=True)
    conn.create_function("met_from", 1, lambda q: _parse(_text(q)).from_id, deterministic=True)
    conn.create_function("met_to", 1, lambda q: _parse(_text(q)).to_id, deterministic=True)


def _text(value: str | bytes | float | None) -> str:
    """A search as text, cut to what is read of it: what is parsed is kept, and a row may hold megabytes."""
    if isinstance(value, bytes):
        value = value[: 4 * MAX_QUERY_CHARS].decode("utf-8", "replace")
    return "" if value is None else str(value)[:MAX_QUERY_CHARS]


def _values(q: str, name: str) -> str:
    parsed = _parse(q)
    side = parsed.without if name.startswith("-") else parsed.only
    return json.dumps(getattr(side, name.lstrip("-")) if name.lstrip("-") in query.FIELDS else [])
