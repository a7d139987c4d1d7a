"""Decisions of the Mayor's Office for Policing And Crime, a list at london.gov.uk: 20 a page, ``?page=0`` first.

No markup of the page is known for certain, only its words: a title link, then "Page type: Decision", "Date signed:",
"Date published:" (missing on newer rows), "Reference code: PCD 1179", and a summary. So rows are found by those words.
Titles and reference codes contradict each other at times (title PCD 1328, code PCD 1329): the address is the key, both
codes are kept, and the contradiction is reported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString

from aggregator.errors import ParseError
from aggregator.limits import MAX_BODY_CHARS, MAX_CLIMB, MAX_ENTRIES_PER_PAGE, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS
from aggregator.models import Entry, Outcome, Page, Parsed, Source, Utc
from aggregator.sources import listing, rows
from aggregator.sources.kind import SourceKind
from aggregator.sources.pages import html_tree
from aggregator.text import dates
from aggregator.text.normalise import clean

_LABEL = re.compile(r"^(page type|date signed|date published|reference code)\s*:?\s*(.*)$", re.IGNORECASE | re.DOTALL)
_LABEL_AHEAD = re.compile(r"(?=\b(?:page type|date signed|date published|reference code)\s*:)", re.IGNORECASE)
_ANCHOR = re.compile(r"(?:Reference code|Page type)\s*:?", re.IGNORECASE)
_CODE = re.compile(r"\b(PCD|DMPCD|MD|DD|ADD)[\s-]?(\d{1,5})\b", re.IGNORECASE)
_SHOWING = re.compile(r"Showing\s+(\d+)\s*[-–]\s*(\d+)\s+of\s+([\d,]+)\s+results?", re.IGNORECASE)
_NONE_FOUND = re.compile(r"\b(?:no|0)\s+results?\b", re.IGNORECASE)


@dataclass(slots=True)
class _Row:
    """The words of one decision, sorted by the label they stand under."""

    labelled: dict[str, str] = field(default_factory=dict)
    summary: list[str] = field(default_factory=list)


def parse(source: Source, page: Page) -> Parsed:
    """Decisions of one page of the list. ParseError when a page that says it shows results shows none we can read."""
    tree = html_tree(source, page)
    words = " ".join(tree.get_text(" ").split())
    entries: dict[str, Entry] = {}
    problems: list[str] = []
    for row, link in _rows(tree, page):
        entry, complaint = _entry(row, link, page)
        if entry is not None:
            entries.setdefault(entry.key, entry)
        problems.extend(complaint)
    showing = _SHOWING.search(words)
    if not entries and not _NONE_FOUND.search(words):
        said = f"the page says {showing[0]!r}, but " if showing else ""
        raise ParseError(f"{said}no decision was found: the page has changed its shape", subject=source.id)
    found = tuple(entries.values())
    last = showing is not None and int(showing[2]) >= int(showing[3].replace(",", ""))
    follow = () if last else listing.follow_on(source, page, tree, found)
    return Parsed(found, follow, tuple(problems), None if found else Outcome.EMPTY)


def _rows(tree: BeautifulSoup, page: Page) -> Iterator[tuple[Tag, Tag]]:
    """Each decision's smallest element that has both a label and a title link, with that link."""
    seen: set[int] = set()
    links: dict[int, Tag | None] = {}  # of the elements looked at so far: many labels climb through the same ones
    for string in tree.find_all(string=_ANCHOR, limit=MAX_ENTRIES_PER_PAGE):
        element = string.parent
        for _ in range(MAX_CLIMB):
            if element is None or element.name in ("main", "body", "html", "[document]"):
                break
            if id(element) not in links:
                links[id(element)] = _title_link(element, page)
            link = links[id(element)]
            if link is not None:
                if id(element) not in seen:
                    seen.add(id(element))
                    yield element, link
                break
            element = element.parent


def _title_link(element: Tag, page: Page) -> Tag | None:
    for link in element.select("a[href]"):
        url = rows.absolute(str(link["href"]), page)
        if url and rows.same_site(url, page) and len(link.get_text().strip()) >= 5:
            return link
    return None


def _entry(row: Tag, link: Tag, page: Page) -> tuple[Entry | None, tuple[str, ...]]:
    url = rows.absolute(str(link["href"]), page)
    title = clean(link.get_text(" "), MAX_TITLE_CHARS)
    if url is None or not title:
        return None, ()
    read = _read(row, link)
    signed = dates.parse(read.labelled.get("date signed", ""), now=page.fetched_at)
    published = dates.parse(read.labelled.get("date published", ""), now=page.fetched_at)
    shown = published if published.at else signed  # newer rows give the day of signature only
    in_title, in_code = _code(title), _code(read.labelled.get("reference code", ""))
    problems: tuple[str, ...] = ()
    if in_title and in_code and in_title != in_code:
        problems = (f"title says {in_title}, reference code says {in_code}: {url}",)
    summary = clean(" ".join(read.summary), MAX_SUMMARY_CHARS)
    entry = Entry(
        key=url,
        url=url,
        title=title,
        summary=summary,
        body=clean("\n\n".join(filter(None, (_lines(signed, published), summary))), MAX_BODY_CHARS),
        published_at=shown.at,
        published_raw=shown.raw,
        date_quality=shown.quality,
        refs=tuple(dict.fromkeys(filter(None, (in_title, in_code)))),
        categories=tuple(filter(None, (clean(read.labelled.get("page type", ""), 100),))),
    )
    return entry, problems


def _lines(signed: dates.When, published: dates.When) -> str:
    return "\n".join(
        f"{name}: {when.at[:10]}" for name, when in (("Signed", signed), ("Published", published)) if when.at
    )


def _read(row: Tag, link: Tag) -> _Row:
    """Walks the row's words in order: a label takes what follows it, up to the next label; the rest is the summary."""
    read, label = _Row(), ""
    for string, moment in _words(row, link):
        found = _LABEL.match(string)
        if found:
            label = found[1].lower()
            read.labelled.setdefault(label, found[2].strip())
            label = "" if found[2].strip() else label
        elif moment or (label and (not label.startswith("date") or rows.date_in_text(string, _ANY_DAY).at)):
            read.labelled[label] = string
            label = ""
        else:
            read.summary.append(string)
    return read


_ANY_DAY: Final = Utc("9000-01-01T00:00:00Z")


def _words(row: Tag, link: Tag) -> Iterator[tuple[str, bool]]:
    """The strings of a row without those of its title; a `<time datetime>` gives its attribute, marked as such."""
    for node in row.descendants:
        if isinstance(node, Tag):
            moment = node.get("datetime") if node.name == "time" else None
            if isinstance(moment, str) and moment.strip():
                yield moment.strip(), True
        elif isinstance(node, NavigableString) and node.strip():
            inside_time = node.find_parent("time")
            if inside_time is not None and inside_time.get("datetime"):
                continue
            if link in node.parents or (node.parent is not None and node.parent.name in ("script", "style")):
                continue
            for words in _LABEL_AHEAD.split(" ".join(node.split())):  # a page may set all labels in one line
                if words.strip():
                    yield words.strip(), inside_time is not None


def _code(text: str) -> str:
    found = _CODE.search(text)
    return f"{found[1].upper()} {int(found[2])}" if found else ""


KIND: Final = SourceKind(
    name="mopac-decisions",
    plan=listing.plan,
    parse=parse,
    options=frozenset({"max_pages"}),
    single=False,
    archive=listing.archive,
)
