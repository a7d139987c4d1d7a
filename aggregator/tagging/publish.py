"""Writes what training found: the model, the figures shown on the site, and the predictions they rest on. Training only."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sklearn

from aggregator.models import KINDS
from aggregator.tagging import evaluate, labelled, places, taxonomy
from aggregator.tagging import train as training
from aggregator.tagging.labelled import Item
from aggregator.tagging.layout import SHARED
from aggregator.tagging.split import held_out
from aggregator.tagging.train import Data, Learner, OutOfFold

PLACE_CUT = 0.5
SMALLEST = 0.005
"""Weights below this are left out of the data file: they decide nothing."""
OUT_OF_FOLD = Path("tests/quality/out_of_fold.jsonl")


def write(
    items: Sequence[Item], extra: Sequence[Item], paths: Sequence[Path], measure: bool, dry: bool
) -> dict[str, Any]:
    """Trains and measures as asked, writes model.json and quality.json, returns the figures."""
    layout = training.new_layout(items)
    open_items = [x for x in items if not held_out(x.id)]
    data = training.prepare([*open_items, *extra], layout)
    learner = Learner(data)
    out = training.cross_validate(learner, len(open_items))
    rows = np.arange(len(open_items))
    cut = training.best_cut(out.topics, data, rows)
    figures: dict[str, Any] = {
        "cross_validated": training.report(out, data, rows, cut, PLACE_CUT),
        "cut": round(cut, 3),
    }
    predictions = _predictions(out, data, rows, cut)
    old = _old_quality()
    if measure:
        figures["held_out"], held = _held_out(items, open_items, extra, layout, cut)
        predictions += held
    if dry:
        return figures
    everything = training.prepare([*items, *extra], layout)
    model = _model(Learner(everything), cut, figures, len(extra))
    _save(training.DATA / "model.json", model)
    if not measure and OUT_OF_FOLD.exists():
        predictions += [dict(p) for p in evaluate.stored(OUT_OF_FOLD).values() if held_out(p["id"])]
    OUT_OF_FOLD.write_text("".join(json.dumps(p) + "\n" for p in sorted(predictions, key=lambda p: p["id"])))
    quality = _quality(items, extra, paths, figures, predictions, old)
    _save(training.DATA / "quality.json", quality)
    return figures


def _save(path: Path, value: dict[str, Any]) -> None:
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _old_quality() -> dict[str, Any]:
    path = training.DATA / "quality.json"
    old: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return old


def _held_out(
    items: Sequence[Item], open_items: Sequence[Item], extra: Sequence[Item], layout: Any, cut: float
) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """Fits without the held-out fifth and measures on it."""
    kept = [x for x in items if held_out(x.id)]
    data = training.prepare([*open_items, *extra, *kept], layout)
    n = len(open_items) + len(extra)
    out = OutOfFold(np.zeros(data.labels.shape), [""] * len(data.items), {})
    test = np.arange(n, len(data.items))
    training.predict_into(out, Learner(data), np.arange(n), test)
    return training.report(out, data, test, cut, PLACE_CUT), _predictions(out, data, test, cut)


def _predictions(out: OutOfFold, data: Data, rows: Any, cut: float) -> list[dict[str, Any]]:
    given = (out.topics > cut) & training.owned(data)
    placed: dict[int, list[str]] = {}
    for (i, place), p in out.places.items():
        if p > PLACE_CUT:
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


def _model(learner: Learner, cut: float, figures: dict[str, Any], extra: int) -> dict[str, Any]:
    data = learner.data
    train = np.arange(len(data.items))
    scores = learner.shared_scores(train)
    weights, bias = learner.shared(train)
    kind_weights, kind_bias = learner.kinds(train)
    place_weights = learner.places(train)
    return {
        "record": {
            "items": len(data.items),
            "of_them_extra": extra,
            "figures": figures,
            "scikit-learn": sklearn.__version__,
            "scales": [training.OWN, training.OTHER, training.FORM_SCALE, training.KIND_SCALE],
            "C": [training.C, training.C_KIND, training.C_PLACE],
        },
        "publishers": list(data.layout.publishers),
        "shared": {"bias": round(bias, 4), "weights": dict(zip(SHARED, np.round(weights, 4).tolist(), strict=True))},
        "topics": {t: _topic(learner, n, train, scores, cut) for n, t in enumerate(data.layout.topics)},
        "kinds": {
            k: {"bias": round(float(kind_bias[n]), 4), "weights": _named(data, kind_weights[:, n])}
            for n, k in enumerate(KINDS)
        },
        "places": {"threshold": PLACE_CUT, "weights": {k: round(v, 4) for k, v in place_weights.items()}},
    }


def _topic(learner: Learner, topic: int, train: Any, scores: Any, cut: float) -> dict[str, Any]:
    data = learner.data
    fit = learner.topic(topic, train, scores)
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
    items: Sequence[Item],
    extra: Sequence[Item],
    paths: Sequence[Path],
    figures: dict[str, Any],
    predictions: list[dict[str, Any]],
    old: dict[str, Any],
) -> dict[str, Any]:
    """The figures as /about/tagging shows them."""
    by_id = {p["id"]: p for p in predictions}
    open_items = [x for x in items if not held_out(x.id)]
    table = evaluate.table(open_items, by_id)
    kept = old.get("held_out")
    closed = [x for x in items if held_out(x.id) and x.id in by_id]
    return {
        "files": [{"name": p.name, "items": len(labelled.read([p])), "sha256": labelled.digest([p])} for p in paths],
        "sha256": labelled.digest(paths),
        "extra_items": len(extra),
        "labelled_by": old.get("labelled_by", ""),
        "method": old.get("method", []),
        "cross_validated": figures["cross_validated"],
        "held_out": figures.get("held_out", kept),
        "agreement": evaluate.agreement(items),
        "held_out_topics": [row.as_dict() for row in evaluate.table(closed, by_id).topics],
        "topics": [row.as_dict() for row in table.topics],
        "places": [row.as_dict() for row in table.places],
        "kinds": [row.as_dict() for row in table.kinds],
        "confusions": [c.as_dict() for c in table.confusions],
        "kind_confusions": [c.as_dict() for c in table.kind_confusions],
        "wrong": old.get("wrong", []),
        "thinnest": Counter({t: sum(t in x.topics for x in items) for t in taxonomy.load().assignable}).most_common()[
            :-11:-1
        ],
        "gazetteer_names": len(places.load().names),
    }
