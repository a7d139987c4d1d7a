"""The contract of the canned queries: names, parameters, columns, cursors. What stands here must not change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from aggregator.site import canned
from aggregator.site.queries import first_figures
from tests.site import archive
from tests.site.conftest import Site

COLUMNS = {
    "updates_by_topic": "id published title summary url kind source_id publisher status version change_seq cluster_id topic score origin evidence page next",
    "updates_by_place": "id published title summary url kind source_id publisher status version change_seq cluster_id place origin evidence page next",
    "search_updates": "id published title snippet url kind source_id publisher status version change_seq cluster_id page next",
    "changes_since": "seq at type update_id version title url kind source_id status published page next",
    "policy_history": "update_id version seen_at declared_at change_note silent has_text title summary sha256 words_added words_removed status url kind source_id publisher page compare next",
    "topic_timeline": "topic month updates policies oversight statistics edits silent_edits next",
    "series": "dataset measure area category period value state note released_at next",
    "series_as_of": "dataset measure area category period value released_at as_of next",
    "stops_monthly": "month place searches with_outcome arrests state note next",
}
PARAMS: dict[str, dict[str, str]] = {
    "updates_by_topic": {"topic": "specific-offences"},
    "updates_by_place": {"place": "hackney"},
    "search_updates": {"q": "invented"},
    "changes_since": {"since": ""},
    "policy_history": {"url": archive.POLICY_URL},
    "topic_timeline": {"topic": "specific-offences"},
    "series": {"dataset": "crime"},
    "series_as_of": {"dataset": "crime", "as_of": "2026-05-01"},
    "stops_monthly": {},
}
CURSOR = {
    "changes_since": "since",
    "updates_by_topic": "before",
    "updates_by_place": "before",
    "search_updates": "before",
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_stay(site: Site, name: str) -> None:
    rows = site.rows(name, **PARAMS[name])
    assert rows
    assert " ".join(rows[0]) == COLUMNS[name]


@pytest.mark.parametrize("name", COLUMNS)
def test_walking_by_next_gives_each_row_once(site: Site, name: str) -> None:
    whole = site.rows(name, **{**PARAMS[name], "limit": "1000"})
    cursor = CURSOR.get(name, "after")
    walked: list[dict[str, Any]] = []
    given = dict(PARAMS[name])
    while page := site.rows(name, **{**given, "limit": "3"}):
        assert len(page) <= 3
        walked += page
        given[cursor] = str(page[-1]["next"])
    assert walked == whole


@pytest.mark.parametrize("name", COLUMNS)
@pytest.mark.parametrize(
    "value", ["", "'", '"', "-1", "x" * 600, "'; DROP TABLE updates; --", "\x00", "💥", "NaN", "1e999", "%s"]
)
def test_no_text_is_an_error(site: Site, name: str, value: str) -> None:
    query = "&".join(
        f"{p}={quote(value)}"
        for p in (
            "topic",
            "place",
            "q",
            "url",
            "dataset",
            "measure",
            "area",
            "category",
            "as_of",
            "after",
        )
    )
    assert site.get(f"/met/{name}.json?_shape=objects&{query}").status_code == 200


def test_the_table_of_updates_as_clients_read_it(site: Site) -> None:
    first = site.rows("updates", _sort_desc="id", _size=5)
    second = site.rows("updates", _sort_desc="id", _size=5, id__lt=first[-1]["id"])
    ids = [row["id"] for row in first + second]
    assert ids == sorted(set(ids), reverse=True)
    assert {
        "id",
        "source_id",
        "url",
        "title",
        "summary",
        "kind",
        "published_at",
        "date_quality",
        "status",
        "version",
        "change_seq",
        "cluster_id",
    } <= set(first[0])


def test_search_in_the_table_narrows(site: Site) -> None:
    assert [row["id"] for row in site.rows("updates", _search="body-worn")] == [archive.POLICY]


def test_topics_below_are_included_once_with_their_evidence(site: Site) -> None:
    rows = site.rows("updates_by_topic", topic="specific-offences", limit="1000")
    assert len({row["id"] for row in rows}) == len(rows)
    assert {row["topic"] for row in rows} == {"knife-crime", "robbery"}
    assert json.loads(rows[0]["evidence"])[0]["text"] in ("knives", "phones")


def test_search_takes_the_whole_language(site: Site) -> None:
    def ids(q: str) -> list[int]:
        return [row["id"] for row in site.rows("search_updates", q=q)]

    assert ids("stop-and-search kind:policy") == [archive.COPY, archive.POLICY]
    assert ids("topic:mental-health -kind:oversight") == [archive.NASTY]
    assert ids("-topic:mental-health source:evening-paper") == []
    assert ids("place:lambeth number") == ids("number place:lambeth -place:hackney") != []
    assert all(
        row["id"] < archive.update_id("2026-11-21T00:00:00Z")
        for row in site.rows("search_updates", q="before:2026-11-21")
    )


def test_changes_come_once_in_order(site: Site) -> None:
    rows = site.rows("changes_since", since="0", limit="1000")
    assert [row["seq"] for row in rows] == sorted({row["seq"] for row in rows})
    assert {(row["update_id"], row["type"]) for row in rows} >= {(archive.POLICY, "new"), (archive.POLICY, "edited")}
    assert site.rows("changes_since", since=rows[-1]["next"]) == []


def test_history_tells_silent_from_declared(site: Site) -> None:
    rows = [
        row for row in site.rows("policy_history", url=archive.POLICY_URL + "/") if row["update_id"] == archive.POLICY
    ]
    assert [(row["version"], row["silent"], row["change_note"]) for row in rows] == [
        (1, 0, ""),
        (2, 1, ""),
        (3, 0, "Wording made plainer"),
    ]
    assert site.get(rows[1]["compare"]).status_code == 200


def series(site: Site, name: str, **params: str) -> dict[str, float | None]:
    return {row["period"]: row["value"] for row in site.rows(name, dataset="crime", **params)}


def test_a_series_is_absent_where_missing_and_zero_where_covered(site: Site) -> None:
    assert series(site, "series", area="hackney", category="knife") == {
        "2026-01": 10,
        "2026-02": 12,
        "2026-03": None,
        "2026-04": 0,
        "2026-05": 9,
    }
    assert series(site, "series", area="E09000022", category="knife/possession") == {
        "2026-01": 5,
        "2026-02": 6,
        "2026-03": None,
    }


def test_a_series_sums_areas(site: Site) -> None:
    assert series(site, "series")["2026-02"] == 18


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        ("2026-02", {}),
        ("2026-03-05", {"2026-01": 10}),
        ("2026-05", {"2026-01": 10, "2026-02": 11}),
        ("2026-06-05", {"2026-01": 10, "2026-02": 12, "2026-05": 9}),
        ("", {"2026-01": 10, "2026-02": 12, "2026-05": 9}),
    ],
)
def test_a_series_as_of_a_date(site: Site, as_of: str, expected: dict[str, float]) -> None:
    assert series(site, "series_as_of", area="hackney", as_of=as_of) == expected


def test_stops_by_month_know_zero_from_missing(site: Site) -> None:
    assert [(row["month"], row["searches"], row["arrests"]) for row in site.rows("stops_monthly", place="hackney")] == [
        ("2026-01", 7, 2), ("2026-02", 0, 0), ("2026-03", None, None),
    ]  # fmt: skip
    assert [row["searches"] for row in site.rows("stops_monthly")] == [7, 4, None]
    assert site.rows("stops_monthly", place="atlantis") == []


def test_what_a_series_sums_is_written_once() -> None:
    """The series, the series as of a day and its first figures must never sum different cells."""
    written = [p.name for p in Path(canned.__file__).parents[1].rglob("*") if p.suffix in (".sql", ".py")
               and "wanted_category AS" in p.read_text("utf-8")]  # fmt: skip
    assert written == ["_wanted.sql"]
    for sql in (canned.sql("series"), canned.sql("series_as_of"), first_figures._FIRST):
        assert canned.sql(canned.FIGURES) in sql
    for sql in (canned.sql("series_as_of"), first_figures._FIRST):
        assert canned.sql(canned.REPLACED) in sql
    assert ".sql" not in canned.sql("series_as_of"), "the published query is whole"
