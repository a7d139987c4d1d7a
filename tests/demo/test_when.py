"""Moments and words that are told from the moment the demonstration starts."""

from __future__ import annotations

import pytest

from aggregator.demo import when
from aggregator.models import Utc

NOW = Utc("2026-11-22T10:00:00Z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3d 09:20", "2026-11-19T09:20:00+00:00"),
        ("+9d 18:30", "2026-12-01T18:30:00+00:00"),
        ("3d", "2026-11-19T00:00:00+00:00"),
        ("25m", "2026-11-22T09:35:00+00:00"),
        ("2mo", "2026-09-01T00:00:00+01:00"),
        ("30d 09:20", "2026-10-23T09:20:00+01:00"),  # British Summer Time ended on 25 October
    ],
)
def test_a_moment_counts_from_now_in_london_time(text: str, expected: str) -> None:
    assert when.offset(when.resolve(text, NOW)) == expected


@pytest.mark.parametrize("text", ["yesterday", "3", "-3d", "3d 9:20", ""])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a moment; allowed"):
        when.resolve(text, NOW)


def test_placeholders_become_words() -> None:
    told = when.fill("On {day:1d}, that is {date:1d}, a {weekday:1d} in {month:1mo} {year:60d}.", NOW)
    assert told == "On Saturday, 21 November, that is 21 November 2026, a Saturday in October 2026."


def test_an_unknown_placeholder_is_refused() -> None:
    with pytest.raises(ValueError, match="is not a placeholder"):
        when.fill("{hour:1d}", NOW)


def test_each_publisher_writes_dates_in_its_own_way() -> None:
    summer = when.resolve("120d 09:20", NOW)
    assert when.utc(summer) == "2026-07-25T08:20:00Z"
    assert when.naive(summer) == "2026-07-25T09:20:00"
    assert when.rfc822(summer) == "Sat, 25 Jul 2026 09:20:00 +0100"
    assert when.gmt(summer) == "Sat, 25 Jul 2026 08:20:00 GMT"
