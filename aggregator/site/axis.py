"""One time axis for a topic: figures as a line, policy changes as markers, updates as bars. Numbers in, geometry out; pure.

All three share the months, so that what was published, what changed in the rules and what the figures did can be seen
above each other. The line breaks where no figure was published: absent is not zero.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aggregator.site.chart import CHAR, Tick, scale, tick_text

WIDTH = 400
RIGHT = 8
LINE_HEIGHT, LANE_HEIGHT, BARS_HEIGHT, LABELS_HEIGHT = 96, 24, 56, 22
TOP = 10


@dataclass(frozen=True, slots=True)
class Column:
    """A month: where it is, how many updates it brought and how high their bar is, how many policies changed in it."""

    month: str
    x: float
    centre: float
    width: float
    updates: int
    bar_y: float
    bar_height: float
    changes: int
    value: float | None


@dataclass(frozen=True, slots=True)
class Axis:
    """The whole drawing. ``segments``, ``dots``, ``gaps`` and ``y_ticks`` are empty where there is no figure."""

    columns: tuple[Column, ...]
    segments: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    gaps: tuple[tuple[float, float], ...]
    y_ticks: tuple[Tick, ...]
    x_ticks: tuple[Tick, ...]
    busiest: int
    left: float
    lane: float  # the height of the markers
    line_bottom: float
    bars_top: float
    bars_bottom: float
    height: float
    top: int = TOP
    width: int = WIDTH
    right: int = WIDTH - RIGHT


def axis(
    updates: Sequence[tuple[str, int]], changes: Mapping[str, int], values: Mapping[str, float | None] | None
) -> Axis | None:
    """The axis of consecutive months; None when nothing happened in any. ``values`` None: there is no figure to show."""
    if not updates or not (any(n for _, n in updates) or changes or values):
        return None
    known = {month: value for month, value in (values or {}).items() if value is not None}
    shown = [known[month] for month, _ in updates if month in known]
    drawn = len(shown) > 1
    lowest, highest, step = _scale(shown) if drawn else (0.0, 1.0, 1.0)
    labels = [(lowest + step * n) for n in range(round((highest - lowest) / step) + 1)] if drawn else []
    texts = [tick_text(t, step) for t in labels]
    busiest = max((n for _, n in updates), default=0)
    left = round(10 + CHAR * max(len(text) for text in [*texts, f"{busiest:,}"]), 1)
    line_bottom = TOP + LINE_HEIGHT if drawn else TOP
    bars_top = line_bottom + LANE_HEIGHT
    bars_bottom = bars_top + BARS_HEIGHT
    slot = (WIDTH - left - RIGHT) / len(updates)

    y = _heights(line_bottom, lowest, highest)
    columns = tuple(
        _column(month, count, left + slot * n, slot, busiest, bars_bottom, changes.get(month, 0), known.get(month))
        for n, (month, count) in enumerate(updates)
    )
    runs = _runs(columns) if drawn else []
    return Axis(
        columns=columns,
        segments=tuple(" ".join(f"{c.centre},{y(c.value or 0)}" for c in run) for run in runs if len(run) > 1),
        dots=tuple((run[0].centre, y(run[0].value or 0)) for run in runs if len(run) == 1),
        gaps=_gaps(columns) if drawn else (),
        y_ticks=tuple(Tick(y(t), text) for t, text in zip(labels, texts, strict=True)),
        x_ticks=_x_ticks(columns),
        busiest=busiest,
        left=left,
        lane=line_bottom + LANE_HEIGHT / 2,
        line_bottom=line_bottom,
        bars_top=bars_top,
        bars_bottom=bars_bottom,
        height=bars_bottom + LABELS_HEIGHT,
    )


def _heights(bottom: float, lowest: float, highest: float) -> Callable[[float], float]:
    """Where a value of the line stands, between ``bottom`` and the top of the axis."""
    return lambda value: round(bottom - (bottom - TOP) * (value - lowest) / (highest - lowest), 1)


def _scale(shown: Sequence[float]) -> tuple[float, float, float]:
    return scale(min(shown), max(shown), whole=all(float(v).is_integer() for v in shown))


def _column(
    month: str, count: int, x: float, slot: float, busiest: int, bottom: float, changes: int, value: float | None
) -> Column:
    tall = round((BARS_HEIGHT - 6) * count / busiest, 1) if busiest else 0.0
    if count:
        tall = max(tall, 1.5)  # one update beside a thousand is not none
    return Column(
        month=month,
        x=round(x + slot * 0.1, 1),
        centre=round(x + slot / 2, 1),
        width=round(slot * 0.8, 1),
        updates=count,
        bar_y=round(bottom - tall, 1),
        bar_height=tall,
        changes=changes,
        value=value,
    )


def _runs(columns: Sequence[Column]) -> list[list[Column]]:
    """Stretches without a gap."""
    runs: list[list[Column]] = [[]]
    for column in columns:
        if column.value is None:
            runs.append([])
        else:
            runs[-1].append(column)
    return [run for run in runs if run]


def _gaps(columns: Sequence[Column]) -> tuple[tuple[float, float], ...]:
    """Months without a figure between the first and the last that have one: before and after, none is due."""
    there = [n for n, column in enumerate(columns) if column.value is not None]
    return tuple((c.x, c.width) for c in columns[there[0] : there[-1]] if c.value is None)


def _x_ticks(columns: Sequence[Column]) -> tuple[Tick, ...]:
    """The first month, each January, and the last, where they leave room for each other."""
    chosen: list[int] = []
    for n in sorted({0, len(columns) - 1, *(n for n, c in enumerate(columns) if c.month.endswith("-01"))}):
        if not chosen or n - chosen[-1] >= len(columns) / 6:
            chosen.append(n)
    return tuple(Tick(columns[n].centre, columns[n].month) for n in chosen)
