"""A person is taken out of the record: nothing of her is left in any file, and no later poll brings her back."""

from __future__ import annotations

import json
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aggregator import config, takedown
from aggregator.cli import main
from aggregator.db import chain
from aggregator.db.companion import state_path
from aggregator.db.connection import PRIVATE, open_reader, open_writer
from aggregator.demo.pdf import pdf
from aggregator.errors import ConfigError
from aggregator.models import Source, Utc
from tests.pipeline.harness import check_archive, feeds, rows, rss
from tests.pipeline.stage import Stage, Step, nothing
from tests.support.origin import Origin

pytestmark = pytest.mark.usefixtures("quick")

NAME = "Zebulonia Quist"
TITLE = f"{NAME} charged with fraud"
TEXT = (
    f"Detectives charged {NAME}, 34, of Bow. Ms Quist will appear at Thames Magistrates' Court on Monday morning next."
)
LAW = " ".join(f"Clause {n} of the Act says what a court may order in such a matter." for n in range(1, 9))
OTHERS = [("5002", "Bus fares campaign", "Officers rode along."), ("5001", "Open day", "All are welcome.")]


def feed(*items: tuple[str, str, str]) -> bytes:
    return rss(items).replace(b"/news/story-5003?", b"/news/zebulonia-quist-charged-5003?")


@pytest.fixture
def stage(tmp_path: Path, origin: Origin) -> Stage:
    """Her story in a newsroom's feed, in another source's copy of it, on a page, and in a PDF."""
    return Stage(
        tmp_path,
        origin,
        {"id": "news", "kind": "feed", "url": origin.url("/rss"), "identity": "trailing-number"},
        {"id": "copy", "kind": "feed", "url": origin.url("/copy")},
        {"id": "page", "kind": "page", "url": origin.url("/case")},
        {"id": "file", "kind": "pdf", "url": origin.url("/case.pdf")},
    )


def tells(origin: Origin, title: str = TITLE, text: str = TEXT) -> Step:
    def step() -> None:
        items = [("5003", title, text), *OTHERS]
        origin.add("/rss", body=feed(*items), content_type="application/rss+xml", etag=f'"{hash(title + text)}"')
        origin.add(
            "/copy", body=feed(items[0]).replace(b"news.example", b"copy.example"), content_type="application/rss+xml"
        )
        html = f"<html><body><main><h1>Case</h1><p>{text.replace('Quist', '<b>Quist</b>').replace('a', '&#97;')}</p><p>{LAW}</p></main></body></html>"
        origin.add("/case", body=html.encode())
        origin.add("/case.pdf", body=pdf(["The case of", text[:60], LAW[:200]]), content_type="application/pdf")

    return step


def files(stage: Stage) -> dict[str, bytes]:
    """Every file of the archive: databases, write-ahead logs and what else lies beside them."""
    return {p.name: p.read_bytes() for p in stage.db.parent.iterdir() if p.name.startswith(("met", "state"))}


def found(stage: Stage, word: str) -> list[str]:
    return [name for name, data in files(stage).items() if word.lower().encode() in data.lower()]


def run(stage: Stage, *arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(main, ["--db", str(stage.db), "--json", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    document: dict[str, Any] = json.loads(done.output)
    return document


def number(stage: Stage, source: str, like: str = "%") -> int:
    return int(rows(stage.db, "SELECT id FROM updates WHERE source_id = ? AND key LIKE ? LIMIT 1", source, like)[0][0])


def sound(stage: Stage) -> None:
    check_archive(stage.db)
    with closing(open_reader(stage.db)) as conn:
        assert list(chain.check(conn)) == []


def test_a_redacted_word_is_found_nowhere_and_never_comes_back(stage: Stage, origin: Origin) -> None:
    stage.play(
        (0, tells(origin, text=TEXT + " She denies it.")), (1, tells(origin)),
        (2, tells(origin, title=f"Woman charged: {NAME}")), (3, tells(origin)),
    )  # fmt: skip
    assert found(stage, "zebulonia") == ["met.db"], "bodies are compressed; here it is known that the search works"
    done = run(
        stage, "redact", str(number(stage, "news", "%5003")), "--pattern", r"(?:Zebulonia\s+|Ms\s+)?Quist|Zebulonia",
        "--everywhere", "--why", f"{NAME} was named in error",
    )  # fmt: skip
    assert len(done["updates"]) == 4
    assert done["also"] == []
    assert done["bodies"] == 11, "each different answer of each address"
    assert (found(stage, "zebulonia"), found(stage, "quist")) == ([], [])
    sound(stage)
    title = rows(stage.db, "SELECT title, summary FROM updates WHERE id = ?", number(stage, "news", "redacted:%"))
    assert title[0][0] == "[redacted] charged with fraud"
    assert title[0][1].startswith("Detectives charged [redacted], 34, of Bow. [redacted] will appear")
    before = rows(stage.db, "SELECT update_id, version FROM versions ORDER BY 1, 2")

    stage.play((4, nothing), (5, tells(origin)), (6, nothing))
    assert (found(stage, "zebulonia"), found(stage, "quist")) == ([], [])
    assert rows(stage.db, "SELECT update_id, version FROM versions ORDER BY 1, 2") == before, (
        "the same text is no new version"
    )
    stage.play((7, tells(origin, text=TEXT + " She was cleared.")))
    assert (found(stage, "zebulonia"), found(stage, "quist")) == ([], [])
    edited = rows(stage.db, "SELECT count(*) FROM versions WHERE summary LIKE '%[redacted] will appear%cleared.'")
    assert edited == [(2,)], "what is not redacted goes on being recorded: in the newsroom's feed and its copy"
    sound(stage)


def test_a_redaction_of_one_story_leaves_other_stories_alone(stage: Stage, origin: Origin) -> None:
    stage.play((0, tells(origin)))
    done = run(stage, "redact", str(number(stage, "news", "%5003")), "--pattern", "Quist", "--why", "named in error")
    copies = rows(stage.db, "SELECT count(*) FROM updates WHERE title LIKE '%[redacted]%'")
    assert copies == [(2,)], "the newsroom's and its copy: one story"
    assert set(done["also"]) == {number(stage, "page"), number(stage, "file")}, "these it names"


def test_a_copy_that_another_source_brings_later_is_redacted_too(tmp_path: Path, origin: Origin) -> None:
    stage = Stage(tmp_path, origin, *({"id": n, "kind": "feed", "url": origin.url(f"/{n}")} for n in ("one", "two")))

    def told(*names: str, text: str = TEXT) -> Step:
        def step() -> None:
            for name in ("one", "two"):
                items = [("5003", TITLE, text)] if name in names else OTHERS
                body = rss(items).replace(b"news.example", f"{name}.example".encode())
                origin.add(f"/{name}", body=body, content_type="application/rss+xml")

        return step

    stage.play((0, told("one")))
    run(stage, "redact", str(number(stage, "one")), "--pattern", r"(Zebulonia|Ms) Quist", "--why", "named in error")
    assert found(stage, "quist") == []
    stage.play((1, told("one", "two")), (2, told("one", "two", text=TEXT + " More to come.")))
    assert found(stage, "quist") == []
    titles = rows(stage.db, "SELECT title, version FROM updates WHERE title LIKE '%charged%'")
    assert titles == [("[redacted] charged with fraud", 2)] * 2
    sound(stage)


def test_what_was_withdrawn_stays_away(stage: Stage, origin: Origin) -> None:
    stage.play((0, tells(origin, text=TEXT + " She denies it.")), (1, tells(origin)))
    subject, copy = number(stage, "news", "%5003"), number(stage, "copy")
    done = run(stage, "withdraw", str(subject), "--why", "court order")
    assert (done["versions"], done["also"]) == (2, [copy])
    run(stage, "withdraw", str(copy), "--why", "court order")
    run(stage, "withdraw", str(number(stage, "page")), "--why", "court order")
    run(stage, "withdraw", str(number(stage, "file")), "--why", "court order")
    assert (found(stage, "zebulonia"), found(stage, "quist")) == ([], [])
    sound(stage)
    stage.play((2, nothing), (3, tells(origin, text=TEXT + " And more.")), (4, nothing))
    assert (found(stage, "zebulonia"), found(stage, "quist")) == ([], [])
    tombstone = rows(stage.db, "SELECT title, summary, url, status, version FROM updates WHERE id = ?", subject)
    assert tombstone == [("Withdrawn from this record", "", None, "redacted", 2)]
    assert rows(stage.db, "SELECT count(*) FROM updates") == [(6,)], "no second copy beside the tombstone"
    assert rows(stage.db, "SELECT type FROM changes WHERE update_id = ? ORDER BY seq", subject)[-1] == ("redacted",)
    sound(stage)


def test_every_takedown_is_in_the_audit_without_what_was_removed(stage: Stage, origin: Origin) -> None:
    stage.play((0, tells(origin)))
    subject = number(stage, "news", "%5003")
    run(stage, "redact", str(subject), "--pattern", "Quist|Zebulonia", "--everywhere", "--why", f"{NAME} asked for it")
    [(action, about, why, details)] = rows(stage.db, "SELECT action, subject, why, details FROM audit")
    assert (action, about, why) == ("redact", f"update {subject}", "[redacted] [redacted] asked for it")
    assert json.loads(details)["updates"] == 4


def test_what_its_publisher_took_down_is_hidden_after_the_time_that_is_set(tmp_path: Path, origin: Origin) -> None:
    source = {"id": "page", "kind": "page", "url": origin.url("/case"), "privacy": {"hide_gone_after": "30d"}}
    stage = Stage(tmp_path, origin, source)
    html = f"<main><h1>{TITLE}</h1><p>{TEXT}</p></main>".encode()
    stage.play(
        (0, lambda: origin.add("/case", body=html)),
        (10, lambda: origin.add("/case", body=b"", status=410)),
        (39, nothing),
    )
    assert rows(stage.db, "SELECT status, title FROM updates") == [("gone", TITLE)]
    stage.play((41, nothing), (42, lambda: origin.add("/case", body=html)))
    assert rows(stage.db, "SELECT status, title FROM updates") == [("redacted", "Withdrawn from this record")]
    assert rows(stage.db, "SELECT count(*) FROM updates_fts WHERE updates_fts MATCH 'quist'") == [(0,)]
    assert rows(stage.db, "SELECT who FROM audit") == [("privacy setting",)]
    sound(stage)


def test_kept_bodies_are_read_once_however_many_updates_are_to_be_hidden(
    tmp_path: Path, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A newsroom's clear-out: each of its kept answers is unpacked once, not once for each of its stories."""
    stage = Stage(
        tmp_path, origin, {"id": "news", "kind": "feed", "url": origin.url("/rss")},
        {"id": "other", "kind": "feed", "url": origin.url("/other")},
    )  # fmt: skip
    names = ("Amber", "Beryl", "Coral", "Diamond")
    items = [
        (f"600{n}", f"{name} is to be sentenced on Friday", f"Detectives spoke to {name}.")
        for n, name in enumerate(names)
    ]

    def told(*which: tuple[str, str, str]) -> Step:
        def step() -> None:
            for path in ("/rss", "/other"):
                origin.add(path, body=rss([*which, *OTHERS]), content_type="application/rss+xml")

        return step

    stage.play((0, told(items[0])), (1, told(*items[:2])), (2, told(*items)), (3, told()))
    read: list[bytes] = []
    unpack = zlib.decompress
    monkeypatch.setattr("aggregator.db.state.zlib.decompress", lambda data: read.append(data) or unpack(data))
    source = Source("news", "News", "Newsroom", "feed", origin.url("/rss"), hide_gone_s=86_400)
    with closing(open_writer(stage.db)) as archive, closing(open_writer(state_path(stage.db), PRIVATE)) as private:
        assert takedown.hide_expired(archive, private, source, Utc("2027-01-01T00:00:00Z")) == 0
        assert read == [], "where nothing is to be hidden nothing is unpacked"
        archive.execute(
            "UPDATE updates SET status = 'gone', status_at = '2026-12-01T00:00:00Z'"
            " WHERE source_id = 'news' AND title LIKE '%sentenced%'"
        )
        assert takedown.hide_expired(archive, private, source, Utc("2027-01-01T00:00:00Z")) == len(names)
    assert len(read) == 4, "as many as there are different answers"
    kept = rows(state_path(stage.db), "SELECT source_id, count(*) FROM snapshots GROUP BY 1 ORDER BY 1")
    assert kept == [("news", 1), ("other", 4)], "only those without any of them, and what other sources said"
    [total] = rows(stage.db, "SELECT sum(json_extract(details, '$.bodies')) FROM audit WHERE action = 'withdraw'")
    assert total == (3,), "each of the answers is counted once"
    titles = rows(stage.db, "SELECT DISTINCT title FROM updates WHERE source_id = 'news' AND status = 'redacted'")
    assert titles == [("Withdrawn from this record",)]
    sound(stage)


@pytest.mark.parametrize("pattern", ["", "(", ".*", "redacted", "x" * 5000])
def test_a_pattern_that_would_remove_everything_or_nothing_is_refused(
    stage: Stage, origin: Origin, pattern: str
) -> None:
    stage.play((0, tells(origin)))
    arguments = ["--db", str(stage.db), "redact", str(number(stage, "file")), "--pattern", pattern, "--why", "test"]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 2
    assert rows(stage.db, "SELECT count(*) FROM audit") == [(0,)]


def test_a_reader_who_holds_on_to_the_old_text_is_named_and_a_second_run_wipes_it(
    stage: Stage, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.takedown.WIPE_WAIT_S", 0.3)
    stage.play((0, tells(origin)))
    arguments = ["redact", str(number(stage, "file")), "--pattern", "Quist|Zebulonia", "--everywhere", "--why", "test"]
    with closing(open_reader(stage.db)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM updates").fetchone()
        done = CliRunner().invoke(main, ["--db", str(stage.db), *arguments])
        assert done.exit_code == 1
        assert "stop the site for a moment" in done.output
        reader.execute("COMMIT")
    run(stage, *arguments)
    assert (found(stage, "zebulonia"), found(stage, "quist")) == ([], [])


def test_privacy_has_a_default_that_a_source_can_leave(tmp_path: Path, origin: Origin) -> None:
    sources = [{"id": n, "kind": "page", "url": origin.url(f"/{n}")} for n in ("one", "two", "three")]
    sources[1]["privacy"] = {"hide_gone_after": "never"}  # type: ignore[assignment]
    sources[2]["privacy"] = {"hide_gone_after": "90d"}  # type: ignore[assignment]
    loaded = config.load(feeds(tmp_path, origin.netloc, sources, privacy={"hide_gone_after": "30d"}))
    assert [s.hide_gone_s for s in loaded.sources] == [30 * 86_400, None, 90 * 86_400]
    sources[0]["privacy"] = {"hide_after": "30d"}  # type: ignore[assignment]
    with pytest.raises(ConfigError, match="hide_gone_after"):
        config.load(feeds(tmp_path, origin.netloc, sources))
