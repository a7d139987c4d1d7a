"""Fixtures of the pipeline tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aggregator.sandbox import Sandbox
from tests.pipeline.harness import origins
from tests.pipeline.stage import Untagged
from tests.support.origin import Origin


@pytest.fixture
def origin() -> Iterator[Origin]:
    yield from origins()


@pytest.fixture
def unbounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parses in this process: for rounds whose pages are harmless, and too short for children that take a second to start."""
    monkeypatch.setattr("aggregator.collect.Sandbox", lambda workers: Sandbox(inline=True))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """For stories in which labels and parsing children play no part: they take longer to start than a year to play."""
    monkeypatch.setattr("aggregator.collect.tagger.load", Untagged)
    monkeypatch.setattr("aggregator.collect.Sandbox", lambda workers: Sandbox(inline=True))
