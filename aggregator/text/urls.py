"""Addresses: which are safe to store and link to, what makes two of them the same, what identity lies in them."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from urllib.parse import SplitResult, parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from aggregator.limits import MAX_URL_CHARS

_SCHEME = re.compile(r"[a-z][a-z0-9+.\-]*:", re.IGNORECASE)
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]")
_BLANKS = re.compile(r"[\s\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.\-]*[a-z0-9_])?|\[[0-9a-f:.]+\]")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})?")
_TRACKING = re.compile(
    # campaign words of analytics packages; at_* is what the BBC adds to the links of its own feeds
    r"utm_.*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|twclid|igshid|mc_cid|mc_eid|_ga|at_(?:medium|campaign|link_\w+)",
    re.IGNORECASE,
)
_TRAILING = re.compile(r"/([A-Za-z][\w\-]*)/[^/]*?-(\d+)/?$")
_PORTS = {"http": 80, "https": 443}
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def resolve(url: str, base: str = "") -> str | None:
    """Absolute http/https address of a link, safe to store and to put into a page; its fragment and query are kept.

    None for everything that is not one: other schemes (also written with character references), control and
    invisible characters, backslashes, user names in the address, no host, or longer than ``limits.MAX_URL_CHARS``.
    A relative link needs an absolute ``base``.
    """
    if len(url) > MAX_URL_CHARS:
        return None
    url = url.strip(" \t\r\n\f").replace("&amp;", "&")
    if not url or _FORBIDDEN.search(url) or _hidden_scheme(url):
        return None
    try:
        parts = urlsplit(urljoin(base, url) if base else url)
        netloc = _netloc(parts)
    except ValueError:  # bad port, bad IPv6, text that NFKC would turn into a delimiter
        return None
    if netloc is None:
        return None
    path = _dotless(_escaped(parts.path)) or "/"
    safe = urlunsplit((parts.scheme, netloc, path, _escaped(parts.query), _escaped(parts.fragment)))
    return safe if len(safe) <= MAX_URL_CHARS else None


def canonical(url: str, base: str = "") -> str | None:
    """The form under which an address is stored and compared: :func:`resolve` without fragment and campaign words.

    The scheme and the order of the query stay: servers may tell them apart.
    """
    safe = resolve(url, base)
    if safe is None:
        return None
    parts = urlsplit(safe)
    kept = [pair for pair in parts.query.split("&") if pair and not _TRACKING.fullmatch(pair.partition("=")[0])]
    return urlunsplit((parts.scheme, parts.netloc, parts.path, "&".join(kept), ""))


def trailing_number(url: str) -> str | None:
    """Identity of a Mynewsdesk item: ``…/news/<slug>-512753`` → ``news-512753``. The slug follows the headline."""
    try:
        found = _TRAILING.search(urlsplit(url).path)
    except ValueError:
        return None
    return f"{found[1].lower()}-{found[2]}" if found else None


def govuk_path(url: str) -> str | None:
    """Content path of a GOV.UK address, an Atom id of a finder feed, or a bare path; None when it is not GOV.UK.

    Identity on GOV.UK is the path: organisation feeds give a document a new id at each major update.
    """
    found = re.match(r"tag:www\.gov\.uk,\d{4}:(/.*)", url)
    absolute = canonical(found[1] if found else url, "https://www.gov.uk/")
    if absolute is None:
        return None
    parts = urlsplit(absolute)
    if parts.netloc not in ("www.gov.uk", "gov.uk"):
        return None
    return parts.path.rstrip("/") or "/"


def _hidden_scheme(url: str) -> bool:
    """Whether the address has a scheme other than http(s), if need be behind character references and blanks."""
    for _ in range(3):
        found = _SCHEME.match(_BLANKS.sub("", url))
        if found and found[0].lower() not in ("http:", "https:"):
            return True
        url = html.unescape(url)
    return False


def _netloc(parts: SplitResult) -> str | None:
    """Host and port in normal form, None when there is none or it carries a user name."""
    if parts.scheme not in _PORTS or "@" in parts.netloc or not parts.hostname:
        return None
    host, port = parts.hostname.rstrip("."), parts.port
    if not host.isascii():
        host = host.encode("idna").decode("ascii")
    if ":" in host:
        host = f"[{host}]"
    if len(host) > 253 or not _HOST.fullmatch(host):
        return None
    return host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"


def with_query(address: str, changes: Mapping[str, str]) -> str:
    """The address with these query parameters put in or replaced; commas and colons stay as they are."""
    parts = urlsplit(address)
    kept = [(k, v) for k, v in parse_qsl(parts.query, keep_blank_values=True) if k not in changes]
    return urlunsplit(parts._replace(query=urlencode([*kept, *changes.items()], safe=",:")))


def _escaped(text: str) -> str:
    """Percent-encoding in the one form of RFC 3986 §6.2.2: needed ones only, hex digits in capitals."""
    return quote(_ESCAPE.sub(_escape, text), safe="/:@!$&'()*+,;=-._~?%[]")


def _escape(found: re.Match[str]) -> str:
    if not found[1]:
        return "%25"  # a lone percent sign
    char = chr(int(found[1], 16))
    return char if char in _UNRESERVED else found[0].upper()


def _dotless(path: str) -> str:
    """The path without ``.`` and ``..`` segments (RFC 3986 §5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for segment in segments[1:]:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    tail = "/" if segments[-1] in (".", "..") and kept and kept[-1] else ""
    return "/" + "/".join(kept) + tail
