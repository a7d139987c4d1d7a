"""The hardest labelled items with what the models said of them unseen, as a data file for /about/tagging. Training only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from aggregator.tagging.jsonl import evidence_as_json
from aggregator.tagging.labelled import Item
from aggregator.tagging.tagger import Tagger
from aggregator.tagging.train import OutOfFold

SHOWN = 10


def hardest(
    items: Sequence[tuple[int, Item]], out: OutOfFold, cut: float, place_cut: float, tagger: Tagger
) -> list[dict[str, Any]]:
    """The items on which unseen predictions were most wrong: the sum over topics of how far beyond the cut a wrong one lay.

    ``items`` come with their rows in ``out``. Topics, places and kind are those predicted by models that had not seen the item; the
    evidence is what the rules find in its text.
    """
    scored = sorted(((_distance(item, out.topics[n], cut, tagger), n) for n, item in items), reverse=True)
    by_row = dict(items)
    return [_shown(by_row[n], n, distance, out, cut, place_cut, tagger) for distance, n in scored[:SHOWN]]


def _distance(item: Item, scores: Any, cut: float, tagger: Tagger) -> float:
    total = 0.0
    for slug, score in zip(tagger.topics, scores, strict=True):
        if slug not in item.doubted_topics and (score > cut) != (slug in item.topics):
            total += abs(float(score) - cut)
    return round(total, 3)


def _shown(
    item: Item, row: int, distance: float, out: OutOfFold, cut: float, place_cut: float, tagger: Tagger
) -> dict[str, Any]:
    topics = tagger.shown_for(item.doc, np.where(out.topics[row] > cut, out.topics[row], 0.0))
    places = sorted(place for (n, place), p in out.places.items() if n == row and p > place_cut)
    given = {tag.slug for tag in topics}
    return {
        "id": item.id,
        "publisher": item.doc.publisher,
        "title": item.doc.title,
        "summary": item.doc.summary,
        "body": item.doc.body,
        "distance": distance,
        "gold": {"topics": sorted(item.topics), "places": sorted(item.places), "kind": item.kind},
        "doubted": {"topics": sorted(item.doubted_topics), "places": sorted(item.doubted_places)},
        "predicted": {
            "topics": [{"slug": t.slug, "score": t.score, "evidence": evidence_as_json(t.evidence)} for t in topics],
            "places": [{"slug": p, "evidence": evidence_as_json(tagger.mentions_of(item.doc, p))} for p in places],
            "kind": out.kinds[row],
        },
        "text": item.doc.title,
        "wanted": _words(item.topics, item.places, item.kind),
        "given": _words(given, places, out.kinds[row]),
        "why": _why(
            sorted(item.topics - given - item.doubted_topics), sorted(given - item.topics - item.doubted_topics)
        ),
        "missed": sorted(item.topics - given - item.doubted_topics),
        "wrong": sorted(given - item.topics - item.doubted_topics),
    }


def _words(topics: Iterable[str], places: Iterable[str], kind: str) -> str:
    return "; ".join(part for part in (", ".join(sorted(topics)), ", ".join(sorted(places)), f"kind {kind}") if part)


def _why(missed: Sequence[str], wrong: Sequence[str]) -> str:
    parts = (("Missed", missed), ("wrongly given", wrong))
    said = "; ".join(f"{word}: {', '.join(slugs)}" for word, slugs in parts if slugs)
    return f"{said[:1].upper()}{said[1:]}." if said else ""
