"""Which of the places mentioned a text is about: what speaks for and against each of them, and the learned weighing of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log1p

from aggregator.tagging.company import CLASSES
from aggregator.tagging.places import Mention

CUES = (
    "police", "fiction", "statement", "outside-london", "ask-public", "charge", "verdict", "sentence", "operation", "policy", "figures",
    "foi", "oversight", "community",
)  # fmt: skip
"""Cues of the document (groups ``cue.…`` of the lexicon) that say how much its places weigh."""
_LISTED_GAP = 24
"""Names nearer than this to each other stand in one list."""
_EARLY = 900
_NEAR = frozenset(
    {"in", "at", "near", "on", "outside", "across", "around", "through", "throughout", "inside", "behind"}
)
_SCENE = frozenset(
    [
        "stab",
        "stabbed",
        "stabbing",
        "stabbings",
        "shot",
        "shooting",
        "shootings",
        "rob",
        "robbed",
        "robbery",
        "robberies",
        "robbers",
        "kill",
        "killed",
        "killing",
        "murder",
        "murdered",
        "attack",
        "attacked",
        "attacks",
        "assault",
        "assaulted",
        "called",
        "found",
        "scene",
        "burgled",
        "burglary",
        "burglaries",
        "broke",
        "stole",
        "stolen",
        "theft",
        "thefts",
        "snatched",
        "patrol",
        "patrols",
        "patrolling",
        "arrest",
        "arrested",
        "arrests",
        "seized",
        "warrant",
        "warrants",
        "search",
        "searched",
        "searches",
        "raid",
        "raided",
        "raids",
        "collision",
        "crash",
        "died",
        "appeal",
        "appealing",
        "missing",
        "cordon",
        "incident",
        "protest",
        "march",
        "marched",
        "deployed",
        "deployment",
        "deployments",
        "detectives",
        "residents",
        "ward",
        "borough",
        "estate",
        "victim",
        "victims",
    ]
)
_ELSEWHERE = frozenset(
    [
        "lives",
        "lived",
        "born",
        "grew",
        "trained",
        "poster",
        "posters",
        "worked",
        "drove",
        "travel",
        "travelled",
        "train",
        "trains",
        "colleague",
        "retired",
        "designed",
        "visit",
        "visited",
        "visiting",
        "shop",
        "gallery",
        "university",
        "factory",
        "depot",
        "hospital",
        "heading",
        "garage",
        "restaurant",
        "theatre",
    ]
)


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rest of the document says: figures and length (about 0 to 4), and the strength of each of CUES."""

    figures: float
    length: float
    cues: tuple[float, ...]


_UNSURE = ("home", "address", "demonym", "station", "institution", "street", "unit", "team")
_BASE = (
    *(f"{zone}:{kind}" for zone in ("head", "rest") for kind in CLASSES if kind != "abroad"),
    "plain:title", "plain:summary", "plain:lead", "only-abroad",
    "mentions", "own-mentions", "self-name", "share", "first", "only-place", "lead-share", "compared", "early", "scene", "elsewhere",
    "located", "from", "listed", "list-of-three", "others-in-head", "others-in-title", "others", "repeated", "shared",
    "excluded", "compared-others", *(f"unlocated:{kind}" for kind in _UNSURE),
)  # fmt: skip
_CONTEXT = ("figures", "length", *CUES)
FEATURES = (
    *_BASE,
    *(f"{part}*{cue}" for part in ("head", "buried") for cue in _CONTEXT),
    *(f"{name}*buried" for name in ("self-name", "first", "repeated", "compared", "scene", "located", "listed", "elsewhere", "early")),
    *(f"{name}*figures" for name in ("others", "listed", "compared", "compared-others", "self-name")),
    *(f"{name}*{cue}" for name in ("others", "compared-others") for cue in ("police", "fiction", "statement")),
    *(f"compared*buried*{cue}" for cue in ("figures", "oversight", "statement")),
    *(f"head:station*{cue}" for cue in ("oversight", "charge")),
    *(f"head:demonym*{cue}" for cue in ("police", "verdict", "outside-london")),
)  # fmt: skip
"""What is weighed. ``head``: title, summary or lead; ``buried``: only in the rest of the body."""


def features(mentions: list[Mention], setting: Setting) -> dict[str, dict[str, float]]:
    """Place → what speaks for or against the text being about it, by the names in FEATURES."""
    by_place: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_place.setdefault(mention.place, []).append(mention)
    plain = [m for m in mentions if m.kind == "plain"]
    lists = _lists(plain)
    return {place: _one(own, plain, len(by_place), lists, setting) for place, own in by_place.items()}


def _lists(plain: list[Mention]) -> dict[int, int]:
    """Start of a mention → how many different places stand in one list with it."""
    runs: list[list[Mention]] = []
    for one in plain:
        if runs and one.zone == runs[-1][-1].zone and one.start - runs[-1][-1].end < _LISTED_GAP:
            runs[-1].append(one)
        else:
            runs.append([one])
    return {m.start: len({x.place for x in run}) for run in runs for m in run}


def _one(
    own: list[Mention], plain: list[Mention], places: int, lists: dict[int, int], setting: Setting
) -> dict[str, float]:
    mine = [m for m in own if m.kind == "plain"]
    head = [m for m in plain if m.zone != "rest"]
    others = {m.place for m in plain} - {own[0].place}
    out = {f"{'rest' if m.zone == 'rest' else 'head'}:{m.kind}": 1.0 for m in own}
    out |= {f"plain:{m.zone}": 1.0 for m in mine if m.zone != "rest"}
    if all(m.kind == "abroad" for m in own):
        return {"only-abroad": 1.0}
    mine_in_head = sum(m.zone != "rest" for m in mine)
    longest = max((lists[m.start] for m in mine), default=0)
    out |= {
        "mentions": log1p(len(mine)),
        "own-mentions": log1p(len(own)),
        "self-name": float(any(m.own for m in mine)),
        "share": len(mine) / max(1, len(plain)),
        "first": float(bool(plain) and plain[0].place == own[0].place),
        "only-place": float(places == 1),
        "lead-share": mine_in_head / max(1, len(head)),
        "compared": float(any(m.compared for m in mine)),
        "early": float(bool(mine) and mine[0].start < _EARLY),
        "scene": float(not all(_SCENE.isdisjoint(m.near) for m in mine)),
        "elsewhere": float(bool(mine) and not any(_ELSEWHERE.isdisjoint(m.near) for m in mine)),
        "located": float(any(m.last in _NEAR for m in mine)),
        "from": float(bool(mine) and all(m.last in ("from", "to") for m in mine)),
        "listed": float(longest > 1),
        "list-of-three": float(longest > 2),
        "others-in-head": float(any(m.place in others for m in head)),
        "others-in-title": float(any(m.place in others and m.zone == "title" for m in head)),
        "others": log1p(len(others)) / 2,
        "repeated": float(len(mine) > 1),
        "shared": float(any(m.shared for m in mine)),
        "excluded": float(bool(mine) and all(m.excluded for m in mine)),
        "compared-others": log1p(len({m.place for m in plain if m.compared} - {own[0].place})),
    }
    if not plain:
        out |= {f"unlocated:{m.kind}": 1.0 for m in own if m.kind in _UNSURE}
    return out | _crossed(out, "head" if mine_in_head else "buried" if mine else "", setting)


def _crossed(out: dict[str, float], part: str, setting: Setting) -> dict[str, float]:
    """Features that weigh differently by where the place stands and what kind of text it is. What is nought is left out."""
    context = (setting.figures, setting.length, *setting.cues)
    crossed = dict(zip(_BY_PART[part], context, strict=True)) if part else {}
    for name, by in _BY_CONTEXT.items():
        if (value := out.get(name)) and (part == "buried" or name != "compared"):
            for cross, at in by:
                crossed[cross] = value * context[at]
    if part == "buried":
        crossed |= {cross: value for name, cross in _BY_BURIED if (value := out[name])}
    if out["compared"]:
        crossed["compared*figures"] = setting.figures
    return crossed


_BY_PART = {part: tuple(f"{part}*{cue}" for cue in _CONTEXT) for part in ("head", "buried")}
_BY_BURIED = tuple((n, f"{n}*buried") for n in _BASE if f"{n}*buried" in FEATURES)
_BY_CONTEXT = {
    name: tuple((cross, n) for n, cue in enumerate(_CONTEXT) if (cross := f"{prefix}*{cue}") in FEATURES)
    for name, prefix in (
        *((n, n) for n in ("others", "listed", "compared-others", "self-name", "head:station", "head:demonym")),
        ("compared", "compared*buried"),
    )
}
"""Feature → the names and cues it is crossed with."""


def probability(weights: dict[str, float], values: dict[str, float]) -> float:
    """Logistic score of one place."""
    return 1 / (1 + exp(-weights["bias"] - sum([weights.get(k, 0.0) * v for k, v in values.items() if v])))
