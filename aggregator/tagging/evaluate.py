"""How good the tags are: per topic precision, recall and F1 with counts, places, kind, and what is taken for what.

``python -m aggregator.tagging.evaluate`` prints three measurements: the predictions of models that had not seen the item they speak of
(cross-validation), stored when the model was trained; the model as it is now on the fresh items, which it was never trained on; and on
those it was trained on, which shows only whether rules, code and data still fit together.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from math import floor
from pathlib import Path
from typing import Any

from aggregator.tagging import labelled
from aggregator.tagging.labelled import Item
from aggregator.tagging.split import held_out
from aggregator.tagging.tagger import Tagger, load

QUALITY = Path("tests/quality")
WORST = 15

Prediction = Mapping[str, Any]
"""``{"id", "topics": [slug …], "places": [slug …], "kind"}``."""


@dataclass(frozen=True, slots=True)
class Row:
    """Counts of one label: rightly given, wrongly given, missed."""

    slug: str
    tp: int
    fp: int
    fn: int

    @property
    def precision(self) -> float:
        """Share of those given that are right."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        """Share of those wanted that were given."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 1 where nothing was wanted or given."""
        whole = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / whole if whole else 1.0

    def as_dict(self) -> dict[str, Any]:
        """Counts and figures, rounded for reading."""
        rates = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return asdict(self) | {k: round(v, 3) for k, v in rates.items()}


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often ``given`` was wrongly given where ``wanted`` was missed or, of kinds, instead of it."""

    wanted: str
    given: str
    count: int

    def as_dict(self) -> dict[str, Any]:
        """For the data file."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Table:
    """One measurement."""

    items: int
    topics: tuple[Row, ...]
    places: tuple[Row, ...]
    kinds: tuple[Row, ...]
    confusions: tuple[Confusion, ...]
    kind_confusions: tuple[Confusion, ...]

    @property
    def micro(self) -> float:
        """F1 over all topic labels together."""
        return total(self.topics).f1

    @property
    def macro(self) -> float:
        """Mean F1 of the topics that are wanted at least once."""
        wanted = [r for r in self.topics if r.tp + r.fn]
        return sum(r.f1 for r in wanted) / max(1, len(wanted))

    @property
    def place_f1(self) -> float:
        """F1 over all place labels together."""
        return total(self.places).f1

    @property
    def kind(self) -> float:
        """Share of items whose kind is one of those the annotators gave."""
        return sum(r.tp for r in self.kinds) / max(1, self.items)


def total(rows: Iterable[Row]) -> Row:
    """All rows as one."""
    rows = list(rows)
    return Row("all", sum(r.tp for r in rows), sum(r.fp for r in rows), sum(r.fn for r in rows))


def table(items: Sequence[Item], predictions: Mapping[str, Prediction]) -> Table:
    """Measures predictions. Labels on which the annotators differ count neither way; either of two kinds is right."""
    topics, places, kinds = Counter[tuple[str, str]](), Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    pairs, kind_pairs = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for item in items:
        given = predictions[item.id]
        missed, wrong = _count(topics, item.topics, set(given["topics"]), item.doubted_topics)
        pairs.update((m, w) for m in missed for w in wrong)
        _count(places, item.places, set(given["places"]), item.doubted_places)
        if given["kind"] in item.kinds:
            kinds[given["kind"], "tp"] += 1
        else:
            kinds[given["kind"], "fp"] += 1
            kinds[item.kind, "fn"] += 1
            kind_pairs[item.kind, given["kind"]] += 1
    return Table(
        len(items), _rows(topics), _rows(places), _rows(kinds), _confusions(pairs), _confusions(kind_pairs)
    )  # fmt: skip


def _count(
    counts: Counter[tuple[str, str]], wanted: frozenset[str], given: set[str], doubted: frozenset[str]
) -> tuple[set[str], set[str]]:
    want, got = wanted - doubted, given - doubted
    counts.update((s, "tp") for s in want & got)
    counts.update((s, "fp") for s in got - want)
    counts.update((s, "fn") for s in want - got)
    return set(want - got), got - want


def _rows(counts: Counter[tuple[str, str]]) -> tuple[Row, ...]:
    slugs = sorted({slug for slug, _ in counts})
    rows = [Row(s, counts[s, "tp"], counts[s, "fp"], counts[s, "fn"]) for s in slugs]
    return tuple(sorted(rows, key=lambda r: (r.f1, r.slug)))


def _confusions(pairs: Counter[tuple[str, str]]) -> tuple[Confusion, ...]:
    return tuple(Confusion(a, b, n) for (a, b), n in sorted(pairs.items(), key=lambda p: (-p[1], p[0]))[:WORST])


def agreement(items: Sequence[Item]) -> dict[str, float]:
    """How far the two annotations of the items agree: the ceiling of any tagger."""

    def f1(sure: int, doubted: int) -> float:
        return round(2 * sure / (2 * sure + doubted), 3)

    return {
        "topics_f1": f1(sum(len(x.topics) for x in items), sum(len(x.doubted_topics) for x in items)),
        "places_f1": f1(sum(len(x.places) for x in items), sum(len(x.doubted_places) for x in items)),
        "kind": round(sum(len(x.kinds) == 1 for x in items) / len(items), 3),
    }


def predict(items: Iterable[Item], tagger: Tagger) -> dict[str, Prediction]:
    """What the tagger says of each item."""
    out: dict[str, Prediction] = {}
    items = list(items)
    for item, tags in zip(items, tagger.tag_many([x.doc for x in items]), strict=True):
        topics, places = [t.slug for t in tags.topics], [p.slug for p in tags.places]
        out[item.id] = {"id": item.id, "topics": topics, "places": places, "kind": tags.kind}
    return out


def render(title: str, measured: Table, verbose: bool = True) -> str:
    """A measurement as text."""
    head = (
        f"{title}: {measured.items} items, topics micro-F1 {measured.micro:.3f} macro-F1 {measured.macro:.3f}, "
        f"places F1 {measured.place_f1:.3f}, kind {measured.kind:.3f}"
    )
    if not verbose:
        return head
    lines = [head, f"  {'':34}  precision recall     F1   right wrong missed"]
    for name, rows in (("topics", measured.topics), ("places", measured.places), ("kinds", measured.kinds)):
        lines += [
            f"  {r.slug:34}  {r.precision:9.3f} {r.recall:6.3f} {r.f1:6.3f}  {r.tp:6} {r.fp:5} {r.fn:6}"
            for r in (*rows, replace(total(rows), slug=f"all {name}"))
        ]
    lines += [f"  {c.count} × {c.wanted} missed where {c.given} was given" for c in measured.confusions]
    lines += [f"  {c.count} × kind {c.wanted} taken for {c.given}" for c in measured.kind_confusions]
    return "\n".join(lines)


def stored(path: Path) -> dict[str, Prediction]:
    """Predictions of a JSON-lines file by id."""
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return {row["id"]: row for row in rows}


def baseline(
    items: Sequence[Item], extra: Sequence[Item], located: Sequence[Item], quality: Path = QUALITY
) -> dict[str, Any]:
    """What the gate compares with: the hash of the labelled files and the figures of today, rounded down to a thousandth."""
    unseen = stored(quality / "out_of_fold.jsonl")
    fresh = labelled.read(sorted(quality.glob("fresh*.jsonl")))
    gold = sorted((quality / "gold").glob("*.jsonl"))
    return {
        "sha256": labelled.digest(gold),
        "extra_sha256": labelled.digest(quality.glob("extra*.jsonl")),
        "located_sha256": labelled.digest(quality.glob("located*.jsonl")),
        "fresh_sha256": labelled.digest(quality.glob("fresh*.jsonl")),
        "cross_validated": _floors(table([x for x in items if not held_out(x.id)], unseen)),
        "cross_validated_extra": _floors(table(extra, unseen)),
        "cross_validated_located": {
            k: v for k, v in _floors(table(located, unseen)).items() if k in ("places_f1", "kind")
        },
        "fresh": _floors(table(fresh, predict(fresh, load()))),
        "model": _floors(table(items, predict(items, load()))),
    }


def figures(measured: Table) -> dict[str, float]:
    """The figures that are quoted of a measurement."""
    return {"items": measured.items} | {name: round(share, 4) for name, share in _shares(measured).items()}


def _shares(measured: Table) -> dict[str, float]:
    return {
        "topics_micro_f1": measured.micro,
        "topics_macro_f1": measured.macro,
        "places_f1": measured.place_f1,
        "kind": measured.kind,
    }


def _floors(measured: Table) -> dict[str, float]:
    return {name: floor(share * 1000) / 1000 for name, share in _shares(measured).items()}


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the measurements, or writes the baseline of the gate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brief", action="store_true", help="one line per measurement")
    parser.add_argument("--write-baseline", action="store_true", help="write the figures of today for the gate to keep")
    options = parser.parse_args(arguments)
    items = labelled.read(sorted((QUALITY / "gold").glob("*.jsonl")))
    extra = labelled.read(sorted(QUALITY.glob("extra*.jsonl")))
    located = labelled.read(sorted(QUALITY.glob("located*.jsonl")))
    if options.write_baseline:
        text = json.dumps(baseline(items, extra, located), indent=1) + "\n"
        (QUALITY / "baseline.json").write_text(text, encoding="utf-8")
        print(text, end="")
        return
    predictions = stored(QUALITY / "out_of_fold.jsonl")
    for title, part in (
        (
            "Cross-validated (unseen; the lexicon was written while reading these)",
            [x for x in items if not held_out(x.id)],
        ),
        ("Cross-validated, further items (unseen)", extra),
    ):
        print(render(title, table(part, predictions), verbose=not options.brief and "Cross" in title))
    by_place = table(located, predictions)
    print(
        f"Cross-validated, items labelled by place and kind alone (unseen): {by_place.items} items; "
        f"places F1 {by_place.place_f1:.3f}; kind {by_place.kind:.3f}\n"
    )
    fresh = labelled.read(sorted(QUALITY.glob("fresh*.jsonl")))
    measured = table(fresh, predict(fresh, load()))
    print(render("Fresh: never trained on, never read", measured, verbose=not options.brief))
    print(render("The model as it is now (has seen these items)", table(items, predict(items, load())), verbose=False))


if __name__ == "__main__":
    main()
