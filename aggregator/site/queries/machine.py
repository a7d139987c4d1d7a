"""What monitoring and crawlers are told."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aggregator.clock import plus
from aggregator.limits import HEALTH_STALE_S
from aggregator.models import Utc


@dataclass(frozen=True, slots=True)
class Health:
    """Reasons why the site cannot do its work; none when all is well."""

    reasons: tuple[str, ...] = ()
    updates: int = 0
    newest: str = ""
    last_round: str = ""
    states: dict[str, int] = field(default_factory=dict)
    newest_seq: int = 0
    newest_change: str = ""


def health(conn: sqlite3.Connection, now: Utc) -> Health:
    """The state of the archive as a monitor wants it."""
    newest = conn.execute(
        "SELECT coalesce(published_at, first_seen_at) FROM updates ORDER BY id DESC LIMIT 1"
    ).fetchone()
    last = conn.execute("SELECT started_at FROM fetches ORDER BY id DESC LIMIT 1").fetchone()
    states = dict(conn.execute("SELECT state, count(*) FROM source_health GROUP BY state").fetchall())
    reasons = []
    if newest is None:
        reasons.append("nothing has been collected yet: run `aggregator collect`")
    if last is None:
        reasons.append("no source has been asked yet: the collector is not running")
    elif last[0] < plus(now, -HEALTH_STALE_S):
        reasons.append(f"no source has been asked since {last[0]}: the collector is not running")
    working = sum(n for state, n in states.items() if state in ("ok", "silent", "empty"))
    if last is not None and not working:
        reasons.append("no source can be read at present: see /sources")
    change = conn.execute("SELECT seq, at FROM changes ORDER BY seq DESC LIMIT 1").fetchone() or (0, "")
    return Health(tuple(reasons), _size(conn), newest[0] if newest else "", last[0] if last else "", states, *change)


def _size(conn: sqlite3.Connection) -> int:
    stored = conn.execute("SELECT n FROM table_counts WHERE name = 'updates'").fetchone()
    return int(stored[0] if stored else conn.execute("SELECT count(*) FROM updates").fetchone()[0])


def metrics(conn: sqlite3.Connection, now: Utc) -> list[str]:
    """Prometheus text format, one line each."""
    found = health(conn, now)
    lines = [
        "# HELP met_healthy 1 while /-/health answers 200.",
        "# TYPE met_healthy gauge",
        f"met_healthy {0 if found.reasons else 1}",
        "# HELP met_updates Updates in the archive.",
        "# TYPE met_updates gauge",
        f"met_updates {found.updates}",
        "# HELP met_change_seq Newest change: the cursor of changes_since.",
        "# TYPE met_change_seq counter",
        f"met_change_seq {found.newest_seq}",
        "# HELP met_sources Sources by state.",
        "# TYPE met_sources gauge",
        *(f'met_sources{{state="{state}"}} {n}' for state, n in sorted(found.states.items())),
        "# HELP met_source_failures Failed rounds since the last good one.",
        "# TYPE met_source_failures gauge",
    ]
    for source, failures in conn.execute(
        "SELECT source_id, consecutive_failures FROM source_health ORDER BY source_id"
    ):
        lines.append(f'met_source_failures{{source="{_label(source)}"}} {failures}')
    return lines


def _label(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def pages(conn: sqlite3.Connection) -> list[tuple[str, str]]:
    """Paths of topics, offences, places and data sets; when they last changed is not known ("")."""
    sql = """
    SELECT '/topics/' || slug FROM topics UNION ALL SELECT '/topics/' || slug FROM entities WHERE type = 'offence'
    UNION ALL SELECT '/places/' || slug FROM places UNION ALL SELECT '/statistics/' || id FROM datasets ORDER BY 1
    """
    return [(path, "") for (path,) in conn.execute(sql)]


def updates(conn: sqlite3.Connection, first: int, last: int, limit: int) -> list[tuple[str, str]]:
    """Paths of the newest updates with an id from ``first`` to below ``last``, each story once, and when they changed."""
    sql = """SELECT id, max(changed_at, coalesce(status_at, '')) FROM updates
             WHERE id >= ? AND id < ? AND id = cluster_id AND status <> 'redacted' ORDER BY id DESC LIMIT ?"""
    return [(f"/updates/{update}", changed) for update, changed in conn.execute(sql, (first, last, limit))]


def months(conn: sqlite3.Connection, more_than: int) -> list[str]:
    """The months from the first update to the last, newest first; [] where there are no more updates than that.

    Counts no further than it must, and finds both ends by their key.
    """
    several = conn.execute("SELECT 1 FROM updates LIMIT 1 OFFSET ?", (more_than,)).fetchone()
    if not several:
        return []
    ends = conn.execute("SELECT (SELECT min(id) FROM updates) / 1000, (SELECT max(id) FROM updates) / 1000").fetchone()
    first, last = (datetime.fromtimestamp(max(end, 0), UTC) for end in ends)
    count = (last.year - first.year) * 12 + last.month - first.month + 1
    start = last.year * 12 + last.month - 1
    return [f"{(start - n) // 12:04}-{(start - n) % 12 + 1:02}" for n in range(count)]
