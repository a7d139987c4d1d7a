"""The demonstration, built and served on this machine with one fixed time, so that what a browser shows is repeatable."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from aggregator import clock
from aggregator.demo.build import build, stage
from aggregator.models import Utc

NOW = Utc("2026-11-22T12:00:00Z")
ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
NO_CHROMIUM = "there is no Chromium on this machine: apt-get install chromium"
LAUNCH = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking")


def make(folder: Path) -> Path:
    """Builds the demonstration's archive, as of :data:`NOW`."""
    told = clock.now
    clock.now = lambda: NOW
    try:
        with stage(folder, NOW) as at:
            asyncio.run(build(at))
            return at.db
    finally:
        clock.now = told


@contextmanager
def served(db: Path) -> Iterator[str]:
    """Serves an archive in a process of its own, for which it always is :data:`NOW`; yields its address."""
    port = _free_port()
    command = [sys.executable, "-m", "tests.browser.serve", str(db), str(port), NOW]
    quiet = subprocess.DEVNULL
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, stdout=quiet, stderr=quiet, env=env) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/robots.txt", process)
            yield address
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait_for(url: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    ends = time.monotonic() + seconds
    while True:
        try:
            with urlopen(url, timeout=10):
                return
        except URLError:
            if time.monotonic() > ends or process.poll() is not None:
                raise
            time.sleep(0.2)


POLICY = "Stop and search code of practice"
"""The title of the update that the tour looks at: a policy with several versions."""


def pages(db: Path) -> dict[str, str]:
    """One address for each type of page, by the name that its screenshots have."""
    with closing(sqlite3.connect(f"file:{db}?mode=ro", uri=True)) as conn:
        policy, version = conn.execute(
            """SELECT u.id, max(v.version) FROM updates u JOIN versions v ON v.update_id = u.id AND v.has_text
               JOIN versions p ON p.update_id = u.id AND p.version = v.version - 1 AND p.has_text
               WHERE u.kind = 'policy' GROUP BY u.id ORDER BY max(v.words_added) DESC, u.id DESC"""
        ).fetchone()
        news = conn.execute(
            "SELECT update_id FROM update_topics JOIN updates u ON u.id = update_id WHERE u.kind = 'operation' GROUP BY 1 ORDER BY count(*) DESC, 1 DESC"
        ).fetchone()[0]
        offence = conn.execute(
            "SELECT e.slug FROM entities e JOIN update_entities x ON x.entity_id = e.id WHERE e.type = 'offence' GROUP BY 1 ORDER BY count(*) DESC, 1"
        ).fetchone()[0]
        dataset = conn.execute("SELECT id FROM datasets WHERE id <> 'stop-and-search' ORDER BY id").fetchone()[0]
    return {
        "home": "/",
        "updates": "/updates",
        "topics": "/topics",
        "topic": "/topics/stop-and-search",
        "offence": f"/topics/{offence}",
        "places": "/places",
        "place": "/places/hackney",
        "update": f"/updates/{policy}",
        "update-marked": f"/updates/{news}",
        "version": f"/updates/{policy}/versions/{version}",
        "diff": f"/updates/{policy}/diff/{version - 1}..{version}",
        "policies": "/policies",
        "statistics": "/statistics",
        "dataset": f"/statistics/{dataset}",
        "stops": "/statistics/stop-and-search",
        "search": "/search",
        "results": "/search?q=%22stop+and+search%22+-burglary",
        "sources": "/sources",
        "calendar": "/calendar",
        "about": "/about",
        "tagging": "/about/tagging",
        "not-found": "/nowhere",
    }
