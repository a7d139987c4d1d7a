"""The learned weights: read from a data file that a person can read, applied with two matrix products per document."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from aggregator.errors import ConfigError
from aggregator.tagging.layout import SHARED, Layout, Shown, Vector

SOURCE = "aggregator/tagging/data/model.json"


@dataclass(frozen=True, slots=True)
class Scores:
    """Probabilities of topics in the order of the layout, of kinds in the order of the model."""

    topics: Vector
    kinds: Vector


class Model:
    """Linear models of topics and kinds over one layout."""

    def __init__(self, raw: dict[str, Any], layout: Layout) -> None:
        self.layout = layout
        self.kinds: tuple[str, ...] = tuple(raw["kinds"])
        self.place_weights: dict[str, float] = raw["places"]["weights"]
        self.place_threshold: float = raw["places"]["threshold"]
        column = {name: n for n, name in enumerate(layout.columns)}
        entries = [raw["topics"][t] for t in layout.topics]
        self.thresholds = np.array([e["threshold"] for e in entries])
        self._bias = np.array([e["bias"] for e in entries])
        self._by_shared = np.array([e["shared"] for e in entries])
        self._weights = _matrix([e["weights"] for e in entries], column)
        self._shared = np.array([raw["shared"]["weights"][name] for name in SHARED])
        self._shared_bias: float = raw["shared"]["bias"]
        self._kind_weights = _matrix([raw["kinds"][k]["weights"] for k in self.kinds], column)
        self._kind_bias = np.array([raw["kinds"][k]["bias"] for k in self.kinds])
        self._phrases = self._phrase_weights(entries)

    def _phrase_weights(self, entries: list[dict[str, Any]]) -> dict[int, list[tuple[int, float]]]:
        number = {(p.text, p.open): n for n, p in enumerate(self.layout.extractor.phrases)}
        out: dict[int, list[tuple[int, float]]] = {}
        for topic, entry in enumerate(entries):
            for text, weight in entry["phrases"].items():
                key = (text.removesuffix("*"), text.endswith("*"))
                if key in number:
                    out.setdefault(number[key], []).append((topic, weight))
        return out

    def score(self, shown: Shown) -> Scores:
        """Probabilities of one document."""
        z = self._bias + shown.row @ self._weights
        z += self._by_shared * (shown.topics @ self._shared + self._shared_bias)
        for phrase, value in shown.phrases.items():
            if phrase in self._phrases:
                for topic, weight in self._phrases[phrase]:
                    z[topic] += weight * value
        k = np.exp(self._kind_bias + shown.row @ self._kind_weights)
        return Scores(1 / (1 + np.exp(-z)), k / k.sum())

    def kind_contribution(self, kind: str) -> Vector:
        """The weight of every column for one kind: where its evidence is to be looked for."""
        weights: Vector = self._kind_weights[:, self.kinds.index(kind)]
        return weights


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
