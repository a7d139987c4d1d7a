"""Home Office workbooks (ODS), written here as LibreOffice would: sheet and columns as published, numbers invented.

The open data table of the police workforce has one sheet ``Data`` whose first row is its header; a row is a combination of
year, force, sex, rank and type of worker.
"""

from __future__ import annotations

import io
import zipfile
from html import escape

import pytest

from aggregator.statistics.errors import NotTakenError, QuarantinedError
from aggregator.statistics.model import ReleaseData
from aggregator.statistics.read import read_file
from tests.statistics.examples import database, store

Row = list[str | float]
_SPACES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
}
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:'
    'manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.'
    'spreadsheet"/></manifest:manifest>'
)
HEADER: Row = [
    "As at 31 March", "Geocode", "Force name", "Region", "Sex", "Rank", "Worker type", "Total (Headcount)", "Total (FTE)",
]  # fmt: skip


def ods(**sheets: list[Row]) -> bytes:
    """A workbook with these sheets."""
    tables = "".join(
        f'<table:table table:name="{name}">{"".join(map(_row, rows))}</table:table>' for name, rows in sheets.items()
    )
    spaces = " ".join(f'xmlns:{prefix}="{address}"' for prefix, address in _SPACES.items())
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.2"><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as book:
        book.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        book.writestr("content.xml", content)
        book.writestr("META-INF/manifest.xml", _MANIFEST)
    return out.getvalue()


def _row(row: Row) -> str:
    return f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>"


def _cell(value: str | float) -> str:
    text = f"<text:p>{escape(str(value))}</text:p>"
    if isinstance(value, str):
        return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{value}">{text}</table:table-cell>'


def worker(
    year: float | str, sex: str, rank: str, kind: str, head: float, *, force: str = "Metropolitan Police"
) -> Row:
    return [year, "E23000001", force, "London", sex, rank, kind, head, head - 0.25]


def workforce(*rows: Row) -> ReleaseData:
    cover: list[Row] = [["Police workforce open data table"], ["Contact: an invented address"]]
    (part,) = read_file("workforce.ods", io.BytesIO(ods(Cover=cover, Data=[HEADER, *rows]))).parts
    assert isinstance(part, ReleaseData)
    return part


def test_the_workforce_by_type_rank_and_sex():
    release = workforce(
        worker(2024.0, "Female", "Constable", "Police Officer", 101),
        worker(2025.0, "Female", "Constable", "Police Officer", 111),
        worker(2025.0, "Male", "Constable", "Police Officer", 222),
        worker(2025.0, "Male", "Police Staff", "Police Staff", 33),
        worker(2025.0, "Male", "Constable", "Police Officer", 7, force="Kent"),
    )
    assert (release.dataset.id, release.header_family) == ("home-office-workforce", "home-office-workforce")
    assert (release.period_from, release.period_to, release.rows) == ("2024", "2025", 4)
    found = {(c.category, c.period): c.value for c in release.cells}
    assert found == {
        ("police-officer/constable/female", "2024"): 101,
        ("police-officer/constable/female", "2025"): 111,
        ("police-officer/constable/male", "2025"): 222,
        ("police-staff/police-staff/male", "2025"): 33,
    }
    assert {c.area for c in release.cells} == {"met"}
    titles = {c.code: c.title for c in release.categories}
    assert titles["police-officer"] == "Police officer"


@pytest.mark.parametrize("name", ["Metropolitan Police", "Metropolitan Police [note 3]", " metropolitan police "])
def test_the_force_is_known_with_and_without_a_note(name: str):
    assert workforce(worker(2025.0, "Male", "Constable", "Police Officer", 5, force=name)).rows == 1


def test_a_later_table_supersedes_the_earlier_and_says_what_it_revised():
    conn = database()
    rows = [worker(y, "Male", "Constable", "Police Officer", n) for y, n in ((2024.0, 200), (2025.0, 210))]
    store(conn, ods(Data=[HEADER, *rows]), name="open-data-table-police-workforce-221025.ods")
    rows[1][7] = 214
    summary = store(conn, ods(Data=[HEADER, *rows]), name="open-data-table-police-workforce-280126.ods")
    assert (summary.added, summary.revised, summary.removed) == (0, 1, 0)
    assert conn.execute("SELECT period, old_value, new_value FROM observation_revisions").fetchall() == [
        ("2025", 210.0, 214.0)
    ]


def test_other_forces_alone_are_not_taken():
    with pytest.raises(NotTakenError, match="no rows of the Metropolitan Police"):
        workforce(worker(2025.0, "Male", "Constable", "Police Officer", 5, force="Kent"))


def test_a_year_that_is_none_is_refused():
    with pytest.raises(QuarantinedError, match="'March 2025' is no year"):
        workforce(worker("March 2025", "Male", "Constable", "Police Officer", 5))


def test_the_table_of_functions_is_another_family_and_says_what_it_has_beyond():
    header = [*HEADER[:7], "Wider function name", *HEADER[7:]]
    with pytest.raises(QuarantinedError, match="Wider function name"):
        read_file("functions.ods", io.BytesIO(ods(Data=[header, [2025.0] * len(header)])))
