"""Digests are due by the clock on a London wall."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.clock import FORMAT, epoch
from aggregator.models import Utc
from aggregator.subscriptions.timetable import LONDON, minutes, next_due

SEVEN = 7 * 60


@pytest.mark.parametrize(
    ("every", "at", "day", "after", "due"),
    [
        ("daily", SEVEN, 0, "2026-11-22T06:59:59Z", "2026-11-22T07:00:00Z"),
        ("daily", SEVEN, 0, "2026-11-22T07:00:00Z", "2026-11-23T07:00:00Z"),  # it is later than its last time
        ("daily", SEVEN, 0, "2026-07-01T12:00:00Z", "2026-07-02T06:00:00Z"),  # summer
        ("daily", SEVEN, 0, "2026-03-28T12:00:00Z", "2026-03-29T06:00:00Z"),  # the night the clocks go forward
        ("daily", SEVEN, 0, "2026-10-24T12:00:00Z", "2026-10-25T07:00:00Z"),  # and back
        ("daily", 90, 0, "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"),  # 01:30 does not exist: 02:30 it is
        ("daily", 90, 0, "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),  # 01:30 comes twice: the first …
        ("daily", 90, 0, "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),  # … and not the second
        ("weekly", SEVEN, 0, "2026-11-22T12:00:00Z", "2026-11-23T07:00:00Z"),
        ("weekly", SEVEN, 6, "2026-11-22T07:00:00Z", "2026-11-29T07:00:00Z"),
        ("daily", 30, 0, "2026-06-30T23:29:59Z", "2026-06-30T23:30:00Z"),  # London is a day ahead of UTC
    ],
)
def test_examples(every: str, at: int, day: int, after: str, due: str) -> None:
    assert next_due(every, at, day, Utc(after)) == due


@given(
    every=st.sampled_from(["daily", "weekly"]), at=st.integers(0, 1439), day=st.integers(0, 6),
    after=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),
)  # fmt: skip
def test_it_is_always_later_within_a_period_and_on_its_day(every: str, at: int, day: int, after: datetime) -> None:
    start = Utc(after.strftime(FORMAT))
    due = next_due(every, at, day, start)
    longest = 86_400 if every == "daily" else 7 * 86_400
    assert 0 < epoch(due) - epoch(start) <= longest + 3600  # an hour more in October
    if every == "weekly":
        assert datetime.fromtimestamp(epoch(due), UTC).astimezone(LONDON).weekday() == day


@pytest.mark.parametrize(
    ("text", "found"), [("07:30", 450), ("7:30", 450), ("23:59", 1439), ("24:00", None), ("7", None), ("07:60", None), ("", None)]
)  # fmt: skip
def test_a_time_of_day_is_read(text: str, found: int | None) -> None:
    assert minutes(text) == found
