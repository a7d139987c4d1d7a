"""The smaller real files against sums formed here, column by column, without the importers."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.statistics.files import import_paths
from aggregator.statistics.model import FileData, ReleaseData
from aggregator.statistics.read import read_file
from tests.captures import STATS, needs_stats
from tests.statistics.examples import SEEN

pytestmark = [needs_stats, pytest.mark.slow]

MONTHS = {m: f"{n:02d}" for n, m in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), start=1)}  # noqa: SIM905
BOARDS, SURVEYS = STATS / "mps_dashboards", STATS / "workforce_surveys"


def rows(path: Path) -> Iterator[dict[str, str]]:
    body = path.read_bytes()
    text = (gzip.decompress(body) if path.suffix == ".gz" else body).decode("utf-8-sig")
    yield from csv.DictReader(io.StringIO(text, newline=""))


def parts(path: Path) -> list[ReleaseData]:
    with path.open("rb") as stream:
        data: FileData = read_file(path.name, stream)
    return [part for part in data.parts if isinstance(part, ReleaseData)]


def sums(part: ReleaseData, measure: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for cell in part.cells:
        if cell.measure == measure:
            found[cell.period] += cell.value  # type: ignore[assignment]
    return found


def named(text: str) -> str:
    """``Jan-03`` or ``Jan-2003`` → ``2003-01``."""
    month, year = text.split("-")
    return f"{year if len(year) == 4 else '20' + year}-{MONTHS[month]}"


def test_every_type_month_and_measure_of_the_other_dashboard():
    path = BOARDS / "MPS_MonthlyCrimeDashboard_OtherCrimeData_refresh-2025-08.csv.gz"
    expected: Counter[tuple[str, str, str]] = Counter()
    stamps: dict[str, set[str]] = {}
    for row in rows(path):
        kind = row["Crime Type"].lower().replace(" ", "-").replace("miscalleneous", "miscellaneous")
        if row["Area Type"] == "Borough":
            expected[f"monthly-{kind}", row["Measure"].lower().replace(" ", "-"), row["Month_Year"][:7]] += int(
                row["Count"]
            )
            stamps.setdefault(f"monthly-{kind}", set()).add(row["Refresh Date"])
    found = parts(path)
    assert {
        (p.dataset.id, m, month): v
        for p in found
        for m in ("offences", "positive-outcomes")
        for month, v in sums(p, m).items()
    } == expected
    assert {p.dataset.id: {p.refresh_date} for p in found} == stamps
    assert {p.dataset.id: p.refresh_date for p in found}["monthly-knife-crime"] == "2025-08-21"


@pytest.mark.parametrize("view", ["disposals", "disposals-by-ethnicity", "disposals-by-age", "disposals-by-gender"])
def test_custody_has_the_same_disposals_in_every_view(view):
    expected: Counter[str] = Counter()
    for row in rows(BOARDS / "custody.csv"):
        expected[f"{row['current_disposal_year']}-{int(row['current_disposal_month']):02d}"] += int(
            row["offence_count"]
        )
    (part,) = parts(BOARDS / "custody.csv")
    assert sums(part, view) == expected


def test_homicide_and_animals():
    (persons,) = parts(BOARDS / "homicide.csv")
    expected: Counter[str] = Counter()
    for row in rows(BOARDS / "homicide.csv"):
        expected[named(row["proceedings_date"])] += int(row["count_of_ppa"])
    assert sums(persons, "persons") == +expected
    (animals,) = parts(BOARDS / "stolen-animals.csv")
    counted: Counter[str] = Counter()
    for row in rows(BOARDS / "stolen-animals.csv"):
        counted[named(row["year_and_month"])] += int(float(row["count_of_stolen_animals"] or 0))
    assert sums(animals, "animals") == +counted


def test_strength_and_perception():
    (strength,) = parts(SURVEYS / "Police_Force_Strength.csv")
    assert {c.category: c.value for c in strength.cells if c.period == "2026-03"} == {
        "police-officers": 31_181,
        "police-staff": 11_558,
        "police-community-support-officers": 1_389,
    }
    (perception,) = parts(SURVEYS / "public-perception-data.csv")
    assert len(perception.cells) == 280
    assert (perception.period_from, perception.period_to) == ("2014-12", "2025-09")


def test_home_office_tactics_of_the_met():
    found = {}
    for path in sorted((STATS / "home_office").glob("use-of-force__*.ods")):
        for part in parts(path):
            found.update({(part.dataset.id, c.period): c.value for c in part.cells if c.category == "total-tactics"})
    assert {key[0].rpartition("-")[2] for key in found} == {"age", "gender", "ethnicity", "health"}
    assert {value for (_, year), value in found.items() if year == "FY2019-20"} == {205_135}
    assert {value for (_, year), value in found.items() if year == "FY2018-19"} == {171_805}


def test_street_crimes_are_as_many_as_their_rows():
    for path in sorted((STATS / "police_uk" / "burglary_subset").glob("*.csv")):
        (part,) = parts(path)
        assert sum(c.value for c in part.cells) == sum(1 for _ in rows(path)) == part.rows
        assert part.period_from == part.period_to == path.name[:7]


def test_every_real_file_is_imported_or_says_why_not_in_one_line(tmp_path):
    from aggregator.db.connection import open_writer

    small = [p for p in sorted(STATS.rglob("*")) if p.is_file() and "available_months" not in p.name]
    reports = import_paths(lambda: open_writer(tmp_path / "met.db"), small, seen_at=SEEN)
    assert [r.path for r in reports] == [str(p) for p in small]
    assert all(r.message and "\n" not in r.message for r in reports)
    assert {r.outcome for r in reports} == {"imported", "unchanged", "not-taken", "quarantined"}
    known = re.compile(r"borough_(24m|historical)|stops-force_|metropolitan-stop-and-search|custody\.csv|homicide\.csv|animals\.csv|"
                       r"OtherCrimeData|Strength|public-perception|use-of-force__(raw|police)")  # fmt: skip
    taken = [r for r in reports if known.search(r.path) and not r.path.endswith(".source.txt")]
    assert {r.outcome for r in taken} == {"imported", "unchanged"}
    again = import_paths(lambda: open_writer(tmp_path / "met.db"), [Path(r.path) for r in taken], seen_at=SEEN)
    assert {r.outcome for r in again} == {"unchanged"}
