"""Fixtures of the pipeline tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.pipeline.harness import origins
from tests.support.origin import Origin


@pytest.fixture
def origin() -> Iterator[Origin]:
    yield from origins()
