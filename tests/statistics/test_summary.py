"""The update that tells of a release."""

from __future__ import annotations

from dataclasses import replace

from aggregator.clock import plus
from aggregator.statistics.datasets import STOPS
from aggregator.statistics.model import ReleaseSummary
from aggregator.statistics.summary import release_entries, release_entry
from tests.statistics.examples import SEEN, borough_csv, database, stop_line, stops_csv, store

HOME, THEFT = ("BURGLARY", "RES BURGLARY OF A HOME", "Hackney"), ("THEFT", "SHOPLIFTING", "Unknown")


def test_a_revision_without_new_months_is_named_by_its_biggest_figure():
    conn = database()
    store(conn, borough_csv(["202511"], {HOME: [142], THEFT: [900]}))
    summary = store(conn, borough_csv(["202511"], {HOME: [147], THEFT: [100]}))
    entry = release_entry("Recorded crime", summary)
    assert entry is not None
    # The row Unknown fell by more, but is no place; it is among the "other figures".
    assert entry.title == "Recorded burglary in Hackney revised for 2025-11: 142 → 147 (and 1 other figure)"
    assert entry.kind == "statistics"
    assert "Recorded burglary in Hackney revised for 2025-11: 142 → 147" in entry.body


def test_a_new_month_is_named_with_the_number_of_revisions():
    conn = database()
    store(conn, borough_csv(["202511"], {HOME: [142]}))
    entry = release_entry("Recorded crime", store(conn, borough_csv(["202511", "202512"], {HOME: [147, 150]})))
    assert entry is not None
    assert entry.title == "Recorded crime by borough: December 2025 published; 1 earlier figure revised"
    assert "All areas together, December 2025: 150." in entry.body
    assert "December 2025 is provisional" in entry.body
    assert entry.published_at == "2026-01-01T00:00:00Z"


def test_nothing_changed_is_no_update():
    conn = database()
    text = borough_csv(["202511"], {HOME: [142]})
    store(conn, text)
    assert release_entry("Recorded crime", store(conn, text)) is None


def test_two_releases_are_two_updates_and_one_release_is_always_the_same():
    conn, other = database(), database()
    first, second = borough_csv(["202511"], {HOME: [142]}), borough_csv(["202511"], {HOME: [147]})
    keys = [release_entry("x", store(conn, text)).key for text in (first, second)]  # type: ignore[union-attr]
    assert len(set(keys)) == 2
    assert release_entry("x", store(other, first)).key == keys[0]  # type: ignore[union-attr]


def test_a_month_that_comes_back_to_what_it_was_is_an_update_of_its_own_each_time():
    """Under the key of its first publication it would pass for a silent edit of that."""
    conn = database()
    first, second = stops_csv(stop_line()), stops_csv(stop_line("2024-08-09T12:00:00+00:00"))
    found = [
        release_entry("police.uk", store(conn, text, seen_at=plus(SEEN, n * 3600)))
        for n, text in enumerate((first, second, first, second, first))
    ]
    assert len({entry.key for entry in found if entry is not None}) == 5


def test_a_month_of_stops_and_its_correction():
    conn = database()
    first = release_entry("police.uk", store(conn, stops_csv(stop_line())))
    second = release_entry("police.uk", store(conn, stops_csv(stop_line(), stop_line("2024-08-09T12:00:00+00:00"))))
    assert first is not None
    assert second is not None
    assert first.title == "Stop and search: August 2024 published, 1 search"
    assert second.title == "Stop and search revised for 2024-08: 1 search added, 0 taken out"


def test_many_new_months_of_stops_are_one_update_named_by_the_newest():
    """A first import of an archive must not fill every list with one update a month."""
    months = [
        replace(_month("2026-06", 900), first=True),
        _month("2026-07", 1_000),
        replace(_month("2026-05", 700), new_periods=(), added=7, removed=2),
    ]
    found = release_entries("Police data", months)
    assert [e.title for e in found] == [
        "Stop and search revised for 2026-05: 7 searches added, 2 taken out",
        "Stop and search: July 2026 published, 1,000 searches; 1 earlier month with it",
    ]
    assert found[1].summary == "1,900 searches in 2 months, June 2026 to July 2026."


def test_old_months_that_are_added_later_are_one_update_too():
    months = [replace(_month(m, 500), older=True) for m in ("2024-03", "2024-01", "2024-02")]
    (found,) = release_entries("Police data", months)
    assert found.title == "Stop and search: 3 earlier months added, January 2024 to March 2024"


def _month(period: str, rows: int) -> ReleaseSummary:
    return ReleaseSummary(
        STOPS, True, released_at="2026-11-22T10:00:00Z", sha256=period, period_from=period, period_to=period,
        new_periods=(period,), rows=rows, added=rows,
    )  # fmt: skip
