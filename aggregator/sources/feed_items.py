"""Items as any feed format gives them → entries: identity, plain text, safe links, believable dates."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

from aggregator.limits import (
    FALLBACK_TITLE_CHARS,
    MAX_BODY_CHARS,
    MAX_CATEGORIES,
    MAX_ENCLOSURES,
    MAX_KEY_CHARS,
    MAX_LABEL_CHARS,
    MAX_SUMMARY_CHARS,
    MAX_TITLE_CHARS,
)
from aggregator.models import Attachment, DateQuality, Entry, Outcome, Page, Parsed, Source
from aggregator.text import dates, html, urls
from aggregator.text.normalise import clean, fold, shorten

_TEASER_END = re.compile(
    # the Guardian's and WordPress's ways of sending readers to the page
    r"\s*(?:Continue reading(?:\s*(?:\.{3}|…|→))?|The post [^\n]{1,300} (?:appeared first on|first appeared on) [^\n]{1,200})$",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*(?:[\s/][^<>]*)?>|<!--")
_DECISION = re.compile(r"\b(PCD|DMPCD|MD|DD|ADD)[ \-]?(\d{2,5})\b")
_DOCUMENT_TYPES = ("application/", "text/csv")


@dataclass(frozen=True, slots=True)
class Markup:
    """Text of a feed, whether it is HTML, and the address its relative links start from ("" for that of the item)."""

    value: str
    is_html: bool
    base: str = ""

    def text(self) -> str:
        """Plain text, not yet tidied. What is said to be plain and has tags in it all the same was escaped once too
        often: no reader wants to see the tags, and no page may be given them."""
        return html.to_text(self.value) if self.is_html or _TAG.search(self.value) else self.value


@dataclass(frozen=True, slots=True)
class Stamp:
    """A date as written, and as a feed library read it where it could."""

    raw: str
    read: time.struct_time | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """One item before any decision about it. Empty strings for what the feed does not give."""

    guid: str
    links: tuple[str, ...]  # in order of preference
    title: Markup
    summary: Markup
    content: Markup | None
    published: tuple[Stamp, ...]  # in order of preference
    updated: Stamp | None = None  # when the publisher says it last changed
    categories: tuple[str, ...] = ()
    enclosures: tuple[Attachment, ...] = ()  # addresses not yet checked


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed before any decision about its items."""

    title: Markup
    items: tuple[Item, ...]
    problems: tuple[str, ...] = ()
    cut: bool = False  # it breaks off: there were more items


def to_parsed(feed: Feed, source: Source, page: Page, *, distinguish: Callable[[Item], str] | None = None) -> Parsed:
    """Entries of a feed in its own order, the first of those with one identity.

    ``distinguish`` adds to the identity of an item, for publishers that give several items one address. Verdicts: ENDED
    when the feed says so, EMPTY when it has no items.
    """
    title = _line(feed.title, MAX_LABEL_CHARS)
    if not feed.items:
        error = f"{source.id}: the feed is sound, but has no items"
        return Parsed(problems=feed.problems, outcome=Outcome.EMPTY, error=error, title=title)
    if _has_ended(feed):
        notice = clean(feed.items[0].summary.text(), 300)
        error = f"{source.id}: the publisher says that this feed has ended; look for its successor. {notice}".strip()
        return Parsed(problems=feed.problems, outcome=Outcome.ENDED, error=error, title=title)
    entries: dict[str, Entry] = {}
    problems = list(feed.problems)
    for number, item in enumerate(feed.items, start=1):
        entry, complaints = _entry(item, source, page, distinguish(item) if distinguish else "")
        said = f"item {number} ({shorten(entry.title, 60)!r})"
        problems.extend(f"{said}: {complaint}" for complaint in complaints)
        if entry.key in entries:
            problems.append(f"{said}: the same identity as an earlier item ({entry.key}); the first was taken")
        else:
            entries[entry.key] = entry
    cut = "the feed breaks off before its end; what came before that was read" if feed.cut else ""
    return Parsed(tuple(entries.values()), problems=tuple(problems), title=title, cut=cut)


def _has_ended(feed: Feed) -> bool:
    """GOV.UK answers for a removed feed with status 200 and one item that says so."""
    if len(feed.items) != 1:
        return False
    only = feed.items[0]
    return only.guid.endswith("/feed-ended") or only.title.value.strip().lower() == "this feed has ended"


def _entry(item: Item, source: Source, page: Page, extra: str) -> tuple[Entry, list[str]]:
    problems: list[str] = []
    url = _url(item, page, problems)
    summary = _TEASER_END.sub("", clean(item.summary.text(), MAX_BODY_CHARS))
    body = clean(item.content.text(), MAX_BODY_CHARS) if item.content else ""
    published = _published(item, page, problems)
    modified = dates.from_struct(item.updated.read, item.updated.raw, page.fetched_at) if item.updated else None
    title = _title(item, source, summary or body, url, problems)
    entry = Entry(
        key=_key(item, url, source.options.identity, extra),
        url=url,
        title=title,
        summary=shorten(summary, MAX_SUMMARY_CHARS),
        body=body,
        html=_html(item.content, url or page.url),
        published_at=published.at,
        published_raw=published.raw,
        date_quality=published.quality,
        modified_at=modified.at if modified else None,
        kind=source.options.doc_kind,
        refs=tuple(dict.fromkeys(f"{code} {int(number)}" for code, number in _DECISION.findall(title))),
        categories=_categories(item),
        attachments=_attachments(item, url or page.url),
    )
    return entry, problems


def _url(item: Item, page: Page, problems: list[str]) -> str | None:
    """The first address that is one; a guid may stand in for a link."""
    given = [link for link in (*item.links, *([item.guid] if item.guid.startswith("http") else [])) if link.strip()]
    for link in given:
        url = urls.canonical(link, page.url)
        if url:
            return url
    problems.append(f"its link {clean(given[0], 80)!r} is no web address; kept without one" if given else "no link")
    return None


def _key(item: Item, url: str | None, identity: str, extra: str) -> str:
    """Identity by the rule of the source, with the address, the guid and the text as what to fall back on."""
    guid = urls.canonical(item.guid) or clean(item.guid, MAX_KEY_CHARS) if item.guid else ""
    by_rule: str | None = None
    if identity == "guid":
        by_rule = guid
    elif identity == "trailing-number" and url:
        by_rule = urls.trailing_number(url)
    elif identity == "govuk-path":
        by_rule = (urls.govuk_path(url) if url else None) or urls.govuk_path(item.guid)
    key = by_rule or url or guid or _digest(item.title.value, item.summary.value, *(p.raw for p in item.published))
    key = f"{key}#{extra}" if extra else key
    return key if len(key) <= MAX_KEY_CHARS else _digest(key)


def _digest(*parts: str) -> str:
    return "sha256:" + hashlib.sha256("\n".join(fold(part) for part in parts).encode()).hexdigest()


def _title(item: Item, source: Source, text: str, url: str | None, problems: list[str]) -> str:
    title = _line(item.title, MAX_TITLE_CHARS)
    if source.options.strip_title:
        title = re.sub(source.options.strip_title, "", title).strip() or title
    if title:
        return title
    problems.append("no title; its first words stand in")
    return (
        shorten(" ".join(text.split()), FALLBACK_TITLE_CHARS) or (url and shorten(url, MAX_TITLE_CHARS)) or "Untitled"
    )


def _line(markup: Markup, limit: int) -> str:
    """Text on one line."""
    return shorten(" ".join(clean(markup.text(), MAX_BODY_CHARS).split()), limit)


def _published(item: Item, page: Page, problems: list[str]) -> dates.When:
    """The first date that can be read; failing that the first given, so that what was written is kept."""
    read = [dates.from_struct(stamp.read, stamp.raw, page.fetched_at) for stamp in item.published if stamp.raw.strip()]
    bad = (clean(when.raw, 60) for when in read if when.quality is DateQuality.BAD)
    problems.extend(f"its date {raw!r} is unreadable or impossible" for raw in bad)
    return next((when for when in read if when.at), read[0] if read else dates.When(None, DateQuality.NONE, ""))


def _html(content: Markup | None, base: str) -> str:
    if content is None or not content.is_html:
        return ""
    return html.sanitise(content.value, urls.resolve(content.base, base) or base)


def _categories(item: Item) -> tuple[str, ...]:
    words = (clean(html.to_text(category), MAX_LABEL_CHARS) for category in item.categories[:MAX_CATEGORIES])
    return tuple(dict.fromkeys(" ".join(word.split()) for word in words if word))


def _attachments(item: Item, base: str) -> tuple[Attachment, ...]:
    """Documents only: pictures and sound are not kept."""
    found: dict[str, Attachment] = {}
    for enclosure in item.enclosures[:MAX_ENCLOSURES]:
        url = urls.canonical(enclosure.url, base)
        if url and enclosure.content_type.startswith(_DOCUMENT_TYPES):
            title = clean(enclosure.title, MAX_TITLE_CHARS) or url.rstrip("/").rpartition("/")[2]
            content_type = clean(enclosure.content_type, 100)
            found.setdefault(url, Attachment(title, url, content_type, enclosure.size))
    return tuple(found.values())
