"""Kind ``legislation``: the Atom feeds of legislation.gov.uk, of three sorts.

Lists of items (`/new/data.feed`, `/uksi/2026/data.feed?title=police&results-count=50`), effects of one law on another
(`/changes/affected/…`) and the publication log (`/update/…`). What matters is in elements of their own namespaces:
https://github.com/legislation/data-documentation, formats/atom.md. An item reappears when it is revised, so its
identifier URI (http, by their convention) is its identity, and `updated` says when.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Final

from aggregator.errors import ParseError
from aggregator.limits import MAX_SUMMARY_CHARS, MAX_TITLE_CHARS
from aggregator.models import Attachment, Entry, Outcome, Page, Parsed, Request, Source
from aggregator.sources import feed, feed_guard
from aggregator.sources.kind import SourceKind
from aggregator.sources.pages import local_name
from aggregator.text import dates, urls
from aggregator.text.normalise import clean

_REFERENCE = re.compile(r"legislation\.gov\.uk/(?:id/)?([a-z]{2,6}/\d{4}/\d+)\b")
_VERSION = re.compile(r"/(\d{4}-\d{2}-\d{2})\b")
_HOST = re.compile(r"^http://(?=www\.legislation\.gov\.uk/)")


def parse(source: Source, page: Page) -> Parsed:
    """One entry per law, effect, or law in the log, newest first as the feed has them.

    With the option `follow`, further pages of the list are asked for, that many at most. Raises :class:`ParseError` for
    what is no well-formed Atom feed; outcome BLOCKED for a bot challenge, EMPTY for a feed without entries.
    """
    text, problems = feed_guard.decode(page)
    try:
        defused = feed_guard.defuse(source, text)
    except feed_guard.BlockedError as error:
        return Parsed(outcome=Outcome.BLOCKED, error=str(error))
    if defused.cut:
        raise ParseError("not well-formed XML (it breaks off before its end)", subject=source.id)
    root = _root(source, defused.text)
    entries: dict[str, Entry] = {}
    said = [*problems, *defused.problems]
    for number, element in enumerate((e for e in root if local_name(e) == "entry"), start=1):
        entry = _entry(source, element, page)
        if entry is None:
            said.append(f"entry {number} has no identifier or no title and was left out")
        else:
            entries.setdefault(entry.key, entry)  # the log has one entry per file format, newest first
    found = tuple(entries.values())
    return Parsed(
        found,
        follow=_follow(source, root, page),
        problems=tuple(said),
        outcome=None if found else Outcome.EMPTY,
        error="" if found else f"{source.id}: the feed is sound, but has no entries",
        title=clean(_text(root, "title"), MAX_TITLE_CHARS),
    )


def _root(source: Source, text: str) -> ET.Element:
    try:
        root = ET.fromstring(text)  # noqa: S314 - defused before: there is no document type, hence no entities
    except (ET.ParseError, ValueError, RecursionError) as error:
        raise ParseError(f"not well-formed XML ({str(error)[:80]})", subject=source.id) from error
    if local_name(root) != "feed":
        raise ParseError(f"<{local_name(root)}> where an Atom feed is due", subject=source.id)
    return root


def _entry(source: Source, element: ET.Element, page: Page) -> Entry | None:
    effect = next((e for e in element.iter() if local_name(e) == "effect"), None)
    identifier = _text(element, "identifier")
    if effect is not None:
        return _effect_entry(source, element, effect, page)
    key = identifier or _text(element, "id")
    title = clean(" ".join(_text(element, "title").split()), MAX_TITLE_CHARS)
    if not key or not title:
        return None
    created = _attribute(element, "creationdate", "Date")
    published = dates.parse(_text(element, "published") or created, now=page.fetched_at)
    return Entry(
        key=key,
        url=_page_of(identifier, page) if identifier else _document(element, page),
        title=title,
        summary=clean(_text(element, "summary"), MAX_SUMMARY_CHARS),
        published_at=published.at,
        published_raw=published.raw,
        date_quality=published.quality,
        modified_at=dates.parse(_text(element, "updated"), now=page.fetched_at).at,
        change_note=_logged(element) if identifier else "",
        kind=source.options.doc_kind,
        refs=tuple(_REFERENCE.findall(key)),
        categories=tuple(dict.fromkeys(_categories(element))),
        attachments=tuple(_files(element, page)),
    )


def _effect_entry(source: Source, element: ET.Element, effect: ET.Element, page: Page) -> Entry | None:
    """A change that one law makes to another. Its own URI stays when it is edited; the entry's id does not."""
    key = effect.get("URI") or _text(element, "id")
    title = clean(" ".join(_text(element, "title").split()), MAX_TITLE_CHARS)
    if not key or not title:
        return None
    modified = dates.parse(_text(element, "updated") or effect.get("Modified", ""), now=page.fetched_at)
    affected, affecting = effect.get("AffectedURI", ""), effect.get("AffectingURI", "")
    return Entry(
        key=key,
        url=_page_of(affecting or affected, page),
        title=title,
        summary=clean(_effect_in_words(effect), MAX_SUMMARY_CHARS),
        published_at=modified.at,
        published_raw=modified.raw,
        date_quality=modified.quality,
        modified_at=modified.at,
        kind=source.options.doc_kind,
        refs=tuple(dict.fromkeys(_REFERENCE.findall(f"{affected} {affecting}"))),
    )


def _effect_in_words(effect: ET.Element) -> str:
    """ "reg. 4 of The A Regulations 2010: inserted by s. 2 of the B Act 2026. In force 1 May 2026. Not yet applied …"""
    place = " of ".join(filter(None, (effect.get("AffectedProvisions"), _text(effect, "affectedtitle"))))
    by = " of ".join(filter(None, (effect.get("AffectingProvisions"), _text(effect, "affectingtitle"))))
    sentences = [f"{place}: {effect.get('Type') or 'affected'} by {by}." if place and by else place or by]
    for force in (e for e in effect.iter() if local_name(e) == "inforce"):
        when = dates.parse(force.get("Date", ""))
        if when.at:
            day = dates.to_datetime(when.at)
            qualification = force.get("Qualification")
            sentences.append(f"In force {day.day} {day:%B %Y}" + (f" ({qualification})." if qualification else "."))
    if effect.get("Applied") == "false":
        sentences.append("Not yet applied to the text on legislation.gov.uk.")
    return " ".join(filter(None, sentences))


def _logged(element: ET.Element) -> str:
    """What the publication log says happened: "republished, as it stands on 2022-07-21"."""
    event = "republished" if _text(element, "republished").strip() == "true" else _text(element, "event").strip()
    version = _VERSION.search(_text(element, "document"))
    return ", ".join(filter(None, (clean(event, 100), f"as it stands on {version[1]}" if version else "")))


def _document(element: ET.Element, page: Page) -> str | None:
    """The page of a law: its link without relation, else the address its identifier stands for."""
    for link in _links(element):
        if not link.get("rel") and link.get("href"):
            return _page_of(link.get("href", ""), page)
    return _page_of(_text(element, "id"), page)


def _page_of(uri: str, page: Page) -> str | None:
    """https address of the page for an identifier URI (http, ``/id/``) or link."""
    address = urls.canonical(_HOST.sub("https://", uri.strip()), page.url) if uri.strip() else None
    return address.replace("www.legislation.gov.uk/id/", "www.legislation.gov.uk/", 1) if address else None


def _files(element: ET.Element, page: Page) -> Iterator[Attachment]:
    for link in _links(element):
        address = _page_of(link.get("href", ""), page)
        if link.get("rel") == "alternate" and link.get("type") == "application/pdf" and address:
            yield Attachment(clean(link.get("title") or "PDF", MAX_TITLE_CHARS), address, "application/pdf")


def _categories(element: ET.Element) -> Iterator[str]:
    for child in element:
        if local_name(child) == "category" and child.get("term"):
            yield clean(child.get("term", ""), 200)


def _follow(source: Source, root: ET.Element, page: Page) -> tuple[Request, ...]:
    """The next page of the list, as long as `follow` allows; the request carries how many came before it."""
    done = int(page.request.context) if page.request.context.isdigit() else 0
    if done >= source.options.follow:
        return ()
    for link in _links(root):
        address = urls.canonical(_HOST.sub("https://", link.get("href", "")), page.url)
        if link.get("rel") == "next" and address and address != page.url:
            return (Request(address, accept=feed.ACCEPT, context=str(done + 1)),)
    return ()


def _links(element: ET.Element) -> Iterator[ET.Element]:
    return (child for child in element if local_name(child) == "link")


def _text(element: ET.Element, name: str) -> str:
    """Text of the first child with this local name."""
    return next(("".join(child.itertext()).strip() for child in element if local_name(child) == name), "")


def _attribute(element: ET.Element, name: str, attribute: str) -> str:
    return next((child.get(attribute, "") for child in element if local_name(child) == name), "")


KIND: Final = SourceKind(name="legislation", plan=feed.plan, parse=parse, options=frozenset({"follow"}), single=False)
