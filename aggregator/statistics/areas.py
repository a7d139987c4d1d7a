"""Areas by name: boroughs and the City by GSS code, and the pseudo-areas publishers use for what has no borough."""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources

from aggregator.statistics.model import Area

FORCE = "met"
UNKNOWN = "met-unknown"
OUTSIDE = "outside-london"

# Spellings seen in the published files, folded; what a pseudo-area means is in STATISTICS notes of each data set.
_ALIASES = {
    "heathrow airport": "met-airports",
    "london heathrow and london city airports": "met-airports",
    "london heathrow": "met-airports",
    "heathrow": "met-airports",
    "co18 heathrow airport": "met-airports",
    "co18 heathrow airport legacy only": "met-airports",
    "co18 city airport": "met-airports",
    "co18 city airport legacy only": "met-airports",
    "aviation security": "met-so18",
    "aviation security so18": "met-so18",
    "aviation security so18 legacy only": "met-so18",
    "so18": "met-so18",
    "": UNKNOWN,
    "n a": UNKNOWN,
    "unknown": UNKNOWN,
    "not known": UNKNOWN,
    "unspecified": UNKNOWN,
    "not recorded": UNKNOWN,
    "null": UNKNOWN,
    "1": UNKNOWN,  # the code -1
    "n k": "met-other",
    "n k legacy only": "met-other",
    "other nk": "met-other",
    "other": "met-other",
    "other borough not known": "met-other",
    "non met police force": "not-met",
    "outside mps": "not-met",
    "outside london": OUTSIDE,
    "mps": FORCE,
    "metropolitan police": FORCE,
    "metropolitan police service": FORCE,
    "metropolitan": FORCE,
    "city of westminster": "E09000033",
    "westminster city of": "E09000033",
    "london city of": "E09000001",
    "richmond": "E09000027",
    "kingston": "E09000021",
}


def fold(name: str) -> str:
    """Lower case, letters and digits only, single blanks: the form in which published names are compared."""
    return re.sub(r"[^a-z0-9]+", " ", name.replace("&", " and ").lower()).strip()


@cache
def known_areas() -> dict[str, Area]:
    """Boroughs, City, force and pseudo-areas by code. Populations are of the census of 2021 (ONS, OGL v3)."""
    text = resources.files(__package__).joinpath("data/areas.csv").read_text(encoding="utf-8")
    return {
        row["code"]: Area(
            row["code"],
            row["name"],
            row["kind"],
            int(row["population"]) if row["population"] else None,
            int(row["population_year"]) if row["population_year"] else None,
        )
        for row in csv.DictReader(text.splitlines())
    }


@cache
def _by_name() -> dict[str, str]:
    return {fold(area.name): code for code, area in known_areas().items()} | _ALIASES


def area_code(name: str) -> str | None:
    """Code of a borough, the City, the force or a pseudo-area by its published name or GSS code; None if unknown."""
    stripped = name.strip()
    if stripped in known_areas():
        return stripped
    return _by_name().get(fold(stripped))


def areas_of(codes: set[str]) -> tuple[Area, ...]:
    """The known areas with these codes, in code order."""
    known = known_areas()
    return tuple(known[code] for code in sorted(codes))
