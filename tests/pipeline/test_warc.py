"""The WARC export: every answer that was kept comes out of it again, byte for byte, with its status and headers."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from aggregator import warc
from aggregator.cli import main
from tests.pipeline.harness import rss
from tests.pipeline.stage import Stage
from tests.support.origin import Origin

pytestmark = [
    pytest.mark.usefixtures("quick"),
    # warcio leaves its buffers to the garbage collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
ITEMS = [("5001", "Appeal", "Detectives appeal for witnesses.")]
PAGE = "<main><h1>Vetting</h1><p>Checks are renewed – always.</p></main>".encode()


@pytest.fixture
def stage(tmp_path: Path, origin: Origin) -> Stage:
    stage = Stage(
        tmp_path,
        origin,
        {"id": "news", "kind": "feed", "url": origin.url("/rss")},
        {"id": "page", "kind": "page", "url": origin.url("/vetting")},
    )
    origin.add(
        "/rss", body=rss(ITEMS), content_type="application/rss+xml", compress=True, headers=(("X-Served-By", "one"),)
    )
    origin.add("/standards", body=PAGE)
    origin.redirect("/vetting", "/standards")
    gone = lambda: origin.add("/vetting", body=b"<p>Gone</p>", status=410)  # noqa: E731
    stage.play((0, lambda: None), (1, gone))
    return stage


def export(stage: Stage, folder: Path) -> list[Path]:
    done = CliRunner().invoke(main, ["--db", str(stage.db), "--json", "export", str(folder), "--format", "warc"])
    assert done.exit_code == 0, done.output
    return [folder / file["name"] for file in json.loads(done.output)["files"]]


def test_every_answer_replays(stage: Stage, origin: Origin, tmp_path: Path) -> None:
    (path,) = export(stage, tmp_path / "out")
    seen: dict[tuple[str, str], bytes] = {}
    notes = []
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            address = record.rec_headers.get_header("WARC-Target-URI")
            if record.rec_type == "response":
                seen[(address, record.http_headers.get_statuscode())] = record.content_stream().read()
                assert record.http_headers.get_header("Content-Encoding") is None
                assert record.rec_headers.get_header("WARC-Date").startswith("2026-01-0")
            elif record.rec_type == "metadata":
                notes.append(record.content_stream().read().decode())
    assert seen == {
        (origin.url("/rss"), "200"): rss(ITEMS),
        (origin.url("/standards"), "200"): PAGE,
        (origin.url("/vetting"), "410"): b"<p>Gone</p>",
    }
    assert notes == [f"source: page\r\nvia: {origin.url('/vetting')}\r\n"]


def test_headers_are_kept_and_large_exports_are_split(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warc, "WARC_PART_BYTES", 1)
    paths = export(stage, tmp_path / "out")
    assert len(paths) == 3, "one answer in each"
    records = [r.http_headers for p in paths for r in ArchiveIterator(io.BytesIO(p.read_bytes())) if r.http_headers]
    assert [h.get_header("X-Served-By") for h in records if h.get_header("X-Served-By")] == ["one"]


def test_since_means_nothing_for_answers(stage: Stage, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        main, ["--db", str(stage.db), "export", str(tmp_path / "o"), "--format", "warc", "--since", "4"]
    )
    assert done.exit_code == 2
