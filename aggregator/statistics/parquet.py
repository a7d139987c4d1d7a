"""Parquet as tables, where pyarrow is installed (the extra ``parquet``): what archives of these figures are kept in.

Publishers give CSV and workbooks; people who keep their files turn them into Parquet, columns in snake case, the sheets of
a workbook one below the other with a column ``sheet``. Those are taken apart again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

from aggregator.limits import MAX_STATS_COLUMNS
from aggregator.statistics.errors import BadTableError, NotTakenError
from aggregator.statistics.sheets import Sheet, text_of

_ROWS = 10_000
_SHEET = "sheet"


def parquet_tables(file: str, stream: BinaryIO) -> Iterator[Sheet]:
    """The tables of a Parquet file, rows as text with the header first.

    Raises :class:`NotTakenError` without pyarrow, :class:`BadTableError` for a file that cannot be read.
    """
    try:
        import pyarrow as pa
        import pyarrow.compute as pc
        import pyarrow.parquet as pq
    except ImportError as error:
        raise NotTakenError("is Parquet: install the extra `parquet`, or give its CSV", subject=file) from error
    try:
        whole = pq.read_table(stream)
        if whole.num_columns > MAX_STATS_COLUMNS:
            raise BadTableError(f"has {whole.num_columns} columns; at most {MAX_STATS_COLUMNS} are read", subject=file)
        if _SHEET not in whole.column_names:
            yield Sheet(file, "table", _rows(whole))
            return
        for name in pc.unique(whole[_SHEET]).to_pylist():
            part = whole.filter(pc.equal(whole[_SHEET], name)).drop_columns([_SHEET])
            used = [column for column in part.column_names if part[column].null_count < part.num_rows]
            yield Sheet(file, str(name), _rows(part.select(used)))
    except (pa.ArrowException, OSError) as error:
        raise BadTableError(f"is no readable Parquet ({error})", subject=file) from error


def _rows(table: Any) -> Iterator[list[str]]:
    yield list(table.column_names)
    for batch in table.to_batches(max_chunksize=_ROWS):
        columns = [[text_of(cell) for cell in column.to_pylist()] for column in batch.columns]
        yield from map(list, zip(*columns, strict=True))
