"""`aggregator run` as a person starts it: without a network, and stopped by a signal."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.pipeline.harness import feeds, rows


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answered(url: str, seconds: float = 30) -> str:
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return str(answer.read().decode())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@pytest.mark.slow
def test_offline_it_starts_says_why_serves_and_stops_on_sigterm(tmp_path: Path) -> None:
    sources = [{"id": f"far-{n}", "kind": "feed", "url": f"https://far-{n}.invalid/rss"} for n in range(4)]
    config, db, port = feeds(tmp_path, "127.0.0.1:1", sources), tmp_path / "met.db", free_port()
    log = tmp_path / "log.txt"
    with open(log, "wb") as err:
        child = subprocess.Popen(
            [sys.executable, "-m", "aggregator", "--db", str(db), "--feeds", str(config), "run", "--port", str(port)],
            stdout=err, stderr=err,
        )  # fmt: skip
    try:
        assert "<title>" in answered(f"http://127.0.0.1:{port}/")
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and "aggregator demo" not in log.read_text():
            time.sleep(0.2)
        said = log.read_text()
        assert "aggregator demo" in said
        assert all(f"far-{n}: dns" in said for n in range(4))
        assert dict(rows(db, "SELECT outcome, count(*) FROM fetches GROUP BY outcome")) == {"dns": 4}
        assert "far-0" in answered(f"http://127.0.0.1:{port}/sources")
    finally:
        child.send_signal(signal.SIGTERM)
        assert child.wait(30) == 0, "SIGTERM ends it, with nothing killed"
    assert "Traceback" not in log.read_text()
