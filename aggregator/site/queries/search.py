"""Search: the newest hits, or the most relevant of them, with snippets, and what they are filed under."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aggregator.limits import SEARCH_RANK_WINDOW
from aggregator.site.queries import lists
from aggregator.site.views import Count, Item, Mark
from aggregator.text.query import Query, Selection, select

_ON, _OFF = "\x02", "\x03"
"""What snippet() puts around a hit: characters that a text has no use for, so nothing in it can pass for them."""
_WEIGHTS = "8.0, 3.0, 1.0"
"""Of a hit in title, summary and body."""


@dataclass(frozen=True, slots=True)
class Facet:
    """A filter and the values that would narrow the search."""

    name: str
    title: str
    counts: tuple[Count, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """A page of a search. ``window`` hits were looked at for facets and relevance; there are more if ``capped``."""

    items: tuple[Item, ...]
    before: int | None  # cursor of the next page, newest first
    following: int | None  # number of the next page, by relevance
    window: int
    capped: bool
    facets: tuple[Facet, ...]


def search(
    conn: sqlite3.Connection, query: Query, *, relevance: bool, before: int | None, page: int, limit: int
) -> Results:
    """A page of a search, newest first from ``before`` on, or page number ``page`` by relevance."""
    selection = select(query, lists.children(conn))
    window = lists.select_ids(conn, selection, None, SEARCH_RANK_WINDOW + 1)
    capped = len(window) > SEARCH_RANK_WINDOW
    window = lists.folded(conn, selection, window[:SEARCH_RANK_WINDOW])
    following: int | None = None
    if relevance and query.match:
        ranked = by_relevance(conn, query.match, window)
        ids = ranked[(page - 1) * limit : page * limit]
        cursor, following = None, page + 1 if len(ranked) > page * limit else None
    else:
        ids, cursor = _newest(conn, selection, before, limit)
    found = lists.items(conn, ids)
    snippets = _snippets(conn, query.match, ids)
    return Results(
        tuple(replace(item, snippet=_beyond(item.title, snippets.get(item.id, ()))) for item in found),
        cursor,
        following,
        len(window),
        capped,
        facets(conn, window, query),
    )


def _newest(
    conn: sqlite3.Connection, selection: Selection, before: int | None, limit: int
) -> tuple[list[int], int | None]:
    ids = lists.select_ids(conn, selection, before, limit + 1)
    return lists.folded(conn, selection, ids[:limit]), ids[limit - 1] if len(ids) > limit else None


def by_relevance(conn: sqlite3.Connection, match: str, ids: Sequence[int]) -> list[int]:
    """These hits, best first. The ``+`` keeps SQLite from asking the index once per id, each time with statistics anew."""
    if not ids:
        return []
    sql = f"""
    SELECT rowid FROM updates_fts WHERE updates_fts MATCH :match AND rowid >= :oldest AND rowid <= :newest
      AND +rowid IN (SELECT value FROM json_each(:ids))
    ORDER BY bm25(updates_fts, {_WEIGHTS}), rowid DESC
    """  # noqa: S608 - a constant
    given = {"match": match, "oldest": min(ids), "newest": max(ids), "ids": json.dumps(list(ids))}
    return [row[0] for row in conn.execute(sql, given)]


def _snippets(conn: sqlite3.Connection, match: str, ids: Sequence[int]) -> dict[int, tuple[Mark, ...]]:
    """The words around the hits. One look-up by rowid each: the snippet is made for the rows that are shown only."""
    sql = f"""SELECT snippet(updates_fts, -1, '{_ON}', '{_OFF}', '…', 28) FROM updates_fts
              WHERE updates_fts MATCH ? AND rowid = ?"""  # noqa: S608 - two constants
    found = {}
    for update in ids if match else ():
        row = conn.execute(sql, (match, update)).fetchone()
        if row and row[0]:
            found[update] = snippet_marks(row[0])
    return found


def snippet_marks(text: str) -> tuple[Mark, ...]:
    """FTS5's snippet as marked text. A text that holds the marking characters itself can only be marked wrongly."""
    marks, on = [], False
    for piece in re.split(f"([{_ON}{_OFF}])", text):
        if piece in (_ON, _OFF):
            on = piece == _ON
        elif piece:
            marks.append(Mark(piece, on))
    return tuple(marks)


def _beyond(title: str, snippet: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """The snippet, unless it only says the title again."""
    return () if "".join(m.text for m in snippet) == title else snippet


_FACETS = """
SELECT 'topic' AS facet, x.topic AS value, t.title, count(*) AS n FROM json_each(:ids) i
JOIN update_topics x ON x.update_id = i.value JOIN topics t ON t.slug = x.topic GROUP BY x.topic
UNION ALL
SELECT 'place', x.place, p.name, count(*) FROM json_each(:ids) i
JOIN update_places x ON x.update_id = i.value JOIN places p ON p.slug = x.place GROUP BY x.place
UNION ALL
SELECT 'kind', u.kind, u.kind, count(*) FROM json_each(:ids) i JOIN updates u ON u.id = i.value GROUP BY u.kind
UNION ALL
SELECT 'source', u.source_id, s.title, count(*) FROM json_each(:ids) i
JOIN updates u ON u.id = i.value JOIN sources s ON s.id = u.source_id GROUP BY u.source_id
"""
_FACET_TITLES = {"kind": "Kind", "topic": "Topic", "place": "Place", "source": "Source"}
FACET_VALUES = 8


def facets(conn: sqlite3.Connection, window: Sequence[int], query: Query) -> tuple[Facet, ...]:
    """What the hits are filed under, most frequent first; values already asked for are left out."""
    if not window:
        return ()
    found: dict[str, list[Count]] = {name: [] for name in _FACET_TITLES}
    for row in conn.execute(_FACETS, {"ids": json.dumps(list(window))}):
        if row["value"] not in getattr(query.only, row["facet"]):
            found[row["facet"]].append(Count(row["value"], row["title"], row["n"]))
    return tuple(
        Facet(name, title, tuple(sorted(found[name], key=lambda c: (-c.n, c.title))[:FACET_VALUES]))
        for name, title in _FACET_TITLES.items()
        if found[name]
    )
