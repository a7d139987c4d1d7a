"""Keeping `area_totals` true after each import: reading the whole of a large data set cell by cell took a page half a second.

Inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3


def refresh_totals(conn: sqlite3.Connection, dataset: str) -> None:
    """Adds up the categories of each area by period and release; of a data set whose categories overlap nothing is kept."""
    conn.execute("DELETE FROM area_totals WHERE dataset_id = ?", (dataset,))
    conn.execute(
        "INSERT INTO area_totals (dataset_id, measure, area_id, period, release_id, value)"
        " SELECT o.dataset_id, o.measure, o.area_id, o.period, o.release_id, sum(o.value)"
        " FROM datasets d JOIN observations o ON o.dataset_id = d.id WHERE d.id = ? AND d.additive_categories"
        " GROUP BY o.measure, o.area_id, o.period, o.release_id",
        (dataset,),
    )
