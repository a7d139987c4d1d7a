"""The network guard: which addresses may be dialled, and the network layer that dials only those.

The check sits between name lookup and connection, so the address checked is the address dialled: a name that changes
its mind in between (DNS rebinding) gains nothing. TLS still verifies the host *name*, which httpcore hands over apart
from the address.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Final, Protocol

import httpcore

from aggregator import limits
from aggregator.fetch.failures import Failed
from aggregator.models import Outcome
from aggregator.stopping import aside

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Site = tuple[str, int]  # host name or address without brackets, port

_V4: Final = tuple(
    (ipaddress.IPv4Network(block), what)
    for block, what in (
        ("0.0.0.0/8", "unspecified"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier-grade NAT"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "the platform address of a cloud provider"),
        ("169.254.0.0/16", "link-local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "reserved for protocols"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "former 6to4 relay"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    )
)
_V6: Final = tuple(
    (ipaddress.IPv6Network(block), what)
    for block, what in (
        ("::/128", "unspecified"),
        ("::1/128", "loopback"),
        ("::ffff:0:0/96", "IPv4-mapped"),
        ("2001::/32", "Teredo"),
        ("2001::/23", "reserved for protocols"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "6to4"),
        ("3fff::/20", "documentation"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link-local"),
        ("ff00::/8", "multicast"),
    )
)
_V6_UNICAST: Final = ipaddress.IPv6Network("2000::/3")  # the only block public addresses are given out of
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052: the last 32 bits are an IPv4 address


def refusal(ip: str | Address) -> str | None:
    """Why this address may not be dialled, or None when it is a public unicast address.

    Source: the IANA special-purpose registries for IPv4 and IPv6 (RFC 6890 and its updates). ``is_global`` stands
    behind the list, not in its place: Python 3.11 takes 3fff::/20, ::/96 and 192.88.99.0/24 for public.
    """
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "not an IP address"
    if isinstance(address, ipaddress.IPv4Address):
        return _listed(address, _V4) or (None if address.is_global else "not public")
    if address.scope_id is not None:
        return "bound to a network interface"
    if address in _NAT64:
        # An IPv6-only network reaches IPv4 sites this way, so the address within decides.
        inner = refusal(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        return f"NAT64 of an address that is {inner}" if inner else None
    if (what := _listed(address, _V6)) is not None:
        return what
    return None if address in _V6_UNICAST and address.is_global else "not public"


def _listed(
    address: Address,
    blocks: Iterable[tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, str]],
) -> str | None:
    return next((what for block, what in blocks if address in block), None)


class Resolver(Protocol):
    """Name lookup. Raises ``OSError`` (``socket.gaierror`` among them) when the name cannot be found."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Every address of the name, as text, best first."""
        ...


class SystemResolver:
    """The machine's own resolver."""

    async def resolve(self, host: str, port: int) -> Sequence[str]:
        """Every address in the system's order. Raises ``socket.gaierror``, or ``UnicodeError`` for a bad name."""
        # Not loop.getaddrinfo: a lookup that no name server answers takes half a minute, and the loop waits for it to end.
        found = await aside(partial(socket.getaddrinfo, host, port, 0, socket.SOCK_STREAM, socket.IPPROTO_TCP))
        return tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """httpcore's network layer with the guard in it. ``allowed`` sites are exempt from the check of their addresses."""

    def __init__(self, resolver: Resolver, allowed: frozenset[Site]) -> None:
        self._resolver = resolver
        self._allowed = allowed
        self._dialler = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Looks the name up, checks *every* address, dials the checked ones in turn.

        Raises :class:`Failed` with DNS or REFUSED, or httpcore's connection errors when no address answers.
        """
        ends = time.monotonic() + (timeout if timeout is not None else limits.CONNECT_TIMEOUT_S)
        addresses = await self._look_up(host, port, ends - time.monotonic())
        if (host.lower(), port) not in self._allowed:
            for address in addresses:
                if (what := refusal(address)) is not None:
                    raise Failed(Outcome.REFUSED, refused_address(host, port, address, what))
        tried = _alternate(addresses)[: limits.MAX_ADDRESSES_TRIED]
        for left, address in zip(range(len(tried), 0, -1), tried, strict=True):
            share = max(0.1, (ends - time.monotonic()) / left)
            try:
                return await self._dialler.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if left == 1:
                    raise
        raise Failed(Outcome.DNS, f"{host}: the name has no address; check the spelling in feeds.yaml")

    async def _look_up(self, host: str, port: int, timeout: float) -> Sequence[str]:
        advice = "check the spelling of the address and this machine's network"
        try:
            async with asyncio.timeout(timeout):
                return await self._resolver.resolve(host, port)
        except socket.gaierror as exc:
            raise Failed(Outcome.DNS, f"{host}: name not found ({exc.strerror or exc}); {advice}") from exc
        except TimeoutError as exc:
            raise Failed(Outcome.DNS, f"{host}: name lookup did not finish in time; {advice}") from exc
        except (OSError, UnicodeError) as exc:
            raise Failed(Outcome.DNS, f"{host}: name lookup failed ({exc}); {advice}") from exc


def refused_address(host: str, port: int, address: str, what: str) -> str:
    """The words for an address that :func:`refusal` turned down."""
    shown = host if host == address else f"{host} is {address}, which"
    return (
        f"{shown} is {what}: only public addresses are fetched; "
        f'if this is meant, add "{host}:{port}" to defaults.allow_hosts in feeds.yaml'
    )


def _alternate(addresses: Sequence[str]) -> list[str]:
    """IPv4 and IPv6 in turn, so that a broken IPv6 route does not use up every try."""
    six = [a for a in addresses if ":" in a]
    four = [a for a in addresses if ":" not in a]
    first, second = (six, four) if addresses and ":" in addresses[0] else (four, six)
    mixed = [a for pair in zip(first, second, strict=False) for a in pair]
    shorter = min(len(first), len(second))
    return mixed + first[shorter:] + second[shorter:]
