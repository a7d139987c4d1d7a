"""Helpers for lists in HTML: dates wherever a row has them, the link to the next page, keys where there is no id."""

from __future__ import annotations

import hashlib
import re
from typing import Final
from urllib.parse import parse_qs, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from aggregator.limits import DATE_WINDOW_CHARS, MAX_DATE_CHARS
from aggregator.models import DateQuality, Page, Utc
from aggregator.text import dates, urls
from aggregator.text.normalise import fold

_MONTHS: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_CLOCK: Final = r"\d{1,2}[:.]\d{2}(?:\s*[ap]m\b)?"
_DATE = re.compile(
    rf"(?:(?P<clock>{_CLOCK})\s+)?"
    rf"(?:\b\d{{1,2}}(?:st|nd|rd|th)?\s+(?:{_MONTHS})[a-z]*\.?,?\s+\d{{4}}"
    rf"|\b(?:{_MONTHS})[a-z]*\.?\s+\d{{1,2}},\s*\d{{4}}"
    r"|\b\d{1,2}/\d{1,2}/\d{4}|\b\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2})?)?)"
    rf"(?(clock)|(?:,?\s+(?:at\s+)?{_CLOCK})?(?:\s+(?:GMT|BST|UTC)\b)?)",
    re.IGNORECASE,
)
_NEXT_WORDS = re.compile(r"^(?:next(?: page)?|older(?: posts| news)?|show more|load more|more news)\W*$", re.IGNORECASE)


def date_in(element: Tag | None, now: Utc, *, whole: bool = True) -> dates.When:
    """The first date of an element: a `<time datetime>`, else its whole text, else a date within its text.

    Where readers are shown a day or a month, the clock of the attribute is filler (Drupal writes noon): the text decides.
    With ``whole``, the element is meant to hold a date and nothing else: text that is none is then a bad date.
    """
    if element is None:
        return dates.parse("")
    for moment in [element, *element.select("time")]:
        if moment.name == "time" and isinstance(moment.get("datetime"), str):
            when = dates.parse(str(moment["datetime"]), now=now)
            if when.at:
                return _as_shown(moment, when, now)
    text = " ".join(element.get_text(" ").split())[:DATE_WINDOW_CHARS]
    found = date_in_text(text, now)
    return found if found.at or not whole else dates.parse(text[:MAX_DATE_CHARS], now=now)


def _as_shown(moment: Tag, when: dates.When, now: Utc) -> dates.When:
    """What a `<time>` shows, where that is the day or month of its attribute and no more."""
    text = " ".join(moment.get_text(" ").split())
    shown = dates.parse(text, now=now) if len(text) <= MAX_DATE_CHARS else dates.parse("")
    if when.at is None or shown.at is None or when.quality not in (DateQuality.EXACT, DateQuality.LOCAL):
        return when
    length = {DateQuality.DAY: len("2027-01-31"), DateQuality.MONTH: len("2027-01")}.get(shown.quality, 0)
    same = length and f"{dates.london(when.at):%Y-%m-%d}"[:length] == shown.at[:length]
    return shown if same else when


def date_in_text(text: str, now: Utc) -> dates.When:
    """The first date of a text in one of the styles of the lists we read."""
    entire = dates.parse(text, now=now) if len(text) <= MAX_DATE_CHARS else dates.parse("")
    if entire.at:
        return entire
    for found in _DATE.finditer(text):
        when = dates.parse(found[0], now=now)
        if when.at:
            return when
    return dates.parse("")


def next_page(tree: BeautifulSoup, page: Page, parameter: str = "page") -> str | None:
    """Address of the next page of a list, on the same host: what the page calls so, else ``?page=`` counted on.

    Counting needs the parameter in the address asked for: a list that has no pages is not asked for a second one.
    """
    for link in tree.select('a[rel~="next"][href], link[rel~="next"][href], a[href]'):
        rel = link.get("rel")
        if (isinstance(rel, list) and "next" in rel) or _NEXT_WORDS.match(link.get_text(" ").strip()):
            url = urls.canonical(str(link["href"]), page.url)
            if url and _same_host(url, page.url) and url != urls.canonical(page.url):
                return url
    return counted_on(page.url, parameter)


def counted_on(url: str, parameter: str = "page") -> str | None:
    """The address with the number of its page raised by one; None where it has none."""
    given = parse_qs(urlsplit(url).query).get(parameter, [""])[-1]
    if not re.fullmatch(r"\d{1,6}", given):
        return None
    return re.sub(rf"([?&]{re.escape(parameter)}=)\d+", rf"\g<1>{int(given) + 1}", url)


def digest(*parts: str) -> str:
    """A key for what its publisher gives no id or address: SHA-256 (hex) over its folded parts."""
    return hashlib.sha256("\x1f".join(fold(part) for part in parts).encode()).hexdigest()


def absolute(href: str, page: Page) -> str | None:
    """Canonical address of a link of the page."""
    return urls.canonical(href, page.url)


def same_site(url: str, page: Page) -> bool:
    """Whether an address is on the host of the page."""
    return _same_host(url, page.url)


def _same_host(one: str, other: str) -> bool:
    return urlsplit(urljoin(other, one)).netloc == urlsplit(other).netloc
