"""Criteria: what is refused, and that they mean what plain SQL says they mean."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.clock import plus
from aggregator.db import matching
from aggregator.db.connection import open_reader, open_writer
from aggregator.errors import ConfigError
from aggregator.models import KINDS
from aggregator.subscriptions.criteria import checked, from_json, to_json, words
from aggregator.subscriptions.model import Criteria
from tests.site import archive
from tests.test_architecture import imports

TOPICS = [slug for slug, *_ in archive.TOPICS]
PLACES = [slug for slug, *_ in archive.PLACES]
SOURCES = [source for source, *_ in archive.SOURCES]
WORDS = ["knife", "robbery", "search", "camera", "appeal"]


def check(criteria: Criteria) -> Criteria:
    return checked(criteria, topics=TOPICS, places=PLACES, kinds=KINDS, sources=SOURCES)


@pytest.mark.parametrize(
    ("criteria", "said"),
    [
        (Criteria(topics=("stop-and-serch",)), "--topic: there is no topic 'stop-and-serch'; did you mean stop-and-search?"),
        (Criteria(places=("Hackney",)), "--place: there is no place"),
        (Criteria(kinds=("news",)), "--kind: there is no kind"),
        (Criteria(sources=("x\r\ny",)), "--source: there is no source"),
        (Criteria(searches=("",)), "--search: asks for nothing"),
        (Criteria(searches=("...",)), "--search: asks for nothing"),
        (Criteria(searches=("before:soon",)), "--search: “before:soon” was left out"),
        (Criteria(searches=("knife OR phone",)), "--search: “OR” was looked for as a word"),
        (Criteria(searches=("knife\r\nBcc: x@example.org",)), "--search: one line"),
        (Criteria(searches=tuple(f"word{n}" for n in range(21))), "criteria: 21 searches; allowed: at most 20"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_said(criteria: Criteria, said: str) -> None:
    with pytest.raises(ConfigError) as error:
        check(criteria)
    assert said in str(error.value)


def test_they_are_stored_and_said_in_words() -> None:
    criteria = check(Criteria(topics=("robbery", "robbery", "knife-crime"), searches=("“taser”",)))
    assert criteria.topics == ("robbery", "knife-crime")
    assert from_json(to_json(criteria)) == criteria
    assert words(criteria) == "topic robbery or knife-crime; search ““taser””"
    assert (words(Criteria()), to_json(Criteria())) == ("everything", "{}")


# --- against plain SQL --------------------------------------------------------------------------------------------
UPDATE = st.fixed_dictionaries({
    "words": st.sets(st.sampled_from(WORDS)), "topics": st.sets(st.sampled_from(TOPICS)), "places": st.sets(st.sampled_from(PLACES)),
    "kind": st.sampled_from(KINDS[:4]), "source": st.sampled_from(SOURCES),
})  # fmt: skip
SOME = {"max_size": 2, "unique": True}
SEARCH = st.lists(st.sampled_from([*WORDS, *(f"-{w}" for w in WORDS), "kind:appeal", "topic:robbery", "-place:hackney"]),
                  min_size=1, max_size=3).map(" ".join)  # fmt: skip
CRITERIA = st.builds(
    lambda topics, places, kinds, sources, searches: Criteria(*map(tuple, (topics, places, kinds, sources, searches))),
    st.lists(st.sampled_from(TOPICS), **SOME), st.lists(st.sampled_from(PLACES), **SOME),
    st.lists(st.sampled_from(KINDS[:4]), **SOME), st.lists(st.sampled_from(SOURCES), **SOME), st.lists(SEARCH, **SOME),
)  # fmt: skip


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return archive.make(tmp_path_factory.mktemp("criteria") / "met.db", bulk=0)


def fill(conn: sqlite3.Connection, updates: list[dict[str, Any]]) -> None:
    """The archive with these updates alone."""
    conn.execute("DELETE FROM updates")
    conn.execute("INSERT INTO updates_fts(updates_fts) VALUES ('rebuild')")
    for n, update in enumerate(updates):
        number = archive.update_id(plus(archive.NOW, -n))
        archive.add(conn, number, " ".join(sorted(update["words"])), source=update["source"], kind=update["kind"])
        for slug in update["topics"]:
            archive.topic(conn, number, slug)
        for slug in update["places"]:
            archive.place(conn, number, slug)


def listed(conn: sqlite3.Connection, sql: str, values: tuple[str, ...]) -> set[int]:
    marks = ",".join("?" * len(values))
    return {row[0] for row in conn.execute(sql.replace("(?)", f"({marks})"), values)}


def plainly(conn: sqlite3.Connection, criteria: Criteria) -> set[int]:
    """The same by one plain statement per criterion, and set arithmetic."""
    found = {row[0] for row in conn.execute("SELECT id FROM updates")}
    if criteria.topics:
        children = "SELECT slug FROM topics WHERE slug IN (?) UNION SELECT slug FROM topics WHERE parent IN (?)"
        marks = ",".join("?" * len(criteria.topics))
        family = tuple(r[0] for r in conn.execute(children.replace("(?)", f"({marks})"), criteria.topics * 2))
        found &= listed(conn, "SELECT update_id FROM update_topics WHERE topic IN (?)", family)
    if criteria.places:
        found &= listed(conn, "SELECT update_id FROM update_places WHERE place IN (?)", criteria.places)
    if criteria.kinds:
        found &= listed(conn, "SELECT id FROM updates WHERE kind IN (?)", criteria.kinds)
    if criteria.sources:
        found &= listed(conn, "SELECT id FROM updates WHERE source_id IN (?)", criteria.sources)
    if criteria.searches:
        found &= set().union(*(plain_search(conn, search) for search in criteria.searches))
    return found


def plain_search(conn: sqlite3.Connection, search: str) -> set[int]:
    """Word by word: every one must hold."""
    found = {row[0] for row in conn.execute("SELECT id FROM updates")}
    for token in search.split():
        name, _, value = token.lstrip("-").partition(":")
        sql = {
            "kind": "SELECT id FROM updates WHERE kind = ?",
            "topic": "SELECT update_id FROM update_topics WHERE topic = ?",
            "place": "SELECT update_id FROM update_places WHERE place = ?",
        }.get(name, "SELECT id FROM updates WHERE ' ' || title || ' ' LIKE '% ' || ? || ' %'")
        hits = {row[0] for row in conn.execute(sql, (value or name,))}
        found = found - hits if token.startswith("-") else found & hits
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(updates=st.lists(UPDATE, max_size=12), many=st.lists(CRITERIA, min_size=1, max_size=8))
def test_matching_is_what_plain_sql_says(db: Path, updates: list[dict[str, Any]], many: list[Criteria]) -> None:
    with closing(open_writer(db)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        fill(conn, updates)
        ids = [row[0] for row in conn.execute("SELECT id FROM updates")]
        for criteria in many:
            expected = plainly(conn, criteria)
            assert matching.matching(conn, criteria, ids) == expected
            assert matching.matching(conn, criteria, ids[:3]) == expected & set(ids[:3])
            assert set(matching.every_match(conn, criteria)) == expected
        conn.execute("ROLLBACK")


def test_a_topic_includes_those_below_it(tmp_path: Path) -> None:
    db = archive.make(tmp_path / "met.db", bulk=0)
    with closing(open_writer(db)) as conn:
        number = archive.update_id(archive.NOW, 9)
        archive.add(conn, number, "A robbery")
        archive.topic(conn, number, "robbery")
    with closing(open_reader(db)) as conn:
        assert matching.matching(conn, Criteria(topics=("specific-offences",)), [number]) == {number}
        assert matching.matching(conn, Criteria(topics=("knife-crime",)), [number]) == set()


PURE = ("address", "backoff", "compose", "criteria", "mail", "model", "payload", "signing", "timetable", "wording")
OUTSIDE = (
    "sqlite3",
    "smtplib",
    "socket",
    "asyncio",
    "threading",
    "os",
    "aggregator.db",
    "aggregator.fetch",
    "aggregator.clock.now",
)


@pytest.mark.parametrize("name", PURE)
def test_what_decides_and_composes_is_pure(name: str) -> None:
    path = Path(__file__).parents[2] / "aggregator" / "subscriptions" / f"{name}.py"
    assert [n for n in imports(path) if n.startswith(OUTSIDE)] == []
