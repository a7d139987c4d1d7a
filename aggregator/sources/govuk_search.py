"""GOV.UK search API (`search.json`): one entry per result.

Source of the rules: alphagov/search-api, `docs/using-the-search-api.md`. The API hides withdrawn documents unless asked
with ``debug=include_withdrawn``, and answers 422 to a parameter it does not know.
"""

from __future__ import annotations

from typing import Final

from aggregator.errors import ParseError
from aggregator.limits import MAX_SUMMARY_CHARS, MAX_TITLE_CHARS
from aggregator.models import Entry, Outcome, Page, Parsed, Request, Source, Status, Utc
from aggregator.sources import govuk, windows
from aggregator.sources.jsonread import Json, flag, load, load_object, number, objects, required_list, text
from aggregator.sources.kind import SourceKind
from aggregator.text import urls
from aggregator.text.normalise import clean

_ACCEPT: Final = "application/json"
_BACKFILL_COUNT: Final = 500


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """The address of the source, its date windows filled in."""
    return (Request(windows.expand(source.url, now), accept=_ACCEPT),)


def archive(source: Source, since: Utc | None, now: Utc) -> tuple[Request, ...]:
    """The first page, oldest first, of everything the search finds; each page leads to the next."""
    changes = {"start": "0", "count": str(_BACKFILL_COUNT), "order": "public_timestamp"}
    if since:
        changes["filter_public_timestamp"] = f"from:{since[:10]}"
    return (Request(urls.with_query(windows.expand(source.url, now), changes), role="archive", accept=_ACCEPT),)


def parse(source: Source, page: Page) -> Parsed:
    """Entries of one page of results. Raises :class:`ParseError` for anything but an answer of the search API."""
    document = answer(source, page)
    found = objects(document["results"])
    entries: list[Entry] = []
    problems: list[str] = []
    for position, result in enumerate(found, start=1):
        entry = _entry(source, result, page.fetched_at)
        if entry is None:
            problems.append(f"result {position} has no usable link or title: {clean(text(result, 'link'), 80)!r}")
        else:
            entries.append(entry)
    follow = following(page, document, len(found)) if page.request.role == "archive" else ()
    outcome = None if found or page.request.role == "archive" else Outcome.EMPTY
    return Parsed(tuple(entries), follow, tuple(problems), outcome)


def answer(source: Source, page: Page) -> Json:
    """An answer of the search API that has its list ``results``. Raises :class:`ParseError`, a 422 explained."""
    if page.status >= 400:
        raise ParseError(_refusal(source, page), subject=source.id)
    document = load_object(source, page)
    required_list(source, document, "results")
    return document


def _refusal(source: Source, page: Page) -> str:
    try:
        document = load(source, page)
    except ParseError:
        document = None
    said = text(document, "error") or text(document, "message")
    why = f": {clean(said, 200)}" if said else ""
    if page.status == 422:
        return f"HTTP 422: the search API does not know a parameter of this address{why}; correct `url` in feeds.yaml"
    return f"HTTP {page.status} from the search API{why}"


def path_or_url(source: Source, result: Json) -> tuple[str, str | None] | None:
    """Key and address of a result: the content path on GOV.UK, else the address itself. None when there is neither."""
    link = text(result, "link") or text(result, "_id")
    path = govuk.path_of(source, link) if link.strip() else None
    if path and path != "/":
        return path, govuk.page_url(source, path)
    elsewhere = urls.canonical(link)
    return (elsewhere, elsewhere) if elsewhere else None


def _entry(source: Source, result: Json, now: Utc) -> Entry | None:
    place = path_or_url(source, result)
    title = clean(text(result, "title"), MAX_TITLE_CHARS)
    if place is None or not title:
        return None
    updated = govuk.instant(text(result, "public_timestamp"), now)
    first = govuk.published(text(result, "first_published_at"), now)
    published = first if first.at else updated
    withdrawn = flag(result, "is_withdrawn")
    document_type = text(result, "content_store_document_type")
    organisations = result.get("organisations")
    return Entry(
        key=place[0],
        url=place[1],
        title=title,
        summary=clean(text(result, "description"), MAX_SUMMARY_CHARS),
        published_at=published.at,
        published_raw=published.raw,
        date_quality=published.quality,
        modified_at=updated.at,
        change_note=clean(text(result, "latest_change_note"), MAX_SUMMARY_CHARS),
        status=Status.WITHDRAWN if withdrawn else Status.LIVE,
        status_note="marked as withdrawn in GOV.UK search" if withdrawn else "",
        kind=govuk.kind_of(document_type),
        categories=tuple(filter(None, (clean(c, 100) for c in (document_type, *_titles(organisations))))),
    )


def _titles(organisations: object) -> list[str]:
    return [text(organisation, "title") for organisation in objects(organisations)]


def following(page: Page, document: Json, found: int) -> tuple[Request, ...]:
    """The next page of a backfill, until ``start`` reaches ``total``."""
    start, total = number(document, "start") or 0, number(document, "total") or 0
    if not found or start + found >= total:
        return ()
    url = urls.with_query(page.request.url, {"start": str(start + found)})
    return (Request(url, role="archive", accept=_ACCEPT, context=page.request.context),)


KIND: Final = SourceKind(
    name="govuk-search",
    plan=plan,
    parse=parse,
    reads=frozenset({Outcome.OK, Outcome.MOVED, Outcome.HTTP_4XX}),
    archive=archive,
)
