"""One request at a time per host, a pause between starts, and silence where a host asks for it."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from aggregator import limits
from aggregator.clock import plus
from aggregator.fetch import headers as read
from aggregator.fetch.client import Client
from aggregator.fetch.exchange import politeness_key
from aggregator.fetch.failures import Failed
from aggregator.fetch.politeness import Politeness
from aggregator.models import Outcome, Request, Utc
from tests.fetch.conftest import FakeTime, make_client, with_client
from tests.support.origin import Answer, Origin

NOW = Utc("2026-11-22T10:00:00Z")


class TestPace:
    def run(self, *hosts: str, delay_s: float = 1.0, crawl_delay_s: float = 0.0) -> tuple[FakeTime, list[str]]:
        fake, log = FakeTime(), []
        polite = Politeness(delay_s, fake.monotonic, fake.sleep)
        polite.slow("a", crawl_delay_s)

        async def one(host: str) -> None:
            async with polite.turn(host):
                log.append(f"{host}+")
                await asyncio.sleep(0)
                log.append(f"{host}-")

        async def all_of_them() -> None:
            await asyncio.gather(*(one(host) for host in hosts))

        asyncio.run(all_of_them())
        return fake, log

    def test_one_at_a_time_with_a_pause(self) -> None:
        fake, log = self.run("a", "a", "a")
        assert log == ["a+", "a-"] * 3
        assert fake.naps == [1.0, 1.0]

    def test_hosts_do_not_wait_for_each_other(self) -> None:
        fake, log = self.run("a", "b")
        assert log == ["a+", "b+", "a-", "b-"]
        assert fake.naps == []

    def test_the_slower_of_robots_txt_and_configuration_counts(self) -> None:
        assert self.run("a", "a", crawl_delay_s=5.0)[0].naps == [5.0]
        assert self.run("a", "a", crawl_delay_s=0.1)[0].naps == [1.0]


class TestQuiet:
    def test_a_quiet_host_is_not_asked_and_nobody_waits(self) -> None:
        fake = FakeTime()
        polite = Politeness(0, fake.monotonic, fake.sleep)
        polite.quiet("a", 120)
        polite.quiet("a", 5)  # never shortens

        async def ask() -> None:
            async with polite.turn("a"):
                pass

        with pytest.raises(Failed) as caught:
            asyncio.run(ask())
        assert (caught.value.outcome, caught.value.retry_after_s) == (Outcome.RATE_LIMITED, 120)
        assert polite.quiet_until("a") == 1120.0
        fake.at += 120
        assert polite.quiet_until("a") is None
        asyncio.run(ask())
        assert fake.naps == []

    @pytest.mark.parametrize(("status", "outcome"), [(429, Outcome.RATE_LIMITED), (503, Outcome.RATE_LIMITED)])
    @pytest.mark.parametrize("wait", ["120", "Sun, 22 Nov 2026 10:02:00 GMT", "Sunday, 22-Nov-26 10:02:00 GMT"])
    def test_one_page_quiets_its_host(self, origin: Origin, status: int, outcome: Outcome, wait: str) -> None:
        origin.add("/busy", status=status, headers=(("Retry-After", wait),))
        origin.add("/other", body=b"ok")
        fake = FakeTime()

        async def talk(client: Client) -> None:
            first = await client.get(Request(origin.url("/busy")))
            assert (first.outcome, first.status, first.retry_after_s) == (outcome, status, 120)
            second = await client.get(Request(origin.url("/other")))
            assert (second.outcome, second.status, second.retry_after_s) == (Outcome.RATE_LIMITED, None, 120)
            assert origin.seen("/other") == []
            assert client.politeness.quiet_until(origin.netloc) is not None
            fake.at += 121
            assert (await client.get(Request(origin.url("/other")))).outcome is Outcome.OK

        with_client(make_client(origin.netloc, monotonic=fake.monotonic, clock=lambda: NOW), talk)

    def test_429_without_a_time_is_a_minute(self, origin: Origin) -> None:
        origin.add("/busy", Answer(status=429), Answer(b"ok"))
        fake = FakeTime()

        async def talk(client: Client) -> None:
            first = await client.get(Request(origin.url("/busy")))
            assert (first.outcome, first.retry_after_s) == (Outcome.RATE_LIMITED, None)
            assert (await client.get(Request(origin.url("/busy")))).retry_after_s == limits.DEFAULT_QUIET_S
            fake.at += limits.DEFAULT_QUIET_S
            assert (await client.get(Request(origin.url("/busy")))).outcome is Outcome.OK

        with_client(make_client(origin.netloc, monotonic=fake.monotonic), talk)

    def test_an_absurd_time_silences_a_host_no_longer_than_none(self, origin: Origin) -> None:
        origin.add("/busy", status=429, headers=(("Retry-After", "Sun, 22 Nov 2099 10:02:00 GMT"),))
        origin.add("/other", body=b"ok")
        fake = FakeTime()

        async def talk(client: Client) -> None:
            first = await client.get(Request(origin.url("/busy")))
            assert (first.outcome, first.retry_after_s) == (Outcome.RATE_LIMITED, None)
            fake.at += limits.DEFAULT_QUIET_S
            assert (await client.get(Request(origin.url("/other")))).outcome is Outcome.OK

        with_client(make_client(origin.netloc, monotonic=fake.monotonic, clock=lambda: NOW), talk)

    def test_503_without_a_time_quiets_nobody(self, origin: Origin) -> None:
        origin.add("/busy", Answer(status=503), Answer(b"ok"))

        async def talk(client: Client) -> list[Outcome]:
            return [(await client.get(Request(origin.url("/busy")))).outcome for _ in range(2)]

        assert with_client(make_client(origin.netloc), talk) == [Outcome.HTTP_5XX, Outcome.OK]


def test_waiting_for_a_turn_does_not_use_up_the_time_of_a_fetch(origin: Origin) -> None:
    """With a Crawl-delay of 30 s the third request of a round would otherwise always time out."""
    origin.robots("User-agent: *\nCrawl-delay: 30\n")
    origin.add("/a", body=b"ok")
    fake = FakeTime()

    async def talk(client: Client) -> list[Outcome]:
        return [got.outcome for got in await asyncio.gather(*(client.get(Request(origin.url("/a"))) for _ in range(4)))]

    client = make_client(origin.netloc, monotonic=fake.monotonic, sleep=fake.sleep)
    assert with_client(client, talk) == [Outcome.OK] * 4
    assert sum(fake.naps) == pytest.approx(120)


def test_http_and_https_are_one_host_and_other_ports_are_not() -> None:
    assert politeness_key(httpx.URL("https://www.gov.uk/a")) == politeness_key(httpx.URL("http://WWW.gov.uk/")) != ""
    assert politeness_key(httpx.URL("http://127.0.0.1:8001/")) != politeness_key(httpx.URL("http://127.0.0.1:8002/"))


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("Sun, 22 Nov 2026 10:01:00 GMT", 60),
        ("Sun, 22 Nov 2026 09:00:00 GMT", 0),
        ("Sun, 22 Nov 2026 10:01:00", 60),
        (str(limits.MAX_RETRY_AFTER_S), limits.MAX_RETRY_AFTER_S),
        (str(limits.MAX_RETRY_AFTER_S + 1), None),  # a mistake: as if nothing were said
        ("Sun, 22 Nov 2099 10:01:00 GMT", None),
        ("99999999999999999999", None),
        ("9" * 5000, None),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("Mon, 99 Foo 2026 10:01:00 GMT", None),
    ],
)
def test_retry_after(value: str, seconds: int | None) -> None:
    assert read.retry_after(httpx.Headers([(b"retry-after", value.encode())]), NOW) == seconds


@pytest.mark.parametrize(
    ("cache_control", "age", "seconds"),
    [
        ("max-age=600", "", 600),
        ("public, Max-Age = 600", "60", 540),
        ('max-age="600"', "", 600),
        ("max-age=600", "900", 0),
        ("max-age=600, max-age=60", "", 60),
        ("max-age=600", "junk", 600),
        ("max-age=99999999999", "", 2**31),
        ("s-maxage=600", "", None),
        ("max-age=600, no-store", "", None),
        ("no-cache, max-age=600", "", None),
        ("max-age=", "", None),
        ("max-age=-1", "", None),
        ("", "", None),
    ],
)
def test_max_age(cache_control: str, age: str, seconds: int | None) -> None:
    assert read.max_age(httpx.Headers({"cache-control": cache_control, "age": age})) == seconds


def test_the_clock_of_the_test_is_the_clock_of_the_date() -> None:
    assert read.retry_after(httpx.Headers({"retry-after": "Sun, 22 Nov 2026 10:01:00 GMT"}), plus(NOW, 30)) == 30
