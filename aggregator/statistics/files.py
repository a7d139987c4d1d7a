"""`aggregator stats import`: files and folders of statistics into the archive, one report for each file.

No file is passed over in silence. Memory is bounded by one release or one month of stops at a time; every part is stored
in a transaction of its own, so an interrupted import keeps what it has and can be run again.
"""

from __future__ import annotations

import gc
import hashlib
import io
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from aggregator.db.connection import transaction
from aggregator.db.statistics import apply_release
from aggregator.db.statistics_coverage import store_available
from aggregator.db.statistics_stops import StopWriter, replace_stops_month
from aggregator.errors import AggregatorError
from aggregator.models import Utc
from aggregator.statistics.datasets import stops_of
from aggregator.statistics.errors import BadTableError, NotTakenError, QuarantinedError
from aggregator.statistics.model import FileData, MonthsAvailable, Part, ReleaseSummary, StopsData
from aggregator.statistics.read import archive_members, is_archive, read_file

_CHUNK = 1 << 20
_LINE = 600  # characters of a report: the nearest family of a wide unknown header can take more
_NO_DATA = (".source.txt", ".ds_store", "thumbs.db")


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file (or one member of an archive). ``outcome`` is imported, unchanged, not-taken,
    quarantined or failed; ``message`` is one line for a person."""

    path: str
    outcome: str
    message: str
    datasets: tuple[str, ...] = ()
    rows: int = 0
    added: int = 0
    revised: int = 0
    removed: int = 0


Progress = Callable[[FileReport], None]
Connect = Callable[[], sqlite3.Connection]


@dataclass(slots=True)
class _Run:
    """What one import needs throughout."""

    conn: sqlite3.Connection
    progress: Progress
    seen_at: Utc
    only: str
    writer: StopWriter


def import_paths(
    conn_factory: Connect,
    paths: Sequence[Path],
    progress: Progress = lambda report: None,
    *,
    seen_at: Utc,
    dataset: str = "",
) -> list[FileReport]:
    """Imports files, and all files below folders, in the order of their names.

    ``dataset`` limits the import to one data set and lets in the large ones that are otherwise left out. ``progress`` is
    called as soon as a file is done. Files that cannot be read are reported, never raised.
    """
    reports: list[FileReport] = []

    def tell(report: FileReport) -> None:
        reports.append(report)
        progress(report)

    with closing(conn_factory()) as conn, _no_collection():
        with transaction(conn):
            writer = StopWriter(conn)
        run = _Run(conn, tell, seen_at, dataset, writer)
        for path in _files(paths, tell):
            _import_path(run, path)
    return reports


@contextmanager
def _no_collection() -> Iterator[None]:
    """Rows are no cycles: the collector would search a million of them again and again for nothing."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _files(paths: Sequence[Path], tell: Progress) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file())
        elif path.exists():
            yield path
        else:
            tell(FileReport(str(path), "failed", "there is no such file"))


def _import_path(run: _Run, path: Path) -> None:
    if path.name.lower().endswith(_NO_DATA):
        run.progress(FileReport(str(path), "not-taken", "a note beside a file, not a file of figures"))
        return
    try:
        with path.open("rb") as stream:
            if is_archive(stream):
                for name, body in archive_members(str(path), stream):
                    if isinstance(body, BadTableError):
                        run.progress(_failure(name, body))
                    else:
                        _import_stream(run, name, io.BytesIO(body))
            else:
                _import_stream(run, str(path), stream)
    except (OSError, AggregatorError) as error:
        run.progress(_failure(str(path), error))
    gc.collect(0)


def _import_stream(run: _Run, name: str, stream: BinaryIO) -> None:
    sha256 = _sha256(stream)
    try:
        data = _wanted(name, read_file(name, stream), run.only)
        summaries = [s for s in (_store(run, part, name, sha256) for part in data.parts) if s is not None]
    except AggregatorError as error:
        run.writer = StopWriter(run.conn)  # what it looked up in the transaction that failed is not there
        run.progress(_failure(name, error))
    else:
        run.progress(_success(name, summaries, data))


def _sha256(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
    stream.seek(0)
    return digest.hexdigest()


def _wanted(name: str, data: FileData, only: str) -> FileData:
    """The parts that are asked for. Raises :class:`NotTakenError` when none is left."""
    parts, left_out = [], []
    for part in data.parts:
        dataset = stops_of(part.force) if isinstance(part, StopsData | MonthsAvailable) else part.dataset
        if only and dataset.id != only:
            left_out.append(f"{dataset.id} was not asked for")
        elif dataset.opt_in and not only:
            left_out.append(f"{dataset.id} is large and taken only on request: add --dataset {dataset.id}")
        else:
            parts.append(part)
    if not parts:
        raise NotTakenError("; ".join(dict.fromkeys(left_out)) or "holds nothing", subject=name)
    return FileData(tuple(parts), data.problems)


def _store(run: _Run, part: Part, name: str, sha256: str) -> ReleaseSummary | None:
    """Stores one part in its own transaction. A list of available months has no summary."""
    filename = name.rpartition("!")[2].rpartition("/")[2]
    with transaction(run.conn):
        if isinstance(part, MonthsAvailable):
            store_available(run.conn, part, run.seen_at)
            return None
        if isinstance(part, StopsData):
            return replace_stops_month(
                run.conn,
                part,
                url="",
                filename=filename,
                sha256=sha256,
                etag="",
                seen_at=run.seen_at,
                writer=run.writer,
            )
        return apply_release(run.conn, part, url="", filename=filename, sha256=sha256, etag="", seen_at=run.seen_at)


def _failure(name: str, error: Exception) -> FileReport:
    kinds: dict[type[Exception], str] = {QuarantinedError: "quarantined", NotTakenError: "not-taken"}
    outcome = kinds.get(type(error), "failed")
    text = str(error.args[0]) if isinstance(error, AggregatorError) and error.args else str(error)
    return FileReport(name, outcome, _one_line(text))


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LINE else line[: _LINE - 1] + "…"


def _success(name: str, summaries: Iterable[ReleaseSummary], data: FileData) -> FileReport:
    found = list(summaries)
    if not found:
        return FileReport(name, "imported", "months available, noted for coverage")
    changed = [s for s in found if s.changed]
    said = "; ".join(_line(s) for s in found)
    notes = [*data.problems, *(note for s in found for note in s.problems)]
    return FileReport(
        path=name,
        outcome="imported" if changed else "unchanged",
        message=_one_line(said + (f" ({'; '.join(notes[:3])})" if notes else "")),
        datasets=tuple(dict.fromkeys(s.dataset.id for s in found)),
        rows=sum(s.rows for s in found),
        added=sum(s.added for s in changed),
        revised=sum(s.revised for s in changed),
        removed=sum(s.removed for s in changed),
    )


def _line(summary: ReleaseSummary) -> str:
    span = summary.period_from
    if summary.period_to != summary.period_from:
        span += f" to {summary.period_to}"
    if not summary.changed:
        return f"{summary.dataset.id} {span}: the same figures are there already"
    counts = [f"{summary.rows:,} rows", f"{summary.added:,} added"]
    counts += [f"{summary.revised:,} revised"] if summary.revised else []
    counts += [f"{summary.removed:,} removed"] if summary.removed else []
    place = ", put in its place before newer releases" if summary.older else ""
    state = "".join(f", {note}" for _, note in summary.states if note)
    return f"{summary.dataset.id} {span}: {', '.join(counts)}{place}{state}"
