"""What a program is told when its question cannot be answered: whose fault it is, and whether to come again."""

from __future__ import annotations

import time
from urllib.parse import quote

import pytest
from datasette.version import __version__

from aggregator.site.asked import not_numbers
from tests.site.conftest import Site

FROM_1 = int(__version__.partition(".")[0]) >= 1


@pytest.mark.parametrize(
    "query",
    [
        "/met/updates.json?id__in=[",
        "/met/updates?id__in=[",
        f"/met/updates.json?id__in={'[' * 5_000}",
        "/met/changes_since.json?_timelimit=soon",
        "/met/source_health.json?_next=abc",
        pytest.param("/met.json?_shape=array", marks=pytest.mark.skipif(FROM_1, reason="Datasette 1.0 can answer it")),
    ],
)
def test_a_value_that_cannot_be_read_is_the_askers_mistake(site: Site, query: str) -> None:
    response = site.get(query)
    assert response.status_code == 400
    assert "not what it should be" in response.text


@pytest.mark.parametrize("path", ["/met/changes_since.json?_timelimit=soon", "/met/source_health?_next=abc"])
def test_the_askers_mistake_is_one_line_in_the_log(
    site: Site, path: str, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    assert site.get(path).status_code == 400
    assert "Traceback" not in capsys.readouterr().err
    assert [record.levelname for record in caplog.records if record.name == "aggregator.site"] == ["WARNING"]
    assert caplog.messages[-1].startswith(f"GET {path.partition('?')[0]} refused: ValueError(")
    assert "\n" not in caplog.messages[-1]


@pytest.mark.parametrize("value", ["abc", "1e3", "1.5", "x'", "١٢", "-", "1 2", "\x00", "NaN", "\u00a05"])
@pytest.mark.parametrize("name", ["since", "limit"])
def test_what_is_no_number_neither_replays_everything_nor_gives_one_row(site: Site, name: str, value: str) -> None:
    response = site.get(f"/met/changes_since.json?_shape=objects&{name}={quote(value)}")
    assert (response.status_code, response.json()["ok"]) == (400, False)
    assert response.json()["error"].startswith(f"“{name}” must be a whole number")
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "path", ["/met/series?dataset=crime", "/met/series.csv?dataset=crime", "/met/updates_by_topic?topic=robbery"]
)
def test_every_form_of_every_query_says_so(site: Site, path: str) -> None:
    response = site.get(f"{path}&limit=many&since=then")
    assert response.status_code == 400
    assert "“since” and “limit” must be a whole number" in response.text


@pytest.mark.parametrize("given", ["", "since=", "since=0", "since=-1", "since=+0", "since=0&limit="])
def test_no_cursor_means_from_the_start(site: Site, given: str) -> None:
    rows = site.get(f"/met/changes_since.json?_shape=array&{given}").json()
    assert rows == site.rows("changes_since", since=0)


def test_numbers_of_any_size_are_numbers(site: Site) -> None:
    assert site.rows("changes_since", since="9" * 40) == []
    assert len(site.rows("changes_since", limit="9" * 40)) > 10


@pytest.mark.parametrize("blank", ["+", "%0a"])
def test_blanks_around_a_number_are_passed_over(site: Site, blank: str) -> None:
    rows = site.get(f"/met/changes_since.json?_shape=array&since={blank}0{blank}").json()
    assert rows == site.rows("changes_since", since=0)


def test_telling_that_a_value_is_no_number_takes_time_in_proportion_to_its_length() -> None:
    """It is told on the event loop, where every other visitor waits for it."""

    def seconds(blanks: int) -> float:
        begun = time.process_time()
        assert not_numbers(b"since=" + b"+" * blanks + b"x") == ["since"]
        return time.process_time() - begun

    shorter, longer = (min(seconds(blanks) for _ in range(3)) for blanks in (3_000, 30_000))
    assert longer < 40 * shorter  # ten times the length; a quadratic pattern takes a hundred times as long


@pytest.mark.parametrize("value", ["0" * 201, "+" * 201, "+" * 50_000 + "x"])
def test_a_value_longer_than_any_parameter_is_no_number(site: Site, value: str) -> None:
    assert site.get(f"/met/changes_since.json?since={value}").status_code == 400


def test_a_column_called_limit_elsewhere_is_not_ours_to_judge(site: Site) -> None:
    assert site.get("/search?q=knife&limit=abc").status_code == 200


def test_a_program_whose_query_takes_too_long_is_told_to_come_again(site: Site) -> None:
    forever = "with recursive n(x) as (select 1 union all select x+1 from n) select count(*) from n"
    query = "/met/-/query.json" if FROM_1 else "/met.json"
    response = site.get(f"{query}?sql={quote(forever)}&_timelimit=20")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "30"
    assert response.json()["error"].startswith("That took too long.")


@pytest.mark.parametrize("value", ["abc", "-1", "1.5", "١٢", "9" * 17, "2026-11-22,1,1"])
@pytest.mark.parametrize(
    "path", ["/updates", "/topics/robbery", "/places/hackney", "/policies", "/search?q=knife", "/search?q=knife&sort=relevance"]
)  # fmt: skip
def test_a_place_in_a_list_that_no_link_gives_is_refused_with_the_way_to_its_beginning(
    site: Site, path: str, value: str
) -> None:
    response = site.get(f"{path}{'&' if '?' in path else '?'}before={quote(value)}")
    assert response.status_code == 400
    assert "“before” must be a whole number" in response.text
    assert f'<a href="{path.replace("&", "&amp;")}">The first page</a>' in response.text


@pytest.mark.parametrize("value", ["abc", "1", "0,1,1", "2026-11-22T10:00:00Z,1", "2026-11-22T10:00:00Z,1,x"])
@pytest.mark.parametrize("path", ["/policies?silent=1", "/policies.atom?silent=1", "/policies.atom?silent=0"])
def test_so_is_a_place_among_the_edits(site: Site, path: str, value: str) -> None:
    response = site.get(f"{path}&before={quote(value)}")
    assert response.status_code == 400
    assert "“before” must be a time, an update and a version" in response.text


@pytest.mark.parametrize("path", ["/updates", "/topics/robbery", "/search"])
def test_a_feed_refuses_it_as_data(site: Site, path: str) -> None:
    assert site.get(f"{path}.atom?q=knife&before=abc").status_code == 400
    response = site.get(f"{path}.feed.json?q=knife&before=abc")
    assert (response.status_code, response.json()["ok"]) == (400, False)


@pytest.mark.parametrize("path", ["/updates?before=", "/search?q=knife&before=&page=", "/policies?silent=1&before="])
def test_a_field_left_empty_is_the_beginning(site: Site, path: str) -> None:
    assert site.get(path).status_code == 200


@pytest.mark.parametrize(
    "query", ["updates_by_topic?topic=robbery", "updates_by_place?place=hackney", "search_updates?q=a"]
)
def test_a_query_asked_for_the_page_before_a_word_does_not_end_there(site: Site, query: str) -> None:
    name, _, given = query.partition("?")
    response = site.get(f"/met/{name}.json?{given}&before=abc")
    assert (response.status_code, response.json()["ok"]) == (400, False)
    assert response.json()["error"].startswith("“before” must be a whole number")
