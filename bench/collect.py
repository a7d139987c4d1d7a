"""50 feeds × 100 entries from a loopback origin: collected, tagged, stored, searchable; beside a plain script doing less."""

from __future__ import annotations

import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from tests.pipeline.harness import feeds, rss
from tests.support.origin import Answer, Origin

FEEDS, ENTRIES = 50, 100
BODY = (
    "Officers from the neighbourhood team used stop and search powers near {place} after residents reported drug dealing. "
    "Two men were arrested on suspicion of possession with intent to supply. Body-worn video was switched on throughout. "
    "A community meeting takes place next week; anyone with information is asked to call 101. "
)
PLACES = ("Brixton", "Hackney Central", "Peckham", "Tottenham", "Ealing Broadway", "Romford", "Croydon", "Wembley")


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds, children included."""

    wall: float
    cpu: float


def measure(command: list[str]) -> Cost:
    """Runs a command to its end and says what it cost."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "NO_PROXY": "127.0.0.1"})
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def fill(origin: Origin) -> list[dict[str, str]]:
    """The feeds on the origin, and their entries in feeds.yaml."""
    sources = []
    for feed in range(FEEDS):
        items = [
            (str(feed * 1000 + n), f"Team {feed}: update {n} from {PLACES[n % len(PLACES)]}",
             BODY.format(place=PLACES[n % len(PLACES)]) + f"Reference {feed}/{n}.")
            for n in range(ENTRIES)
        ]  # fmt: skip
        origin.add(f"/{feed}", Answer(rss(items), content_type="application/rss+xml", etag=f'"{feed}"'))
        sources.append(
            {"id": f"feed-{feed}", "kind": "feed", "url": origin.url(f"/{feed}"), "identity": "trailing-number"}
        )
    return sources


def main() -> None:
    """Prints the table."""
    with Origin() as origin, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sources = fill(origin)
        config, db, peer_db = feeds(folder, origin.netloc, sources), folder / "met.db", folder / "peer.db"
        ours = [sys.executable, "-m", "aggregator", "--db", str(db), "--feeds", str(config), "collect", "--all"]
        peer = [sys.executable, "-m", "bench.peer_collect", str(peer_db), *(s["url"] for s in sources)]
        first, again = measure(ours), measure(ours)
        plain, plain_again = measure(peer), measure(peer)
        with closing(sqlite3.connect(db)) as conn:
            stored = conn.execute("SELECT count(*) FROM updates").fetchone()[0]
            found = conn.execute("SELECT count(*) FROM updates_fts WHERE updates_fts MATCH 'dealing'").fetchone()[0]
            tags = conn.execute("SELECT count(*) FROM update_topics").fetchone()[0]
        with closing(sqlite3.connect(peer_db)) as conn:
            theirs = conn.execute("SELECT count(*) FROM items").fetchone()[0]
        print(
            f"{FEEDS} feeds × {ENTRIES} entries: ours {stored} stored, {found} found by search, {tags} topic tags; peer {theirs} stored"
        )
        print(f"{'':28}{'wall s':>8}{'CPU s':>8}{'× peer CPU':>12}")
        for label, cost, base in (
            ("first round", first, plain), ("plain script, first", plain, plain),
            ("second round (304s)", again, plain_again), ("plain script, second", plain_again, plain_again),
        ):  # fmt: skip
            print(f"{label:28}{cost.wall:8.2f}{cost.cpu:8.2f}{cost.cpu / base.cpu:12.2f}")
        if stored != FEEDS * ENTRIES or found != stored:
            raise SystemExit("not everything was stored and searchable")


if __name__ == "__main__":
    main()
