"""Tags as text for a terminal: each tag with its score, the passages it rests on and the rule that found them."""

from __future__ import annotations

from collections.abc import Iterable

from aggregator import limits
from aggregator.models import Document, Evidence, Tags
from aggregator.tagging.taxonomy import Taxonomy

_MARKS = {True: ("\x1b[1;33m", "\x1b[0m"), False: ("[", "]")}


def render(doc: Document, tags: Tags, taxonomy: Taxonomy, colour: bool = False) -> str:
    """The tags of one document. Evidence is shown in its sentence, in colour or in square brackets."""
    lines = [f"Kind: {tags.kind} ({tags.kind_score:.2f})", *_passages(doc, tags.kind_evidence, colour), "Topics:"]
    for tag in tags.topics:
        topic = taxonomy.topic(tag.slug)
        lines += [f"  {topic.title if topic else tag.slug} ({tag.score:.2f})", *_passages(doc, tag.evidence, colour)]
    if not tags.topics:
        lines.append("  none")
    lines.append("Places:")
    for found in tags.places:
        place = taxonomy.place(found.slug)
        lines += [f"  {place.name if place else found.slug}", *_passages(doc, found.evidence, colour)]
    if not tags.places:
        lines.append("  none")
    if tags.entities:
        lines.append("Named:")
        lines += [f"  {entity.type}: {entity.title}" for entity in tags.entities]
    return "\n".join([*lines, f"Model: {tags.model}"])


def _passages(doc: Document, evidence: Iterable[Evidence], colour: bool) -> list[str]:
    return [f"    {one.field}: {passage(doc, one, colour)}  ({one.rule})" for one in evidence]


def passage(doc: Document, evidence: Evidence, colour: bool = False) -> str:
    """The evidence with some words on either side, on one line. Control characters of the text are left out."""
    text: str = getattr(doc, evidence.field)
    start = max(0, evidence.start - limits.EVIDENCE_CONTEXT_CHARS)
    end = min(len(text), evidence.end + limits.EVIDENCE_CONTEXT_CHARS)
    before, after = text[start : evidence.start], text[evidence.end : end]
    before = ("…" + before[before.find(" ") :]) if start else before
    after = (after[: after.rfind(" ")] + " …") if end < len(text) and " " in after else after
    opened, closed = _MARKS[colour]
    return _line(before) + opened + _line(evidence.text) + closed + _line(after)


def _line(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text)
