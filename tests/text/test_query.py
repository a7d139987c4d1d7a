"""The search language: what each form means, and that no text is an error."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.db.connection import open_writer
from aggregator.limits import MAX_QUERY_CHARS, MAX_QUERY_TERMS
from aggregator.site import functions
from aggregator.site.queries import lists, search
from aggregator.text.query import Filters, Query, Term, parse, read_date, select
from tests.site import archive


@pytest.fixture(scope="module")
def conn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(archive.make(tmp_path_factory.mktemp("q") / "met.db", bulk=12))) as found:
        found.row_factory = sqlite3.Row
        functions.register(found)
        yield found


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("knife amnesty", '"knife" AND "amnesty"'),
        ('"stop and search"', '"stop and search"'),
        ("stop-and-search", '"stop-and-search"'),
        ("“curly quotes”", '"curly quotes"'),
        ('"never closed', '"never closed"'),
        ("camera*", '"camera"*'),
        ("c*", '"c"'),  # too short to be a prefix
        ("protest -football", '("protest") NOT ("football")'),
        ('a -"b c" -d', '("a") NOT ("b c" OR "d")'),
        ("AND OR NOT NEAR", '"AND" AND "OR" AND "NOT" AND "NEAR"'),
        ("title:knife", '"title:knife"'),
        ("knife knife", '"knife"'),
        ("!!! ??? 🔪 -", ""),
        ("", ""),
    ],
)
def test_words_become_an_fts_expression(text: str, match: str) -> None:
    assert parse(text).match == match


@pytest.mark.parametrize(("text", "noted"), [("knife OR camera", 1), ("c*", 1), ("knife or camera", 0), ("cam*", 0)])
def test_what_is_no_operator_is_said_to_be_a_word(text: str, noted: int) -> None:
    assert len(parse(text).notes) == noted


def test_only_a_minus_is_a_search_for_everything_else() -> None:
    query = parse("-football")
    assert (query.match, query.without_match) == ("", '"football"')


def test_filters_are_slugs_and_may_be_denied() -> None:
    query = parse('topic:"Stop and Search" PLACE:hackney,lambeth kind:policy -source:met-news')
    assert query.only == Filters(topic=("stop-and-search",), place=("hackney", "lambeth"), kind=("policy",))
    assert query.without == Filters(source=("met-news",))
    assert not query.words


def test_dates_are_london_days() -> None:
    query = parse("after:2026-07-01 before:31/08/2026")
    assert (query.after, query.before) == (date(2026, 7, 1), date(2026, 8, 31))
    assert query.from_id == archive.update_id("2026-06-30T23:00:00Z")  # midnight in London is 23:00 UTC in summer


@pytest.mark.parametrize(
    "value", ["", "yesterday", "2026-13", "2026-02-30", "0001-01-01", "99999", "٢٠٢٦", "2026-01-01T00:00"]
)
def test_what_is_no_date_is_left_out_and_said(value: str) -> None:
    assert read_date(value) is None
    query = parse(f"knife after:{value}")
    assert query.after is None
    assert query.match == '"knife"'
    assert "was left out" in query.notes[0]


def test_long_searches_are_cut_and_said() -> None:
    assert len(parse("word " * MAX_QUERY_CHARS).notes) == 1
    query = parse(" ".join(f"w{n}" for n in range(MAX_QUERY_TERMS + 5)))
    assert len(query.words) == MAX_QUERY_TERMS
    assert "first" in query.notes[0]


def found(conn: sqlite3.Connection, text: str) -> list[int]:
    """Ids that a search finds, newest first."""
    return lists.select_ids(conn, select(parse(text), lists.children(conn)), None, 1000)


def test_hyphens_and_blanks_find_the_same(conn: sqlite3.Connection) -> None:
    assert found(conn, "stop-and-search") == found(conn, '"stop and search"') != []
    assert found(conn, "body-worn") == found(conn, '"body worn"') == [archive.POLICY]


def test_filters_narrow(conn: sqlite3.Connection) -> None:
    everything = found(conn, "-nonexistent")
    assert archive.HEADLINE in everything
    assert found(conn, "topic:mental-health") == [archive.HEADLINE, archive.NASTY]
    assert found(conn, "topic:mental-health -kind:oversight") == [archive.NASTY]
    assert found(conn, "crisis source:evening-paper") == [archive.HEADLINE]
    assert found(conn, "guidance place:lambeth") == []
    assert set(found(conn, "topic:specific-offences")) == set(found(conn, "topic:knife-crime topic:robbery"))
    assert found(conn, "before:2026-11-22 after:2026-11-21") == [
        i for i in everything if parse("after:2026-11-21").from_id <= i < parse("before:2026-11-22").to_id
    ]


ODD = st.text(st.sampled_from("ab*\"-:() '“”^{}+,.;\x00\x01\x02\ud800é🔪") | st.characters(), max_size=60)
PARTS = st.lists(
    st.one_of(
        ODD,
        st.sampled_from(
            ['"', "-", "*", "topic:", "place:hackney", "-kind:", "before:2026", "after:x", "NEAR(", "AND", "title:"]
        ),
    ),
    max_size=12,
).map(" ".join)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PARTS)
def test_no_text_is_an_error(conn: sqlite3.Connection, text: str) -> None:
    query = parse(text)
    for relevance in (False, True):
        search.search(conn, query, relevance=relevance, before=None, page=1, limit=10)
    conn.execute(
        "SELECT count(*) FROM updates_fts WHERE updates_fts MATCH met_match(:q) AND rowid >= met_from(:q)",
        {"q": text.encode("utf-8", "replace").decode()},
    ).fetchone()


@given(PARTS)
def test_a_query_never_holds_what_was_not_typed(text: str) -> None:
    query = parse(text)
    assert all('"' not in term.text for term in query.words + query.without_words)
    assert select(query, {}).ids.count("?") == 0


def test_a_page_of_search_costs_its_own_length(conn: sqlite3.Connection) -> None:
    plan = " ".join(
        row["detail"]
        for row in conn.execute(
            f"EXPLAIN QUERY PLAN {select(parse('knives'), {}).ids}",
            {**select(parse("knives"), {}).params, "before": 1, "limit": 1},
        )
    )
    assert "USE TEMP B-TREE" not in plan  # newest first is the index's own order


def test_an_empty_query_says_so() -> None:
    assert parse("  ").empty
    assert parse("after:nonsense").empty
    assert not Query(words=(Term("a"),)).empty


def test_the_archive_of_the_tests_has_a_sound_index(tmp_path: Path) -> None:
    with closing(open_writer(archive.make(tmp_path / "met.db", bulk=3))) as writer:
        writer.execute("INSERT INTO updates_fts(updates_fts, rank) VALUES ('integrity-check', 1)")
