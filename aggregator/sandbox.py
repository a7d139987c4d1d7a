"""Parsing in a child process with bounded memory and time: whatever a page does to a parser, the collector goes on."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import multiprocessing
import os
import resource
import signal
import sys
import threading
import time
import traceback
import warnings
from concurrent.futures import TimeoutError as TaskTimeout
from types import TracebackType
from typing import Final, Self

from pebble import ProcessExpired, ProcessPool

from aggregator.errors import ParseError
from aggregator.limits import (
    PARSE_LARGE_TIMEOUT_S,
    PARSE_MEMORY_BYTES,
    PARSE_START_S,
    PARSE_TIMEOUT_S,
    PARSES_PER_CHILD,
)
from aggregator.models import Outcome, Page, Parsed, Source

_PR_SET_PDEATHSIG: Final = 1
_PARENT_POLL_S: Final = 0.5


class Sandbox:
    """Runs the parsers of ``sources.registry`` in child processes that may be killed at any time.

    ``async with Sandbox() as sandbox: parsed = await sandbox.parse(source, page)``. With ``inline`` everything happens
    in this process and nothing is bounded: for tests and the debugger. The children start when they are first needed,
    ignore SIGINT, and die with this process, even if it is killed.
    """

    def __init__(self, *, workers: int = 1, inline: bool = False, timeout_s: float = PARSE_TIMEOUT_S) -> None:
        self._workers = workers
        self._inline = inline
        self._timeout_s = timeout_s
        self._free = asyncio.Semaphore(workers)  # a page that waits here does not use up its time
        self._pool: ProcessPool | None = None
        self._left = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left = True
        self.close()

    def close(self) -> None:
        """Stops the children at once, in the middle of a page if need be. May be called twice."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()
            self._pool = None

    async def parse(self, source: Source, page: Page) -> Parsed:
        """What the parser of the source reads in the page; ``Outcome.PARSE_ERROR`` with the reason when it cannot.

        Never raises for anything a page can do. Cancelling stops the child. Once the ``async with`` block is left, whoever
        still asks is cancelled: children started then would be stopped by nobody, and the exit waits for them.
        """
        if self._left:
            raise asyncio.CancelledError
        if self._inline:
            return parse_contained(source, page)
        limit = PARSE_LARGE_TIMEOUT_S if page.stored else self._timeout_s
        async with self._free:
            try:
                return await self._in_child(source, page, limit)
            except (TaskTimeout, TimeoutError):
                return _failed(
                    source,
                    f"took longer than {limit:g} s to read {page.size} bytes and was stopped",
                    "the page may be built to exhaust parsers; look at it, or switch the source off",
                )
            except ProcessExpired as error:
                return _failed(
                    source,
                    f"the parser was killed (exit status {error.exitcode}) over {page.size} bytes",
                    "most likely it ran out of memory or crashed a library; look at the page, or switch the source off",
                )
            except MemoryError:
                return _out_of_memory(source, page)
            except (RuntimeError, OSError, EOFError) as error:  # the pool itself broke: no processes, no pipes
                self.close()
                return _failed(source, f"no parsing process could be had ({error})", "see the limits of this machine")

    async def _in_child(self, source: Source, page: Page, timeout_s: float) -> Parsed:
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=self._workers,
                max_tasks=PARSES_PER_CHILD,
                initializer=_confine,
                initargs=(os.getpid(),),
                context=multiprocessing.get_context("spawn"),  # fork would copy threads' locks and open databases
            )
        future = self._pool.schedule(parse_contained, args=(source, page), timeout=timeout_s)
        parsed: Parsed = await asyncio.wait_for(asyncio.wrap_future(future), timeout_s + PARSE_START_S)
        return parsed


def parse_contained(source: Source, page: Page) -> Parsed:
    """The registry's verdict on a page, with every exception turned into ``Outcome.PARSE_ERROR``. Runs in the child."""
    try:
        from aggregator.sources import registry  # here, so that the parent never loads the parsers

        return registry.parse(source, page)
    except ParseError as error:
        return Parsed(outcome=Outcome.PARSE_ERROR, error=str(error))
    except MemoryError:
        return _out_of_memory(source, page)
    except Exception as error:  # noqa: BLE001 - the boundary: a defect in one parser must not stop the round
        where = traceback.extract_tb(error.__traceback__)[-1]
        return _failed(
            source,
            f"{type(error).__name__} at {os.path.basename(where.filename)}:{where.lineno}: {str(error)[:200]}",
            "this is a defect of the parser: report it with the page",
        )


def _out_of_memory(source: Source, page: Page) -> Parsed:
    return _failed(
        source,
        f"needed more than {PARSE_MEMORY_BYTES >> 20} MiB to read {page.size} bytes",
        "the page may be built to exhaust parsers; look at it, or switch the source off",
    )


def _failed(source: Source, what: str, advice: str) -> Parsed:
    return Parsed(outcome=Outcome.PARSE_ERROR, error=f"{source.id}: {what}; {advice}")


def _confine(parent: int) -> None:
    """Bounds this child process, before it has seen any page."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to act on
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a Python handler would wait for a regular expression to finish
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(ValueError, OSError):  # macOS knows the limit but does not let it be set
        resource.setrlimit(resource.RLIMIT_AS, (PARSE_MEMORY_BYTES, PARSE_MEMORY_BYTES))
    warnings.simplefilter("ignore")
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)
    else:
        threading.Thread(target=_exit_after, args=(parent,), daemon=True).start()


def _exit_after(parent: int) -> None:
    """Ends this process soon after its parent has ended."""
    while os.getppid() == parent:
        time.sleep(_PARENT_POLL_S)
    os._exit(1)
