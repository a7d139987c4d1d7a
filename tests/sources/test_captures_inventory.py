"""Every captured payload is read by its kind, and holds as many items as were counted in it by hand."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from aggregator.models import Entry, Options, Source, Status
from aggregator.sources import registry
from tests.captures import NEWS, needs_news
from tests.captures_table import CAPTURES, Capture, body
from tests.sources.examples import page

pytestmark = needs_news
ORIGIN = "https://www.gov.uk"


def read(capture: Capture) -> tuple[Entry, ...]:
    """The entries of a capture; those of the pages it leads to where the list has them only in part."""
    about = Source(
        capture.source, "T", "P", capture.kind, ORIGIN + capture.path, options=Options(**dict(capture.options))
    )
    what = page(
        body(capture), ORIGIN + capture.path, role=capture.role, context=capture.context, status=capture.status,
        content_type=capture.content_type.partition(";")[0],
    )  # fmt: skip
    parsed = registry.parse(about, what)
    if capture.kind != "parliament-questions":
        return parsed.entries
    values = {str(r["value"]["id"]): r["value"] for r in json.loads(what.body)["results"]}
    details = [
        replace(what, request=request, body=json.dumps({"value": values[request.url.rpartition("/")[2]]}).encode())
        for request in parsed.follow
    ]
    return parsed.entries + tuple(entry for detail in details for entry in registry.parse(about, detail).entries)


def only(name: str) -> Entry:
    (entry,) = read(next(c for c in CAPTURES if c.filename == f"govuk_content__{name}.json"))
    return entry


def test_every_captured_file_is_in_the_table() -> None:
    files = {file.name for file in NEWS.iterdir() if not file.name.endswith(".source.txt")}
    assert files == {capture.filename for capture in CAPTURES}


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda c: c.filename)
def test_a_capture_holds_as_many_items_as_were_counted(capture: Capture) -> None:
    entries = read(capture)
    assert len(entries) == capture.entries
    assert len({entry.key for entry in entries}) == len(entries)
    assert all(entry.title for entry in entries)


@pytest.mark.parametrize(
    ("name", "changes", "first", "last"),
    [
        ("consultation_outcome", 2, "2016-04-20T16:00:00Z", "2016-10-18T09:30:00Z"),
        ("consultation_withdrawn", 1, "2011-11-07T16:00:00Z", "2011-11-07T16:00:00Z"),
        ("detailed_guide_withdrawn", 2, "2012-09-12T09:00:00Z", "2015-01-28T13:05:30Z"),
        ("document_collection_with_history", 8, "2013-10-11T17:12:00Z", "2016-02-08T17:36:26Z"),
        ("foi_release", 1, "2014-05-29T10:48:35Z", "2014-05-29T10:48:35Z"),
        ("open_call_for_evidence", 1, "2021-11-07T16:00:00Z", "2021-11-07T16:00:00Z"),
        ("policy_paper", 2, "2013-05-23T12:52:00Z", "2017-12-06T07:08:05Z"),
        ("press_release", 1, "2013-01-28T00:00:00Z", "2013-01-28T00:00:00Z"),
        ("speech_with_updates", 2, "2012-05-22T00:00:00Z", "2012-06-13T13:33:09Z"),
        ("statutory_guidance", 4, "2013-03-26T09:00:00Z", "2015-12-17T12:06:08Z"),
        ("transparency_data", 1, "2015-03-13T11:45:39Z", "2015-03-13T11:45:39Z"),
        ("withdrawn_publication", 2, "2011-09-29T00:00:00Z", "2013-09-06T09:11:28Z"),
    ],
)
def test_declared_history_is_complete_and_oldest_first(name: str, changes: int, first: str, last: str) -> None:
    history = only(name).history
    assert (len(history), history[0].at, history[-1].at) == (changes, first, last)


def test_states() -> None:
    withdrawn = {"consultation_withdrawn", "detailed_guide_withdrawn", "withdrawn_publication"}
    other = {"gone_with_alternative_path": Status.GONE, "redirect": Status.REDIRECTED}
    for capture in CAPTURES:
        if capture.filename.startswith("govuk_content__"):
            name = capture.filename.removeprefix("govuk_content__").removesuffix(".json")
            expected = Status.WITHDRAWN if name in withdrawn else other.get(name, Status.LIVE)
            assert read(capture)[0].status is expected, name


def test_a_gone_document_says_why_and_where_to_look() -> None:
    entry = only("gone_with_alternative_path")
    assert (entry.status_note, entry.redirect_to) == ("Incorrect title", "https://www.gov.uk/government/example")


def test_a_redirect_takes_the_rule_for_its_own_path() -> None:
    assert only("redirect").redirect_to.endswith("/register-406-mhz-beacons?query=answer#fragment")


def test_a_moved_release_date() -> None:
    entry = only("statistics_announcement_release_date_changed")
    assert entry.starts_at == "2016-01-20T09:30:00Z"
    assert entry.change_note == "Amended after inputting an error."
    assert "Previous release date: 19 January 2016 9:30am" in entry.body


def test_files_in_fields_and_in_rendered_html() -> None:
    assert [(a.title, a.size) for a in only("publication-with-featured-attachments").attachments] == [
        ("Number of ex-regular service personnel now part of FR20", 1_932_905)
    ]
    assert [(a.title, a.size) for a in only("consultation_outcome").attachments] == [
        ("Employee Share Schemes: NIC elections - consulation response", 258 * 1024)
    ]


def test_the_real_contradiction_of_codes_and_both_dates_missing() -> None:
    capture = next(c for c in CAPTURES if c.kind == "mopac-decisions")
    first, second = read(capture)
    assert (first.refs, second.refs) == (("PCD 1179",), ("PCD 1328", "PCD 1329"))
    assert first.published_at is None


def test_the_newsrooms_dates() -> None:
    capture = next(c for c in CAPTURES if c.kind == "listing")
    assert [e.published_at for e in read(capture)] == [
        "2020-12-25T07:00:00Z",
        "2020-12-24T16:15:00Z",
        "2020-12-24T12:55:00Z",
    ]
