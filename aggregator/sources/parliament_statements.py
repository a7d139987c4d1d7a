"""Written statements by ministers (`questions-statements-api`, `/api/writtenstatements/statements`)."""

from __future__ import annotations

from typing import Final

from aggregator.limits import MAX_BODY_CHARS, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS
from aggregator.models import Entry, Outcome, Page, Parsed, Request, Source, Utc
from aggregator.sources import parliament
from aggregator.sources.jsonread import (
    Json,
    child,
    children,
    identifier,
    load_object,
    number,
    objects,
    required_list,
    text,
)
from aggregator.sources.kind import SourceKind
from aggregator.text import html
from aggregator.text.normalise import clean, shorten

_SUMMARY: Final = 400


def parse(source: Source, page: Page) -> Parsed:
    """One entry per statement. Raises :class:`ParseError` for anything but an answer of this API."""
    document = load_object(source, page)
    results = objects(required_list(source, document, "results"))
    entries: list[Entry] = []
    problems: list[str] = []
    for position, item in enumerate(results, start=1):
        entry = _entry(child(item, "value"), page)
        if entry is None:
            problems.append(f"statement {position} has no id or no title")
        else:
            entries.append(entry)
    outcome = None if results or page.request.role == "archive" else Outcome.EMPTY
    return Parsed(tuple(entries), _next(page, document, len(results)), tuple(problems), outcome)


def archive(source: Source, since: Utc | None, now: Utc) -> tuple[Request, ...]:
    """Statements by the month in which they were made."""
    return parliament.windows_back(source, since, now, "madeWhenFrom", "madeWhenTo")


def _next(page: Page, document: Json, count: int) -> tuple[Request, ...]:
    url = (
        parliament.next_skip(page, count, number(document, "totalResults")) if page.request.role == "archive" else None
    )
    return (Request(url, role="archive", accept=parliament.ACCEPT),) if url else ()


def _entry(statement: Json, page: Page) -> Entry | None:
    uin = parliament.ref("UIN", statement, "uin")
    key = clean(identifier(statement, "id"), 100) or uin
    title = clean(text(statement, "title"), MAX_TITLE_CHARS)
    if not key or not title:
        return None
    made = parliament.moment(statement, "dateMade", page.fetched_at)
    body = clean(html.to_text(text(statement, "text")), MAX_BODY_CHARS)
    files = (parliament.attachment(item, page) for item in children(statement, "attachments"))
    return Entry(
        key=key,
        url=None,  # neither a public nor an API address of one statement is documented
        title=title,
        summary=shorten(body, min(_SUMMARY, MAX_SUMMARY_CHARS)),
        body=body,
        html=html.sanitise(text(statement, "text"), page.url),
        published_at=made.at,
        published_raw=made.raw,
        date_quality=made.quality,
        kind="statement",
        refs=(uin,) if uin else (),
        categories=tuple(filter(None, (clean(text(statement, "answeringBodyName"), 200), parliament.house(statement)))),
        attachments=tuple(item for item in files if item is not None),
    )


KIND: Final = SourceKind(name="parliament-statements", plan=parliament.plan, parse=parse, archive=archive)
