"""Kind ``police-stops``: the months of stop and search that a force has published on data.police.uk.

The list of months (``crimes-street-dates``) says which months the force has published; each is one answer of
``stops-force``. With every new month data.police.uk publishes the whole window of 36 months anew, so the newest month
listed is what a month is remembered by: it is asked for once per publication, newest first, `follow` of them a round.
A first run walks back in slices; a month that turns up late is asked for as soon as it is listed.

Not available is never zero: 404 and ``[]`` for a listed month are said and leave it as it stood.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from aggregator.errors import ParseError
from aggregator.limits import DEFAULT_STOP_MONTHS
from aggregator.models import Outcome, Page, Parsed, Request, Source, Utc
from aggregator.sources.jsonread import load_list
from aggregator.sources.kind import SourceKind
from aggregator.statistics.errors import NotTakenError
from aggregator.statistics.importers.stops import METROPOLITAN, read_dates
from aggregator.statistics.model import FileData, MonthsAvailable, StopsData
from aggregator.statistics.periods import month_of
from aggregator.statistics.read import read_bytes

ACCEPT: Final = "application/json"
MONTH: Final = "month"
_LIST: Final = "crimes-street-dates"


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """The list of months. The force is the first of `ids`, else the Met."""
    return (Request(source.url, accept=ACCEPT),)


def parse(source: Source, page: Page) -> Parsed:
    """The list: which months there are, and requests for each. A month: its stops, if they are there.

    Raises :class:`ParseError` on anything else; what is stored of the month stays as it is.
    """
    if page.request.role == MONTH:
        return _month(source, page)
    if page.status >= 400:
        return _refused(page)
    data = read_dates(source.id, load_list(source, page), _force(source))
    (available,) = data.parts
    if not isinstance(available, MonthsAvailable) or not available.listed:
        raise ParseError("the list of months is empty", subject=source.id)
    newest = available.listed[-1]
    follow = tuple(_request(source, month, newest) for month in reversed(available.present))
    return Parsed(follow=follow, release=data)


def most(source: Source) -> int:
    """Requests a round may make: the list and so many months."""
    return 1 + (source.options.follow or DEFAULT_STOP_MONTHS)


def _force(source: Source) -> str:
    return source.options.ids[0] if source.options.ids else METROPOLITAN


def _request(source: Source, month: str, newest: str) -> Request:
    """…/api/crimes-street-dates → …/api/stops-force?force=…&date=…. Without a date the API gives some other month."""
    parts = urlsplit(source.url)
    path = parts.path.rstrip("/").removesuffix(_LIST) + "stops-force"
    query = urlencode({"force": _force(source), "date": month})
    address = urlunsplit(parts._replace(path=path, query=query))
    return Request(address, role=MONTH, accept=ACCEPT, context=month, hint=newest)


def _month(source: Source, page: Page) -> Parsed:
    month = page.request.context
    if month_of(month) != month:
        raise ParseError(f"{month!r} is no month", subject=source.id)
    if page.status == 404:
        return _unavailable(month, "the answer is 404")
    if page.status >= 400:
        return _refused(page)
    try:
        data = read_bytes(f"{month}-{_force(source)}-stop-and-search.json", page.body)
    except NotTakenError:
        return _unavailable(month, "the answer is an empty list")
    parts = tuple(part for part in data.parts if isinstance(part, StopsData) and part.month == month)
    if not parts:
        raise ParseError(f"the answer for {month} holds no stop of that month", subject=source.id)
    return Parsed(release=FileData(_of(parts, _force(source)), data.problems), problems=data.problems)


def _of(parts: tuple[StopsData, ...], force: str) -> tuple[StopsData, ...]:
    """The answer does not say whose stops they are; the request did."""
    return tuple(replace(part, force=force) for part in parts)


def _unavailable(month: str, why: str) -> Parsed:
    return Parsed(problems=(f"{month} is listed and not available: {why}; not taken for zero",))


def _refused(page: Page) -> Parsed:
    return Parsed(outcome=Outcome.HTTP_4XX, error=f"{page.url}: the server answers {page.status}")


KIND = SourceKind(
    name="police-stops",
    plan=plan,
    parse=parse,
    options=frozenset({"ids", "follow"}),
    reads=frozenset({Outcome.OK, Outcome.MOVED, Outcome.HTTP_4XX}),
    single=False,
    most=most,
)
