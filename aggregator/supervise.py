"""Keeps the collector child of ``aggregator run`` alive: restarted with backoff when it dies, stopped with its parent.

The child reads its standard input only to learn that the parent is gone: the kernel closes the pipe even after a
``kill -9``, so no collector is ever left behind.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

from aggregator.limits import RESTART_CALM_S, RESTART_FIRST_S, RESTART_LAST_S, SHUTDOWN_GRACE_S

log = logging.getLogger(__name__)


class Supervisor:
    """Starts the child at once and watches it from a thread until :meth:`stop`."""

    def __init__(self, command: list[str]) -> None:
        self._command = command
        self._stopping = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self) -> None:
        """Begins watching."""
        self._thread.start()

    def _watch(self) -> None:
        pause = RESTART_FIRST_S
        while not self._stopping.is_set():
            begun = time.monotonic()
            with subprocess.Popen(self._command, stdin=subprocess.PIPE) as child:  # noqa: S603 - our own command line
                self._child = child
                status = child.wait()
            if self._stopping.is_set():
                return
            if time.monotonic() - begun > RESTART_CALM_S:
                pause = RESTART_FIRST_S
            log.warning("the collector stopped with status %s; starting it again in %.0f s", status, pause)
            self._stopping.wait(pause)
            pause = min(RESTART_LAST_S, pause * 2)

    def stop(self) -> None:
        """Asks the child to finish the transaction at hand; kills it if it does not within the grace period."""
        self._stopping.set()
        child = self._child
        if child is not None and child.poll() is None:
            child.terminate()
            try:
                child.wait(SHUTDOWN_GRACE_S - 1)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._thread.join(1)


def collector_command(db: Path, feeds: Path | None, *, verbose: bool) -> list[str]:
    """The command line of the collector child."""
    command = [sys.executable, "-m", "aggregator", "--db", str(db)]
    if feeds is not None:
        command += ["--feeds", str(feeds)]
    if verbose:
        command.append("--verbose")
    return [*command, "collector", "--supervised"]
