"""From the bytes of one file to its parts: format by content (CSV, gzip, JSON, XLSX, ODS, Parquet, ZIP), family by header."""

from __future__ import annotations

import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from aggregator.limits import MAX_ARCHIVE_MEMBER_BYTES, MAX_ARCHIVE_MEMBERS, MAX_STATS_JSON_BYTES
from aggregator.statistics.errors import BadTableError, NotTakenError, QuarantinedError
from aggregator.statistics.families import read_json, read_sheets, read_table
from aggregator.statistics.model import FileData
from aggregator.statistics.parquet import parquet_tables
from aggregator.statistics.sheets import ods_tables, xlsx_tables
from aggregator.statistics.tables import csv_table

_DAMAGED_ZIP: Final = (
    # zipfile says NotImplementedError of a version or a method of compression it lacks, RuntimeError of a password,
    # ValueError or OSError of an offset or a name that cannot be
    zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError,
)  # fmt: skip


def read_file(file: str, stream: BinaryIO) -> FileData:
    """Reads one file that is not an archive of several. ``stream`` must be seekable.

    Raises :class:`QuarantinedError` (unknown header), :class:`BadTableError` (a row that is not what the family
    promises) or :class:`NotTakenError` (understood and left out), each naming the file and the reason.
    """
    try:
        return _read(file, stream)
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise BadTableError(f"is damaged ({error})", subject=file) from error


def read_bytes(file: str, body: bytes) -> FileData:
    """As :func:`read_file`, for what was downloaded."""
    return read_file(file, io.BytesIO(body))


def _read(file: str, stream: BinaryIO) -> FileData:
    head = _head(stream)
    if head.startswith(b"\x1f\x8b"):
        with gzip.GzipFile(fileobj=stream) as inner:
            return _read_plain(file, io.BufferedReader(inner))
    if head.startswith(b"PK\x03\x04"):
        return _read_workbook(file, stream)
    if head.startswith(b"PAR1"):
        return read_sheets(file, parquet_tables(file, stream))
    return _read_plain(file, stream)


def _head(stream: BinaryIO, size: int = 512) -> bytes:
    head = stream.read(size)
    stream.seek(0)
    return head


def _read_plain(file: str, stream: BinaryIO | io.BufferedReader) -> FileData:
    head = stream.peek(512)[:512] if isinstance(stream, io.BufferedReader) else _head(stream)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"[", b"{")):
        return read_json(file, _json(file, stream))
    if start.startswith(b"<"):
        raise QuarantinedError("is HTML or XML, not a table: perhaps an error page was saved", subject=file)
    if b"\x00" in head:
        raise QuarantinedError("is neither CSV, JSON, XLSX, ODS, gzip nor ZIP", subject=file)
    if not head:
        raise NotTakenError("is empty", subject=file)
    return read_table(csv_table(file, stream))


def _json(file: str, stream: BinaryIO | io.BufferedReader) -> object:
    body = stream.read(MAX_STATS_JSON_BYTES + 1)
    if len(body) > MAX_STATS_JSON_BYTES:
        raise BadTableError(f"is JSON of more than {MAX_STATS_JSON_BYTES:,} bytes", subject=file)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadTableError(f"is no JSON ({error})", subject=file) from error


def _read_workbook(file: str, stream: BinaryIO) -> FileData:
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
            _check_sizes(file, archive)
    except _DAMAGED_ZIP as error:
        raise BadTableError(f"is damaged ({error})", subject=file) from error
    stream.seek(0)
    if "xl/workbook.xml" in names:
        return read_sheets(file, xlsx_tables(file, stream))
    if "content.xml" in names:
        return read_sheets(file, ods_tables(file, stream))
    raise NotTakenError("is an archive within an archive", subject=file)


def _check_sizes(file: str, archive: zipfile.ZipFile) -> None:
    members = archive.infolist()
    if len(members) > MAX_ARCHIVE_MEMBERS:
        raise BadTableError(f"has {len(members):,} members; at most {MAX_ARCHIVE_MEMBERS:,} are read", subject=file)
    for member in members:
        if member.file_size > MAX_ARCHIVE_MEMBER_BYTES:
            raise BadTableError(f"{member.filename} unpacks to {member.file_size:,} bytes", subject=file)


def is_archive(stream: BinaryIO) -> bool:
    """Whether this is a ZIP of files (and not a workbook, which is a ZIP too)."""
    if not _head(stream, 4).startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(stream) as archive:
            names = set(archive.namelist())
    except _DAMAGED_ZIP:
        return False
    finally:
        stream.seek(0)
    return not names & {"xl/workbook.xml", "content.xml"}


def archive_members(file: str, stream: BinaryIO) -> Iterator[tuple[str, bytes | BadTableError]]:
    """The files of an archive, by path, one at a time, in order of their names.

    A member that is damaged comes as the error that says so; the others are not held up by it.
    """
    with zipfile.ZipFile(stream) as archive:
        _check_sizes(file, archive)
        for member in sorted((m for m in archive.infolist() if not m.is_dir()), key=lambda m: m.filename):
            name = f"{file}!{member.filename}"
            try:
                yield name, archive.read(member)
            except _DAMAGED_ZIP as error:
                yield name, BadTableError(f"is damaged or encrypted ({error})", subject=name)
