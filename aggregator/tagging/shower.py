"""Evidence: for every tag given, and only for those, the passages that it rests on."""

from __future__ import annotations

import numpy as np

from aggregator import limits
from aggregator.models import Evidence, TopicTag
from aggregator.tagging.features import SUFFIXES, Extracted, Ragged
from aggregator.tagging.layout import Layout, Shown, Vector
from aggregator.tagging.model import Model
from aggregator.tagging.text import Laid
from aggregator.tagging.wordtable import Array

_ENOUGH = 8
"""Hits of a topic among which its evidence is chosen: a long text has hundreds."""
_KIND_GROUPS = 3
"""Groups of phrases shown as evidence of a kind."""

_LONGEST, _START_BITS = 255, 28
"""A hit is shorter, a text has fewer characters than two to this: so that key, start and length fit in one number to sort by."""

Found = tuple[int, int, int]
"""Start and end in the laid-out text, and the number of the phrase."""


class Shower:
    """Turns scores into tags with evidence."""

    def __init__(self, layout: Layout, model: Model) -> None:
        self._layout, self._model = layout, model
        self._extractor = extractor = layout.extractor
        self._rules: dict[tuple[int, int], str] = {}
        names = extractor.names
        self._certain = np.array(
            [
                any(names[g] == f"{layout.topics[t]}.core" for g in groups)
                for of, groups in zip(layout.topics_of, extractor.groups_of, strict=True)
                for t in of
            ]
        )
        self._open = np.array([phrase.open for phrase in extractor.phrases])
        self._topics_of: Ragged = layout.ragged_topics

    def topics(self, extracted: Extracted, scores: Vector) -> list[tuple[TopicTag, ...]]:
        """The topics of each document of a batch, the likeliest first. A topic without a phrase to show is not given."""
        hits, topics = extracted.hits, self._layout.topics
        above = scores > self._model.thresholds
        where, owner = self._topics_of.places(hits.phrase)
        topic = self._topics_of.values[where]
        wanted = np.flatnonzero(above[hits.doc[owner], topic])
        owner, topic = owner[wanted], topic[wanted]
        rank = (~self._certain[where[wanted]]) + 2 * hits.negated[owner]  # certain and meant, suggestive, then negated
        key = (hits.doc[owner] * len(topics) + topic) * 4 + rank
        length = np.minimum(hits.end[owner] - hits.start[owner], _LONGEST)
        order = (((key << _START_BITS) + hits.start[owner]) * (_LONGEST + 1) - length).argsort()
        order = order[_first(key[order], _ENOUGH)]
        owner, key = owner[order], key[order] // 4
        return self._tags(extracted, scores, key, owner)

    def _tags(self, extracted: Extracted, scores: Vector, key: Array, owner: Array) -> list[tuple[TopicTag, ...]]:
        """Tags with the best passages of each, none that overlaps a better one. ``key``: document and topic of each hit of ``owner``."""
        hits, topics = extracted.hits, self._layout.topics
        ends = np.where(
            self._open[hits.phrase[owner]], -1, hits.end[owner] - 1
        )  # of an open phrase: where its last word ends
        columns = (key, hits.start[owner] + 1, ends, hits.end[owner], hits.phrase[owner])
        tags: list[list[TopicTag]] = [[] for _ in extracted.laid]
        last, kept = -1, list[Found]()
        for pair, start, end, within, phrase in zip(*[c.tolist() for c in columns], strict=True):
            if pair != last:
                if kept:
                    d, t = divmod(last, len(topics))
                    tags[d].append(self._tag(extracted.laid[d], t, float(scores[d, t]), kept))
                last, kept = pair, []
            elif len(kept) == limits.TAG_EVIDENCE:
                continue
            if end < 0:
                flat = extracted.laid[pair // len(topics)].flat
                end = stop if (stop := flat.find(" ", within)) >= 0 else len(flat)
            for a, b, _ in kept:
                if start < b and a < end:
                    break
            else:
                kept.append((start, end, phrase))
        if kept:
            d, t = divmod(last, len(topics))
            tags[d].append(self._tag(extracted.laid[d], t, float(scores[d, t]), kept))
        return [tuple(sorted(some, key=_likeliest)) for some in tags]

    def _tag(self, laid: Laid, topic: int, score: float, kept: list[Found]) -> TopicTag:
        kept.sort()
        rules, shown = self._rules, laid.evidence
        evidence = [shown(a, b, rules.get((phrase, topic)) or self._rule(phrase, topic)) for a, b, phrase in kept]
        return TopicTag(self._layout.topics[topic], round(score, 3), tuple(evidence))

    def _rule(self, phrase: int, topic: int) -> str:
        rule = self._rules[phrase, topic] = self._extractor.rule(phrase, self._layout.topics[topic])
        return rule

    def kinds(self, extracted: Extracted, shown: Shown, kinds: Array) -> list[tuple[Evidence, ...]]:
        """For each document one hit of each of the groups that spoke most for its kind."""
        hits, names = extracted.hits, self._extractor.names
        width = len(names) * len(SUFFIXES)
        parts = shown.rows[:, :width] * self._model.kind_rows[kinds][:, :width]
        sums = parts.reshape(len(kinds), len(names), len(SUFFIXES)).sum(axis=2)
        best = np.zeros(sums.shape, dtype=np.bool_)
        np.put_along_axis(best, sums.argpartition(-_KIND_GROUPS, axis=1)[:, -_KIND_GROUPS:], True, axis=1)
        best &= sums > 0
        group, owner = self._extractor.ragged_groups.take(hits.phrase)
        wanted = np.flatnonzero(best[hits.doc[owner], group])
        group, owner = group[wanted], owner[wanted]
        _, first = np.unique(hits.doc[owner] * len(names) + group, return_index=True)
        order = np.lexsort((group[first], -sums[hits.doc[owner[first]], group[first]]))
        out: list[list[Evidence]] = [[] for _ in extracted.laid]
        at = owner[first[order]]
        columns = (hits.doc[at], hits.phrase[at], hits.start[at], hits.end[at], group[first[order]])
        for doc, phrase, start, end, name in zip(*[c.tolist() for c in columns], strict=True):
            laid = extracted.laid[doc]
            a, b = self._extractor.matcher.span((phrase, start, end), laid.flat)
            out[doc].append(laid.evidence(a, b, names[name]))
        return [tuple(some) for some in out]


def _likeliest(tag: TopicTag) -> tuple[float, str]:
    return -tag.score, tag.slug


def _first(keys: Array, many: int) -> Array:
    """Which entries are among the first ``many`` of their key; ``keys`` in order."""
    among: Array = np.arange(len(keys)) - keys.searchsorted(keys) < many
    return among
