"""Measures the training: predictions by models that had not seen the item, and the figures that are quoted. Training only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from aggregator.models import KINDS
from aggregator.tagging.layout import SHARED, Vector
from aggregator.tagging.split import bucket
from aggregator.tagging.standing import Standing, features
from aggregator.tagging.train import FOLDS, Data, Indices, Learner


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """What models said of items that they had not seen. Topics as logits, by lexicon and by single words."""

    lexicon: Vector
    words: Vector
    kinds: list[str]
    places: dict[tuple[int, str], float]


def nothing(data: Data) -> OutOfFold:
    """Before any prediction."""
    return OutOfFold(np.zeros(data.labels.shape), np.zeros(data.labels.shape), [""] * len(data.items), {})


def standing(out: OutOfFold, data: Data, rows: Indices) -> Standing:
    """The last step, learned from what models said of items that they had not seen: eight numbers for all topics and items."""
    frequent = np.log(np.maximum(1, data.labels[rows].sum(axis=0)) / len(rows))
    shown = features(out.lexicon[rows], out.words[rows], frequent)
    keep = ~data.doubted[rows]
    fitted = LogisticRegression(C=1.0, max_iter=500).fit(shown[keep], data.labels[rows][keep])
    return Standing(float(fitted.intercept_[0]), fitted.coef_[0], frequent)


def probabilities(out: OutOfFold, last: Standing) -> Vector:
    """Of all items and topics."""
    scores: Vector = 1 / (1 + np.exp(-last.logits(out.lexicon, out.words)))
    return scores


def cross_validate(learner: Learner, measured: int) -> OutOfFold:
    """Every step of the training repeated without each fold in turn. Items after the first ``measured`` are only trained on."""
    data = learner.data
    fold_of = np.array([bucket(x.id, FOLDS, "cv") if n < measured else -1 for n, x in enumerate(data.items)])
    out = nothing(data)
    for fold in range(FOLDS):
        predict_into(out, learner, np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold))
    return out


def predict_into(out: OutOfFold, learner: Learner, train: Indices, test: Indices) -> None:
    """Fits on ``train`` and writes predictions for ``test``."""
    data = learner.data
    scores = learner.shared_scores(train)
    for topic in range(len(data.layout.topics)):
        fit = learner.topic(topic, train, scores)
        out.lexicon[test, topic], out.words[test, topic] = learner.predict(topic, fit, test, scores)
    kinds = learner.kinds(train)
    for i, best in zip(test, learner.predict_kinds(kinds, test).argmax(axis=1), strict=True):
        out.kinds[i] = KINDS[best]
    placed, wanted = learner.places(train, kinds), set(test.tolist())
    for n, place, values in data.place_rows:
        if n in wanted:
            out.places[n, place] = placed.predict(n, values)


def owned(data: Data) -> npt.NDArray[np.bool_]:
    """Whether an item shows any phrase of a topic: without one there is no evidence, and no tag."""
    return data.shared[:, :, SHARED.index("phrases")] > 0


def micro(given: npt.NDArray[np.bool_], data: Data, rows: Indices) -> tuple[float, float]:
    """Micro- and macro-F1, doubted labels aside."""
    p, y = given[rows] & ~data.doubted[rows], data.labels[rows] & ~data.doubted[rows]
    tp, fp, fn = (p & y).sum(0), (p & ~y).sum(0), (~p & y).sum(0)
    f1 = 2 * tp / np.maximum(1, 2 * tp + fp + fn)
    return float(2 * tp.sum() / (2 * tp.sum() + fp.sum() + fn.sum())), float(f1[(tp + fn) > 0].mean())


def best_cut(probabilities: Vector, data: Data, rows: Indices) -> float:
    """The one cut for all topics that gives the best micro-F1."""
    has = owned(data)
    cuts = np.arange(0.15, 0.6, 0.01)
    return float(max(cuts, key=lambda cut: micro((probabilities > cut) & has, data, rows)[0]))


def report(out: OutOfFold, topics: Vector, data: Data, rows: Indices, cuts: tuple[float, float]) -> dict[str, float]:
    """The figures that are quoted. ``topics`` are probabilities; ``cuts`` are those of topics and of places."""
    cut, place_cut = cuts
    given = (topics > cut) & owned(data)
    f1, macro = micro(given, data, rows)
    told = report_places(out, data, rows, place_cut)
    named = {"topics_micro_f1": round(f1, 4), "topics_macro_f1": round(macro, 4)}
    return {"items": told["items"], **named, "places_f1": told["places_f1"], "kind": told["kind"]}


def report_places(out: OutOfFold, data: Data, rows: Indices, cut: float) -> dict[str, float]:
    """The figures of items that are labelled by place and kind alone."""
    kind = float(np.mean([out.kinds[i] in data.items[i].kinds for i in rows])) if len(rows) else 0.0
    return {"items": len(rows), "places_f1": round(_place_f1(out, data, rows, cut), 4), "kind": round(kind, 4)}


def best_place_cut(out: OutOfFold, data: Data, rows: Indices) -> float:
    """The cut for places that gives the best F1."""
    cuts = np.arange(0.3, 0.7, 0.05)
    return float(max(cuts, key=lambda cut: _place_f1(out, data, rows, float(cut))))


def _place_f1(out: OutOfFold, data: Data, rows: Indices, cut: float) -> float:
    """Micro-F1 of places, doubted labels aside."""
    wanted = set(rows.tolist())
    total = sum(len(data.items[i].places - data.items[i].doubted_places) for i in wanted)
    tp = fp = 0
    for (i, place), p in out.places.items():
        if i in wanted and p > cut and place not in data.items[i].doubted_places:
            hit = place in data.items[i].places
            tp, fp = tp + hit, fp + (not hit)
    return 2 * tp / max(1, tp + fp + total)
