"""Evidence as a reader sees it: the words that gave a tag, marked in their context. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aggregator.limits import EVIDENCE_CONTEXT_CHARS, MAX_EVIDENCE_SHOWN
from aggregator.models import Evidence
from aggregator.site.views import Mark, Tag, Why


@dataclass(frozen=True, slots=True)
class Tagged:
    """A row of `update_topics` or `update_places`."""

    sort: str
    slug: str
    title: str
    origin: str
    score: float | None
    evidence: str


def tag(row: Tagged, texts: Mapping[str, str] | None) -> Tag:
    """The tag with its evidence in context; ``texts`` None leaves the evidence folded away."""
    found = read(row.evidence) if texts is not None else ()
    shown = tuple(in_context(e, texts or {}) for e in found[:MAX_EVIDENCE_SHOWN])
    return Tag(row.sort, row.slug, row.title, row.origin, row.score, shown, max(0, len(found) - MAX_EVIDENCE_SHOWN))


def read(text: str) -> tuple[Evidence, ...]:
    """Evidence from its JSON column. What is not of its shape is left out: a page must not fail on one bad row."""
    try:
        rows = json.loads(text)
    except ValueError:
        return ()
    found = []
    for row in rows if isinstance(rows, list) else ():
        try:
            entry = Evidence(str(row["field"]), int(row["start"]), int(row["end"]), str(row["text"]), str(row["rule"]))
        except (KeyError, TypeError, ValueError):
            continue
        found.append(entry)
    return tuple(dict.fromkeys(found))


def place(entry: Evidence, text: str) -> tuple[int, int] | None:
    """Where the evidence stands in its field. The text may have moved since (a later version): then it is looked for."""
    if entry.text and text[entry.start : entry.end] == entry.text:
        return entry.start, entry.end
    start = text.find(entry.text) if entry.text else -1
    return (start, start + len(entry.text)) if start >= 0 else None


def in_context(entry: Evidence, texts: Mapping[str, str]) -> Why:
    """The evidence with a few words on either side."""
    text = texts.get(entry.field, "")
    at = place(entry, text)
    if at is None:
        return Why(entry.field, entry.rule, (Mark(entry.text, on=True),) if entry.text else ())
    start, end = at
    before, after = text[:start], text[end:]
    lead = _tail(before)
    trail = _head(after)
    return Why(entry.field, entry.rule, (Mark(lead), Mark(text[start:end], on=True), Mark(trail)))


def _tail(text: str) -> str:
    if len(text) <= EVIDENCE_CONTEXT_CHARS:
        return text
    cut = text[-EVIDENCE_CONTEXT_CHARS:]
    return "… " + cut[cut.find(" ") + 1 :]


def _head(text: str) -> str:
    if len(text) <= EVIDENCE_CONTEXT_CHARS:
        return text
    cut = text[:EVIDENCE_CONTEXT_CHARS]
    return (cut[: cut.rfind(" ")] if " " in cut else cut) + " …"


def marked(text: str, ranges: Iterable[tuple[int, int]]) -> tuple[Mark, ...]:
    """The whole text with these ranges marked; overlapping ranges become one."""
    pieces: list[Mark] = []
    at = 0
    for start, end in sorted(ranges):
        start = max(start, at)
        if end <= start:
            continue
        pieces.append(Mark(text[at:start]))
        pieces.append(Mark(text[start:end], on=True))
        at = end
    pieces.append(Mark(text[at:]))
    return tuple(p for p in pieces if p.text)


def paragraphs(marks: Iterable[Mark]) -> tuple[tuple[Mark, ...], ...]:
    """Marked text cut into paragraphs at line breaks."""
    done: list[list[Mark]] = [[]]
    for mark in marks:
        for n, line in enumerate(mark.text.split("\n")):
            if n:
                done.append([])
            if line:
                done[-1].append(Mark(line, mark.on))
    return tuple(tuple(p) for p in done if any(m.text.strip() for m in p))
