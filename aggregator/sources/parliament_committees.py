"""Publications of parliamentary committees (`committees-api`, `/api/Publications`): reports, letters, evidence.

`ids:` names committees by number or by name; names are looked up in `/api/Committees` at the start of a round.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import urljoin

from aggregator.limits import MAX_BODY_CHARS, MAX_PAGE_FILES, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS
from aggregator.models import Attachment, Entry, Outcome, Page, Parsed, Request, Source, Utc
from aggregator.sources import parliament, windows
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
from aggregator.text import urls
from aggregator.text.normalise import clean, fold

_COMMITTEES: Final = "/api/Committees"


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """Publications of each committee given by number; the list of committees first where one is given by name."""
    address = windows.expand(source.url, now)
    if not source.options.ids:
        return (Request(address, accept=parliament.ACCEPT),)
    numbers = [item for item in source.options.ids if item.isdigit()]
    requests = [Request(_of(address, item), accept=parliament.ACCEPT) for item in numbers]
    if len(numbers) < len(source.options.ids):
        lookup = urljoin(address, _COMMITTEES)
        requests.append(Request(lookup, role="committees", accept=parliament.ACCEPT, context=address))
    return tuple(requests)


def parse(source: Source, page: Page) -> Parsed:
    """Publications, or, from the list of committees, requests for those of the committees wanted."""
    document = load_object(source, page)
    items = objects(required_list(source, document, "items"))
    if page.request.role == "committees":
        return _committees(source, page, document, items)
    entries: list[Entry] = []
    problems: list[str] = []
    for position, item in enumerate(items, start=1):
        entry = _entry(item, page)
        if entry is None:
            problems.append(f"publication {position} has no id or no description")
        else:
            entries.append(entry)
    return Parsed(tuple(entries), (), tuple(problems), None if items else Outcome.EMPTY)


def _committees(source: Source, page: Page, document: Json, items: list[Json]) -> Parsed:
    wanted = {fold(name).lower() for name in source.options.ids if not name.isdigit()}
    found = {fold(text(item, "name")).lower(): identifier(item, "id") for item in items}
    ids = [found[name] for name in sorted(wanted) if found.get(name, "").isdigit()]
    follow = [Request(_of(page.request.context, item), accept=parliament.ACCEPT) for item in ids]
    missing = sorted(name for name in wanted if name not in found)
    further = parliament.next_skip(page, len(items), number(document, "totalResults")) if missing else None
    if further:
        follow.append(Request(further, role="committees", accept=parliament.ACCEPT, context=page.request.context))
    first_and_only = not further and "skip=" not in page.request.url
    problems = tuple(f"no committee is called {name!r}: see {_COMMITTEES}" for name in missing if first_and_only)
    return Parsed((), tuple(follow), problems)


def _entry(item: Json, page: Page) -> Entry | None:
    key = clean(identifier(item, "id"), 100)
    title = clean(text(item, "description"), MAX_TITLE_CHARS)
    if not key or not title:
        return None
    start = parliament.moment(item, "publicationStartDate", page.fetched_at)
    committee = clean(text(child(item, "committee"), "name"), 200)
    kind = clean(text(child(item, "type"), "name"), 200)
    files = _files(item, page)
    inquiries = [clean(text(business, "title"), MAX_TITLE_CHARS) for business in children(item, "businesses")]
    summary = clean(": ".join(filter(None, (committee, kind))), MAX_SUMMARY_CHARS)
    lines = [summary, *(f"Inquiry: {name}" for name in inquiries if name)]
    department = text(child(item, "respondingDepartment"), "name")
    lines += [f"To be answered by: {department}"] if department else []
    lines += [f"File: {file.title}" for file in files]
    return Entry(
        key=key,
        url=_address(item, files, page),
        title=title,
        summary=summary,
        body=clean("\n".join(lines), MAX_BODY_CHARS),
        published_at=start.at,
        published_raw=start.raw,
        date_quality=start.quality,
        refs=tuple(filter(None, (_paper("HC", item, "hcNumber"), _paper("HL", item, "hlPaper")))),
        categories=tuple(filter(None, (kind, committee))),
        attachments=files,
    )


def _paper(prefix: str, item: Json, key: str) -> str:
    """The number of a House paper, given bare or inside an object."""
    return parliament.ref(prefix, item, key) or parliament.ref(prefix, child(item, key), "number")


def _files(item: Json, page: Page) -> tuple[Attachment, ...]:
    files = [file for document in children(item, "documents") for file in children(document, "files")]
    found = (parliament.attachment(file, page) for file in files[:MAX_PAGE_FILES])
    return tuple(file for file in found if file is not None)


def _address(item: Json, files: tuple[Attachment, ...], page: Page) -> str | None:
    """Where to read it: what the API links to, else its first file. The public page's address is not documented."""
    for key in ("additionalContentUrl", "additionalContentUrl2"):
        url = urls.canonical(text(item, key), page.url) if text(item, key) else None
        if url:
            return url
    return next((file.url for file in files if file.url), None)


def _of(address: str, committee: str) -> str:
    return urls.with_query(address, {"CommitteeId": committee})


KIND: Final = SourceKind(name="parliament-committees", plan=plan, parse=parse, options=frozenset({"ids"}), single=False)
