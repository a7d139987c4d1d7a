"""The labelled items: read, and their labels as sets. Training and evaluation only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aggregator.errors import ConfigError
from aggregator.models import Document
from aggregator.tagging import taxonomy


@dataclass(frozen=True, slots=True)
class Item:
    """A document with its labels. ``doubted`` labels are those on which two annotations differ, or which nobody judged: they count
    neither way. ``kind`` is empty where nobody judged it."""

    id: str
    doc: Document
    topics: frozenset[str]
    places: frozenset[str]
    kinds: frozenset[str]
    kind: str
    doubted_topics: frozenset[str]
    doubted_places: frozenset[str]


def read(paths: Iterable[Path]) -> list[Item]:
    """Items of JSON-lines files; without ``topics`` they are labelled by place and kind alone. Raises :class:`ConfigError` naming file and line."""
    return [_item(line, path, n) for path in paths for n, line in enumerate(_lines(path), 1)]


def digest(paths: Iterable[Path]) -> str:
    """SHA-256 over the files, in the order of their names."""
    whole = hashlib.sha256()
    for path in sorted(paths, key=lambda p: p.name):
        whole.update(path.read_bytes())
    return whole.hexdigest()


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()


def _item(line: str, path: Path, number: int) -> Item:
    try:
        raw = json.loads(line)
        return Item(
            id=raw["id"],
            doc=Document(raw["title"], raw["summary"], raw["body"], raw["publisher"]),
            topics=frozenset(raw.get("topics", ())),
            places=frozenset(raw["places"]),
            kinds=frozenset({raw["kind"], raw.get("kind_other", raw["kind"])}),
            kind=raw["kind"],
            doubted_topics=frozenset(raw.get("topics_disputed", ()) if "topics" in raw else taxonomy.load().assignable),
            doubted_places=frozenset(raw.get("places_disputed", ())),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"line {number}: not a labelled item: {error!r}", subject=str(path)) from error
