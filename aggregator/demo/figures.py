"""Invented figures that look like real ones and are the same at every start in the same month."""

from __future__ import annotations

import csv
import io
import itertools
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from aggregator.demo import when

WINDOW: Final = 24
"""Months in the file of recorded crime."""
_STOP_COLUMNS: Final = {  # column of the download → key of the API
    "Type": "type",
    "Date": "datetime",
    "Part of a policing operation": "operation",
    "Policing operation": "operation_name",
    "Latitude": "latitude",
    "Longitude": "longitude",
    "Gender": "gender",
    "Age range": "age_range",
    "Self-defined ethnicity": "self_defined_ethnicity",
    "Officer-defined ethnicity": "officer_defined_ethnicity",
    "Legislation": "legislation",
    "Object of search": "object_of_search",
    "Outcome": "outcome",
    "Outcome linked to object of search": "outcome_linked_to_object_of_search",
    "Removal of more than just outer clothing": "removal_of_more_than_outer_clothing",
}
_EPOCH_MONTH: Final = 2020 * 12
_REVISED_MONTHS: Final = 4
_LATE_SHARE: Final = 0.015
"""Share of the newest month that is recorded late: it is published a little low, and completed by the next release."""


@dataclass(frozen=True, slots=True)
class Borough:
    """A borough: how busy it is beside an average one, and a point well inside it."""

    name: str
    weight: float
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Crime:
    """A class of offences: a typical month in an average borough, its trend by year and its swing in winter."""

    group: str
    subgroup: str
    typical: float
    trend: float
    winter: float


@dataclass(frozen=True, slots=True)
class Shares:
    """What stops are drawn from: each member is a value, or several that go together, and its share."""

    per_month: int
    gender: Sequence[Sequence[Any]]
    age_range: Sequence[Sequence[Any]]
    ethnicity: Sequence[Sequence[Any]]
    power: Sequence[Sequence[Any]]
    outcome: Sequence[Sequence[Any]]
    streets: Sequence[str]


@cache
def _raw() -> Any:
    return yaml.safe_load(files("aggregator.demo").joinpath("content", "statistics.yaml").read_text("utf-8"))


@cache
def boroughs() -> tuple[Borough, ...]:
    """The 32 boroughs."""
    return tuple(Borough(*row) for row in _raw()["boroughs"])


@cache
def crimes() -> tuple[Crime, ...]:
    """The classes of offences in the file."""
    return tuple(Crime(*row) for row in _raw()["crimes"])


@cache
def shares() -> Shares:
    """What stops are drawn from."""
    return Shares(**_raw()["stops"])


def _dice(*seed: object) -> random.Random:
    return random.Random("|".join(map(str, seed)))  # noqa: S311 - invented figures, not secrets


# --- recorded crime ---------------------------------------------------------------------------------------------
def recorded_crime(newest: datetime, *, revised: bool) -> str:
    """The borough file, 24 months to ``newest``: one row for each borough and class, a column for each month (YYYYMM).

    ``revised``: the release after the one that ended a month earlier. Some cells of recent months differ from it.
    """
    months = [when.first_of_month(newest, -back) for back in range(WINDOW - 1, -1, -1)]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["Group", "SubGroup", "BOCU", *(f"{m:%Y%m}" for m in months)])
    for crime in crimes():
        for borough in boroughs():
            cells = [
                _cell(crime, borough, m, age, revised) for age, m in zip(range(WINDOW - 1, -1, -1), months, strict=True)
            ]
            if any(cells):  # as published: no row where nothing happened in the whole window
                writer.writerow([crime.group, crime.subgroup, borough.name, *cells])
    return out.getvalue()


def _cell(crime: Crime, borough: Borough, month: datetime, age: int, revised: bool) -> int:
    """One count. ``age`` in months from the newest, which is short of late entries."""
    index = month.year * 12 + month.month - 1
    dice = _dice(crime.subgroup, borough.name, index)
    years = (index - _EPOCH_MONTH) / 12 - 6
    season = 1 + crime.winter * math.cos((month.month - 1) * math.pi / 6)
    mean = crime.typical * borough.weight * (1 + crime.trend) ** years * season
    value = round(mean * dice.uniform(0.85, 1.15)) if mean >= 5 else _rare(mean, dice)
    if age == 0:
        late = value * _LATE_SHARE
        return value - int(late) - (dice.random() < late % 1)
    if revised and 2 <= age < _REVISED_MONTHS and dice.random() < 0.05:
        return value + dice.choice((-2, -1, 1, 2, 3)) if value > 5 else value
    return value


def _rare(mean: float, dice: random.Random) -> int:
    """A Poisson number: what is rare does not happen every month."""
    limit, product, count = math.exp(-mean), dice.random(), 0
    while product > limit:
        product *= dice.random()
        count += 1
    return count


def strength(newest: datetime) -> str:
    """Officers, staff and PCSOs at the end of each of 24 months."""
    lines = ["Date,Police Officer Strength,Police Staff Strength,PCSO Strength"]
    for back in range(WINDOW - 1, -1, -1):
        month = when.first_of_month(newest, -back)
        dice = _dice("strength", f"{month:%Y%m}")
        around = (33_000 + 40 * back, 11_400 - 15 * back, 1_350 + 4 * back)
        lines.append(f"{month:%b-%y}," + ",".join(str(n + dice.randint(-30, 30)) for n in around))
    return "\r\n".join(lines) + "\r\n"


# --- stop and search --------------------------------------------------------------------------------------------
def stops(month: datetime, share: float = 1.0) -> list[dict[str, object]]:
    """A month of stops as data.police.uk's API gives them. ``share`` under 1 makes a month that is too thin."""
    return [stop for borough in boroughs() for stop in _borough_stops(borough, month, share)]


def stops_csv(months: Sequence[list[dict[str, object]]]) -> str:
    """Months of stops, as :func:`stops` gives them, in the form of data.police.uk's downloads."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_STOP_COLUMNS)
    for stop in itertools.chain.from_iterable(months):
        located = {**stop, **(stop["location"] if isinstance(stop["location"], dict) else {})}
        cells = (located.get(key) for key in _STOP_COLUMNS.values())
        writer.writerow("" if cell is None else cell for cell in cells)
    return out.getvalue()


def _borough_stops(borough: Borough, month: datetime, share: float) -> Iterator[dict[str, object]]:
    dice = _dice("stops", borough.name, f"{month:%Y%m}")
    for _ in range(round(shares().per_month * borough.weight * share * dice.uniform(0.85, 1.15))):
        yield _stop(borough, month, dice)


def _stop(borough: Borough, month: datetime, dice: random.Random) -> dict[str, object]:
    drawn = shares()
    days = (when.first_of_month(month, 1) - month).days
    # from 01:00, so that no stop falls into another month when London's time is written as UTC
    at = month + timedelta(
        days=dice.randrange(days),
        hours=dice.choice((1, 11, 13, 15, 16, 17, 18, 19, 20, 21, 22)),
        minutes=dice.randrange(60),
    )
    self_defined, officer_defined = _draw(drawn.ethnicity, dice)
    legislation, target = _draw(drawn.power, dice)
    outcome_id, outcome = _draw(drawn.outcome, dice)
    street = dice.choice(drawn.streets)
    return {
        "age_range": _draw(drawn.age_range, dice)[0],
        "outcome": outcome,
        "involved_person": True,
        "self_defined_ethnicity": self_defined,
        "gender": _draw(drawn.gender, dice)[0],
        "legislation": legislation,
        "outcome_linked_to_object_of_search": False,
        "datetime": when.utc(at).replace("Z", "+00:00"),
        "removal_of_more_than_outer_clothing": dice.random() < 0.02,
        "outcome_object": {"id": outcome_id, "name": outcome},
        "location": _location(borough, street, dice) if dice.random() > 0.08 else None,
        "operation": False,
        "officer_defined_ethnicity": officer_defined,
        "type": "Person search" if dice.random() < 0.8 else "Person and Vehicle search",
        "operation_name": None,
        "object_of_search": target,
    }


def _location(borough: Borough, street: str, dice: random.Random) -> dict[str, object]:
    return {
        "latitude": f"{borough.latitude + dice.uniform(-0.004, 0.004):.6f}",
        "street": {"id": dice.randrange(1_600_000, 1_700_000), "name": f"On or near {street}"},
        "longitude": f"{borough.longitude + dice.uniform(-0.006, 0.006):.6f}",
    }


def _draw(members: Sequence[Sequence[Any]], dice: random.Random) -> Sequence[Any]:
    """One of the members by their shares, without the share."""
    return dice.choices([m[:-1] for m in members], [m[-1] for m in members])[0]
