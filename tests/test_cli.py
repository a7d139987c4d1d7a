"""The command line: help, exit statuses, errors in one line."""

from __future__ import annotations

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from aggregator.cli import COMMANDS, main
from aggregator.db.connection import open_writer


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = CliRunner().invoke(main, [command, "--help"])
    assert done.exit_code == 0, done.output
    assert re.search(rf"aggregator (--db \S+ )?{command}\b", done.output[done.output.index("Example") :])


def test_every_command_is_listed() -> None:
    listed = CliRunner().invoke(main, ["--help"]).output
    assert [name for name in COMMANDS if f"\n  {name} " not in listed] == []


def test_every_command_is_in_the_readme() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
    for command in COMMANDS:
        assert command in readme, f"README.md does not mention `aggregator {command}`"


def test_global_options_stand_before_or_after_the_command(tmp_path: Path) -> None:
    for arguments in (["--db", str(tmp_path / "x.db"), "status"], ["status", "--db", str(tmp_path / "x.db")]):
        done = CliRunner().invoke(main, arguments)
        assert done.exit_code == 1
        assert "x.db: there is no archive yet" in done.output


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("sources: [", "feeds.yaml"),
        ("defaults: {contact: x}\nsources: []\nsurces: []", "surces"),
        ("defaults: {contact: 'https://example.org'}\nsources:\n  - {id: a, kind: feed}", "title"),
    ],
)
def test_a_broken_feeds_yaml_is_usage_error_2_in_one_line(tmp_path: Path, yaml: str, said: str) -> None:
    config = tmp_path / "feeds.yaml"
    config.write_text(yaml, encoding="utf-8")
    done = CliRunner().invoke(main, ["--feeds", str(config), "--db", str(tmp_path / "met.db"), "collect"])
    assert done.exit_code == 2
    assert said in done.output
    assert len(done.output.strip().splitlines()) == 1
    assert not (tmp_path / "met.db").exists(), "a broken configuration touches no archive"


def test_an_unknown_source_is_named(tmp_path: Path) -> None:
    config = tmp_path / "feeds.yaml"
    config.write_text(
        "defaults: {contact: 'https://example.org/contact'}\nsources:\n  - {id: one, title: One, publisher: P, kind: feed, "
        "url: 'https://one.example/rss'}\n",
        encoding="utf-8",
    )
    done = CliRunner().invoke(
        main, ["--feeds", str(config), "--db", str(tmp_path / "met.db"), "collect", "--source", "two"]
    )
    assert (done.exit_code, "two: no such source" in done.output) == (2, True)


def test_help_does_not_import_the_heavy_libraries() -> None:
    probe = (
        "import sys; from aggregator.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'datasette', 'httpx', 'bs4', 'feedparser', 'sqlite_utils'} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize("command", [["status"], ["export", "out"], ["stats", "coverage"]])
def test_a_file_that_is_no_archive_is_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("junk.db").write_text("not a database")
    done = CliRunner().invoke(main, ["--db", "junk.db", *command])
    assert isinstance(done.exception, SystemExit), done.exception
    assert done.exit_code == 1
    assert done.output.startswith("aggregator: junk.db: cannot be used (file is not a database)")
    assert done.output.count("\n") == 1


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What `serve` and `run` would have started."""
    found: list[str] = []
    monkeypatch.setattr("aggregator.site.app.serve", lambda *_, public_url: found.append(f"site {public_url}".strip()))
    monkeypatch.setattr("aggregator.supervise.Supervisor.start", lambda _: found.append("collector"))
    monkeypatch.setattr("aggregator.supervise.Supervisor.stop", lambda _: None)
    return found


@pytest.mark.parametrize("command", ["serve", "run"])
@pytest.mark.parametrize(("content", "said"), [("junk", "file is not a database"), ("theirs", "of another program")])
def test_nothing_is_started_over_a_file_that_is_no_archive(
    tmp_path: Path, started: list[str], command: str, content: str, said: str
) -> None:
    db = tmp_path / "other.db"
    if content == "junk":
        db.write_text("not a database, and longer than the hundred bytes of a header" * 2)
    else:
        with closing(sqlite3.connect(db)) as conn:
            conn.execute("CREATE TABLE recipes (id)")
    before = db.read_bytes()
    done = CliRunner().invoke(main, ["--db", str(db), command, "--port", "0"])
    assert (done.exit_code, started, db.read_bytes()) == (1, [], before)
    assert done.output.startswith(f"aggregator: {db}: ")
    assert (said in done.output, done.output.count("\n")) == (True, 1)


@pytest.mark.parametrize("there", [False, True])
def test_the_site_starts_over_an_archive_and_before_there_is_one(
    tmp_path: Path, started: list[str], there: bool
) -> None:
    db = tmp_path / "met.db"
    if there:
        open_writer(db).close()
    assert CliRunner().invoke(main, ["--db", str(db), "serve"]).exit_code == 0
    assert (started, db.exists()) == (["site"], there)


@pytest.mark.parametrize("command", ["serve", "run"])
def test_the_site_is_told_its_address_for_the_world(tmp_path: Path, started: list[str], command: str) -> None:
    feeds = tmp_path / "feeds.yaml"
    feeds.write_text("defaults: {public_url: https://record.example/}\nsources: []\n")
    done = CliRunner().invoke(main, ["--db", str(tmp_path / "met.db"), "--feeds", str(feeds), command])
    assert done.exit_code == 0, done.output
    assert started[-1] == "site https://record.example"


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path: Path) -> None:
    db, file = tmp_path / "met.db", tmp_path / "file"
    open_writer(db).close()
    file.write_text("no folder")
    done = CliRunner().invoke(main, ["--db", str(db), "export", str(file / "out")])
    assert isinstance(done.exception, SystemExit), done.exception
    assert (done.exit_code, done.output) == (1, f"aggregator: {file / 'out'}: Not a directory\n")


@pytest.mark.parametrize(
    "command",
    [
        "correct {} --own-story --why x",
        "withdraw {} --why x",
        "redact {} --pattern x --why x",
        "export out --since {}",
        "webhook add https://example.org/ --since {}",
        "webhook remove {}",
        "digest remove {}",
    ],
)
@pytest.mark.parametrize("number", ["99999999999999999999", "1.5"])
def test_a_number_that_no_database_holds_is_usage_error_2(tmp_path: Path, command: str, number: str) -> None:
    open_writer(tmp_path / "met.db").close()
    done = CliRunner().invoke(main, ["--db", str(tmp_path / "met.db"), *command.format(number).split()])
    assert isinstance(done.exception, SystemExit), done.exception
    assert (done.exit_code, number in done.output) == (2, True)
    assert not (tmp_path / "out").exists()
