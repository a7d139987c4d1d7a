"""Releases one after another: what was revised, what stood when, and that the order of import does not matter."""

from __future__ import annotations

import itertools
import sqlite3

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.clock import plus
from aggregator.db.statistics import apply_file
from aggregator.db.statistics_totals import refresh_totals
from tests.statistics.examples import SEEN, ask, borough_csv, database, read, store

BURGLARY = ("BURGLARY", "RES BURGLARY OF A HOME", "Hackney")
BUSINESS = ("BURGLARY", "BURGLARY BUSINESS AND COMMUNITY", "Hackney")
THEFT = ("THEFT", "SHOPLIFTING", "Hackney")

DECEMBER = borough_csv(["202510", "202511"], {BURGLARY: [140, 142], THEFT: [0, 9]})
JANUARY = borough_csv(["202511", "202512"], {BURGLARY: [147, 150], THEFT: [9, 8]})
FEBRUARY = borough_csv(["202512", "202601"], {BURGLARY: [150, 151], BUSINESS: [4, 5]})

HACKNEY = {"dataset": "recorded-crime-borough", "measure": "offences", "area": "E09000012"}


def values(conn: sqlite3.Connection, category: str = "burglary", as_of: str = "") -> dict[str, float]:
    """The figures of a series as the site gives it, zeros left out."""
    given = {**HACKNEY, "category": category}
    points = ask(conn, "series_as_of", **given, as_of=as_of) if as_of else ask(conn, "series", **given)
    return {point["period"]: point["value"] for point in points if point["value"] != 0}


def test_a_changed_figure_is_a_revision_with_both_releases():
    conn = database()
    store(conn, DECEMBER)
    summary = store(conn, JANUARY)
    assert (summary.added, summary.revised, summary.removed) == (2, 1, 0)
    assert summary.new_periods == ("2025-12",)
    ((old, new, before, after),) = conn.execute(
        "SELECT old_value, new_value, o.released_at, n.released_at FROM observation_revisions"
        " JOIN releases o ON o.id = old_release_id JOIN releases n ON n.id = new_release_id"
    )
    assert (old, new, before[:10], after[:10]) == (142, 147, "2025-12-01", "2026-01-01")
    assert [(f.area, f.category, f.period, f.old, f.new) for f in summary.biggest] == [
        ("Hackney", "Burglary", "2025-11", 142, 147)
    ]


def test_the_same_bytes_again_change_nothing():
    conn = database()
    store(conn, DECEMBER)
    store(conn, JANUARY)
    before = list(conn.iterdump())
    assert not store(conn, DECEMBER).changed
    assert list(conn.iterdump()) == before


def test_a_former_file_that_comes_back_is_no_release_and_the_next_is_compared_with_what_stands():
    """A stale edge of a delivery network serves it far more often than its publisher: docs/decisions/0017."""
    conn = database()
    store(conn, DECEMBER)
    store(conn, borough_csv(["202510", "202511"], {BURGLARY: [140, 147], THEFT: [0, 9]}), seen_at=plus(SEEN, 3600))
    for hours in (2, 24, 48):
        assert not store(conn, DECEMBER, seen_at=plus(SEEN, hours * 3600)).changed
    assert values(conn) == {"2025-10": 140, "2025-11": 147}
    restored = store(conn, borough_csv(["202510", "202511", "202512"], {BURGLARY: [140, 142, 150], THEFT: [0, 9, 8]}))
    assert [(f.period, f.old, f.new) for f in restored.biggest] == [("2025-11", 147, 142)]


def test_a_series_can_be_had_as_it_stood_at_any_date():
    conn = database()
    for text in (DECEMBER, JANUARY, FEBRUARY):
        store(conn, text)
    assert values(conn, as_of="2025-11-30") == {}
    assert values(conn, as_of="2025-12-15") == {"2025-10": 140, "2025-11": 142}
    assert values(conn, as_of="2026-01-15") == {"2025-10": 140, "2025-11": 147, "2025-12": 150}
    assert values(conn) == {"2025-10": 140, "2025-11": 147, "2025-12": 154, "2026-01": 156}


def test_a_row_that_is_no_longer_published_is_removed_and_one_that_is_new_is_added():
    conn = database()
    store(conn, JANUARY)
    summary = store(conn, FEBRUARY)
    # THEFT lost its 2025-12; BUSINESS was not published before, so its 4 for 2025-12 is not a revision of a zero.
    assert (summary.added, summary.revised, summary.removed) == (3, 0, 1)
    assert values(conn, "theft") == {"2025-11": 9}
    assert values(conn, "theft", as_of="2026-01-31") == {"2025-11": 9, "2025-12": 8}


def test_a_figure_that_appears_in_a_published_row_is_a_revision_of_zero():
    conn = database()
    store(conn, borough_csv(["202510", "202511"], {THEFT: [0, 9]}))
    summary = store(conn, borough_csv(["202510", "202511", "202512"], {THEFT: [2, 9, 1]}))
    assert (summary.added, summary.revised) == (1, 1)
    assert conn.execute("SELECT old_value, new_value FROM observation_revisions").fetchall() == [(None, 2.0)]


@pytest.mark.parametrize("order", list(itertools.permutations((DECEMBER, JANUARY, FEBRUARY))))
def test_an_older_release_slots_into_its_place(order):
    expected, conn = database(), database()
    for text in (DECEMBER, JANUARY, FEBRUARY):
        store(expected, text)
    for text in order:
        store(conn, text)
    assert state(conn) == state(expected)


@pytest.mark.parametrize("order", list(itertools.permutations((DECEMBER, JANUARY, FEBRUARY))))
def test_what_is_kept_added_up_is_what_the_figures_add_up_to(order):
    conn = database()
    for text in order:
        store(conn, text)
    key = "dataset_id, measure, area_id, period, release_id"
    kept = conn.execute(f"SELECT {key}, value FROM area_totals ORDER BY {key}").fetchall()
    assert kept == conn.execute(f"SELECT {key}, sum(value) FROM observations GROUP BY {key} ORDER BY {key}").fetchall()
    assert len(kept) > 3
    conn.execute("UPDATE datasets SET additive_categories = 0")
    refresh_totals(conn, "recorded-crime-borough")
    assert conn.execute("SELECT count(*) FROM area_totals").fetchone()[0] == 0, "of what overlaps there is no total"


def state(conn: sqlite3.Connection) -> tuple[list[tuple[object, ...]], ...]:
    """Everything of a data set, with releases named by their bytes and not by when they came in."""
    observations = conn.execute(
        "SELECT a.code, c.code, period, value, r.sha256 FROM observations o JOIN releases r ON r.id = o.release_id"
        " JOIN areas a ON a.id = o.area_id JOIN categories c ON c.id = o.category_id ORDER BY 1, 2, 3"
    ).fetchall()
    revisions = conn.execute(
        "SELECT a.code, c.code, period, old_value, new_value, p.sha256, n.sha256, row_dropped FROM observation_revisions v"
        " LEFT JOIN releases p ON p.id = v.old_release_id JOIN releases n ON n.id = v.new_release_id"
        " JOIN areas a ON a.id = v.area_id JOIN categories c ON c.id = v.category_id"
        " ORDER BY 1, 2, 3, 7"
    ).fetchall()
    releases = conn.execute("SELECT sha256, added, revised, removed FROM releases ORDER BY 1").fetchall()
    coverage = conn.execute("SELECT period, state, rows, note, flags FROM coverage ORDER BY 1").fetchall()
    return observations, revisions, releases, coverage


FIGURES = st.lists(st.integers(0, 2), min_size=3, max_size=3)
VINTAGE = st.fixed_dictionaries({BURGLARY: FIGURES, THEFT: FIGURES, BUSINESS: FIGURES})


Figures = dict[tuple[str, str, str], list[int]]


def published(vintages: list[Figures]) -> list[tuple[list[str], Figures, str]]:
    """Months, rows and file of vintages of three months, each a month after the one before."""
    files = []
    for n, figures in enumerate(vintages):
        months = [f"2025{month:02d}" for month in range(n + 1, n + 4)]
        # No published row is all zero; ROBBERY keeps the file from being empty.
        rows = {key: values for key, values in figures.items() if any(values)}
        text = borough_csv(months, rows | {("ROBBERY", "ROBBERY OF PERSONAL PROPERTY", "Brent"): [7, 7, 7 + n]})
        files.append((months, rows, text))
    return files


@settings(max_examples=60, deadline=None)
@given(st.lists(VINTAGE, min_size=4, max_size=4), st.permutations(range(4)))
def test_whatever_the_order_each_vintage_comes_back_as_it_was(vintages, order):
    files = published(vintages)
    conn = database()
    for n in order:
        store(conn, files[n][2])
    for n, (months, rows, _) in enumerate(files):
        day = f"2025-{n + 4:02d}-01"
        for key, code in ((BURGLARY, "burglary/res-burglary-of-a-home"), (THEFT, "theft/shoplifting")):
            then = values(conn, code, as_of=day)
            figures = dict(zip(months, rows.get(key, [0, 0, 0]), strict=True))
            assert {m: then.get(f"{m[:4]}-{m[4:]}", 0) for m in months} == figures


@settings(max_examples=150, deadline=None)
@given(
    st.lists(VINTAGE, min_size=3, max_size=5).flatmap(lambda v: st.tuples(st.just(v), st.permutations(range(len(v)))))
)
@example(([{THEFT: [0, 0, 0]}, {THEFT: [1, 0, 0]}, {THEFT: [1, 0, 0]}], [0, 2, 1]))
@example(([{THEFT: [1, 0, 0]}, {THEFT: [1, 0, 0]}, {THEFT: [1, 0, 0]}], [0, 2, 1]))
def test_whatever_the_order_the_same_revisions_are_kept(drawn):
    vintages, order = drawn
    files = published(vintages)
    expected, conn = database(), database()
    for _, _, text in files:
        store(expected, text)
    for n in order:
        store(conn, files[n][2])
    assert state(conn) == state(expected)


def test_the_historical_file_gives_way_to_the_24_months_of_the_same_day():
    conn = database()
    months = [f"{year}{month:02d}" for year in range(2021, 2024) for month in range(1, 13)]
    recent = [f"{year}{month:02d}" for year in (2024, 2025) for month in range(1, 13)]
    store(conn, borough_csv(["202312", *recent], {THEFT: [5] * 25}))
    store(conn, borough_csv(months, {THEFT: [3] * 36}))
    assert values(conn, "theft")["2023-12"] == 5
    assert values(conn, "theft")["2023-11"] == 3


def test_the_newest_month_is_provisional_until_the_next_release():
    conn = database()
    store(conn, DECEMBER)
    assert {p["period"]: p["state"] for p in ask(conn, "series", **HACKNEY, category="burglary")} == {
        "2025-10": "complete",
        "2025-11": "provisional",
    }
    store(conn, JANUARY)
    assert ask(conn, "series", **HACKNEY, category="burglary")[1]["state"] == "complete"


def test_a_gap_between_two_files_is_missing_not_zero():
    conn = database()
    store(conn, DECEMBER)
    store(conn, borough_csv(["202602", "202603"], {THEFT: [1, 1]}))
    missing = conn.execute("SELECT period FROM coverage WHERE state = 'missing' ORDER BY 1").fetchall()
    assert missing == [("2025-12",), ("2026-01",)]


def test_a_release_is_stored_in_the_callers_transaction_or_not_at_all():
    conn = database()
    conn.execute("BEGIN IMMEDIATE")
    apply_file(conn, read(DECEMBER), url="", filename="f", sha256="aa", etag="", seen_at=SEEN)
    assert conn.in_transaction
    conn.execute("ROLLBACK")
    assert conn.execute("SELECT count(*) FROM observations").fetchone() == (0,)
    assert conn.execute("SELECT count(*) FROM datasets").fetchone() == (0,)
