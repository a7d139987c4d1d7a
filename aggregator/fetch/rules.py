"""The rules an address must keep before anything is looked up, for the first request and for every redirect."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

import httpx

from aggregator import limits
from aggregator.errors import ConfigError
from aggregator.fetch.failures import Failed
from aggregator.fetch.guard import Site, refusal, refused_address
from aggregator.models import Outcome

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_.])?")
_USER: Final = re.compile(r"[^/?#]*//[^/?#]*@")  # also an empty one, which the URL parser drops
# C0, DEL, C1, and what Unicode adds to line ends and to text direction: nothing of it belongs in an address.
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def allowed_sites(entries: Iterable[str]) -> frozenset[Site]:
    """``defaults.allow_hosts`` as (host, port). Raises :class:`ConfigError` unless each is ``host:port``."""
    sites = set()
    for entry in entries:
        host, _, port = entry.rpartition(":")
        host = host.removeprefix("[").removesuffix("]").lower()
        if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
            raise ConfigError(f'"{entry}" is not "host:port", such as "intranet.example:8080"', subject="allow_hosts")
        sites.add((host, int(port)))
    return frozenset(sites)


def site(url: httpx.URL) -> Site:
    """Host and port that this address connects to."""
    port = url.port if url.port is not None else _DEFAULT_PORTS[url.scheme]
    return url.raw_host.decode("ascii").lower(), port


def origin(url: httpx.URL) -> str:
    """``scheme://host[:port]``: what a robots.txt speaks for."""
    return f"{url.scheme}://{url.netloc.decode('ascii')}"


def checked_url(text: str, allowed: frozenset[Site]) -> httpx.URL:
    """The address as it will be dialled, without fragment.

    Raises :class:`Failed` (REFUSED) for other schemes than http and https, user names, backslashes and control
    characters (two parsers read them differently, which is how guards are passed), zone ids, addresses that are not
    public and ports other than 80 and 443, unless ``allowed`` names the host and port.
    """
    if len(text) > limits.MAX_URL_CHARS:
        raise _refused(text, f"longer than {limits.MAX_URL_CHARS} characters")
    if "\\" in text or _CONTROL.search(text):
        raise _refused(text, "holds a backslash or a control character")
    try:
        url = httpx.URL(text.strip()).copy_with(fragment=None)
        host = url.raw_host.decode("ascii").lower()
    except (httpx.InvalidURL, ValueError, TypeError) as exc:
        raise _refused(text, f"cannot be read ({exc})") from exc
    if url.scheme not in _DEFAULT_PORTS:
        raise _refused(text, "is not http or https")
    if url.userinfo or _USER.match(text):
        raise _refused(text, "holds a user name or password")
    _check_host(text, host)
    if site(url) not in allowed:
        _check_public(text, *site(url))
    return url


def next_hop(here: httpx.URL, location: str, allowed: frozenset[Site]) -> httpx.URL:
    """Where a redirect leads, under the same rules.

    Raises :class:`Failed` (REFUSED) also for https → http, and for a public site that points at one which only
    ``allow_hosts`` makes reachable: the exception was made for us, not for it.
    """
    if not location.strip():
        raise _refused(str(here), "redirects without saying where")
    if "\\" in location or _CONTROL.search(location):
        raise _refused(location, "is a redirect with a backslash or a control character")
    try:
        joined = str(here.join(location.strip()))
    except (httpx.InvalidURL, ValueError, TypeError) as exc:
        raise _refused(location, f"is a redirect that cannot be read ({exc})") from exc
    there = checked_url(joined, allowed)
    if here.scheme == "https" and there.scheme == "http":
        raise _refused(str(there), f"is where {here.host} redirects to, from https down to http")
    if site(there) in allowed and site(here) not in allowed:
        raise _refused(str(there), f"is an allow_hosts exception, and {here.host} may not redirect there")
    return there


def _check_host(text: str, host: str) -> None:
    if not host:
        raise _refused(text, "has no host")
    if ":" in host:  # the URL parser has made sure that it is an IPv6 address
        if "%" in host:
            raise _refused(text, "names a network interface (zone id)")
    elif not _HOST.fullmatch(host):
        raise _refused(text, "has a host name with characters that do not belong there")


def _check_public(text: str, host: str, port: int) -> None:
    if port not in (80, 443):
        raise _refused(text, f'uses port {port}; if this is meant, add "{host}:{port}" to allow_hosts in feeds.yaml')
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return  # a name: its addresses are checked when it is dialled
    if (what := refusal(address)) is not None:
        raise Failed(Outcome.REFUSED, refused_address(host, port, host, what))


def _refused(text: str, why: str) -> Failed:
    shown = _CONTROL.sub("�", text[:200]) + ("…" if len(text) > 200 else "")
    return Failed(Outcome.REFUSED, f'not fetched: "{shown}" {why}')
