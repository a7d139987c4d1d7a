"""The whole demonstration: the real collector over both rounds of the origin, into a database."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.collect import RoundReport
from aggregator.demo.build import build, stage
from aggregator.models import Outcome

from .conftest import NOW

pytestmark = pytest.mark.slow

FAILING = {
    "broken": Outcome.HTTP_5XX,
    "challenged": Outcome.BLOCKED,
    "ended": Outcome.ENDED,
    "missing": Outcome.HTTP_4XX,
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[RoundReport]]:
    with stage(tmp_path_factory.mktemp("demo"), NOW) as at:
        return at.db, asyncio.run(build(at))


@pytest.fixture
def archive(built: tuple[Path, list[RoundReport]]) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(built[0])) as connection:
        yield connection


def column(archive: sqlite3.Connection, sql: str) -> list[object]:
    return [row[0] for row in archive.execute(sql)]


def test_only_what_is_meant_to_fail_fails(built: tuple[Path, list[RoundReport]]) -> None:
    good = {Outcome.OK, Outcome.NOT_MODIFIED}
    for report, extra in zip(built[1], ({"neighbourhood-bulletin": Outcome.HTTP_5XX}, {}), strict=True):
        assert {s.id: s.outcome for s in report.sources if s.outcome not in good} == FAILING | extra


def test_the_first_round_fills_the_archive_and_the_second_changes_it(built: tuple[Path, list[RoundReport]]) -> None:
    first, second = built[1]
    assert first.new >= 150
    assert 10 <= second.new <= 20
    assert second.changed == 17


def test_edits_that_no_publisher_declared_are_silent(archive: sqlite3.Connection) -> None:
    sql = "SELECT u.title FROM versions v JOIN updates u ON u.id = v.update_id WHERE v.silent = 1"
    assert {
        "Operation Wrenfield: 37 arrests in crackdown on burglary in Barnet",
        "Body-worn video guidance for police forces",
        "Right Care Right Person: the agreement",
        "Stop and search policy",
    } <= set(column(archive, sql))
    assert "Stop and search code of practice" not in column(archive, sql)


def test_states_are_kept(archive: sqlite3.Connection) -> None:
    sql = "SELECT status FROM updates WHERE source_id = 'govuk-content' AND status <> 'live' ORDER BY status"
    assert column(archive, sql) == ["gone", "redirected", "withdrawn", "withdrawn"]


def test_figures_are_stored_with_their_revisions(archive: sqlite3.Connection) -> None:
    assert column(archive, "SELECT count(*) FROM releases WHERE dataset_id = 'recorded-crime-borough'") == [2]
    assert column(archive, "SELECT count(*) > 300 FROM observation_revisions WHERE old_value <> new_value") == [1]
    assert column(archive, "SELECT count(DISTINCT place) FROM stops") == [32]
    states = dict(archive.execute("SELECT period, state FROM coverage WHERE dataset_id = 'stop-and-search'").fetchall())
    assert (states["2026-01"], states["2026-04"]) == ("missing", "suspect")


@pytest.mark.parametrize("topic", ["stop-and-search", "body-worn-cameras", "mental-health"])
def test_the_pages_a_visitor_opens_first_have_items_with_evidence(archive: sqlite3.Connection, topic: str) -> None:
    sql = f"SELECT count(*) >= 8, min(evidence <> '[]') FROM update_topics WHERE topic = '{topic}' AND origin = 'model'"
    assert archive.execute(sql).fetchone() == (1, 1)
    assert column(archive, "SELECT count(*) >= 8 FROM update_places WHERE place = 'hackney'") == [1]


def test_it_is_marked_as_invented(archive: sqlite3.Connection) -> None:
    assert column(archive, "SELECT value FROM about WHERE key = 'demo'") == ["1"]
