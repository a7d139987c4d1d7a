"""Announced releases: into the calendar, moved with the date they had before, cancelled; a replay writes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from aggregator.clock import plus
from aggregator.models import Utc
from tests.pipeline.harness import collect, feeds, rows, whole
from tests.support.origin import Origin

pytestmark = pytest.mark.usefixtures("unbounded")

NOW = Utc("2026-11-01T12:00:00Z")


def announce(origin: Origin, when: str, state: str, words: str = "") -> None:
    result = {
        "title": "Police powers and procedures: year ending March 2026", "link": "/government/statistics/announcements/powers",
        "description": "Stop and search and other powers.", "release_timestamp": when, "public_timestamp": "2026-10-01T09:30:00Z",
        "statistics_announcement_state": state, "display_date": words,
    }  # fmt: skip
    origin.add(
        "/api/search.json",
        body=json.dumps({"results": [result], "total": 1, "start": 0}).encode(),
        content_type="application/json",
    )


def calendar(db: Path) -> list[tuple[object, ...]]:
    return rows(db, "SELECT due_at, previous_due_at, state FROM scheduled_releases")


def test_a_release_is_announced_moved_and_cancelled(tmp_path: Path, origin: Origin) -> None:
    db = tmp_path / "met.db"
    config = feeds(
        tmp_path, origin.netloc, [{"id": "govuk-calendar", "kind": "calendar", "url": origin.url("/api/search.json")}]
    )
    announce(origin, "2026-11-26T09:30:00Z", "provisional")
    collect(db, config, now=NOW)
    assert calendar(db) == [("2026-11-26T09:30:00Z", None, "provisional")]
    before = whole(db, without=("fetches", "source_state", "table_counts"))
    collect(db, config, now=plus(NOW, 3600))
    assert whole(db, without=("fetches", "source_state", "table_counts")) == before

    announce(origin, "2026-12-03T09:30:00Z", "confirmed")
    collect(db, config, now=plus(NOW, 7200))
    assert calendar(db) == [("2026-12-03T09:30:00Z", "2026-11-26T09:30:00Z", "confirmed")]
    announce(origin, "2026-12-03T09:30:00Z", "cancelled")
    collect(db, config, now=plus(NOW, 10800))
    assert calendar(db) == [("2026-12-03T09:30:00Z", "2026-11-26T09:30:00Z", "cancelled")]
    assert rows(db, "SELECT count(*) FROM updates") == [(1,)], "one update, whose versions tell the moves"


@pytest.fixture
def asked(tmp_path: Path, origin: Origin) -> Callable[[str, str, str], tuple[object, ...]]:
    """A round after each announcement; what the calendar then has of it."""
    source = {"id": "govuk-calendar", "kind": "calendar", "url": origin.url("/api/search.json")}
    config = feeds(tmp_path, origin.netloc, [source])
    hours = count()

    def round_(when: str, state: str, words: str) -> tuple[object, ...]:
        announce(origin, when, state, words)
        collect(tmp_path / "met.db", config, now=plus(NOW, next(hours) * 3600))
        columns = "due_at, due_until, due_text, previous_due_at, previous_due_text, state"
        return rows(tmp_path / "met.db", f"SELECT {columns} FROM scheduled_releases")[0]

    return round_


JANUARY = ("2027-01-01T09:30:00Z", "provisional", "January 2027")
"""As GOV.UK has it: a timestamp with a time although only the month is known."""


def test_a_month_is_kept_as_a_month_and_its_day_is_a_confirmation_not_a_move(
    asked: Callable[[str, str, str], tuple[object, ...]], tmp_path: Path
) -> None:
    assert asked(*JANUARY) == ("2027-01-01T00:00:00Z", "2027-01-31", "January 2027", None, "", "provisional")
    day = ("2027-01-28T09:30:00Z", None, "28 January 2027 9:30am")
    assert asked("2027-01-28T09:30:00Z", "confirmed", "28 January 2027 9:30am") == (*day, None, "", "confirmed")
    assert rows(tmp_path / "met.db", "SELECT starts_at, ends_at FROM updates") == [("2027-01-28T09:30:00Z", None)]


def test_a_day_outside_the_month_another_month_and_a_day_taken_back_are_moves(
    asked: Callable[[str, str, str], tuple[object, ...]],
) -> None:
    assert asked("2026-12-01T09:30:00Z", "provisional", "December to January 2027")[1:4] == (
        "2027-01-31",
        "December to January 2027",
        None,
    )
    assert asked(*JANUARY)[3] is None, "one of the two months"
    assert asked("2027-02-01T09:30:00Z", "provisional", "February 2027")[3:5] == (
        "2027-01-01T00:00:00Z",
        "January 2027",
    )
    assert asked("2027-03-04T09:30:00Z", "confirmed", "4 March 2027 9:30am")[3:5] == (
        "2027-02-01T00:00:00Z",
        "February 2027",
    )
    assert asked("2027-03-01T09:30:00Z", "provisional", "March 2027")[3:5] == (
        "2027-03-04T09:30:00Z",
        "4 March 2027 9:30am",
    )


def test_words_that_are_no_date_are_kept_as_words(asked: Callable[[str, str, str], tuple[object, ...]]) -> None:
    assert asked("2027-04-01T08:30:00Z", "provisional", "Spring 2027") == (
        None,
        None,
        "Spring 2027",
        None,
        "",
        "provisional",
    )
    assert asked("2027-04-29T08:30:00Z", "confirmed", "29 April 2027 9:30am")[:4] == (
        "2027-04-29T08:30:00Z",
        None,
        "29 April 2027 9:30am",
        None,
    )
