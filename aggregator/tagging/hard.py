"""The hardest labelled items with what the models said of them unseen, as a data file for /about/tagging. Training only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from aggregator.tagging.jsonl import evidence_as_json
from aggregator.tagging.labelled import Item
from aggregator.tagging.layout import Vector
from aggregator.tagging.measure import OutOfFold
from aggregator.tagging.tagger import Tagger

SHOWN = 10
_VERDICTS = ("missed", "wrong", "right", "doubted")
"""Of a label: it should be there and is not; it is there and should not be; it is there rightly; the annotators differ."""


def hardest(
    items: Sequence[tuple[int, Item]], topics: Vector, out: OutOfFold, cuts: tuple[float, float], tagger: Tagger
) -> list[dict[str, Any]]:
    """The items on which unseen predictions were most wrong: the sum over topics of how far beyond the cut a wrong one lay.

    ``items`` come with their rows in ``topics`` (probabilities) and ``out``; ``cuts`` are those of topics and places. Topics, places
    and kind are those predicted by models that had not seen the item; the evidence is what the rules find in its text.
    """
    scored = sorted(((_distance(item, topics[n], cuts[0], tagger), n) for n, item in items), reverse=True)
    by_row = dict(items)
    return [_shown(by_row[n], n, distance, topics[n], out, cuts, tagger) for distance, n in scored[:SHOWN]]


def _distance(item: Item, scores: Any, cut: float, tagger: Tagger) -> float:
    total = 0.0
    for slug, score in zip(tagger.topics, scores, strict=True):
        if slug not in item.doubted_topics and (score > cut) != (slug in item.topics):
            total += abs(float(score) - cut)
    return round(total, 3)


def _shown(
    item: Item, row: int, distance: float, scores: Vector, out: OutOfFold, cuts: tuple[float, float], tagger: Tagger
) -> dict[str, Any]:
    cut, place_cut = cuts
    given = {tag.slug for tag in tagger.shown_for(item.doc, np.where(scores > cut, scores, 0.0))}
    places = sorted(place for (n, place), p in out.places.items() if n == row and p > place_cut)
    return {
        "id": item.id,
        "publisher": item.doc.publisher,
        "title": item.doc.title,
        "summary": item.doc.summary,
        "body": item.doc.body,
        "distance": distance,
        "cut": round(cut, 3),
        "topics": _topics(item, given, scores, tagger),
        "places": _places(item, places, tagger),
        "kind": {"wanted": sorted(item.kinds), "given": out.kinds[row]},
    }


def _topics(item: Item, given: set[str], scores: Vector, tagger: Tagger) -> list[dict[str, Any]]:
    """Every topic given or wanted: whether that is right, its score, and the passages that speak for it."""
    asked = [slug in given | item.topics for slug in tagger.topics]
    words = {tag.slug: tag.evidence for tag in tagger.shown_for(item.doc, np.where(asked, 1.0, 0.0))}
    rows = [
        {
            "slug": slug,
            "verdict": _verdict(slug in given, slug in item.topics, slug in item.doubted_topics),
            "score": round(float(score), 3),
            "evidence": evidence_as_json(words.get(slug, ())),
        }
        for slug, score, shown in zip(tagger.topics, scores, asked, strict=True)
        if shown
    ]
    return sorted(rows, key=lambda r: (_VERDICTS.index(r["verdict"]), -r["score"]))


def _places(item: Item, given: list[str], tagger: Tagger) -> list[dict[str, Any]]:
    return [
        {
            "slug": slug,
            "verdict": _verdict(slug in given, slug in item.places, slug in item.doubted_places),
            "evidence": evidence_as_json(tagger.mentions_of(item.doc, slug)),
        }
        for slug in sorted({*given, *item.places})
    ]


def _verdict(given: bool, wanted: bool, doubted: bool) -> str:
    if doubted:
        return "doubted"
    return "right" if given and wanted else "wrong" if given else "missed"
