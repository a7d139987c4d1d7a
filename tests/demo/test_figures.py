"""The statistics files are what the real importers expect."""

from __future__ import annotations

import io
import json
from urllib.parse import quote

from aggregator.demo import statistics_routes
from aggregator.demo.origin import Origin
from aggregator.statistics.families import read_table
from aggregator.statistics.geography import boroughs
from aggregator.statistics.importers import stops
from aggregator.statistics.model import MonthsAvailable, ReleaseData, StopsData
from aggregator.statistics.tables import csv_table

from .conftest import get


def test_the_borough_file_is_recognised_by_its_header(first: Origin) -> None:
    body = get(first, quote(statistics_routes.RECORDED_CRIME)).body
    (release,) = read_table(csv_table("demo.csv", io.BytesIO(body))).parts
    assert isinstance(release, ReleaseData)
    assert (release.dataset.id, release.period_from, release.period_to) == (
        "recorded-crime-borough",
        "2024-10",
        "2026-09",
    )
    assert len({cell.area for cell in release.cells}) == 32
    assert len(release.cells) > 19_000


def test_a_month_of_stops_is_read_and_every_place_is_in_its_borough(first: Origin) -> None:
    items = json.loads(get(first, f"{statistics_routes.STOPS}?force=metropolitan&date=2026-08").body)
    (month,) = stops.read_json("stops.json", items).parts
    assert isinstance(month, StopsData)
    assert (month.month, month.force, month.rows) == ("2026-08", "metropolitan", len(items))
    assert (month.first_day, month.last_day) == ("2026-08-01", "2026-08-31")
    located = month.stops.points.rows()
    points = [(float(longitude), float(latitude)) for latitude, longitude in located if latitude]
    found = set(boroughs().locate(points))
    assert all(code.startswith("E09") for code in found)
    assert len(found) == 32


def test_the_download_holds_the_same_months_as_the_api(first: Origin) -> None:
    body = get(first, statistics_routes.STOPS_CSV).body
    parts = read_table(csv_table("metropolitan-stop-and-search.csv", io.BytesIO(body))).parts
    months = {part.month: part.rows for part in parts if isinstance(part, StopsData)}
    assert (min(months), max(months), len(months)) == ("2025-08", "2026-08", 12)
    items = json.loads(get(first, f"{statistics_routes.STOPS}?force=metropolitan&date=2026-08").body)
    assert months["2026-08"] == len(items)


def test_the_missing_month_is_known_to_be_missing(first: Origin) -> None:
    (available,) = stops.read_dates("dates.json", json.loads(get(first, statistics_routes.STREET_DATES).body)).parts
    assert isinstance(available, MonthsAvailable)
    assert "2026-01" in available.listed
    assert "2026-01" not in available.present
