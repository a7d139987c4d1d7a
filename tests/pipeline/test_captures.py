"""`aggregator collect --all --json` over the real payloads: every item in them is stored, a second run stores nothing.

The payloads lie outside the repository and are not committed; without them this is skipped. The numbers in
``tests/captures_table.py`` were counted by hand.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.captures import NEWS, needs_news
from tests.captures_table import CAPTURES, serve_captures
from tests.pipeline.harness import check_archive, feeds, rows
from tests.support.origin import Origin

pytestmark = needs_news


def run(db: Path, config: Path) -> dict[str, object]:
    command = [
        sys.executable,
        "-m",
        "aggregator",
        "--db",
        str(db),
        "--feeds",
        str(config),
        "collect",
        "--all",
        "--json",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    document: dict[str, object] = json.loads(done.stdout)
    return document


def test_every_item_of_every_capture_is_stored_once(tmp_path: Path, origin: Origin) -> None:
    sources = serve_captures(origin, NEWS)
    config, db = feeds(tmp_path, origin.netloc, sources), tmp_path / "met.db"
    first = run(db, config)
    stored = dict(rows(db, "SELECT source_id, count(*) FROM updates GROUP BY source_id"))
    expected: dict[str, int] = {}
    for capture in CAPTURES:
        if capture.entries:
            expected[capture.source] = expected.get(capture.source, 0) + capture.entries
    assert stored == expected
    assert first["new"] == sum(expected.values())
    check_archive(db)
    again = run(db, config)
    assert (again["new"], again["changed"]) == (0, 0)
    assert rows(db, "SELECT count(*) FROM updates") == [(sum(expected.values()),)]
    assert rows(db, "SELECT count(*) FROM changes") == [(sum(expected.values()),)]
