"""Every known family of tables. One list, in which no two families share a header."""

from __future__ import annotations

from aggregator.statistics.importers import recorded_crime, stops
from aggregator.statistics.model import FileData
from aggregator.statistics.recognise import Family, recognise
from aggregator.statistics.tables import Table

FAMILIES: tuple[Family, ...] = recorded_crime.FAMILIES + stops.FAMILIES


def read_table(table: Table) -> FileData:
    """Recognises a table and reads it. Raises :class:`ParseError` subclasses of ``statistics.errors``."""
    return recognise(table, FAMILIES).importer(table)
