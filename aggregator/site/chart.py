"""Geometry of the charts: numbers in, coordinates out; the templates write the SVG. Pure.

A line breaks where a value is absent: absent is not zero.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from aggregator.text import times

WIDTH, HEIGHT = 400, 220
RIGHT, TOP, BOTTOM = 12, 10, 24
CHAR = 7.5  # of an axis label, at the size it has on a phone
TICKS = 4
BARS_HEIGHT = 72


Points = Sequence[tuple[str, float | None]]
"""Period and value, in order."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A label and where it goes."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line chart."""

    segments: tuple[str, ...]  # `points` of polylines
    dots: tuple[tuple[float, float], ...]  # values with nothing on either side
    gaps: tuple[tuple[float, float], ...]  # x and width of what is absent
    y_ticks: tuple[Tick, ...]
    x_ticks: tuple[Tick, ...]
    left: float
    hollow: tuple[tuple[float, float], ...] = ()  # provisional values
    breaks: tuple[float, ...] = ()  # x from which on figures are not comparable with those before
    beside: tuple[str, ...] = ()  # `points` of the polylines of another series
    width: int = WIDTH
    height: int = HEIGHT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM
    top: int = TOP


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of a small bar chart."""

    x: float
    y: float
    width: float
    height: float
    label: str
    n: int


@dataclass(frozen=True, slots=True)
class Bars:
    """A small bar chart."""

    bars: tuple[Bar, ...]
    highest: int
    width: int = WIDTH
    height: int = BARS_HEIGHT


def line(
    points: Points,
    *,
    provisional: Collection[str] = (),
    breaks: Collection[str] = (),
    beside: Points = (),
    unit: str = "",
) -> Line | None:
    """A chart of (period, value or None) in order; None when fewer than two values are there.

    ``provisional``: periods whose points are drawn hollow. ``breaks``: periods before which the line is cut. ``beside``:
    another series of the same periods, drawn thinner. ``unit``: stands behind the numbers of the axis.
    """
    values = [v for _, v in points if v is not None]
    if len(values) < 2:
        return None
    values += [v for _, v in beside if v is not None]
    lowest, highest, step = scale(min(values), max(values), whole=all(float(v).is_integer() for v in values))
    span = max(len(points) - 1, 1)
    labels = [(t, tick_text(t, step) + unit) for t in _ticks(lowest, highest, step)]
    wide = CHAR * max(len(text) for _, text in labels) + CHAR * len(unit)  # "%" is nearly two digits wide
    left = round(12 + wide, 1)
    xs = [round(left + (WIDTH - left - RIGHT) * n / span, 1) for n in range(len(points))]
    half = (xs[1] - xs[0]) / 2

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - lowest) / (highest - lowest), 1)

    runs = _runs(points, breaks)
    return Line(
        segments=_drawn(runs, xs, y),
        dots=tuple((xs[run[0][0]], y(run[0][1])) for run in runs if len(run) == 1),
        gaps=tuple((round(xs[n] - half, 1), round(2 * half, 1)) for n, (_, v) in enumerate(points) if v is None),
        y_ticks=tuple(Tick(y(t), text) for t, text in labels),
        x_ticks=_x_ticks([p for p, _ in points], xs),
        left=left,
        hollow=tuple((xs[n], y(v)) for n, (p, v) in enumerate(points) if p in provisional and v is not None),
        breaks=tuple(round(xs[n] - half, 1) for n, (p, _) in enumerate(points) if p in breaks and n),
        beside=_drawn(_runs(beside, breaks), xs, y),
    )


def _drawn(
    runs: Sequence[Sequence[tuple[int, float]]], xs: Sequence[float], y: Callable[[float], float]
) -> tuple[str, ...]:
    """The stretches of more than a point, as SVG has the points of a line."""
    return tuple(" ".join(f"{xs[n]},{y(v)}" for n, v in run) for run in runs if len(run) > 1)


def _ticks(lowest: float, highest: float, step: float) -> list[float]:
    return [lowest + step * n for n in range(round((highest - lowest) / step) + 1)]


def _runs(points: Points, breaks: Collection[str] = ()) -> list[list[tuple[int, float]]]:
    """Stretches without a gap or a break, as (position, value)."""
    runs: list[list[tuple[int, float]]] = [[]]
    for n, (period, value) in enumerate(points):
        if value is None or period in breaks:
            runs.append([])
        if value is not None:
            runs[-1].append((n, value))
    return [run for run in runs if run]


def tick_text(value: float, step: float) -> str:
    """The label of a tick, with as many decimals as the step has: 2.5, not 2."""
    decimals = next((n for n in range(9) if math.isclose(step * 10**n, round(step * 10**n), rel_tol=1e-9)), 9)
    return f"{value:,.{decimals}f}"


def scale(lowest: float, highest: float, *, whole: bool = False) -> tuple[float, float, float]:
    """An axis in round steps that holds the values and zero: lowest, highest, step. ``whole``: of things that are counted."""
    lowest, highest = min(lowest, 0.0), max(highest, 0.0)
    reach = max(highest - lowest, 1e-9)
    rough = reach / TICKS
    magnitude = 10.0 ** math.floor(math.log10(rough))
    steps = [magnitude * m for m in (1, 2, 2.5, 5, 10) if magnitude * m >= rough]
    step = next((s for s in steps if s >= 1 and s == int(s)), 1.0) if whole else steps[0]
    return math.floor(lowest / step) * step, math.ceil(highest / step) * step or step, step


def _x_ticks(periods: Sequence[str], xs: Sequence[float]) -> tuple[Tick, ...]:
    """The beginnings of years where periods are months and there are several years; else first, middle and last."""
    januaries = [n for n, p in enumerate(periods) if p.endswith("-01")]
    if len(januaries) >= 2:
        stride = math.ceil(len(januaries) / 6)
        return tuple(Tick(xs[n], periods[n][:4]) for n in januaries[::stride])
    chosen = sorted({0, len(periods) // 2, len(periods) - 1} if len(periods) > 2 else {0, len(periods) - 1})
    return tuple(Tick(xs[n], _tick_period(periods[n])) for n in chosen)


def _tick_period(text: str) -> str:
    """A month as the tables write it; a financial year shorter, so that the labels leave room for each other."""
    return text.removeprefix("FY") if text.startswith("FY") else times.period(text)


def bars(counts: Sequence[tuple[str, int]]) -> Bars | None:
    """A bar a month; None when there is fewer than two."""
    if len(counts) < 2:
        return None
    highest = max(n for _, n in counts) or 1
    slot = WIDTH / len(counts)
    found = []
    for position, (label, n) in enumerate(counts):
        tall = round((BARS_HEIGHT - 4) * n / highest, 1)
        found.append(
            Bar(round(position * slot + 1, 1), round(BARS_HEIGHT - tall, 1), round(slot - 2, 1), tall, label, n)
        )
    return Bars(tuple(found), highest)
