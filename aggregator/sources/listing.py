"""An HTML list of news: rows by CSS selectors, or, without any, every link of the page's body that looks like an item.

`row`, `row_title`, `row_link`, `row_date`, `row_summary` of feeds.yaml are CSS selectors; the latter four look within
the row, and what is not given falls back to the row's first link with words, first date and first paragraph. Both date
styles of the Met's newsroom ("Dec 25, 2020 07:00 GMT", "22 September 2026 16:30") may stand in one list.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

from bs4 import BeautifulSoup, Tag

from aggregator.errors import ParseError
from aggregator.limits import MAX_ENTRIES_PER_PAGE, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS
from aggregator.models import Entry, Outcome, Page, Parsed, Request, Source, Utc
from aggregator.sources import rows, windows
from aggregator.sources.kind import SourceKind
from aggregator.sources.pages import html_tree
from aggregator.text import urls
from aggregator.text.normalise import clean

_ACCEPT: Final = "text/html"
_SHORTEST_TITLE: Final = 10
_NOT_ITEMS = re.compile(
    r"/(?:tags?|categor(?:y|ies)|search|contact|about|privacy|terms|cookies|login|subscribe)(?:[/_?-]|$)"
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a walk through the pages of a list has come; it travels in ``Request.context``."""

    page: int = 1
    since: str = ""  # a backfill ends at the first page with nothing newer

    @classmethod
    def read(cls, context: str) -> Progress:
        number, _, since = context.partition("|")
        return cls(int(number) if re.fullmatch(r"\d{1,6}", number) else 1, since)

    def next(self) -> Progress:
        return Progress(self.page + 1, self.since)

    def __str__(self) -> str:
        return f"{self.page}|{self.since}"


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """The first page of the list."""
    return (Request(windows.expand(source.url, now), accept=_ACCEPT, context=str(Progress())),)


def archive(source: Source, since: Utc | None, now: Utc) -> tuple[Request, ...]:
    """The first page of the list; each page leads to the next, until there is nothing newer than ``since``."""
    context = str(Progress(since=since or ""))
    return (Request(windows.expand(source.url, now), role="archive", accept=_ACCEPT, context=context),)


def parse(source: Source, page: Page) -> Parsed:
    """Entries of one page of the list.

    Raises :class:`ParseError` for a bot challenge, or when the selectors of feeds.yaml find no row: a list that has
    changed its shape must not pass for an empty one.
    """
    tree = html_tree(source, page)
    found = _rows(source, page, tree)
    beyond_first = Progress.read(page.request.context).page > 1
    if not found and not beyond_first and source.options.row:
        raise ParseError(f"no row matches {source.options.row!r}: the page has changed its shape", subject=source.id)
    entries: dict[str, Entry] = {}
    problems: list[str] = []
    for position, row in enumerate(found, start=1):
        entry = _entry(source, page, row)
        if entry is None:
            problems.append(f"row {position} has no link with words")
        else:
            entries.setdefault(entry.key, entry)
    outcome = None if entries or beyond_first else Outcome.EMPTY
    follow = follow_on(source, page, tree, tuple(entries.values()))
    return Parsed(tuple(entries.values()), follow, tuple(problems), outcome)


def follow_on(source: Source, page: Page, tree: BeautifulSoup, entries: tuple[Entry, ...]) -> tuple[Request, ...]:
    """The next page: up to `max_pages` in a round; in a backfill until a page has nothing newer than ``since``."""
    progress = Progress.read(page.request.context)
    if page.request.role == "archive":
        dated = [entry.published_at for entry in entries if entry.published_at]
        more = bool(entries) and (not dated or not progress.since or max(dated) >= progress.since)
    else:
        more = bool(entries) and progress.page < source.options.max_pages
    url = rows.next_page(tree, page) if more else None
    if url is None:
        return ()
    return (Request(url, role=page.request.role, accept=_ACCEPT, context=str(progress.next())),)


def _rows(source: Source, page: Page, tree: BeautifulSoup) -> list[Tag]:
    if source.options.row:
        return _innermost(tree.select(source.options.row, limit=MAX_ENTRIES_PER_PAGE))
    links = tree.select("main a[href], article a[href]") or tree.select("a[href]")
    return [link for link in links[:MAX_ENTRIES_PER_PAGE] if _looks_like_item(link, page)]


def _innermost(found: Sequence[Tag]) -> list[Tag]:
    """The rows that hold no other row: of a list item within a list item, the inner one is the news."""
    return [row for row, then in zip_longest(found, found[1:]) if then is None or not _within(then, row)]


def _within(element: Tag, outer: Tag) -> bool:
    return any(parent is outer for parent in element.parents)  # `in` would compare words, not elements


def _looks_like_item(link: Tag, page: Page) -> bool:
    """A link with a headline's worth of words to a page of the same site that is no index, form or small print."""
    url = rows.absolute(str(link["href"]), page)
    if url is None or not rows.same_site(url, page) or url == urls.canonical(page.url):
        return False
    path = url.split("/", 3)[3] if url.count("/") > 2 else ""
    words = " ".join(link.get_text(" ").split())
    return bool(path) and not _NOT_ITEMS.search("/" + path) and len(words) >= _SHORTEST_TITLE


def _entry(source: Source, page: Page, row: Tag) -> Entry | None:
    options = source.options
    link = _link(row, options.link)
    url = rows.absolute(str(link["href"]), page) if link is not None else None
    heading = row.select_one(options.title) if options.title else link
    title = clean(heading.get_text(" "), MAX_TITLE_CHARS) if heading is not None else ""
    if options.strip_title:
        title = re.sub(options.strip_title, "", title).strip()
    if url is None or not title:
        return None
    around = row if options.row else _around(row)
    dated = row.select_one(options.date) if options.date else around
    published = rows.date_in(dated, page.fetched_at, whole=bool(options.date))
    return Entry(
        key=_key(options.identity, url),
        url=url,
        title=title,
        summary=clean(_summary(around, options.summary, title), MAX_SUMMARY_CHARS),
        published_at=published.at,
        published_raw=published.raw,
        date_quality=published.quality,
    )


def _link(row: Tag, selector: str) -> Tag | None:
    """The link of a row. The first one with words: a thumbnail often links to the same page before the title does."""
    if row.name == "a" and row.get("href") and not selector:
        return row
    candidates = [link for link in row.select(selector or "a[href]") if isinstance(link.get("href"), str)]
    worded = [link for link in candidates if link.get_text().strip()]
    return next(iter(worded or candidates), None)


def _around(link: Tag) -> Tag | None:
    """What belongs to a bare link: the list item or article it stands in."""
    return link.find_parent(["article", "li"])


def _summary(around: Tag | None, selector: str, title: str) -> str:
    if around is None:
        return ""
    for paragraph in around.select(selector or "p"):
        text = " ".join(paragraph.get_text(" ").split())
        if text and text != title and not (not selector and rows.date_in_text(text, _FAR).at and len(text) < 60):
            return text
    return ""


_FAR: Final = Utc("9000-01-01T00:00:00Z")  # whether a text is a date does not depend on when it is read


def _key(identity: str, url: str) -> str:
    if identity == "trailing-number":
        return urls.trailing_number(url) or url
    return url


KIND: Final = SourceKind(
    name="listing",
    plan=plan,
    parse=parse,
    options=frozenset(
        {"row", "title", "link", "date", "summary", "identity", "strip_title", "max_pages", "complete", "recheck"}
    ),
    single=False,
    archive=archive,
)
