"""Columns by their different values: each combination of some fields once, and for every row which one it has.

A million published stops have under forty thousand combinations of their ten coded fields. Whatever is then done by
combination (looked up, hashed, placed in a borough, handed to another process) is done that much less often.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from aggregator.statistics.errors import BadTableError
from aggregator.statistics.tables import SEPARATOR, Block, CsvRows, Table

_ROWS = 10_000

Codes = npt.NDArray[np.intp]
Texts = npt.NDArray[np.bytes_]


class Coded(NamedTuple):
    """Some fields of many rows: ``values[codes[n]]`` are those of row ``n``, one text with a SEPARATOR between fields."""

    values: tuple[str, ...]
    codes: Codes

    def taken(self, rows: npt.NDArray[np.bool_]) -> Coded:
        """Of these rows only, with the values that they have."""
        used, codes = np.unique(self.codes[rows], return_inverse=True)
        return Coded(tuple(self.values[n] for n in used.tolist()), codes)

    def rows(self) -> list[list[str]]:
        """The fields row by row."""
        return [self.values[n].split(SEPARATOR) for n in self.codes.tolist()]


def coded(rows: Iterable[Sequence[str]]) -> Coded:
    """Rows that are at hand field by field."""
    book: dict[str, int] = {}
    codes = _codes(map(_joined, rows), book)
    return Coded(tuple(book), codes)


def texts_of(column: Sequence[str]) -> Texts:
    """A column as bytes; what is not ASCII, which no time is, becomes a question mark."""
    return np.array([text.encode("ascii", "replace") for text in column], dtype=np.bytes_)


def read_coded(table: Table, text: str, groups: Sequence[Sequence[str]], limit: int) -> tuple[Texts, list[Coded]]:
    """A table whole: the column named ``text`` as it is, and each group of columns coded. Names are normalised ones.

    Many times as fast as row by row where nothing is quoted, and as strict. Raises :class:`BadTableError` on cut or
    overlong rows and where there are more than ``limit``.
    """
    at, count = table.column(text), 0
    texts: list[Texts] = [np.empty(0, dtype="S1")]
    coders = [_Coder([table.column(name) for name in group]) for group in groups]
    if isinstance(table.rows, CsvRows):
        for block in table.rows.blocks(len(table.header)):
            texts.append(block.bytes(at))
            for coder in coders:
                coder.add_block(block)
            count = _counted(table, count + len(texts[-1]), limit)
    lines = table.lines(start=table.first_line + count)
    while rows := [row for _, row in islice(lines, _ROWS)]:
        texts.append(texts_of([row[at] for row in rows]))
        for coder in coders:
            coder.add_rows(rows)
        count = _counted(table, count + len(rows), limit)
    return np.concatenate(texts), [coder.coded() for coder in coders]


def _counted(table: Table, count: int, limit: int) -> int:
    if count > limit:
        raise BadTableError(f"has more than {limit:,} rows: split it by month", subject=table.file)
    return count


def _joined(fields: Sequence[str]) -> str:
    text = SEPARATOR.join(fields)
    if text.count(SEPARATOR) >= len(fields):  # no published value has a control character in it
        return SEPARATOR.join(field.replace(SEPARATOR, " ") for field in fields)
    return text


def _codes(values: Iterable[str], book: dict[str, int]) -> Codes:
    """Which value of the book each row has; the book grows by new ones."""
    return np.array([book.setdefault(value, len(book)) for value in values], dtype=np.intp)


class _Coder:
    """Codes one group of columns."""

    def __init__(self, columns: Sequence[int]) -> None:
        here = sorted(columns)
        self._columns = columns
        self._runs = _runs(here)
        self._order = None if here == list(columns) else [here.index(n) for n in columns]
        self._book: dict[str, int] = {}
        self._codes: list[Codes] = [np.empty(0, dtype=np.intp)]

    def add_rows(self, rows: list[list[str]]) -> None:
        """Rows that are split already."""
        self._codes.append(_codes((_joined([row[n] for n in self._columns]) for row in rows), self._book))

    def add_block(self, block: Block) -> None:
        """Lines that are not: columns that stand side by side are cut out together."""
        values, codes = _different(block, *self._runs[0])
        for run in self._runs[1:]:
            more, others = _different(block, *run)
            used, codes = np.unique(codes * len(more) + others, return_inverse=True)
            values = [f"{values[n // len(more)]},{more[n % len(more)]}" for n in used.tolist()]
        if self._order:
            values = [",".join([row[n] for n in self._order]) for row in (value.split(",") for value in values)]
        values = [value.replace(",", SEPARATOR) for value in values]
        self._codes.append(_codes(values, self._book)[codes])

    def coded(self) -> Coded:
        """All that was added."""
        return Coded(tuple(self._book), np.concatenate(self._codes))


def _different(block: Block, first: int, last: int) -> tuple[list[str], Codes]:
    """Each text of these fields once, and which one every row has."""
    if first == last and (found := block.few(first)) is not None:
        return found
    cut, places = block.cut(first, last), _Places()
    codes = np.fromiter(map(places.__getitem__, cut), dtype=np.intp, count=len(cut))
    return list(places), codes


class _Places(dict[str, int]):
    """Texts in the order in which they are first asked for."""

    def __missing__(self, text: str) -> int:
        self[text] = place = len(self)
        return place


def _runs(columns: Sequence[int]) -> list[tuple[int, int]]:
    """First and last of each run of neighbours: ``0 4 5 6`` → ``(0, 0) (4, 6)``."""
    starts = [n for n in columns if n - 1 not in columns]
    ends = [n for n in columns if n + 1 not in columns]
    return list(zip(starts, ends, strict=True))
