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
_ROWS = 10_000
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

    def columns(self, limit: int) -> list[list[str]]:
        """All rows at once, by column: four times as fast as :meth:`lines`, and as strict.

        Raises :class:`BadTableError` where there are more rows than ``limit``.
        """
        width = len(self.header)
        columns: list[list[str]] = [[] for _ in range(width)]
        if isinstance(self.rows, CsvRows):
            for fields in self.rows.plain(width):
                for column, more in zip(columns, fields, strict=True):
                    column += more
                self._check(columns, limit)
        rest = replace(self, first_line=self.first_line + len(columns[0]))
        lines = rest.lines()
        while part := [row for _, row in islice(lines, _ROWS)]:
            for column, cells in zip(columns, zip(*part, strict=True), strict=True):
                column.extend(cells)
            self._check(columns, limit)
        return columns

    def _check(self, columns: list[list[str]], limit: int) -> None:
        if len(columns[0]) > limit:
            raise BadTableError(f"has more than {limit:,} rows: split it by month", subject=self.file)


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
    return table(file, CsvRows(file, text))


class CsvRows(Iterator[list[str]]):
    """The rows of a CSV. Nearly all of these files quote nothing, and splitting such text whole is several times as fast
    as the csv module; from the first quotation mark on, the module reads them."""

    def __init__(self, file: str, text: io.TextIOWrapper) -> None:
        self._file, self._text = file, text
        self._ahead: Iterator[list[str]] = iter(())
        self._taken = ""  # read and not yet handed on
        self._begun = self._done = False

    def close(self) -> None:
        """Lets go of the stream, which is the caller's to close."""
        if not self._done:
            self._done = True
            if not self._text.closed:
                self._text.detach()

    __del__ = close

    def __next__(self) -> list[str]:
        while (row := next(self._ahead, None)) is None:
            chunk = self._chunk()
            if not chunk:
                raise StopIteration
            self._ahead = self._rows(chunk)
        return row

    def plain(self, width: int) -> Iterator[list[list[str]]]:
        """Columns of the rows to come, chunk by chunk, as long as they are plain: no quotation marks, ``width`` fields each.

        What follows the last of them comes row by row as usual.
        """
        first = next(self._ahead, None)
        if first is not None:  # the csv module is at it already
            self._ahead = chain([first], self._ahead)
            return
        while chunk := self._chunk():
            # A field of its own behind each line shows whether every line has as many fields as it should.
            body = chunk.replace("\r\n", "\n").removesuffix("\n")
            fields = body.replace("\n", ",\n,").split(",")
            ends = fields[width :: width + 1]
            rows = (len(fields) + 1) // (width + 1)
            if '"' in body or "\r" in body or len(fields) + 1 != rows * (width + 1) or ends.count("\n") != rows - 1:
                self._taken = chunk
                return
            yield [fields[n :: width + 1] for n in range(width)]

    def _chunk(self) -> str:
        """The first line, then some whole lines at a time; "" at the end."""
        if self._done:
            return ""
        if self._taken or not self._begun:
            chunk, self._taken, self._begun = self._taken or self._text.readline(), "", True
        else:
            chunk = self._text.read(_CHUNK)
            chunk += self._text.readline() if chunk else ""
        if not chunk:
            self.close()
        return chunk

    def _rows(self, chunk: str) -> Iterator[list[str]]:
        lines = io.StringIO(chunk, newline="").readlines()
        if '"' not in chunk:
            return iter([bare.split(",") if bare else [] for bare in (line.rstrip("\r\n") for line in lines)])
        return self._quoted(lines)

    def _quoted(self, lines: list[str]) -> Iterator[list[str]]:
        reader = csv.reader(chain(lines, self._text))
        try:
            yield from reader
        except csv.Error as error:
            raise BadTableError(f"line {reader.line_num} is no CSV ({error})", subject=self._file) from error


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
