"""Learns the weights: ``python -m aggregator.tagging.train``. Needs scikit-learn, which run time never does.

All steps are linear: one set of weights shared by all topics over what each topic's own lexicon shows; then per topic a model over the
whole document with the shared score as one of its features; beside it per topic a model over single words. Shared scores of training
items come from models that did not see them. Cross-validation (``measure``) repeats these steps without the fold it measures; from what
it predicts the last step is learned (``standing``) and the cut above which a topic is given.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from aggregator import limits
from aggregator.models import KINDS
from aggregator.tagging import corrections, labelled, places, placing, taxonomy, wordmodel
from aggregator.tagging.labelled import Item
from aggregator.tagging.layout import Layout, Vector
from aggregator.tagging.model import likely_kinds
from aggregator.tagging.places import Finder
from aggregator.tagging.split import bucket, held_out
from aggregator.tagging.standing import LOGIT_LIMIT
from aggregator.tagging.tagger import extractor
from aggregator.tagging.text import lay

GOLD = Path("tests/quality/gold")
EXTRA = Path("tests/quality")
DATA = Path("aggregator/tagging/data")
OWN, OTHER, FORM_SCALE = 1.0, 0.3, 0.3
"""Scales of a topic's own columns, of all other lexicon columns, of form and publisher: how dear a weight is to the penalty."""
CUE_SCALE, TOPIC_SCALE = 0.5, 0.2
"""The same for kinds: cues, and topic words."""
C, C_WORDS, C_KIND, C_KIND_WORDS, C_PLACE = 1.0, 8.0, 1.0, 6.0, 0.5
MIN_PHRASE_ITEMS = 2
FOLDS, INNER = 5, 4
Indices = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Labels:
    """What there is to learn from: the labelled files, further labelled items, and corrections made by people."""

    gold: Sequence[Item]
    extra: Sequence[Item]
    corrected: Sequence[Item]
    fresh: Sequence[Item] = ()  # never trained on
    located: Sequence[Item] = ()  # labelled by place and kind alone

    @property
    def open(self) -> list[Item]:
        """Items that may be looked at: all but the held-out fifth of the labelled files."""
        return [x for x in self.gold if not held_out(x.id)]


@dataclass(frozen=True, slots=True)
class Data:
    """Everything learned from, as matrices."""

    items: Sequence[Item]
    layout: Layout
    rows: Vector
    shared: Vector  # items × topics × SHARED
    phrases: Any  # items × phrases, sparse
    spoken: Any  # items × vocabulary, sparse
    rarity: Vector  # of each word of the vocabulary
    labels: npt.NDArray[np.bool_]
    doubted: npt.NDArray[np.bool_]
    place_rows: list[tuple[int, str, dict[str, float]]]


def prepare(items: Sequence[Item]) -> Data:
    """Features and labels of the items."""
    laid = [lay(item.doc) for item in items]
    vocabulary, rarity = wordmodel.vocabulary(one.flat for one in laid)
    reader = extractor(vocabulary)
    layout = Layout(reader, taxonomy.load().assignable)
    finder = Finder(places.load(), reader)
    shown, cells, spoken, place_rows = [], [], [], []
    for at in range(0, len(items), limits.TAG_BATCH):
        extracted = reader.extract(laid[at : at + limits.TAG_BATCH])
        shown.append(layout.show(extracted))
        cells.append((extracted.docs + at, extracted.phrases, extracted.weights))
        said = extracted.spoken
        spoken.append((said.doc + at, said.word, wordmodel.values_of(said, rarity)[0]))
        found = zip(finder.mentions(extracted), layout.settings(extracted), strict=True)
        for n, (mentions, setting) in enumerate(found, at):
            place_rows += [(n, place, values) for place, values in placing.features(mentions, setting).items()]
    return Data(
        items=items,
        layout=layout,
        rows=np.concatenate([s.rows for s in shown]),
        shared=np.concatenate([s.topics for s in shown]),
        phrases=_sparse(cells, (len(items), len(reader.phrases))),
        spoken=_sparse(spoken, (len(items), len(vocabulary))),
        rarity=rarity,
        labels=np.array([[t in x.topics for t in layout.topics] for x in items]),
        doubted=np.array([[t in x.doubted_topics for t in layout.topics] for x in items]),
        place_rows=place_rows,
    )


def _sparse(cells: list[tuple[Any, Any, Any]], shape: tuple[int, int]) -> Any:
    rows, columns, values = (np.concatenate(part) for part in zip(*cells, strict=True))
    return sparse.csr_matrix((values, (rows, columns)), shape=shape)


class Learner:
    """Fits the three steps on chosen items."""

    def __init__(self, data: Data) -> None:
        self.data = data
        layout = data.layout
        tag = np.array([c.partition(".")[0] for c in layout.columns])
        outward = np.array([c.startswith(("form:", "publisher:")) for c in layout.columns])
        self.scales = [np.where(outward, FORM_SCALE, np.where(tag == t, OWN, OTHER)) for t in layout.topics]
        self.kind_scale = np.where(outward, 1.0, np.where(tag == "cue", CUE_SCALE, TOPIC_SCALE))
        members: list[list[int]] = [[] for _ in layout.topics]
        for phrase, topics in enumerate(layout.topics_of):
            for topic in topics:
                members[topic].append(phrase)
        self.members = [np.array(m) for m in members]

    def shared(self, train: Indices) -> tuple[Vector, float]:
        """Weights and bias of the shared step."""
        data = self.data
        keep = ~data.doubted[train]
        fitted = LogisticRegression(C=1.0, max_iter=500).fit(data.shared[train][keep], data.labels[train][keep])
        return fitted.coef_[0], float(fitted.intercept_[0])

    def shared_scores(self, train: Indices) -> Vector:
        """Shared scores of all items; those of ``train`` from models that did not see them."""
        return np.clip(self._scores(self.shared, self.data.shared, train), -LOGIT_LIMIT, LOGIT_LIMIT)

    def _scores(self, fit: Callable[[Indices], tuple[Vector, float]], x: Any, train: Indices) -> Vector:
        """Logits of all items by a linear model; those of ``train`` from models fitted without them."""
        weights, bias = fit(train)
        out: Vector = x @ weights + bias
        inner = np.array([bucket(self.data.items[i].id, INNER, "inner") for i in train])
        for fold in range(INNER):
            weights, bias = fit(train[inner != fold])
            out[train[inner == fold]] = x[train[inner == fold]] @ weights + bias
        return out

    def topic(self, topic: int, train: Indices, scores: Vector) -> TopicFit:
        """The model of one topic."""
        data = self.data
        train = train[~data.doubted[train, topic]]
        phrases = self.members[topic]
        counts = np.asarray((data.phrases[train][:, phrases] > 0).sum(axis=0)).ravel()
        phrases = phrases[counts >= MIN_PHRASE_ITEMS]
        x = self._x(topic, train, phrases, scores)
        wanted = data.labels[train, topic]
        fitted = LogisticRegression(C=C, solver="liblinear").fit(x, wanted)
        width = data.rows.shape[1]
        coef = fitted.coef_[0]
        words = LogisticRegression(C=C_WORDS, solver="liblinear", class_weight="balanced").fit(
            data.spoken[train], wanted
        )
        return TopicFit(
            float(fitted.intercept_[0]),
            coef[:width] * self.scales[topic],
            float(coef[width]),
            phrases,
            coef[width + 1 :],
            float(words.intercept_[0]),
            words.coef_[0],
        )

    def topics(self) -> list[TopicFit]:
        """The models of all topics, fitted on everything."""
        train = np.arange(len(self.data.items))
        scores = self.shared_scores(train)
        return [self.topic(topic, train, scores) for topic in range(len(self.data.layout.topics))]

    def _x(self, topic: int, rows: Indices, phrases: Indices, scores: Vector) -> Any:
        data = self.data
        return sparse.hstack(
            [
                sparse.csr_matrix(data.rows[rows] * self.scales[topic]),
                sparse.csr_matrix(scores[rows, topic][:, None]),
                data.phrases[rows][:, phrases],
            ]
        ).tocsr()

    def predict(self, topic: int, fit: TopicFit, rows: Indices, scores: Vector) -> tuple[Vector, Vector]:
        """What lexicon and single words say of one topic, as logits."""
        data = self.data
        z = fit.bias + data.rows[rows] @ fit.weights + fit.shared * scores[rows, topic]
        z = z + data.phrases[rows][:, fit.phrases] @ fit.phrase_weights
        return z, data.spoken[rows] @ fit.word_weights + fit.word_bias

    def kinds(self, train: Indices) -> KindFit:
        """The model of kinds: what the lexicon and the form of the text show, and beside it single words."""
        data = self.data
        train = np.array([i for i in train if data.items[i].kind])
        labels = np.array([KINDS.index(data.items[i].kind) for i in train])
        fitted = LogisticRegression(C=C_KIND, max_iter=150).fit(data.rows[train] * self.kind_scale, labels)
        words = LogisticRegression(C=C_KIND_WORDS, max_iter=300, class_weight="balanced")
        words.fit(data.spoken[train], labels)
        return KindFit(fitted.intercept_, fitted.coef_.T * self.kind_scale[:, None], words.intercept_, words.coef_.T)

    def predict_kinds(self, fit: KindFit, rows: Indices) -> Vector:
        """How likely each item is of each kind."""
        z = fit.bias + self.data.rows[rows] @ fit.weights
        return likely_kinds(z, fit.word_bias + self.data.spoken[rows] @ fit.word_weights)

    def local(self, train: Indices) -> tuple[Vector, float]:
        """Weights and bias of single words for texts about any place."""
        data = self.data
        sure = np.array([i for i in train if data.items[i].places or not data.items[i].doubted_places])
        wanted = [bool(data.items[i].places) for i in sure]
        fitted = LogisticRegression(C=C_WORDS, solver="liblinear", class_weight="balanced")
        fitted.fit(data.spoken[sure], wanted)
        return fitted.coef_[0], float(fitted.intercept_[0])

    def _likely_kinds(self, train: Indices, fit: KindFit) -> Vector:
        """How likely each item is of each kind; those of ``train`` by models fitted without them."""
        out = self.predict_kinds(fit, np.arange(len(self.data.items)))
        inner = np.array([bucket(self.data.items[i].id, INNER, "inner") for i in train])
        for fold in range(INNER):
            out[train[inner == fold]] = self.predict_kinds(self.kinds(train[inner != fold]), train[inner == fold])
        return out

    def places(self, train: Indices, kinds: KindFit) -> PlaceFit:
        """The model of places. ``kinds`` is that of kinds, fitted on the same items."""
        data, wanted = self.data, set(train.tolist())
        local = self._scores(self.local, data.spoken, train)
        likely = self._likely_kinds(train, kinds)
        rows = [
            (n, placing.with_local(dict(values), float(local[n])), place in data.items[n].places)
            for n, place, values in data.place_rows
            if n in wanted and place not in data.items[n].doubted_places
        ]
        names = (*placing.FEATURES, *placing.BY_KIND)
        x = np.array(
            [
                [*(values.get(f, 0.0) for f in placing.FEATURES), *np.outer(likely[n], placing.crossed(values)).ravel()]
                for n, values, _ in rows
            ]
        )
        fitted = LogisticRegression(C=C_PLACE, solver="liblinear").fit(x, [y for *_, y in rows])
        named = {f: float(w) for f, w in zip(names, fitted.coef_[0], strict=True)}
        return PlaceFit({"bias": float(fitted.intercept_[0])} | named, local, likely)


@dataclass(frozen=True, slots=True)
class PlaceFit:
    """Learned weights of places by name, with ``bias``; and of each item whether its words are those of texts about a place, and how
    likely it is of each kind."""

    weights: dict[str, float]
    local: Vector
    kinds: Vector

    def predict(self, item: int, values: dict[str, float]) -> float:
        """How likely the item is about the place that has these features."""
        told = placing.with_local(dict(values), float(self.local[item]))
        return placing.probability(self.weights, told, (self.kinds[item] @ placing.kind_table(self.weights)).tolist())


@dataclass(frozen=True, slots=True)
class TopicFit:
    """Learned weights of one topic."""

    bias: float
    weights: Vector
    shared: float
    phrases: Indices
    phrase_weights: Vector
    word_bias: float
    word_weights: Vector


@dataclass(frozen=True, slots=True)
class KindFit:
    """Learned weights of the kinds."""

    bias: Vector
    weights: Vector
    word_bias: Vector
    word_weights: Vector


def main(arguments: Sequence[str] | None = None) -> None:
    """Trains, measures and writes the data files."""
    from aggregator.tagging.publish import write

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="print the figures, write nothing")
    parser.add_argument(
        "--corrections", type=Path, help="corrections of people as NDJSON, see aggregator.tagging.corrections"
    )
    options = parser.parse_args(arguments)
    paths = sorted(GOLD.glob("*.jsonl"))
    labels = Labels(
        gold=labelled.read(paths),
        extra=labelled.read(sorted(EXTRA.glob("extra*.jsonl"))),
        corrected=corrections.read(options.corrections.read_text(encoding="utf-8"), str(options.corrections))
        if options.corrections
        else [],
        fresh=labelled.read(sorted(EXTRA.glob("fresh*.jsonl"))),
        located=labelled.read(sorted(EXTRA.glob("located*.jsonl"))),
    )
    print(json.dumps(write(labels, paths, options.dry_run), indent=1))


if __name__ == "__main__":
    main()
