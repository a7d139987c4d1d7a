"""robots.txt: asked once, believed, and never the wrong reason given."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from aggregator import limits
from aggregator.clock import plus
from aggregator.fetch.client import Client
from aggregator.fetch.robots import CachedRobots, MemoryRobotsCache, relevant
from aggregator.models import Fetched, Outcome, Request, Utc
from tests.fetch.conftest import FakeTime, make_client, with_client
from tests.support import faults
from tests.support.origin import Answer, Origin

Fetch = Callable[..., Fetched]
NOW = Utc("2026-11-22T10:00:00Z")
ALAVETELI = "User-agent: *\nDisallow: */feed/*\nDisallow: */search/*\nAllow: /feed/open$\n"


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("/feed/body/the_met", Outcome.ROBOTS),  # a wildcard rule: the standard library would say "allowed"
        ("/request/feed/5", Outcome.ROBOTS),
        ("/feed/open", Outcome.OK),
        ("/feed/open/more", Outcome.ROBOTS),  # "$" ends the rule
        ("/body/the_met", Outcome.OK),
    ],
)
def test_rules_with_wildcards(origin: Origin, fetch: Fetch, path: str, outcome: Outcome) -> None:
    origin.robots(ALAVETELI)
    origin.add(path, body=b"ok")
    got = fetch(path)
    assert got.outcome is outcome
    assert (path in origin.paths()) == (outcome is Outcome.OK)
    if outcome is Outcome.ROBOTS:
        assert "robots.txt" in got.error


def test_a_group_for_us_replaces_the_group_for_all(origin: Origin, fetch: Fetch) -> None:
    origin.robots("User-agent: Met-Aggregator\nDisallow: /private\n\nUser-agent: *\nDisallow: /\n")
    origin.add("/open", body=b"ok")
    assert fetch("/open").outcome is Outcome.OK
    assert fetch("/private").outcome is Outcome.ROBOTS


def test_a_group_for_somebody_with_half_our_name_is_not_ours(origin: Origin, fetch: Fetch) -> None:
    origin.robots("User-agent: met\nDisallow: /\n")
    origin.add("/open", body=b"ok")
    assert fetch("/open").outcome is Outcome.OK


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_no_robots_txt_means_welcome(origin: Origin, fetch: Fetch, status: int) -> None:
    origin.robots("User-agent: *\nDisallow: /\n", status=status)
    origin.add("/feed", body=b"ok")
    assert fetch("/feed").outcome is Outcome.OK


@pytest.mark.parametrize(
    ("status", "headers", "outcome"),
    [
        (500, (), Outcome.HTTP_5XX),
        (503, (), Outcome.HTTP_5XX),
        (503, (("Retry-After", "120"),), Outcome.RATE_LIMITED),
        (429, (), Outcome.RATE_LIMITED),
    ],
)
def test_a_robots_txt_that_fails_means_not_now_and_says_why(
    origin: Origin, fetch: Fetch, status: int, headers: tuple[tuple[str, str], ...], outcome: Outcome
) -> None:
    origin.add("/robots.txt", status=status, headers=headers)
    origin.add("/feed", body=b"ok")
    got = fetch("/feed")
    assert got.outcome is outcome
    assert "robots.txt could not be read" in got.error
    assert origin.seen("/feed") == []


def test_a_robots_txt_that_hangs_is_a_timeout(origin: Origin, fetch: Fetch) -> None:
    origin.fault("/robots.txt", faults.drip())
    assert fetch("/feed").outcome is Outcome.TIMEOUT


def test_redirects_of_robots_txt_are_followed(origin: Origin, fetch: Fetch) -> None:
    for hop in range(5):
        origin.redirect("/robots.txt" if hop == 0 else f"/r{hop}", f"/r{hop + 1}", 301)
    origin.add("/r5", body=b"User-agent: *\nDisallow: /feed\n", content_type="text/plain")
    assert fetch("/feed").outcome is Outcome.ROBOTS


def test_every_hop_of_a_redirect_asks_the_robots_txt_of_its_own_origin(origin: Origin) -> None:
    with Origin() as other:
        origin.redirect("/feed", other.url("/private"))
        other.robots("User-agent: *\nDisallow: /private\n")
        got = with_client(make_client(origin.netloc, other.netloc), lambda c: c.get(Request(origin.url("/feed"))))
        assert got.outcome is Outcome.ROBOTS
        assert other.paths() == ["/robots.txt"]


def test_only_the_first_half_megabyte_counts(origin: Origin, fetch: Fetch) -> None:
    origin.robots("User-agent: *\nDisallow: /early\n" + "#" * limits.MAX_ROBOTS_BYTES + "\nDisallow: /late\n")
    origin.add("/late", body=b"ok")
    assert fetch("/early").outcome is Outcome.ROBOTS
    assert fetch("/late").outcome is Outcome.OK


class TestOncePerOrigin:
    def test_for_many_requests_at_once(self, origin: Origin) -> None:
        origin.robots("User-agent: *\nDisallow: /no\n")
        for n in range(8):
            origin.add(f"/{n}", body=b"ok")

        async def all_at_once(client: Client) -> list[Fetched]:
            return await asyncio.gather(*(client.get(Request(origin.url(f"/{n}"))) for n in range(8)))

        got = with_client(make_client(origin.netloc), all_at_once)
        assert {g.outcome for g in got} == {Outcome.OK}
        assert origin.paths().count("/robots.txt") == 1

    def test_while_it_fails_too(self, origin: Origin) -> None:
        """A round has up to 200 requests; they share one failed attempt a minute."""
        origin.add("/robots.txt", status=500)
        fake = FakeTime()

        async def talk(client: Client) -> None:
            async def ask() -> Outcome:
                got = await client.get(Request(origin.url("/feed")))
                return got.outcome

            assert [await ask(), await ask()] == [Outcome.HTTP_5XX] * 2
            assert origin.paths().count("/robots.txt") == 1
            fake.at += limits.ROBOTS_RETRY_S
            await ask()
            assert origin.paths().count("/robots.txt") == 2

        with_client(make_client(origin.netloc, monotonic=fake.monotonic), talk)


class TestCache:
    def ask(self, origin: Origin, cache: MemoryRobotsCache, now: Utc) -> Outcome:
        client = make_client(origin.netloc, robots=cache, clock=lambda: now)
        return with_client(client, lambda c: c.get(Request(origin.url("/feed")))).outcome

    def test_a_copy_is_used_for_a_day(self, origin: Origin) -> None:
        cache = MemoryRobotsCache()
        origin.add("/feed", body=b"ok")
        assert self.ask(origin, cache, NOW) is Outcome.OK
        assert cache.get(origin.base) == CachedRobots(NOW, 404, "")
        origin.robots("User-agent: *\nDisallow: /\n")
        assert self.ask(origin, cache, plus(NOW, limits.ROBOTS_TTL_S - 1)) is Outcome.OK
        assert self.ask(origin, cache, plus(NOW, limits.ROBOTS_TTL_S)) is Outcome.ROBOTS

    def test_an_old_copy_stays_in_force_while_the_new_cannot_be_read(self, origin: Origin) -> None:
        cache = MemoryRobotsCache()
        cache.put(origin.base, CachedRobots(NOW, 200, "User-agent: *\nDisallow: /private\n"))
        origin.add("/robots.txt", status=500)
        origin.add("/feed", body=b"ok")
        assert self.ask(origin, cache, plus(NOW, 3 * limits.ROBOTS_TTL_S)) is Outcome.OK

    def test_a_copy_from_the_future_is_not_believed(self, origin: Origin) -> None:
        cache = MemoryRobotsCache()
        cache.put(origin.base, CachedRobots(plus(NOW, 900), 404, ""))
        origin.robots("User-agent: *\nDisallow: /\n")
        assert self.ask(origin, cache, NOW) is Outcome.ROBOTS


@pytest.mark.parametrize(("asked", "kept"), [("2.5", 2.5), ("3600", limits.MAX_CRAWL_DELAY_S), ("soon", 0.0)])
def test_crawl_delay(origin: Origin, asked: str, kept: float) -> None:
    origin.robots(f"User-agent: *\nCrawl-delay: {asked}\n")
    origin.add("/a", Answer(b"ok"))
    fake = FakeTime()

    async def talk(client: Client) -> None:
        for _ in range(2):
            await client.get(Request(origin.url("/a")))

    with_client(make_client(origin.netloc, monotonic=fake.monotonic, sleep=fake.sleep), talk)
    assert fake.naps == ([kept, kept] if kept else [])  # after robots.txt, and between the two


class TestHostileFiles:
    def test_agents_times_rules_do_not_fill_the_memory(self) -> None:
        """250 KiB of agents and as much of rules are 300 million pairs to a parser that keeps each."""

        def seconds(lines: int) -> float:
            body = "".join(f"User-agent: *a{n}\n" for n in range(lines)) + "Disallow: /x\n" * lines
            begun = time.process_time()
            rules = Protego.parse(relevant(body, "met-aggregator"))
            assert rules.can_fetch("http://a.test/x", "met-aggregator")
            return time.process_time() - begun

        assert seconds(15_000) < 40 * max(
            seconds(1_500), 0.001
        )  # ten times the lines; the pairs are a hundred times as many

    @given(st.text(max_size=400))
    def test_any_text_is_read(self, text: str) -> None:
        rules = Protego.parse(relevant(text, "met-aggregator"))
        rules.can_fetch("http://a.test/x?y=1", "met-aggregator")

    def test_groups_stay_as_they_are(self) -> None:
        body = (
            "User-agent: a\nUser-agent: MET-aggregator # us\nDisallow: /a\nUser agent: b\nDisallow: /b\nuseragent *\n"
        )
        assert relevant(body, "met-aggregator").splitlines() == [
            "User-agent: somebody-else",
            "User-agent: met-aggregator",
            "Disallow: /a",
            "User-agent: somebody-else",
            "Disallow: /b",
            "User-agent: *",
        ]
