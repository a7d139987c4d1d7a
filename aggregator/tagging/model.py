"""The learned weights: read from a data file that a person can read, applied with a few matrix products per batch."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from aggregator.errors import ConfigError
from aggregator.tagging import placing
from aggregator.tagging.features import Extracted, Ragged
from aggregator.tagging.layout import SHARED, Layout, Shown, Vector
from aggregator.tagging.lexicon import Phrase
from aggregator.tagging.standing import FEATURES, LOGIT_LIMIT, Standing
from aggregator.tagging.wordmodel import Words

SOURCE = "aggregator/tagging/data/model.json"
KIND_SHARE = 0.65
"""How much the opinion of single words on the kind counts beside that of the lexicon: found by cross-validation."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Documents × topics in the order of the layout, documents × kinds in the order of the model; both are probabilities. ``local``:
    for each document whether it is about any place, as a logit."""

    topics: Vector
    kinds: Vector
    local: Vector


class Model:
    """Linear models of topics and kinds over one layout, and the second opinion of single words on both."""

    def __init__(self, raw: dict[str, Any], words: Words, layout: Layout) -> None:
        self.layout = layout
        self._words = words
        self.kinds: tuple[str, ...] = tuple(raw["kinds"])
        self.place_weights: dict[str, float] = raw["places"]["weights"]
        self.place_kinds = placing.kind_table(self.place_weights)
        self.place_threshold: float = raw["places"]["threshold"]
        column = {name: n for n, name in enumerate(layout.columns)}
        entries = [raw["topics"][t] for t in layout.topics]
        standing = raw["standing"]
        weights = np.array([standing["weights"][name] for name in FEATURES])
        self._standing = Standing(standing["bias"], weights, np.array([e["frequent"] for e in entries]))
        self.thresholds = np.array([e["threshold"] for e in entries])
        self._by_shared = np.array([e["shared"] for e in entries])
        self._shared = np.array([raw["shared"]["weights"][name] for name in SHARED])
        self._shared_bias: float = raw["shared"]["bias"]
        kinds = [raw["kinds"][k] for k in self.kinds]
        self._weights = _matrix([e["weights"] for e in (*entries, *kinds)], column)
        self._bias = np.array([e["bias"] for e in (*entries, *kinds)])
        self.kind_rows = np.ascontiguousarray(self._weights[:, len(entries) :].T)
        self._phrase_topics, self._phrase_weights = self._by_phrase(entries)

    def _by_phrase(self, entries: list[dict[str, Any]]) -> tuple[Ragged, Vector]:
        extractor = self.layout.extractor
        found: list[dict[int, float]] = [{} for _ in extractor.phrases]
        for topic, entry in enumerate(entries):
            for text, weight in entry["phrases"].items():
                number = extractor.number.get(Phrase(text.removesuffix("*"), text.endswith("*")))
                if number is not None:
                    found[number][topic] = weight
        flat = np.array([weight for one in found for weight in one.values()])
        return Ragged.of([list(one) for one in found]), flat

    def score(self, extracted: Extracted, shown: Shown) -> Scores:
        """Probabilities of a batch."""
        z = self._bias + shown.rows @ self._weights
        topics = len(self.thresholds)
        t, k = z[:, :topics], z[:, topics:]
        t += self._by_shared * np.clip(shown.topics @ self._shared + self._shared_bias, -LOGIT_LIMIT, LOGIT_LIMIT)
        where, owner = self._phrase_topics.places(extracted.phrases)
        cells = extracted.docs[owner] * topics + self._phrase_topics.values[where]
        parts = self._phrase_weights[where] * extracted.weights[owner]
        t += np.bincount(cells, parts, minlength=t.size).reshape(t.shape)
        words = self._words.score(extracted.spoken, len(extracted.laid))
        t = self._standing.logits(t, words[:, :topics])
        return Scores(1 / (1 + np.exp(-t)), likely_kinds(k, words[:, topics:-1]), words[:, -1])


def likely_kinds(lexicon: Vector, words: Vector) -> Vector:
    """Two opinions on the kind, as logits, as one: documents × kinds, probabilities."""
    both = (1.0 - KIND_SHARE) * lexicon + KIND_SHARE * words
    both = np.exp(both - both.max(axis=1, keepdims=True))
    likely: Vector = both / both.sum(axis=1, keepdims=True)
    return likely


def _matrix(weights: list[dict[str, float]], column: dict[str, int]) -> Vector:
    out = np.zeros((len(column), len(weights)))
    for n, named in enumerate(weights):
        for name, weight in named.items():
            if name in column:
                out[column[name], n] = weight
    return out


@cache
def load() -> dict[str, Any]:
    """The data file of the package. Raises :class:`ConfigError` where it is not JSON."""
    text = (files("aggregator.tagging") / "data" / "model.json").read_text(encoding="utf-8")
    try:
        raw: dict[str, Any] = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"not a model: {error}", subject=SOURCE) from error
    return raw
