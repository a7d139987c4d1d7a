"""Backup, restore, export, status, check: the operator's commands on a real archive."""

from __future__ import annotations

import csv
import errno
import gzip
import hashlib
import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator import backup
from aggregator.cli import main
from aggregator.db.companion import state_path
from aggregator.db.connection import PRIVATE, Family, open_writer
from aggregator.errors import StorageError
from aggregator.lock import collector_lock, delivery_lock
from aggregator.models import Utc
from tests.pipeline.harness import collect, feeds, rows, rss, whole
from tests.support.origin import Answer, Origin

pytestmark = pytest.mark.usefixtures("unbounded")

NOW = Utc("2026-09-20T12:00:00Z")


@pytest.fixture
def db(tmp_path: Path, origin: Origin) -> Path:
    path = tmp_path / "met.db"
    publish(tmp_path, origin, path, 3)
    return path


def publish(tmp_path: Path, origin: Origin, db: Path, count: int) -> None:
    items = [
        (str(n), f'Story {n}, with "quotes", commas and naïveté', f"Robbery {n} in Camden.")
        for n in range(count, 0, -1)
    ]
    origin.add("/rss", Answer(rss(items), content_type="application/rss+xml"))
    config = feeds(tmp_path, origin.netloc, [{"id": "met", "kind": "feed", "url": origin.url("/rss")}])
    collect(db, config, now=NOW)


def aggregator(db: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["--db", str(db), *arguments])


def test_a_backup_is_restored_whole(db: Path, tmp_path: Path) -> None:
    copy, elsewhere = tmp_path / "backups" / "met-monday.db", tmp_path / "new" / "met.db"
    assert aggregator(db, "backup", str(copy)).exit_code == 0
    assert aggregator(elsewhere, "restore", str(copy)).exit_code == 0
    assert whole(elsewhere) == whole(db)
    assert (elsewhere.parent / "state.db").exists(), "the private companion comes along"


def test_a_backup_overwrites_nothing_and_a_restore_only_by_force(db: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    assert aggregator(db, "backup", str(copy)).exit_code == 0
    again = aggregator(db, "backup", str(copy))
    assert (again.exit_code, "never overwrites" in again.output) == (1, True)
    refused = aggregator(db, "restore", str(copy))
    assert (refused.exit_code, "--force" in refused.output) == (1, True)
    assert aggregator(db, "restore", str(copy), "--force").exit_code == 0


def test_where_only_the_archive_is_lost_the_private_database_is_kept_aside(db: Path, tmp_path: Path) -> None:
    copy, state = tmp_path / "copy.db", tmp_path / "state.db"
    assert aggregator(db, "backup", str(copy)).exit_code == 0
    with closing(open_writer(state, PRIVATE)) as conn:
        conn.execute("INSERT INTO robots VALUES ('https://later.example', '2026-11-22T00:00:00Z', 0, '')")
    for number in (1, 2):
        db.unlink()
        done = aggregator(db, "restore", str(copy))
        kept = tmp_path / f"state.db.before-restore-{number}"
        assert (done.exit_code, str(kept) in done.output, whole(db)) == (0, True, whole(copy))
    assert rows(tmp_path / "state.db.before-restore-1", "SELECT 1 FROM robots WHERE origin = 'https://later.example'")
    assert not rows(state, "SELECT 1 FROM robots WHERE origin = 'https://later.example'")


@pytest.mark.parametrize("lock", [collector_lock, delivery_lock])
def test_nothing_is_put_back_under_one_who_is_at_work(
    db: Path, tmp_path: Path, lock: Callable[[Path], AbstractContextManager[None]]
) -> None:
    """A delivery goes on in the file that it has open: what it records there would be lost, and sent again."""
    copy = tmp_path / "copy.db"
    assert aggregator(db, "backup", str(copy)).exit_code == 0
    before = db.read_bytes()
    with lock(db):
        refused = aggregator(db, "restore", str(copy), "--force")
    assert (refused.exit_code, "wait for it" in refused.output, db.read_bytes()) == (1, True, before)
    assert aggregator(db, "restore", str(copy), "--force").exit_code == 0


def test_a_second_archive_in_a_folder_has_a_private_database_of_its_own(
    db: Path, tmp_path: Path, origin: Origin
) -> None:
    copy, drill, third, state = (tmp_path / name for name in ("copy.db", "drill.db", "third.db", "state.db"))
    assert aggregator(db, "backup", str(copy)).exit_code == 0
    before = state.read_bytes()
    assert aggregator(drill, "restore", str(copy)).exit_code == 0
    publish(tmp_path, origin, drill, 4)
    publish(tmp_path, origin, third, 4)
    assert (state.read_bytes(), whole(db)) == (before, whole(copy))
    owners = [rows(state_path(one), "SELECT archive FROM companion_of") for one in (db, drill, third)]
    assert owners == [[("met.db",)], [("drill.db",)], [("third.db",)]]
    publish(tmp_path, origin, db, 5)
    assert rows(state, "SELECT archive FROM companion_of") == [("met.db",)]


def test_an_archive_may_be_renamed_and_its_companion_goes_with_it(db: Path, tmp_path: Path, origin: Origin) -> None:
    db.rename(tmp_path / "police.db")
    publish(tmp_path, origin, tmp_path / "police.db", 4)
    assert rows(tmp_path / "state.db", "SELECT archive FROM companion_of") == [("police.db",)]


@pytest.mark.parametrize("lost", [False, True])
def test_after_a_restore_no_cursor_passes_over_a_change(db: Path, tmp_path: Path, origin: Origin, lost: bool) -> None:
    copy = tmp_path / "copy.db"
    aggregator(db, "backup", str(copy))
    publish(tmp_path, origin, db, 6)
    cursor = rows(db, "SELECT max(seq) FROM changes")[0][0]  # what somebody who syncs has seen
    if lost:
        db.unlink()
    assert aggregator(db, "restore", str(copy), "--force").exit_code == 0
    publish(tmp_path, origin, db, 8)
    told = rows(db, "SELECT u.title FROM changes c JOIN updates u ON u.id = c.update_id WHERE c.seq > ?", cursor)
    assert len(told) == 5


def test_a_restore_that_finds_no_room_leaves_the_archive(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy, before = tmp_path / "copy.db", whole(db)
    assert aggregator(db, "backup", str(copy)).exit_code == 0

    def full(path: Path, family: Family) -> None:
        if path.name == "met.db.part":
            raise StorageError("the disk is full", subject=str(path))

    monkeypatch.setattr(backup, "verify", full)
    assert aggregator(db, "restore", str(copy), "--force").exit_code == 1
    assert whole(db) == before
    assert (tmp_path / "state.db").exists()
    assert list(tmp_path.glob("*.part")) == [], "the half that was copied already is not left behind"


@pytest.mark.parametrize("failing", ["verify", "_move"])
def test_a_backup_is_there_whole_or_not_at_all(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    """The private half is copied first: alone it stood in the way of the next backup, and held secrets."""
    copy, real = tmp_path / "backups" / "copy.db", getattr(backup, failing)

    def full(path: Path, *more: Family | Path) -> None:
        if path.name == "copy.db.part":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
        real(path, *more)

    monkeypatch.setattr(backup, failing, full)
    refused = aggregator(db, "backup", str(copy))
    assert (refused.exit_code, "No space left" in refused.output, "copy.db" in refused.output) == (1, True, True)
    assert list(copy.parent.iterdir()) == []
    monkeypatch.undo()
    assert aggregator(db, "backup", str(copy)).exit_code == 0


def test_the_archive_is_no_backup_of_itself(db: Path) -> None:
    before = whole(db)
    done = aggregator(db, "restore", str(db), "--force")
    assert (done.exit_code, "the archive itself" in done.output) == (1, True)
    assert whole(db) == before


def test_a_backup_of_the_public_half_alone_leaves_the_private_half(db: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    aggregator(db, "backup", str(copy))
    (tmp_path / "copy.db.state").unlink()
    done = aggregator(db, "restore", str(copy), "--force")
    assert (done.exit_code, "copy.db.state" in done.output) == (0, True)
    assert rows(tmp_path / "state.db", "SELECT count(*) FROM snapshots") == [(1,)]


def test_a_damaged_backup_is_refused_and_the_archive_stays(db: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    aggregator(db, "backup", str(copy))
    data = bytearray(copy.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 4096] = b"\xff" * 4096
    copy.write_bytes(data)
    before = whole(db)
    done = aggregator(db, "restore", str(copy), "--force")
    assert done.exit_code == 1
    assert "integrity" in done.output or "damaged" in done.output
    assert whole(db) == before


@pytest.mark.parametrize("fmt", ["ndjson", "csv"])
def test_an_export_holds_every_row_and_its_manifest_tells_the_truth(db: Path, tmp_path: Path, fmt: str) -> None:
    folder = tmp_path / "out"
    done = aggregator(db, "export", str(folder), "--format", fmt, "--json")
    assert done.exit_code == 0, done.output
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest == json.loads(done.output)
    for file in manifest["files"]:
        assert hashlib.sha256((folder / file["name"]).read_bytes()).hexdigest() == file["sha256"]
    with gzip.open(folder / f"updates.{fmt}.gz", "rt", encoding="utf-8", newline="") as text:
        exported = [json.loads(line) for line in text] if fmt == "ndjson" else list(csv.DictReader(text))
    assert [r["title"] for r in exported] == [t for (t,) in rows(db, "SELECT title FROM updates ORDER BY id")]
    assert manifest["last_seq"] == 3


def test_an_export_since_holds_only_what_changed(db: Path, tmp_path: Path, origin: Origin) -> None:
    first = json.loads(aggregator(db, "export", str(tmp_path / "one"), "--json").output)
    publish(tmp_path, origin, db, 4)
    second = json.loads(
        aggregator(db, "export", str(tmp_path / "two"), "--since", str(first["last_seq"]), "--json").output
    )
    counts = {f["table"]: f["rows"] for f in second["files"]}
    assert (counts["updates"], counts["changes"]) == (1, 1)


@pytest.mark.parametrize(("since", "beyond"), [(2, False), (3, False), (4, True)])
def test_an_export_since_a_number_that_was_never_given_out_says_so(
    db: Path, tmp_path: Path, since: int, beyond: bool
) -> None:
    done = aggregator(db, "export", str(tmp_path / "out"), "--since", str(since), "--json")
    assert (done.exit_code, json.loads(done.stdout)["last_seq"]) == (0, 3)
    assert ("--since 4 is beyond the newest change, 3" in done.stderr) is beyond
    assert bool(done.stderr) is beyond


def test_a_csv_is_exact_though_a_spreadsheet_would_take_a_title_for_a_formula(db: Path, tmp_path: Path) -> None:
    """Decided in docs/running.md, Exports: whoever changes it breaks those who compare and sync by it."""
    titles = ['=HYPERLINK("https://evil.example","Details")', "@metpoliceuk: an appeal", "-3 per cent"]
    with closing(open_writer(db)) as conn:
        conn.executemany(
            "UPDATE updates SET title = ? WHERE id = (SELECT id FROM updates ORDER BY id LIMIT 1 OFFSET ?)",
            zip(titles, range(3), strict=True),
        )
    assert aggregator(db, "export", str(tmp_path / "out"), "--format", "csv").exit_code == 0
    with gzip.open(tmp_path / "out" / "updates.csv.gz", "rt", encoding="utf-8", newline="") as text:
        assert [row["title"] for row in csv.DictReader(text)] == titles


def test_the_parts_of_a_parquet_table_are_of_one_schema(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A column that is empty in one part and not in the next had a type of its own in each: no reader takes both as one."""
    dataset = pytest.importorskip("pyarrow.dataset", reason="the optional extra `parquet` is not installed")
    with closing(open_writer(db)) as conn:
        conn.execute("UPDATE updates SET url = NULL WHERE id = (SELECT min(id) FROM updates)")
    monkeypatch.setattr("aggregator.export.EXPORT_PART_ROWS", 1)
    done = aggregator(db, "export", str(tmp_path / "out"), "--format", "parquet", "--json")
    assert done.exit_code == 0, done.output
    names = [f["name"] for f in json.loads(done.output)["files"] if f["table"] == "updates"]
    parts = dataset.dataset([str(tmp_path / "out" / name) for name in names], format="parquet")
    found = parts.to_table(columns=["id", "url", "title"]).to_pylist()
    assert [tuple(row.values()) for row in found] == rows(db, "SELECT id, url, title FROM updates ORDER BY id")


def test_status_tells_the_health_of_each_source(db: Path) -> None:
    done = aggregator(db, "status", "--json")
    document = json.loads(done.output)
    assert [(s["id"], s["state"], s["items"]) for s in document["sources"]] == [("met", "ok", 3)]
    assert document["counts"]["updates"] == 3
    assert "met" in aggregator(db, "status").output


def test_check_finds_a_search_index_that_disagrees_with_the_texts(db: Path, tmp_path: Path) -> None:
    arguments = ["--feeds", str(tmp_path / "feeds.yaml"), "check", "--archive"]
    assert aggregator(db, *arguments).exit_code == 0
    conn = open_writer(db)
    conn.execute("UPDATE updates SET title = 'tampered' WHERE id = (SELECT min(id) FROM updates)")
    conn.close()
    done = aggregator(db, *arguments)
    assert done.exit_code == 1
    assert "search index disagrees" in done.output


def test_an_export_that_finds_no_room_names_its_folder_and_leaves_no_manifest(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest of the export before would vouch for files that are half of this one."""
    folder = tmp_path / "out"
    assert aggregator(db, "export", str(folder)).exit_code == 0

    def full(path: Path, columns: object, rows: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("aggregator.export._ndjson", full)
    done = aggregator(db, "export", str(folder))
    assert (done.exit_code, done.output) == (
        1, f"aggregator: {folder}: cannot be written (No space left on device); no manifest, no export\n"
    )  # fmt: skip
    assert not (folder / "manifest.json").exists()
