"""Offences: named things of the tag model that have a page of their own below their topic."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from urllib.parse import urlencode

from aggregator.models import Utc
from aggregator.site.evidence import Tagged, tag
from aggregator.site.queries import lists
from aggregator.site.views import Count, Item, Link, Page
from aggregator.tagging import entities
from aggregator.text.query import Selection
from aggregator.text.times import first_id, midnight

RECENT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Offence:
    """An offence with at least one update. ``topic`` is what it stands under; None where that is not known."""

    id: int
    slug: str
    title: str
    topic: Link | None
    recent: int


@cache
def _topics() -> dict[str, str]:
    """The topic of each offence, by slug."""
    return {e.slug: e.topic for e in entities.load() if e.type == "offence"}


def one(conn: sqlite3.Connection, slug: str, now: Utc) -> Offence | None:
    """An offence; None where no update names one of this slug."""
    sql = """
    SELECT e.id, e.title, (SELECT count(*) FROM update_entities x WHERE x.entity_id = e.id AND x.update_id >= ?)
    FROM entities e WHERE e.type = 'offence' AND e.slug = ?
    """
    row = conn.execute(sql, (first_id(midnight(now, -RECENT_DAYS)), slug)).fetchone()
    if row is None:
        return None
    topic = conn.execute("SELECT title FROM topics WHERE slug = ?", (_topics().get(slug, ""),)).fetchone()
    return Offence(row[0], slug, row[1], Link(topic[0], f"/topics/{_topics()[slug]}") if topic else None, row[2])


def under(conn: sqlite3.Connection, topics: Sequence[str]) -> tuple[Count, ...]:
    """The offences under these topics that are named in any update, with how many name them."""
    wanted = [slug for slug, topic in _topics().items() if topic in topics]
    sql = """
    SELECT e.slug, e.title, count(*) FROM entities e JOIN update_entities x ON x.entity_id = e.id
    WHERE e.type = 'offence' AND e.slug IN (SELECT value FROM json_each(?)) GROUP BY e.id ORDER BY e.title
    """
    return tuple(Count(*row) for row in conn.execute(sql, (json.dumps(wanted),)))


def page(conn: sqlite3.Connection, offence: Offence, *, before: int | None, limit: int) -> Page:
    """The updates that name an offence, newest first, each with the words that do."""
    selection = Selection(
        ids="SELECT update_id AS id FROM update_entities WHERE entity_id = :entity AND update_id < :before "
        "ORDER BY update_id DESC LIMIT :limit",
        member="EXISTS (SELECT 1 FROM update_entities x WHERE x.entity_id = :entity AND x.update_id = v.id)",
        params={"entity": offence.id},
    )
    ids = lists.select_ids(conn, selection, before, limit + 1)
    items = lists.items(conn, lists.folded(conn, selection, ids[:limit]))
    return Page(tuple(_explained(conn, offence, item) for item in items), ids[limit - 1] if len(ids) > limit else None)


def _explained(conn: sqlite3.Connection, offence: Offence, item: Item) -> Item:
    """The update with the offence among its tags, and its evidence."""
    sql = """SELECT x.evidence, coalesce(t.body, '') FROM update_entities x LEFT JOIN texts t ON t.update_id = x.update_id
             WHERE x.entity_id = ? AND x.update_id = ?"""
    evidence, body = conn.execute(sql, (offence.id, item.id)).fetchone()
    texts = {"title": item.title, "summary": item.summary, "body": body}
    own = tag(Tagged("topic", offence.slug, offence.title, "model", None, evidence), texts)
    return replace(item, tags=(*item.tags, own))


_NAMED = """
SELECT e.type, e.slug, e.title FROM update_entities x JOIN entities e ON e.id = x.entity_id
WHERE x.update_id = ? ORDER BY e.type, e.title
"""


def named_in(conn: sqlite3.Connection, update_id: int) -> tuple[Link, ...]:
    """Offences, Acts, operations and programmes that an update names; offences lead to their page, the rest to a search."""
    return tuple(
        Link(title, f"/topics/{slug}" if sort == "offence" else f"/search?{urlencode({'q': _quoted(title)})}", sort)
        for sort, slug, title in conn.execute(_NAMED, (update_id,))
    )


def _quoted(title: str) -> str:
    return '"' + title.replace('"', "") + '"'
