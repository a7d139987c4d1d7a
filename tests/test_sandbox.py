"""The parsing child: hostile pages end as a verdict, and no process outlives the collector."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator import sandbox as sandbox_module
from aggregator.models import Outcome, Page, Parsed, Request, Source, Utc
from aggregator.sandbox import Sandbox, parse_contained
from aggregator.sources import registry

SOURCE = Source("test-feed", "A feed", "Publisher", "feed", "https://feed.example/rss")
FEED = b"<rss version='2.0'><channel><title>t</title><item><title>One</title><link>/1</link></item></channel></rss>"


def page(body: bytes) -> Page:
    request = Request(SOURCE.url)
    return Page(request, request.url, 200, "application/xml", "", body, Utc("2026-11-22T10:00:00Z"))


def in_sandbox(body: bytes, **options: float | bool) -> Parsed:
    async def run() -> Parsed:
        async with Sandbox(**options) as box:  # type: ignore[arg-type]
            return await box.parse(SOURCE, page(body))

    return asyncio.run(run())


@pytest.mark.parametrize("inline", [False, True])
def test_a_page_is_read_in_the_child_as_it_is_inline(inline: bool) -> None:
    parsed = in_sandbox(FEED, inline=inline)
    assert [entry.title for entry in parsed.entries] == ["One"]
    assert parsed == registry.parse(SOURCE, page(FEED))


@pytest.mark.parametrize("inline", [False, True])
def test_what_a_parser_refuses_is_a_verdict_that_names_the_source(inline: bool) -> None:
    parsed = in_sandbox(b"<html>not a feed</html>", inline=inline)
    assert parsed.outcome is Outcome.PARSE_ERROR
    assert parsed.error.startswith("test-feed: <html> where a feed is due")


def test_an_unknown_kind_is_a_verdict() -> None:
    assert parse_contained(replace(SOURCE, kind="unheard-of"), page(FEED)).outcome is Outcome.PARSE_ERROR


def test_a_defect_of_ours_is_contained_and_said_to_be_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(source: Source, page: Page) -> Parsed:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(registry, "parse", broken)
    parsed = in_sandbox(FEED, inline=True)
    assert parsed.outcome is Outcome.PARSE_ERROR
    assert "ZeroDivisionError at test_sandbox.py" in parsed.error
    assert "report it" in parsed.error


def test_running_out_of_memory_is_a_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(source: Source, page: Page) -> Parsed:
        raise MemoryError

    monkeypatch.setattr(registry, "parse", greedy)
    assert "MiB" in in_sandbox(FEED, inline=True).error


# --- what the child really does: the functions below run in it instead of the registry ---------------------------
def _endless(source: Source, page: Page) -> Parsed:
    """Holds the interpreter lock, as a runaway regular expression does: no Python signal handler would run."""
    import re

    re.match(r"(a+)+$", "a" * 60 + "b")
    raise AssertionError("not reached")


def _greedy(source: Source, page: Page) -> Parsed:
    return Parsed(error=str(len(bytearray(4 << 30))))


def _crashing(source: Source, page: Page) -> Parsed:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError("not reached")


def _curious(source: Source, page: Page) -> Parsed:
    import resource

    limits = (resource.getrlimit(resource.RLIMIT_AS), resource.getrlimit(resource.RLIMIT_CORE))
    return Parsed(error=f"{limits} {signal.getsignal(signal.SIGINT)!r} {os.getpid()} {os.getppid()}")


def _with(monkeypatch: pytest.MonkeyPatch, function: object) -> None:
    monkeypatch.setattr(sandbox_module, "parse_contained", function)


def test_a_parser_that_never_ends_is_stopped_and_the_next_page_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with Sandbox(timeout_s=1.0) as box:
            with monkeypatch.context() as patched:
                _with(patched, _endless)
                parsed = await box.parse(SOURCE, page(FEED))
            assert parsed.outcome is Outcome.PARSE_ERROR
            assert "longer than 1 s" in parsed.error
            assert len((await box.parse(SOURCE, page(FEED))).entries) == 1

    asyncio.run(run())


@pytest.mark.parametrize("function", [_greedy, _crashing])
def test_a_parser_that_dies_is_a_verdict_and_the_next_page_is_read(
    monkeypatch: pytest.MonkeyPatch, function: object
) -> None:
    async def run() -> None:
        async with Sandbox() as box:
            with monkeypatch.context() as patched:
                _with(patched, function)
                parsed = await box.parse(SOURCE, page(FEED))
            assert parsed.outcome is Outcome.PARSE_ERROR
            assert parsed.error.startswith("test-feed: ")
            assert len((await box.parse(SOURCE, page(FEED))).entries) == 1

    asyncio.run(run())


def test_the_child_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    _with(monkeypatch, _curious)
    said = in_sandbox(FEED).error
    assert "1073741824" in said
    assert "(0, 0)" in said
    assert "SIG_IGN" in said
    assert str(os.getpid()) in said


def test_several_pages_at_once_each_get_their_answer() -> None:
    async def run() -> list[int]:
        async with Sandbox(workers=2) as box:
            return [len(p.entries) for p in await asyncio.gather(*(box.parse(SOURCE, page(FEED)) for _ in range(12)))]

    assert asyncio.run(run()) == [1] * 12


def _endless_and_said(source: Source, page: Page) -> Parsed:
    """The same, once it has written its process id into the file that the source's title names."""
    Path(source.title).write_text(f"{os.getpid()}\n")
    return _endless(source, page)


def _saying(folder: Path) -> Source:
    return replace(SOURCE, title=str(folder / "pid"))


async def _child_at_work(folder: Path) -> int:
    """The process id of the child, as soon as it is in the middle of the page."""
    file = folder / "pid"
    async with asyncio.timeout(60):
        while not (file.exists() and file.read_text().endswith("\n")):
            await asyncio.sleep(0.02)
    return int(file.read_text())


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_cancelling_stops_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with Sandbox() as box:
            with monkeypatch.context() as patched:
                _with(patched, _endless_and_said)
                task = asyncio.create_task(box.parse(_saying(tmp_path), page(FEED)))
                await _child_at_work(tmp_path)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
            assert len((await box.parse(SOURCE, page(FEED))).entries) == 1

    asyncio.run(run())


def test_closing_in_the_middle_of_a_page_does_not_wait_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page would take for ever, and its time would be up in an hour."""

    async def run() -> None:
        box = Sandbox(timeout_s=3600)
        _with(monkeypatch, _endless_and_said)
        task = asyncio.create_task(box.parse(_saying(tmp_path), page(FEED)))
        child = await _child_at_work(tmp_path)
        assert _alive(child)
        box.close()
        assert not _alive(child)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        box.close()

    asyncio.run(run())


_PARENT = """
import asyncio, sys
from tests.test_sandbox import FEED, SOURCE, _endless, _with, page
from aggregator import sandbox
async def main():
    async with sandbox.Sandbox() as box:
        await box.parse(SOURCE, page(FEED))
        print("ready", flush=True)
        if sys.argv[1] == "busy":
            sandbox.parse_contained = _endless
            await box.parse(SOURCE, page(FEED))
        await asyncio.sleep(60)
if __name__ == "__main__":
    asyncio.run(main())
"""


def _session(leader: int) -> list[int]:
    """Processes of a session, from /proc."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(entry.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("state", ["idle", "busy"])
def test_a_killed_collector_leaves_no_child_behind(state: str) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT, state],
        cwd=Path(__file__).parents[1],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert parent.stdout is not None
    with parent.stdout:
        assert parent.stdout.readline() == b"ready\n"
        time.sleep(0.5)
        assert len(_session(parent.pid)) >= 2  # it and its child
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 3
    while _session(parent.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _session(parent.pid) == []


def test_once_left_it_starts_no_more_children() -> None:
    async def run() -> None:
        async with Sandbox() as box:
            await box.parse(SOURCE, page(FEED))
        with pytest.raises(asyncio.CancelledError):
            await box.parse(SOURCE, page(FEED))

    asyncio.run(run())
