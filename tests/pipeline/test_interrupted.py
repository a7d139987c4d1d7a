"""`aggregator collect` interrupted at any moment: it ends within seconds, and a further round completes the archive."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from aggregator.limits import SHUTDOWN_GRACE_S
from tests.pipeline.harness import check_archive, feeds, rows
from tests.pipeline.test_kill import FEEDS, ITEMS, command, publish
from tests.support import faults
from tests.support.origin import Origin

MARGIN_S = 3.0  # for a busy machine


def hearing() -> None:
    """A suite that runs in the background of a shell ignores SIGINT, and so would a child of it, which is right and not our matter."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def interrupted(db: Path, config: Path, after_s: float, number: signal.Signals) -> tuple[int, float]:
    """Exit status of a round that is sent a signal, and how long it took to end."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    child = subprocess.Popen(command(db, config), preexec_fn=hearing, **quiet)
    time.sleep(after_s)
    started = time.monotonic()
    child.send_signal(number)
    try:
        return child.wait(30), time.monotonic() - started
    finally:
        child.kill()


@pytest.mark.slow
def test_interrupted_at_any_moment_it_ends_and_nothing_is_lost(tmp_path: Path, origin: Origin) -> None:
    publish(origin, 1)
    origin.fault("/silent", faults.silent)
    sources = [
        {"id": f"team-{feed}", "kind": "feed", "url": origin.url(f"/{feed}"), "identity": "trailing-number"}
        for feed in range(FEEDS)
    ]
    hanging = [*sources, {"id": "silent", "kind": "feed", "url": origin.url("/silent")}]  # so that no round ends early
    config, db, dice = feeds(tmp_path, origin.netloc, hanging), tmp_path / "met.db", random.Random(20261122)
    for number in (signal.SIGINT, signal.SIGTERM) * 4:
        status, took = interrupted(db, config, dice.uniform(1.0, 5.0), number)
        assert status in (128 + number, 1, -number), "cancelled, or at the very beginning by the interpreter itself"
        assert took < SHUTDOWN_GRACE_S + MARGIN_S
        if db.exists() and rows(db, "SELECT count(*) FROM sqlite_master")[0][0]:
            check_archive(db)
    feeds(tmp_path, origin.netloc, sources)
    subprocess.run(command(db, config), check=True, capture_output=True, timeout=120)
    check_archive(db)
    assert rows(db, "SELECT count(*) FROM updates") == [(FEEDS * ITEMS,)]
