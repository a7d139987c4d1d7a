"""Stops month by month from data.police.uk, and the files of London Datastore data sets."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from aggregator.errors import ParseError
from aggregator.models import Outcome, Parsed
from aggregator.sources import police_stops, registry
from aggregator.statistics.model import MonthsAvailable, ReleaseData, StopsData
from tests.sources.examples import NOW, page, source

LIST = "https://data.police.uk/api/crimes-street-dates"
PACKAGE = "https://data.london.gov.uk/api/action/package_show?id=exy3m"
FORCES = ["btp", "city-of-london", "metropolitan"]
STOP: dict[str, Any] = {
    "age_range": "18-24", "outcome": "Arrest", "involved_person": True,
    "self_defined_ethnicity": "White - Irish", "gender": "Male",
    "legislation": "Misuse of Drugs Act 1971 (section 23)", "outcome_linked_to_object_of_search": None,
    "datetime": "2026-06-30T23:05:00+00:00", "removal_of_more_than_outer_clothing": None,
    "outcome_object": {"id": "bu-arrest", "name": "Arrest"}, "location": None, "operation": False,
    "officer_defined_ethnicity": "White", "type": "Person search", "operation_name": None,
    "object_of_search": "Controlled drugs",
}  # fmt: skip


def months(body: Any, **options: Any) -> Parsed:
    return registry.parse(source("police-stops", LIST, **options), page(json.dumps(body), LIST))


def month(body: bytes | str, *, asked: str = "2026-07", status: int = 200) -> Parsed:
    url = f"https://data.police.uk/api/stops-force?force=metropolitan&date={asked}"
    return registry.parse(
        source("police-stops", LIST), page(body, url, role=police_stops.MONTH, context=asked, status=status)
    )


# --- police.uk ----------------------------------------------------------------------------------------------------
def test_the_months_with_the_force_are_asked_for_newest_first() -> None:
    listed = [{"date": m, "stop-and-search": FORCES[: 2 + (m != "2026-03")]} for m in ("2026-04", "2026-03", "2026-02")]
    read = months(listed)
    assert [parse_qs(urlsplit(r.url).query)["date"] for r in read.follow] == [["2026-04"], ["2026-02"]]
    assert read.follow[0].url == "https://data.police.uk/api/stops-force?force=metropolitan&date=2026-04"
    assert read.release is not None
    assert read.release.parts == (
        MonthsAvailable("metropolitan", ("2026-02", "2026-03", "2026-04"), ("2026-02", "2026-04")),
    )


def test_a_month_is_asked_for_anew_with_each_publication() -> None:
    """The whole window is republished with each new month: its name is the hint that spares a second request."""
    assert {
        r.hint for r in months([{"date": m, "stop-and-search": FORCES} for m in ("2026-03", "2026-04")]).follow
    } == {"2026-04"}


def test_another_force_can_be_asked_about() -> None:
    (asked,) = months([{"date": "2026-04", "stop-and-search": FORCES}], ids=("city-of-london",)).follow
    assert "force=city-of-london" in asked.url


def test_a_round_reads_the_list_and_so_many_months() -> None:
    assert police_stops.most(source("police-stops", LIST, follow=4)) == 5
    assert [r.url for r in police_stops.plan(source("police-stops", LIST), NOW)] == [LIST]


def test_a_month_is_the_london_month() -> None:
    read = month(json.dumps([STOP]))
    assert read.release is not None
    (part,) = read.release.parts
    assert isinstance(part, StopsData)
    assert (part.month, part.rows, part.force) == ("2026-07", 1, "metropolitan")


@pytest.mark.parametrize(("body", "status"), [("[]", 200), ("Not Found", 404)])
def test_what_is_not_available_is_never_zero(body: str, status: int) -> None:
    read = month(body, status=status)
    assert (read.release, read.outcome) == (None, None)
    assert "2026-07 is listed and not available" in read.problems[0]
    assert "not taken for zero" in read.problems[0]


def test_a_refusal_is_an_outcome() -> None:
    assert month("Bad Request", status=400).outcome is Outcome.HTTP_4XX


def test_an_answer_of_another_month_is_refused() -> None:
    """Without a date the API answers with the newest month of any force."""
    with pytest.raises(ParseError, match="holds no stop of that month"):
        month(json.dumps([STOP]), asked="2026-05")


@pytest.mark.parametrize("body", ['{"error": 1}', "[]", "<html>"])
def test_a_list_that_is_none_is_an_error(body: str) -> None:
    with pytest.raises(ParseError):
        registry.parse(source("police-stops", LIST), page(body, LIST))


# --- London Datastore ----------------------------------------------------------------------------------------------
def package(*resources: dict[str, Any], **options: Any) -> Parsed:
    body = json.dumps({"success": True, "result": {"resources": list(resources)}})
    return registry.parse(source("datastore", PACKAGE, **options), page(body, PACKAGE))


def resource(name: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "url": f"https://data.london.gov.uk/download/exy3m/s8b/{name}.csv", "format": "csv", **fields}


def test_every_resource_with_a_wanted_name_is_read_whichever_is_newest() -> None:
    names = [
        "MPS Borough Level Crime (most recent 24 months)",
        "MPS Borough Level Crime (Historical)",
        "MPS Ward Level",
    ]
    read = package(*map(resource, names), resources=("Borough Level Crime",))
    assert [r.context for r in read.follow] == names[:2]
    assert read.follow[0].url == (
        "https://data.london.gov.uk/download/exy3m/s8b/MPS%20Borough%20Level%20Crime%20%28most%20recent%2024%20months%29.csv"
    )


def test_an_address_that_is_escaped_already_stays() -> None:
    (asked,) = package(resource("a", url="https://data.london.gov.uk/download/x/a%20b%28c%29.csv")).follow
    assert asked.url.endswith("/a%20b%28c%29.csv")


def test_a_resource_elsewhere_is_left_alone() -> None:
    read = package(resource("a", url="https://169.254.169.254/latest"), resource("b"))
    assert [r.context for r in read.follow] == ["b"]
    assert read.problems == ("a: its address is not on data.london.gov.uk and is left alone",)


def test_when_no_name_is_wanted_those_that_are_there_are_named() -> None:
    with pytest.raises(ParseError, match="no resource has a wanted name; there are: New name"):
        package(resource("New name"), resources=("Borough",))


@pytest.mark.parametrize("body", ['{"success": false, "error": {"message": "Not found"}}', "{}", "[]", "<html>"])
def test_an_answer_that_is_no_package_is_refused(body: str) -> None:
    with pytest.raises(ParseError):
        registry.parse(source("datastore", PACKAGE), page(body, PACKAGE))


FILE = "Group,SubGroup,BOCU,202512,202601\r\nBURGLARY,BURGLARY BUSINESS AND COMMUNITY,Hackney,5,7\r\n"


def file(**options: Any) -> Parsed:
    url = "https://data.london.gov.uk/download/exy3m/s8b/anything.csv"
    return registry.parse(source("datastore", PACKAGE, **options), page(FILE, url, role="file"))


def test_what_a_file_is_is_decided_by_its_content() -> None:
    read = file(dataset="recorded-crime-borough")
    assert read.release is not None
    (part,) = read.release.parts
    assert isinstance(part, ReleaseData)
    assert (part.period_from, part.period_to) == ("2025-12", "2026-01")
    with pytest.raises(ParseError, match="holds recorded-crime-borough, not the data set monthly-knife-crime"):
        file(dataset="monthly-knife-crime")
