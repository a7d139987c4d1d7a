"""How commands end on SIGINT and SIGTERM: within a few seconds, whatever they are at.

What is under way is cancelled, what has begun in a database is finished. What has not come to an end by then (a large
file being stored, a disk that is slow to commit, a library) is ended with the process: SQLite rolls an unfinished
transaction back when the archive is next opened, and the next round asks again for what was not stored.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final, TypeVar

from aggregator.errors import AggregatorError
from aggregator.limits import SHUTDOWN_GRACE_S

T = TypeVar("T")
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Stopped(AggregatorError):
    """A signal ended the command. Exit status 128 and the signal's number, as shells have it."""

    def __init__(self, number: int) -> None:
        super().__init__("stopped; what was stored is kept, the rest is asked for again next time")
        self.exit_status = 128 + number


def run(main: Coroutine[Any, Any, T], *, grace_s: float = SHUTDOWN_GRACE_S) -> T:
    """``asyncio.run`` for a command, from the main thread.

    The first SIGINT or SIGTERM cancels ``main`` and raises :class:`Stopped` once it has ended; ``grace_s`` seconds after
    it, or with a second signal, the process ends all the same, its exit included.
    """
    stop = _Stop()
    with _heard(stop, grace_s):
        try:
            with asyncio.Runner() as runner:
                return runner.run(stop.heeded(main))
        except asyncio.CancelledError:
            if stop.number:
                raise Stopped(stop.number) from None
            raise


async def aside(work: Callable[[], T]) -> T:
    """``work()`` in a thread of its own that nobody waits for at the end, unlike those of the event loop's executor.

    For what cannot be cancelled and may be left where it is: a name lookup, a model being loaded.
    """
    future: Future[T] = Future()

    def go() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - raised again where it is awaited
            future.set_exception(error)
        else:
            future.set_result(result)

    future.set_running_or_notify_cancel()  # from here on it cannot be cancelled under the thread
    threading.Thread(target=go, name="aside", daemon=True).start()
    return await asyncio.wrap_future(future)


class _Stop:
    """The handler of the signals: cancels the first time, ends the process the second time."""

    def __init__(self) -> None:
        self.number = 0
        self._cancel: Callable[[], object] | None = None

    def __call__(self, number: int, _: FrameType | None) -> None:
        if self.number:
            _end(number)
        self.number = number
        if self._cancel is not None:
            self._cancel()

    async def heeded(self, main: Coroutine[Any, Any, T]) -> T:
        """``main``, cancelled by the signal."""
        task, loop = asyncio.current_task(), asyncio.get_running_loop()

        def cancel() -> None:
            if task is not None and not loop.is_closed():
                task.cancel()
                loop.call_soon_threadsafe(lambda: None)  # the loop may be asleep

        self._cancel = cancel
        if self.number:  # before there was a task
            main.close()
            raise asyncio.CancelledError
        return await main


@contextmanager
def _heard(stop: _Stop, grace_s: float) -> Iterator[None]:
    """Handles the signals within the block, except those that the process was started to ignore (nohup)."""
    numbers = [n for n in SIGNALS if signal.getsignal(n) is not signal.SIG_IGN]
    reads, writes = os.pipe()
    os.set_blocking(writes, False)
    # A handler of Python's waits for the main thread to come back from whatever call it is in; this thread does not.
    threading.Thread(target=_watch, args=(reads, frozenset(numbers), grace_s), name="stopping", daemon=True).start()
    before = signal.set_wakeup_fd(writes, warn_on_full_buffer=False)
    handlers = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(before)
        os.close(writes)  # the thread ends, unless a signal has come: then it sees to the process's end as well


def _watch(reads: int, numbers: frozenset[int], grace_s: float) -> None:
    while (heard := os.read(reads, 1)) and heard[0] not in numbers:
        pass
    os.close(reads)
    if heard:
        time.sleep(grace_s)
        _end(heard[0])


def _end(number: int) -> None:
    os.write(2, b"aggregator: stopped at once; what was under way is rolled back and asked for again next time\n")
    os._exit(128 + number)
