"""By what a story can be followed from one update to the next: names of operations and reference numbers.

Only what is meant to identify is taken: an operation's name, a computer-aided dispatch (CAD) number with its day, a
decision number of the Mayor's Office (PCD, DMPCD), a case reference of the IOPC, a crime reference. A person's name
is none of these: people must not be followed by their names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from aggregator.limits import MAX_KEYS

_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_NOT_NAMES: Final = frozenset(
    [
        "the",
        "a",
        "an",
        "and",
        "or",
        "of",
        "in",
        "on",
        "at",
        "to",
        "for",
        "is",
        "was",
        "were",
        "will",
        "has",
        "had",
        "have",
        "this",
        "that",
        "command",
        "commander",
        "team",
        "teams",
        "room",
        "unit",
        "manager",
        "support",
        "centre",
        "center",
        "centres",
        "hours",
        "officer",
        "officers",
        "we",
        "our",
        "it",
        "they",
        "police",
        "met",
        "london",
    ]
)
_OPERATION = re.compile(r"\b(?:Operation|Op\.?)\s+([A-Z][A-Za-z]{2,20})\b")
_CAD = re.compile(
    rf"\bCAD(?:\s+(?:reference|ref|number|no)\b\.?)?:?\s*(\d{{1,5}})\s*(?:/|of|on|-)\s*(\d{{1,2}})\s*(?:st|nd|rd|th)?\s*/?\s*({_MONTHS})",
    re.IGNORECASE,
)
_DECISION = re.compile(r"\b(PCD|DMPCD)[\s-]?(\d{1,5})\b")
_IOPC = re.compile(r"\b(20\d{2}/\d{6})\b")
_CRIME = re.compile(
    r"\b(?:crime (?:reference|ref)(?: (?:number|no)\.?)?|CRIS)\s*:?\s*(\d{2}/\d{5,8}/\d{2}|\d{6,10}/\d{2})\b",
    re.IGNORECASE,
)
_ORDER: Final = {"appeal": 0, "charge-or-arrest": 1, "court-outcome": 2}


def keys(text: str, refs: Iterable[str] = ()) -> tuple[str, ...]:
    """The keys of a text, in the order of their first mention; ``refs`` are reference codes its publisher gave apart."""
    text = " \n".join((text, *refs))
    found: dict[str, None] = {}
    for name in _OPERATION.findall(text):
        if name.lower() not in _NOT_NAMES:
            found[f"operation:{name.lower()}"] = None
    for number, day, month in _CAD.findall(text):
        found[f"cad:{int(number)}/{int(day)}{month.lower()}"] = None
    for series, number in _DECISION.findall(text):
        found[f"{series.lower()}:{int(number)}"] = None
    for number in _IOPC.findall(text):
        found[f"iopc:{number}"] = None
    for number in _CRIME.findall(text):
        found[f"crime:{number}"] = None
    return tuple(found)[:MAX_KEYS]


def relation(kind: str, earlier_kind: str) -> str:
    """How the later of two updates about one matter stands to the earlier: a step further, or simply the same matter."""
    later, before = _ORDER.get(kind), _ORDER.get(earlier_kind)
    return "follow-up" if later is not None and before is not None and later > before else "same-matter"


def reason(key: str) -> str:
    """The key in words."""
    sort, _, value = key.partition(":")
    said = {
        "operation": f"both name Operation {value.title()}", "cad": f"both give CAD {value.upper()}",
        "iopc": f"both give the IOPC reference {value}", "crime": f"both give the crime reference {value}",
    }  # fmt: skip
    return said.get(sort, f"both give {sort.upper()} {value}")
