"""What subscriptions read of the public archive: changes, which updates hold to criteria, what is told of them.

The criteria are the site's own queries, so a subscription follows exactly what the page, feed or search of the same
words lists. Nothing here writes.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from aggregator.db.about import is_invented
from aggregator.limits import CHANGES_SCANNED
from aggregator.models import Utc
from aggregator.subscriptions.criteria import queries
from aggregator.subscriptions.model import TOLD, Change, Contents, Criteria, Edit, Facts, Label, Line
from aggregator.text.query import HIGHEST_ID, Query, select

Children = Mapping[str, Sequence[str]]


@contextmanager
def snapshot(conn: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Several reads of one state of the archive, whatever is written meanwhile."""
    conn.execute("BEGIN")
    try:
        yield conn
    finally:
        conn.execute("ROLLBACK")


def children(conn: sqlite3.Connection) -> Children:
    """The topics below each topic: a subscription to a topic is one to them, too."""
    found: dict[str, list[str]] = defaultdict(list)
    for parent, slug in conn.execute("SELECT parent, slug FROM topics WHERE parent IS NOT NULL ORDER BY position"):
        found[parent].append(slug)
    return found


def last_seq(conn: sqlite3.Connection) -> int:
    """The number of the newest change; 0 when there is none."""
    return int(conn.execute("SELECT coalesce(max(seq), 0) FROM changes").fetchone()[0])


def changes(conn: sqlite3.Connection, after: int, limit: int) -> list[Change]:
    """The next changes of any type, in order."""
    sql = "SELECT seq, update_id, version, type, at FROM changes WHERE seq > ? ORDER BY seq LIMIT ?"
    return [
        Change(seq, number, version, type_, Utc(at))
        for seq, number, version, type_, at in conn.execute(sql, (after, limit))
    ]


def matching(conn: sqlite3.Connection, criteria: Criteria, ids: Iterable[int]) -> set[int]:
    """Those of these updates that hold to the criteria now."""
    below = children(conn)
    labels, searches = queries(criteria)
    found = _among(conn, labels, below, ids)
    return set().union(*(_among(conn, search, below, found) for search in searches)) if searches else found


def _among(conn: sqlite3.Connection, query: Query, below: Children, ids: Iterable[int]) -> set[int]:
    selection = select(query, below)
    sql = f"SELECT v.id FROM updates v WHERE v.id IN (SELECT value FROM json_each(:ids)) AND {selection.member}"  # noqa: S608
    return {row[0] for row in conn.execute(sql, {**selection.params, "ids": json.dumps(list(ids))})}


def every_match(conn: sqlite3.Connection, criteria: Criteria) -> Iterator[int]:
    """All updates that hold to the criteria now; one that two searches find comes twice."""
    labels, searches = queries(criteria)
    below = children(conn)
    for driver in searches or (labels,):
        selection, before = select(driver, below), HIGHEST_ID
        while ids := _page(conn, selection.ids, {**selection.params, "before": before, "limit": CHANGES_SCANNED}):
            yield from _among(conn, labels, below, ids) if searches else ids
            before = ids[-1]


def _page(conn: sqlite3.Connection, sql: str, params: Mapping[str, str | int]) -> list[int]:
    return [row[0] for row in conn.execute(sql, params)]


_FACTS = """
SELECT u.id, u.url, u.title, u.kind, s.publisher, u.published_at, u.date_quality, u.version, u.status, u.cluster_id
FROM updates u JOIN sources s ON s.id = u.source_id WHERE u.id IN (SELECT value FROM json_each(?))
"""
_TOPICS = """
SELECT x.update_id, t.slug, t.title FROM update_topics x JOIN topics t ON t.slug = x.topic
WHERE x.update_id IN (SELECT value FROM json_each(?)) ORDER BY x.update_id, x.score DESC, t.position
"""
_PLACES = """
SELECT x.update_id, p.slug, p.name FROM update_places x JOIN places p ON p.slug = x.place
WHERE x.update_id IN (SELECT value FROM json_each(?)) ORDER BY x.update_id, p.name
"""


def facts(conn: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Facts]:
    """What is told of updates, as they are now. One that was taken down has neither title nor address."""
    wanted = json.dumps(list(ids))
    topics, places = _labels(conn, _TOPICS, wanted), _labels(conn, _PLACES, wanted)
    return {
        number: Facts(
            id=number,
            url=None if status == "redacted" else url,
            title=None if status == "redacted" else title,
            kind=kind,
            publisher=publisher,
            topics=tuple(topics[number]),
            places=tuple(places[number]),
            published_at=published,
            date_quality=quality,
            version=version,
            status=status,
            cluster_id=cluster,
        )
        for number, url, title, kind, publisher, published, quality, version, status, cluster in conn.execute(
            _FACTS, (wanted,)
        )
    }


def _labels(conn: sqlite3.Connection, sql: str, wanted: str) -> defaultdict[int, list[Label]]:
    found: defaultdict[int, list[Label]] = defaultdict(list)
    for number, slug, title in conn.execute(sql, (wanted,)):
        found[number].append(Label(slug, title))
    return found


_RANGE = """
SELECT update_id, group_concat(type) FROM (
  SELECT update_id, type FROM changes
  WHERE seq > :after AND seq <= :until AND type IN (SELECT value FROM json_each(:types)) ORDER BY seq
) GROUP BY update_id ORDER BY update_id DESC
"""
_EDITS = """
WITH edits AS (
  SELECT c.update_id, min(v.version) AS first, max(v.version) AS last, sum(v.words_added) AS added, sum(v.words_removed) AS removed
  FROM (SELECT DISTINCT update_id, version, at FROM changes WHERE seq > :after AND seq <= :until AND type = 'edited') c
  JOIN versions v ON v.update_id = c.update_id AND v.version = c.version AND v.seen_at = c.at
  WHERE c.update_id IN (SELECT value FROM json_each(:ids)) GROUP BY c.update_id
)
SELECT e.update_id, e.added, e.removed, e.last,
       (SELECT max(p.version) FROM versions p WHERE p.update_id = e.update_id AND p.version < e.first AND p.has_text) AS base
FROM edits e
"""


def edits(conn: sqlite3.Connection, ids: Iterable[int], after: int, until: int) -> dict[int, Edit]:
    """What the edits among these changes did to the texts of these updates.

    A change of type `edited` without a version of its own (a consultation that has closed) did nothing to the text.
    Versions that were declared and never seen are no base to compare with.
    """
    given = {"ids": json.dumps(list(ids)), "after": after, "until": until}
    return {
        number: Edit(added, removed, (base, last) if base else None)
        for number, added, removed, last, base in conn.execute(_EDITS, given)
    }


def contents(conn: sqlite3.Connection, criteria: Criteria, after: int, until: int, limit: int) -> Contents:
    """What happened in the changes ``after < seq <= until`` to updates that hold to the criteria; newest updates first.

    What came and was taken down within the range is not told at all. The same story is told once, with its other
    publishers.
    """
    span = {"after": after, "until": until}
    rows = {
        number: tuple(dict.fromkeys(types.split(",")))
        for number, types in conn.execute(_RANGE, {**span, "types": json.dumps(TOLD)})
    }
    ids: list[int] = []
    everything = list(rows)
    for start in range(0, len(everything), CHANGES_SCANNED):
        chunk = everything[start : start + CHANGES_SCANNED]
        found = matching(conn, criteria, chunk)
        ids += [number for number in chunk if number in found]
    known = facts(conn, ids)
    told = [n for n in ids if not (known[n].status == "redacted" and "new" in rows[n])]
    first, copies = _folded(told, known, {n for n in told if rows[n][0] == "new"})
    shown = first[:limit]
    changed = edits(conn, shown, after, until)
    lines = tuple(
        Line(known[n], rows[n], changed.get(n), tuple(dict.fromkeys(known[c].publisher for c in copies[n])))
        for n in shown
    )
    return Contents(lines, len(first) - len(shown), is_invented(conn))


def _folded(ids: Sequence[int], known: Mapping[int, Facts], fresh: set[int]) -> tuple[list[int], dict[int, list[int]]]:
    """The ids without those new ones whose story an older new one tells; and which those are."""
    oldest: dict[int, int] = {}
    for number in ids:
        if number in fresh:
            cluster = known[number].cluster_id
            oldest[cluster] = min(number, oldest.get(cluster, number))
    first: list[int] = []
    copies: dict[int, list[int]] = {number: [] for number in ids}
    for number in ids:
        teller = oldest[known[number].cluster_id] if number in fresh else number
        if teller == number:
            first.append(number)
        else:
            copies[teller].append(number)
    return first, copies
