"""Sums over areas where categories overlap: gun crime of London is that of its boroughs, its kinds are not added up."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.db.statistics_totals import refresh_totals
from aggregator.site.queries import first_figures, statistics, sums
from aggregator.statistics.areas import known_areas
from tests.site import archive
from tests.site.conftest import Site

MONTHS = [f"2026-{m:02}" for m in range(1, 6)]
BOROUGHS = [a for a in known_areas().values() if a.kind == "borough"]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """Gun crime in every borough, ten a month, three of them robberies; Brent has no figure of March; Sutton has few."""
    path = archive.make(tmp_path / "met.db", bulk=0)
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute(
            "INSERT INTO datasets (id, title, publisher, cadence, additive_categories) VALUES ('guns', 'Guns', 'Met', 'monthly', 0)"
        )
        conn.execute(
            "INSERT INTO releases (id, dataset_id, released_at, first_seen_at, sha256) VALUES (80, 'guns', '', '', 'g')"
        )
        conn.execute(
            "INSERT INTO categories (id, dataset_id, code, title) VALUES (80, 'guns', 'gun-crime', 'Gun crime'),"
            " (81, 'guns', 'armed-robbery', 'Armed robbery')"
        )
        conn.executemany(
            "INSERT INTO areas (code, name, kind, place) VALUES (?1, ?2, 'borough', (SELECT slug FROM places WHERE gss = ?1))"
            " ON CONFLICT DO NOTHING",
            [(b.code, b.name) for b in BOROUGHS],
        )
        conn.execute("INSERT INTO areas (code, name, kind) VALUES ('met-airports', 'Airports', 'pseudo')")
        conn.execute("INSERT INTO coverage (dataset_id, period, state) SELECT 'guns', value, 'complete' FROM json_each(?)",
                     [json.dumps(MONTHS)])  # fmt: skip
        conn.execute(
            "INSERT INTO observations SELECT 'guns', 'offences', a.id, c.id, m.value,"
            " CASE WHEN a.name = 'Sutton' THEN 2 WHEN c.id = 80 THEN 10 ELSE 3 END, 80"
            " FROM areas a, categories c, json_each(?) m WHERE c.dataset_id = 'guns'"
            " AND NOT (a.name IN ('Brent', 'Sutton') AND m.value = '2026-03')",
            [json.dumps(MONTHS)],
        )
    return path


def test_what_overlaps_opens_on_the_sum_of_all_boroughs_in_its_largest_category(db: Path) -> None:
    with closing(sqlite3.connect(db)) as conn:
        conn.row_factory = sqlite3.Row
        choice = statistics.choose(conn, "guns", measure="", area="", category="")
        assert (choice.area, choice.category) == ("", "gun-crime")
        assert [o.title for o in choice.areas if o.chosen] == ["Sum of 32 boroughs and 1 other area"]
        assert [o.value for o in choice.categories] == ["armed-robbery", "gun-crime"], "they have no sum"
        assert [p.value for p in statistics.series(conn, "guns", choice)] == [322, 322, 310, 322, 322]
        chosen = statistics.choose(conn, "guns", measure="", area="hackney", category="")
        assert (chosen.area, chosen.category) == ("E09000012", "gun-crime")


def test_a_month_without_a_borough_that_never_has_few_is_incomplete(db: Path) -> None:
    """Sutton, with two a month, may well have had none; Brent had ten each month."""
    with closing(sqlite3.connect(db)) as conn:
        conn.row_factory = sqlite3.Row
        choice = statistics.choose(conn, "guns", measure="", area="", category="gun-crime")
        points = sums.in_part(conn, "guns", choice, statistics.series(conn, "guns", choice))
        assert [(p.period, p.note) for p in points if p.state != "complete"] == [("2026-03", "no figure of Brent")]
        robbery = statistics.choose(conn, "guns", measure="", area="", category="armed-robbery")
        threes = statistics.series(conn, "guns", robbery)
        assert sums.in_part(conn, "guns", robbery, threes) == threes, "where all have few, nothing says it is a gap"


def test_categories_that_may_be_added_where_areas_may_not(db: Path) -> None:
    with closing(sqlite3.connect(db)) as conn:
        conn.row_factory = sqlite3.Row
        conn.execute("UPDATE datasets SET additive_areas = 0, additive_categories = 1 WHERE id = 'guns'")
        choice = statistics.choose(conn, "guns", measure="", area="", category="")
        assert (bool(choice.area), choice.category) == (True, "")


def test_the_query_adds_areas_and_not_categories(db: Path, open_site: Callable[[Path], Site]) -> None:
    site = open_site(db)
    rows = site.rows("series", dataset="guns", area="", category="gun-crime")
    assert [row["value"] for row in rows] == [322, 322, 310, 322, 322]
    assert site.rows("series", dataset="guns", area="E09000012", category="") == []


def test_the_page_says_what_it_adds_and_what_lacks(db: Path, open_site: Callable[[Path], Site]) -> None:
    text = open_site(db).get("/statistics/guns").text
    assert "<h2>Offences, Gun crime, sum of 32 boroughs and 1 other area</h2>" in text
    assert "Published in part. No figure of Brent" in text
    assert "‘Guns: Offences, Gun crime, sum of 32 boroughs and 1 other area’" in text


def test_the_whole_of_a_large_data_set_is_not_read_cell_by_cell(db: Path) -> None:
    """The page of recorded crime, 170,000 cells, took half a second of the two that a page has."""
    with closing(sqlite3.connect(db)) as conn:
        conn.row_factory = sqlite3.Row
        conn.execute("UPDATE datasets SET additive_categories = 1 WHERE id = 'guns'")
        kinds = [f"kind-{n}" for n in range(40)]
        conn.execute("INSERT INTO categories (dataset_id, code, title) SELECT 'guns', value, value FROM json_each(?)",
                     [json.dumps(kinds)])  # fmt: skip
        conn.execute(
            "INSERT INTO observations SELECT 'guns', 'offences', a.id, c.id, m.value, 1, 80"
            " FROM areas a, categories c, json_each(?) m WHERE c.code LIKE 'kind-%'",
            [json.dumps(MONTHS)],
        )

        def read() -> tuple[list[float | None], int]:
            steps = 0

            def count() -> None:
                nonlocal steps
                steps += 1

            choice = statistics.choose(conn, "guns", measure="", area="", category="")
            conn.set_progress_handler(count, 100)
            points = sums.in_part(conn, "guns", choice, statistics.series(conn, "guns", choice))
            first_figures.of_series(conn, "guns", choice)
            conn.set_progress_handler(None, 0)
            return [p.value for p in points], steps

        cells, slow = read()
        refresh_totals(conn, "guns")
        totals, quick = read()
        assert (totals, len(totals)) == (cells, 5)
        assert quick < slow / 8
