"""What is to come: meetings and statistics releases."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from aggregator.models import Utc
from aggregator.site.times import midnight, when
from aggregator.site.views import When


@dataclass(frozen=True, slots=True)
class Event:
    """A meeting or a release. ``starts`` is None where only words are known (``text``)."""

    sort: str  # meeting | release
    uid: str
    title: str
    by: str
    path: str  # our page, "" for releases
    url: str  # the publisher's
    starts: When | None
    ends: When | None
    day_only: bool
    text: str
    state: str
    previous: str  # the date it was moved from, in words
    changed_at: str
    cancelled: bool = False


_MEETINGS = """
SELECT u.id, u.title, s.publisher, coalesce(u.url, '') AS url, u.starts_at, u.ends_at, u.status,
       max(u.changed_at, coalesce(u.status_at, '')) AS changed_at
FROM updates u JOIN sources s ON s.id = u.source_id
WHERE u.starts_at >= :since AND u.starts_at < :until AND s.kind <> 'calendar' AND u.id = (
  SELECT min(v.id) FROM updates v WHERE v.cluster_id = u.cluster_id AND v.starts_at IS NOT NULL)
ORDER BY u.starts_at LIMIT :limit
"""
_RELEASES = """
SELECT key, title, publisher, url, due_at, due_text, previous_due_at, previous_due_text, state, changed_at
FROM scheduled_releases
WHERE (due_at >= :since AND due_at < :until) OR (due_at IS NULL AND state NOT IN ('published', 'cancelled') AND :undated)
ORDER BY due_at IS NULL, due_at, title LIMIT :limit
"""
FOR_EVER = "9999"


def coming(
    conn: sqlite3.Connection, now: Utc, *, limit: int, days_back: int = 0, undated: bool = False
) -> tuple[Event, ...]:
    """Meetings and releases from the beginning of today (or so many days back), soonest first."""
    given = {"since": midnight(now, -days_back), "until": FOR_EVER, "limit": limit, "undated": undated}
    events = [_meeting(r) for r in conn.execute(_MEETINGS, given)] + [
        _release(r) for r in conn.execute(_RELEASES, given)
    ]
    return tuple(sorted(events, key=lambda e: e.starts.utc if e.starts else FOR_EVER)[:limit])


_MEETINGS_IN = """
SELECT u.id, u.title, s.publisher, coalesce(u.url, '') AS url, u.starts_at, u.ends_at, u.status,
       max(u.changed_at, coalesce(u.status_at, '')) AS changed_at
FROM updates u JOIN sources s ON s.id = u.source_id
WHERE u.starts_at >= :since AND s.kind <> 'calendar' AND EXISTS (SELECT 1 FROM update_places p WHERE p.place = :place AND p.update_id = u.id)
ORDER BY u.starts_at LIMIT :limit
"""


def meetings_in(conn: sqlite3.Connection, place: str, now: Utc, *, limit: int) -> tuple[Event, ...]:
    """Meetings to come in a borough, soonest first."""
    given = {"since": midnight(now), "place": place, "limit": limit}
    return tuple(_meeting(r) for r in conn.execute(_MEETINGS_IN, given))


def _meeting(row: sqlite3.Row) -> Event:
    return Event(
        sort="meeting",
        uid=f"update-{row['id']}",
        title=row["title"],
        by=row["publisher"],
        path=f"/updates/{row['id']}",
        url=row["url"],
        starts=when(row["starts_at"]),
        ends=when(row["ends_at"]),
        day_only=False,
        text="",
        state="",
        previous="",
        changed_at=row["changed_at"],
        cancelled=row["status"] in ("withdrawn", "gone"),
    )


def _release(row: sqlite3.Row) -> Event:
    day_only = bool(row["due_at"]) and len(row["due_at"]) == len("2026-01-31")
    previous = when(row["previous_due_at"])
    return Event(
        sort="release",
        uid=f"release-{row['key']}",
        title=row["title"],
        by=row["publisher"],
        path="",
        url=row["url"],
        starts=when(row["due_at"], "day" if day_only else "exact"),
        ends=None,
        day_only=day_only,
        text=row["due_text"],
        state=row["state"],
        previous=row["previous_due_text"] or (previous.text if previous else ""),
        changed_at=row["changed_at"],
        cancelled=row["state"] == "cancelled",
    )
