"""Reading the response headers that we act on. Pure; a header that makes no sense counts as absent."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpx

from aggregator import limits
from aggregator.clock import epoch
from aggregator.models import Utc, Validators

_MAX_DELTA: Final = 2**31  # RFC 9111 §1.2.2: what a recipient that cannot hold a number of seconds takes it for
_MAX_AGE: Final = re.compile(r'max-age\s*=\s*"?(\d+)"?')
_CHARSET: Final = re.compile(r""";\s*charset\s*=\s*["']?([\w.:-]+)""", re.IGNORECASE)
_PRINTABLE: Final = re.compile(r"[\x20-\x7e]+")


def content_type(headers: httpx.Headers) -> tuple[str, str]:
    """Media type and charset, both lower case, "" where absent."""
    return type_and_charset(headers.get("content-type", ""))


def type_and_charset(value: str) -> tuple[str, str]:
    """The same of the text of the header: what is kept of an answer must be read as the answer was."""
    charset = _CHARSET.search(value)
    return value.partition(";")[0].strip().lower(), charset.group(1).lower() if charset else ""


def codings(headers: httpx.Headers) -> tuple[str, ...]:
    """The Content-Encodings in the order applied, lower case, over all header lines."""
    listed = ",".join(headers.get_list("content-encoding"))
    return tuple(c for part in listed.split(",") if (c := part.strip().lower()))


def retry_after(headers: httpx.Headers, now: Utc) -> int | None:
    """Seconds to wait by Retry-After (RFC 9110 §10.2.3: seconds or a date). None past limits.MAX_RETRY_AFTER_S, as where there is none."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    seconds = _seconds(value)
    if seconds is None:
        when = _date(value)
        if when is None:
            return None
        seconds = max(0, int(when.timestamp()) - epoch(now))
    return seconds if seconds <= limits.MAX_RETRY_AFTER_S else None


def max_age(headers: httpx.Headers) -> int | None:
    """Seconds for which the answer is fresh: Cache-Control max-age less Age. None where it says not to keep it."""
    directives = ",".join(headers.get_list("cache-control")).lower()
    if "no-store" in directives or "no-cache" in directives:
        return None
    ages = [s for digits in _MAX_AGE.findall(directives) if (s := _seconds(digits)) is not None]
    if not ages:
        return None
    spent = _seconds(headers.get("age", "").strip()) or 0
    return max(0, min(ages) - spent)


def validators(headers: httpx.Headers) -> Validators:
    """ETag and Last-Modified, unless too long or not plain ASCII: they must survive being sent back."""
    return Validators(etag=_plain(headers.get("etag", "")), last_modified=_plain(headers.get("last-modified", "")))


def conditions(known: Validators, *, redirected: bool) -> dict[str, str]:
    """The conditional request headers for what is known of a URL.

    Past a redirect only the ETag is sent: a date says nothing of *which* page it belongs to, and a feed that starts to
    redirect to an old page would read as "not modified" for ever.
    """
    asked = {"If-None-Match": _plain(known.etag)}
    if not redirected:
        asked["If-Modified-Since"] = _plain(known.last_modified)
    return {name: value for name, value in asked.items() if value}


def _plain(value: str) -> str:
    value = value.strip()
    return value if len(value) <= limits.MAX_VALIDATOR_CHARS and _PRINTABLE.fullmatch(value) else ""


def _seconds(text: str) -> int | None:
    if not text.isascii() or not text.isdigit():
        return None
    return int(text) if len(text) < 10 else _MAX_DELTA


def _date(text: str) -> datetime | None:
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)
