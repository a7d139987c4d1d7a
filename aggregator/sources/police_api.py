"""data.police.uk neighbourhood data: which wards a round asks about, and what events and priorities share.

A force has several hundred wards and each costs one request, so a round asks about the next `follow` of them; the
slice moves on with the time of the round, one slice per `every`. `ids:` narrows the wards to those named.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from aggregator.limits import DEFAULT_FOLLOW, MAX_TITLE_CHARS
from aggregator.models import Outcome, Page, Parsed, Request, Source, Utc
from aggregator.sources.jsonread import Json, identifier, load_list, objects, text
from aggregator.text.dates import to_datetime
from aggregator.text.normalise import clean

ACCEPT: Final = "application/json"


def plan(source: Source, now: Utc, what: str) -> tuple[Request, ...]:
    """The list of neighbourhoods; with `ids:`, straight to this round's slice of them."""
    if not source.options.ids:
        return (Request(source.url, accept=ACCEPT, context=now),)  # an unchanged list still leads to the next slice
    return _requests(source, [(item, "") for item in source.options.ids], what, now)


def neighbourhoods(source: Source, page: Page, what: str) -> Parsed:
    """Requests for this round's slice of the neighbourhoods listed. ``what`` is ``events`` or ``priorities``."""
    wards = []
    for item in objects(load_list(source, page)):
        number = identifier(item, "id")
        if number:
            wards.append((number, clean(text(item, "name"), 200)))
    follow = _requests(source, wards, what, Utc(page.request.context) or page.fetched_at)
    return Parsed((), follow, (), None if wards else Outcome.EMPTY)


def ward(page: Page) -> tuple[str, str]:
    """Id and name of the neighbourhood a page is about; the name may be unknown."""
    number, _, name = page.request.context.partition("|")
    return number, name


def place(page: Page) -> str:
    """The neighbourhood's name, else its id."""
    number, name = ward(page)
    return name or number


def field(item: Json, name: str) -> str:
    """Text under a key that the API writes with a hyphen in one place and an underscore in another."""
    return text(item, name) or text(item, name.replace("-", "_")) or text(item, name.replace("_", "-"))


def heading(*parts: str) -> str:
    """A title from parts, those that are empty left out."""
    return clean(": ".join(filter(None, parts)), MAX_TITLE_CHARS)


def _requests(source: Source, wards: list[tuple[str, str]], what: str, now: Utc) -> tuple[Request, ...]:
    return tuple(
        Request(_address(source.url, number, what), role="item", accept=ACCEPT, context=f"{number}|{name}")
        for number, name in _slice(source, wards, now)
    )


def _slice(source: Source, wards: list[tuple[str, str]], now: Utc) -> list[tuple[str, str]]:
    size = min(source.options.follow or DEFAULT_FOLLOW, len(wards))
    if not wards:
        return []
    rounds = int(to_datetime(now).timestamp()) // source.every_s
    start = (rounds * size) % len(wards)
    return [wards[(start + i) % len(wards)] for i in range(size)]


def _address(list_url: str, number: str, what: str) -> str:
    """…/api/<force>/neighbourhoods → …/api/<force>/<id>/<what>."""
    parts = urlsplit(list_url)
    force = parts.path.rstrip("/").removesuffix("/neighbourhoods")
    return urlunsplit(parts._replace(path=f"{force}/{quote(number, safe='')}/{what}", query=""))
