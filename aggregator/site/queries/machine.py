"""What monitoring and crawlers are told."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

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
    return Health(tuple(reasons), _size(conn), newest[0] if newest else "", last[0] if last else "", states)


def _size(conn: sqlite3.Connection) -> int:
    stored = conn.execute("SELECT n FROM table_counts WHERE name = 'updates'").fetchone()
    return int(stored[0] if stored else conn.execute("SELECT count(*) FROM updates").fetchone()[0])


def metrics(conn: sqlite3.Connection, now: Utc) -> list[str]:
    """Prometheus text format, one line each."""
    found = health(conn, now)
    newest = conn.execute("SELECT coalesce(max(seq), 0) FROM changes").fetchone()[0]
    lines = [
        "# HELP met_healthy 1 while /-/health answers 200.",
        "# TYPE met_healthy gauge",
        f"met_healthy {0 if found.reasons else 1}",
        "# HELP met_updates Updates in the archive.",
        "# TYPE met_updates gauge",
        f"met_updates {found.updates}",
        "# HELP met_change_seq Newest change: the cursor of changes_since.",
        "# TYPE met_change_seq counter",
        f"met_change_seq {newest}",
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


def addresses(conn: sqlite3.Connection, newest: int) -> list[tuple[str, str]]:
    """Paths worth indexing and when they last changed ("" where that is not known)."""
    found = [(f"/topics/{slug}", "") for (slug,) in conn.execute("SELECT slug FROM topics ORDER BY slug")]
    found += [(f"/places/{slug}", "") for (slug,) in conn.execute("SELECT slug FROM places ORDER BY slug")]
    found += [(f"/statistics/{name}", "") for (name,) in conn.execute("SELECT id FROM datasets ORDER BY id")]
    sql = "SELECT id, changed_at FROM updates WHERE id = cluster_id AND status <> 'redacted' ORDER BY id DESC LIMIT ?"
    found += [(f"/updates/{update}", changed) for update, changed in conn.execute(sql, (newest,))]
    return found
