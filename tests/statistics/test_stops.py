"""Stops: months, places, groups, replacement; the same month from CSV and from the API is one and the same."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

import pytest

from aggregator.db.statistics_coverage import refresh_stops
from aggregator.db.statistics_stops import replace_stops_month
from aggregator.models import Utc
from aggregator.statistics.errors import BadTableError, NotTakenError
from aggregator.statistics.geography import boroughs
from aggregator.statistics.importers.stops import read_dates
from aggregator.statistics.model import StopsData
from aggregator.statistics.stop_groups import ethnicity_group, object_group, outcome_group
from tests.statistics.examples import SEEN, STOPS_HEADER, ask, database, read, stop_line, stops_csv, store

MORNING = stop_line("2024-08-02T09:00:00+00:00")
EVENING = stop_line("2024-08-02T21:00:00+00:00", outcome="Arrest", object_="Offensive weapons")


def as_json(*lines: str) -> str:
    """The same stops as the API gives them."""
    items = []
    for line in lines:
        v = line.split(",")
        items.append(
            {
                "type": v[0], "datetime": v[1], "operation": False, "operation_name": None,
                "location": {"latitude": v[4], "longitude": v[5], "street": {"id": 1, "name": "On or near Invented Way"}} if v[4] else None,
                "gender": v[6] or None, "age_range": v[7] or None, "self_defined_ethnicity": v[8] or None,
                "officer_defined_ethnicity": v[9] or None, "legislation": v[10] or None, "object_of_search": v[11] or None,
                "outcome": v[12], "outcome_linked_to_object_of_search": {"True": True, "False": False}.get(v[13]),
                "removal_of_more_than_outer_clothing": {"True": True, "False": False}.get(v[14]),
                "outcome_object": {"id": "bu-arrest", "name": v[12]}, "involved_person": True,
            }
        )  # fmt: skip
    return json.dumps(items)


def months(text: str) -> list[str]:
    return [part.month for part in read(text).parts if isinstance(part, StopsData)]


def count(conn: sqlite3.Connection) -> int:
    return int(conn.execute("SELECT count(*) FROM stops").fetchone()[0])


def test_a_stop_is_read_placed_and_grouped():
    conn = database()
    store(conn, stops_csv(EVENING))
    cursor = conn.execute("SELECT * FROM stops")
    stop = dict(zip([c[0] for c in cursor.description], cursor.fetchone(), strict=True))
    assert (stop["month"], stop["at"]) == ("2024-08", "2024-08-02T21:00:00Z")
    assert (stop["latitude"], stop["longitude"], stop["place"], stop["area"]) == (
        51.545,
        -0.055,
        "hackney",
        "E09000012",
    )
    assert (stop["outcome"], stop["outcome_group"]) == ("Arrest", "arrest")
    assert (stop["object"], stop["object_group"]) == ("Offensive weapons", "weapons")
    assert (stop["self_ethnicity_group"], stop["force"], stop["linked"]) == ("white", "metropolitan", 0)


def test_the_month_is_the_london_one():
    assert months(stops_csv(stop_line("2024-08-31T23:05:00+00:00"), stop_line("2024-09-30T22:55:00+00:00"))) == [
        "2024-09"
    ]
    assert months(stops_csv(stop_line("2024-01-31T23:59:00+00:00"))) == ["2024-01"]


def test_csv_and_api_give_the_same_month():
    conn = database()
    blank = stop_line(latitude="", longitude="", ethnicity="", outcome="")
    assert store(conn, stops_csv(MORNING, EVENING, blank)).changed
    again = store(conn, as_json(EVENING, blank, MORNING), name="stops.json")
    assert not again.changed
    assert conn.execute("SELECT count(*) FROM releases").fetchone() == (1,)


@pytest.mark.parametrize("order", [range(14, -1, -1), [4, 0, 5, 13, 1, 2, 3, 6, 9, 8, 7, 10, 12, 11, 14]])
@pytest.mark.parametrize("mark", ["", '"'], ids=["plain", "quoted"])
def test_columns_in_another_order_and_quoted_ones_give_the_same_month(order: Sequence[int], mark: str):
    conn = database()
    lines = [MORNING, EVENING, stop_line(latitude="51.5450", longitude="-0.0550"), MORNING]
    assert store(conn, stops_csv(*lines)).changed
    rows = [[line.split(",")[n] for n in order] for line in (STOPS_HEADER, *lines)]
    other = "\n".join(",".join(f"{mark}{field}{mark}" for field in row) for row in rows)
    assert not store(conn, other, name="other.csv").changed


def test_a_kind_of_stop_is_stored_once_whatever_month_it_is_in():
    conn = database()
    store(conn, stops_csv(MORNING, EVENING, MORNING))
    store(conn, stops_csv(stop_line("2024-09-02T09:00:00+00:00")))
    assert conn.execute("SELECT count(*), count(DISTINCT kind_id) FROM stop_rows").fetchone() == (4, 2)
    assert conn.execute("SELECT count(*) FROM stop_kinds").fetchone() == (2,)
    assert conn.execute("SELECT count(*) FROM stop_points").fetchone() == (1,)


def test_rows_that_are_alike_are_all_kept_and_numbered():
    conn = database()
    store(conn, stops_csv(MORNING, EVENING, MORNING, MORNING))
    assert [n for (n,) in conn.execute("SELECT occurrence FROM stops ORDER BY id")] == [1, 1, 2, 3]
    assert conn.execute("SELECT count(DISTINCT content_hash) FROM stops").fetchone() == (2,)


def test_a_changed_month_is_replaced_whole_and_logged():
    conn = database()
    store(conn, stops_csv(MORNING, EVENING))
    summary = store(
        conn, stops_csv(MORNING, stop_line("2024-08-03T10:00:00+00:00"), stop_line("2024-08-04T10:00:00+00:00"))
    )
    assert (summary.rows, summary.added, summary.removed, summary.new_periods) == (3, 2, 1, ())
    assert count(conn) == 3
    log = conn.execute("SELECT rows, added, removed, first_id IS NULL FROM stop_months ORDER BY release_id").fetchall()
    assert log == [(2, 2, 0, 1), (3, 2, 1, 0)]


def test_a_month_that_comes_back_to_what_it_was_is_a_third_version():
    conn = database()
    for text in (stops_csv(MORNING), stops_csv(EVENING), stops_csv(MORNING)):
        assert store(conn, text).changed
    assert conn.execute("SELECT count(*) FROM stop_months").fetchone() == (3,)
    assert count(conn) == 1


def test_other_forces_stand_apart():
    conn = database()
    store(conn, stops_csv(MORNING))
    store(conn, stops_csv(EVENING), name="2024-08-btp-stop-and-search.csv")
    assert conn.execute("SELECT force, count(*) FROM stops GROUP BY force").fetchall() == [
        ("btp", 1),
        ("metropolitan", 1),
    ]
    assert [m["searches"] for m in ask(conn, "stops_monthly", place="")] == [1]
    assert conn.execute("SELECT id FROM datasets ORDER BY id").fetchall() == [
        ("stop-and-search",),
        ("stop-and-search-btp",),
    ]


def test_monthly_counts_are_kept_with_the_rows():
    conn = database()
    store(conn, stops_csv(MORNING, EVENING, stop_line(latitude="51.5155", longitude="-0.0922")))
    (everywhere,), (hackney,), (city,) = (
        ask(conn, "stops_monthly", place=""),
        ask(conn, "stops_monthly", place="hackney"),
        ask(conn, "stops_monthly", place="city-of-london"),
    )
    assert (everywhere["searches"], everywhere["with_outcome"], everywhere["arrests"]) == (3, 1, 1)
    assert (hackney["searches"], city["searches"]) == (2, 1)


def test_an_empty_list_means_not_published_never_zero():
    with pytest.raises(NotTakenError, match="not published"):
        read("[]")
    with pytest.raises(NotTakenError, match="not published"):
        read(STOPS_HEADER + "\n")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (stop_line("yesterday"), "no time in UTC"),
        (stop_line("2024-13-01T12:00:00+00:00"), "cannot be read"),
        (stop_line("2024-08-01T12:00:00+01:00"), "no time in UTC"),
        (stop_line("NaT                +00:00"), "cannot be read"),
        (stop_line("1969-12-31T12:00:00+00:00"), "before 1970"),
        (stop_line(latitude="north"), "no place on earth"),
        (stop_line(latitude=""), "no place on earth"),
        (stop_line(latitude="nan", longitude="nan"), "no place on earth"),
        (stop_line().replace("False,False", "maybe,False"), "neither True nor False"),
    ],
)
def test_what_cannot_be_is_refused(line, said):
    conn = database()
    with pytest.raises(BadTableError, match=said):
        store(conn, stops_csv(line))


@pytest.mark.parametrize("month", ["zzzzzzz", "2024-13", "2024-1 ", "9999-12", "202409 ", 202409, None])
def test_a_published_list_with_what_is_no_month_is_refused(month):
    """A text that sorts after all months made the list of months between it and the last figure endless."""
    listed = [{"date": "2024-08", "stop-and-search": ["metropolitan"]}, {"date": month, "stop-and-search": []}]
    with pytest.raises(BadTableError, match=r"dates\.json: .*without a month"):
        read_dates("dates.json", listed)


def test_a_published_list_of_months_makes_gaps_missing_and_a_late_month_backfilled():
    conn = database()
    dates = [
        {"date": month, "stop-and-search": ["btp"] + ["metropolitan"] * (month != "2024-09")}
        for month in ("2024-08", "2024-09", "2024-10")
    ]
    store(conn, stops_csv(MORNING))
    store(conn, stops_csv(stop_line("2024-10-02T10:00:00+00:00")))
    from aggregator.db.statistics import apply_file

    apply_file(
        conn, read(json.dumps(dates)), url="", filename="", sha256="d", etag="", seen_at=Utc("2026-11-23T10:00:00Z")
    )
    assert coverage(conn, "2024-09") == ("missing", "the publisher lists the month without the force")
    store(conn, stops_csv(stop_line("2024-09-02T10:00:00+00:00")), seen_at=Utc("2026-12-23T10:00:00Z"))
    assert coverage(conn, "2024-09") == ("backfilled", "was missing when looked for on 2026-11-23")


def test_a_month_that_was_missing_only_between_two_files_of_one_run_is_not_late():
    conn = database()
    for at in ("2024-08-02", "2024-10-02", "2024-09-02"):
        part = read(stops_csv(stop_line(f"{at}T10:00:00+00:00"))).parts[0]
        assert isinstance(part, StopsData)
        replace_stops_month(conn, part, url="", filename="", sha256=at, etag="", seen_at=SEEN)
    refresh_stops(conn, "metropolitan", Utc("2026-12-23T10:00:00Z"))
    assert coverage(conn, "2024-09") == ("complete", "")


def coverage(conn: sqlite3.Connection, month: str) -> tuple[str, str]:
    return conn.execute("SELECT state, note FROM coverage WHERE period = ?", (month,)).fetchone()  # type: ignore[no-any-return]


def test_points_fall_in_boroughs_in_the_city_and_outside():
    # Hackney Town Hall, Guildhall, Croydon Clocktower, Watford
    points = [(-0.0574, 51.5452), (-0.0922, 51.5155), (-0.0995, 51.3722), (-0.3960, 51.6565)]
    assert boroughs().locate(points) == ["E09000012", "E09000001", "E09000008", "outside-london"]


def test_groups_follow_the_published_words():
    assert outcome_group("Local resolution") == outcome_group("Community resolution") == "community-resolution"
    assert outcome_group("Khat or Cannabis warning") == "drugs-warning"
    assert outcome_group("Sent to the moon") == "unknown-value"
    assert object_group("Articles for use in criminal damage", "2017-12") == "several"
    assert object_group("Articles for use in criminal damage", "2018-01") == "criminal-damage"
    assert ethnicity_group("Black or Black British - Caribbean (B1)") == "black"
    assert ethnicity_group("Chinese or other ethnic group - Chinese (O1)") == "asian"
    assert ethnicity_group("Other ethnic group - Not stated") == ethnicity_group("") == "not-stated"
