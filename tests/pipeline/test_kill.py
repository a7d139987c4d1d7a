"""kill -9 at random points of a round, twenty times: nothing is torn, and a further round completes the archive exactly."""

from __future__ import annotations

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
        "SELECT u.source_id, u.key, u.title, u.summary, v.sha256, (SELECT group_concat(topic) FROM (SELECT topic "
        "FROM update_topics t WHERE t.update_id = u.id ORDER BY topic)) FROM updates u JOIN versions v "
        "ON v.update_id = u.id AND v.version = u.version ORDER BY u.source_id, u.key",
    )


def publish(origin: Origin, revision: int) -> None:
    """Every feed as it stands at this revision: some of its items say something new each time."""
    for feed in range(FEEDS):
        items = [
            (str(feed * 1000 + n), f"Update {n} of team {feed}: patrols in Camden",
             f"Stop and search number {n}, revision {revision if n % 10 == revision % 10 else 0}.")
            for n in range(ITEMS)
        ]  # fmt: skip
        origin.add(f"/{feed}", Answer(rss(items), content_type="application/rss+xml", etag=f'"{feed}-{revision}"'))


def wait_for_requests(origin: Origin, child: subprocess.Popen[bytes], number: int) -> None:
    """Until the child has asked for so many feeds, or has ended."""
    before = len(origin.seen())
    while child.poll() is None and len(origin.seen()) - before < number:
        time.sleep(0.005)


@pytest.mark.slow
def test_killed_twenty_times_and_whole_in_the_end(tmp_path: Path, origin: Origin) -> None:
    sources = [
        {"id": f"team-{feed}", "kind": "feed", "url": origin.url(f"/{feed}"), "identity": "trailing-number"}
        for feed in range(FEEDS)
    ]
    config = feeds(tmp_path, origin.netloc, sources)
    publish(origin, KILLS)
    reference = tmp_path / "reference" / "met.db"
    subprocess.run(command(reference, config), check=True, capture_output=True, timeout=120)

    db, dice = tmp_path / "killed" / "met.db", random.Random(20261122)
    killed = 0
    for revision in range(1, KILLS + 1):
        publish(origin, revision)
        child = subprocess.Popen(command(db, config), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for_requests(origin, child, dice.randint(1, FEEDS - 1))  # by progress, not by time: machines differ
        time.sleep(dice.uniform(0, 0.1))
        child.kill()
        killed += child.wait() == -signal.SIGKILL
        if db.exists() and rows(db, "SELECT count(*) FROM sqlite_master")[0][0]:
            check_archive(db)
    assert killed >= KILLS // 2, "the kills came too late to show anything"
    subprocess.run(command(db, config), check=True, capture_output=True, timeout=120)

    check_archive(db)
    assert content(db) == content(reference)
    torn = rows(
        db,
        "SELECT u.id FROM updates u WHERE u.version <> (SELECT count(*) FROM versions v WHERE v.update_id = u.id) "
        "OR 1 <> (SELECT count(*) FROM changes c WHERE c.update_id = u.id AND c.type = 'new') "
        "OR u.version - 1 <> (SELECT count(*) FROM changes c WHERE c.update_id = u.id AND c.type = 'edited') "
        "OR u.change_seq <> (SELECT max(seq) FROM changes c WHERE c.update_id = u.id)",
    )
    assert torn == []
