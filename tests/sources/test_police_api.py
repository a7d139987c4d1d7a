"""data.police.uk: several hundred wards in turns, events without ids, hyphens here and underscores there."""

from __future__ import annotations

import json
from typing import Any

from aggregator.archive.decide import hash_of
from aggregator.clock import plus
from aggregator.models import Entry, Utc
from aggregator.sources import police_api, police_events, registry
from tests.sources.examples import NOW, page, source

LIST = "https://data.police.uk/api/metropolitan/neighbourhoods"
WARDS = [{"id": f"E0500000{n}", "name": f"Ward {n}"} for n in range(7)]


def asked(now: Utc, **options: Any) -> list[str]:
    """The wards a round at this time asks about."""
    about = source("police-events", LIST, every_s=86_400, **options)
    (first,) = police_events.plan(about, now)
    read = registry.parse(about, page(json.dumps(WARDS), LIST, context=first.context))
    return [request.url.split("/")[-2] for request in read.follow]


def one(kind: str, ward: str = "E05000001|Ward 1", **fields: Any) -> Entry:
    body = json.dumps([fields])
    (entry,) = registry.parse(source(kind, LIST), page(body, LIST, role="item", context=ward)).entries
    return entry


def test_every_ward_comes_round_in_as_few_rounds_as_there_are_slices() -> None:
    rounds = [asked(plus(NOW, day * 86_400), follow=3) for day in range(3)]
    assert all(len(wards) == 3 for wards in rounds)
    assert {ward for wards in rounds for ward in wards} == {ward["id"] for ward in WARDS}


def test_the_slice_moves_on_even_when_the_list_is_an_old_copy() -> None:
    """An unchanged list is read again from the copy kept; its own time stands still, the time of the round does not."""
    assert asked(NOW, follow=3) != asked(plus(NOW, 86_400), follow=3)


def test_wards_given_by_id_are_asked_without_the_list() -> None:
    about = source("police-events", LIST, ids=("E05009386",))
    assert [r.url for r in police_events.plan(about, NOW)] == [
        "https://data.police.uk/api/metropolitan/E05009386/events"
    ]


def test_an_id_cannot_lead_elsewhere() -> None:
    about = source("police-events", LIST)
    read = registry.parse(about, page(json.dumps([{"id": "../../x?y#z", "name": "n"}]), LIST, context=NOW))
    assert read.follow[0].url == "https://data.police.uk/api/metropolitan/..%2F..%2Fx%3Fy%23z/events"


def test_naive_times_are_london_times() -> None:
    summer = one("police-events", title="Panel", start_date="2026-07-11T13:30:00", end_date="2026-07-11T15:00:00")
    winter = one("police-events", title="Panel", start_date="2026-12-11T13:30:00")
    assert (summer.starts_at, summer.ends_at, winter.starts_at) == (
        "2026-07-11T12:30:00Z",
        "2026-07-11T14:00:00Z",
        "2026-12-11T13:30:00Z",
    )


def test_an_event_at_midnight_is_one_of_that_day() -> None:
    summer = one("police-events", title="Open day", start_date="2026-07-11T00:00:00", end_date="2026-07-12T00:00:00")
    assert (summer.starts_at, summer.ends_at) == ("2026-07-11T00:00:00Z", "2026-07-12T00:00:00Z"), "not 10 July, 23:00"
    assert "When: 11 July 2026 to 12 July 2026" in summer.body


def test_an_event_is_known_by_ward_title_start_and_address() -> None:
    event = {"title": "Panel", "start_date": "2026-12-11T13:30:00", "address": "Hall", "description": "<p>a</p>"}
    same = one("police-events", **event)
    assert one("police-events", **{**event, "description": "<p>b</p>"}).key == same.key
    for change in ({"title": "Other"}, {"start_date": "2026-12-12T13:30:00"}, {"address": "Library"}):
        assert one("police-events", **{**event, **change}).key != same.key
    assert one("police-events", "E05000002|Ward 2", **event).key != same.key


def test_missing_parts_of_an_event_are_left_out_of_its_text() -> None:
    entry = one("police-events", title="Panel", description=None, end_date=None, start_date="2026-12-11T13:30:00")
    assert entry.body == "When: 11 December 2026, 13:30\nNeighbourhood: Ward 1"


def test_hyphens_and_underscores_are_the_same_key() -> None:
    hyphens = one("police-priorities", issue="<p>Mopeds</p>", **{"issue-date": "2026-09-01T00:00:00"})
    underscores = one("police-priorities", issue="<p>Mopeds</p>", issue_date="2026-09-01T00:00:00")
    assert hyphens == underscores
    assert hyphens.published_at == "2026-09-01T00:00:00Z"


def test_a_new_action_is_a_version_of_the_same_priority() -> None:
    before = one("police-priorities", issue="<p>Mopeds at  night</p>", action=None)
    after = one(
        "police-priorities",
        issue="<p>Mopeds at night</p>",
        action="<p>Two patrols</p>",
        **{"action-date": "2026-09-02T00:00:00"},
    )
    assert before.key == after.key
    assert hash_of(before) != hash_of(after)
    assert one("police-priorities", issue="<p>Sheds</p>").key != before.key


def test_a_place_without_a_name_goes_by_its_id() -> None:
    assert police_api.place(page(b"", context="E05000001|")) == "E05000001"
