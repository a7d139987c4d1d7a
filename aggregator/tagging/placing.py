"""Which of the places mentioned a text is about: what speaks for and against each of them, and the learned weighing of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import exp, log1p
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from aggregator.models import KINDS
from aggregator.tagging import around
from aggregator.tagging.company import CLASSES
from aggregator.tagging.places import Mention

CUES = ("police", "fiction", "statement", "outside-london", "ask-public", "sentence", "policy", "community")
"""Cues of the document (groups ``cue.…`` of the lexicon) that say how much its places weigh."""
LOCAL_LIMIT = 6.0
_LISTED_GAP = 24
"""Names nearer than this to each other stand in one list."""
_EARLY = 900
_LOCATIVE = frozenset(
    {"in", "at", "near", "on", "outside", "across", "around", "through", "throughout", "inside", "behind"}
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rest of the document says: figures and length (about 0 to 4), and the strength of each of CUES."""

    figures: float
    length: float
    cues: tuple[float, ...]


class _Scene(NamedTuple):
    """What all places of one document share."""

    plain: list[Mention]
    placed: frozenset[str]  # places with a plain mention,
    in_head: frozenset[str]  # with one in title, summary or lead,
    in_title: frozenset[str]
    head: int  # plain mentions in title, summary or lead
    lists: dict[int, int]  # start of a plain mention that stands in a list → different places in it
    many: bool
    context: tuple[float, ...]


_NO_PLACE = ("abroad", "person")
_UNSURE = ("home", "address", "demonym", "station", "institution", "street", "unit", "team")
_BASE = (
    *(f"{zone}:{kind}" for zone in ("head", "rest") for kind in CLASSES if kind != "abroad"),
    "plain:title", "plain:summary", "plain:lead", "no-place",
    "mentions", "own-mentions", "self-name", "share", "first", "only-place", "lead-share", "early", "located", "from", "listed",
    "list-of-three", "others-in-head", "others-in-title", "others", "repeated", "shared", "roads",
    "away", "away-head", *(f"unlocated:{kind}" for kind in _UNSURE),
)  # fmt: skip
_CONTEXT = ("numbers", "length", *CUES)
CROSSED = ("head", "buried", "others", "share", "only-place", "self-name")
"""What the kind of the text is weighed with: a court round-up is about many of its places, an obituary about none."""
_CROSSES = tuple((f"others*{cue}", _CONTEXT.index(cue)) for cue in ("police", "fiction", "statement"))
FEATURES = (
    *_BASE,
    *around.CUES,
    *(f"{part}*{cue}" for part in ("head", "buried") for cue in _CONTEXT),
    *(cross for cross, _ in _CROSSES),
    "roads*others-in-head", "roads*others",
    "local", "local*head", "local*buried", "local*self-name", "local*only-place",
)  # fmt: skip
"""What is weighed. ``head``: title, summary or lead; ``buried``: only in the rest of the body."""
BY_KIND = tuple(f"{kind}*{crossed}" for kind in (f"kind:{kind}" for kind in KINDS) for crossed in CROSSED)
"""What is weighed besides: each of CROSSED times how likely the text is of each kind."""
_PART = {part: tuple(f"{part}*{cue}" for cue in _CONTEXT) for part in ("head", "buried")}
_CHUNK_BITS = 11
_CHUNK = (1 << _CHUNK_BITS) - 1
_CLASS_NAMES = {
    (zone, kind): f"{'rest' if zone == 'rest' else 'head'}:{kind}"
    for zone in ("title", "summary", "lead", "rest")
    for kind in CLASSES
}


def features(mentions: list[Mention], setting: Setting) -> dict[str, dict[str, float]]:
    """Place → what speaks for or against the text being about it, by the names in FEATURES; what is nought is left out."""
    by_place: dict[str, list[Mention]] = {}
    for mention in mentions:
        if mention.place in by_place:
            by_place[mention.place].append(mention)
        else:
            by_place[mention.place] = [mention]
    plain = [m for m in mentions if m.kind == "plain"]
    head = [m for m in plain if m.zone != "rest"]
    scene = _Scene(
        plain=plain,
        placed=frozenset([m.place for m in plain]),
        in_head=frozenset([m.place for m in head]),
        in_title=frozenset([m.place for m in head if m.zone == "title"]),
        head=len(head),
        lists=_lists(plain),
        many=len(by_place) > 1,
        context=(setting.figures, setting.length, *setting.cues),
    )
    return {place: _one(place, own, scene) for place, own in by_place.items()}


def _lists(plain: list[Mention]) -> dict[int, int]:
    """Start of a mention → how many different places stand in one list with it. Those that stand alone are left out."""
    runs: list[list[Mention]] = []
    near = False
    for one, following in pairwise(plain):
        if one.zone != following.zone or following.start - one.end >= _LISTED_GAP:
            near = False
        elif near:
            runs[-1].append(following)
        else:
            near = True
            runs.append([one, following])
    return {m.start: size for run in runs if (size := len({m.place for m in run})) for m in run}


def _one(place: str, own: list[Mention], scene: _Scene) -> dict[str, float]:
    """The features of one place."""
    mine = [m for m in own if m.kind == "plain"]
    if not mine and all(m.kind in _NO_PLACE for m in own):
        return {"no-place": 1.0}
    out = {_CLASS_NAMES[m.zone, m.kind]: 1.0 for m in own}
    out["own-mentions"] = log1p(len(own))
    _among_others(out, place, own[0], scene)
    if mine:
        _plain(out, place, mine, scene)
    elif not scene.plain:
        out.update({f"unlocated:{m.kind}": 1.0 for m in own if m.kind in _UNSURE})
    return out


def _among_others(out: dict[str, float], place: str, first: Mention, scene: _Scene) -> None:
    """What the other places of the text say, and those outside London."""
    mine = place in scene.placed
    if others := len(scene.placed) - mine:
        out["others"] = value = log1p(others) / 2
        for cross, at in _CROSSES:
            out[cross] = value * scene.context[at]
        if len(scene.in_head) > (place in scene.in_head):
            out["others-in-head"] = 1.0
            if len(scene.in_title) > (place in scene.in_title):
                out["others-in-title"] = 1.0
    if not scene.many:
        out["only-place"] = 1.0
    if first.away:
        out["away"] = log1p(first.away)
    if first.away_head:
        out["away-head"] = log1p(first.away_head)


def _plain(out: dict[str, float], place: str, mine: list[Mention], scene: _Scene) -> None:
    """What the plain mentions of a place say."""
    number = len(mine)
    out["mentions"] = log1p(number)
    out["share"] = number / len(scene.plain)
    if scene.plain[0].place == place:
        out["first"] = 1.0
    if mine[0].start < _EARLY:
        out["early"] = 1.0
    if number > 1:
        out["repeated"] = 1.0
    bits, head, longest, roads, leaving = 0, 0, 0, True, True
    for m in mine:
        bits |= m.around
        roads = roads and m.road
        leaving = leaving and m.last in ("from", "to")
        longest = max(longest, scene.lists.get(m.start, 1))
        if m.zone != "rest":
            head += 1
            out[f"plain:{m.zone}"] = 1.0
        if m.own:
            out["self-name"] = 1.0
        if m.shared:
            out["shared"] = 1.0
        if m.last in _LOCATIVE:
            out["located"] = 1.0
    if leaving:
        out["from"] = 1.0
    if longest > 1:
        out["listed"] = 1.0
        if longest > 2:
            out["list-of-three"] = 1.0
    if roads:
        out["roads"] = 1.0
        out.update({f"roads*{name}": out[name] for name in ("others-in-head", "others") if name in out})
    _around(out, bits)
    if head:
        out["lead-share"] = head / scene.head
    out.update(zip(_PART["head" if head else "buried"], scene.context, strict=True))


def _around(out: dict[str, float], bits: int) -> None:
    """What stands around the mentions of a place, all together."""
    at = 0
    while bits:
        out.update(_shown(at, bits & _CHUNK))
        bits >>= _CHUNK_BITS
        at += _CHUNK_BITS


@cache
def _shown(at: int, bits: int) -> dict[str, float]:
    """Features for some of the bits of ``around.CUES``, from the one numbered ``at``."""
    return {around.CUES[at + n]: 1.0 for n in range(_CHUNK_BITS) if bits >> n & 1}


def with_local(values: dict[str, float], local: float) -> dict[str, float]:
    """The features with what single words tell of the whole text: whether it is about any place, as a logit. An item on recruits or
    on the accounts names places, too."""
    values["local"] = local = max(-LOCAL_LIMIT, min(LOCAL_LIMIT, local))
    if "mentions" in values:
        values["local*head" if _in_head(values) else "local*buried"] = local
    for name in ("self-name", "only-place"):
        if name in values:
            values[f"local*{name}"] = local
    return values


def _in_head(values: dict[str, float]) -> bool:
    return "plain:title" in values or "plain:summary" in values or "plain:lead" in values


def crossed(values: dict[str, float]) -> tuple[float, ...]:
    """The values of CROSSED."""
    get = values.get
    named = "mentions" in values
    head = named and _in_head(values)
    return (
        head,
        named and not head,
        get("others", 0.0),
        get("share", 0.0),
        get("only-place", 0.0),
        get("self-name", 0.0),
    )


def kind_table(weights: dict[str, float]) -> npt.NDArray[Any]:
    """The weights of BY_KIND as a table, KINDS × CROSSED. Kinds of a document (as probabilities) times this table are its leaning."""
    return np.array([weights[name] for name in BY_KIND]).reshape(len(KINDS), len(CROSSED))


def probability(weights: dict[str, float], values: dict[str, float], leaning: Sequence[float]) -> float:
    """Logistic score of one place. ``leaning``: what the kind of the document weighs with each of CROSSED."""
    get = weights.get
    z = weights["bias"] + sum([get(name, 0.0) * value for name, value in values.items()])
    for value, weight in zip(crossed(values), leaning, strict=True):
        z += value * weight
    return 1 / (1 + exp(-z))
