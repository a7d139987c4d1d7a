"""Building the site over an archive, and serving it until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Generator, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from datasette.app import Datasette
from datasette.plugins import pm
from datasette.version import __version__

from aggregator import site
from aggregator.errors import StorageError
from aggregator.limits import SHUTDOWN_GRACE_S
from aggregator.site import archive, bounds, metadata

PLUGIN = "met_aggregator"
LOCAL_METADATA = Path(metadata.FILENAME)


def build(db_path: Path, *, metadata_path: Path | None = None, public_url: str = "") -> Datasette:
    """The site over one archive, which is opened read-only when first asked for: it may not be there yet.

    ``public_url`` is the address of the site for the world, where the metadata file names none. ``metadata_path`` defaults to datasette_metadata.json in the working folder, else to the packaged copy. Raises
    :class:`~aggregator.errors.ConfigError` when that file is broken. The archive is called `met` in every address,
    whatever its file is called; its private companion is never opened.
    """
    register()
    if metadata_path is None and LOCAL_METADATA.is_file():
        metadata_path = LOCAL_METADATA
    described = metadata.at(public_url, metadata.load(metadata_path))
    extra: dict[str, Any] = {}
    if int(__version__.partition(".")[0]) >= 1:
        described, extra["config"] = metadata.split(described)
    datasette = Datasette(files=[], metadata=described, settings=dict(metadata.SETTINGS), cors=True, **extra)
    datasette.remove_database("_memory")  # what Datasette adds where it is given no file
    archive.await_file(datasette, db_path)
    return datasette


def register() -> None:
    """Makes this package a plugin where it is not installed as one."""
    if not pm.is_registered(site):
        pm.register(site, name=PLUGIN)


class Server(uvicorn.Server):
    """A server that stops on SIGINT and SIGTERM and then returns.

    uvicorn's own raises the signal again once it is done, so that whoever called it never gets to clean up.
    """

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begins to listen, and says where."""
        await super().startup(sockets)
        print(f"The site is at {self._address}", file=sys.stderr, flush=True)

    def stop(self, number: int, frame: FrameType | None) -> None:
        """A signal handler. The second signal does not wait for open connections."""
        del number, frame
        self.force_exit = self.should_exit
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """The signals are :func:`serve`'s to take and to give back."""
        yield


def serve(db_path: Path, host: str, port: int, *, metadata_path: Path | None = None, public_url: str = "") -> None:
    """Serves the site until SIGINT or SIGTERM, then returns with the handlers as they were.

    Says its address on standard error once it listens. Raises :class:`StorageError` when the address is taken.
    """
    datasette = build(db_path, metadata_path=metadata_path, public_url=public_url)
    config = uvicorn.Config(
        app=datasette.app(),
        host=host,
        port=port,
        lifespan="on",
        log_level="warning",
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=round(SHUTDOWN_GRACE_S),
    )
    bound = _bind(host, port)
    bounds.bound_heap()
    server = Server(config, f"http://{_shown(host)}:{bound.getsockname()[1]}/")
    with contextlib.closing(bound), _signals(server):
        asyncio.run(_serve(datasette, server, bound))


def _bind(host: str, port: int) -> socket.socket:
    """The listening socket; uvicorn's own way of binding ends the process when the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        text = f"cannot be listened on ({error.strerror or error}); choose another address with --host or --port"
        raise StorageError(text, subject=f"{host}:{port}") from error


async def _serve(datasette: Datasette, server: Server, bound: socket.socket) -> None:
    await datasette.invoke_startup()
    await server.serve(sockets=[bound])


@contextlib.contextmanager
def _signals(server: Server) -> Iterator[None]:
    """SIGINT and SIGTERM stop the server; afterwards they mean what they meant before."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, server.stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - what the operator chose
        return "localhost"
    return f"[{host}]" if ":" in host else host
