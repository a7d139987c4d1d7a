"""The tagger: a document in, topics, places, kind and entities with their evidence out. Pure and deterministic."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any

from aggregator import limits
from aggregator.models import Document, Evidence, PlaceTag, Tags, TopicTag
from aggregator.tagging import entities, lexicon, places
from aggregator.tagging import model as models
from aggregator.tagging import taxonomy as taxonomies
from aggregator.tagging.features import SUFFIXES, Extracted, Extractor
from aggregator.tagging.layout import Layout, Shown, Vector
from aggregator.tagging.matcher import Hit
from aggregator.tagging.text import Laid, lay

_DATA = (
    "taxonomy.yaml", "model.json", "gazetteer.yaml", "entities.yaml", *(f"lexicon/{name}" for name in lexicon.FILES)
)  # fmt: skip
_ENOUGH = 8
"""Hits of a topic among which its evidence is chosen: a long text has hundreds."""
_KIND_GROUPS = 3
"""Groups of phrases shown as evidence of a kind."""


class Tagger:
    """Applies the lexicon, the gazetteer and the learned weights. Built once, used for any number of documents."""

    def __init__(self, raw: dict[str, Any], version: str) -> None:
        self._extractor = extractor()
        self._layout = Layout(self._extractor, taxonomies.load().assignable, raw["publishers"])
        self._model = models.Model(raw, self._layout)
        self._finder = places.Finder(places.load(), self._extractor)
        self._entities = entities.Finder(entities.load(), self._extractor)
        self._rules: dict[tuple[int, int], str] = {}
        names, topics = self._extractor.names, self._layout.topics
        self._roles = tuple(
            tuple((t, any(names[g] == f"{topics[t]}.core" for g in groups)) for t in of)
            for of, groups in zip(self._layout.topics_of, self._extractor.groups_of, strict=True)
        )
        self.version = version
        """Changes with any data file: rules, names or weights. Stored with every tag."""

    def tag(self, doc: Document) -> Tags:
        """Tags one document. Evidence offsets are half-open and index the original text of the named field."""
        laid = lay(doc)
        extracted = self._extractor.extract(laid)
        shown = self._layout.show(extracted)
        return self._tags(laid, extracted, shown, self._model.score(shown))

    def tag_many(self, docs: Iterable[Document]) -> Iterator[Tags]:
        """Tags documents in order, the same tags as one by one. Each step is done for a batch before the next, which is quicker."""
        waiting = iter(docs)
        while batch := list(islice(waiting, limits.TAG_BATCH)):
            laid = [lay(doc) for doc in batch]
            extracted = [self._extractor.extract(one) for one in laid]
            shown = [self._layout.show(one) for one in extracted]
            scores = [self._model.score(one) for one in shown]
            yield from map(self._tags, laid, extracted, shown, scores)

    def _tags(self, laid: Laid, extracted: Extracted, shown: Shown, scores: models.Scores) -> Tags:
        kind = int(scores.kinds.argmax())
        name = self._model.kinds[kind]
        return Tags(
            topics=self._topics(laid, extracted, scores.topics),
            places=self._places(laid, extracted),
            kind=name,
            model=self.version,
            kind_score=round(float(scores.kinds[kind]), 3),
            kind_evidence=self._kind_evidence(laid, extracted, shown, name),
            entities=self._entities.find(laid, extracted.hits),
        )

    def _topics(self, laid: Laid, extracted: Extracted, scores: Vector) -> tuple[TopicTag, ...]:
        above = (scores > self._model.thresholds).nonzero()[0].tolist()
        if not above:
            return ()
        certain: dict[int, list[Hit]] = {topic: [] for topic in above}
        suggestive: dict[int, list[Hit]] = {topic: [] for topic in above}
        roles = self._roles
        for hit in extracted.hits:
            for topic, core in roles[hit[0]]:
                if topic in certain:
                    found = certain[topic] if core else suggestive[topic]
                    if len(found) < _ENOUGH:
                        found.append(hit)
        tags = [
            TopicTag(
                self._layout.topics[t], round(float(scores[t]), 3), self._evidence(laid, t, certain[t], suggestive[t])
            )
            for t in above
            if certain[t] or suggestive[t]
        ]
        return tuple(sorted(tags, key=lambda t: (-t.score, t.slug)))

    def _evidence(self, laid: Laid, topic: int, certain: list[Hit], suggestive: list[Hit]) -> tuple[Evidence, ...]:
        """The passages worth showing: near-certain phrases before suggestive ones, none inside another, in the order of the text."""
        span = self._extractor.matcher.span
        kept: list[tuple[int, int, int]] = []
        for hits in (certain, suggestive):
            found = sorted(((*span(h, laid.flat), h[0]) for h in hits), key=lambda s: (s[0], -s[1]))
            for start, end, phrase in found:
                if len(kept) == limits.TAG_EVIDENCE:
                    break
                if not any(a <= start < b or a < end <= b for a, b, _ in kept):
                    kept.append((start, end, phrase))
        return tuple(laid.evidence(start, end, self._rule(phrase, topic)) for start, end, phrase in sorted(kept))

    def _rule(self, phrase: int, topic: int) -> str:
        rule = self._rules.get((phrase, topic))
        if rule is None:
            rule = self._rules[phrase, topic] = self._extractor.rule(phrase, self._layout.topics[topic])
        return rule

    def _places(self, laid: Laid, extracted: Extracted) -> tuple[PlaceTag, ...]:
        mentions = self._finder.mentions(laid, extracted.hits)
        if not mentions:
            return ()
        tags = []
        for place, values in places.features(mentions, self._layout.setting(extracted)).items():
            if places.probability(self._model.place_weights, values) > self._model.place_threshold:
                own = [m for m in mentions if m.place == place]
                about = [m for m in own if m.kind == "plain"] or own
                found = [laid.evidence(m.start, m.end, m.name) for m in about[: limits.TAG_EVIDENCE]]
                tags.append(PlaceTag(place, tuple(found)))
        return tuple(sorted(tags, key=lambda t: t.slug))

    def _kind_evidence(self, laid: Laid, extracted: Extracted, shown: Shown, kind: str) -> tuple[Evidence, ...]:
        """One hit of each of the groups that spoke most for the kind."""
        width = len(SUFFIXES)
        wide = extracted.groups.size
        parts = shown.row[:wide] * self._model.kind_contribution(kind)[:wide]
        sums = parts.reshape(-1, width).sum(axis=1)
        best = [int(g) for g in sums.argpartition(-_KIND_GROUPS)[-_KIND_GROUPS:] if sums[g] > 0]
        found: dict[int, Evidence] = {}
        for hit in extracted.hits:
            for group in self._extractor.groups_of[hit[0]]:
                if group in best and group not in found:
                    span = self._extractor.matcher.span(hit, laid.flat)
                    found[group] = laid.evidence(*span, self._extractor.names[group])
            if len(found) == len(best):
                break
        return tuple(found[g] for g in sorted(found, key=lambda g: (-sums[g], g)))


def extractor() -> Extractor:
    """The extractor of the package: lexicon, names of places and entities in one automaton."""
    named = (phrase for entity in entities.load() for phrase in entity.phrases)
    return Extractor(lexicon.load(), (*places.load().phrases, *named))


def version() -> str:
    """A short hash of all data files together."""
    whole = hashlib.sha256()
    for name in _DATA:
        whole.update((files("aggregator.tagging") / "data" / name).read_bytes())
    return f"t1-{whole.hexdigest()[:10]}"


@cache
def load() -> Tagger:
    """The tagger of the package, built at first use and kept."""
    return Tagger(models.load(), version())
