"""The origin speaks HTTP as the real publishers do: validators, 304, gzip, HEAD, and failures of every sort."""

from __future__ import annotations

import csv
import gzip
import io
import json
from urllib.parse import quote

import pytest

from aggregator.demo import feed_routes, figures, govuk_routes, site, statistics_routes, when
from aggregator.demo.origin import Origin

from .conftest import NOW, get

CSV = quote(statistics_routes.RECORDED_CRIME)


def paths(origin: Origin) -> list[str]:
    """Every address that the origin's own front page lists."""
    page = get(origin, "/").body.decode()
    return [quote(line.split('"')[1].replace("&amp;", "&")) for line in page.splitlines() if line.startswith("<li>")]


@pytest.mark.parametrize("rounds", [1, 2])
def test_every_good_answer_has_an_etag_answers_304_to_it_and_compresses(
    rounds: int, first: Origin, second: Origin
) -> None:
    origin = first if rounds == 1 else second
    good = 0
    for path in paths(origin):
        plain = get(origin, path)
        if plain.status != 200:
            continue
        good += 1
        again = get(origin, path, If_None_Match=plain.headers["ETag"])
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", plain.headers["ETag"])
        packed = get(origin, path, Accept_Encoding="gzip")
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.body) == plain.body
    assert good > 190


def test_weak_listed_and_starred_validators_match_and_others_do_not(first: Origin) -> None:
    etag = get(first, feed_routes.MET).headers["ETag"]
    assert get(first, feed_routes.MET, If_None_Match=f'"old", W/{etag}').status == 304
    assert get(first, feed_routes.MET, If_None_Match="*").status == 304
    assert get(first, feed_routes.MET, If_None_Match='"old"').status == 200


def test_head_is_get_without_the_body(first: Origin) -> None:
    head = get(first, feed_routes.MET, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(get(first, feed_routes.MET).body)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        (feed_routes.MET, "application/xml"),
        (feed_routes.CITY_HALL["mayor_press"][0], "application/rss+xml"),
        (feed_routes.BBC, "text/xml"),
        (feed_routes.MONITOR, "application/json"),
        (govuk_routes.ORGANISATION_ATOM, "application/atom+xml"),
        (govuk_routes.SEARCH, "application/json"),
        (CSV, "text/csv"),
        ("/robots.txt", "text/plain"),
        ("/policies/stop-and-search", "text/html"),
    ],
)
def test_content_types_are_those_of_the_real_sources(first: Origin, path: str, media_type: str) -> None:
    assert get(first, path).headers.get_content_type() == media_type


def test_robots_txt_allows_what_is_collected(first: Origin) -> None:
    assert get(first, "/robots.txt").body == b"User-agent: *\nDisallow: /private/\n"


def test_each_bad_address_fails_in_its_own_way(first: Origin, second: Origin) -> None:
    for origin in (first, second):
        assert get(origin, site.BROKEN).status == 500
        assert get(origin, site.MISSING).status == 404
        challenge = get(origin, site.CHALLENGE)
        assert (challenge.status, challenge.headers["cf-mitigated"]) == (403, "challenge")
        assert b"This feed has ended" in get(origin, govuk_routes.ENDED_ATOM).body
        assert get(origin, "/no/such/page").status == 404
    assert get(first, feed_routes.BULLETIN).status == 503
    assert get(second, feed_routes.BULLETIN).status == 200


def test_a_document_that_moved_or_went_says_so_in_api_and_page(second: Origin) -> None:
    moved = get(second, "/guidance/taser-notices-to-forces")
    assert (moved.status, moved.headers["Location"]) == (
        301,
        f"{second.base}/government/publications/recording-police-use-of-force",
    )
    gone = "/government/publications/custody-and-mental-health-interim-guidance"
    assert (get(second, gone).status, get(second, "/api/content" + gone).status) == (410, 410)


def test_every_link_of_the_met_feed_opens_a_page(second: Origin) -> None:
    feed = get(second, feed_routes.MET).body.decode()
    links = [line.split("<link>")[1].split("</link>")[0] for line in feed.splitlines() if "<link>" in line]
    assert len(links) == 52
    for link in links:
        assert get(second, link.replace("&amp;", "&").removeprefix(second.base)).status == 200, link


def test_advance_changes_what_is_served_and_its_etag() -> None:
    with Origin(NOW) as origin:
        before = get(origin, feed_routes.MET)
        origin.advance()
        after = get(origin, feed_routes.MET, If_None_Match=before.headers["ETag"])
    assert (after.status, origin.round) == (200, 2)
    assert b"37 arrests" in after.body
    assert b"37 arrests" not in before.body


def test_search_pages_by_start_and_count_and_hides_what_is_withdrawn(first: Origin) -> None:
    page = json.loads(get(first, f"{govuk_routes.SEARCH}?count=3&start=6").body)
    assert (len(page["results"]), page["total"], page["start"]) == (1, 7, 6)


# --- figures ------------------------------------------------------------------------------------------------------
def rows(origin: Origin) -> tuple[list[str], dict[tuple[str, str], list[int]]]:
    table = list(csv.reader(io.StringIO(get(origin, CSV).body.decode(), newline="")))
    return table[0], {(row[1], row[2]): [int(cell) for cell in row[3:]] for row in table[1:]}


def test_recorded_crime_has_the_header_of_2026_and_24_months(first: Origin) -> None:
    header, cells = rows(first)
    assert header[:4] == ["Group", "SubGroup", "BOCU", "202410"]
    assert (len(header), header[-1]) == (27, "202609")
    assert len({borough for _, borough in cells}) == 32
    assert get(first, CSV).body.count(b"\r\n") == len(cells) + 1


def test_the_second_release_has_one_month_more_and_revises_some_cells(first: Origin, second: Origin) -> None:
    (old_header, old), (new_header, new) = rows(first), rows(second)
    assert new_header[-1] == "202610"
    shared = [(old_header.index(month), new_header.index(month)) for month in old_header[3:] if month in new_header]
    assert len(shared) == 23
    revised = [
        (key, old_header[a])
        for key, series in old.items()
        for a, b in shared
        if key in new and series[a - 3] != new[key][b - 3]
    ]
    assert 100 < len(revised) < 1200
    assert {month for _, month in revised} == {"202607", "202608", "202609"}


def test_homicide_is_rare_and_shoplifting_rises(first: Origin) -> None:
    _, cells = rows(first)
    assert 40 < sum(sum(series) for (name, _), series in cells.items() if name == "HOMICIDE") < 400
    shoplifting = [series for (name, _), series in cells.items() if name == "SHOPLIFTING"]
    assert sum(sum(s[12:]) for s in shoplifting) > sum(sum(s[:12]) for s in shoplifting)


def test_figures_are_the_same_at_every_start() -> None:
    newest = when.resolve("2mo", NOW)
    assert figures.recorded_crime(newest, revised=False) == figures.recorded_crime(newest, revised=False)
    assert figures.stops(newest) == figures.stops(newest)


def test_stops_have_the_keys_of_the_api_and_stay_in_their_month(first: Origin) -> None:
    stops = json.loads(get(first, f"{statistics_routes.STOPS}?force=metropolitan&date=2026-07").body)
    assert 350 < len(stops) < 600
    assert len(stops[0]) == 16
    assert {stop["datetime"][:7] for stop in stops} == {"2026-07"}
    assert {"On or near Larkspur Road"} & {stop["location"]["street"]["name"] for stop in stops if stop["location"]}


def test_a_month_of_stops_is_missing_one_is_thin_and_the_list_says_which_are_there(
    first: Origin, second: Origin
) -> None:
    def months(origin: Origin) -> list[str]:
        listed = json.loads(get(origin, statistics_routes.STREET_DATES).body)
        assert len(listed) == 13
        return [entry["date"] for entry in listed if "metropolitan" in entry["stop-and-search"]]

    def count(month: str) -> int:
        return len(json.loads(get(first, f"{statistics_routes.STOPS}?force=metropolitan&date={month}").body))

    assert months(first)[0] == "2026-08"
    assert months(second)[0] == "2026-09"
    assert "2026-01" not in months(first)
    assert count("2026-01") == 0
    assert 0 < count("2026-04") < 0.6 * count("2026-05")
    assert get(first, f"{statistics_routes.STOPS}?force=btp&date=2026-08").body == b"[]"
