"""Which addresses may be dialled, and that the address checked is the address dialled."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from pathlib import Path

import httpcore
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.fetch.failures import Failed
from aggregator.fetch.guard import GuardedBackend, SystemResolver, refusal
from aggregator.models import Fetched, Outcome, Request
from tests.fetch.conftest import Names, make_client, with_client
from tests.support.origin import Origin


@pytest.mark.parametrize(
    ("ip", "what"),
    [
        ("0.0.0.0", "unspecified"),
        ("10.1.2.3", "private"),
        ("100.64.0.1", "carrier-grade NAT"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("168.63.129.16", "cloud provider"),
        ("169.254.169.254", "link-local"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.0.0.8", "protocols"),
        ("192.0.2.1", "documentation"),
        ("192.88.99.1", "6to4 relay"),
        ("192.168.1.1", "private"),
        ("198.18.0.1", "benchmarking"),
        ("198.51.100.7", "documentation"),
        ("203.0.113.7", "documentation"),
        ("224.0.0.1", "multicast"),
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::127.0.0.1", "not public"),
        ("::ffff:127.0.0.1", "IPv4-mapped"),
        ("::ffff:8.8.8.8", "IPv4-mapped"),
        ("64:ff9b::7f00:1", "NAT64 of an address that is loopback"),
        ("64:ff9b::a9fe:a9fe", "NAT64 of an address that is link-local"),
        ("64:ff9b:1::808:808", "not public"),
        ("100::1", "not public"),
        ("2001:0:53aa:64c::1", "Teredo"),
        ("2001:20::1", "protocols"),
        ("2001:db8::1", "documentation"),
        ("2002:7f00:1::", "6to4"),
        ("3fff::1", "documentation"),
        ("4000::1", "not public"),
        ("5f00::1", "not public"),
        ("fc00::1", "private"),
        ("fd00:ec2::254", "private"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "network interface"),
        ("2a00:1450::1%eth0", "network interface"),
        ("fec0::1", "not public"),
        ("ff02::1", "multicast"),
        ("localhost", "not an IP address"),
        ("", "not an IP address"),
        ("0x7f.1", "not an IP address"),
    ],
)
def test_refused(ip: str, what: str) -> None:
    assert what in (refusal(ip) or "")


@pytest.mark.parametrize(
    "ip",
    [
        "8.8.8.8",
        "172.15.0.1",
        "172.32.0.1",
        "151.101.0.144",
        "2606:4700::1111",
        "2a00:1450:4009::200e",
        "64:ff9b::808:808",  # how an IPv6-only network reaches 8.8.8.8
    ],
)
def test_public_addresses_may_be_dialled(ip: str) -> None:
    assert refusal(ip) is None


@given(st.ip_addresses())
def test_nothing_that_python_calls_special_is_ever_let_through(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    special = ip.is_private or ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_reserved
    nat64 = ip in ipaddress.ip_network("64:ff9b::/96") if ip.version == 6 else False
    if special and not nat64:
        assert refusal(ip) is not None


class Dialler(httpcore.AsyncNetworkBackend):
    """Stands in for the sockets: notes what is dialled, fails for what is listed."""

    def __init__(self, *down: str) -> None:
        self.down = down
        self.dialled: list[str] = []

    async def connect_tcp(self, host: str, port: int, *rest: object, **more: object) -> httpcore.AsyncNetworkStream:
        self.dialled.append(host)
        if host in self.down:
            raise httpcore.ConnectError("down")
        return httpcore.AsyncMockStream([])


def dial(addresses: list[str] | Names, dialler: Dialler, *, allowed: bool = False) -> None:
    names = addresses if isinstance(addresses, Names) else Names(a_test=addresses)
    backend = GuardedBackend(names, frozenset({("a.test", 80)} if allowed else ()))
    backend._dialler = dialler  # type: ignore[assignment]
    asyncio.run(backend.connect_tcp("a.test", 80, 1.0))


class TestDialling:
    def test_one_bad_address_among_good_ones_refuses_the_name(self) -> None:
        dialler = Dialler()
        with pytest.raises(Failed) as caught:
            dial(["8.8.8.8", "10.0.0.1"], dialler)
        assert caught.value.outcome is Outcome.REFUSED
        assert "a.test is 10.0.0.1, which is private" in caught.value.error
        assert dialler.dialled == []

    def test_an_address_is_dialled_not_the_name(self) -> None:
        """One lookup, and its result is what is dialled: a name that changes its mind in between gains nothing."""
        dialler, names = Dialler(), Names(a_test=["8.8.8.8"])
        dial(names, dialler)
        assert dialler.dialled == ["8.8.8.8"]
        assert names.asked == ["a.test"]

    def test_the_next_address_is_tried_with_the_families_in_turn(self) -> None:
        dialler = Dialler("2a00:1450::1", "8.8.8.8")
        dial(["2a00:1450::1", "2a00:1450::2", "8.8.8.8"], dialler)
        assert dialler.dialled == ["2a00:1450::1", "8.8.8.8", "2a00:1450::2"]

    def test_no_more_than_four_are_tried(self) -> None:
        many = [f"8.8.8.{n}" for n in range(1, 9)]
        dialler = Dialler(*many)
        with pytest.raises(httpcore.ConnectError):
            dial(many, dialler)
        assert len(dialler.dialled) == 4

    def test_an_exception_of_the_configuration_is_dialled(self) -> None:
        dialler = Dialler()
        dial(["10.0.0.1"], dialler, allowed=True)
        assert dialler.dialled == ["10.0.0.1"]

    def test_a_name_without_addresses(self) -> None:
        with pytest.raises(Failed) as caught:
            dial([], Dialler())
        assert caught.value.outcome is Outcome.DNS


def get(url: str, names: Names, *netlocs: str) -> Fetched:
    return with_client(make_client(*netlocs, resolver=names), lambda c: c.get(Request(url)))


class TestNames:
    """The whole way: a name, its addresses, the verdict."""

    def test_a_name_that_points_inside_is_refused(self) -> None:
        got = get("http://intranet.test/feed", Names(intranet_test=["192.168.1.1"]))
        assert got.outcome is Outcome.REFUSED
        assert "intranet.test:80" in got.error  # what to add to allow_hosts, if it is meant

    def test_an_unknown_name_is_dns_not_robots(self) -> None:
        got = get("https://nowhere.test/feed", Names())
        assert got.outcome is Outcome.DNS
        assert "Name or service not known" in got.error

    def test_a_lookup_that_hangs_is_dns(self) -> None:
        class Hanging(Names):
            async def resolve(self, host: str, port: int) -> list[str]:
                await asyncio.sleep(60)
                return []

        got = get("http://slow.test/feed", Hanging())
        assert got.outcome is Outcome.DNS

    @pytest.mark.parametrize("error", [OSError("no route to the name server"), UnicodeError("label too long")])
    def test_a_lookup_that_breaks_is_dns(self, error: Exception) -> None:
        class Broken(Names):
            async def resolve(self, host: str, port: int) -> list[str]:
                raise error

        got = get("http://odd.test/feed", Broken())
        assert got.outcome is Outcome.DNS
        assert str(error) in got.error

    @pytest.mark.parametrize("host", ["0x7f.1", "2130706433", "017700000001", "127.1", "localhost"])
    def test_other_spellings_of_loopback(self, host: str) -> None:
        """The system resolver turns these into 127.0.0.1, and the guard sees what it turned them into."""
        try:
            socket.getaddrinfo(host, 80)
        except socket.gaierror:
            pytest.skip(f"this machine's resolver does not read {host} as an address")
        got = with_client(make_client(), lambda c: c.get(Request(f"http://{host}/feed")))
        assert got.outcome is Outcome.REFUSED

    def test_a_name_allowed_with_its_port(self, origin: Origin) -> None:
        origin.add("/feed", body=b"ok")
        names = Names(intranet_test=["127.0.0.1"])
        url = f"http://intranet.test:{origin.port}/feed"
        assert get(url, names, f"intranet.test:{origin.port}").outcome is Outcome.OK
        assert origin.seen("/feed")[0].headers["host"] == f"intranet.test:{origin.port}"


def test_the_system_resolver_finds_loopback() -> None:
    assert "127.0.0.1" in asyncio.run(SystemResolver().resolve("127.0.0.1", 80))


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch, origin: Origin) -> None:
    with Origin() as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.base)
        origin.add("/feed", body=b"ok")
        got = with_client(make_client(origin.netloc), lambda c: c.get(Request(origin.url("/feed"))))
        assert got.outcome is Outcome.OK
        assert proxy.requests == []


def test_no_password_is_taken_from_netrc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, origin: Origin) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login somebody password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    origin.add("/feed", body=b"ok")
    with_client(make_client(origin.netloc), lambda c: c.get(Request(origin.url("/feed"))))
    assert "authorization" not in origin.seen("/feed")[0].headers
