"""Which months are flagged and why."""

from __future__ import annotations

import pytest

from aggregator.statistics.coverage import MonthCount, stops_coverage
from aggregator.statistics.periods import last_day_of, months_between


def month(name: str, rows: int, last_day: str = "") -> MonthCount:
    return MonthCount(name, rows, name + "-01", last_day or last_day_of(name))


STEADY = [month(m, 10_000) for m in months_between("2023-01", "2023-12")]


def states(counts: list[MonthCount], **options: object) -> dict[str, str]:
    return {c.period: c.state for c in stops_coverage(counts, **options) if c.state != "complete"}  # type: ignore[arg-type]


def test_the_months_between_two_months_are_counted_and_not_compared_as_text():
    assert months_between("2023-11", "2024-02") == ["2023-11", "2023-12", "2024-01", "2024-02"]
    assert months_between("2024-02", "2023-11") == []
    assert months_between("9999-11", "9999-12") == ["9999-11", "9999-12"]


@pytest.mark.parametrize("text", ["zzzzzzz", "2024-13", "2024", "2024-01-01", ""])
def test_between_what_are_no_months_there_are_none(text: str):
    for first, last in ((text, "2024-02"), ("2024-02", text)):
        with pytest.raises(ValueError, match="is no month"):
            months_between(first, last)


def test_below_sixty_per_cent_of_the_usual_is_suspect():
    assert states([*STEADY, month("2024-01", 5_999), month("2024-02", 6_000)]) == {"2024-01": "suspect"}


def test_suspect_months_do_not_lower_the_measure_for_those_after_them():
    thin = [month(m, 3_500) for m in months_between("2024-01", "2024-08")]
    assert set(states(STEADY + thin)) == set(months_between("2024-01", "2024-08"))


def test_a_slow_decline_is_no_suspicion():
    assert states([month(m, 10_000 - 150 * n) for n, m in enumerate(months_between("2022-01", "2025-12"))]) == {}


def test_a_month_that_ends_early_is_truncated_and_says_where():
    (found,) = [c for c in stops_coverage([*STEADY, month("2024-01", 9_000, "2024-01-28")]) if c.period == "2024-01"]
    assert (found.state, found.note) == ("truncated", "ends on 2024-01-28")


def test_a_month_can_be_both_and_the_weightier_word_stands():
    (found,) = [c for c in stops_coverage([*STEADY, month("2024-01", 5_000, "2024-01-17")]) if c.period == "2024-01"]
    assert found.state == "suspect"
    assert found.flags == ("suspect", "truncated")
    assert "ends on 2024-01-17" in found.note


def test_months_without_a_file_are_missing_also_beyond_the_last_where_the_publisher_says_so():
    found = states([*STEADY, month("2024-02", 10_000)], absent=["2024-03"])
    assert found == {"2024-01": "missing", "2024-03": "missing"}


def test_a_few_months_are_no_measure():
    assert states([month("2024-01", 10_000), month("2024-02", 100)]) == {}
