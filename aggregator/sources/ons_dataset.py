"""Kind ``ons-dataset``: the editions of an ONS data set, each an update of kind statistics with its files.

Every page of www.ons.gov.uk has its content as JSON under ``/data``. A data set's page lists its editions, newest first;
an edition says when it was released, which files it has, and, if a file was replaced, the notice of correction. Names of
editions and files follow no rule, so they are always looked up. Only the edition is noticed: its figures are not read.

The shapes are those of ONS's own client (ONSdigital/dp-api-clients-go, package zebedee).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit

from aggregator.errors import ParseError
from aggregator.limits import MAX_KEY_CHARS, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS, MAX_URL_CHARS
from aggregator.models import Attachment, DeclaredChange, Entry, Outcome, Page, Parsed, Request, Source, Utc
from aggregator.sources.jsonread import Json, child, children, load_object, objects, required_list, text
from aggregator.sources.kind import SourceKind
from aggregator.text import dates, html
from aggregator.text.normalise import clean

EDITION: Final = "edition"
_NEWEST: Final = 2  # the newest, and the one before it: corrections come late


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """The page of the data set."""
    return (Request(source.url, accept="application/json"),)


def parse(source: Source, page: Page) -> Parsed:
    """The data set: requests for its newest editions. An edition: one entry.

    Raises :class:`ParseError` for anything else, and for a data set without editions.
    """
    document = load_object(source, page)
    if page.request.role == EDITION:
        return Parsed((_entry(source, document, page),))
    title = clean(text(child(document, "description"), "title"), MAX_TITLE_CHARS)
    uris = [text(edition, "uri") for edition in objects(required_list(source, document, "datasets"))]
    follow = [_request(source, uri, title) for uri in uris if _usable(uri)][: _most(source)]
    if not follow:
        raise ParseError("lists no editions: is this the page of a data set?", subject=source.id)
    return Parsed(follow=tuple(follow))


def _usable(uri: str) -> bool:
    """A path of the same site. Anything else would lead elsewhere."""
    return uri.startswith("/") and not uri.startswith("//") and len(uri) <= MAX_KEY_CHARS and not urlsplit(uri).query


def _most(source: Source) -> int:
    return source.options.follow or _NEWEST


def _request(source: Source, uri: str, title: str) -> Request:
    address = urljoin(source.url, uri.rstrip("/") + "/data")
    return Request(address, role=EDITION, accept="application/json", context=title)


def _entry(source: Source, document: Json, page: Page) -> Entry:
    about = child(document, "description")
    uri, edition = text(document, "uri"), clean(text(about, "edition"), MAX_TITLE_CHARS)
    name = page.request.context or clean(text(about, "title"), MAX_TITLE_CHARS)
    title = ": ".join(part for part in (name, edition) if part)
    if not _usable(uri) or not title:
        raise ParseError("an edition without address or title", subject=source.id)
    released = dates.parse(text(about, "releaseDate"), now=page.fetched_at)
    files = tuple(_files(document, uri, page.url))
    history = tuple(_corrections(document, page.fetched_at))
    lines = [clean(html.to_text(text(about, "summary")), MAX_SUMMARY_CHARS), *(f"File: {f.title}" for f in files)]
    lines += [f"Correction: {change.note}" for change in history]
    return Entry(
        key=uri,
        url=urljoin(page.url, uri),
        title=clean(title, MAX_TITLE_CHARS),
        body="\n".join(filter(None, lines)),
        published_at=released.at,
        published_raw=released.raw,
        date_quality=released.quality,
        modified_at=history[-1].at if history else None,
        change_note=history[-1].note if history else "",
        history=history,
        kind="statistics",
        attachments=files,
    )


def _files(document: Json, uri: str, base: str) -> Iterator[Attachment]:
    """Downloads are names within the edition; ``/file?uri=`` gives them."""
    for item in (*children(document, "downloads"), *children(document, "supplementaryFiles")):
        name = text(item, "file").strip()
        path = name if name.startswith("/") else f"{uri.rstrip('/')}/{name}"
        address = urljoin(base, "/file?" + urlencode({"uri": path}, safe="/"))
        if name and len(address) <= MAX_URL_CHARS:
            yield Attachment(clean(text(item, "title") or name.rpartition("/")[2], MAX_TITLE_CHARS), address)


def _corrections(document: Json, now: Utc) -> Iterator[DeclaredChange]:
    """What ONS says of files that were replaced, oldest first. Versions without a notice are routine."""
    found = []
    for version in children(document, "versions"):
        note = clean(html.to_text(text(version, "correctionNotice")), MAX_SUMMARY_CHARS)
        at = dates.parse(text(version, "updateDate"), now=now).at
        if note and at is not None:
            found.append(DeclaredChange(at, note))
    yield from sorted(found, key=lambda change: change.at)


KIND: Final = SourceKind(
    name="ons-dataset",
    plan=plan,
    parse=parse,
    options=frozenset({"follow"}),
    reads=frozenset({Outcome.OK, Outcome.MOVED}),
    single=False,
    most=lambda source: 1 + _most(source),
)
