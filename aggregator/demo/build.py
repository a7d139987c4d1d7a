"""Builds the demonstration archive: the real collector, two rounds over the invented origin."""

from __future__ import annotations

import tempfile
from pathlib import Path

from aggregator import clock, config
from aggregator.collect import RoundReport, open_collector
from aggregator.db.connection import transaction
from aggregator.demo.config import feeds_yaml
from aggregator.demo.origin import Origin
from aggregator.lock import collector_lock
from aggregator.models import Utc


async def build(db: Path, now: Utc | None = None) -> list[RoundReport]:
    """Collects both states of the origin into ``db`` and marks the archive as invented. Returns the two rounds' reports."""
    start = now or clock.now()
    with collector_lock(db), Origin(start) as origin, tempfile.TemporaryDirectory(prefix="met-demo-feeds-") as folder:
        feeds = Path(folder) / "feeds.yaml"
        feeds.write_text(feeds_yaml(origin.port), encoding="utf-8")
        loaded = config.load(feeds)
        # The second round is told it is an hour later, so that what it brings is dated after what the first brought.
        times = iter((clock.plus(start, -3600), start))
        reports = []
        present = start

        def told() -> Utc:
            return present

        async with open_collector(db, loaded, told) as collector:
            with transaction(collector.desk.archive) as conn:
                conn.execute("INSERT OR REPLACE INTO about(key, value) VALUES ('demo', '1')")
            for number, present in enumerate(times):  # noqa: B007 - `told` reads it
                if number:
                    origin.advance()
                reports.append(await collector.round(only_due=False))
        return reports
