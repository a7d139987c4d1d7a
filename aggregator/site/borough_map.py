"""The boroughs as shapes of an SVG map, from the shipped boundaries (ONS, OGL v3). Pure.

Simplified as a coverage, so that neighbours keep one common line, to what can be seen at the width of a phone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import shapely

WIDTH = 400
_TOLERANCE = 0.0025  # degrees: a little over a pixel
_BANDS = 5


@dataclass(frozen=True, slots=True)
class Shape:
    """One borough: its outline (the `d` of a path) and the band of its value, 0 (lowest) to 4; -1 without a value."""

    code: str
    name: str
    path: str
    band: int
    label: str


@dataclass(frozen=True, slots=True)
class Map:
    """A map in bands of equal size, and what each band reaches to."""

    shapes: tuple[Shape, ...]
    bands: tuple[tuple[float, float], ...]  # lowest and highest value in each band that is used
    width: int
    height: int


def draw(values: Mapping[str, float], labels: Mapping[str, str]) -> Map | None:
    """A map of values by area code, in fifths by rank. None with values for fewer than five areas."""
    outlines, height = _outlines()
    known = sorted(v for code, v in values.items() if code in outlines)
    if len(known) < _BANDS:
        return None

    def band(value: float) -> int:
        return min(_BANDS - 1, sum(v < value for v in known) * _BANDS // len(known))

    shapes = tuple(
        Shape(code, name, path, band(values[code]) if code in values else -1, labels.get(code, "no figure"))
        for code, (name, path) in outlines.items()
    )
    reach = [[v for v in known if band(v) == n] for n in range(_BANDS)]
    return Map(shapes, tuple((min(r), max(r)) for r in reach if r), WIDTH, height)


@cache
def _outlines() -> tuple[dict[str, tuple[str, str]], int]:
    """Name and path by code, and the height of the map."""
    text = resources.files("aggregator.statistics").joinpath("data/boroughs.json").read_text(encoding="utf-8")
    features = json.loads(text)["features"]
    shapes = shapely.from_geojson([json.dumps(feature["geometry"]) for feature in features])
    simple = shapely.coverage_simplify(shapes, _TOLERANCE)
    west, south, east, north = shapely.total_bounds(simple)
    across = math.cos(math.radians((south + north) / 2))  # a degree of longitude is shorter than one of latitude
    scale = (WIDTH - 4) / ((east - west) * across)

    def path(shape: shapely.Geometry) -> str:
        rings = [ring for part in shapely.get_parts(shape) for ring in shapely.get_coordinates(part.exterior)[None]]
        return "".join(
            "M"
            + " ".join(f"{(x - west) * across * scale + 2:.1f},{(north - y) * scale + 2:.1f}" for x, y in ring)
            + "Z"
            for ring in rings
        )

    named = {
        str(f["properties"]["code"]): (str(f["properties"]["name"]), path(shape))
        for f, shape in zip(features, simple, strict=True)
    }
    return named, math.ceil((north - south) * scale + 4)
