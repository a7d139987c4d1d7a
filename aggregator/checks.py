"""What `aggregator check` looks at: files, the archive's integrity, and each source asked once."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from aggregator.clock import Clock
from aggregator.db import chain, search
from aggregator.db.companion import state_path
from aggregator.db.connection import PRIVATE, PUBLIC, faults, open_writer
from aggregator.downloads import Downloads
from aggregator.fetch.client import Client
from aggregator.fetch.robots import MemoryRobotsCache
from aggregator.gather import Tools, gather, verdict
from aggregator.limits import CHECK_REQUESTS
from aggregator.models import SUCCESSES, Config, Fetched, Outcome, Request, Source, Validators
from aggregator.sandbox import Sandbox
from aggregator.sources.registry import KINDS
from aggregator.tagging import tagger, taxonomy

METADATA = "datasette_metadata.json"


def check_files(config: Config, folder: Path) -> list[str]:
    """What is wrong with metadata and taxonomy, in words; feeds.yaml was checked in loading it."""
    findings = []
    path = folder / METADATA
    if path.exists():
        try:
            metadata = json.loads(path.read_text("utf-8"))
            if "met" not in metadata.get("databases", {}):
                findings.append(f"{path}: databases.met is missing: the site would have no canned queries")
        except (ValueError, AttributeError) as error:
            findings.append(f"{path}: is not usable JSON ({error})")
    loaded = taxonomy.load()
    known = {t.slug for t in loaded.topics}
    findings += [
        f"taxonomy: section {s.slug} names the unknown topic {t}"
        for s in loaded.sections
        for t in s.topics
        if t not in known
    ]
    if not tagger.load().version:
        findings.append("tagger: the model has no version")
    findings += [
        f"{config.path}: source {s.id} is off without a note saying why"
        for s in config.sources
        if not (s.enabled or s.note)
    ]
    return findings


def check_integrity(db: Path) -> list[str]:
    """What is wrong inside the databases. Takes the write lock for a moment: FTS5's check is written like an insert."""
    findings = []
    for path, family in ((db, PUBLIC), (state_path(db), PRIVATE)):
        if not path.exists():
            findings.append(f"{path}: is not there: run `aggregator collect` first")
            continue
        with closing(open_writer(path, family)) as conn:
            findings += [f"{path}: {fault}" for fault in faults(conn)]
            if family is PUBLIC:
                try:
                    search.check(conn)
                except sqlite3.DatabaseError as error:
                    findings.append(f"{path}: the search index disagrees with the texts ({error})")
                findings += [f"{path}: {finding}" for finding in chain.check(conn)]
    return findings


@dataclass(frozen=True, slots=True)
class Probe:
    """What one source answered when asked once."""

    id: str
    outcome: Outcome
    items: int
    matched: int
    newest: str
    note: str

    @property
    def good(self) -> bool:
        """Whether the source could be read."""
        return self.outcome in SUCCESSES

    def row(self) -> tuple[object, ...]:
        """For the table."""
        return self.id, self.outcome, self.items, self.newest, self.note[:120]

    def as_json(self) -> dict[str, object]:
        """For --json."""
        return {
            "id": self.id, "outcome": str(self.outcome), "items": self.items, "matched": self.matched,
            "newest": self.newest, "note": self.note,
        }  # fmt: skip


async def check_sources(config: Config, clock: Clock, *, progress_echo: bool) -> list[Probe]:
    """Asks every enabled source once, a few requests at most, storing nothing. Large files are read whole too."""
    with TemporaryDirectory() as folder:
        async with Client(config.settings, clock=clock, robots=MemoryRobotsCache()) as client, Sandbox() as sandbox:

            async def fetch(request: Request, validators: Validators, types: tuple[str, ...]) -> Fetched:
                return await client.get(request, validators, expect_types=types)

            downloads = Downloads(client, Path(folder) / "downloads", clock)
            tools = Tools(fetch, sandbox.parse, _nothing, _nothing, downloads.get)
            return await _probes(config, tools, clock, progress_echo=progress_echo)


async def _probes(config: Config, tools: Tools, clock: Clock, *, progress_echo: bool) -> list[Probe]:
    slots = asyncio.Semaphore(config.concurrency)

    async def one(source: Source) -> Probe:
        async with slots:
            now = clock()
            kind = KINDS[source.kind]
            got = await gather(source, kind, kind.plan(source, now), tools, now, limit=CHECK_REQUESTS)
        outcome, note = verdict(source, got)
        newest = max((e.published_at or "" for e in got.entries.values()), default="")
        if progress_echo:
            print(f"{source.id}: {outcome}", file=sys.stderr)
        return Probe(source.id, outcome, got.items, len(got.entries), newest, note)

    return list(await asyncio.gather(*(one(s) for s in config.sources if s.enabled)))


async def _nothing(_: Request) -> None:
    """`check` remembers nothing of earlier rounds."""
    return
