"""kill -9 at random points of a round, twenty times: nothing is torn, and a further round completes the archive exactly."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.pipeline.harness import check_archive, feeds, rows, rss
from tests.support.origin import Answer, Origin

FEEDS, ITEMS, KILLS = 20, 40, 20


def command(db: Path, config: Path) -> list[str]:
    return [sys.executable, "-m", "aggregator", "--db", str(db), "--feeds", str(config), "collect", "--all"]


def content(db: Path) -> list[tuple[object, ...]]:
    return rows(
        db,
        "SELECT u.source_id, u.key, u.title, u.summary, u.version, v.sha256, (SELECT group_concat(topic) FROM (SELECT topic "
        "FROM update_topics t WHERE t.update_id = u.id ORDER BY topic)) FROM updates u JOIN versions v "
        "ON v.update_id = u.id AND v.version = u.version ORDER BY u.source_id, u.key",
    )


@pytest.mark.slow
def test_killed_twenty_times_and_whole_in_the_end(tmp_path: Path, origin: Origin) -> None:
    sources = []
    for feed in range(FEEDS):
        items = [
            (str(feed * 1000 + n), f"Update {n} of team {feed}: patrols in Camden", f"Stop and search number {n}.")
            for n in range(ITEMS)
        ]
        origin.add(f"/{feed}", Answer(rss(items), content_type="application/rss+xml", etag=f'"{feed}"'))
        sources.append(
            {"id": f"team-{feed}", "kind": "feed", "url": origin.url(f"/{feed}"), "identity": "trailing-number"}
        )
    config = feeds(tmp_path, origin.netloc, sources)
    reference = tmp_path / "reference" / "met.db"
    started = time.monotonic()
    subprocess.run(command(reference, config), check=True, capture_output=True, timeout=120)
    length = time.monotonic() - started

    db, dice = tmp_path / "killed" / "met.db", random.Random(20261122)
    killed = 0
    for _ in range(KILLS):
        child = subprocess.Popen(command(db, config), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(length * dice.uniform(0.3, 1.0))  # the first third is Python starting up
        killed += child.poll() is None
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        if db.exists() and rows(db, "SELECT count(*) FROM sqlite_master")[0][0]:
            check_archive(db)
    assert killed >= KILLS // 4, "the kills came too late to show anything"
    subprocess.run(command(db, config), check=True, capture_output=True, timeout=120)
    check_archive(db)
    assert content(db) == content(reference)
    assert rows(db, "SELECT count(*), count(DISTINCT update_id) FROM changes WHERE type = 'new'") == [
        (FEEDS * ITEMS,) * 2
    ]
