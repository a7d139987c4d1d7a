"""What a round's new and changed texts have to do with the rest of the archive. Works inside the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from aggregator.archive.decide import Add, Intent, Restate, Revise, Touch
from aggregator.db import clusters, related
from aggregator.models import Source, Utc


def connect(conn: sqlite3.Connection, source: Source, intents: Sequence[Intent], now: Utc) -> None:
    """Clusters and links everything that was added or revised; links what was redirected to its successor."""
    fresh = [i.entry.key for i in intents if isinstance(i, Add | Revise)]
    moved = [i.entry.key for i in intents if isinstance(i, Add | Restate | Touch) and i.entry.redirect_to]
    ids = dict(
        conn.execute(
            "SELECT key, id FROM updates WHERE source_id = ? AND key IN (SELECT value FROM json_each(?))",
            (source.id, json.dumps([*fresh, *moved])),
        ).fetchall()
    )
    for key in dict.fromkeys(fresh):
        clusters.place(conn, ids[key], now)
        related.link(conn, ids[key], now)
    for key in dict.fromkeys(moved):
        related.succeed(conn, ids[key], now)
    if fresh:
        clusters.forget_old(conn, now)
