"""One page, watched: its text is one entry, and the versions of that entry are the point.

`select` of feeds.yaml says which parts count (CSS selectors; none: the page's main part), `drop` which of them do not.
"""

from __future__ import annotations

from typing import Final

from bs4 import BeautifulSoup, Tag

from aggregator.errors import ParseError
from aggregator.limits import MAX_BODY_CHARS, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS
from aggregator.models import Attachment, Entry, Page, Parsed, Request, Source, Utc
from aggregator.sources import rows, windows
from aggregator.sources.kind import SourceKind
from aggregator.sources.pages import html_tree
from aggregator.text import html, urls
from aggregator.text.normalise import clean

_CHROME: Final = ("script", "style", "noscript", "template", "nav", "header", "footer", "aside", "form", "iframe")
_FILES: Final = (".pdf", ".csv", ".ods", ".odt", ".xlsx", ".xls", ".docx", ".doc", ".zip")
_MAX_FILES: Final = 200


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """The page itself."""
    return (Request(windows.expand(source.url, now), accept="text/html"),)


def parse(source: Source, page: Page) -> Parsed:
    """The page as one entry. ParseError when `select` finds nothing or what it finds has no words."""
    tree = html_tree(source, page)
    title, summary = _title(source, tree), _description(tree)
    kept = _kept(source, tree)
    markup = "".join(str(part) for part in kept)
    body = clean(html.to_text(markup), MAX_BODY_CHARS)
    if not body:
        wanted = ", ".join(source.options.select) or "the page"
        raise ParseError(f"no text in {wanted}: the page has changed its shape", subject=source.id)
    url = urls.canonical(page.request.url)
    entry = Entry(
        key=url or source.url,
        url=url,
        title=title,
        summary=summary,
        body=body,
        html=html.sanitise(markup, page.url),
        attachments=_files(kept, page),
    )
    return Parsed((entry,), title=title)


def _kept(source: Source, tree: BeautifulSoup) -> list[Tag]:
    for selector in (*_CHROME, *source.options.drop):
        for element in tree.select(selector):
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
    return tuple(found.values())[:_MAX_FILES]


KIND: Final = SourceKind(name="page", plan=plan, parse=parse, options=frozenset({"select", "drop"}))
