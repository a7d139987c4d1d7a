"""One page, watched: its text is one entry, and the versions of that entry are the point.

`select` of feeds.yaml says which parts count (CSS selectors; none: the page's main part), `drop` which of them do not,
`ignore` (regular expressions) what in their words changes by itself. Cookie notices, counters and times of rendering
need no mention: :mod:`aggregator.text.noise` knows them.
"""

from __future__ import annotations

from typing import Final

from bs4 import BeautifulSoup, Tag

from aggregator.errors import ParseError
from aggregator.limits import MAX_BODY_CHARS, MAX_PAGE_FILES, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS
from aggregator.models import Attachment, Entry, Outcome, Page, Parsed, Request, Source, Status, Utc
from aggregator.sources import rows, windows
from aggregator.sources.kind import SourceKind
from aggregator.sources.pages import html_tree
from aggregator.text import html, noise, urls
from aggregator.text.normalise import clean

_CHROME: Final = ("script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "iframe")
_FILES: Final = (".pdf", ".csv", ".ods", ".odt", ".xlsx", ".xls", ".docx", ".doc", ".zip")
_NOTICES: Final = (
    '[id*="cookie" i]', '[class*="cookie" i]', '[id*="consent-banner" i]', '[class*="consent-banner" i]',
    '[role="dialog"]', '[role="alertdialog"]',
)  # fmt: skip


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """The page itself."""
    return (Request(windows.expand(source.url, now), accept="text/html"),)


def parse(source: Source, page: Page) -> Parsed:
    """The page as one entry; where it has moved for good, what became of the old address and the page at the new one.

    ParseError when `select` finds nothing or what it finds has no words.
    """
    if page.status >= 400:
        return absent(source, page)
    old = moved(page)
    entry = _read(source, page, page.url if old else page.request.url)
    return Parsed((entry, old) if old else (entry,), title=entry.title)


def absent(source: Source, page: Page) -> Parsed:
    """410: gone, and said so. 404: missing, which has to be confirmed."""
    key = urls.canonical(page.request.url) or source.url
    if page.status not in (404, 410):
        raise ParseError(f"HTTP {page.status} for {key}", subject=source.id)
    if page.status == 404:
        error = f"{key}: nothing is at this address (404); look for its new one"
        return Parsed(missing=(key,), outcome=Outcome.HTTP_4XX, error=error)
    gone = Entry(key=key, url=key, title=source.title, status=Status.GONE, status_note="removed by its publisher (410)")
    return Parsed(
        (gone,), outcome=Outcome.GONE, error=f"{key}: {gone.status_note}; remove the source or find its successor"
    )


def moved(page: Page) -> Entry | None:
    """The old address as an entry, when only permanent redirects led to a page with another path or host."""
    asked, found = urls.canonical(page.request.url), urls.canonical(page.url)
    if not (page.moved and asked and found) or _place(asked) == _place(found):
        return None
    return Entry(
        key=asked, url=asked, title=asked, status=Status.REDIRECTED, status_note=f"moved to {found}", redirect_to=found
    )


def _place(url: str) -> str:
    """An address without what a move within a site changes at will: scheme, www, a slash at the end."""
    return url.partition("://")[2].removeprefix("www.").rstrip("/")


def _read(source: Source, page: Page, address: str) -> Entry:
    tree = html_tree(source, page)
    title, summary = _title(source, tree), _description(tree)
    kept = _kept(source, tree)
    markup = "".join(str(part) for part in kept)
    body = noise.tidy(clean(html.to_text(markup), MAX_BODY_CHARS), source.options.ignore)
    if not body:
        wanted = ", ".join(source.options.select) or "the page"
        raise ParseError(f"no text in {wanted}: the page has changed its shape", subject=source.id)
    url = urls.canonical(address)
    files = _files(kept, page)
    shown = html.sanitise(markup, page.url)
    _sort_links(kept)
    steady = noise.steady(noise.tidy(html.to_text("".join(str(part) for part in kept)), source.options.ignore))
    return Entry(
        key=url or source.url,
        url=url,
        title=title,
        summary=summary,
        body=body,
        html=shown,
        attachments=files,
        compared=steady if steady != body else "",
    )


def _sort_links(kept: list[Tag]) -> None:
    """Lists that are nothing but links are put in one order: a site shuffles its "related" and "latest" lists at will."""
    for part in kept:
        for listing in part.select("ul"):
            items = listing.find_all("li", recursive=False)
            if len(items) > 1 and all(_only_link(item) for item in items):
                for item in sorted((item.extract() for item in items), key=lambda item: item.get_text(" ")):
                    listing.append(item)


def _only_link(item: Tag) -> bool:
    links = item.find_all("a", href=True)
    return len(links) == 1 and "".join(links[0].get_text().split()) == "".join(item.get_text().split())


def _kept(source: Source, tree: BeautifulSoup) -> list[Tag]:
    for selector in (*_CHROME, *source.options.drop):
        for element in tree.select(selector):
            element.decompose()
    for element in tree.select(", ".join(_NOTICES)):
        if (
            not element.decomposed
            and element.select_one("h1, main, article") is None
            and element.name not in ("html", "body", "main")
        ):
            element.decompose()
    if not source.options.select:
        return [next(iter(tree.select("main, [role=main], article, body")), tree)]
    found = [element for selector in source.options.select for element in tree.select(selector)]
    if not found:
        wanted = ", ".join(source.options.select)
        raise ParseError(f"nothing matches {wanted}: the page has changed its shape", subject=source.id)
    unique = {id(element): element for element in found}
    return [element for element in unique.values() if not any(id(parent) in unique for parent in element.parents)]


def _title(source: Source, tree: BeautifulSoup) -> str:
    heading = tree.select_one("h1") or tree.select_one("title")
    words = clean(heading.get_text(" "), MAX_TITLE_CHARS) if heading is not None else ""
    return words or source.title


def _description(tree: BeautifulSoup) -> str:
    meta = tree.select_one('meta[name="description"]')
    content = meta.get("content") if meta is not None else ""
    return clean(content, MAX_SUMMARY_CHARS) if isinstance(content, str) else ""


def _files(kept: list[Tag], page: Page) -> tuple[Attachment, ...]:
    """Documents the page offers: a new or renamed one is a change of the page."""
    found: dict[str, Attachment] = {}
    for part in kept:
        for link in part.select("a[href]"):
            url = rows.absolute(str(link["href"]), page)
            if url and url.lower().partition("?")[0].endswith(_FILES):
                found.setdefault(url, Attachment(clean(link.get_text(" "), MAX_TITLE_CHARS), url))
    return tuple(found.values())[:MAX_PAGE_FILES]


READS: Final = frozenset({Outcome.OK, Outcome.MOVED, Outcome.GONE, Outcome.HTTP_4XX})
"""Outcomes that say something of a watched page; of HTTP_4XX only 404 does."""

KIND: Final = SourceKind(
    name="page", plan=plan, parse=parse, options=frozenset({"select", "drop", "ignore"}), reads=READS
)
