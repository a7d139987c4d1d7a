"""One collector at a time: an advisory lock on a file beside the archive, released by the kernel when its holder dies."""

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
    db.parent.mkdir(parents=True, exist_ok=True)
    path = db.with_name(db.name + ".collector.lock")
    with open(path, "a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise StorageError(
                f"another collector (process {holder}) is at work on this archive; wait for it or stop it",
                subject=str(db),
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
