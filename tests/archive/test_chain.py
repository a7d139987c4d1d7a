"""The hash chain: every way of tampering with the record is found, and a redaction is not taken for one."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from aggregator.cli import main
from aggregator.db import chain
from tests.pipeline.stage import Stage
from tests.support.origin import Origin


@pytest.fixture
def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive of one page with three versions, and of another with one."""
    from aggregator.sandbox import Sandbox
    from tests.pipeline.stage import Untagged

    monkeypatch.setattr("aggregator.collect.tagger.load", Untagged)
    monkeypatch.setattr("aggregator.collect.Sandbox", lambda workers: Sandbox(inline=True))
    with Origin() as origin:
        pages = [{"id": name, "kind": "page", "url": origin.url(f"/{name}")} for name in ("one", "two")]
        stage = Stage(tmp_path, origin, *pages)

        def shows(text: str) -> None:
            origin.add("/one", body=f"<main><h1>One</h1><p>{text}</p></main>".encode())
            origin.add("/two", body=b"<main><h1>Two</h1><p>Never changes.</p></main>")

        stage.play((0, lambda: shows("First.")), (1, lambda: shows("Second.")), (2, lambda: shows("Third.")))
    return stage.db


def findings(db: Path, *statements: str) -> list[str]:
    with closing(sqlite3.connect(db, isolation_level=None)) as conn:
        for statement in statements:
            conn.execute(statement)
        return list(chain.check(conn))


def test_the_command_says_what_it_finds(db: Path) -> None:
    arguments = ["--db", str(db), "--feeds", str(db.with_name("feeds.yaml")), "check", "--archive"]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    findings(db, "UPDATE versions SET body = 'Worst.' WHERE version = 1")
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 1
    assert "was changed after it was written down" in done.output


def test_what_was_left_alone_is_sound(db: Path) -> None:
    assert findings(db) == []
    with closing(sqlite3.connect(db)) as conn:
        assert chain.head(conn).seq == 4


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE versions SET body = 'Worst.' WHERE body LIKE '%Second%'", "was changed after it was written down"),
        ("UPDATE versions SET seen_at = '2020-01-01T00:00:00Z' WHERE version = 2", "was changed after"),
        ("UPDATE versions SET silent = 0 WHERE version = 3", "was changed after"),
        ("DELETE FROM versions WHERE version = 2", "no longer in the archive"),
        ("UPDATE chain SET leaf = hex(randomblob(32)) WHERE seq = 2", "broken at link 2"),
        ("DELETE FROM chain WHERE seq = 2", "broken at link 3"),
        ("UPDATE chain SET salt = '' WHERE seq = 2", "no redaction says why"),
        (
            "INSERT INTO versions(update_id, version, seen_at) SELECT update_id, 9, seen_at FROM versions LIMIT 1",
            "slipped in",
        ),
        ("UPDATE texts SET body = 'Worst.' WHERE body LIKE '%Third%'", "not that of its newest version"),
    ],
)
def test_tampering_is_found(db: Path, statement: str, finding: str) -> None:
    assert any(finding in found for found in findings(db, statement))
