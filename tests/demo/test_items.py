"""The invented items: enough of them, about everything, fresh, and different in the second round where they should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.demo import items, when
from aggregator.demo.shapes import Content, Item, Labelled, Neighbourhood
from aggregator.errors import ConfigError
from aggregator.models import KINDS, Utc
from aggregator.tagging import taxonomy

NOW = Utc("2026-11-22T10:00:00Z")


def labelled(value: object) -> Iterator[Labelled]:
    """Every item, wherever it stands."""
    if isinstance(value, Labelled):
        yield value
    if isinstance(value, tuple):
        for member in value:
            yield from labelled(member)
    elif is_dataclass(value):
        for field in fields(value):
            yield from labelled(getattr(value, field.name))


@pytest.fixture(scope="module", params=[1, 2])
def content(request: pytest.FixtureRequest) -> Content:
    return items.load(request.param, NOW)


def test_there_are_about_150_items_and_some_are_off_topic() -> None:
    found = list(labelled(items.load(2, NOW)))
    assert len(found) == 158
    assert sum(item.off_topic for item in found) == 8
    assert len(items.load(1, NOW).met_news) == 50


def test_every_topic_and_every_place_has_an_item(content: Content) -> None:
    known = taxonomy.load()
    found = list(labelled(content))
    topics = {slug for item in found for slug in item.topics}
    places = {slug for item in found for slug in item.places} | {hood.place for hood in content.neighbourhoods}
    assert topics == {topic.slug for topic in known.topics if topic.assignable}
    assert places == {place.slug for place in known.places}
    assert {item.kind for item in found if item.kind} == set(KINDS)


def test_the_topics_a_visitor_looks_for_first_are_well_covered(content: Content) -> None:
    found = list(labelled(content))
    for topic in ("stop-and-search", "body-worn-cameras", "mental-health"):
        assert sum(topic in item.topics for item in found) >= 9, topic
    assert sum("hackney" in item.places for item in found) >= 8


def test_off_topic_items_carry_no_labels(content: Content) -> None:
    assert all(not item.topics and not item.places for item in labelled(content) if item.off_topic)


def test_news_is_of_the_last_sixty_days_and_never_of_the_future(content: Content) -> None:
    now = when.local(NOW)
    for item in labelled(content):
        if isinstance(item, Item):
            assert now - timedelta(days=60) < item.when <= now, item.title


def test_ids_are_unique_within_each_list(content: Content) -> None:
    for field in fields(content):
        listed = getattr(content, field.name)
        ids = [member.id for member in listed if hasattr(member, "id")] if isinstance(listed, tuple) else []
        assert len(ids) == len(set(ids)), field.name


def test_an_edited_item_keeps_the_address_of_its_first_title() -> None:
    edited = next(item for item in items.load(2, NOW).met_news if item.id == "600954")
    assert (edited.title[:31], edited.first_title[:31]) == (
        "Operation Wrenfield: 37 arrests",
        "Operation Wrenfield: 41 arrests",
    )


def test_dates_move_with_now_and_nothing_else_does() -> None:
    then, later = items.load(1, Utc("2026-11-22T10:00:00Z")), items.load(1, Utc("2027-02-01T10:00:00Z"))
    assert [i.title for i in then.met_news] == [i.title for i in later.met_news]
    assert later.met_news[0].when - then.met_news[0].when == timedelta(days=71)
    assert items.load(1, NOW) == then


def test_neighbourhoods_are_in_real_boroughs(content: Content) -> None:
    known = {place.slug for place in taxonomy.load().places}
    assert all(isinstance(hood, Neighbourhood) and hood.place in known for hood in content.neighbourhoods)


def test_damaged_data_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A packager's mistake shows as one line with file key and reason, not as a traceback out of a dataclass."""
    (tmp_path / "content").mkdir()
    for name in items.FILES:
        (tmp_path / "content" / f"{name}.yaml").write_text(
            "met_news: [{id: 1, when: soon, title: T}]\n", encoding="utf-8"
        )
    monkeypatch.setattr(items, "files", lambda _package: tmp_path)
    with pytest.raises(ConfigError, match="is missing"):
        items.load(1, NOW)
