"""SIGINT and SIGTERM end a command within seconds, whatever it is at, and nothing that was stored is lost."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from aggregator import stopping

GRACE_S = 1.0
_CHILD = f"""
import asyncio, sqlite3, sys, time
from aggregator import stopping
from aggregator.db.connection import transaction

async def polite():
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.to_thread(time.sleep, 0.1)
        print("tidied", flush=True)

async def thread():  # the event loop's own threads are waited for at its end, and again at the interpreter's
    await asyncio.to_thread(time.sleep, 60)

async def lookup():
    await stopping.aside(lambda: time.sleep(60))

async def locked():  # in the main thread, in a library's call: no handler of Python's runs until it returns
    conn = sqlite3.connect(sys.argv[2], isolation_level=None, timeout=60)
    conn.execute("BEGIN IMMEDIATE")

async def writing():
    conn = sqlite3.connect(sys.argv[2], isolation_level=None, check_same_thread=False)
    def long_transaction():
        with transaction(conn):
            conn.execute("INSERT INTO t VALUES ('half')")
            time.sleep(60)
    await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, long_transaction))

async def main():
    print("ready", flush=True)
    await globals()[sys.argv[1]]()

try:
    stopping.run(main(), grace_s={GRACE_S})
except stopping.Stopped as error:
    raise SystemExit(error.exit_status)
"""


def child(at: str, *arguments: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen([sys.executable, "-c", _CHILD, at, *arguments], stdout=-1, stderr=-1)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    time.sleep(0.2)  # until it is at it
    return process


def stop(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGINT) -> tuple[int, float, bytes]:
    """Exit status, seconds it took, and what was said meanwhile."""
    started = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    return process.returncode, time.monotonic() - started, out + err


@pytest.mark.parametrize("number", stopping.SIGNALS)
def test_what_can_be_cancelled_is_and_tidies_up(number: signal.Signals) -> None:
    status, took, said = stop(child("polite"), number)
    assert (status, said) == (128 + number, b"tidied\n")
    assert took < GRACE_S


def test_nobody_waits_for_what_runs_aside() -> None:
    status, took, _ = stop(child("lookup"))
    assert (status, took < GRACE_S) == (130, True)


@pytest.mark.parametrize("number", stopping.SIGNALS)
def test_a_thread_that_does_not_end_is_ended_after_the_grace_period(number: signal.Signals) -> None:
    status, took, said = stop(child("thread"), number)
    assert (status, GRACE_S <= took < GRACE_S + 3) == (128 + number, True)
    assert b"rolled back" in said


def test_a_main_thread_that_waits_in_a_library_is_ended_too(tmp_path: Path) -> None:
    db = tmp_path / "x.db"
    with closing(sqlite3.connect(db, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        status, took, _ = stop(child("locked", str(db)))
    assert (status, took < GRACE_S + 3) == (130, True)


def test_a_second_signal_ends_it_at_once() -> None:
    process = child("thread")
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    status, took, _ = stop(process, signal.SIGTERM)
    assert (status, took < 0.5) == (143, True)


def test_a_transaction_that_does_not_end_in_time_is_rolled_back(tmp_path: Path) -> None:
    db = tmp_path / "x.db"
    with closing(sqlite3.connect(db, isolation_level=None)) as conn:
        conn.execute("CREATE TABLE t(x)")
        conn.execute("INSERT INTO t VALUES ('whole')")
    stop(child("writing", str(db)))
    with closing(sqlite3.connect(db, isolation_level=None)) as conn:
        assert conn.execute("SELECT x FROM t").fetchall() == [("whole",)]
        conn.execute("INSERT INTO t VALUES ('unlocked')")


def test_without_a_signal_it_is_asyncio_run() -> None:
    async def main() -> int:
        with pytest.raises(KeyError):
            await stopping.aside(lambda: {}["what is raised there is raised here"])
        return await stopping.aside(lambda: 7)

    before = [signal.getsignal(number) for number in stopping.SIGNALS]
    assert stopping.run(main()) == 7
    assert [signal.getsignal(number) for number in stopping.SIGNALS] == before

    async def cancelled() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        stopping.run(cancelled())
