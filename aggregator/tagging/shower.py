"""Evidence: for every tag given, and only for those, the passages that it rests on."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from aggregator import limits
from aggregator.models import Evidence, TopicTag
from aggregator.tagging.features import SUFFIXES, Array, Extracted, Ragged
from aggregator.tagging.layout import Layout, Shown, Vector
from aggregator.tagging.model import Model
from aggregator.tagging.text import Laid

_ENOUGH = 8
"""Hits of a topic among which its evidence is chosen: a long text has hundreds."""
_KIND_GROUPS = 3
"""Groups of phrases shown as evidence of a kind."""

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
        found: dict[tuple[int, int], list[list[Found]]] = defaultdict(lambda: [[], [], [], []])
        columns = (hits.doc[owner], topic, rank, hits.start[owner], hits.end[owner], hits.phrase[owner])
        for d, t, r, start, end, phrase in zip(*(c.tolist() for c in columns), strict=True):
            some = found[d, t][r]
            if len(some) < _ENOUGH:
                some.append((start, end, phrase))
        tags: list[list[TopicTag]] = [[] for _ in extracted.laid]
        for (d, t), ranks in found.items():
            evidence = self._evidence(extracted.laid[d], t, ranks)
            tags[d].append(TopicTag(topics[t], round(float(scores[d, t]), 3), evidence))
        return [tuple(sorted(some, key=lambda tag: (-tag.score, tag.slug))) for some in tags]

    def _evidence(self, laid: Laid, topic: int, ranks: list[list[Found]]) -> tuple[Evidence, ...]:
        """The passages worth showing: the better ranked first, none inside another, in the order of the text."""
        span, flat = self._extractor.matcher.span, laid.flat
        kept: list[Found] = []
        for some in ranks:
            if len(kept) == limits.TAG_EVIDENCE:
                break
            for start, end, phrase in sorted([(*span((p, a, b), flat), p) for a, b, p in some], key=_longest_first):
                if len(kept) == limits.TAG_EVIDENCE:
                    break
                for a, b, _ in kept:
                    if a <= start < b or a < end <= b:
                        break
                else:
                    kept.append((start, end, phrase))
        return tuple([laid.evidence(start, end, self._rule(phrase, topic)) for start, end, phrase in sorted(kept)])

    def _rule(self, phrase: int, topic: int) -> str:
        rule = self._rules.get((phrase, topic))
        if rule is None:
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
        for at in first[order].tolist():
            hit = owner[at]
            laid = extracted.laid[int(hits.doc[hit])]
            span = self._extractor.matcher.span(
                (int(hits.phrase[hit]), int(hits.start[hit]), int(hits.end[hit])), laid.flat
            )
            out[int(hits.doc[hit])].append(laid.evidence(*span, names[int(group[at])]))
        return [tuple(some) for some in out]


def _longest_first(found: Found) -> tuple[int, int]:
    return found[0], -found[1]
