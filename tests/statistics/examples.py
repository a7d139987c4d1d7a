"""Small invented files in the shapes that publishers use, and a database to put them in."""

from __future__ import annotations

import hashlib
import io
import sqlite3
from importlib import resources

from aggregator.db.statistics import apply_file
from aggregator.models import Utc
from aggregator.site import canned
from aggregator.statistics.model import FileData, ReleaseSummary
from aggregator.statistics.read import read_file

SEEN = Utc("2026-11-22T10:00:00Z")

STOPS_HEADER = (
    "Type,Date,Part of a policing operation,Policing operation,Latitude,Longitude,Gender,Age range,Self-defined ethnicity,"
    "Officer-defined ethnicity,Legislation,Object of search,Outcome,Outcome linked to object of search,"
    "Removal of more than just outer clothing"
)
DRUGS_ACT = "Misuse of Drugs Act 1971 (section 23)"


def database() -> sqlite3.Connection:
    """An empty archive in memory, with two places and a few topics."""
    conn = sqlite3.connect(":memory:", isolation_level=None)
    conn.execute("PRAGMA foreign_keys = ON")
    conn.executescript(resources.files("aggregator.db").joinpath("schema.sql").read_text(encoding="utf-8"))
    conn.executemany(
        "INSERT INTO places VALUES (?,?,?,?)",
        [("hackney", "Hackney", "E09000012", "borough"), ("city-of-london", "City of London", "E09000001", "city")],
    )
    return conn


def read(text: str | bytes, name: str = "file.csv") -> FileData:
    """A file of this text, as read."""
    return read_file(name, io.BytesIO(text.encode() if isinstance(text, str) else text))


def store(
    conn: sqlite3.Connection, text: str | bytes, *, seen_at: Utc = SEEN, name: str = "file.csv"
) -> ReleaseSummary:
    """Reads and stores a file that has one part."""
    body = text.encode() if isinstance(text, str) else text
    conn.execute("BEGIN IMMEDIATE")
    (summary,) = apply_file(
        conn,
        read(body, name),
        url="https://example.org/" + name,
        filename=name,
        sha256=hashlib.sha256(body).hexdigest(),
        etag="",
        seen_at=seen_at,
    )
    conn.execute("COMMIT")
    return summary


def ask(conn: sqlite3.Connection, query: str, **given: str) -> list[sqlite3.Row]:
    """What a canned query of the site answers: the very text that pages and clients get their series from."""
    cursor = conn.cursor()
    cursor.row_factory = sqlite3.Row
    return cursor.execute(canned.sql(query), {"after": "", "limit": "", **given}).fetchall()


def borough_csv(
    months: list[str], rows: dict[tuple[str, str, str], list[int]], header: str = "MajorText,MinorText,BoroughName"
) -> str:
    """A wide file: (major, minor, borough) → one figure a month. Line ends as published, CRLF."""
    lines = [",".join([header, *months])]
    lines += [",".join([*key, *map(str, values)]) for key, values in rows.items()]
    return "\r\n".join(lines) + "\r\n"


def stop_line(
    at: str = "2024-08-01T12:05:00+00:00",
    *,
    latitude: str = "51.545000",
    longitude: str = "-0.055000",
    object_: str = "Controlled drugs",
    outcome: str = "A no further action disposal",
    ethnicity: str = "White - Irish",
) -> str:
    """One published stop; the default place is in Hackney."""
    return f"Person search,{at},False,,{latitude},{longitude},Male,25-34,{ethnicity},White,{DRUGS_ACT},{object_},{outcome},False,False"


def stops_csv(*lines: str) -> str:
    """A file of stops."""
    return "\n".join([STOPS_HEADER, *lines]) + "\n"
