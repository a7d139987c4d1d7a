"""Sheets of workbooks as tables: XLSX row by row (openpyxl, read-only), ODS whole (python-calamine).

The header row of a sheet is found by its content: publishers put titles and notes above it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO, Final
from zipfile import BadZipFile
from zlib import error as ZlibError

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException
from python_calamine import CalamineError, CalamineWorkbook

from aggregator.limits import MAX_STATS_COLUMNS
from aggregator.statistics.errors import BadTableError

_LIBRARY_FAILURES: Final = (
    # what openpyxl, and the ZIP and XML readers below it, have been seen to raise on damaged workbooks; SyntaxError is
    # broken XML, RuntimeError a password or a method of compression that is not known
    InvalidFileException, BadZipFile, ZlibError, EOFError, OSError, SyntaxError, RuntimeError,
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name and its rows as text, numbers without needless decimals, dates as ``YYYY-MM-DD``."""

    file: str
    name: str
    rows: Iterator[list[str]]


def xlsx_tables(file: str, stream: BinaryIO) -> Iterator[Sheet]:
    """The sheets of an XLSX workbook, read as they are consumed: take each before the next."""
    try:
        book = openpyxl.load_workbook(stream, read_only=True, data_only=True)
    except _LIBRARY_FAILURES as error:
        raise BadTableError(f"is no readable XLSX workbook ({error})", subject=file) from error
    try:
        for sheet in book.worksheets:
            yield Sheet(file, sheet.title, _xlsx_rows(file, sheet))
    finally:
        book.close()


def _xlsx_rows(file: str, sheet: Any) -> Iterator[list[str]]:
    """The rows of a sheet, whose XML is only read now. Raises :class:`BadTableError` where it is broken."""
    try:
        for row in sheet.iter_rows(values_only=True, max_col=MAX_STATS_COLUMNS):
            yield [text_of(cell) for cell in row]
    except _LIBRARY_FAILURES as error:
        raise BadTableError(f"has a sheet that cannot be read, {sheet.title} ({error})", subject=file) from error


def ods_tables(file: str, stream: BinaryIO) -> Iterator[Sheet]:
    """The sheets of an ODS workbook."""
    try:
        book = CalamineWorkbook.from_filelike(stream)
        for name in book.sheet_names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            yield Sheet(file, name, ([text_of(cell) for cell in row] for row in rows))
    except (CalamineError, OSError) as error:
        raise BadTableError(f"is no readable ODS workbook ({error})", subject=file) from error


def text_of(cell: object) -> str:
    """A cell as CSV would have it."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
