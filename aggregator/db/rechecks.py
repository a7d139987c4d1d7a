"""Items that have left their feed's window, looked at again in turn: an item that its publisher took down is in no feed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

from aggregator.clock import epoch, plus
from aggregator.limits import LAST_SEEN_STEP_S, RECHECK_WINDOW_S
from aggregator.models import Utc


def due(conn: sqlite3.Connection, source_id: str, now: Utc, limit: int) -> list[tuple[str, str]]:
    """(key, url) of the items not looked at for longest, none of them seen within a day or older than the window.

    In turn whatever the answer was: pages that cannot be had (a bot challenge) must not keep the others waiting.
    """
    rows = conn.execute(
        "SELECT key, url FROM updates WHERE source_id = ? AND last_seen_at <= ? AND url IS NOT NULL AND id >= ? "
        "AND status IN ('live','withdrawn') ORDER BY coalesce(rechecked_at, last_seen_at), id LIMIT ?",
        (source_id, plus(now, -LAST_SEEN_STEP_S), (epoch(now) - RECHECK_WINDOW_S) * 1000, limit),
    )
    return [(key, url) for key, url in rows]


def asked(conn: sqlite3.Connection, source_id: str, keys: Iterable[str], now: Utc) -> None:
    """Records that these items were looked at, whatever came of it."""
    conn.execute(
        "UPDATE updates SET rechecked_at = ? WHERE source_id = ? AND key IN (SELECT value FROM json_each(?))",
        (now, source_id, json.dumps(list(keys))),
    )


def seen(conn: sqlite3.Connection, source_id: str, keys: Iterable[str], now: Utc) -> None:
    """Records that items are still where they were."""
    conn.execute(
        "UPDATE updates SET last_seen_at = ?, missing = 0, missing_since = NULL "
        "WHERE source_id = ? AND key IN (SELECT value FROM json_each(?))",
        (now, source_id, json.dumps(list(keys))),
    )
