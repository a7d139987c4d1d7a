"""GOV.UK content API: documents with their declared history, withdrawals, redirects, files and HTML parts.

A round starts from the `paths:` of the source and, when its address is that of the search API, from what the search
finds (as far as `match` lets it, at most `follow` documents). Each HTML part of a publication is read too and is an
entry of its own; its publication lists it among the attachments.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from aggregator.errors import ParseError
from aggregator.limits import DEFAULT_FOLLOW, MAX_MATCH_CHARS, MAX_TITLE_CHARS
from aggregator.models import Entry, Outcome, Page, Parsed, Request, Source, Status, Utc
from aggregator.sources import govuk, govuk_document, govuk_files, govuk_search, windows
from aggregator.sources.jsonread import Json, child, children, load_object, objects, text
from aggregator.sources.kind import SourceKind
from aggregator.text.normalise import clean

_ACCEPT: Final = "application/json"
_MISSING: Final = (404, 410)


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """The documents of `paths:`, the document of the source's own address, or the search that leads to documents."""
    requests = [_item(source, path) for path in source.options.paths]
    own = _path_in(source.url)
    if own:
        requests.append(_item(source, own))
    elif own is None:
        requests.append(Request(windows.expand(source.url, now), accept=_ACCEPT))
    return tuple(requests)


def archive(source: Source, since: Utc | None, now: Utc) -> tuple[Request, ...]:
    """Every document the search finds; declared history makes a further walk back needless."""
    return govuk_search.archive(source, since, now) if _path_in(source.url) is None else plan(source, now)


def parse(source: Source, page: Page) -> Parsed:
    """A document, or a page of search results that leads to documents."""
    if page.request.role in ("list", "archive"):
        return _search(source, page)
    asked = govuk.path_of(source, _path_in(page.request.url) or "/") or "/"
    if page.status in _MISSING:
        return _missing(source, page, asked)
    if page.status >= 400:
        raise ParseError(f"HTTP {page.status} from the content API for {asked}", subject=source.id)
    document = load_object(source, page)
    schema = text(document, "schema_name")
    if not schema and not text(document, "base_path"):
        raise ParseError("neither schema_name nor base_path: not an answer of the content API", subject=source.id)
    path = govuk.path_of(source, text(document, "base_path")) or asked
    if schema == "gone":
        return Parsed((_gone(source, document, path),))
    if schema == "redirect":
        target = _destination(source, document, path)
        return Parsed((_redirected(source, path, target),), _successor(source, path, target))
    entries = [govuk_document.read(source, document, path, page.fetched_at)]
    moved = page.url != page.request.url and path != asked
    if moved and not asked.startswith(path + "/"):  # /guide/part is answered with the whole guide: that is no move
        entries.append(_redirected(source, asked, govuk.page_url(source, path) or ""))
    follow = tuple(_item(source, part, "child", path) for part in govuk_files.parts(source, document) if part != path)
    return Parsed(tuple(entries), follow if page.request.role == "item" else ())


def _item(source: Source, path: str, role: str = "item", parent: str = "") -> Request:
    return Request(govuk.content_url(source, path), role=role, accept=_ACCEPT, context=parent)


def _path_in(url: str) -> str | None:
    """Content path in an address of the content API ("" for the API alone), None for any other address."""
    path = urlsplit(url).path
    if path.rstrip("/") == govuk.CONTENT_API:
        return ""
    return path.removeprefix(govuk.CONTENT_API) if path.startswith(govuk.CONTENT_API + "/") else None


def _search(source: Source, page: Page) -> Parsed:
    document = govuk_search.answer(source, page)
    found = objects(document["results"])
    wanted = re.compile(source.match) if source.match else None
    paths: dict[str, None] = {}
    for result in found:
        path = govuk.path_of(source, text(result, "link"))
        words = f"{text(result, 'title')}\n{text(result, 'description')}"[:MAX_MATCH_CHARS]
        if path and path != "/" and (wanted is None or wanted.search(words)):
            paths[path] = None
    backfill = page.request.role == "archive"
    chosen = list(paths) if backfill else list(paths)[: source.options.follow or DEFAULT_FOLLOW]
    items = tuple(_item(source, path) for path in chosen if path not in source.options.paths)
    left = len(paths) - len(chosen)
    problems = (f"{left} more documents found than `follow` allows",) if left else ()
    following = govuk_search.following(page, document, len(found)) if backfill else ()
    return Parsed((), (*items, *following), problems, None if found else Outcome.EMPTY)


def _missing(source: Source, page: Page, asked: str) -> Parsed:
    """410: the document is gone, with or without words about it. 404: GOV.UK has never heard of it."""
    try:
        document = load_object(source, page)
    except ParseError:
        document = {}
    if page.status == 410 or text(document, "schema_name") == "gone":
        return Parsed((_gone(source, document, asked),))
    said = f"{asked} is not known to GOV.UK (404): misspelt in feeds.yaml, or gone without a trace"
    return Parsed(problems=(said,), missing=(asked,))


def _gone(source: Source, document: Json, path: str) -> Entry:
    details = child(document, "details")
    alternative = text(details, "alternative_path")
    note = govuk_document.notice_text(details)
    return Entry(
        key=path,
        url=govuk.page_url(source, path),
        title=clean(text(document, "title"), MAX_TITLE_CHARS) or path,
        status=Status.GONE,
        status_note=note or "removed from GOV.UK (410)",
        redirect_to=govuk.link_target(source, alternative) if alternative else "",
    )


def _successor(source: Source, path: str, target: str) -> tuple[Request, ...]:
    """The document that took the place of a redirected one, where it is on GOV.UK."""
    to = govuk.path_of(source, target) if target else None
    return (_item(source, to),) if to and to not in ("/", path) else ()


def _redirected(source: Source, path: str, target: str) -> Entry:
    return Entry(
        key=path,
        url=govuk.page_url(source, path),
        title=path,
        status=Status.REDIRECTED,
        status_note=f"moved to {target}" if target else "moved",
        redirect_to=target,
    )


def _destination(source: Source, document: Json, path: str) -> str:
    """Where a redirect leads: the rule for exactly this path, else the first. It keeps its query and fragment."""
    rules = [rule for rule in children(document, "redirects") if text(rule, "destination")]
    exact = [rule for rule in rules if text(rule, "path") == path] or rules
    if not exact:
        return ""
    return govuk.link_target(source, text(exact[0], "destination"))


KIND: Final = SourceKind(
    name="govuk-content",
    plan=plan,
    parse=parse,
    options=frozenset({"paths", "follow", "recheck"}),
    reads=frozenset({Outcome.OK, Outcome.MOVED, Outcome.GONE, Outcome.HTTP_4XX}),
    single=False,
    archive=archive,
    again=_item,
)
