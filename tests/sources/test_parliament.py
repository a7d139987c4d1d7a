"""Parliament's APIs: cut texts, words that are ORed, holding answers and corrections, committees by name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aggregator.archive.decide import hash_of
from aggregator.models import Entry, Parsed, Status, Utc
from aggregator.sources import parliament_committees, parliament_questions, registry
from tests.sources.examples import NOW, page, source

LIST = "https://questions-statements-api.parliament.uk/api/writtenquestions/questions?searchTerm=Metropolitan%20Police&take=50&skip=0"
ASKED = source("parliament-questions", LIST, match="(?i)metropolitan police", follow=2, max_pages=2)


def question(**fields: Any) -> dict[str, Any]:
    return {
        "id": 1, "uin": "8024", "heading": "Drones", "house": "Commons", "dateTabled": "2026-09-01T00:00:00",
        "questionText": "How many drones has the Metropolitan Police?", "answerText": None, "dateAnswered": None,
        "answerIsHolding": False, "isWithdrawn": False, **fields,
    }  # fmt: skip


def listed(*questions: dict[str, Any], total: int | None = None, **about: str) -> Parsed:
    answer = {"totalResults": len(questions) if total is None else total, "results": [{"value": q} for q in questions]}
    return registry.parse(ASKED, page(json.dumps(answer), about.pop("url", LIST), **about))


def detail(**fields: Any) -> Entry:
    (entry,) = registry.parse(ASKED, page(json.dumps({"value": question(**fields)}), LIST, role="item")).entries
    return entry


CUT = "The Metropolitan Police told us that " + "x" * 230 + "..."


def test_a_whole_question_is_taken_from_the_list_and_a_cut_one_only_from_its_own_page() -> None:
    result = listed(question(id=1), question(id=2, answerText=CUT))
    assert [entry.key for entry in result.entries] == ["1"]
    (request,) = result.follow
    assert request.url == "https://questions-statements-api.parliament.uk/api/writtenquestions/questions/2"


@pytest.mark.parametrize("cut", ["y" * 255, "ends in dots...", "ends in an ellipsis…"])
def test_a_cut_is_told_by_its_dots_or_its_length(cut: str) -> None:
    assert listed(question(questionText=cut)).entries == ()


def test_the_page_of_a_question_is_asked_for_again_only_when_its_answer_changed() -> None:
    hints = [
        listed(question(answerText=CUT, **state)).follow[0].hint
        for state in (
            {},
            {"dateAnswered": "2026-09-08T00:00:00"},
            {"dateAnswered": "2026-09-08T00:00:00", "dateAnswerCorrected": "2026-09-09T00:00:00"},
            {"answerIsHolding": True},
            {"isWithdrawn": True},
        )
    ]
    assert len(set(hints)) == 5
    assert all(hints)


def test_the_search_finds_any_of_its_words_so_what_does_not_match_is_dropped() -> None:
    assert listed(question(questionText="How many metropolitan parks have police dogs?")).entries == ()


def test_a_word_of_match_may_stand_beyond_the_cut_so_those_are_read_too_but_last() -> None:
    doubtful = question(id=7, questionText="Something about police " + "z" * 300)
    result = listed(doubtful, question(id=8, answerText=CUT), question(id=9, questionText="Parks " * 60))
    assert [r.url.rpartition("/")[2] for r in result.follow] == ["8", "7"]  # `follow` allows two
    assert result.problems == ("1 cut questions not read in full: `follow` allows 2",)
    dropped = registry.parse(
        ASKED, page(json.dumps({"value": {**doubtful, "questionText": "Parks in full"}}), LIST, role="item")
    )
    assert dropped.entries == ()


def test_holding_answer_answer_and_correction_are_three_versions_each_declared() -> None:
    held = detail(answerIsHolding=True, dateHoldingAnswer="2026-09-08T00:00:00", answerText="<p>Soon.</p>")
    answered = detail(
        dateHoldingAnswer="2026-09-08T00:00:00", dateAnswered="2026-09-15T00:00:00", answerText="<p>14.</p>"
    )
    corrected = detail(
        dateHoldingAnswer="2026-09-08T00:00:00", dateAnswered="2026-09-15T00:00:00", dateAnswerCorrected="2026-09-20T00:00:00",
        answerText="<p>41.</p>", originalAnswerText="<p>14.</p>",
    )  # fmt: skip
    assert len({hash_of(entry) for entry in (held, answered, corrected)}) == 3
    assert [entry.history[-1].note for entry in (held, answered, corrected)] == [
        "Holding answer given.",
        "Answered.",
        "Answer corrected.",
    ]
    assert "Original answer\n\n14." in corrected.body


def test_identity_is_the_id_and_the_uin_is_a_reference() -> None:
    entry = detail(isWithdrawn=True)
    assert (entry.key, entry.refs, entry.status) == ("1", ("UIN 8024",), Status.WITHDRAWN)


def test_a_day_is_a_day_and_not_midnight_in_summer_time() -> None:
    entry = detail(dateTabled="2026-07-01T00:00:00")
    assert (entry.published_at, str(entry.date_quality)) == ("2026-07-01T00:00:00Z", "day")


def test_a_round_reads_max_pages_of_the_list() -> None:
    first = listed(question(), total=200)
    assert [r.url for r in first.follow] == [LIST.replace("skip=0", "skip=1").replace("%20", "+")]
    assert listed(question(), total=200, context="2").follow == ()


def test_a_backfill_walks_by_month_because_deep_pages_answer_500() -> None:
    walk = parliament_questions.archive(ASKED, Utc("2026-09-10T00:00:00Z"), NOW)
    assert len(walk) == 3
    assert "tabledWhenFrom=2026-10-23&tabledWhenTo=2026-11-22&skip=0" in walk[0].url
    assert "tabledWhenFrom=2026-09-10" in walk[-1].url


def test_a_backfill_ends_at_the_first_day_of_the_calendar_at_the_latest() -> None:
    walk = parliament_questions.archive(ASKED, Utc("0001-01-01T00:00:00Z"), Utc("0001-03-20T00:00:00Z"))
    assert "tabledWhenFrom=0001-01-01" in walk[-1].url or "tabledWhenFrom=1-01-01" in walk[-1].url


# --- committees and bills -------------------------------------------------------------------------------------------
COMMITTEES = "https://committees-api.parliament.uk/api/Publications?StartDate=2026-09-01&take=100"


def test_committees_are_planned_by_number_and_looked_up_by_name() -> None:
    plan = parliament_committees.plan(
        source("parliament-committees", COMMITTEES, ids=("83", "Home Affairs Committee")), NOW
    )
    assert [(r.role, r.url) for r in plan] == [
        ("list", COMMITTEES + "&CommitteeId=83"),
        ("committees", "https://committees-api.parliament.uk/api/Committees"),
    ]


def test_a_name_that_no_committee_has_is_reported_at_the_end_of_the_list() -> None:
    about = source("parliament-committees", COMMITTEES, ids=("Home Affairs Comittee",))
    body = json.dumps({"totalResults": 1, "items": [{"id": 1, "name": "Home Affairs Committee"}]})
    result = registry.parse(about, page(body, "https://committees-api.parliament.uk/api/Committees", role="committees"))
    assert result.follow == ()
    assert "home affairs comittee" in result.problems[0]


def test_a_publication_without_an_address_is_kept() -> None:
    body = json.dumps(
        {
            "items": [
                {
                    "id": 5,
                    "description": "Letter",
                    "documents": [{"files": [{"fileName": "l.pdf", "fileSize": 3, "url": None}]}],
                }
            ]
        }
    )
    (entry,) = registry.parse(source("parliament-committees", COMMITTEES), page(body, COMMITTEES)).entries
    assert (entry.url, entry.attachments[0].title, entry.attachments[0].url) == (None, "l.pdf", "")


def bill(stage: str, **fields: Any) -> dict[str, Any]:
    return {
        "billId": 9,
        "shortTitle": "Policing Bill",
        "currentStage": {"description": stage, "house": "Lords"},
        **fields,
    }


def test_a_new_stage_is_a_version_and_a_new_time_of_update_is_none() -> None:
    def read(found: dict[str, Any]) -> Entry:
        (entry,) = registry.parse(source("parliament-bills"), page(json.dumps({"items": [found]}))).entries
        return entry

    first, touched, moved = (
        read(bill("2nd reading", lastUpdate="2026-09-01T10:00:00")),
        read(bill("2nd reading", lastUpdate="2026-09-02T10:00:00")),
        read(bill("Committee stage", lastUpdate="2026-09-02T10:00:00")),
    )
    assert hash_of(first) == hash_of(touched) != hash_of(moved)


def test_ids_choose_the_bills() -> None:
    body = json.dumps({"items": [bill("x"), bill("y", billId=10)]})
    found = registry.parse(source("parliament-bills", ids=("10",)), page(body)).entries
    assert [entry.key for entry in found] == ["10"]
