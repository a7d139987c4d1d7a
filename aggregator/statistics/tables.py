"""Tables out of bytes: CSV in any of the encodings publishers use, read as a stream so that a file of any size fits."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from aggregator.limits import MAX_STATS_COLUMNS, MAX_STATS_LINE_BYTES
from aggregator.statistics.errors import BadTableError, QuarantinedError
from aggregator.text.decoding import AS_CP1252

_CHUNK = 1 << 18
_BLOCK = 1 << 22  # a month of stops is 2 to 4 MB
_FEW, _SHORT = 8, 64  # lengths, and characters, up to which it is worth looking
SEPARATOR = "\x1f"
"""ASCII's unit separator: between the fields of a line where commas may be part of them."""


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

    def lines(self, start: int = 0) -> Iterator[tuple[int, list[str]]]:
        """Rows with their line numbers; empty lines are skipped, cut or overlong ones are errors.

        ``start`` is the number of the next line, where others were taken from ``rows`` before.
        """
        width = len(self.header)
        for line, row in enumerate(self.rows, start=start or self.first_line):
            if len(row) == width:
                yield line, row
            elif any(cell.strip() for cell in row):
                if len(row) < width or any(cell.strip() for cell in row[width:]):
                    raise BadTableError(f"line {line} has {len(row)} fields, the header has {width}", subject=self.file)
                yield line, row[:width]


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
    """The table of a CSV stream: UTF-8 with or without mark, Windows-1252 where it is not; any line ends.

    A line that does not end within MAX_STATS_LINE_BYTES is a :class:`BadTableError`, here or when its rows are read.
    """
    return table(file, CsvRows(file, stream))


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of a plain CSV: ``ends[n, m]`` is where field ``m`` of line ``n`` ends in ``text``."""

    text: str
    ends: npt.NDArray[np.intp]

    def _starts(self, field: int) -> npt.NDArray[np.intp]:
        if field:
            return self.ends[:, field - 1] + 1
        return np.concatenate([[0], self.ends[:-1, -1] + 1])

    def cut(self, first: int, last: int) -> list[str]:
        """What stands from field ``first`` to field ``last`` of each line, commas between them included."""
        text = self.text
        bounds = zip(self._starts(first).tolist(), self.ends[:, last].tolist(), strict=True)
        return [text[start:end] for start, end in bounds]

    def few(self, field: int) -> tuple[list[str], npt.NDArray[np.intp]] | None:
        """The different values of a field and which each line has, where all values of one length are the same one.

        None where they are not: most fields. It costs a third of looking at each value.
        """
        starts = self._starts(field)
        widths = self.ends[:, field] - starts
        known = np.flatnonzero(np.bincount(widths)).tolist()
        if len(known) > _FEW or known[-1] > _SHORT:
            return None
        data = np.frombuffer(self.text.encode(), dtype=np.uint8)
        codes = np.empty(len(widths), dtype=np.intp)
        values = []
        for code, width in enumerate(known):
            lines = widths == width
            at = starts[lines]
            if (data[at[:, None] + np.arange(width)] != data[at[0] : at[0] + width]).any():
                return None
            values.append(self.text[at[0] : at[0] + width])
            codes[lines] = code
        return values, codes

    def bytes(self, field: int) -> npt.NDArray[np.bytes_]:
        """One field of each line. Quick where all are of one length, as times are."""
        starts = self._starts(field)
        widths = self.ends[:, field] - starts
        width = int(widths[0])
        if not width or (widths != width).any():
            return np.array([text.encode() for text in self.cut(field, field)], dtype=np.bytes_)
        data = np.frombuffer(self.text.encode(), dtype=np.uint8)
        texts: npt.NDArray[np.bytes_] = data[starts[:, None] + np.arange(width)].view(f"S{width}")[:, 0]
        return texts


class CsvRows(Iterator[list[str]]):
    """The rows of a CSV. Nearly all of these files quote nothing, and cutting such text whole is several times as fast
    as the csv module; from the first quotation mark on, the module reads them. The stream is the caller's to close."""

    def __init__(self, file: str, stream: BinaryIO) -> None:
        self._file, self._stream = file, stream
        self._ahead: Iterator[list[str]] = iter(())
        self._taken = b""  # read and not yet handed on
        self._rest = b""  # the beginning of a line whose end has not been read
        self._begun = False

    def __next__(self) -> list[str]:
        while (row := next(self._ahead, None)) is None:
            chunk = self._chunk(_CHUNK)
            if not chunk:
                raise StopIteration
            self._ahead = self._rows(chunk)
        return row

    def blocks(self, width: int) -> Iterator[Block]:
        """The rows to come, many lines at a time, as long as they are plain: ASCII, no quotation marks, ``width`` fields.

        What follows the last of them comes row by row as usual.
        """
        first = next(self._ahead, None)
        if first is not None:  # the csv module is at it already
            self._ahead = chain([first], self._ahead)
            return
        while chunk := self._chunk(_BLOCK):
            block = _block(chunk, width)
            if block is None:
                self._taken = chunk
                return
            yield block

    def _chunk(self, size: int) -> bytes:
        """The first line, then whole lines of ``size`` bytes and a little more at a time; nothing at the end."""
        if self._taken:
            chunk, self._taken = self._taken, b""
            return chunk
        if not self._begun:
            self._begun = True
            return self._line().removeprefix(codecs.BOM_UTF8)
        chunk, self._rest = self._rest + self._stream.read(size), b""
        return chunk + self._line() if chunk else b""

    def _line(self) -> bytes:
        """The rest of a line. Where lines end in CR alone, as many as the limit allows: nothing else would end them."""
        line = self._stream.readline(MAX_STATS_LINE_BYTES + 1)
        if len(line) <= MAX_STATS_LINE_BYTES:
            return line
        end = line.rfind(b"\r", 0, -1) + 1  # the last byte may be half of a CRLF
        if not end:
            raise BadTableError(
                f"has a line that does not end within {MAX_STATS_LINE_BYTES:,} bytes; longer ones are not read",
                subject=self._file,
            )
        self._rest = line[end:]
        return line[:end]

    def _rows(self, chunk: bytes) -> Iterator[list[str]]:
        lines = _lines(chunk)
        if b'"' not in chunk:
            return iter([bare.split(",") if bare else [] for bare in (line.rstrip("\r\n") for line in lines)])
        return self._quoted(lines)

    def _quoted(self, lines: list[str]) -> Iterator[list[str]]:
        rest = chain.from_iterable(map(_lines, iter(lambda: self._chunk(_CHUNK), b"")))
        size = 0

        def counted() -> Iterator[str]:
            nonlocal size
            for line in chain(lines, rest):
                size += len(line)
                if size > MAX_STATS_LINE_BYTES:
                    raise BadTableError(
                        f"line {reader.line_num + 1} belongs to a quoted row of more than {MAX_STATS_LINE_BYTES:,}"
                        " characters; longer ones are not read",
                        subject=self._file,
                    )
                yield line

        reader = csv.reader(counted())
        try:
            for row in reader:
                size = 0
                yield row
        except csv.Error as error:
            raise BadTableError(f"line {reader.line_num} is no CSV ({error})", subject=self._file) from error


def _lines(chunk: bytes) -> list[str]:
    return io.StringIO(chunk.decode("utf-8", AS_CP1252), newline="").readlines()


def _block(chunk: bytes, width: int) -> Block | None:
    """Whole lines with their cuts; None where one of them is not plain."""
    if b"\r" in chunk:
        chunk = chunk.replace(b"\r\n", b"\n")
    if not chunk.isascii() or b'"' in chunk or b"\r" in chunk:
        return None
    if not chunk.endswith(b"\n"):
        chunk += b"\n"
    if b"\x00" in chunk or SEPARATOR.encode() in chunk:
        return None
    data = np.frombuffer(chunk, dtype=np.uint8)
    newlines = data == ord("\n")
    cuts = np.flatnonzero(newlines | (data == ord(",")))
    if len(cuts) % width:
        return None
    ends = cuts.reshape(-1, width)
    if np.count_nonzero(newlines) != len(ends) or not newlines[ends[:, -1]].all():
        return None
    return Block(chunk.decode("ascii"), ends)


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
