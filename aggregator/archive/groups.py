"""Documents made of several: a publication and the HTML parts that hold its text. The parts are hashed with the whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from aggregator.archive.decide import hash_of
from aggregator.models import Entry


def joined(entries: Iterable[Entry]) -> list[Entry]:
    """The entries, each with the hashes of those of its parts that are among them.

    A part that is not among them (it could not be read this time) keeps the hash "", which means: as it was.
    """
    by_key = {entry.key: entry for entry in entries}
    return [
        replace(entry, parts=tuple((key, _hash(by_key.get(key), sha256)) for key, sha256 in entry.parts))
        if entry.parts
        else entry
        for entry in by_key.values()
    ]


def _hash(part: Entry | None, otherwise: str) -> str:
    return hash_of(part) if part is not None else otherwise
