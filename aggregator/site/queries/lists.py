"""Lists of updates: newest first, paged by id, the same story once, each with its tags."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from aggregator.site.evidence import Tagged, tag
from aggregator.site.views import Copy, Item, Page, Tag
from aggregator.text.query import HIGHEST_ID, Query, Selection, select
from aggregator.text.times import span, when

_ROWS = """
SELECT u.id, u.title, u.summary, coalesce(u.url, '') AS url, u.kind, u.source_id, s.title AS source, s.publisher, s.licence,
       coalesce(u.published_at, u.first_seen_at) AS at, u.published_at IS NULL AS undated, u.date_quality,
       coalesce((SELECT max(c.at) FROM changes c WHERE c.update_id = u.id AND c.type <> 'retagged'), u.changed_at) AS changed_at,
       u.status, u.version, u.starts_at, u.ends_at, u.cluster_id
FROM updates u JOIN sources s ON s.id = u.source_id
WHERE u.id IN (SELECT value FROM json_each(?))
"""


def children(conn: sqlite3.Connection) -> dict[str, tuple[str, ...]]:
    """The topics below each topic that has any."""
    found: dict[str, list[str]] = defaultdict(list)
    for parent, slug in conn.execute("SELECT parent, slug FROM topics WHERE parent IS NOT NULL ORDER BY position"):
        found[parent].append(slug)
    return {parent: tuple(slugs) for parent, slugs in found.items()}


def page(
    conn: sqlite3.Connection, query: Query, *, before: int | None, limit: int, evidence_for: Sequence[str] = ()
) -> Page:
    """One page of a list.

    ``evidence_for``: topics and places whose evidence the page unfolds. A story that several sources carry is shown once,
    as the oldest copy that is in the list; so a page may be shorter than ``limit`` while the list goes on.
    """
    selection = select(query, children(conn))
    ids = select_ids(conn, selection, before, limit + 1)
    shown = folded(conn, selection, ids[:limit])
    return Page(items(conn, shown, evidence_for), ids[limit - 1] if len(ids) > limit else None)


def select_ids(conn: sqlite3.Connection, selection: Selection, before: int | None, limit: int) -> list[int]:
    """The ids of a selection, newest first; ``before`` 0 gives none, as in the canned queries: nothing comes before it."""
    params = {**selection.params, "before": HIGHEST_ID if before is None else before, "limit": limit}
    return [row[0] for row in conn.execute(selection.ids, params)]


def folded(conn: sqlite3.Connection, selection: Selection, ids: Sequence[int]) -> list[int]:
    """The ids without those whose story an older update of the same selection tells already."""
    sql = f"""
    SELECT u.id FROM updates u WHERE u.id IN (SELECT value FROM json_each(:ids)) AND EXISTS (
      SELECT 1 FROM updates v WHERE v.cluster_id = u.cluster_id AND v.id < u.id AND {selection.member})
    """  # noqa: S608 - member is built of constants
    told = {row[0] for row in conn.execute(sql, {**selection.params, "ids": json.dumps(ids)})}
    return [i for i in ids if i not in told]


def items(conn: sqlite3.Connection, ids: Sequence[int], evidence_for: Sequence[str] = ()) -> tuple[Item, ...]:
    """The updates with these ids, in this order. Ids that are not there are left out."""
    wanted = json.dumps(list(ids))
    rows = {row["id"]: row for row in conn.execute(_ROWS, (wanted,))}
    tags = _tags(conn, wanted, rows, evidence_for)
    copies = _copies(conn, rows)
    return tuple(
        replace(
            _item(rows[i]), tags=tuple(tags[i]), copies=tuple(c for c in copies[rows[i]["cluster_id"]] if c.id != i)
        )
        for i in ids
        if i in rows
    )


def _item(row: sqlite3.Row) -> Item:
    quality = "exact" if row["undated"] else row["date_quality"]
    return Item(
        **{k: row[k] for k in ("id", "title", "summary", "url", "kind", "source_id", "source", "publisher", "licence")},
        **{k: row[k] for k in ("changed_at", "status", "version")},
        published=when(row["at"], quality),
        undated=bool(row["undated"]),
        starts=span(row["starts_at"], row["ends_at"])[0],
    )


_TAGS = """
SELECT ut.update_id AS id, 'topic' AS sort, ut.topic AS slug, t.title, ut.origin, ut.score, ut.evidence
FROM update_topics ut JOIN topics t ON t.slug = ut.topic WHERE ut.update_id IN (SELECT value FROM json_each(:ids))
UNION ALL
SELECT up.update_id, 'place', up.place, p.name, up.origin, NULL, up.evidence
FROM update_places up JOIN places p ON p.slug = up.place WHERE up.update_id IN (SELECT value FROM json_each(:ids))
ORDER BY 1, 2 DESC, 6 DESC, 4
"""


def _tags(
    conn: sqlite3.Connection, wanted: str, rows: Mapping[int, sqlite3.Row], evidence_for: Sequence[str]
) -> dict[int, list[Tag]]:
    found: dict[int, list[Tag]] = defaultdict(list)
    tagged = conn.execute(_TAGS, {"ids": wanted}).fetchall()
    bodies = _bodies(conn, [r["id"] for r in tagged if r["slug"] in evidence_for])
    for row in tagged:
        update = rows[row["id"]]
        unfold = row["slug"] in evidence_for
        texts = {"title": update["title"], "summary": update["summary"], "body": bodies.get(row["id"], "")}
        found[row["id"]].append(tag(Tagged(**{k: row[k] for k in Tagged.__slots__}), texts if unfold else None))
    return found


def _bodies(conn: sqlite3.Connection, ids: Sequence[int]) -> dict[int, str]:
    sql = "SELECT update_id, body FROM texts WHERE update_id IN (SELECT value FROM json_each(?))"
    return dict(conn.execute(sql, (json.dumps(list(ids)),)).fetchall()) if ids else {}


def _copies(conn: sqlite3.Connection, rows: Mapping[int, sqlite3.Row]) -> dict[int, list[Copy]]:
    found: dict[int, list[Copy]] = defaultdict(list)
    sql = """SELECT u.cluster_id, u.id, u.title, s.title, coalesce(m.reason, '')
             FROM updates u JOIN sources s ON s.id = u.source_id LEFT JOIN cluster_members m ON m.update_id = u.id
             WHERE u.cluster_id IN (SELECT value FROM json_each(?)) ORDER BY u.id"""
    for cluster, update, title, source, reason in conn.execute(
        sql, (json.dumps([r["cluster_id"] for r in rows.values()]),)
    ):
        found[cluster].append(Copy(update, title, source, reason))
    return found
