"""Large statistics files: through a temporary file into the archive, and nothing of a bad one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from aggregator import limits
from aggregator.db.companion import state_path
from aggregator.downloads import downloads_path
from aggregator.fetch import client as fetch_client
from aggregator.fetch.body import Caps
from tests.pipeline.harness import rows
from tests.pipeline.stage import Stage, nothing
from tests.support import faults
from tests.support.origin import Origin, Seen, Wire

FILE = "/download/e5n6w/hkc/M1045_MonthlyCrimeDashboard_TNOCrimeData.csv"
HEADER = (
    "Month_Year,Area Type,Borough_SNT,Area name,Area code,Offence Group,Offence Subgroup,Measure,Financial Year,"
    "FY_FYIndex,Count,Refresh Date"
)


def dashboard(count: int, refreshed: str = "2026-01-06", *, lines: int = 1) -> bytes:
    """A dashboard with one borough figure, and rows of neighbourhood teams that make it as long as is wanted."""
    rest = f"BURGLARY,RESIDENTIAL BURGLARY,Offences,fy25-26,25-26_01,{{}},{refreshed}"
    team = "2025-12-01,Safer Neighbourhood Teams,Hackney,Invented Ward,E05000000," + rest.format(1)
    borough = "2025-12-01,Borough,Hackney,Hackney,E09000012," + rest.format(count)
    return "\r\n".join([HEADER, borough, *[team] * lines, ""]).encode()


@pytest.fixture
def stage(tmp_path: Path, origin: Origin, quick: None) -> Stage:
    base = f"http://{origin.netloc}"
    listed = [{"name": "M1045_MonthlyCrimeDashboard_TNOCrimeData", "url": base + FILE, "format": "csv"}]
    package = json.dumps({"success": True, "result": {"resources": listed}}).encode()
    origin.add("/api/action/package_show", body=package, content_type="application/json")
    url = f"{base}/api/action/package_show?id=e5n6w"
    return Stage(
        tmp_path, origin,
        {"id": "dashboard", "kind": "datastore", "url": url, "resources": ["TNOCrimeData"], "large": True,
         "doc_kind": "statistics"},
    )  # fmt: skip


def publish(origin: Origin, body: bytes, etag: str = "") -> Callable[[], None]:
    return lambda: origin.add(FILE, body=body, content_type="text/csv", etag=etag)


def figures(stage: Stage) -> list[tuple[str, float]]:
    return rows(stage.db, "SELECT period, value FROM observations WHERE dataset_id = 'monthly-crime-tno'")


def last_round(stage: Stage) -> tuple[str, str]:
    outcome, error = rows(stage.db, "SELECT outcome, error FROM fetches ORDER BY id DESC LIMIT 1")[0]
    return outcome, error


def test_a_file_larger_than_a_page_may_be_is_read(stage: Stage, origin: Origin) -> None:
    body = dashboard(142, lines=130_000)
    assert len(body) > limits.MAX_DECODED_BYTES
    stage.play((1, publish(origin, body, '"1"')))
    assert figures(stage) == [("2025-12", 142.0)]
    assert last_round(stage)[0] == "ok"
    sha256 = hashlib.sha256(body).hexdigest()
    assert rows(stage.db, "SELECT sha256, etag, rows FROM releases") == [(sha256, '"1"', 1)]
    assert rows(stage.db, "SELECT title FROM updates") == [
        ("Monthly crime dashboard: notifiable offences: December 2025 published",)
    ]


def test_nothing_of_it_is_left_behind(stage: Stage, origin: Origin) -> None:
    stage.play((1, publish(origin, dashboard(142))), (2, publish(origin, b"<html>sorry</html>")))
    assert list(downloads_path(stage.db).iterdir()) == []
    kept = rows(state_path(stage.db), "SELECT url FROM snapshots")
    assert [url for (url,) in kept if "package_show" not in url] == []


def test_what_a_killed_process_left_is_removed(stage: Stage, origin: Origin) -> None:
    left = downloads_path(stage.db) / "statistics-left"
    left.parent.mkdir()
    left.write_bytes(b"half a file")
    stage.play((1, publish(origin, dashboard(142))))
    assert not left.exists()


def test_what_others_put_beside_the_archive_stays(stage: Stage, origin: Origin) -> None:
    """The archive may lie in a folder that somebody uses for more: a collector that starts removes only what it made."""
    theirs = [stage.db.parent / "downloads" / "holiday.jpg", downloads_path(stage.db) / "notes.txt"]
    for file in theirs:
        file.parent.mkdir()
        file.write_text("not ours")
    stage.play((1, publish(origin, dashboard(142))))
    assert [file.read_text() for file in theirs] == ["not ours"] * 2


def test_an_unchanged_file_costs_a_304(stage: Stage, origin: Origin) -> None:
    stage.play((1, publish(origin, dashboard(142), '"1"')), (2, nothing))
    asked = [seen for seen in origin.requests if seen.path == FILE]
    assert [seen.headers.get("if-none-match") for seen in asked] == [None, '"1"']
    assert rows(stage.db, "SELECT count(*) FROM releases") == [(1,)]


def test_the_same_bytes_without_an_etag_are_not_read_again(
    stage: Stage, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.play((1, publish(origin, dashboard(142))))

    def unexpected(*_: object) -> None:
        raise AssertionError("the file was parsed again")

    monkeypatch.setattr("aggregator.sources.table.read_file", unexpected)
    stage.play((2, nothing))
    assert last_round(stage)[0] in ("ok", "not_modified")


def test_a_changed_file_is_a_new_release_and_a_revision(stage: Stage, origin: Origin) -> None:
    stage.play((1, publish(origin, dashboard(142), '"1"')), (2, publish(origin, dashboard(147, "2026-02-06"), '"2"')))
    assert figures(stage) == [("2025-12", 147.0)]
    assert rows(stage.db, "SELECT old_value, new_value FROM observation_revisions") == [(142.0, 147.0)]


def cut_short(wire: Wire, seen: Seen) -> None:
    """Promises a file and hangs up in its middle, at the end of a line."""
    body = dashboard(999)
    head = f'HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nETag: "9"\r\nContent-Length: {len(body) + 500}\r\n\r\n'
    wire.send(head.encode() + body)


def too_large(wire: Wire, seen: Seen) -> None:
    """A file beyond the bounds of the test, in good order from its first line."""
    body = dashboard(999, lines=30_000)
    wire.send(f"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)


def not_found(wire: Wire, seen: Seen) -> None:
    wire.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone")


def page_instead(wire: Wire, seen: Seen) -> None:
    body = b"<!DOCTYPE html><title>Something went wrong</title>"
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def other_columns(wire: Wire, seen: Seen) -> None:
    body = b"Colour,Shape\r\nred,round\r\n"
    wire.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (cut_short, "connect: "),
        (too_large, "too_large: the body is more than 1 MiB on the wire"),
        (not_found, "http_4xx: "),
        (page_instead, "is HTML or XML, not a table"),
        (other_columns, "unknown header: Colour, Shape"),
        (faults.gzip_bomb(16), "too_large: the body "),
        (faults.reset, "connect: "),
    ],
    ids=["truncated", "too large", "404", "HTML", "columns", "bomb", "reset"],
)
def test_a_bad_download_leaves_the_old_figures_and_says_why(
    stage: Stage, origin: Origin, monkeypatch: pytest.MonkeyPatch, fault: faults.Script, said: str
) -> None:
    bounds = replace(fetch_client.Bounds(), download=Caps(raw=limits.MIB, decoded=2 * limits.MIB))
    monkeypatch.setattr("aggregator.collect.Client", partial(fetch_client.Client, bounds=bounds))
    stage.play((1, publish(origin, dashboard(142), '"1"')), (2, lambda: origin.fault(FILE, fault)))
    assert figures(stage) == [("2025-12", 142.0)]
    outcome, error = last_round(stage)
    assert outcome == "partial", "the description of the data set was read"
    assert said in error
    assert rows(stage.db, "SELECT count(*) FROM releases") == [(1,)]

    stage.play((3, publish(origin, dashboard(150, "2026-03-06"), '"3"')))
    assert figures(stage) == [("2025-12", 150.0)], "and the next good one is taken"


def test_a_full_disk_is_said_and_no_defect(stage: Stage, origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("aggregator.downloads.NamedTemporaryFile", full)
    stage.play((1, publish(origin, dashboard(142))))
    assert "No space left on device" in last_round(stage)[1]


def test_a_table_at_a_fixed_address_may_be_large_too(tmp_path: Path, origin: Origin, quick: None) -> None:
    stage = Stage(
        tmp_path, origin,
        {"id": "tno", "kind": "table", "url": f"http://{origin.netloc}{FILE}", "large": True,
         "dataset": "monthly-crime-tno", "doc_kind": "statistics"},
    )  # fmt: skip
    stage.play((1, publish(origin, dashboard(142))))
    assert figures(stage) == [("2025-12", 142.0)]


def test_large_files_are_read_in_the_bounded_child(tmp_path: Path, origin: Origin, stage: Stage) -> None:
    """The fixture parses in this process; here the real child opens the file."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        from aggregator.sandbox import Sandbox

        monkeypatch.setattr("aggregator.collect.Sandbox", Sandbox)
        stage.play((1, publish(origin, dashboard(142))))
    assert figures(stage) == [("2025-12", 142.0)]
