"""Against the real files, where they lie beside the repository: sums formed independently, revisions, flagged months."""

from __future__ import annotations

import csv
import hashlib
import io
import re
import sqlite3
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.db.connection import open_writer
from aggregator.db.statistics import apply_file
from aggregator.statistics.files import FileReport, import_paths
from aggregator.statistics.model import ReleaseSummary
from aggregator.statistics.periods import months_between
from aggregator.statistics.read import read_file
from tests.captures import STATS, needs_stats
from tests.statistics.examples import SEEN, ask, database

pytestmark = [needs_stats, pytest.mark.slow]

RECORDED = STATS / "recorded_crime"
STOPS_ZIP = STATS / "police_uk" / "metropolitan_stop_and_search_2015-04_to_2024-08_available_months.zip"
VINTAGES = {
    "2025-12-15": "2025-12_borough_24m_to202511__schemaD_CRLF.csv",
    "2026-01-31": "2026-01_borough_24m_to202512__schemaD.csv",
    "2026-07-01": "2026-07_borough_24m_to202606__schemaE_Group-SubGroup-BOCU.csv",
}


def take(conn: sqlite3.Connection, path: Path) -> ReleaseSummary:
    with path.open("rb") as stream:
        data = read_file(path.name, stream)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    (summary,) = apply_file(conn, data, url="", filename=path.name, sha256=sha256, etag="", seen_at=SEEN)
    return summary


def published(path: Path) -> Counter[tuple[str, str, str]]:
    """(folded minor class, area as published, YYYYMM) → figure, straight from the file."""
    figures: Counter[tuple[str, str, str]] = Counter()
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            lower = {k.lower(): v for k, v in row.items()}
            minor = next(lower[k] for k in ("minortext", "subgroup", "minor category") if k in lower)
            area = next(lower[k] for k in ("boroughname", "lookup_boroughname", "bocu", "borough") if k in lower)
            for column, value in row.items():
                if re.fullmatch(r"\d{6}", column) and int(value):
                    figures[re.sub(r"[^A-Z]+", " ", minor.upper()).strip(), area, column] += int(value)
    return figures


@pytest.mark.parametrize("name", sorted(p.name for p in RECORDED.glob("*borough*.csv")))
def test_every_month_of_every_borough_file_adds_up_to_what_was_published(name):
    conn = database()
    take(conn, RECORDED / name)
    expected: Counter[str] = Counter()
    for (_, _, month), value in published(RECORDED / name).items():
        expected[f"{month[:4]}-{month[4:]}"] += value
    stored = dict(conn.execute("SELECT period, sum(value) FROM observations GROUP BY period").fetchall())
    assert stored == expected


@pytest.fixture(scope="module")
def vintages() -> sqlite3.Connection:
    conn = database()
    for name in VINTAGES.values():
        take(conn, RECORDED / name)
    return conn


def test_revisions_between_vintages_are_those_that_were_measured(vintages):
    found = vintages.execute("SELECT added, revised, removed FROM releases ORDER BY released_at").fetchall()
    # 3,263 of the 24,288 cells and 7,525 of the 17,820 cells of rows that both releases publish were changed. One figure
    # of a row that December did not publish at all, and those of 67 rows that July dropped, are counted apart.
    assert found == [(21_801, 0, 0), (907, 3_263, 0), (5_273, 7_525, 365)]
    logged = vintages.execute("SELECT count(*) FROM observation_revisions GROUP BY new_release_id").fetchall()
    assert logged == [(3_263,), (7_890,)]


def test_revised_cells_and_their_direction_agree_with_a_comparison_of_the_files(vintages):
    old, new = (published(RECORDED / name) for name in list(VINTAGES.values())[:2])
    rows = {key[:2] for key in old} & {key[:2] for key in new}
    months = {key[2] for key in old} & {key[2] for key in new}
    changes = [
        new[key] - old[key]
        for key in set(old) | set(new)
        if key[2] in months and key[:2] in rows and new[key] != old[key]
    ]
    up, down = sum(c > 0 for c in changes), sum(c < 0 for c in changes)
    assert up + down == 3_263
    stored = vintages.execute(
        "SELECT sum(coalesce(new_value, 0) > coalesce(old_value, 0)), sum(coalesce(new_value, 0) < coalesce(old_value, 0))"
        " FROM observation_revisions WHERE new_release_id = 2"
    ).fetchone()
    assert stored == (up, down)


@pytest.mark.parametrize(("day", "name"), VINTAGES.items())
def test_as_of_gives_back_each_vintage_exactly(vintages, day, name):
    figures = published(RECORDED / name)
    expected: dict[tuple[str, str], dict[str, float]] = {}
    for (minor, area, month), value in figures.items():
        expected.setdefault((minor, area), {})[f"{month[:4]}-{month[4:]}"] = value
    months = {f"{m[:4]}-{m[4:]}" for _, _, m in figures}
    cells = vintages.execute(
        "SELECT DISTINCT a.code, a.name, c.code FROM (SELECT area_id, category_id FROM observations"
        " UNION SELECT area_id, category_id FROM observation_revisions) x"
        " JOIN areas a ON a.id = x.area_id JOIN categories c ON c.id = x.category_id"
    ).fetchall()
    found = {}
    for code, area, category in cells:
        given = {"dataset": "recorded-crime-borough", "measure": "offences", "area": code, "category": category}
        points = ask(vintages, "series_as_of", **given, as_of=day)
        values = {p["period"]: p["value"] for p in points if p["period"] in months}
        if values:
            found[category.rpartition("/")[2].replace("-", " ").upper(), area] = values
    assert found == expected


@pytest.fixture(scope="module")
def stops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[sqlite3.Connection, list[FileReport]]]:
    db = tmp_path_factory.mktemp("stops") / "met.db"
    paths = [STOPS_ZIP, *sorted((STATS / "police_uk").glob("stops-force_metropolitan_*.json.gz"))]
    reports = import_paths(lambda: open_writer(db), paths, seen_at=SEEN)
    conn = open_writer(db)
    yield conn, reports
    conn.close()


def test_all_stops_come_in_and_every_month_has_as_many_as_its_file(stops):
    conn, reports = stops
    expected: Counter[str] = Counter()
    with zipfile.ZipFile(STOPS_ZIP) as archive:
        for name in archive.namelist():
            with archive.open(name) as member:
                expected[name[:7]] = (
                    sum(1 for _ in csv.reader(io.TextIOWrapper(member, encoding="utf-8", newline=""))) - 1
                )
    assert expected.total() == 1_069_661
    stored = {m["month"]: m["searches"] for m in ask(conn, "stops_monthly", place="")}
    assert {month: stored[month] for month in expected} == expected
    assert conn.execute("SELECT count(*) FROM stops WHERE month <= '2024-08'").fetchone() == (1_069_661,)
    # 2022-12 came from the archive first; the API's answer for it has the same content.
    assert [r.outcome for r in reports if "2022-12" in r.path] == ["imported", "unchanged"]
    assert Path(conn.execute("PRAGMA database_list").fetchone()[2]).stat().st_size <= 200e6


def test_arrests_are_those_of_the_published_words(stops):
    conn, _ = stops
    found = conn.execute(
        "SELECT sum(searches) FROM stop_counts WHERE outcome_group = 'arrest' AND month <= '2024-08'"
    ).fetchone()
    assert found == (74_462 + 102_770,)
    assert conn.execute("SELECT count(*) FROM stop_values WHERE grp = 'unknown-value'").fetchone() == (0,)


def test_exactly_the_known_months_are_suspect_and_only_those_without_a_file_are_missing(stops):
    conn, _ = stops
    found: dict[str, list[str]] = {}
    for period, state in conn.execute("SELECT period, state FROM coverage WHERE state <> 'complete' ORDER BY period"):
        found.setdefault(state, []).append(period)
    assert found == {
        "suspect": ["2022-12", "2024-09", "2024-10", "2024-11", "2024-12", "2025-01", "2025-03"],
        "missing": [*months_between("2019-03", "2021-05"), "2022-01", "2025-02"],
    }
    assert "truncated" in conn.execute("SELECT flags FROM coverage WHERE period = '2022-12'").fetchone()[0]
