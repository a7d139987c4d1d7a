"""One collector at a time, one deliverer at a time: advisory locks on files beside the archive, released by the kernel
when their holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from aggregator.errors import StorageError


@contextmanager
def collector_lock(db: Path) -> Iterator[None]:
    """Holds the collector lock of an archive. Raises :class:`StorageError`, naming the holder, when it is taken."""
    with _held(db, "collector", "another collector (process {}) is at work on this archive; wait for it or stop it"):
        yield


@contextmanager
def delivery_lock(db: Path) -> Iterator[None]:
    """Holds the lock of those who deliver to subscribers: two at once would send everything twice. Raises as above."""
    with _held(db, "delivery", "process {} is delivering at this moment; wait for it, the rest is done by it too"):
        yield


@contextmanager
def _held(db: Path, name: str, taken: str) -> Iterator[None]:
    db.parent.mkdir(parents=True, exist_ok=True)
    path = db.with_name(f"{db.name}.{name}.lock")
    with open(path, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise StorageError(taken.format(holder), subject=str(db)) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
