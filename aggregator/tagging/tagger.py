"""The tagger: a document in, topics, places, kind and entities with their evidence out. Pure and deterministic."""

from __future__ import annotations

import re
from functools import cache

from aggregator.models import Document, Evidence, PlaceTag, Tags, TopicTag
from aggregator.tagging.taxonomy import Taxonomy
from aggregator.tagging.taxonomy import load as load_taxonomy

FIELDS = ("title", "summary", "body")


class Tagger:
    """Gives topics by the words of their titles and places by their names."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self.version = "1"
        self._topics = {t.slug: _pattern(t.title) for t in taxonomy.topics if t.assignable}
        self._places = {p.slug: _pattern(p.name) for p in taxonomy.places}

    def tag(self, doc: Document) -> Tags:
        """Tags one document. Evidence offsets are half-open and index the original text of the named field."""
        topics = tuple(TopicTag(s, 1.0, e) for s, p in self._topics.items() if (e := _find(p, doc, s)))
        places = tuple(PlaceTag(s, e) for s, p in self._places.items() if (e := _find(p, doc, s)))
        return Tags(topics=topics, places=places, kind="statement", model=self.version)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(r"\b" + re.escape(name).replace(r"\ ", r"[\s-]") + r"\b", re.IGNORECASE)


def _find(pattern: re.Pattern[str], doc: Document, rule: str) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(field, m.start(), m.end(), m.group(), rule)
        for field in FIELDS
        for m in pattern.finditer(getattr(doc, field))
    )


@cache
def load() -> Tagger:
    """The tagger of the package, built at first use and kept."""
    return Tagger(load_taxonomy())
