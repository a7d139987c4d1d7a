"""What is to come: meetings and statistics releases."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from aggregator.models import Utc
from aggregator.text.dates import is_day
from aggregator.text.times import When, midnight, span, when


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
    until: str = ""  # the last day, YYYY-MM-DD, of what takes days, or may come on any of them

    @property
    def by_month(self) -> bool:
        """The publisher has named a month, or months, and no day."""
        return self.day_only and self.starts is not None and len(self.starts.iso) == len("2027-01")

    @property
    def order(self) -> tuple[str, str]:
        """By time; what may come on any day of a month after the days of that month, what has no date at the end."""
        if self.by_month:
            return (self.until + "~", self.title)
        return (self.starts.utc if self.starts else FOR_EVER, self.title)


_MEETINGS = """
SELECT u.id, u.title, s.publisher, coalesce(u.url, '') AS url, u.starts_at, u.ends_at, u.status,
       max(u.changed_at, coalesce(u.status_at, '')) AS changed_at
FROM updates u JOIN sources s ON s.id = u.source_id
WHERE u.starts_at >= :since AND u.starts_at < :until AND s.kind <> 'calendar' AND u.id = (
  SELECT min(v.id) FROM updates v WHERE v.cluster_id = u.cluster_id AND v.starts_at IS NOT NULL)
ORDER BY u.starts_at LIMIT :limit
"""
_RELEASES = """
SELECT key, title, publisher, url, due_at, due_until, due_text, previous_due_at, previous_due_text, state, changed_at
FROM scheduled_releases
WHERE (coalesce(due_until || 'T23:59:59Z', due_at) >= :since AND due_at < :until) OR (due_at IS NULL AND state NOT IN ('published', 'cancelled') AND :undated)
ORDER BY due_at IS NULL, coalesce(due_until || '~', due_at), title LIMIT :limit
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
    return tuple(sorted(events, key=lambda e: e.order)[:limit])


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
    starts, ends = span(row["starts_at"], row["ends_at"])
    return Event(
        sort="meeting",
        uid=f"update-{row['id']}",
        title=row["title"],
        by=row["publisher"],
        path=f"/updates/{row['id']}",
        url=row["url"],
        starts=starts,
        ends=ends,
        day_only=is_day(row["starts_at"]),
        text="",
        state="",
        previous="",
        changed_at=row["changed_at"],
        cancelled=row["status"] in ("withdrawn", "gone"),
        until=row["ends_at"][:10] if row["ends_at"] and is_day(row["ends_at"]) else "",
    )


def _release(row: sqlite3.Row) -> Event:
    until = row["due_until"] or ""
    starts, _ = span(row["due_at"], f"{until}T00:00:00Z" if until else None)
    previous = when(row["previous_due_at"])
    return Event(
        sort="release",
        uid=f"release-{row['key']}",
        title=row["title"],
        by=row["publisher"],
        path="",
        url=row["url"],
        starts=starts,
        ends=None,
        day_only=bool(row["due_at"]) and is_day(row["due_at"]),
        text=row["due_text"],
        state=row["state"],
        previous=row["previous_due_text"] or (previous.text if previous else ""),
        changed_at=row["changed_at"],
        cancelled=row["state"] == "cancelled",
        until=until,
    )
