"""Opening the databases: what is refused, and in which words."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from aggregator.backup import backup, verify
from aggregator.cli import main
from aggregator.db.connection import PRIVATE, PUBLIC, Family, check_file, open_reader, open_writer, transaction
from aggregator.errors import StorageError


def test_a_new_archive_has_schema_identity_and_wal(tmp_path: Path) -> None:
    conn = open_writer(tmp_path / "deep" / "met.db")
    assert conn.execute("PRAGMA application_id").fetchone()[0] == PUBLIC.application_id
    assert conn.execute("PRAGMA user_version").fetchone()[0] == len(PUBLIC.migrations)
    assert conn.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert conn.execute("PRAGMA foreign_keys").fetchone()[0] == 1
    conn.close()
    open_writer(tmp_path / "deep" / "met.db").close()  # again: nothing to migrate


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "photos.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE photos(id)")
    other.close()
    with pytest.raises(StorageError, match=r"photos\.db: is a database of another program"):
        open_writer(path)


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "met.db"
    conn = open_writer(path)
    conn.execute("PRAGMA user_version = 99")
    conn.close()
    with pytest.raises(StorageError, match="newer version"):
        open_writer(path)


def test_noise_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "met.db"
    path.write_bytes(b"not a database, not at all" * 100)
    with pytest.raises(StorageError, match="not a usable archive"):
        open_writer(path)


def test_private_and_public_are_not_mistaken_for_each_other(tmp_path: Path) -> None:
    open_writer(tmp_path / "state.db", PRIVATE).close()
    with pytest.raises(StorageError, match="another program"):
        open_writer(tmp_path / "state.db", PUBLIC)


def test_a_reader_cannot_write_and_says_what_to_do_without_an_archive(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="aggregator demo"):
        open_reader(tmp_path / "met.db")
    open_writer(tmp_path / "met.db").close()
    reader = open_reader(tmp_path / "met.db")
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM updates")
    reader.close()


def test_any_name_of_a_folder_will_do(tmp_path: Path) -> None:
    """In an SQLite URI `?`, `#` and `%` are syntax."""
    path = tmp_path / "is it 100%25 #1?" / "met.db"
    open_writer(path).close()
    reader = open_reader(path)
    assert reader.execute("PRAGMA application_id").fetchone() == (PUBLIC.application_id,)
    reader.close()
    backup(path, tmp_path / "50% copy.db")
    verify(tmp_path / "50% copy.db", PUBLIC)


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    conn = open_writer(tmp_path / "met.db")

    def half_done() -> None:
        with transaction(conn):
            conn.execute("INSERT INTO about(key, value) VALUES ('demo', '1')")
            raise KeyError("power cut")

    with pytest.raises(KeyError):
        half_done()
    assert conn.execute("SELECT count(*) FROM about").fetchone()[0] == 0
    assert not conn.in_transaction
    conn.close()


def test_a_second_writer_waits_instead_of_failing(tmp_path: Path) -> None:
    """BEGIN IMMEDIATE: the lock is taken before the first read, so the busy timeout applies."""
    one, two = open_writer(tmp_path / "met.db"), open_writer(tmp_path / "met.db")
    two.execute("PRAGMA busy_timeout = 50")
    with transaction(one):
        with pytest.raises(sqlite3.OperationalError, match="locked"), transaction(two):
            pass
        assert not two.in_transaction
    with transaction(two):
        two.execute("INSERT INTO about(key, value) VALUES ('a', 'b')")
    one.close()
    two.close()


@pytest.mark.parametrize("family", [PUBLIC, PRIVATE])
def test_what_a_reader_has_seen_outlives_a_power_cut(tmp_path: Path, family: Family) -> None:
    with closing(open_writer(tmp_path / "any.db", family)) as conn:
        assert conn.execute("PRAGMA synchronous").fetchone()[0] >= 2, "FULL: every commit is on disk before it is seen"


def test_a_transaction_that_cannot_be_committed_is_no_longer_open(tmp_path: Path) -> None:
    """It stayed open: every later transaction of the collector failed too, until somebody started it again."""
    with closing(open_writer(tmp_path / "met.db")) as conn:
        conn.execute("CREATE TABLE a(id INTEGER PRIMARY KEY, b REFERENCES a DEFERRABLE INITIALLY DEFERRED)")
        with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"), transaction(conn):
            conn.execute("INSERT INTO a VALUES (1, 2)")  # the reference is looked at when it is committed
        with transaction(conn):
            conn.execute("INSERT INTO a VALUES (3, NULL)")
        assert conn.execute("SELECT id FROM a").fetchall() == [(3,)]


def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    """SQLite rolls back by itself then: what was said was that there was nothing to roll back."""
    with closing(open_writer(tmp_path / "met.db")) as conn:
        conn.execute("CREATE TABLE a(b)")
        conn.execute(f"PRAGMA max_page_count = {conn.execute('PRAGMA page_count').fetchone()[0] + 2}")
        with pytest.raises(sqlite3.OperationalError, match="full"), transaction(conn):
            conn.executemany("INSERT INTO a VALUES (zeroblob(4000))", [()] * 100)
        assert conn.execute("SELECT count(*) FROM a").fetchone() == (0,)


def test_of_a_folder_that_cannot_be_written_it_is_said_that_it_must_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SQLite says "unable to open database file": of an archive that is there, and may be read."""
    open_writer(tmp_path / "met.db").close()

    def no_leave(path: Path) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{path}/none?mode=ro", uri=True)

    monkeypatch.setattr("aggregator.db.connection.open_reader", no_leave)
    with pytest.raises(StorageError, match=r"met\.db: unable to open database file: its folder must be writable"):
        check_file(tmp_path / "met.db")
    done = CliRunner().invoke(main, ["--db", str(tmp_path / "met.db"), "status"])
    assert (done.exit_code, "its folder must be writable" in done.output) == (1, True)
