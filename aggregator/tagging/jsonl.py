"""Lines in, lines out: what ``aggregator tag --jsonl`` does."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any

from aggregator import limits
from aggregator.errors import ConfigError
from aggregator.models import Document, Evidence, Tags
from aggregator.tagging.tagger import Tagger

FIELDS = ("id", "publisher", "title", "summary", "body")


def tag_lines(lines: Iterable[str], tagger: Tagger) -> Iterator[str]:
    """Tags documents, one JSON object a line, in the order given; other keys of the object are ignored, empty lines skipped.

    Raises :class:`ConfigError` naming the line that is not an object of strings ``id``, ``publisher``, ``title``, ``summary``,
    ``body`` (all but ``id`` and ``title`` may be missing).
    """
    ids: deque[str | int] = deque()

    def documents() -> Iterator[Document]:
        for number, line in enumerate(lines, 1):
            if line.strip():
                item_id, doc = _document(line, number)
                ids.append(item_id)
                yield doc

    for tags in tagger.tag_many(documents()):
        yield json.dumps({"id": ids.popleft(), **as_json(tags)}, ensure_ascii=False)


def as_json(tags: Tags) -> dict[str, Any]:
    """Tags as plain values, in the shape that `aggregator tag --jsonl` promises."""
    return {
        "topics": [{"slug": t.slug, "score": t.score, "evidence": evidence_as_json(t.evidence)} for t in tags.topics],
        "places": [{"slug": p.slug, "evidence": evidence_as_json(p.evidence)} for p in tags.places],
        "kind": tags.kind,
        "kind_score": tags.kind_score,
        "kind_evidence": evidence_as_json(tags.kind_evidence),
        "entities": [
            {"type": e.type, "slug": e.slug, "title": e.title, "evidence": evidence_as_json(e.evidence)}
            for e in tags.entities
        ],
        "model": tags.model,
    }


def evidence_as_json(evidence: Iterable[Evidence]) -> list[dict[str, Any]]:
    """Passages as plain values: field, start, end (half-open), text and rule."""
    return [{"field": e.field, "start": e.start, "end": e.end, "text": e.text, "rule": e.rule} for e in evidence]


def _document(line: str, number: int) -> tuple[str | int, Document]:
    subject = f"line {number}"
    if len(line) > limits.MAX_TAG_LINE_CHARS:
        raise ConfigError(f"longer than {limits.MAX_TAG_LINE_CHARS} characters", subject=subject)
    try:
        raw = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"not JSON: {error}", subject=subject) from error
    if not isinstance(raw, dict):
        raise ConfigError(f"an object with {', '.join(FIELDS)} expected", subject=subject)
    if not isinstance(raw.get("id"), str | int) or not isinstance(raw.get("title"), str):
        raise ConfigError("'id' and 'title' must be there, the title as text", subject=subject)
    texts = {name: raw.get(name) or "" for name in FIELDS[1:]}
    if wrong := [name for name, value in texts.items() if not isinstance(value, str)]:
        raise ConfigError(f"{', '.join(wrong)} must be text", subject=subject)
    item_id: str | int = raw["id"]
    return item_id, Document(texts["title"], texts["summary"], texts["body"], texts["publisher"])
