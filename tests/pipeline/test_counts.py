"""The row counts that the pages show keep up with what is stored, though they are not taken after every round."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.harness import rows
from tests.pipeline.stage import Stage, nothing
from tests.support.origin import Origin

pytestmark = pytest.mark.usefixtures("quick")


def story(tmp_path: Path, origin: Origin) -> Stage:
    return Stage(tmp_path, origin, {"id": "policy", "kind": "page", "url": origin.url("/policy")})


def shows(origin: Origin, text: str) -> None:
    origin.add("/policy", body=f"<main><h1>Stops</h1><p>{text}</p></main>".encode())


def counted(stage: Stage) -> tuple[int, int]:
    """The versions as counted, and as they are."""
    (kept,) = rows(stage.db, "SELECT n FROM table_counts WHERE name = 'versions'")
    (there,) = rows(stage.db, "SELECT count(*) FROM versions")
    return kept[0], there[0]


def test_a_collector_that_ends_leaves_counts_that_are_right(tmp_path: Path, origin: Origin) -> None:
    stage = story(tmp_path, origin)
    stage.play((0, lambda: shows(origin, "An officer must.")), (1, lambda: shows(origin, "An officer should.")))
    assert counted(stage) == (2, 2)


def test_a_change_within_the_ten_minutes_is_counted_after_them_though_nothing_else_changed(
    tmp_path: Path, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = story(tmp_path, origin)
    seen: list[tuple[int, int]] = []

    def later() -> None:
        monkeypatch.setattr("aggregator.collect.COUNTS_TTL_S", 0.0)

    stage.play(
        (0, lambda: shows(origin, "An officer must.")),
        (1, lambda: shows(origin, "An officer should.")),
        (2, later),
        (3, lambda: seen.append(counted(stage))),
        (4, nothing),
    )
    assert seen == [(2, 2)]
