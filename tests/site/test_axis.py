"""The time axis of a topic: what is drawn, where, and what is left out."""

from __future__ import annotations

from aggregator.site.axis import RIGHT, WIDTH, axis

MONTHS = [f"2026-{n:02}" for n in range(1, 11)]


def test_everything_of_a_month_stands_above_each_other() -> None:
    found = axis([(m, n) for n, m in enumerate(MONTHS)], {"2026-03": 2}, {m: 100.0 + n for n, m in enumerate(MONTHS)})
    assert found is not None
    march = found.columns[2]
    assert (march.updates, march.changes, march.value) == (2, 2, 102.0)
    assert f"{march.centre}," in found.segments[0]
    assert march.x < march.centre < march.x + march.width
    assert found.left <= found.columns[0].x
    assert found.columns[-1].x + found.columns[-1].width <= WIDTH - RIGHT


def test_absent_is_not_zero() -> None:
    values = {"2026-02": 5.0, "2026-03": 6.0, "2026-05": 7.0, "2026-08": 9.0, "2026-09": 8.0}
    found = axis([(m, 1) for m in MONTHS], {}, values)
    assert found is not None
    assert len(found.segments) == 2  # February to March, August to September
    assert len(found.dots) == 1  # May stands alone
    assert len(found.gaps) == 3  # April, June, July; January and October are before and after the series


def test_without_figures_there_is_no_line_and_no_room_for_one() -> None:
    with_line = axis([(m, 1) for m in MONTHS], {}, dict.fromkeys(MONTHS, 3.0))
    without = axis([(m, 1) for m in MONTHS], {}, None)
    assert with_line is not None
    assert without is not None
    assert without.segments == without.y_ticks == without.gaps == ()
    assert without.height < with_line.height


def test_where_nothing_happened_nothing_is_drawn() -> None:
    assert axis([], {}, None) is None
    assert axis([(m, 0) for m in MONTHS], {}, None) is None
    assert axis([(m, 0) for m in MONTHS], {"2026-04": 1}, None) is not None


def test_one_update_beside_a_thousand_can_be_seen() -> None:
    found = axis([("2026-01", 1), ("2026-02", 1000), ("2026-03", 0)], {}, None)
    assert found is not None
    assert [c.bar_height > 1 for c in found.columns] == [True, True, False]
    assert found.busiest == 1000


def test_labels_have_room() -> None:
    months = [f"{2024 + n // 12}-{n % 12 + 1:02}" for n in range(11, 35)]
    found = axis([(m, 1) for m in months], {}, None)
    assert found is not None
    assert [t.text for t in found.x_ticks][:2] == ["2024-12", "2026-01"] or len(found.x_ticks) <= 6
    gaps = [b.at - a.at for a, b in zip(found.x_ticks, found.x_ticks[1:], strict=False)]
    assert min(gaps) > 50
