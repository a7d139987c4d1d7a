"""Kind ``datastore``: files of one London Datastore data set, found through its ``package_show``.

A data set lists many resources, stale ones among them, in no reliable order and under names that change with the month.
Which are read is said by `resources` (regular expressions of names); what is in them is decided by their content alone:
each file is a release of its own, and an older one goes into its place behind the newer. Unchanged files cost a 304.
With `large` they are downloaded to the disk, where a file may have hundreds of megabytes.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from aggregator.errors import ParseError
from aggregator.limits import DEFAULT_FOLLOW, MAX_TITLE_CHARS, MAX_URL_CHARS
from aggregator.models import Outcome, Page, Parsed, Request, Source, Utc
from aggregator.sources import table
from aggregator.sources.jsonread import Json, child, flag, load_object, objects, text
from aggregator.sources.kind import SourceKind
from aggregator.text.normalise import clean

FILE: Final = "file"
_UNREADABLE: Final = frozenset({"pdf", "html", "png", "jpg", "docx", "doc", "pptx"})


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """The description of the data set."""
    return (Request(source.url, accept="application/json"),)


def parse(source: Source, page: Page) -> Parsed:
    """The description: requests for the resources wanted. A file: its figures.

    Raises :class:`ParseError` when the description is none, when no resource has a wanted name, and for a file with an
    unknown header or of another data set than `dataset` says.
    """
    if page.request.role == FILE:
        return table.parse(source, page)
    document = load_object(source, page)
    if not flag(document, "success"):
        said = text(child(document, "error"), "message") or "without saying why"
        raise ParseError(f"the Datastore refuses: {clean(said, 200)}", subject=source.id)
    listed = objects(child(document, "result").get("resources"))
    wanted = [r for r in listed if _wanted(source, r)]
    if not wanted:
        names = ", ".join(sorted({_name(r) for r in listed if _name(r)}))
        raise ParseError(f"no resource has a wanted name; there are: {clean(names, 400) or 'none'}", subject=source.id)
    return _requests(source, wanted)


def most(source: Source) -> int:
    """Requests a round may make: the description and so many files."""
    return 1 + (source.options.follow or DEFAULT_FOLLOW)


def _name(resource: Json) -> str:
    return clean(text(resource, "name") or text(resource, "title"), MAX_TITLE_CHARS)


def _wanted(source: Source, resource: Json) -> bool:
    name = _name(resource)
    if text(resource, "format").strip(" .").lower() in _UNREADABLE:
        return False
    return not source.options.resources or any(re.search(p, name) for p in source.options.resources)


def _requests(source: Source, wanted: list[Json]) -> Parsed:
    home, large = urlsplit(source.url), source.options.large
    requests: dict[str, Request] = {}
    problems: list[str] = []
    for resource in wanted:
        address = text(resource, "url").strip()
        parts = urlsplit(address)
        if (parts.scheme, parts.netloc) != (home.scheme, home.netloc) or len(address) > MAX_URL_CHARS:
            problems.append(f"{_name(resource)}: its address is not on {home.netloc} and is left alone")
            continue
        fixed = urlunsplit(parts._replace(path=quote(parts.path, safe="/%"), fragment=""))
        requests[fixed] = Request(fixed, role=FILE, accept=table.ACCEPT, context=_name(resource), large=large)
    return Parsed(follow=tuple(requests.values()), problems=tuple(problems))


KIND = SourceKind(
    name="datastore",
    plan=plan,
    parse=parse,
    options=frozenset({"dataset", "resources", "follow", "large"}),
    reads=frozenset({Outcome.OK, Outcome.MOVED}),
    single=False,
    most=most,
)
