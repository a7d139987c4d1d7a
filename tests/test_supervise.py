"""The supervisor: a child that dies is started again; a stop ends it; a parent that is killed leaves no orphan."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from aggregator import supervise
from aggregator.supervise import Supervisor


def until(condition: object, seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def starts(log: Path) -> int:
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_a_child_that_dies_is_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervise, "RESTART_FIRST_S", 0.05)
    log = tmp_path / "starts"
    supervisor = Supervisor([sys.executable, "-c", f"open({str(log)!r}, 'a').write('started\\n'); raise SystemExit(3)"])
    supervisor.start()
    assert until(lambda: starts(log) >= 3)
    supervisor.stop()
    count = starts(log)
    time.sleep(0.5)
    assert starts(log) == count, "after stop nothing is started"


def test_stop_ends_a_child_that_listens_and_kills_one_that_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervise, "SHUTDOWN_GRACE_S", 1.5)
    log = tmp_path / "starts"
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    for code in ("import time; ", deaf):
        log.unlink(missing_ok=True)
        supervisor = Supervisor(
            [sys.executable, "-c", f"{code}open({str(log)!r}, 'a').write('started\\n'); time.sleep(600)"]
        )
        supervisor.start()
        assert until(lambda: starts(log) == 1)
        child = supervisor._child
        supervisor.stop()
        assert child is not None
        assert child.poll() is not None


def test_a_parent_that_is_killed_leaves_no_collector_behind(tmp_path: Path) -> None:
    """The child learns it from its standard input, which the kernel closes."""
    pid = tmp_path / "pid"
    child = f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid())); os.read(0, 1); os.unlink({str(pid)!r})"
    parent = (
        "import time\nfrom aggregator.supervise import Supervisor\n"
        f"Supervisor([{sys.executable!r}, '-c', {child!r}]).start()\ntime.sleep(600)"
    )
    process = subprocess.Popen([sys.executable, "-c", parent])
    assert until(lambda: pid.exists() and pid.read_text() != "")
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert until(lambda: not pid.exists())
