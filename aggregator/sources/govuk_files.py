"""Files and HTML parts of a GOV.UK document, in the three ways its schemas carry them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bs4 import BeautifulSoup
from bs4.builder import ParserRejectedMarkup

from aggregator.limits import MAX_GOVUK_FILES, MAX_HTML_BYTES, MAX_PARTS_PER_DOCUMENT, MAX_TITLE_CHARS
from aggregator.models import Attachment, Source
from aggregator.sources import govuk
from aggregator.sources.jsonread import Json, child, children, number, text, texts
from aggregator.text import urls
from aggregator.text.normalise import clean

_UNITS: Final = {"bytes": 1, "kb": 1024, "mb": 1024 * 1024, "gb": 1024**3}


def attachments(source: Source, document: Json, details: Json) -> tuple[Attachment, ...]:
    """All files and parts, each once, by address: a new, renamed or resized one is a change of the document."""
    found: dict[str, Attachment] = {}
    for item in (*_listed(source, details), *_in_html(source, details), *_parts(source, document)):
        found.setdefault(item.url, item)
    return tuple(found.values())[:MAX_GOVUK_FILES]


def parts(source: Source, document: Json) -> tuple[str, ...]:
    """Content paths of the HTML parts of a publication. Their texts change on their own."""
    paths = (govuk.path_of(source, text(item, "base_path")) for item in _html_children(document))
    return tuple(dict.fromkeys(path for path in paths if path))[:MAX_PARTS_PER_DOCUMENT]


def _html_children(document: Json) -> list[Json]:
    found = children(child(document, "links"), "children")
    return [item for item in found if text(item, "schema_name") == "html_publication" and text(item, "base_path")]


def _listed(source: Source, details: Json) -> Iterator[Attachment]:
    """`details.attachments`: objects with everything in its own field."""
    for item in children(details, "attachments"):
        url = urls.canonical(text(item, "url"), govuk.origin(source) + "/")
        if url:
            title = clean(text(item, "title") or text(item, "filename"), MAX_TITLE_CHARS)
            yield Attachment(title, url, clean(text(item, "content_type"), 100), number(item, "file_size"))


def _in_html(source: Source, details: Json) -> Iterator[Attachment]:
    """`details.documents` and `final_outcome_documents`: rendered HTML, one attachment in each piece."""
    for key in ("documents", "final_outcome_documents", "public_feedback_documents"):
        for piece in texts(details, key):
            link = _titled_link(piece)
            url = urls.canonical(link[1], govuk.origin(source) + "/") if link else None
            if link and url:
                yield Attachment(link[0], url, "", _size(piece))


def _titled_link(piece: str) -> tuple[str, str] | None:
    if "<" not in piece:
        return None
    try:
        tree = BeautifulSoup(piece[:MAX_HTML_BYTES], "html.parser")
    except (ParserRejectedMarkup, RecursionError, ValueError):
        return None
    for link in tree.select(".title a[href], a[href]"):
        title = clean(link.get_text(" "), MAX_TITLE_CHARS)
        if title:
            return title, str(link["href"])
    return None


def _size(piece: str) -> int | None:
    found = re.search(r'class="file-size">\s*([\d.]{1,10})\s*(bytes|kb|mb|gb)', piece, re.IGNORECASE)
    if not found or found[1].count(".") > 1 or found[1] == ".":
        return None
    return int(float(found[1]) * _UNITS[found[2].lower()])


def _parts(source: Source, document: Json) -> Iterator[Attachment]:
    """`links.children`: the HTML parts of a publication."""
    for item in _html_children(document)[:MAX_PARTS_PER_DOCUMENT]:
        path = govuk.path_of(source, text(item, "base_path"))
        url = govuk.page_url(source, path) if path else None
        if url:
            yield Attachment(clean(text(item, "title"), MAX_TITLE_CHARS), url, "text/html")
