"""Small series of MOPAC: strength of the force by month, and public perception by quarter."""

from __future__ import annotations

from aggregator.statistics import datasets
from aggregator.statistics.errors import BadTableError
from aggregator.statistics.importers.tally import WHOLE_FORCE, Tally
from aggregator.statistics.model import FileData
from aggregator.statistics.recognise import Family, family
from aggregator.statistics.tables import Table, count

_STRENGTH = {
    "policeofficerstrength": "Police officers",
    "policestaffstrength": "Police staff",
    "pcsostrength": "Police community support officers",
}


def read_strength(table: Table) -> FileData:
    """Officers, staff and PCSOs at the end of each month. Dates are ``May-13``."""
    when = table.column("date")
    tally = Tally(table, datasets.STRENGTH, "force-strength")
    for line, row in table.lines():
        tally.rows += 1
        period = tally.month(line, when, row[when])
        for name, title in _STRENGTH.items():
            column = table.column(name)
            tally.add("strength", WHOLE_FORCE, (title,), period, count(table, line, column, row[column]))
    return tally.file()


def read_perception(table: Table) -> FileData:
    """Shares who agree, per cent, by statement; the period is the last month of the quarter."""
    when, statement, share = table.column("date"), table.column("measure"), table.column("proportion")
    tally = Tally(table, datasets.PERCEPTION, "public-perception")
    for line, row in table.lines():
        tally.rows += 1
        value = count(table, line, share, row[share].strip().removesuffix("%"))
        if value > 100:
            raise BadTableError(f"line {line}: {row[share]!r} is more than 100 per cent", subject=table.file)
        tally.add("share", WHOLE_FORCE, (row[statement].strip(),), tally.month(line, when, row[when]), value)
    return tally.file()


FAMILIES: tuple[Family, ...] = (
    family("MOPAC force strength", read_strength, "date policeofficerstrength policestaffstrength pcsostrength"),
    family("MOPAC public perception", read_perception, "date measure proportion"),
)
