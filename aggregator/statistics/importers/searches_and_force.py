"""Reports of single events, counted by borough and month: more thorough searches, and use of force."""

from __future__ import annotations

import re

from aggregator.statistics import datasets
from aggregator.statistics.errors import BadTableError
from aggregator.statistics.importers.tally import Tally
from aggregator.statistics.model import FileData
from aggregator.statistics.recognise import Family, family
from aggregator.statistics.tables import Table

_YES_NO = {"yes": True, "y": True, "no": False, "n": False, "": False}
# The files spell this column in three ways, and one file each way.
_POSITIVE = ("positiveoutcomeofstop", "postiveoutcomeofstop", "positveoutcome")
_CODE_PREFIX = re.compile(r"^[A-Z] (?=[A-Zs])")


def read_strip_searches(table: Table) -> FileData:
    """More thorough searches by reason. The reason comes with and without its code: ``B Drugs …``, ``Drugs …``."""
    when, borough, reason = table.column("stopdate"), table.column("borough"), table.column("stopreason")
    age, positive = table.column("agegroup"), [n for name in _POSITIVE if (n := table.optional(name)) is not None]
    tally = Tally(table, datasets.STRIP_SEARCHES, "strip-searches")
    for line, row in table.lines():
        tally.rows += 1
        period, area = tally.month(line, when, row[when]), tally.area(line, row[borough])
        names = (_reason(row[reason]),)
        tally.add("searches", area, names, period, 1)
        if any(_yes(table, line, row[column]) for column in positive):
            tally.add("searches-with-positive-outcome", area, names, period, 1)
        if row[age].strip().lower() == "under 18":
            tally.add("searches-of-children", area, names, period, 1)
    return tally.file()


def _reason(text: str) -> str:
    reason = _CODE_PREFIX.sub("", text.strip())
    return {"Drugs (s.23 Drugs Misuse Act)": "Drugs (s.23 Misuse of Drugs Act)"}.get(reason, reason)


def _yes(table: Table, line: int, text: str) -> bool:
    found = _YES_NO.get(text.strip().lower())
    if found is None:
        raise BadTableError(f"line {line}: {text!r} is neither Yes nor No", subject=table.file)
    return found


def read_use_of_force(table: Table) -> FileData:
    """Reports (one per officer and subject) and the tactics named in them. Tactics overlap: a report names up to twenty."""
    when, borough = table.column("incidentdate"), table.column("borough")
    tactics = [n for n, name in enumerate(table.names) if re.fullmatch(r"tactic\d{1,2}", name)]
    taser = table.column("cedused")
    tally = Tally(table, datasets.USE_OF_FORCE, "use-of-force")
    for line, row in table.lines():
        tally.rows += 1
        period, area = tally.month(line, when, row[when]), tally.area(line, row[borough])
        tally.add("reports", area, ("All reports",), period, 1)
        if _yes(table, line, row[taser]):
            tally.add("reports", area, ("Taser (CED) used",), period, 1)
        for tactic in {row[n].strip() for n in tactics} - {"", "#N/A"}:
            tally.add("reports-by-tactic", area, (tactic,), period, 1)
    return tally.file()


FAMILIES: tuple[Family, ...] = (
    family(
        "Met more thorough searches",
        read_strip_searches,
        "stopdate area borough agegroup sex ethnicappearance stopreason outcomereason",
        f"appropriateadultpresent approporiateadultpresentifrequired col0 sheet {' '.join(_POSITIVE)}",
    ),
    family(
        "Met use of force",
        read_use_of_force,
        "incidentdate borough primaryconduct tactic1 effective1 cedused subjectage subjectgender subjectethnicity",
        more=True,
    ),
)
