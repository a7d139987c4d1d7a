"""What the front page says: how much is new, by kind, and which topics move."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from aggregator.models import Utc
from aggregator.site.queries import lists, updates
from aggregator.site.views import Count, Item
from aggregator.text.query import Filters, Query
from aggregator.text.times import LONDON, first_id, midnight, parse
from aggregator.text.words import KINDS

WEEK_DAYS = 7
USUAL_WEEKS = 4
PER_KIND = 3
TOPICS_SHOWN = 8
CHANGED_SHOWN = 5
EDITS_LOOKED_AT = 40
"""A policy may have changed several times in a week, and is shown once."""


@dataclass(frozen=True, slots=True)
class Group:
    """The updates of one kind this week: how many, how many of them today, and the newest."""

    kind: str
    n: int
    today: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Front:
    """The front page."""

    today: int
    week: int
    since: date  # first day of the week shown
    groups: tuple[Group, ...]
    topics: tuple[Count, ...]
    latest: tuple[Item, ...]  # where the week brought nothing: the newest there is
    total: bool  # is there any update at all?


def front(conn: sqlite3.Connection, now: Utc) -> Front:
    """Everything of the front page that comes from updates."""
    week_ago, today = midnight(now, 1 - WEEK_DAYS), midnight(now)
    counts, of_today = _by_kind(conn, week_ago), _by_kind(conn, today)
    since = _london_date(week_ago)
    groups = tuple(
        Group(
            kind,
            counts[kind],
            of_today.get(kind, 0),
            lists.page(conn, _of(kind, since), before=None, limit=PER_KIND).items,
        )
        for kind in _ordered(counts)
    )
    latest = () if groups else lists.page(conn, Query(), before=None, limit=20).items
    return Front(
        today=sum(of_today.values()),
        week=sum(counts.values()),
        since=since,
        groups=groups,
        topics=moving_topics(conn, now),
        latest=latest,
        total=bool(groups or latest),
    )


def _of(kind: str, since: date) -> Query:
    return replace(Query(), only=Filters(kind=(kind,)), after=since)


def _london_date(at: Utc) -> date:
    moment = parse(at)
    if moment is None:
        raise ValueError(f"not a UTC time: {at!r}")
    return moment.astimezone(LONDON).date()


def _by_kind(conn: sqlite3.Connection, since: Utc) -> dict[str, int]:
    sql = "SELECT kind, count(DISTINCT cluster_id) FROM updates WHERE id >= ? GROUP BY kind"
    return dict(conn.execute(sql, (first_id(since),)).fetchall())


def _ordered(kinds: dict[str, int]) -> Sequence[str]:
    return [k for k in KINDS if k in kinds] + sorted(k for k in kinds if k not in KINDS)


def changed_policies(conn: sqlite3.Connection, now: Utc, limit: int = CHANGED_SHOWN) -> tuple[updates.Edit, ...]:
    """Policies whose text changed this week, each once, with its latest change. They are old by date, and so nowhere else."""
    since = midnight(now, 1 - WEEK_DAYS)
    found: dict[int, updates.Edit] = {}
    for edit in updates.edits(conn, silent=False, kind="policy", before="", limit=EDITS_LOOKED_AT).edits:
        if edit.comparable and edit.version.seen and edit.version.seen.utc >= since:
            found.setdefault(edit.version.update_id, edit)
    return updates.with_first_changes(conn, tuple(found.values())[:limit])


def moving_topics(conn: sqlite3.Connection, now: Utc, limit: int = TOPICS_SHOWN) -> tuple[Count, ...]:
    """Topics of this week, those furthest above their usual week first."""
    week = first_id(midnight(now, 1 - WEEK_DAYS))
    usual = first_id(midnight(now, 1 - WEEK_DAYS * (USUAL_WEEKS + 1)))
    sql = """
    SELECT ut.topic, t.title, sum(ut.update_id >= :week) AS n, sum(ut.update_id < :week) AS earlier
    FROM update_topics ut JOIN topics t ON t.slug = ut.topic WHERE ut.update_id >= :usual
    GROUP BY ut.topic HAVING n > 0
    """
    rows = conn.execute(sql, {"week": week, "usual": usual}).fetchall()
    counts = [Count(slug, title, n, round(earlier / USUAL_WEEKS, 1)) for slug, title, n, earlier in rows]
    return tuple(sorted(counts, key=lambda c: (-(c.n - (c.usual or 0)), -c.n, c.title))[:limit])
