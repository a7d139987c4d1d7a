"""Writes what training found: the model, the figures shown on the site, and the predictions they rest on. Training only."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import yaml

from aggregator.models import KINDS
from aggregator.tagging import evaluate, hard, labelled, places, standing, taxonomy, wordmodel
from aggregator.tagging import measure as measures
from aggregator.tagging import train as training
from aggregator.tagging.layout import SHARED, Vector
from aggregator.tagging.measure import OutOfFold
from aggregator.tagging.model import KIND_SHARE
from aggregator.tagging.standing import Standing
from aggregator.tagging.tagger import Tagger
from aggregator.tagging.train import Data, KindFit, Labels, Learner, TopicFit
from aggregator.tagging.wordmodel import Words

SMALLEST = 0.005
"""Weights below this are left out of the data file: they decide nothing."""
OUT_OF_FOLD = Path("tests/quality/out_of_fold.jsonl")


def write(labels: Labels, paths: Sequence[Path], dry: bool) -> dict[str, Any]:
    """Trains and measures, writes the data files and the stored predictions, returns the figures."""
    seen = [*labels.open, *labels.extra]
    measured = [*seen, *labels.located]
    data = training.prepare([*measured, *labels.corrected])
    out = measures.cross_validate(Learner(data), len(measured))
    every = np.arange(len(measured))
    rows, more, located = np.split(every, [len(labels.open), len(seen)])
    last = measures.standing(out, data, every[: len(seen)])
    topics = measures.probabilities(out, last)
    cut = measures.best_cut(topics, data, every[: len(seen)])
    cuts = cut, measures.best_place_cut(out, data, every[: len(seen)])
    figures: dict[str, Any] = {
        "cross_validated": measures.report(out, topics, data, rows, cuts),
        "cross_validated_extra": measures.report(out, topics, data, more, cuts),
        "cross_validated_located": measures.report_places(out, data, located, cuts[1]),
        "cut": round(cuts[0], 3),
        "place_cut": round(cuts[1], 3),
    }
    predictions = _predictions(out, topics, data, every, cuts)
    if dry:
        return figures
    learner = Learner(training.prepare([*labels.gold, *labels.extra, *labels.located, *labels.corrected]))
    fits, kinds = learner.topics(), learner.kinds(np.arange(len(learner.data.items)))
    model = _model(learner, fits, kinds, last, cuts, figures, labels)
    _save(training.DATA / "model.json", model)
    words = _table(learner, fits, kinds)
    _save_words(training.DATA / "words.csv", words)
    OUT_OF_FOLD.write_text("".join(json.dumps(p) + "\n" for p in sorted(predictions, key=lambda p: p["id"])))
    tagger = Tagger(model, words, "")
    fresh = evaluate.table(labels.fresh, evaluate.predict(labels.fresh, tagger))
    _save(training.DATA / "quality.json", _quality(labels, paths, figures, predictions, fresh))
    dev = [(n, x) for n, x in enumerate(labels.open) if x.id.startswith("dev-")]
    _save(training.DATA / "hard_items.json", hard.hardest(dev, topics, out, cuts, tagger))
    return figures


def _save(path: Path, value: dict[str, Any] | list[dict[str, Any]]) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _predictions(
    out: OutOfFold, topics: Vector, data: Data, rows: Any, cuts: tuple[float, float]
) -> list[dict[str, Any]]:
    given = (topics > cuts[0]) & measures.owned(data)
    placed: dict[int, list[str]] = {}
    for (i, place), p in out.places.items():
        if p > cuts[1]:
            placed.setdefault(i, []).append(place)
    return [
        {
            "id": data.items[i].id,
            "topics": [t for t, yes in zip(data.layout.topics, given[i], strict=True) if yes],
            "places": sorted(placed.get(int(i), [])),
            "kind": out.kinds[i],
        }
        for i in rows
    ]


def _save_words(path: Path, words: Words) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(wordmodel.render(words))


def _table(learner: Learner, fits: Sequence[TopicFit], kinds: KindFit) -> Words:
    """The weights of single words, rounded as they are stored."""
    data = learner.data
    local, local_bias = learner.local(np.arange(len(data.items)))
    topics = np.stack([fit.word_weights for fit in fits], axis=1)
    weights = np.concatenate((topics, kinds.word_weights, local[:, None]), axis=1)
    bias = np.array([*(fit.word_bias for fit in fits), *kinds.word_bias, local_bias])
    return Words(
        vocabulary=data.layout.extractor.vocabulary,
        rarity=np.round(data.rarity, wordmodel.DECIMALS),
        labels=wordmodel.labels_of(data.layout.topics, KINDS),
        bias=bias.round(wordmodel.DECIMALS),
        weights=weights.round(wordmodel.DECIMALS).astype(np.float32),
    )


def _model(
    learner: Learner,
    fits: Sequence[TopicFit],
    kinds: KindFit,
    last: Standing,
    cuts: tuple[float, float],
    figures: dict[str, Any],
    labels: Labels,
) -> dict[str, Any]:
    data = learner.data
    train = np.arange(len(data.items))
    weights, bias = learner.shared(train)
    place_weights = learner.places(train, kinds).weights
    return {
        "record": {
            "items": len(data.items),
            "of_them_extra": len(labels.extra),
            "of_them_located": len(labels.located),
            "of_them_corrections": len(labels.corrected),
            "figures": figures,
            "scikit-learn": sklearn.__version__,
            "scales": [training.OWN, training.OTHER, training.FORM_SCALE, training.CUE_SCALE, training.TOPIC_SCALE],
            "C": [training.C, training.C_WORDS, training.C_KIND, training.C_KIND_WORDS, training.C_PLACE],
            "words": [standing.WORDS_SHARE, standing.WORDS_SCALE, KIND_SHARE],
        },
        "shared": {"bias": round(bias, 4), "weights": dict(zip(SHARED, np.round(weights, 4).tolist(), strict=True))},
        "standing": {
            "bias": round(last.bias, 4),
            "weights": dict(zip(standing.FEATURES, np.round(last.weights, 4).tolist(), strict=True)),
        },
        "topics": {
            t: {"frequent": round(float(frequent), 4), **_topic(data, fit, cuts[0])}
            for t, fit, frequent in zip(data.layout.topics, fits, last.frequent, strict=True)
        },
        "kinds": {
            k: {"bias": round(float(kinds.bias[n]), 4), "weights": _named(data, kinds.weights[:, n])}
            for n, k in enumerate(KINDS)
        },
        "places": {"threshold": round(cuts[1], 3), "weights": {k: round(v, 4) for k, v in place_weights.items()}},
    }


def _topic(data: Data, fit: TopicFit, cut: float) -> dict[str, Any]:
    phrases = data.layout.extractor.phrases
    named = {
        f"{phrases[p].text}{'*' * phrases[p].open}": round(float(w), 3)
        for p, w in zip(fit.phrases, fit.phrase_weights, strict=True)
    }
    return {
        "threshold": round(cut, 3),
        "bias": round(fit.bias, 4),
        "shared": round(fit.shared, 4),
        "phrases": dict(sorted(((k, v) for k, v in named.items() if abs(v) >= SMALLEST), key=lambda kv: -kv[1])),
        "weights": _named(data, fit.weights),
    }


def _named(data: Data, weights: Any) -> dict[str, float]:
    """Weights by column, the greatest first."""
    pairs = [(c, round(float(w), 3)) for c, w in zip(data.layout.columns, weights, strict=True) if abs(w) >= SMALLEST]
    return dict(sorted(pairs, key=lambda p: -p[1]))


def _quality(
    labels: Labels,
    paths: Sequence[Path],
    figures: dict[str, Any],
    predictions: list[dict[str, Any]],
    fresh: evaluate.Table,
) -> dict[str, Any]:
    """The figures as /about/tagging shows them."""
    by_id = {p["id"]: p for p in predictions}
    table = evaluate.table(labels.open, by_id)
    thinnest = Counter({t: sum(t in x.topics for x in labels.gold) for t in taxonomy.load().assignable})
    return {
        **yaml.safe_load((training.DATA / "quality_notes.yaml").read_text(encoding="utf-8")),
        "files": [{"name": p.name, "items": len(labelled.read([p])), "sha256": labelled.digest([p])} for p in paths],
        "sha256": labelled.digest(paths),
        "extra_items": len(labels.extra),
        "located_items": len(labels.located),
        "fresh": evaluate.figures(fresh),
        "fresh_topics": [row.as_dict() for row in fresh.topics],
        "cross_validated": figures["cross_validated"],
        "cross_validated_extra": figures["cross_validated_extra"],
        "cross_validated_located": figures["cross_validated_located"],
        "agreement": evaluate.agreement(labels.gold),
        "topics": [row.as_dict() for row in table.topics],
        "places": [row.as_dict() for row in table.places],
        "kinds": [row.as_dict() for row in table.kinds],
        "confusions": [c.as_dict() for c in table.confusions],
        "kind_confusions": [c.as_dict() for c in table.kind_confusions],
        "thinnest": thinnest.most_common()[:-11:-1],
        "gazetteer_names": len(places.load().names),
    }
