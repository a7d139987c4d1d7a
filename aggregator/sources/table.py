"""Kind ``table``: a statistics file at a fixed address (CSV, JSON, XLSX, ODS), recognised by its header.

What it holds goes on as ``Parsed.release``; the store says what changed, and that becomes the update readers see.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote, urlsplit

from aggregator.errors import ParseError
from aggregator.models import Outcome, Page, Parsed, Request, Source, Utc
from aggregator.sources.kind import SourceKind
from aggregator.statistics.datasets import stops_of
from aggregator.statistics.errors import NotTakenError
from aggregator.statistics.model import FileData, Part
from aggregator.statistics.read import read_bytes, read_file

ACCEPT: Final = "text/csv, application/json, application/vnd.*, */*;q=0.1"


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """One request for the file itself."""
    return (Request(source.url, role="table", accept=ACCEPT, large=source.options.large),)


def parse(source: Source, page: Page) -> Parsed:
    """Reads the file. Raises :class:`ParseError` on an unknown header or a bad row; what was stored stays as it is.

    With ``options.dataset`` set, parts of other data sets in the file are left out, and it is an error if nothing is left.
    """
    name = unquote(urlsplit(page.url).path.rsplit("/", 1)[-1]) or source.id
    try:
        data = _read(name, page)
    except NotTakenError as error:
        return Parsed(outcome=Outcome.EMPTY, error=str(error))
    if source.options.dataset:
        data = _only(data, source.options.dataset, name)
    return Parsed(release=data, problems=data.problems)


def _read(name: str, page: Page) -> FileData:
    if page.stored is None:
        return read_bytes(name, page.body)
    with open(page.stored.path, "rb") as stream:
        return read_file(name, stream)


def _only(data: FileData, dataset: str, name: str) -> FileData:
    parts = tuple(part for part in data.parts if dataset_of(part) == dataset)
    if not parts:
        held = ", ".join(sorted({dataset_of(part) for part in data.parts}))
        raise ParseError(f"holds {held}, not the data set {dataset} that feeds.yaml expects", subject=name)
    return FileData(parts, data.problems)


def dataset_of(part: Part) -> str:
    """Id of the data set that a part belongs to."""
    return part.dataset.id if hasattr(part, "dataset") else stops_of(part.force).id


KIND = SourceKind(name="table", plan=plan, parse=parse, options=frozenset({"dataset", "large"}))
