"""One PDF, watched: its text is one entry. The file may be replaced at its address; a new version needs new words.

pypdf reads it, in the limited child like every other parser: a PDF is a program that draws, and some are built to
draw for ever.
"""

from __future__ import annotations

import hashlib
import io
import logging
import re
from typing import Final

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from aggregator.errors import ParseError
from aggregator.limits import MAX_BODY_CHARS, MAX_PDF_PAGES, MAX_TITLE_CHARS
from aggregator.models import Attachment, Entry, Page, Parsed, Request, Source, Utc
from aggregator.sources import windows
from aggregator.sources.kind import SourceKind
from aggregator.sources.page import READS, absent, moved
from aggregator.sources.pages import decoded, refuse_challenge
from aggregator.text import noise, urls
from aggregator.text.normalise import clean

_PAGE_NUMBER = re.compile(r"(?:page\s+)?\d{1,4}(?:\s*(?:of|/)\s*\d{1,4})?", re.IGNORECASE)
_HYPHENATED = re.compile(r"(?<=[a-z])-\n(?=[a-z])")
_LINE_END = re.compile(r"(?<![.:;!?])\n(?=[a-z(])")


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """The file itself."""
    return (Request(windows.expand(source.url, now), accept="application/pdf"),)


def parse(source: Source, page: Page) -> Parsed:
    """The file as one entry. ParseError when it is no PDF, is locked, or is damaged beyond reading."""
    if page.status >= 400:
        return absent(source, page)
    if b"%PDF-" not in page.body[:1024]:
        refuse_challenge(source, decoded(page))
        raise ParseError("not a PDF: an error page, or the address has changed", subject=source.id)
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it tells of every oddity of every file
    try:
        title, body, pages = _read(page.body)
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise ParseError(f"a PDF that cannot be read ({type(error).__name__})", subject=source.id) from error
    old = moved(page)
    url = urls.canonical(page.url if old else page.request.url)
    if not body:  # scanned pages: only that the file was replaced can be told
        body = f"This PDF has {pages} pages and no text in them. SHA-256: {hashlib.sha256(page.body).hexdigest()}"
    body = noise.tidy(body, source.options.ignore)
    steady = noise.steady(body)
    entry = Entry(
        key=url or source.url,
        url=url,
        title=title or source.title,
        body=body,
        compared=steady if steady != body else "",
        attachments=(Attachment(title or source.title, url or source.url, "application/pdf"),),
    )
    return Parsed((entry, old) if old else (entry,), title=entry.title)


def _read(data: bytes) -> tuple[str, str, int]:
    """Title, text and number of pages."""
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise ValueError("locked with a password")
    pages = len(reader.pages)
    texts = [reader.pages[number].extract_text() for number in range(min(pages, MAX_PDF_PAGES))]
    title = str(reader.metadata.title or "") if reader.metadata else ""
    return clean(title, MAX_TITLE_CHARS), clean("\n\n".join(map(_flow, texts)), MAX_BODY_CHARS), pages


def _flow(text: str) -> str:
    """A page's lines as running text: broken words and sentences joined, page numbers left out."""
    lines = [line.strip() for line in text.splitlines()]
    kept = "\n".join(line for line in lines if not _PAGE_NUMBER.fullmatch(line))
    return _LINE_END.sub(" ", _HYPHENATED.sub("", kept))


KIND: Final = SourceKind(name="pdf", plan=plan, parse=parse, options=frozenset({"ignore"}), reads=READS)
