"""What the about pages say of the archive itself."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass

from aggregator.site.views import Count


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence and whose material is under it."""

    licence: str
    attribution: str
    publishers: str


@dataclass(frozen=True, slots=True)
class Measure:
    """How well a model does on labelled updates it has not seen."""

    slug: str
    precision: float
    recall: float
    n: int


_COUNTED = {
    "sources": "sources",
    "updates": "updates",
    "versions": "versions",
    "changes": "changes",
    "observations": "figures",
}


def counts(conn: sqlite3.Connection) -> tuple[Count, ...]:
    """How much there is. From the collector's rollup where it is filled, else counted."""
    stored = dict(conn.execute("SELECT name, n FROM table_counts").fetchall())
    return tuple(
        Count(name, title, stored[name] if name in stored else _count(conn, name)) for name, title in _COUNTED.items()
    )


def _count(conn: sqlite3.Connection, table: str) -> int:
    return int(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608 - one of _COUNTED


def licences(conn: sqlite3.Connection) -> tuple[Licence, ...]:
    """The licences of all sources and data sets."""
    sql = """
    SELECT licence, attribution, group_concat(DISTINCT publisher) AS publishers FROM (
      SELECT licence, attribution, publisher FROM sources WHERE enabled = 1
      UNION SELECT licence, attribution, publisher FROM datasets)
    GROUP BY licence, attribution ORDER BY count(*) DESC, licence
    """
    return tuple(Licence(r["licence"], r["attribution"], r["publishers"].replace(",", ", ")) for r in conn.execute(sql))


def models(conn: sqlite3.Connection) -> tuple[Count, ...]:
    """Which tag models tagged the newest updates."""
    sql = """
    SELECT tag_model, count(*) AS n FROM (SELECT tag_model FROM updates WHERE tag_model <> '' ORDER BY id DESC LIMIT 5000)
    GROUP BY tag_model ORDER BY n DESC
    """
    return tuple(Count(model, model, n) for model, n in conn.execute(sql))


def origins(conn: sqlite3.Connection) -> tuple[Count, ...]:
    """Where the topics of the newest updates come from: rule, person, source."""
    sql = """
    SELECT origin, count(*) AS n FROM update_topics
    WHERE update_id IN (SELECT id FROM updates ORDER BY id DESC LIMIT 5000) GROUP BY origin ORDER BY n DESC
    """
    return tuple(Count(origin, origin, n) for origin, n in conn.execute(sql))


def measured(conn: sqlite3.Connection) -> tuple[Measure, ...]:
    """The measurement that was stored with the model: `about` row ``tagging``, a JSON list; () where there is none."""
    row = conn.execute("SELECT value FROM about WHERE key = 'tagging'").fetchone()
    try:
        rows = json.loads(row[0]) if row else []
        return tuple(Measure(str(r["slug"]), float(r["precision"]), float(r["recall"]), int(r["n"])) for r in rows)
    except (ValueError, TypeError, KeyError):
        return ()


def names(conn: sqlite3.Connection) -> dict[str, str]:
    """What topics and places are called, by slug."""
    return dict(conn.execute("SELECT slug, title FROM topics UNION ALL SELECT slug, name FROM places").fetchall())


def dataset(conn: sqlite3.Connection) -> str:
    """A data set that has figures, for an example; "" where there is none."""
    row = conn.execute("SELECT dataset_id FROM observations LIMIT 1").fetchone()
    return str(row[0]) if row else ""
