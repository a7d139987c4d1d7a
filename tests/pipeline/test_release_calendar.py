"""Announced releases: into the calendar, moved with the date they had before, cancelled; a replay writes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aggregator.clock import plus
from aggregator.models import Utc
from tests.pipeline.harness import collect, feeds, rows, whole
from tests.support.origin import Origin

pytestmark = pytest.mark.usefixtures("unbounded")

NOW = Utc("2026-11-01T12:00:00Z")


def announce(origin: Origin, when: str, state: str) -> None:
    result = {
        "title": "Police powers and procedures: year ending March 2026", "link": "/government/statistics/announcements/powers",
        "description": "Stop and search and other powers.", "release_timestamp": when, "public_timestamp": "2026-10-01T09:30:00Z",
        "statistics_announcement_state": state,
    }  # fmt: skip
    origin.add(
        "/api/search.json",
        body=json.dumps({"results": [result], "total": 1, "start": 0}).encode(),
        content_type="application/json",
    )


def calendar(db: Path) -> list[tuple[object, ...]]:
    return rows(db, "SELECT due_at, previous_due_at, state FROM scheduled_releases")


def test_a_release_is_announced_moved_and_cancelled(tmp_path: Path, origin: Origin) -> None:
    db = tmp_path / "met.db"
    config = feeds(
        tmp_path, origin.netloc, [{"id": "govuk-calendar", "kind": "calendar", "url": origin.url("/api/search.json")}]
    )
    announce(origin, "2026-11-26T09:30:00Z", "provisional")
    collect(db, config, now=NOW)
    assert calendar(db) == [("2026-11-26T09:30:00Z", None, "provisional")]
    before = whole(db, without=("fetches", "source_state", "table_counts"))
    collect(db, config, now=plus(NOW, 3600))
    assert whole(db, without=("fetches", "source_state", "table_counts")) == before

    announce(origin, "2026-12-03T09:30:00Z", "confirmed")
    collect(db, config, now=plus(NOW, 7200))
    assert calendar(db) == [("2026-12-03T09:30:00Z", "2026-11-26T09:30:00Z", "confirmed")]
    announce(origin, "2026-12-03T09:30:00Z", "cancelled")
    collect(db, config, now=plus(NOW, 10800))
    assert calendar(db) == [("2026-12-03T09:30:00Z", "2026-11-26T09:30:00Z", "cancelled")]
    assert rows(db, "SELECT count(*) FROM updates") == [(1,)], "one update, whose versions tell the moves"
