"""Evidence: for every tag given, and only for those, the passages that it rests on."""

from __future__ import annotations

import numpy as np

from aggregator import limits
from aggregator.models import Evidence, TopicTag
from aggregator.tagging.features import SUFFIXES, Extracted, Ragged
from aggregator.tagging.layout import Layout, Shown, Vector
from aggregator.tagging.matcher import Array
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
        key = (hits.doc[owner] * len(topics) + topic) * 4 + rank
        order = np.lexsort((-hits.end[owner], hits.start[owner], key))
        order = order[_first(key[order], _ENOUGH)]
        owner = owner[order]
        found: dict[int, list[Found]] = {}
        columns = (key[order] // 4, hits.start[owner], hits.end[owner], hits.phrase[owner])
        for pair, start, end, phrase in zip(*[c.tolist() for c in columns], strict=True):
            kept = found.setdefault(pair, [])
            if len(kept) < limits.TAG_EVIDENCE:
                self._keep(kept, start, end, phrase, extracted.laid[pair // len(topics)])
        tags: list[list[TopicTag]] = [[] for _ in extracted.laid]
        for pair, kept in found.items():
            d, t = divmod(pair, len(topics))
            laid = extracted.laid[d]
            evidence = tuple([laid.evidence(start, end, self._rule(phrase, t)) for start, end, phrase in sorted(kept)])
            tags[d].append(TopicTag(topics[t], round(float(scores[d, t]), 3), evidence))
        return [tuple(sorted(some, key=lambda tag: (-tag.score, tag.slug))) for some in tags]

    def _keep(self, kept: list[Found], start: int, end: int, phrase: int, laid: Laid) -> None:
        """Keeps a passage worth showing: none that overlaps a better one."""
        start, end = self._extractor.matcher.span((phrase, start, end), laid.flat)
        for a, b, _ in kept:
            if start < b and a < end:
                return
        kept.append((start, end, phrase))

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


def _first(keys: Array, many: int) -> Array:
    """Which entries are among the first ``many`` of their key; ``keys`` in order."""
    among: Array = np.arange(len(keys)) - keys.searchsorted(keys) < many
    return among
