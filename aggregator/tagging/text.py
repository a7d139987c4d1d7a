"""A document laid out for matching: one string, its zones, and the way back from any offset to the original field."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator import limits
from aggregator.models import Document, Evidence
from aggregator.tagging.normalise import MARK, flatten, squeeze

_new = tuple.__new__  # half the time of calling the class, and there are fifteen in a document
_GAP = f" {MARK} "


@dataclass(frozen=True, slots=True)
class Laid:
    """Title, summary and body in one string. ``text`` keeps everything, ``flat`` is as long and flattened."""

    doc: Document
    text: str
    flat: str
    summary_at: int
    body_at: int
    rest_at: int
    original_summary_at: int
    original_body_at: int
    places: list[int] | None  # where each character of ``text`` was before blanks were squeezed

    def evidence(self, start: int, end: int, rule: str) -> Evidence:
        """The original characters of ``text[start:end]``, as evidence."""
        if self.places is not None:
            start, end = self.places[start], self.places[end - 1] + 1
        if start >= self.original_body_at:
            start, end = start - self.original_body_at, end - self.original_body_at
            return _new(Evidence, ("body", start, end, self.doc.body[start:end], rule))
        if start >= self.original_summary_at:
            start, end = start - self.original_summary_at, end - self.original_summary_at
            return Evidence("summary", start, end, self.doc.summary[start:end], rule)
        return Evidence("title", start - 1, end - 1, self.doc.title[start - 1 : end - 1], rule)


def lay(doc: Document) -> Laid:
    """Lays a document out. The lead is the first paragraph of the body, at most ``limits.TAG_LEAD_CHARS`` of it."""
    text, places = squeeze(f" {doc.title}{_GAP}{doc.summary}{_GAP}{doc.body} ")
    summary_at = 1 + len(doc.title) + len(_GAP)
    body_at = summary_at + len(doc.summary) + len(_GAP)
    original = summary_at, body_at
    if places is not None:
        summary_at, body_at = _moved(places, summary_at), _moved(places, body_at)
    end = text.find("\n\n", body_at)
    rest_at = min(end if end >= 0 else len(text), body_at + limits.TAG_LEAD_CHARS)
    return Laid(doc, text, flatten(text), summary_at, body_at, rest_at, *original, places)


def _moved(places: list[int], old: int) -> int:
    """The first present place of what stood at ``old`` or later."""
    return next(new for new, was in enumerate(places) if was >= old)
