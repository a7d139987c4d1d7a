"""GOV.UK: search and content. One test for each thing that is known to trip readers of these APIs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aggregator.archive.decide import hash_of
from aggregator.errors import ParseError
from aggregator.models import Entry, Outcome, Parsed, Source, Status, Utc
from aggregator.sources import govuk_content, govuk_search, registry
from tests.sources.examples import NOW, page, source

API = "https://www.gov.uk/api/content"
SEARCH = "https://www.gov.uk/api/search.json?filter_organisations=home-office&count=50"
FINDER = source("govuk-search", SEARCH)


def results(*found: dict[str, Any], total: int | None = None, start: int = 0) -> bytes:
    return json.dumps({"results": found, "total": total if total is not None else len(found), "start": start}).encode()


def searched(*found: dict[str, Any]) -> Parsed:
    return registry.parse(FINDER, page(results(*found), SEARCH))


def document(about: Source | None = None, status: int = 200, role: str = "item", **fields: Any) -> Parsed:
    content = {
        "base_path": "/guidance/tasers",
        "schema_name": "detailed_guide",
        "document_type": "guidance",
        "title": "Tasers",
        **fields,
    }
    url = API + "/guidance/tasers"
    return registry.parse(
        about or source("govuk-content", API), page(json.dumps(content), url, status=status, role=role)
    )


def only(parsed: Parsed) -> Entry:
    (entry,) = parsed.entries
    return entry


# --- search ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "link",
    ["/guidance/tasers", "guidance/tasers", "https://www.gov.uk/guidance/tasers", "http://gov.uk/guidance/tasers/"],
)
def test_a_link_in_any_of_its_forms_is_one_path(link: str) -> None:
    assert only(searched({"title": "Tasers", "link": link})).key == "/guidance/tasers"


@pytest.mark.parametrize("link", ["http://[", "https://www.gov.uk:port/a", "//", "javascript:alert(1)\x00", ""])
def test_a_link_that_is_no_address_is_a_problem_and_not_the_end(link: str) -> None:
    result = searched({"title": "Bad", "link": link}, {"title": "Tasers", "link": "/guidance/tasers"})
    assert [entry.title for entry in result.entries] == ["Tasers"]
    assert result.problems[0].startswith("result 1 has no usable link")


@pytest.mark.parametrize("stamp", ["2017-12-30T10:00:00Z", "2017-12-30T11:00:00+01:00"])
def test_both_styles_of_timestamp_are_one_moment(stamp: str) -> None:
    entry = only(searched({"title": "T", "link": "/a", "public_timestamp": stamp}))
    assert (entry.published_at, entry.modified_at) == ("2017-12-30T10:00:00Z", "2017-12-30T10:00:00Z")


def test_first_publication_and_last_major_update_are_told_apart() -> None:
    entry = only(
        searched(
            {
                "title": "T",
                "link": "/a",
                "public_timestamp": "2026-09-01T00:00:00Z",
                "first_published_at": "2019-01-01T00:00:00Z",
            }
        )
    )
    assert (entry.published_at, entry.modified_at) == ("2019-01-01T00:00:00Z", "2026-09-01T00:00:00Z")


def test_422_is_explained() -> None:
    with pytest.raises(ParseError, match=r"HTTP 422.*Unexpected parameters: filter_colour.*feeds.yaml"):
        registry.parse(FINDER, page(b'{"error": "Unexpected parameters: filter_colour"}', SEARCH, status=422))
    assert Outcome.HTTP_4XX in govuk_search.KIND.reads


def test_a_backfill_pages_by_start_until_total() -> None:
    (first,) = govuk_search.archive(FINDER, Utc("2026-01-01T00:00:00Z"), NOW)
    assert "start=0" in first.url
    assert "count=500" in first.url
    assert "filter_public_timestamp=from:2026-01-01" in first.url
    found = [{"title": f"T{n}", "link": f"/d/{n}"} for n in range(2)]
    middle = registry.parse(FINDER, page(results(*found, total=3), first.url, role="archive"))
    (second,) = middle.follow
    assert "start=2" in second.url
    last = registry.parse(FINDER, page(results(found[0], total=3, start=2), second.url, role="archive"))
    assert last.follow == ()


# --- content: identity and state ------------------------------------------------------------------------------------
def test_the_key_outlives_the_type_of_a_consultation() -> None:
    types = ["open_consultation", "closed_consultation", "consultation_outcome"]
    found = [only(document(document_type=kind, schema_name="consultation")) for kind in types]
    assert {(entry.key, entry.kind) for entry in found} == {("/guidance/tasers", "policy")}


def test_an_empty_withdrawal_notice_is_none() -> None:
    assert only(document(withdrawn_notice={})).status is Status.LIVE


def test_a_withdrawn_document_keeps_its_text_and_tells_why() -> None:
    notice = {
        "explanation": "<div class='govspeak'><p>Out of <b>date</b>.</p></div>",
        "withdrawn_at": "2015-01-13T13:05:30Z",
    }
    entry = only(document(withdrawn_notice=notice, details={"body": "<p>Text</p>"}))
    assert (entry.status, entry.status_note, entry.body) == (
        Status.WITHDRAWN,
        "Withdrawn on 2015-01-13. Out of date.",
        "Text",
    )


def test_410_without_a_readable_body_is_gone_all_the_same() -> None:
    gone = registry.parse(source("govuk-content", API), page(b"", API + "/guidance/tasers", status=410, role="item"))
    assert (only(gone).key, only(gone).status) == ("/guidance/tasers", Status.GONE)


def test_404_is_a_problem_named_by_its_path_and_no_entry() -> None:
    missing = registry.parse(
        source("govuk-content", API), page(b"<html>", API + "/guidance/tazers", status=404, role="item")
    )
    assert missing.entries == ()
    assert "/guidance/tazers" in missing.problems[0]


def test_an_answer_by_another_document_means_that_the_first_has_moved() -> None:
    what = page(
        json.dumps({"base_path": "/guidance/new", "schema_name": "detailed_guide", "title": "New"}),
        API + "/guidance/old",
        final=API + "/guidance/new",
        role="item",
    )
    new, old = registry.parse(source("govuk-content", API), what).entries
    assert (new.key, old.key, old.status, old.redirect_to) == (
        "/guidance/new", "/guidance/old", Status.REDIRECTED, "https://www.gov.uk/guidance/new",
    )  # fmt: skip


def test_a_part_of_a_guide_is_answered_with_the_guide_and_that_is_no_move() -> None:
    what = page(
        json.dumps(
            {
                "base_path": "/guide",
                "schema_name": "guide",
                "title": "G",
                "details": {"parts": [{"title": "One", "body": "<p>1</p>"}]},
            }
        ),
        API + "/guide/one",
        final=API + "/guide",
        role="item",
    )
    entry = only(registry.parse(source("govuk-content", API), what))
    assert (entry.key, entry.body) == ("/guide", "One\n\n1")


# --- content: history -----------------------------------------------------------------------------------------------
def test_history_is_sorted_and_in_utc_whatever_its_order_and_offsets() -> None:
    history = [
        {"public_timestamp": "2017-12-06T07:08:05.000+00:00", "note": "Third. "},
        {"public_timestamp": "2013-05-23T13:52:00.000+01:00", "note": "First published."},
        {"public_timestamp": "2013-05-23T13:00:00Z", "note": "Second."},
        {"public_timestamp": None, "note": "When?"},
        "not an object",
    ]
    entry = only(document(details={"change_history": history}))
    assert [(change.at, change.note) for change in entry.history] == [
        ("2013-05-23T12:52:00Z", "First published."),
        ("2013-05-23T13:00:00Z", "Second."),
        ("2017-12-06T07:08:05Z", "Third."),
    ]
    assert entry.change_note == "Third."
    assert entry.published_at == "2013-05-23T12:52:00Z"  # nothing else in the document says when it was first out


def test_the_churn_of_updated_at_is_no_change() -> None:
    one, two = (
        only(document(updated_at=at, details={"body": "<p>Same</p>"}))
        for at in ("2026-01-01T00:00:00Z", "2026-02-02T00:00:00Z")
    )
    assert one == two


# --- content: files and parts ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "change",
    [{"file_size": 11}, {"title": "Tables 2"}, {"url": "https://assets.publishing.service.gov.uk/media/2/t.ods"}],
)
def test_a_change_of_a_file_alone_is_a_version(change: dict[str, Any]) -> None:
    file = {"title": "Tables", "url": "https://assets.publishing.service.gov.uk/media/1/t.ods", "file_size": 10}
    before, after = (
        only(document(details={"body": "<p>x</p>", "attachments": [f]})) for f in (file, {**file, **change})
    )
    assert hash_of(before) != hash_of(after)


def test_parts_are_followed_from_a_document_but_not_from_a_part() -> None:
    links = {"children": [{"base_path": "/guidance/tasers/part", "schema_name": "html_publication", "title": "Part"}]}
    (part,) = document(links=links).follow
    assert (part.url, part.role, part.context) == (API + "/guidance/tasers/part", "child", "/guidance/tasers")
    assert document(links=links, role="child").follow == ()


def test_a_document_that_lists_itself_as_its_part_leads_nowhere() -> None:
    links = {"children": [{"base_path": "/guidance/tasers", "schema_name": "html_publication", "title": "Loop"}]}
    assert document(links=links).follow == ()


# --- content: what a round asks for ---------------------------------------------------------------------------------
def test_a_round_starts_from_the_paths_and_from_what_the_search_finds() -> None:
    about = source("govuk-content", SEARCH, paths=("/guidance/tasers",), follow=2, match="(?i)police")
    planned = govuk_content.plan(about, NOW)
    assert [(r.role, r.url) for r in planned] == [("item", API + "/guidance/tasers"), ("list", SEARCH)]
    found = [
        {"title": "Police one", "link": "/p/1"},
        {"title": "Visas", "link": "/p/visas"},
        {"title": "Two", "description": "On the police", "link": "p/2"},
        {"title": "Police three", "link": "/p/3"},
        {"title": "The police and tasers", "link": "/guidance/tasers"},
    ]
    led = registry.parse(about, page(results(*found), SEARCH))
    assert [r.url for r in led.follow] == [API + "/p/1", API + "/p/2"]
    assert led.entries == ()
    assert led.problems == ("2 more documents found than `follow` allows",)


def test_the_address_of_one_document_is_that_document() -> None:
    (request,) = govuk_content.plan(source("govuk-content", API + "/guidance/tasers"), NOW)
    assert (request.url, request.role) == (API + "/guidance/tasers", "item")


def test_a_stand_in_for_gov_uk_is_spoken_to_and_linked_to() -> None:
    about = source("govuk-content", "http://127.0.0.1:8000/api/content", paths=("/guidance/tasers",))
    (request,) = govuk_content.plan(about, NOW)
    assert request.url == "http://127.0.0.1:8000/api/content/guidance/tasers"
    assert only(document(about)).url == "http://127.0.0.1:8000/guidance/tasers"


@pytest.mark.parametrize(
    ("document_type", "kind"),
    [("statutory_guidance", "policy"), ("foi_release", "foi"), ("speech", "statement"), ("national_statistics", "statistics"),
     ("press_release", ""), ("transparency", ""), ("of_a_type_not_yet_known", "")],
)  # fmt: skip
def test_kinds_follow_the_document_type_only_where_it_says_enough(document_type: str, kind: str) -> None:
    assert only(document(document_type=document_type)).kind == kind


def test_a_release_date_without_a_day_is_no_moment() -> None:
    details = {"display_date": "November 2026", "state": "provisional"}
    entry = only(document(schema_name="statistics_announcement", details=details))
    assert (entry.starts_at, entry.body) == (None, "Release date: November 2026 (provisional)")


@pytest.mark.parametrize(
    ("raw", "at", "quality"),
    [("2013-01-28T00:00:00.000+00:00", "2013-01-28T00:00:00Z", "day"), ("2013-06-28T00:00:00+01:00", "2013-06-28T00:00:00Z", "day"),
     ("2013-06-28T00:01:00+01:00", "2013-06-27T23:01:00Z", "exact")],
)  # fmt: skip
def test_first_published_at_midnight_is_a_day_without_a_time(raw: str, at: str, quality: str) -> None:
    entry = only(document(first_published_at=raw))
    assert (entry.published_at, entry.date_quality, entry.published_raw) == (at, quality, raw)
