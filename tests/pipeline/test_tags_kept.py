"""Corrections survive retags; a retag tells those who sync; a dry run changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import main
from aggregator.db.connection import open_writer
from aggregator.models import Document, Tags, Utc
from aggregator.retag import TagMany, retag
from aggregator.tagging import tagger
from tests.pipeline.harness import collect, feeds, rows, rss, whole
from tests.support.origin import Answer, Origin

pytestmark = pytest.mark.usefixtures("unbounded")

NOW = Utc("2026-09-20T12:00:00Z")
ITEMS = [
    ("2", "Stop and search scrutiny panel meets in Hackney", "Residents reviewed stop and search records in Hackney."),
    ("1", "Man jailed for burglary in Croydon", "A burglar was jailed for five years."),
]


@pytest.fixture
def archive(tmp_path: Path, origin: Origin) -> tuple[Path, Path]:
    origin.add("/rss", Answer(rss(ITEMS), content_type="application/rss+xml"))
    config = feeds(tmp_path, origin.netloc, [{"id": "met", "kind": "feed", "url": origin.url("/rss")}])
    db = tmp_path / "met.db"
    collect(db, config, now=NOW)
    return db, config


def aggregator(archive: tuple[Path, Path], *arguments: str) -> Result:
    db, config = archive
    return CliRunner().invoke(main, [*arguments, "--db", str(db), "--feeds", str(config)])


def topics(db: Path, title: str) -> dict[str, str]:
    return dict(
        rows(
            db, "SELECT topic, t.origin FROM update_topics t JOIN updates u ON u.id = update_id WHERE title = ?", title
        )
    )


def test_a_correction_is_audited_and_survives_retags(archive: tuple[Path, Path]) -> None:
    db, _ = archive
    update, title = rows(db, "SELECT id, title FROM updates WHERE title LIKE 'Stop and search%'")[0]
    assert "stop-and-search" in topics(db, title)
    done = aggregator(
        archive, "correct", str(update), "--drop-topic", "stop-and-search", "--add-topic", "public-trust",
        "--place", "camden", "--kind", "oversight", "--why", "the panel is about confidence", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "stop-and-search" not in json.loads(done.output)["topics"]
    for _ in range(2):
        assert aggregator(archive, "retag").exit_code == 0
    assert topics(db, title).get("public-trust") == "human"
    assert "stop-and-search" not in topics(db, title)
    assert rows(db, "SELECT kind, kind_origin FROM updates WHERE id = ?", update) == [("oversight", "human")]
    assert rows(db, "SELECT place FROM update_places WHERE update_id = ? AND origin = 'human'", update) == [("camden",)]
    why = {w for (w,) in rows(db, "SELECT why FROM corrections")}
    assert why == {"the panel is about confidence"}
    assert rows(db, "SELECT count(*) FROM changes WHERE type = 'retagged'") == [(1,)]


def test_the_last_word_on_a_value_counts(archive: tuple[Path, Path]) -> None:
    db, _ = archive
    update, title = rows(db, "SELECT id, title FROM updates WHERE title LIKE 'Stop and search%'")[0]
    assert aggregator(archive, "correct", str(update), "--drop-topic", "stop-and-search", "--why", "no").exit_code == 0
    assert (
        aggregator(
            archive, "correct", str(update), "--add-topic", "stop-and-search", "--why", "yes after all"
        ).exit_code
        == 0
    )
    assert topics(db, title)["stop-and-search"] == "human"


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("correct", "1", "--add-topic", "theft", "--why", "x"), 1, "1: there is no such update"),
        (("correct", "1", "--add-topic", "stop-and-serch", "--why", "x"), 2, "did you mean stop-and-search?"),
        (("correct", "1", "--kind", "newsy", "--why", "x"), 2, "newsy: is no kind"),
    ],
)
def test_wrong_corrections_are_refused_in_one_line(
    archive: tuple[Path, Path], arguments: tuple[str, ...], status: int, said: str
) -> None:
    done = aggregator(archive, *arguments)
    assert done.exit_code == status
    assert said in done.output
    assert len(done.output.strip().splitlines()) == 1


def model_without(slug: str) -> TagMany:
    real = tagger.load()

    def tag_many(documents: Iterable[Document]) -> Iterator[Tags]:
        for found in real.tag_many(documents):
            yield replace(found, topics=tuple(t for t in found.topics if t.slug != slug), model="other-model")

    return tag_many


def test_a_new_model_changes_labels_and_those_who_sync_learn_of_it(archive: tuple[Path, Path]) -> None:
    db, _ = archive
    conn = open_writer(db)
    before = whole(db)
    dry = retag(conn, model_without("stop-and-search"), {}, lambda: NOW, dry_run=True)
    assert dry.labels["topic:stop-and-search"].dropped == 1
    assert (
        dry.labels["topic:stop-and-search"]
        .dropped_examples[0]
        .endswith("Stop and search scrutiny panel meets in Hackney")
    )
    assert whole(db) == before, "a dry run writes nothing"
    done = retag(conn, model_without("stop-and-search"), {}, lambda: NOW, dry_run=False)
    conn.close()
    assert (done.seen, done.changed) == (2, 1)
    assert rows(db, "SELECT type, count(*) FROM changes GROUP BY type ORDER BY type") == [("new", 2), ("retagged", 1)]
