"""The tagger: a document in, topics, places, kind and entities with their evidence out. Pure and deterministic."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from aggregator import limits
from aggregator.models import KINDS, Document, Evidence, PlaceTag, Tags, TopicTag
from aggregator.tagging import entities, lexicon, places, placing, wordmodel
from aggregator.tagging import model as models
from aggregator.tagging import taxonomy as taxonomies
from aggregator.tagging.features import Extracted, Extractor
from aggregator.tagging.layout import Layout, Vector
from aggregator.tagging.shower import Shower
from aggregator.tagging.text import Laid, lay
from aggregator.tagging.wordmodel import Words

_DATA = (
    "taxonomy.yaml", "model.json", "words.csv", "gazetteer.yaml", "publishers.yaml", "entities.yaml", *(f"lexicon/{name}" for name in lexicon.FILES)
)  # fmt: skip

_RULES = ("company.py", "around.py")
"""Modules that hold vocabulary."""


class Tagger:
    """Applies the lexicon, the gazetteer and the learned weights. Built once, used for any number of documents."""

    def __init__(self, raw: dict[str, Any], words: Words, version: str) -> None:
        self._extractor = extractor(words.vocabulary)
        self._layout = Layout(self._extractor, taxonomies.load().assignable)
        self._model = models.Model(raw, words, self._layout)
        self._finder = places.Finder(places.load(), self._extractor)
        self._entities = entities.Finder(entities.load(), self._extractor)
        self._shower = Shower(self._layout, self._model)
        self.version = version
        """Changes with any data file: rules, names or weights. Stored with every tag."""

    def tag(self, doc: Document) -> Tags:
        """Tags one document. Evidence offsets are half-open and index the original text of the named field."""
        return self._batch([doc])[0]

    def tag_many(self, docs: Iterable[Document]) -> Iterator[Tags]:
        """Tags documents in order, the same tags as one by one. Each step is done for a batch at once, which is quicker."""
        for batch in _batches(docs):
            yield from self._batch(batch)

    @property
    def topics(self) -> tuple[str, ...]:
        """Slugs of all topics that can be given, in the order of scores."""
        return self._layout.topics

    def shown_for(self, doc: Document, scores: Vector) -> tuple[TopicTag, ...]:
        """The topics that scores from elsewhere (models that had not seen the document) would give, with evidence."""
        return self._shower.topics(self._extractor.extract([lay(doc)]), scores[None, :])[0]

    def mentions_of(self, doc: Document, place: str) -> tuple[Evidence, ...]:
        """Where a document names a place or what lies in it."""
        extracted = self._extractor.extract([lay(doc)])
        mentions = [m for m in self._finder.mentions(extracted)[0] if m.place == place]
        return tuple(extracted.laid[0].evidence(m.start, m.end, m.name) for m in mentions[: limits.TAG_EVIDENCE])

    def _batch(self, docs: list[Document]) -> list[Tags]:
        laid = [lay(doc) for doc in docs]
        extracted = self._extractor.extract(laid)
        shown = self._layout.show(extracted)
        scores = self._model.score(extracted, shown)
        best = scores.kinds.argmax(axis=1)
        topics = self._shower.topics(extracted, scores.topics)
        kinds = self._shower.kinds(extracted, shown, best)
        placed = self._places(extracted, scores)
        named = self._entities.find(extracted)
        certain = scores.kinds.max(axis=1).tolist()
        return [
            Tags(
                topics=topics[n],
                places=placed[n],
                kind=self._model.kinds[kind],
                model=self.version,
                kind_score=round(certain[n], 3),
                kind_evidence=kinds[n],
                entities=named[n],
            )
            for n, kind in enumerate(best.tolist())
        ]

    def _places(self, extracted: Extracted, scores: models.Scores) -> list[tuple[PlaceTag, ...]]:
        found = self._finder.mentions(extracted)
        if not any(found):
            return [() for _ in found]
        settings = self._layout.settings(extracted)
        leanings = (scores.kinds @ self._model.place_kinds).tolist()
        rows = zip(extracted.laid, found, settings, scores.local.tolist(), leanings, strict=True)
        return [self._placed(*row) if row[1] else () for row in rows]

    def _placed(
        self, laid: Laid, mentions: list[places.Mention], setting: placing.Setting, local: float, leaning: list[float]
    ) -> tuple[PlaceTag, ...]:
        tags = []
        for place, values in placing.features(mentions, setting).items():
            values = placing.with_local(values, local)
            if placing.probability(self._model.place_weights, values, leaning) > self._model.place_threshold:
                own = [m for m in mentions if m.place == place]
                about = [m for m in own if m.kind == "plain"] or own
                evidence = [laid.evidence(m.start, m.end, m.name) for m in about[: limits.TAG_EVIDENCE]]
                tags.append(PlaceTag(place, tuple(evidence)))
        return tuple(sorted(tags, key=lambda t: t.slug))


def _batches(docs: Iterable[Document]) -> Iterator[list[Document]]:
    """Documents in lists of bounded number and length."""
    batch: list[Document] = []
    size = 0
    for doc in docs:
        batch.append(doc)
        size += len(doc.title) + len(doc.summary) + len(doc.body)
        if len(batch) == limits.TAG_BATCH or size > limits.TAG_BATCH_CHARS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def extractor(vocabulary: Sequence[str] = ()) -> Extractor:
    """The extractor of the package: lexicon, names of places and entities, and single words, in one reading."""
    named = (phrase for entity in entities.load() for phrase in entity.phrases)
    return Extractor(lexicon.load(), (*places.load().phrases, *named), vocabulary)


def version() -> str:
    """A short hash of all data files together, and of the rules that stand in code."""
    whole = hashlib.sha256()
    for name in (*(f"data/{name}" for name in _DATA), *_RULES):
        whole.update(files("aggregator.tagging").joinpath(name).read_bytes())
    return f"t1-{whole.hexdigest()[:10]}"


@cache
def load() -> Tagger:
    """The tagger of the package, built at first use and kept."""
    tagger = Tagger(models.load(), wordmodel.load(taxonomies.load().assignable, KINDS), version())
    gc.freeze()  # its tables live as long as the process: the collector need not walk them again and again
    return tagger
