"""Ids of what figures refer to: data sets, areas, categories. Written once, refreshed when their wording changes.

Inside the caller's transaction; nothing here begins or ends one.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from aggregator.statistics.model import Area, Category, Dataset

# The topic of an offence group, where the taxonomy has one.
_TOPIC_OF = {
    "burglary": "burglary",
    "robbery": "robbery",
    "theft": "theft",
    "sexual-offences": "sexual-offences",
    "drug-offences": "drugs",
    "drugs": "drugs",
    "fraud-and-forgery": "fraud",
    "nfib-fraud": "fraud",
    "homicide": "homicide",
    "public-order-offences": "public-order",
    "violence-against-the-person": "assault",
}


def ensure_dataset(conn: sqlite3.Connection, dataset: Dataset) -> None:
    """Stores a data set and its breaks as the catalogue words them now."""
    conn.execute(
        "INSERT INTO datasets (id, title, description, publisher, homepage, licence, attribution, cadence, note,"
        " additive_areas, additive_categories, topic)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET title = excluded.title,"
        " description = excluded.description, publisher = excluded.publisher, homepage = excluded.homepage,"
        " licence = excluded.licence, attribution = excluded.attribution, cadence = excluded.cadence,"
        " note = excluded.note, additive_areas = excluded.additive_areas,"
        " additive_categories = excluded.additive_categories, topic = excluded.topic",
        (
            dataset.id,
            dataset.title,
            dataset.description,
            dataset.publisher,
            dataset.homepage,
            dataset.licence,
            dataset.attribution,
            dataset.cadence,
            dataset.note,
            int(dataset.additive_areas),
            int(dataset.additive_categories),
            dataset.topic,
        ),
    )
    conn.execute("DELETE FROM series_breaks WHERE dataset_id = ?", (dataset.id,))
    conn.executemany(
        "INSERT INTO series_breaks (dataset_id, period, note) VALUES (?,?,?)",
        [(dataset.id, b.period, b.note) for b in dataset.breaks],
    )


def area_ids(conn: sqlite3.Connection, areas: Iterable[Area]) -> dict[str, int]:
    """Ids by code; unknown areas are added. A known area keeps its name: the first spelling seen is the one shown."""
    conn.executemany(
        "INSERT INTO areas (code, name, kind, place, population, population_year)"
        " VALUES (?1, ?2, ?3, (SELECT slug FROM places WHERE gss = ?1), ?4, ?5)"
        " ON CONFLICT (code) DO UPDATE SET place = coalesce(place, excluded.place)",
        [tuple(area) for area in areas],
    )
    return dict(conn.execute("SELECT code, id FROM areas").fetchall())


def category_ids(conn: sqlite3.Connection, dataset: Dataset, categories: Iterable[Category]) -> dict[str, int]:
    """Ids by code within a data set; unknown categories are added. Case variants of one name share a code."""
    conn.executemany(
        "INSERT INTO categories (dataset_id, code, title, parent, topic)"
        " VALUES (?1, ?2, ?3, ?4, (SELECT slug FROM topics WHERE slug = ?5))"
        " ON CONFLICT (dataset_id, code) DO UPDATE SET topic = coalesce(topic, excluded.topic)",
        [
            (dataset.id, c.code, c.title, c.parent or None, dataset.topic or _TOPIC_OF.get(c.code.split("/")[0]))
            for c in categories
        ],
    )
    return dict(conn.execute("SELECT code, id FROM categories WHERE dataset_id = ?", (dataset.id,)).fetchall())


class StopValues:
    """Ids of the coded values of stops, kept while a run goes on: about a hundred in all."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._known: dict[tuple[str, str, str], int] = {
            (field, value, grp): id_
            for id_, field, value, grp in conn.execute("SELECT id, field, value, grp FROM stop_values")
        }
        self.groups: dict[int, str] = {id_: key[2] for key, id_ in self._known.items()}

    def id(self, field: str, value: str, grp: str = "") -> int:
        """The id of a value of a field; a new value is stored."""
        key = (field, value, grp)
        found = self._known.get(key)
        if found is None:
            row = self._conn.execute(
                "INSERT INTO stop_values (field, value, grp) VALUES (?,?,?) RETURNING id", key
            ).fetchone()
            found = self._known[key] = int(row[0])
            self.groups[found] = grp
        return found
