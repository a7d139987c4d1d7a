"""Kinds of value in feeds.yaml: durations, addresses, regular expressions, selectors. Each complains in one line."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import urlsplit

import soupsieve

from aggregator.config_nodes import Value
from aggregator.limits import MAX_DURATION_S, MAX_REGEX_CHARS, MAX_URL_CHARS
from aggregator.models import Utc
from aggregator.sources import windows

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)([smhdw])")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MEDIA_TYPE = re.compile(r"[a-z0-9][a-z0-9.+_-]*/[a-z0-9][a-z0-9.+_-]*")
_HOST_PORT = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})")
_GOVUK_PATH = re.compile(r"(?:/[A-Za-z0-9._~%-]+)+")
_SOME_DAY: Final = Utc("2000-02-29T00:00:00Z")


def slug(value: Value) -> str:
    """An id such as ``met-news``."""
    text = value.id_text()
    if len(text) > 60 or not _SLUG.fullmatch(text):
        allowed = "lower-case letters, digits and single hyphens, at most 60"
        raise value.error(f"{text[:60]!r} is not a slug; allowed: {allowed}")
    return text


def choice(value: Value, allowed: Collection[str]) -> str:
    """One of a few words."""
    text = value.text()
    if text not in allowed:
        raise value.error(f"{text[:60]!r} is not known; allowed: {', '.join(allowed)}")
    return text


def seconds(value: Value, least: float = 1.0) -> float:
    """A duration such as ``90s``, ``15m``, ``1h``, ``5d``, ``2w`` in seconds."""
    text = value.id_text()
    found = _DURATION.fullmatch(text)
    if not found:
        raise value.error(f"{text[:60]!r} is not a duration; allowed: a number and s, m, h, d or w, such as 15m or 1h")
    length = float(found[1]) * _UNITS[found[2]]
    if not least <= length <= MAX_DURATION_S:
        raise value.error(f"{text[:60]!r} is out of range; allowed: {least:g}s to {MAX_DURATION_S // 86_400}d")
    return length


def whole_seconds(value: Value) -> int:
    """A duration of whole seconds."""
    length = seconds(value)
    if length != int(length):
        raise value.error("fractions of a second are not allowed here")
    return int(length)


def regex(value: Value) -> str:
    """A regular expression (Python's `re`), short and without the nesting that makes matching explode."""
    text = value.exact_text(MAX_REGEX_CHARS)
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        problem = " ".join(str(error).split())
        raise value.error(f"not a regular expression: {problem}; allowed: Python's re syntax") from error
    if _explodes(text):
        raise value.error("a repeat within a repeated group, such as (a+)+, is not allowed: it can take for ever")
    return text


def address(value: Value) -> str:
    """An http or https address."""
    return _checked_address(value, value.text())


def template(value: Value) -> str:
    """An http or https address that may hold date windows (see :mod:`aggregator.sources.windows`)."""
    text = value.text()
    try:
        windows.expand(text, _SOME_DAY)
    except ValueError as error:
        raise value.error(str(error)) from error
    _checked_address(value, windows.blank(text))
    return text


def _checked_address(value: Value, text: str) -> str:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise value.error(f"{text[:60]!r} is not an address; allowed: http:// or https://") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise value.error(f"{text[:60]!r} is not an address; allowed: http:// or https:// and a host")
    if "@" in parts.netloc:
        raise value.error("a user name or password in an address is not allowed")
    if len(text) > MAX_URL_CHARS or re.search(r"[\s\\<>\"]", text):
        raise value.error(f"blanks, backslashes, quotes, <> and more than {MAX_URL_CHARS} characters are not allowed")
    return text


def selector(value: Value) -> str:
    """A CSS selector."""
    text = value.text(MAX_REGEX_CHARS)
    try:
        soupsieve.compile(text)
    except (soupsieve.SelectorSyntaxError, ValueError, RecursionError) as error:
        problem = str(error).splitlines()[0] if str(error) else "syntax error"
        raise value.error(f"not a CSS selector: {problem}; allowed: what soupsieve reads") from error
    return text


def media_type(value: Value) -> str:
    """A media type such as ``application/json``."""
    text = value.text().lower()
    if not _MEDIA_TYPE.fullmatch(text):
        raise value.error(f"{text[:60]!r} is not a media type; allowed: type/subtype such as application/json")
    return text


def host_port(value: Value) -> str:
    """``host:port``."""
    text = value.text()
    found = _HOST_PORT.fullmatch(text)
    if not found or not 0 < int(found[1]) < 65_536:
        raise value.error(f'{text[:60]!r} is not a host with its port; allowed: "host:port"')
    return text


def content_path(value: Value) -> str:
    """A base path on GOV.UK, such as ``/guidance/stop-and-search``."""
    text = value.text()
    if len(text) > 500 or not _GOVUK_PATH.fullmatch(text) or "/.." in text or "/./" in text:
        raise value.error(f"{text[:60]!r} is not a path on GOV.UK; allowed: /guidance/example, without host or query")
    return text


def external_id(value: Value) -> str:
    """An id, or the exact name, that a publisher gave: letters, digits, blanks and ``_-.,&'()``."""
    text = value.id_text()
    if len(text) > 100 or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9 _.,&'()-]*", text):
        raise value.error(f"{text[:60]!r} is not an id; allowed: letters, digits, blanks and _-.,&'(), at most 100")
    return text


def _explodes(pattern: str) -> bool:
    """Whether an unbounded repeat stands inside a group that is itself repeated without bound."""
    pattern = re.sub(r"\\.", "_", pattern, flags=re.DOTALL)
    pattern = re.sub(r"\[\^?\]?[^\]]*\]", "_", pattern)
    inside = [False]  # for each open group: whether a repeat stands in it
    for found in re.finditer(r"\(|(?P<close>\))?(?P<more>[*+]|\{\d*,\})|\)", pattern):
        if found[0] == "(":
            inside.append(False)
            continue
        if found[0].startswith(")"):
            repeats = inside.pop() if len(inside) > 1 else False
            if repeats and found["more"]:
                return True
            inside[-1] = inside[-1] or repeats
        inside[-1] = inside[-1] or bool(found["more"])
    return False
