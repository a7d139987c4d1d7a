"""Every payload goes through the real configuration and the real parser of its kind, in both rounds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aggregator.demo.origin import Origin
from aggregator.models import Config, Outcome, Status
from aggregator.sources.registry import KINDS

from .conftest import Reading, read

EXPECTED = {
    # source: entries in round 1, in round 2, dropped by `match` (the items that are off topic)
    "met-news": (50, 52, 0),
    "stop-search-policy": (1, 1, 0),
    "use-of-force-policy": (1, 1, 0),
    "police-events": (4, 4, 0),
    "police-priorities": (4, 4, 0),
    "govuk-content": (11, 11, 0),  # ten tracked documents and the HTML part of one of them
    "govuk-search": (7, 8, 0),
    "govuk-policy-atom": (3, 3, 0),
    "govuk-org-atom": (4, 5, 0),
    "release-calendar": (5, 5, 0),
    "legislation": (3, 3, 0),
    "mayor-press": (5, 5, 1),
    "assembly-press": (3, 3, 0),
    "gla-consultations": (2, 2, 0),
    "mayoral-decisions": (2, 2, 0),
    "mopac-decisions": (7, 8, 0),
    "assembly-new": (3, 3, 1),
    "pcc-meetings": (4, 4, 0),
    "parl-questions": (5, 5, 0),  # the question on libraries is dropped by the parser itself, once read in full
    "parl-statements": (2, 2, 0),
    "parl-committees": (3, 3, 0),
    "parl-bills": (2, 2, 0),
    "commons-library": (2, 2, 1),
    "college-app": (6, 7, 0),
    "inspectorate": (4, 4, 0),
    "police-monitor": (4, 4, 0),
    "bbc-london": (5, 6, 2),
    "standard-london": (4, 4, 1),
    "guardian-met": (3, 3, 1),
    "area-tables": (2, 2, 0),
}
STATISTICS = {"recorded-crime", "stops", "force-strength"}
FAILING = {"broken", "challenged", "ended", "missing"}
SourcesOf = Callable[[Origin], Config]
Read = Callable[[int, str], Reading]


@pytest.fixture(scope="module")
def reading(first: Origin, second: Origin, sources_of: SourcesOf) -> Read:
    """Reads one source in one round, once."""
    configs = {1: (first, sources_of(first)), 2: (second, sources_of(second))}
    kept: dict[tuple[int, str], Reading] = {}

    def one(number: int, source_id: str) -> Reading:
        if (number, source_id) not in kept:
            origin, config = configs[number]
            source = config.source(source_id)
            assert source is not None, source_id
            kept[number, source_id] = read(origin, source)
        return kept[number, source_id]

    return one


def test_the_configuration_is_valid_uses_every_kind_and_says_that_it_is_invented(
    first: Origin, sources_of: SourcesOf
) -> None:
    config = sources_of(first)
    assert {source.kind for source in config.sources} == set(KINDS)
    assert {source.id for source in config.sources} == {*EXPECTED, *STATISTICS, *FAILING, "neighbourhood-bulletin"}
    assert all("(invented)" in source.title and "(invented)" in source.publisher for source in config.sources)
    assert config.settings.allow_hosts == (f"127.0.0.1:{first.port}",)
    assert all(source.url.startswith(first.base + "/") for source in config.sources)


@pytest.mark.parametrize("source_id", EXPECTED)
@pytest.mark.parametrize("number", [1, 2])
def test_each_source_gives_the_entries_that_were_put_into_it(reading: Read, source_id: str, number: int) -> None:
    found = reading(number, source_id)
    assert (len(found.entries), found.dropped) == (EXPECTED[source_id][number - 1], EXPECTED[source_id][2])
    assert all(entry.title for entry in found.entries.values())
    mismatch = [
        p for p in found.problems if "PCD 1909" not in p
    ]  # the one wrong reference code is meant to be reported
    assert mismatch == []


def test_the_demonstration_holds_about_150_updates(reading: Read) -> None:
    assert (
        sum(len(reading(2, source_id).entries) for source_id in EXPECTED) + 3 == 171
    )  # 3: the bulletin, back in round 2


def test_the_bulletin_recovers(second: Origin, sources_of: SourcesOf) -> None:
    source = sources_of(second).source("neighbourhood-bulletin")
    assert source is not None
    assert len(read(second, source).entries) == 3


def test_the_ended_feed_is_recognised(first: Origin, sources_of: SourcesOf) -> None:
    source = sources_of(first).source("ended")
    assert source is not None
    found = read(first, source)
    assert (found.entries, [page.outcome for page in found.pages]) == ({}, [Outcome.ENDED])


# --- identity -----------------------------------------------------------------------------------------------------
def test_the_newsroom_is_known_by_its_numbers_and_its_links_lose_their_tracking(reading: Read) -> None:
    entry = reading(1, "met-news").by_title("Operation Wrenfield")
    assert entry.key.endswith("600954")
    assert entry.url is not None
    assert "utm_" not in entry.url


def test_an_address_without_its_mark_or_timestamp_is_what_two_routes_share(reading: Read) -> None:
    """One press release through search, organisation feed: one address."""
    addresses = {
        reading(2, source_id).by_title("Named officer for every neighbourhood").url
        for source_id in ("govuk-search", "govuk-org-atom")
    }
    assert len(addresses) == 1
    assert reading(1, "bbc-london").by_title("Neighbour jailed").url.endswith("/news/articles/c9in4tk2demo")  # type: ignore[union-attr]


# --- what the second round changes --------------------------------------------------------------------------------
def changed(reading: Read, source_id: str) -> set[str]:
    """Titles (of round 1) of entries whose text differs between the rounds."""
    old, new = reading(1, source_id).entries, reading(2, source_id).entries
    return {
        old[key].title
        for key in old.keys() & new.keys()
        if (old[key].title, old[key].summary, old[key].body) != (new[key].title, new[key].summary, new[key].body)
    }


def test_a_news_item_is_edited_without_a_word(reading: Read) -> None:
    assert changed(reading, "met-news") == {"Operation Wrenfield: 41 arrests in crackdown on burglary in Barnet"}


def test_the_watched_page_changes(reading: Read) -> None:
    assert changed(reading, "stop-search-policy") == {"Stop and search policy"}


def test_policies_change_with_a_note_and_silently(reading: Read) -> None:
    old, new = reading(1, "govuk-content"), reading(2, "govuk-content")
    code, code_before = new.by_title("Stop and search code"), old.by_title("Stop and search code")
    assert code.change_note.startswith("Body-worn video must now be kept")
    assert len(code.history) == len(code_before.history) + 1
    for silent in ("Body-worn video guidance", "Right Care Right Person: the agreement"):
        before, after = old.by_title(silent), new.by_title(silent)
        assert before.body != after.body
        assert (before.history, before.modified_at) == (after.history, after.modified_at)


def test_policies_are_withdrawn_moved_and_gone(reading: Read) -> None:
    entries = reading(2, "govuk-content").entries
    scheme = entries["/government/publications/best-use-of-stop-and-search-scheme"]
    assert scheme.status is Status.WITHDRAWN
    assert "This scheme has ended." in scheme.status_note
    moved = entries["/guidance/taser-notices-to-forces"]
    assert (moved.status, moved.redirect_to.rsplit("/", 1)[1]) == (Status.REDIRECTED, "recording-police-use-of-force")
    gone = entries["/government/publications/custody-and-mental-health-interim-guidance"]
    assert (gone.status, gone.status_note) == (Status.GONE, "This page was published in error.")
    live = [entry for entry in reading(1, "govuk-content").entries.values() if entry.status is Status.LIVE]
    assert len(live) == 10  # the eleventh, on drones, had been withdrawn long before


def test_parliament_answers_corrects_and_moves_a_bill_on(reading: Read) -> None:
    assert changed(reading, "parl-questions") == {
        "Metropolitan Police: Body-worn Video Cameras (written question 40871)",
        "Metropolitan Police: Stop and Search (written question 41207)",
    }
    corrected = reading(2, "parl-questions").by_title("41207")
    assert "2,914 searches" in corrected.body
    assert "1,914 searches" in corrected.body  # the original answer stands below
    assert changed(reading, "parl-bills") == {"Police Powers (Facial Recognition) Bill"}


def test_long_answers_are_read_in_full(reading: Read) -> None:
    assert "..." not in reading(1, "parl-questions").by_title("41133").body


def test_a_release_a_meeting_and_a_priority_move(reading: Read) -> None:
    release = "Domestic abuse in England and Wales overview"
    assert changed(reading, "release-calendar") == {release}
    assert (
        reading(1, "release-calendar").by_title(release).starts_at,
        reading(2, "release-calendar").by_title(release).starts_at,
    ) == (
        "2026-12-18T09:30:00Z",
        "2026-12-25T09:30:00Z",
    )
    assert changed(reading, "pcc-meetings") == {"Police and Crime Committee: meeting of 29 December 2026"}
    assert changed(reading, "police-priorities") == {"Priority in Dalston: Knife crime and robbery around the market"}


# --- statistics ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize("source_id", sorted(STATISTICS))
def test_statistics_files_give_a_release(reading: Read, source_id: str, number: int) -> None:
    assert any(page.release is not None for page in reading(number, source_id).pages)
