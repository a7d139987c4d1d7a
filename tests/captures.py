"""Where captured real payloads lie: outside the repository, because what they hold is their publishers' and is never committed.

The folder is named by the environment variable ``MET_CAPTURES``, else it is ``../shared/captures`` beside the repository;
``news`` in it has pages and feeds, ``stats`` statistics files. Tests and measurements that want them say so when they are absent.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "MET_CAPTURES"
FOLDER = Path(os.environ.get(VARIABLE) or Path(__file__).parents[2] / "shared" / "captures")
NEWS = FOLDER / "news"
STATS = FOLDER / "stats"
ABSENT = f"captured real payloads are not here: set {VARIABLE} to the folder that has them (news/, stats/)"

needs_news = pytest.mark.skipif(not NEWS.is_dir(), reason=ABSENT)
needs_stats = pytest.mark.skipif(not STATS.is_dir(), reason=ABSENT)
