"""Tables out of bytes: CSV in any of the encodings publishers use, read as a stream so that a file of any size fits."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import BinaryIO

from aggregator.limits import MAX_STATS_COLUMNS
from aggregator.statistics.errors import BadTableError, QuarantinedError

_CHUNK = 1 << 18
_ERRORS = "cp1252-where-not-utf8"


def _as_cp1252(error: UnicodeError) -> tuple[str | bytes, int]:
    """Reads the bytes that are no UTF-8 as Windows-1252: some extracts are one, some the other, and some both."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error(_ERRORS, _as_cp1252)


def normal(name: str) -> str:
    """A column name as families are recognised by it: lower case, letters and digits only."""
    return re.sub(r"[^a-z0-9]+", "", name.lower())


@dataclass(frozen=True, slots=True)
class Table:
    """One table: ``header`` as published, ``names`` normalised, and a stream of rows that can be read once."""

    file: str
    header: tuple[str, ...]
    names: tuple[str, ...]
    rows: Iterator[list[str]]
    first_line: int = 2
    above: str = ""  # what stands above the header of a sheet: its title
    book: str = ""  # what the first sheet of the workbook says, where that is no table: its cover

    def column(self, *names: str) -> int:
        """Position of the first of these normalised names that is there. Raises :class:`BadTableError` if none is."""
        for name in names:
            if name in self.names:
                return self.names.index(name)
        raise BadTableError(f"has no column {' or '.join(names)}", subject=self.file)

    def optional(self, *names: str) -> int | None:
        """As :meth:`column`, but None where there is none of them."""
        return next((self.names.index(name) for name in names if name in self.names), None)

    def lines(self) -> Iterator[tuple[int, list[str]]]:
        """Rows with their line numbers; empty lines are skipped, cut or overlong ones are errors."""
        width = len(self.header)
        for line, row in enumerate(self.rows, start=self.first_line):
            if len(row) == width:
                yield line, row
            elif any(cell.strip() for cell in row):
                if len(row) < width or any(cell.strip() for cell in row[width:]):
                    raise BadTableError(f"line {line} has {len(row)} fields, the header has {width}", subject=self.file)
                yield line, row[:width]

    def all_rows(self, limit: int) -> list[list[str]]:
        """At most so many rows at once: faster than :meth:`lines`, and as strict."""
        width = len(self.header)
        rows = list(islice(self.rows, limit))
        if {len(row) for row in rows} <= {width}:
            return rows
        return [row for _, row in replace(self, rows=iter(rows)).lines()]


def table(file: str, rows: Iterator[list[str]], first_line: int = 2, above: str = "") -> Table:
    """A table whose first row is its header. Raises :class:`QuarantinedError` where there is no usable header."""
    header = next(rows, None)
    if not header or not any(cell.strip() for cell in header):
        raise QuarantinedError("has no header row", subject=file)
    if len(header) > MAX_STATS_COLUMNS:
        raise QuarantinedError(f"has {len(header)} columns; at most {MAX_STATS_COLUMNS} are read", subject=file)
    while header and not header[-1].strip():
        header = header[:-1]
    return Table(file, tuple(header), tuple(normal(name) for name in header), rows, first_line, above)


def csv_table(file: str, stream: BinaryIO) -> Table:
    """The table of a CSV stream: UTF-8 with or without mark, Windows-1252 where it is not; any line ends."""
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors=_ERRORS, newline="")
    return table(file, _csv_rows(file, text))


def _csv_rows(file: str, text: io.TextIOWrapper) -> Iterator[list[str]]:
    reader = csv.reader(text)
    try:
        # Nearly all of these files quote nothing, and splitting such lines is twice as fast as the csv module; from the
        # first quotation mark on, the module reads them.
        while lines := text.readlines(_CHUNK):
            if any('"' in line for line in lines):
                reader = csv.reader(chain(lines, text))
                yield from reader
                return
            for line in lines:
                bare = line.rstrip("\r\n")
                yield bare.split(",") if bare else []
    except csv.Error as error:
        raise BadTableError(f"line {reader.line_num} is no CSV ({error})", subject=file) from error
    finally:
        if not text.closed:
            text.detach()  # the stream is the caller's to close


def count(table: Table, line: int, column: int, text: str) -> float:
    """A number of a row: ``1,234``, ``12.0``; blank, ``#N/A``, ``-`` and ``:`` count as nothing there.

    Raises :class:`BadTableError` naming line and column for anything else, negatives included.
    """
    value = text.strip().replace(",", "")
    if value in {"", "#N/A", "-", ":", "..", "N/A"}:
        return 0.0
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e12:
        raise BadTableError(f"line {line}, column {table.header[column]}: {text!r} is no count", subject=table.file)
    return number
