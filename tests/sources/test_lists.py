"""Lists and tables in HTML, watched pages, and ModernGov meetings: the traps of each."""

from __future__ import annotations

import pytest

from aggregator.archive.decide import hash_of
from aggregator.errors import ParseError
from aggregator.models import DateQuality, Outcome, Parsed, Request, Source, Status, Utc
from aggregator.sources import listing, mopac_decisions, registry
from tests.sources.examples import NOW, page, source

LIST = "https://news.example/news?page=0"
NEWS = source("listing", LIST, row="li", max_pages=3)


def rows(*items: str, more: str = "") -> str:
    return f"<main><ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>{more}</main>"


def listed(body: str, about: Source = NEWS, **about_page: str) -> Parsed:
    return registry.parse(about, page(body, about_page.pop("url", LIST), **about_page))


# --- listing --------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("words", "at", "quality"),
    [
        ("News • Dec 25, 2020 07:00 GMT", "2020-12-25T07:00:00Z", DateQuality.EXACT),
        ("News • Jul 25, 2020 07:00 BST", "2020-07-25T06:00:00Z", DateQuality.EXACT),
        ("22 September 2026 16:30", "2026-09-22T15:30:00Z", DateQuality.LOCAL),
        ("07 Jun 2019", "2019-06-07T00:00:00Z", DateQuality.DAY),
        ("Published: 16:30 22/09/2026", "2026-09-22T15:30:00Z", DateQuality.LOCAL),
        ("<time datetime='2026-09-22T16:30:00+01:00'>today</time>", "2026-09-22T15:30:00Z", DateQuality.EXACT),
        ("<time datetime='2026-09-22T12:00:00Z'>22 September 2026</time>", "2026-09-22T00:00:00Z", DateQuality.DAY),
        ("<time datetime='2026-09-22T12:00:00Z'>September 2026</time>", "2026-09-01T00:00:00Z", DateQuality.MONTH),
        ("<time datetime='2026-09-22T12:00:00Z'>1 July 2026</time>", "2026-09-22T12:00:00Z", DateQuality.EXACT),
        ("no date at all", None, DateQuality.NONE),
        ("22 September 2099 16:30", None, DateQuality.NONE),
    ],
)
def test_a_date_is_found_in_any_of_the_styles_of_these_lists(words: str, at: str | None, quality: DateQuality) -> None:
    (entry,) = listed(rows(f'<a href="/news/a-1">A story</a> <span>{words}</span>')).entries
    assert (entry.published_at, entry.date_quality) == (at, quality)


def test_selectors_that_find_nothing_are_an_error_on_the_first_page_and_the_end_on_a_later_one() -> None:
    with pytest.raises(ParseError, match=r"no row matches 'li'.*changed its shape"):
        listed("<main><div>new markup</div></main>")
    assert listed("<main></main>", context="2|").entries == ()


def test_a_thumbnail_that_links_first_does_not_take_the_title() -> None:
    (entry,) = listed(rows('<a href="/news/a-1"><img src="x" alt=""></a><a href="/news/a-1">A story</a>')).entries
    assert entry.title == "A story"


def test_pages_are_counted_on_up_to_max_pages() -> None:
    one = listed(rows('<a href="/news/a-1">A story</a>'), context="1|")
    assert [r.url for r in one.follow] == ["https://news.example/news?page=1"]
    assert listed(rows('<a href="/news/a-1">A story</a>'), context="3|").follow == ()


def test_the_pages_own_next_link_goes_before_counting_but_not_to_another_site() -> None:
    more = '<a href="/latest_news?after=1600_1--News">Show more</a>'
    assert (
        listed(rows('<a href="/a">A story</a>', more=more)).follow[0].url
        == "https://news.example/latest_news?after=1600_1--News"
    )
    evil = '<a rel="next" href="https://evil.example/?page=1">Next</a>'
    assert listed(rows('<a href="/a">A story</a>', more=evil)).follow[0].url == "https://news.example/news?page=1"


def test_a_backfill_ends_at_the_first_page_with_nothing_newer() -> None:
    (first,) = listing.archive(NEWS, Utc("2026-06-01T00:00:00Z"), NOW)
    assert first.role == "archive"
    newer = rows('<a href="/a">A story</a> 7 June 2026', '<a href="/b">B story</a> 7 May 2026')
    older = rows('<a href="/c">C story</a> 7 May 2026')
    assert listed(newer, role="archive", context=first.context).follow != ()
    assert listed(older, role="archive", context=first.context).follow == ()


def test_links_are_taken_as_addresses_only_when_they_are() -> None:
    result = listed(
        rows('<a href="javascript:alert(1)">A story</a>', '<a href="https://user:pw@news.example/">B story</a>')
    )
    assert (result.entries, len(result.problems)) == ((), 2)


# --- MOPAC decisions ------------------------------------------------------------------------------------------------
def decision(
    title: str = "PCD 1 A thing",
    labels: str = "Reference code: PCD 1",
    showing: str = "Showing 1-20 of 45 results found",
) -> Parsed:
    body = f'<main><p>{showing}</p><ul><li><a href="/d/1">{title}</a><p>Page type: Decision</p><p>{labels}</p><p>Words.</p></li></ul></main>'
    return registry.parse(source("mopac-decisions", LIST, max_pages=2), page(body, LIST))


@pytest.mark.parametrize(
    "title", ["PCD 1306 - Tackling", "PCD 1306 Tackling", "pcd1306: Tackling", "PCD-1306 Tackling"]
)
def test_the_code_is_found_however_the_title_writes_it(title: str) -> None:
    assert decision(title, "Reference code: PCD 1306").entries[0].refs == ("PCD 1306",)


def test_a_contradiction_of_codes_is_reported_and_both_are_kept() -> None:
    result = decision("PCD 1328 Girls", "Reference code: PCD 1329")
    assert result.entries[0].refs == ("PCD 1328", "PCD 1329")
    assert "title says PCD 1328, reference code says PCD 1329" in result.problems[0]


def test_dates_may_be_absent() -> None:
    entry = decision(labels="Date signed: Date published: Reference code: PCD 1").entries[0]
    assert (entry.published_at, entry.date_quality, entry.published_raw) == (None, DateQuality.NONE, "")


def test_a_page_that_says_it_shows_results_and_shows_none_is_an_error() -> None:
    with pytest.raises(ParseError, match="Showing 1-20 of 45"):
        registry.parse(
            source("mopac-decisions", LIST), page("<main>Showing 1-20 of 45 results found<table></table></main>", LIST)
        )


def test_the_last_page_leads_no_further() -> None:
    assert decision(showing="Showing 41-45 of 45 results found").follow == ()
    assert [r.url for r in decision().follow] == ["https://news.example/news?page=1"]
    assert mopac_decisions.KIND.archive is not None


# --- College of Policing --------------------------------------------------------------------------------------------
def test_a_table_of_another_shape_is_an_error() -> None:
    with pytest.raises(ParseError, match="date, category, guidance, changes"):
        registry.parse(source("college-app"), page("<table><tr><th>Date</th><th>Title</th></tr></table>"))


def test_columns_are_told_by_name_and_not_by_place() -> None:
    body = (
        "<table><tr><th>Changes</th><th>Guidance</th><th>Category</th><th>Date</th></tr>"
        "<tr><td>Added.</td><td>Custody</td><td>Detention</td><td>1 May 2026</td></tr></table>"
    )
    (entry,) = registry.parse(source("college-app"), page(body)).entries
    assert (entry.title, entry.summary, entry.published_at) == ("Custody: Detention", "Added.", "2026-05-01T00:00:00Z")


# --- watched pages --------------------------------------------------------------------------------------------------
def watched(body: str, **options: tuple[str, ...]) -> Parsed:
    return registry.parse(
        source("page", "https://force.example/policy?utm_source=x", **options),
        page(body, "https://force.example/policy"),
    )


def test_a_counter_that_is_dropped_makes_no_version() -> None:
    one, two = (
        watched(f"<main><h1>P</h1><p>Text</p><p class='n'>Seen {n} times</p></main>", drop=(".n",)).entries[0]
        for n in (1, 2)
    )
    assert hash_of(one) == hash_of(two)


def test_a_renamed_file_makes_a_version() -> None:
    one, two = (watched(f"<main><p>Text</p><a href='/{n}.pdf'>PDF</a></main>").entries[0] for n in "ab")
    assert hash_of(one) != hash_of(two)


def test_selectors_within_one_another_do_not_double_the_text() -> None:
    (entry,) = watched("<main><article><p>Once</p></article></main>", select=("main", "article", "p")).entries
    assert entry.body == "Once"


def test_a_page_whose_parts_are_gone_is_an_error() -> None:
    with pytest.raises(ParseError, match=r"nothing matches article.policy"):
        watched("<main><p>New markup</p></main>", select=("article.policy",))
    with pytest.raises(ParseError, match="no text"):
        watched("<main></main>")


# --- ModernGov meetings ---------------------------------------------------------------------------------------------
def meetings(inner: str) -> Parsed:
    url = "https://www.london.gov.uk/about-us/londonassembly/meetings/mgWebService.asmx/GetMeetings?lCommitteeId=240"
    return registry.parse(source("modgov-meetings", url), page(inner, url))


@pytest.mark.parametrize("wrapper", ["<m>{}</m>", "<a><b xmlns='urn:x'><c>{}</c></b></a>"])
def test_meetings_are_found_however_deep_they_stand(wrapper: str) -> None:
    (entry,) = meetings(wrapper.format("<x><MeetingID>7</MeetingID><meetingdate>12/10/2026</meetingdate></x>")).entries
    assert (entry.key, entry.starts_at) == ("7", "2026-10-12T00:00:00Z")


def test_an_answer_wrapped_as_text_is_unwrapped() -> None:
    (entry,) = meetings(
        "<string>&lt;m&gt;&lt;x&gt;&lt;meetingid&gt;7&lt;/meetingid&gt;&lt;meetingdate&gt;12/10/2026&lt;/meetingdate&gt;&lt;/x&gt;&lt;/m&gt;</string>"
    ).entries
    assert entry.key == "7"


def test_a_cancelled_meeting_is_withdrawn_with_a_word() -> None:
    (entry,) = meetings(
        "<m><x><meetingid>7</meetingid><meetingdate>12/10/2026</meetingdate><meetingstatus>Cancelled</meetingstatus></x></m>"
    ).entries
    assert (entry.status, entry.status_note) == (Status.WITHDRAWN, "meeting cancelled")


def test_the_date_window_is_filled_in_as_the_service_wants_it() -> None:
    about = source("modgov-meetings", "https://x.example/m?from={today-30d:%d/%m/%Y}&to={today+1d:%d/%m/%Y}")
    assert registry.KINDS["modgov-meetings"].plan(about, NOW) == (
        Request("https://x.example/m?from=23/10/2026&to=23/11/2026", accept="application/xml, text/xml"),
    )


def test_no_meeting_is_empty() -> None:
    assert meetings("<m></m>").outcome is Outcome.EMPTY


def test_of_a_row_within_a_row_the_inner_one_is_the_news() -> None:
    body = '<ul><li>Menu<ul><li><a href="/a">A story</a></li><li><a href="/b">B story</a></li></ul></li></ul>'
    assert [entry.title for entry in listed(body).entries] == ["A story", "B story"]
