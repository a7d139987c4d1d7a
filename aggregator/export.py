"""The public tables as files: gzipped NDJSON or CSV by the standard library, Parquet with the optional pyarrow."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypedDict

from aggregator.db import chain
from aggregator.db.counts import tables
from aggregator.errors import AggregatorError, StorageError
from aggregator.limits import EXPORT_PART_ROWS

_CHANGED = "IN (SELECT update_id FROM changes WHERE seq > ?)"
_SINCE = {
    "updates": f" WHERE id {_CHANGED}",
    "texts": f" WHERE update_id {_CHANGED}",
    "versions": f" WHERE update_id {_CHANGED}",
    "update_topics": f" WHERE update_id {_CHANGED}",
    "update_places": f" WHERE update_id {_CHANGED}",
    "update_entities": f" WHERE update_id {_CHANGED}",
    "changes": " WHERE seq > ?",
}
"""What --since narrows, and how; the other tables are small and always written whole."""
_ARROW = {"TEXT": "string", "INTEGER": "int64", "INT": "int64", "REAL": "float64", "BLOB": "binary"}
"""Types of STRICT tables and what they are in Parquet."""
Columns = Mapping[str, str]
"""Declared type of each column, in the table's order."""


class FileEntry(TypedDict):
    """One file of an export."""

    name: str
    table: str
    rows: int
    bytes: int
    sha256: str


class Manifest(TypedDict):
    """What manifest.json says."""

    format: str
    since: int
    last_seq: int
    chain: dict[str, int | str]  # where the hash chain over versions stood: whoever has this can tell a later forgery
    files: list[FileEntry]


def export_tables(conn: sqlite3.Connection, folder: Path, fmt: str, *, since: int = 0) -> Manifest:
    """Writes every public table, or with ``since`` what changed after that change number, and a manifest.

    All files are of one moment (one read transaction). Next time give the manifest's ``last_seq`` as ``since``.
    Raises :class:`AggregatorError` when Parquet is asked for without pyarrow, :class:`StorageError` when the files cannot be
    written.
    """
    try:
        return _export_tables(conn, folder, fmt, since)
    except OSError as error:
        if error.filename:
            raise  # it says already what it is about; a full disk does not
        raise StorageError(
            f"cannot be written ({error.strerror or error}); no manifest, no export", subject=str(folder)
        ) from error


def _export_tables(conn: sqlite3.Connection, folder: Path, fmt: str, since: int) -> Manifest:
    folder.mkdir(parents=True, exist_ok=True)
    manifest_file = folder / "manifest.json"
    manifest_file.unlink(missing_ok=True)  # that of an earlier export would vouch for files that are about to change
    conn.execute("BEGIN")
    try:
        newest = chain.head(conn)
        last = int(conn.execute("SELECT coalesce(max(seq), 0) FROM changes").fetchone()[0])
        files = [entry for table in tables(conn) for entry in _table(conn, folder, table, fmt, since)]
    finally:
        conn.execute("COMMIT")
    link: dict[str, int | str] = {"seq": newest.seq, "link": newest.link}
    manifest: Manifest = {"format": fmt, "since": since, "last_seq": last, "chain": link, "files": files}
    manifest_file.write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return manifest


def _table(conn: sqlite3.Connection, folder: Path, table: str, fmt: str, since: int) -> Iterator[FileEntry]:
    where, values = (_SINCE[table], (since,)) if since and table in _SINCE else ("", ())
    cursor = conn.execute(f'SELECT * FROM "{table}"{where}', values)  # noqa: S608 - table names of our own schema
    declared = dict(conn.execute("SELECT name, type FROM pragma_table_info(?)", (table,)).fetchall())
    columns = {name: declared[name] for name, *_ in cursor.description}
    part = 0
    while rows := cursor.fetchmany(EXPORT_PART_ROWS):
        part += 1
        suffix = {"ndjson": "ndjson.gz", "csv": "csv.gz", "parquet": "parquet"}[fmt]
        path = folder / (f"{table}.{suffix}" if part == 1 else f"{table}.{part:04}.{suffix}")
        {"ndjson": _ndjson, "csv": _csv, "parquet": _parquet}[fmt](path, columns, rows)
        data = path.read_bytes()
        yield {
            "name": path.name,
            "table": table,
            "rows": len(rows),
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }


@contextmanager
def _gzip(path: Path) -> Iterator[io.TextIOWrapper]:
    """A gzipped text file without name and time inside: the same rows give the same bytes."""
    with (
        open(path, "wb") as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
    ):
        yield text


def _ndjson(path: Path, columns: Columns, rows: Sequence[Sequence[Any]]) -> None:
    with _gzip(path) as file:
        for row in rows:
            file.write(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) + "\n")


def _csv(path: Path, columns: Columns, rows: Sequence[Sequence[Any]]) -> None:
    """Every cell as it is in the archive, one that begins with ``=`` too: for programs (why: docs/running.md, Exports)."""
    with _gzip(path) as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def _parquet(path: Path, columns: Columns, rows: Sequence[Sequence[Any]]) -> None:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise AggregatorError(
            "needs pyarrow: pip install 'met-aggregator[parquet]', or export --format csv", subject="--format parquet"
        ) from error
    # By what the table declares and not by what is in this part: a column that is empty here has its type in the next.
    schema = pyarrow.schema([(name, _ARROW[kind]) for name, kind in columns.items()])
    arrays = [pyarrow.array(values, kind) for values, kind in zip(zip(*rows, strict=True), schema.types, strict=True)]
    pyarrow.parquet.write_table(pyarrow.table(arrays, schema=schema), path, compression="zstd")
