"""The pure parts of the pages: evidence, charts, times, links."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.limits import MAX_EVIDENCE_SHOWN
from aggregator.site import chart, evidence, jinja
from aggregator.site.queries.search import snippet_marks
from aggregator.site.queries.statistics import Point, with_gaps
from aggregator.site.views import Mark
from aggregator.text import times

TEXT = "The officers stopped a van. They used stop and search powers, and body-worn video was on."


def row(*found: object) -> evidence.Tagged:
    return evidence.Tagged("topic", "stop-and-search", "Stop and search", "model", 0.9, json.dumps(found))


def at(start: int, end: int, text: str) -> dict[str, object]:
    return {"field": "body", "start": start, "end": end, "text": text, "rule": "r"}


def test_evidence_stands_in_its_context() -> None:
    start = TEXT.index("stop and search")
    [why] = evidence.tag(row(at(start, start + 15, "stop and search")), {"body": TEXT}).whys
    assert [m.text for m in why.marks if m.on] == ["stop and search"]
    assert "".join(m.text for m in why.marks) == TEXT


def test_evidence_is_found_again_when_the_text_has_moved() -> None:
    [why] = evidence.tag(row(at(0, 15, "stop and search")), {"body": TEXT}).whys
    assert why.marks[0].text.endswith("They used ")


def test_evidence_that_is_gone_still_says_its_words() -> None:
    [why] = evidence.tag(row(at(0, 5, "Taser")), {"body": TEXT}).whys
    assert why.marks == (Mark("Taser", on=True),)


def test_long_evidence_is_cut_and_counted() -> None:
    tag = evidence.tag(row(*(at(n, n + 3, TEXT[n : n + 3]) for n in range(10))), {"body": TEXT})
    assert len(tag.whys) == MAX_EVIDENCE_SHOWN
    assert tag.more == 10 - MAX_EVIDENCE_SHOWN


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "[1, null, {}]", '[{"field": 1}]', '[{"field":"body","start":"x","end":1,"text":"","rule":""}]'],
)
def test_bad_evidence_is_no_evidence(text: str) -> None:
    assert evidence.read(text) == ()


@given(st.text(max_size=50), st.lists(st.tuples(st.integers(-5, 60), st.integers(-5, 60)), max_size=8))
def test_marking_never_changes_the_text(text: str, ranges: list[tuple[int, int]]) -> None:
    wanted = [(max(a, 0), min(b, len(text))) for a, b in ranges]
    assert "".join(m.text for m in evidence.marked(text, wanted)) == text


def test_paragraphs_keep_marks_across_lines() -> None:
    assert evidence.paragraphs([Mark("one\n"), Mark("two\nthree", on=True), Mark("\n\n")]) == (
        (Mark("one"),), (Mark("two", on=True),), (Mark("three", on=True),),
    )  # fmt: skip


def test_a_snippet_cannot_forge_markup() -> None:
    assert snippet_marks("a \x02hit\x03 <b>\x03\x02") == (Mark("a "), Mark("hit", on=True), Mark(" <b>"))


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://example.org/a?b=c", True), ("http://example.org", True), ("HTTPS://EXAMPLE.ORG", True),
        ("javascript:alert(1)", False), ("java\nscript:alert(1)", False), ("//example.org", False), ("/path", False), ("", False),
        (None, False), ("data:text/html,x", False), ("https:///nohost", False), ("http://[::1", False), ('https://e.org/"onclick=x', False),
        ("https:\\\\example.org", False), (" https://example.org", False),
    ],
)  # fmt: skip
def test_only_web_addresses_become_links(url: str | None, link: bool) -> None:
    assert bool(jinja.web(url)) is link


@pytest.mark.parametrize(
    ("utc", "quality", "text"),
    [
        ("2026-07-01T22:30:00Z", "exact", "1 Jul 2026, 23:30"),
        ("2026-07-01T23:30:00Z", "exact", "2 Jul 2026, 00:30"),
        ("2026-12-31T23:30:00Z", "exact", "31 Dec 2026, 23:30"),
        ("2026-06-30T23:00:00Z", "day", "1 Jul 2026"),
        ("2026-06-30T23:00:00Z", "month", "July 2026"),
    ],
)
def test_times_are_shown_in_london(utc: str, quality: str, text: str) -> None:
    found = times.when(utc, quality)
    assert found is not None
    assert found.text == text


@pytest.mark.parametrize("utc", [None, "", "rubbish", "2026-13-01"])
def test_what_is_no_time_is_none(utc: str | None) -> None:
    assert times.when(utc) is None


@pytest.mark.parametrize(
    ("period", "text"),
    [
        ("2026-10", "Oct 2026"),
        ("2026", "2026"),
        ("2026-Q3", "2026-Q3"),
        ("FY2024-25", "Year to Mar 2025"),
        ("FY1999-00", "Year to Mar 2000"),
        ("2026-13", "2026-13"),
        ("", ""),
    ],
)
def test_periods_are_said_plainly(period: str, text: str) -> None:
    assert times.period(period) == text


def test_a_line_breaks_where_nothing_was_published() -> None:
    line = chart.line([("2026-01", 1.0), ("2026-02", 2.0), ("2026-03", None), ("2026-04", 3.0)])
    assert line is not None
    assert (len(line.segments), len(line.dots), len(line.gaps)) == (1, 1, 1)


def test_too_few_values_make_no_chart() -> None:
    assert chart.line([("2026-01", 1.0), ("2026-02", None)]) is None
    assert chart.bars([("2026-01", 1)]) is None


@given(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=40))
def test_every_value_is_inside_the_chart(values: list[float]) -> None:
    line = chart.line([(str(n), v) for n, v in enumerate(values)])
    assert line is not None
    for point in line.segments[0].split():
        x, y = (float(part) for part in point.split(","))
        assert line.left <= x <= line.right
        assert line.top - 0.2 <= y <= line.bottom + 0.2


@given(st.floats(-1e12, 1e12, allow_subnormal=False), st.floats(-1e12, 1e12, allow_subnormal=False))
def test_an_axis_holds_its_values_in_few_round_steps(a: float, b: float) -> None:
    low, high, step = chart.scale(min(a, b), max(a, b))
    assert low <= min(a, b, 0)
    assert high >= max(a, b)
    assert low < high
    assert (high - low) / step < 11


def point(period: str, value: float | None) -> Point:
    return Point(period, value, "", "", None)


def test_months_without_a_row_are_gaps() -> None:
    assert [(p.period, p.value) for p in with_gaps([point("2025-11", 1), point("2026-02", 2)])] == [
        ("2025-11", 1), ("2025-12", None), ("2026-01", None), ("2026-02", 2),
    ]  # fmt: skip


def test_between_two_quarters_no_month_is_missing() -> None:
    quarters = [point("2025-03", 1), point("2025-06", 2), point("2025-12", 3)]
    assert [(p.period, p.value) for p in with_gaps(quarters, every=3)] == [
        ("2025-03", 1), ("2025-06", 2), ("2025-09", None), ("2025-12", 3),
    ]  # fmt: skip


def test_years_are_left_as_they_are() -> None:
    assert [p.period for p in with_gaps([point("2020", 1), point("2023", 2)])] == ["2020", "2023"]


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (0, "0"), (1234567.0, "1,234,567"), (2.5, "2.5"), (3.14159, "3.14")]
)
def test_numbers_have_separators(value: float | None, text: str) -> None:
    assert jinja.number(value) == text
