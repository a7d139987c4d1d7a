"""Frozen values of the statistics room: what an importer makes of a file and what the database makes of a release.

Periods are text: ``YYYY-MM``, ``YYYY-Qn``, ``FY2024-25`` or ``YYYY``; within one data set they are all of one shape, so
that they sort as text. Counts are floats because some measures are shares. A cell that is not there is zero where its
release covers the period, and unknown elsewhere: zero cells are never stored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:  # every command loads this module, and few of them need numpy
    import numpy as np
    import numpy.typing as npt

    from aggregator.statistics.coded import Coded

State = Literal["complete", "provisional", "missing", "truncated", "suspect", "backfilled"]


class Cell(NamedTuple):
    """One figure. ``area`` is the code of an :class:`Area`, ``category`` the code of a :class:`Category`."""

    measure: str
    area: str
    category: str
    period: str
    value: float


class Area(NamedTuple):
    """A place that figures are given for. ``kind``: borough | city | ward | lsoa | force | pseudo."""

    code: str
    name: str
    kind: str
    population: int | None = None
    population_year: int | None = None


class Category(NamedTuple):
    """What is counted: ``code`` is a path of slugs (``burglary/res-burglary-of-a-home``), ``parent`` its first part."""

    code: str
    title: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Break:
    """A period from which the figures are not comparable with those before."""

    period: str
    note: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A family of figures that form one set of series. Series are never continued from one data set into another."""

    id: str
    title: str
    noun: str  # how a figure is called in a title: "Recorded {category} in Hackney"
    publisher: str
    homepage: str
    licence: str = "OGL-UK-3.0"
    attribution: str = ""
    cadence: str = "monthly"
    description: str = ""
    note: str = ""
    topic: str = ""  # slug of the topic its updates belong to
    additive_areas: bool = True  # within a category, its areas may be added up; False: shares, or the whole force alone
    additive_categories: bool = True  # within an area, its categories may be added up; False: they overlap
    provisional: int = 0  # how many of the newest periods are provisional when first published
    breaks: tuple[Break, ...] = ()
    opt_in: bool = False  # large: taken only when asked for by name


@dataclass(frozen=True, slots=True)
class ReleaseData:
    """One data set's part of one published file.

    The release covers every period from ``period_from`` to ``period_to``: a cell that is absent there is zero.
    ``refresh_date`` (``YYYY-MM-DD``) is the publisher's own stamp. Without one, ``earliest_date`` is the first day on
    which a file with these periods can have been published.
    """

    dataset: Dataset
    header_family: str
    period_from: str
    period_to: str
    cells: tuple[Cell, ...]
    areas: tuple[Area, ...]
    categories: tuple[Category, ...]
    refresh_date: str = ""
    earliest_date: str = ""
    rank: int = 0  # of two releases of one day the higher wins where both have a period
    rows: int = 0  # data rows of the file that belong to this data set
    problems: tuple[str, ...] = ()


class Stops(NamedTuple):
    """Stops and searches as published; blank is always ``""``, flags are ``True``, ``False`` or blank.

    A million of them pass through here, so that they are held by what they have in common.
    """

    at: npt.NDArray[np.int64]  # seconds since 1970, UTC
    kinds: Coded  # the fields of STOP_FIELDS
    points: Coded  # latitude and longitude


STOP_FIELDS: Final = (
    "type", "gender", "age_range", "self_ethnicity", "officer_ethnicity", "legislation", "object", "outcome",
    "linked", "more_than_outer",
)  # fmt: skip
"""What is published of a stop besides its time and place."""


@dataclass(frozen=True, slots=True)
class StopsData:
    """All stops that one force published for one month. A month is always whole: it replaces what was there."""

    force: str
    month: str
    rows: int
    stops: Stops = field(compare=False)
    header_family: str
    last_day: str = ""  # London date of the newest stop
    first_day: str = ""
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MonthsAvailable:
    """What a publisher says it has: the months for which ``force`` is listed, of all months of the list."""

    force: str
    listed: tuple[str, ...]  # every month of the list
    present: tuple[str, ...]  # those with the force


Part = ReleaseData | StopsData | MonthsAvailable


@dataclass(frozen=True, slots=True)
class FileData:
    """Everything that one file or answer held: one part per data set (or per month of stops)."""

    parts: tuple[Part, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RevisedFigure:
    """A figure a reader would recognise, before and after: one category in one area in one period."""

    measure: str
    area: str
    category: str
    period: str
    old: float
    new: float


@dataclass(frozen=True, slots=True)
class ReleaseSummary:
    """What storing one part changed. ``changed`` is False when the same figures were there already."""

    dataset: Dataset
    changed: bool
    first: bool = False  # the first release of its data set
    release_id: int | None = None
    released_at: str = ""
    sha256: str = ""
    url: str = ""
    period_from: str = ""
    period_to: str = ""
    new_periods: tuple[str, ...] = ()
    rows: int = 0
    added: int = 0  # cells of new periods, and of rows that the release before did not publish
    revised: int = 0  # cells changed, appeared or dropped, of rows that both releases publish
    removed: int = 0  # cells of rows that this release no longer publishes
    biggest: tuple[RevisedFigure, ...] = ()
    totals: tuple[tuple[str, float], ...] = ()  # new periods and their totals, where totals may be formed
    older: bool = False  # put in its place before releases that were there already
    states: tuple[tuple[str, str], ...] = ()  # periods whose coverage is worth a word, and the word
    problems: tuple[str, ...] = field(default=())
