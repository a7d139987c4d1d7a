"""The kept answers as WARC 1.1 (ISO 28500): one `response` record each, in gzip members, for any archive's tools.

Bodies are kept without their Content-Encoding, so the headers that spoke of it (and of chunks) are left out and the
length is that of the body: a record replays as what a reader saw. Where redirects were followed the record stands
under the final address, and a `metadata` record says which one was asked for.
"""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, TypedDict

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from aggregator import __version__
from aggregator.db import state
from aggregator.limits import WARC_PART_BYTES

_NOT_OF_THE_BODY: Final = frozenset(
    {"content-encoding", "transfer-encoding", "content-length", "connection", "trailer"}
)


class WarcFile(TypedDict):
    """One file of the export."""

    name: str
    records: int
    bytes: int
    sha256: str


class WarcManifest(TypedDict):
    """What manifest.json says."""

    format: str
    files: list[WarcFile]


@dataclass(frozen=True, slots=True)
class _Kept:
    """One kept answer."""

    source_id: str
    url: str
    final_url: str
    fetched_at: str
    status: int
    headers: list[tuple[str, str]]
    body: bytes


def export_warc(private: sqlite3.Connection, folder: Path) -> WarcManifest:
    """Writes every kept answer, oldest first, into files of about WARC_PART_BYTES, and a manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    files: list[WarcFile] = []
    answers = _kept(private)
    upcoming = next(answers, None)
    while upcoming is not None or not files:
        path = folder / f"met-{len(files) + 1:05}.warc.gz"
        records = 0
        with path.open("wb") as file:
            writer = WARCWriter(file, gzip=True, warc_version="1.1")
            writer.write_record(_info(writer, path.name))
            while upcoming is not None and (records == 0 or file.tell() < WARC_PART_BYTES):
                for record in _records(writer, upcoming):
                    writer.write_record(record)
                    records += 1
                upcoming = next(answers, None)
        files.append({"name": path.name, "records": records, "bytes": path.stat().st_size, "sha256": _digest(path)})
    manifest: WarcManifest = {"format": "warc", "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    return manifest


def _kept(private: sqlite3.Connection) -> Iterator[_Kept]:
    for kept in state.answers(private):
        pairs = [(str(name), str(value)) for name, value in json.loads(kept.headers)]
        body = state.body(private, kept.sha256)
        yield _Kept(kept.source_id, kept.url, kept.final_url, kept.fetched_at, kept.status, pairs, body)


def _info(writer: Any, name: str) -> Any:
    about = {
        "software": f"met-aggregator/{__version__}",
        "format": "WARC File Format 1.1",
        "conformsTo": "ISO 28500:2017",
    }
    return writer.create_warcinfo_record(name, about)


def _records(writer: Any, kept: _Kept) -> Sequence[Any]:
    response = writer.create_warc_record(
        kept.final_url,
        "response",
        payload=io.BytesIO(kept.body),
        http_headers=_http_headers(kept),
        warc_headers_dict={"WARC-Date": kept.fetched_at},
    )
    if kept.url == kept.final_url:
        return [response]
    refers = response.rec_headers.get_header("WARC-Record-ID")
    note = f"source: {kept.source_id}\r\nvia: {kept.url}\r\n".encode()
    about = writer.create_warc_record(
        kept.final_url,
        "metadata",
        payload=io.BytesIO(note),
        warc_content_type="application/warc-fields",
        warc_headers_dict={"WARC-Date": kept.fetched_at, "WARC-Concurrent-To": refers},
    )
    return [response, about]


def _http_headers(kept: _Kept) -> Any:
    headers = [(name, value) for name, value in kept.headers if name.lower() not in _NOT_OF_THE_BODY]
    return StatusAndHeaders(
        f"{kept.status} {_phrase(kept.status)}",
        [*headers, ("Content-Length", str(len(kept.body)))],
        protocol="HTTP/1.1",
    )


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
