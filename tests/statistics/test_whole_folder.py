"""Everything in the folder of captured statistics (tests/captures.py) through `stats import`: one line each, sums, the same again, the large ones."""

from __future__ import annotations

import csv
import gzip
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from aggregator.db.connection import open_writer
from aggregator.models import Utc
from aggregator.statistics.coverage import LISTED_WITHOUT
from aggregator.statistics.files import FileReport, import_paths
from tests.captures import STATS, needs_stats
from tests.statistics.examples import SEEN

pytestmark = [needs_stats, pytest.mark.huge]
DASHBOARDS = STATS / "mps_dashboards"
LATER = Utc("2026-12-22T10:00:00Z")
STATISTICS = (
    "releases",
    "observations",
    "observation_revisions",
    "coverage",
    "stop_rows",
    "stop_kinds",
    "stop_points",
    "stop_months",
    "stop_counts",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[FileReport]]:
    db = tmp_path_factory.mktemp("stats") / "met.db"
    return db, import_paths(lambda: open_writer(db), [STATS], seen_at=SEEN)


@pytest.fixture
def conn(folder: tuple[Path, list[FileReport]]) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder[0])) as found:
        yield found


def of(reports: list[FileReport], name: str) -> FileReport:
    return next(r for r in reports if Path(r.path).name == name)


def totals(conn: sqlite3.Connection, dataset: str, measure: str = "%") -> dict[str, float]:
    sql = "SELECT period, sum(value) FROM observations WHERE dataset_id = ? AND measure LIKE ? GROUP BY period"
    return dict(conn.execute(sql, (dataset, measure)).fetchall())


def test_every_file_is_taken_or_says_why_not_in_one_line(folder: tuple[Path, list[FileReport]]) -> None:
    reports = folder[1]
    files = {str(p) for p in STATS.rglob("*") if p.is_file()}
    assert {r.path.partition("!")[0] for r in reports} == files
    assert all(r.message and "\n" not in r.message for r in reports)
    assert {r.outcome for r in reports} <= {"imported", "unchanged", "not-taken", "quarantined"}, "none failed"
    assert of(reports, "police-population__police-workforce-sep19-tables.ods").message.startswith(
        "no sheet has a known header: Index: unknown header: Table number, Title, Period covered"
    )
    assert "which month it is" not in of(reports, "custody.csv").message
    assert of(reports, "london_stops_12_months_to_nov22.csv.gz").outcome == "quarantined"
    assert "add --dataset recorded-crime-ward" in of(reports, "2026-01_ward_24m_to202512.csv").message


def test_importing_the_folder_again_changes_nothing(folder: tuple[Path, list[FileReport]]) -> None:
    def state() -> dict[str, Any]:
        with closing(sqlite3.connect(folder[0])) as conn:
            return {t: conn.execute(f"SELECT * FROM {t} ORDER BY 1, 2, 3, 4").fetchall() for t in STATISTICS}

    before = state()
    again = import_paths(lambda: open_writer(folder[0]), [STATS], seen_at=LATER)
    assert {r.outcome for r in again} == {"unchanged", "not-taken", "quarantined", "imported"}
    assert [r.message for r in again if r.outcome == "imported"] == ["months available, noted for coverage"]
    assert state() == before


def test_stops_are_as_many_as_the_lines_of_their_files(conn: sqlite3.Connection) -> None:
    with (STATS / "police_uk" / "_summary_stop_and_search_months.csv").open() as file:
        counted = {row["month"]: int(row["rows"]) for row in csv.DictReader(file)}
    stored = dict(conn.execute("SELECT month, sum(searches) FROM stop_counts GROUP BY month").fetchall())
    assert {m: stored[m] for m in counted} == counted
    assert sum(counted.values()) == 1_069_661
    assert conn.execute("SELECT count(*) FROM stop_rows").fetchone()[0] == sum(stored.values())


def test_no_month_is_taken_for_zero_and_none_is_called_late(conn: sqlite3.Connection) -> None:
    states = dict(conn.execute("SELECT period, state FROM coverage WHERE dataset_id = 'stop-and-search'").fetchall())
    suspect = {"2022-12", "2024-09", "2024-10", "2024-11", "2024-12", "2025-01", "2025-03"}
    assert {m for m, s in states.items() if s == "suspect"} == suspect
    assert "backfilled" not in states.values()
    assert conn.execute("SELECT count(*) FROM coverage WHERE note = ?", (LISTED_WITHOUT,)).fetchone() == (0,)


def rows_of(name: str) -> Iterator[dict[str, Any]]:
    """Rows as the file has them, read by pyarrow and by nothing of ours."""
    pq = pytest.importorskip("pyarrow.parquet")
    for batch in pq.ParquetFile(DASHBOARDS / name).iter_batches():
        yield from batch.to_pylist()


def by_month(name: str, date: str, number: str) -> dict[str, float]:
    found: Counter[str] = Counter()
    for row in rows_of(name):
        if (at := row[date]) is not None:
            text = at if isinstance(at, str) else at.isoformat()
            day = re.sub(r"^(\d\d)/(\d\d)/(\d{4})$", r"\3-\2-\1", text)
            found[day[:7]] += row[number]
    return {month: n for month, n in found.items() if n}


@pytest.mark.parametrize(
    ("name", "dataset", "number"),
    [
        (
            "business-crime-offences_refresh-2025-08-02.parquet",
            "business-crime-offences",
            "business_crime_offence_count",
        ),
        ("business-crime-outcomes_refresh-2025-06-05.parquet", "business-crime-outcomes", "outcome_count"),
    ],
)
def test_business_crime_by_month(conn: sqlite3.Connection, name: str, dataset: str, number: str) -> None:
    assert totals(conn, dataset) == by_month(name, "date", number)


def test_violence_against_women_and_girls_is_the_same_number_in_every_sheet(conn: sqlite3.Connection) -> None:
    for name, datasets in {
        "vawg-offences.parquet": ("vawg-offences", "vawg-offences-by-class"),
        "vawg-victims.parquet": ("vawg-victims", "vawg-victims-by-age", "vawg-victims-by-ethnicity"),
    }.items():
        expected = by_month(name, "recorded_date_months", "count")
        found = [totals(conn, dataset) for dataset in datasets]
        assert all(one == found[0] for one in found)
        assert {m: n * len(datasets) for m, n in found[0].items()} == expected


def test_wards_and_lsoas_on_request(tmp_path: Path) -> None:
    """Both files at hand, against sums made of their text alone."""
    for dataset, name in (
        ("recorded-crime-ward", "2026-01_ward_24m_to202512.csv"),
        ("recorded-crime-lsoa", "2026-03_lsoa_24m_to202602.csv.gz"),
    ):
        path = STATS / "recorded_crime" / name
        sums: Counter[str] = Counter()
        with gzip.open(path, "rt") if name.endswith("gz") else path.open() as file:
            for row in csv.DictReader(file):
                for column, cell in row.items():
                    if column.isdigit():
                        sums[f"{column[:4]}-{column[4:]}"] += int(float(cell or 0))
        (report,) = import_paths(lambda: open_writer(tmp_path / "met.db"), [path], seen_at=SEEN, dataset=dataset)
        assert report.outcome == "imported", report.message
        with closing(sqlite3.connect(tmp_path / "met.db")) as conn:
            assert totals(conn, dataset) == dict(sums)
