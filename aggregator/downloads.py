"""Large statistics files on their way through: each in a temporary file beside the archive, gone once it has been read.

One at a time, so that the disk holds no more than one (limits.MAX_STATS_DECODED_BYTES). Their bodies are never held in
memory and are not kept as evidence: of what was read the archive has the hash, ETag and address with the release.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from aggregator.clock import Clock
from aggregator.errors import StorageError
from aggregator.fetch.client import Client
from aggregator.models import Fetched, Outcome, Request, StoredBody, Validators

_GOOD = frozenset({Outcome.OK, Outcome.MOVED})
_PREFIX = "statistics-"


def downloads_path(db: Path) -> Path:
    """The folder beside an archive in which large files lie while they are read: named after it, so that it is nobody else's."""
    return db.with_name(f"{db.name}.downloads")


class Downloads:
    """Fetches large files into ``folder``. What a killed process left there is removed: files of our naming, nothing else."""

    def __init__(self, client: Client, folder: Path, clock: Clock) -> None:
        self._client, self._folder, self._clock = client, folder, clock
        self._one = asyncio.Semaphore(1)
        for left in folder.glob(f"{_PREFIX}*"):
            with contextlib.suppress(OSError):  # a folder of that name, or none of ours to remove: it stays
                left.unlink()

    @asynccontextmanager
    async def get(self, request: Request, validators: Validators) -> AsyncIterator[Fetched]:
        """Asks for a file. Its page names the temporary file, which is there until the end of the ``with`` block.

        Never raises for anything the network, the server or the disk does: it is in the outcome. Waits for its turn.
        """
        async with self._one:
            with contextlib.ExitStack() as stack:
                try:
                    self._folder.mkdir(parents=True, exist_ok=True)
                    file = stack.enter_context(NamedTemporaryFile(dir=self._folder, prefix=_PREFIX))
                    fetched = await self._download(request, validators, file.file, Path(file.name))
                except (OSError, StorageError) as error:
                    said = (
                        f"{self._folder}: the file could not be written ({error}); see that there is room on the disk"
                    )
                    fetched = Fetched(request, Outcome.ERROR, self._clock(), ms=0, error=said, validators=validators)
                yield fetched

    async def _download(self, request: Request, validators: Validators, file: IO[bytes], path: Path) -> Fetched:
        target = _Hashing(file)
        fetched = await self._client.download(request, target, validators)
        file.flush()
        if fetched.page is None or fetched.outcome not in _GOOD:
            return replace(fetched, page=None)  # what stands in the file is not the file
        body = StoredBody(str(path), target.digest.hexdigest(), target.size)
        return replace(fetched, page=replace(fetched.page, stored=body))


class _Hashing:
    """Passes bytes on and hashes them on the way."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, piece: bytes) -> None:
        """One piece of the body. Raises ``OSError`` when it cannot be written."""
        self._target.write(piece)
        self.digest.update(piece)
        self.size += len(piece)
