"""What goes on the time axis of a topic: its figures, the changes of its policies, how much was published."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aggregator.limits import MAX_MARKERS
from aggregator.models import Utc
from aggregator.site.queries import figures, statistics, stops, sums, taxonomy
from aggregator.text.times import When, first_id, when

MONTH = re.compile(r"\d{4}-\d{2}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Marker:
    """A policy that was published or changed. ``silent``: the publisher declared no change."""

    month: str
    at: When | None
    title: str
    path: str
    changed: bool
    silent: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """One monthly series of figures."""

    title: str
    path: str
    values: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The months of a topic, oldest first, and what belongs to them."""

    months: tuple[taxonomy.Month, ...]
    markers: tuple[Marker, ...]  # newest first
    figure: Figure | None

    @property
    def changes(self) -> dict[str, int]:
        """How many policies were published or changed, by month."""
        return dict(Counter(m.month for m in self.markers))


def of_topic(conn: sqlite3.Connection, slug: str, family: Sequence[str], now: Utc) -> Timeline:
    """The timeline of a topic; ``family`` is the topic and those below it."""
    months = taxonomy.months(conn, family, now)
    since = Utc(f"{months[0].month}-01T00:00:00Z")
    return Timeline(months, markers(conn, family, since), figure(conn, slug))


_MARKERS = """
SELECT u.id, u.title, coalesce(u.published_at, u.first_seen_at) AS at, 0 AS version, 0 AS silent
FROM updates u
WHERE u.kind = 'policy' AND u.id >= :since_id AND u.id = u.cluster_id AND u.published_at IS NOT NULL
  AND EXISTS (SELECT 1 FROM update_topics x WHERE x.update_id = u.id AND x.topic IN (SELECT value FROM json_each(:topics)))
UNION ALL
SELECT u.id, u.title, coalesce(v.declared_at, v.seen_at), v.version, v.silent
FROM updates u JOIN versions v ON v.update_id = u.id AND v.version > 1
WHERE u.kind = 'policy' AND coalesce(v.declared_at, v.seen_at) >= :since
  AND EXISTS (SELECT 1 FROM update_topics x WHERE x.update_id = u.id AND x.topic IN (SELECT value FROM json_each(:topics)))
ORDER BY at DESC, 1 DESC LIMIT :limit
"""


def markers(conn: sqlite3.Connection, topics: Sequence[str], since: Utc) -> tuple[Marker, ...]:
    """Policies under these topics that were published or changed since then, newest first.

    A change is dated by its publisher's word where there is one, else by when it was seen.
    """
    given = {"topics": json.dumps(list(topics)), "since": since, "since_id": first_id(since), "limit": MAX_MARKERS}
    return tuple(
        Marker(
            month=row["at"][:7],
            at=when(row["at"], "day"),
            title=row["title"],
            path=f"/updates/{row['id']}" + (f"/versions/{row['version']}" if row["version"] else ""),
            changed=row["version"] > 1,
            silent=bool(row["silent"]),
        )
        for row in conn.execute(_MARKERS, given)
    )


_CATEGORY = """
SELECT c.dataset_id, c.code, c.title AS category, d.title AS dataset FROM categories c JOIN datasets d ON d.id = c.dataset_id
WHERE c.topic = ? AND d.topic = '' ORDER BY length(c.code) - length(replace(c.code, '/', '')), c.code LIMIT 1
"""


def figure(conn: sqlite3.Connection, topic: str) -> Figure | None:
    """The monthly figures of a topic for the whole of London: a data set's own, else the broadest category's."""
    whole = conn.execute("SELECT id, title FROM datasets WHERE topic = ? ORDER BY id LIMIT 1", (topic,)).fetchone()
    if whole is not None and whole["id"] == stops.DATASET:
        points = stops.series(conn, stops.choose(conn, measure="", area=""))
        return _figure("Searches a month", f"/statistics/{whole['id']}", points)
    row = conn.execute(_CATEGORY, (topic,)).fetchone()
    if row is None:
        return None
    choice = statistics.choose(conn, row["dataset_id"], measure="", area="", category=row["code"])
    points = sums.in_part(conn, row["dataset_id"], choice, statistics.series(conn, row["dataset_id"], choice))
    path = f"/statistics/{row['dataset_id']}?category={row['code']}"
    return _figure(f"{row['category']} ({row['dataset'].lower()})", path, points)


def _figure(title: str, path: str, points: Sequence[statistics.Point]) -> Figure | None:
    values = {period: value for period, value in figures.believed(points) if MONTH.match(period)}
    return Figure(title, path, values) if sum(v is not None for v in values.values()) > 1 else None
