"""How well the tag model was measured to be: the figures that come with it, as the page on tagging shows them.

The files lie beside the model (``aggregator/tagging/data``): ``quality.json``, and ``hard_items.json`` where there are items
that the model is known to get wrong or that people do not agree on. A file that is absent or of another shape is left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from aggregator.site import evidence
from aggregator.site.views import Why
from aggregator.text.words import KINDS

WHOLE = {
    "fresh": "Fresh: items that the model in use was never trained on, and that nobody read who made its rules",
    "cross_validated": "Cross-validated, on items that the makers of the rules have read: kinder than the truth",
    "cross_validated_extra": "Cross-validated, the further items",
    "cross_validated_located": "Cross-validated, items written to be hard on places, labelled by place and kind alone",
    "hard": "Hard items",
}
TOPICS, UPDATES = "Topics", "Updates"
PARTS = {
    "topics_micro_f1": TOPICS,
    "topics_macro_f1": "Mean of each topic",
    "topics_f1": TOPICS,
    "places_f1": "Places",
    "kind": "Kind",
}
CONFUSIONS_SHOWN = 12
HARD_SHOWN = 20
HARD_PASSAGES = 3


@dataclass(frozen=True, slots=True)
class Figures:
    """Precision and recall of one tag over ``n`` updates that should have it."""

    slug: str
    precision: float
    recall: float
    f1: float
    n: int


@dataclass(frozen=True, slots=True)
class Confusion:
    """What was given where something else was wanted, and how often."""

    wanted: str
    given: str
    count: int


@dataclass(frozen=True, slots=True)
class Label:
    """A topic or place of a hard item: whether giving it was right, its score where it has one, and the words that speak for it."""

    slug: str
    verdict: str  # missed | wrong | right | doubted
    score: float | None
    whys: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class Hard:
    """An item on which models that had not seen it were most wrong."""

    title: str
    paragraphs: tuple[str, ...]
    cut: float
    labels: tuple[Label, ...]
    kind_wanted: tuple[str, ...]
    kind_given: str


@dataclass(frozen=True, slots=True)
class Quality:
    """Everything that was measured. Empty parts were not."""

    sets: tuple[tuple[str, int], ...]  # name of a labelled set, items
    labelled_by: str
    method: tuple[str, ...]
    parts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]  # title; (name of a part, share in words)
    heads: tuple[str, ...]  # names of the parts that there are, in order
    looks: tuple[
        tuple[str, tuple[tuple[str, str], ...]], ...
    ]  # earlier looks at unseen items, with the models of their time
    agreement: tuple[tuple[str, str], ...]
    topics: tuple[Figures, ...]  # worst first
    kinds: tuple[Figures, ...]
    places: tuple[Figures, ...]
    confusions: tuple[Confusion, ...]
    wrong: tuple[str, ...]
    hard: tuple[Hard, ...]


@cache
def load() -> Quality:
    """The measurement of the packaged model."""
    return of(_json("quality.json"), _json("hard_items.json"))


def _json(name: str) -> Any:
    file = files("aggregator.tagging") / "data" / name
    try:
        return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    except ValueError:
        return {}


def of(measured: Any, hard: Any) -> Quality:
    """The measurement as read from its two files; parts that are not of their shape are left out."""
    found = measured if isinstance(measured, dict) else {}
    topics = _figures(found.get("fresh_topics")) or _figures(found.get("topics"))
    return Quality(
        sets=tuple((_text(row, "name"), int(row.get("items", 0))) for row in _rows(found.get("files"))),
        labelled_by=str(found.get("labelled_by") or ""),
        method=_texts(found.get("method")),
        parts=tuple((title, _shares(found.get(name))) for name, title in WHOLE.items() if _shares(found.get(name))),
        looks=tuple(
            (f"{_text(row, 'title')}. {_text(row, 'note')}".strip(), _shares(row.get("figures")))
            for row in _rows(found.get("looks"))
        ),
        heads=(UPDATES, *dict.fromkeys(PARTS.values())),
        agreement=_shares(found.get("agreement")),
        topics=topics,
        kinds=_figures(found.get("kinds")),
        places=_figures(found.get("places")),
        confusions=tuple(
            Confusion(_text(row, "wanted"), _text(row, "given"), int(row.get("count", 0)))
            for row in _rows(found.get("kind_confusions"))
            if row.get("wanted") in KINDS and row.get("given") in KINDS
        )[:CONFUSIONS_SHOWN],
        wrong=_texts(found.get("wrong")),
        hard=_hard(hard),
    )


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _text(row: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that is there; lists are joined."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value:
            return value
        if isinstance(value, list) and value:
            return ", ".join(str(v) for v in value)
    return ""


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(str(text) for text in value if isinstance(text, str)) if isinstance(value, list) else ()


def _shares(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict):
        return ()
    items = ((UPDATES, f"{value['items']:,}"),) if isinstance(value.get("items"), int) else ()
    return items + tuple(
        (title, f"{float(value[name]):.2f}")
        for name, title in PARTS.items()
        if isinstance(value.get(name), (int, float))
    )


def _figures(value: Any) -> tuple[Figures, ...]:
    found = []
    for row in _rows(value):
        try:
            n = int(row["tp"]) + int(row["fn"])
            found.append(Figures(str(row["slug"]), float(row["precision"]), float(row["recall"]), float(row["f1"]), n))
        except (KeyError, TypeError, ValueError):
            continue
    return tuple(found)


def _hard(value: Any) -> tuple[Hard, ...]:
    found = []
    for row in _rows(value):
        kind = row.get("kind")
        if not isinstance(kind, dict) or not isinstance(row.get("title"), str):
            continue
        texts = {name: str(row.get(name) or "") for name in ("title", "summary", "body")}
        found.append(
            Hard(
                title=texts["title"],
                paragraphs=tuple(p for p in (texts["summary"], *texts["body"].split("\n\n")) if p.strip()),
                cut=float(row.get("cut") or 0.0),
                labels=tuple(_label(one, texts) for name in ("topics", "places") for one in _rows(row.get(name))),
                kind_wanted=_texts(kind.get("wanted")),
                kind_given=str(kind.get("given") or ""),
            )
        )
    return tuple(found)[:HARD_SHOWN]


def _label(row: Mapping[str, Any], texts: Mapping[str, str]) -> Label:
    entries = evidence.read(json.dumps(row.get("evidence")))
    score = row.get("score")
    return Label(
        slug=_text(row, "slug"),
        verdict=_text(row, "verdict"),
        score=float(score) if isinstance(score, (int, float)) else None,
        whys=tuple(evidence.in_context(entry, texts) for entry in entries[:HARD_PASSAGES]),
    )
