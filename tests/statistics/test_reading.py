"""Bytes to tables: encodings, line ends, formats, and import of whole folders with one line for each file."""

from __future__ import annotations

import gzip
import io
import sqlite3
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from aggregator.db.connection import open_writer
from aggregator.errors import ParseError
from aggregator.limits import MAX_STATS_LINE_BYTES
from aggregator.models import Page, Request, Source
from aggregator.sources import table as table_kind
from aggregator.statistics.errors import BadTableError, NotTakenError, QuarantinedError
from aggregator.statistics.files import import_paths
from aggregator.statistics.model import ReleaseData
from aggregator.statistics.periods import day_of, month_of
from aggregator.statistics.tables import CsvRows, csv_table
from tests.statistics.examples import SEEN, borough_csv, read, stop_line, stops_csv

SMALL = borough_csv(["202511", "202512"], {("THEFT", "SHOPLIFTING", "Hackney"): [3, 4]})


def release(body: str | bytes) -> ReleaseData:
    (part,) = read(body).parts
    assert isinstance(part, ReleaseData)
    return part


@pytest.mark.parametrize(
    "body",
    [
        SMALL.encode(),
        b"\xef\xbb\xbf" + SMALL.encode(),
        SMALL.replace("\r\n", "\n").encode(),
        gzip.compress(SMALL.encode()),
        SMALL.encode() + b"\r\n,,,,\r\n",
    ],
    ids=["CRLF", "byte order mark", "LF", "gzip", "empty lines at the end"],
)
def test_the_same_table_in_other_bytes(body):
    assert release(body).cells == release(SMALL).cells


def test_windows_1252_is_read_where_it_is_no_utf_8():
    rows = list(csv_table("f", io.BytesIO("name,reason\nA,Caf\u00e9 \u2013 s.60\n".encode("cp1252"))).rows)
    assert rows == [["A", "Café – s.60"]]


def test_a_workbook_is_recognised_below_its_title():
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["Recorded crime"],
        [],
        ["MajorText", "MinorText", "BoroughName", "202512"],
        ["THEFT", "SHOPLIFTING", "Hackney", 4.0],
    ):
        sheet.append(row)
    book.create_sheet("Notes").append(["Figures are subject to revision"])
    out = io.BytesIO()
    book.save(out)
    assert [c.value for c in release(out.getvalue()).cells] == [4]


@pytest.mark.parametrize(
    ("body", "error", "said"),
    [
        (b"", NotTakenError, "empty"),
        (b"<!doctype html><title>Just a moment...</title>", QuarantinedError, "HTML"),
        (b"\x00\x01\x02", QuarantinedError, "neither CSV"),
        (b'{"error": "no"}', QuarantinedError, "an object with error"),
        (b"[1, 2", BadTableError, "no JSON"),
        (gzip.compress(b"x" * 100)[:-12], BadTableError, "damaged"),
        (b"PK\x03\x04 not really", BadTableError, "damaged"),
        (b"a,a\n1,2\n", QuarantinedError, "columns twice: a"),
    ],
)
def test_what_is_no_table_says_what_it_is(body, error, said):
    with pytest.raises(error, match=said):
        read(body)


class Unending(io.RawIOBase):
    """A beginning, and then one thing over and over, as a small gzip can hold it; asked for too much of it, it says so."""

    def __init__(self, beginning: bytes, over_and_over: bytes) -> None:
        self._ahead, self._more, self._given = beginning, over_and_over * 1000, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while len(self._ahead) < len(buffer):
            self._ahead += self._more
        buffer[:], self._ahead = self._ahead[: len(buffer)], self._ahead[len(buffer) :]
        self._given += len(buffer)
        assert self._given <= 8 * MAX_STATS_LINE_BYTES, "all of it was taken into memory"
        return len(buffer)


HEADER = b"MajorText,MinorText,BoroughName,202511,202512\n"


@pytest.mark.parametrize(
    ("beginning", "over_and_over", "said"),
    [
        (b"", b"x", "has a line that does not end within 1,048,576 bytes"),
        (HEADER, b"x", "has a line that does not end within 1,048,576 bytes"),
        (HEADER, b'"\n",', "line [0-9]+ belongs to a quoted row of more than 1,048,576 characters"),
    ],
)
def test_a_line_without_end_is_an_error_and_not_a_full_memory(
    beginning: bytes, over_and_over: bytes, said: str
) -> None:
    rows = CsvRows("endless.csv", io.BufferedReader(Unending(beginning, over_and_over)))
    with pytest.raises(BadTableError, match=rf"endless\.csv.*{said}.*longer ones are not read"):
        for _ in rows:
            pass


def test_the_same_of_a_gzip() -> None:
    with pytest.raises(BadTableError, match=r"endless\.csv\.gz.*does not end within"):
        read(gzip.compress(b"x" * 3 * MAX_STATS_LINE_BYTES), "endless.csv.gz")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_many_lines_are_no_long_line_whatever_they_end_in(end: str, quote: str) -> None:
    given = [["name", "number"], *([f"{quote}n{n}{quote}", str(n)] for n in range(400_000))]
    body = end.join(",".join(row) for row in given).encode()
    assert len(body) > 3 * MAX_STATS_LINE_BYTES
    rows = list(CsvRows("file.csv", io.BytesIO(body)))
    assert len(rows) == len(given)
    assert all(row == [f"n{n}", str(n)] for n, row in enumerate(rows[1:]))


def workbook() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["MajorText", "MinorText", "BoroughName", "202512"])
    sheet.append(["THEFT", "SHOPLIFTING", "Hackney", 4.0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def with_member(archive: bytes, name: str, body: bytes) -> bytes:
    """The ZIP with one of its files replaced."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w") as new:
        for member in old.namelist():
            new.writestr(member, body if member == name else old.read(member))
    return out.getvalue()


def with_method(archive: bytes, method: int) -> bytes:
    """The ZIP whose directory names another method of compression for all of its files."""
    out, position = bytearray(archive), 0
    while (position := out.find(b"PK\x01\x02", position)) >= 0:
        out[position + 10 : position + 12] = method.to_bytes(2, "little")
        position += 4
    return bytes(out)


def with_version(archive: bytes, version: int) -> bytes:
    """The ZIP whose directory asks for a newer version of the format."""
    out = bytearray(archive)
    position = out.find(b"PK\x01\x02")
    out[position + 6 : position + 8] = version.to_bytes(2, "little")
    return bytes(out)


@pytest.mark.parametrize(
    "body",
    [
        with_member(workbook(), "xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row"),
        with_member(workbook(), "xl/workbook.xml", b"<workbook"),
        with_member(
            workbook(), "xl/styles.xml", b'<styleSheet xmlns="x"><cellXfs><xf nonsense="1"/></cellXfs></styleSheet>'
        ),
        with_method(workbook(), 99),
        with_version(workbook(), 210),
    ],
    ids=["cut sheet", "cut workbook", "styles", "unknown compression", "unknown version"],
)
def test_a_damaged_workbook_is_reported_and_the_next_file_is_read(body: bytes, tmp_path: Path):
    (tmp_path / "1.xlsx").write_bytes(body)
    (tmp_path / "2.csv").write_text(SMALL)
    reports = import_paths(
        lambda: open_writer(tmp_path / "met.db"), [tmp_path / "1.xlsx", tmp_path / "2.csv"], seen_at=SEEN
    )
    assert [r.outcome for r in reports] == ["failed", "imported"]
    assert "1.xlsx" in reports[0].path
    assert reports[0].message


@pytest.mark.parametrize(
    "text", ["2021-08-01", "202108", "01/08/2021", "Aug-21", "Aug-2021", "2021-08-14 00:00:00.000000", "August 2021"]
)
def test_dates_in_every_style(text):
    assert month_of(text) == "2021-08"


@pytest.mark.parametrize("text", ["", "Total", "202113", "32/13/2021", "1066-01-01", "Foo-21"])
def test_what_is_no_month(text):
    assert month_of(text) is None


def test_days():
    assert day_of("14/08/2021") == day_of("2021-08-14") == "2021-08-14"
    assert day_of("31/02/2021") is None


def test_every_file_of_a_folder_is_imported_or_says_why_not(tmp_path: Path):
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "1 borough.csv").write_text(SMALL)
    (folder / "2 strange.csv").write_text("Colour,Taste\nred,sweet\n")
    (folder / "3 ward.csv").write_text(
        "MajorText,MinorText,WardName,WardCode,LookUp_BoroughName,202512\nTHEFT,SHOPLIFTING,W,E05000001,Brent,1\n"
    )
    with zipfile.ZipFile(folder / "4 archive.zip", "w") as archive:
        archive.writestr("2024-08/2024-08-metropolitan-stop-and-search.csv", stops_csv(stop_line()))
        archive.writestr("2024-08/2024-08-city-of-london-stop-and-search.csv", stops_csv(stop_line()))
        archive.writestr("readme.txt", "hello")
    (folder / "5 note.source.txt").write_text("where it came from")
    db = tmp_path / "met.db"
    seen: list[str] = []

    def connect() -> sqlite3.Connection:
        return open_writer(db)

    reports = import_paths(connect, [folder, tmp_path / "nowhere"], lambda r: seen.append(r.path), seen_at=SEEN)
    assert [r.outcome for r in reports] == [
        "imported",
        "quarantined",
        "not-taken",
        "imported",
        "imported",
        "quarantined",
        "not-taken",
        "failed",
    ]
    assert [r.path for r in reports] == seen
    assert all("\n" not in r.message and r.message for r in reports)
    assert (
        reports[2].message
        == "recorded-crime-ward is large and taken only on request: add --dataset recorded-crime-ward"
    )
    again = import_paths(connect, [folder], seen_at=SEEN)
    assert {r.outcome for r in again} == {"unchanged", "quarantined", "not-taken"}
    asked = import_paths(connect, [folder], seen_at=SEEN, dataset="recorded-crime-ward")
    assert [r.datasets for r in asked if r.outcome == "imported"] == [("recorded-crime-ward",)]


SOURCE = Source("met-recorded", "Recorded crime", "Met", "table", "https://example.org/MPS%20Borough.csv")


def page(body: str) -> Page:
    return Page(Request(SOURCE.url), SOURCE.url, 200, "text/csv", "", body.encode(), SEEN)


def test_kind_table_hands_on_what_the_file_holds():
    assert [r.url for r in table_kind.plan(SOURCE, SEEN)] == [SOURCE.url]
    parsed = table_kind.parse(SOURCE, page(SMALL))
    assert parsed.release is not None
    assert isinstance(parsed.release.parts[0], ReleaseData)


def test_kind_table_refuses_another_data_set_than_it_expects():
    expects = replace(SOURCE, options=replace(SOURCE.options, dataset="stop-and-search"))
    with pytest.raises(ParseError, match="holds recorded-crime-borough, not the data set stop-and-search"):
        table_kind.parse(expects, page(SMALL))


def test_kind_table_takes_an_empty_answer_for_not_published():
    assert table_kind.parse(SOURCE, page("[]")).outcome == "empty"


def test_parquet_is_read_and_sheets_that_stand_in_one_table_are_taken_apart():
    """As archives keep the Met's workbooks: each sheet has its own columns, the others' are blank."""
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rows = [
        ("Hackney", None, "2026-01-01", "2025-12-01", 3, "Victim count location"),
        (None, "18-24", "2026-01-01", "2025-12-01", 3, "Victim count age"),
    ]
    names = ["borough_name", "age_group", "recorded_date_months", "date_committed_from_date_months", "count", "sheet"]
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    columns |= {"bcu_location": ["Central East", None], "ward_name_clean_2": ["Dalston", None]}
    body = io.BytesIO()
    pq.write_table(pa.table(columns), body)
    found = {p.dataset.id: sum(c.value for c in p.cells) for p in read(body.getvalue(), "vawg.parquet").parts}
    assert found == {"vawg-victims": 3, "vawg-victims-by-age": 3}


def test_damaged_parquet_says_so():
    pytest.importorskip("pyarrow", reason="the optional extra `parquet` is not installed")
    with pytest.raises(BadTableError, match="no readable Parquet"):
        read(b"PAR1\x15\x04", "a.parquet")


def test_parquet_without_the_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(NotTakenError, match="install the extra `parquet`"):
        read(b"PAR1....PAR1", "a.parquet")
