"""Places: mentions of boroughs and what lies in them, the company each mention keeps, and which of them the text is about."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from math import exp, log1p

import yaml

from aggregator.errors import ConfigError
from aggregator.tagging.features import Extractor
from aggregator.tagging.lexicon import Phrase
from aggregator.tagging.matcher import Hit
from aggregator.tagging.normalise import flatten
from aggregator.tagging.text import Laid

GAZETTEER = "gazetteer.yaml"
CLASSES = ("court", "abroad", "person", "street", "home", "institution", "unit", "plain")
FEATURES = (
    "plain:summary", "any:person", "any:plain", "plain-mentions", "self-name", "share", "first", "only-place", "lead-share",
    "comparison", "early", "figures", "policing", "leisure", "head-elsewhere", "rest-elsewhere", "rest-only-figures",
    "rest-only-statement", "rest-only-alone", "rest-only-first", "rest-only-figures-compared", "rest-only-repeated",
)  # fmt: skip
"""Chosen from some ninety by leaving out, one after another, what cross-validation did not miss."""
_EARLY = 900
"""A mention before this character is early."""
_BEFORE = 48
_AFTER = 40
_COURT = re.compile(
    r"^(?:'s|’s)? (?:(?:[A-Z][a-z]+ )?(?:Crown|Magistrates|County|Youth|High|Combined|Coroner|Employment|Civil|Family|Law)|crown court|magistrates|youth court|coroner|county court|court\b|mortuary|Mortuary)"
)
_ABROAD = re.compile(
    r"^,? (?:New Jersey|Jamaica|Virginia|Ontario|(?:North |West |South )?Yorkshire|Surrey|Kent|Essex|Sussex|Lincolnshire|Norfolk|Suffolk|Hampshire"
    r"|Maryland|upon Hull|upon Avon|-upon-Avon|upon Soar|Australia|Canada|America|Northumberland|Devon|Massachusetts|Ohio|Maine|Connecticut|County|Gwent|Fife|Scotland)"
    r"|^ (?:Corsa|Vivaro|Astra|Insignia|Zafira|Vectra|Mokka|Combo|Movano|van\b|Vale\b|upon-)"
    r"|^ \((?:the one in|Yorkshire|N Yorks|Jamaica)|^, (?:though )?(?:the|not the) (?:one|other)"
)
_STREET = re.compile(
    r"^ (?:Road|Street|Avenue|Lane|Way|Close|Crescent|Gardens|Terrace|Drive|Grove|Place|Court|Hill Road|High Road|Park Road|Manorway|Row|Mews|Walk|Rise|Square|Passage|Approach|Arms|Mount|Vale Road|Court Road|Bridge Road|Station Road|House|Hall)\b"
)
_PERSON_AFTER = re.compile(
    r"^(?:-[A-Z][a-z]|, \d\d\b|, (?:who|whose|a|an) |'s barrister| (?:AM|MP|QC|KC|said|says|told)\b)"
)
_TITLED = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Miss|Dr|Sir|Dame|Lord|Lady|Baroness|Viscount|Judge|PC|DC|DS|DI|DCI|Sgt|PS|Inspector|Sergeant|Constable|Superintendent|Commander|Commissioner|Detective|Officer|Councillor|Cllr|Supt|Insp|Det|Rev|Reverend|Professor|Prof|WPC|Chief)\.?"
    r"(?: [A-Z][a-zé'-]+)?|\b(?:Philip|Philippa|Arthur|Lee|Ollie|Oona|Neville|Crispin|Rhys|Rufus|Ambrose|Gwendolen|Halima|Clementina|Jack|John|James|David|Paul|Mark|Sarah|Emma|Jane|Peter|Michael|Thomas|Robert|Richard|William|George|Anna|Mary|Helen|Susan|Daniel|Simon|Kevin|Gary|Alan|Victor|Henry|Charles|Edward|Oliver|Harry|Jessica|Amy|Laura|Kate|Lucy|Grace|Alice|Rosa|Ella|Ruth|Nigel|Trevor|Marcus|Adam|Ben|Sam|Tom|Joe|Max|Leo|Luke|Noah|Ryan|Sean|Ian|Neil|Graham|Stuart|Craig|Derek|Keith|Barry|Ronnie|Terry|Ray|Roy|Stan|Fred|Frank|Ernest|Quentin)) $"
)
_NAME_THEN = re.compile(
    r"(?:^|[\s(“\"])(?!In |At |The |Near |From |To |Of |For |By |On |And |Around |Across |Outside |Inner |Outer |North |South |East |West |Central |Greater |Royal |Upper |Lower |Old |New |Police |Met |Borough |Council |Man |Woman |Teenager |Murder |Detectives |Safer |As |When |After |Why |Two |Three |How )([A-Z][a-z]{2,}) $"
)
_HOME = re.compile(
    r"(?:, \d\d, (?:of|from|who lives in|who lived in|and from)|\b(?:man|woman|teacher|mother|father|resident|student|nurse|driver|owner|plumber|builder|shopkeeper|taught? [a-z]+|teach [a-z]+|skinheads|a pensioner|grandmother) in|\b(?:both|all|also|each)(?: \d\d)?(?: and)? (?:of|from)|\d\d,? (?:of|from)|who (?:lives?|lived) in|,? (?:a man|a woman|men|man|woman|resident) from|moved from|lives? in|lived in|at (?:his|her|their) home in|address in|flat in|an address in"
    r"|(?:is|was|are|were) from|grew up in|\bcomes from|brothers from|born in|\d\d and from|of .{3,25} (?:Road|Street|Avenue|Close|Lane|Gardens|Way|Court|Crescent), ) $"
)
_LISTED = re.compile(r"\b\d\d, $")
_INSTITUTION = re.compile(
    r"^(?:'s)? (?:Hospital|Cathedral|University|College|School|Academy|FC|Football|United|Town FC|Council|council|Mortuary|fire station|Fire|bus garage|Prison|prison|depot|Palace|away shirt|Bridge)\b|^ (?:and [A-Z][a-z]+ )?fire stations"
)
_UNIT = re.compile(
    r"^ (?:police station|Police Station|station's|custody|Custody|BCU|Borough Command|command|control room|contact centre|incident room|Met\b)"
    r"|^ on 020"
)
_SCHOOL = re.compile(
    r"\b(?:recruits?|oath|trainees?|new constables|student officers|passing[ -]out|training school|classrooms?|specials?|sworn in|curriculum|probation\w*)\b"
)
_COMPARISON = frozenset(
    {
        "highest", "lowest", "most", "fewest", "least", "greatest", "smallest", "biggest", "largest", "next", "followed", "rose",
        "fell", "fall", "rise", "worst", "best", "top", "bottom", "cent", "compared",
    }
)  # fmt: skip
_FIGURE = re.compile(r"\d[\d,]|%")
_UNIT_BEFORE = re.compile(r"(?:incident room (?:at|in)|Unit at|unit at|office in|officers at|based (?:at|in)|team at|headquarters (?:at|in)|worked in|served in|custody (?:in|at)|crews? from|Crews? from|driven from|depot (?:in|at)|contact centre (?:at|in)|hotel near|runs policing in|go to|moved from|transferred from|stand in|passing out at|training (?:at|in)|oath at) $")  # fmt: skip
_SCHOOLS = frozenset({"Hendon", "Lambeth"})
_FORENAMES = frozenset(
    {
        "Lee",
        "Chelsea",
        "Victoria",
        "Kingston",
        "Sutton",
        "Merton",
        "Barnet",
        "Strand",
        "Evelyn",
        "Heaton",
        "Harrow",
        "Charlton",
        "Hayes",
        "Preston",
        "Bancroft",
        "Beverley",
        "Faraday",
    }
)
_SURNAME = re.compile(r"^ [A-Z][a-z]+(?:, |\'s |\.|$| (?:said|says|told|was|is|has|had|who|of))")
_COURT_BEFORE = re.compile(r"\b(?:magistrates|Magistrates|court|jury|bench|Court) (?:in|at|in the court at) $")
_FORCE = re.compile(r"(?:Police|police|forces?|Met),? (?:and |and to |or |to )?(?:the )?$")
_LINKS = frozenset({"of", "from", "in", "at", "on", "near", "to", "through", "out"})
_FOLLOWED = re.compile(
    "|".join(
        f"(?P<{name}>{pattern.pattern})"
        for name, pattern in (
            ("court", _COURT), ("abroad", _ABROAD), ("person", re.compile(r"^-[A-Z]")), ("street", _STREET),
            ("institution", _INSTITUTION), ("unit", _UNIT),
        )
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names as written, each with the slugs of its places and whether it is the place's own name."""

    names: tuple[str, ...]
    phrases: tuple[Phrase, ...]
    places: tuple[str, ...]
    own: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    """One name in the text, with the company it keeps (one of CLASSES)."""

    place: str
    name: str
    start: int
    end: int
    zone: str
    kind: str
    own: bool
    compared: bool


def parse(text: str, source: str = GAZETTEER) -> Gazetteer:
    """Reads the gazetteer's YAML. Raises :class:`ConfigError` naming a name that stands under two places."""
    try:
        rows = [
            (" ".join(name.split()), place, kind == "self")
            for place, kinds in yaml.safe_load(text).items()
            for kind, names in kinds.items()
            for name in names.split(",")
            if name.strip()
        ]
    except (yaml.YAMLError, AttributeError) as error:
        raise ConfigError(f"not a gazetteer: {error!r}", subject=source) from error
    unique: dict[Phrase, tuple[str, str, bool]] = {}
    for name, place, own in rows:
        first = unique.setdefault(Phrase(flatten(name).strip(), False), (name, place, own))
        if first[1] != place:
            raise ConfigError(f"{name!r} stands under {first[1]} and {place}", subject=source)
    names, slugs, owned = zip(*unique.values(), strict=True)
    return Gazetteer(names, tuple(unique), slugs, owned)


@cache
def load() -> Gazetteer:
    """The gazetteer of the package."""
    return parse((files("aggregator.tagging") / "data" / GAZETTEER).read_text(encoding="utf-8"))


class Finder:
    """Finds mentions of places among the hits of an extractor that also looks for their names. Longer names win."""

    def __init__(self, gazetteer: Gazetteer, extractor: Extractor) -> None:
        self._gazetteer = gazetteer
        self._name_of = {extractor.number[phrase]: n for n, phrase in enumerate(gazetteer.phrases)}
        self._is_name = bytearray(len(extractor.phrases))
        for number in self._name_of:
            self._is_name[number] = 1

    def mentions(self, laid: Laid, hits: list[Hit]) -> list[Mention]:
        """Every mention, in order of its start."""
        text, names, is_name = laid.text, self._name_of, self._is_name
        found = [
            (start + 1, end - 1, names[number])
            for number, start, end in hits
            if is_name[number] and text[start + 1].isupper()
        ]
        if not found:
            return []
        found.sort(key=lambda f: (f[0], -f[1]))
        mentions = [self._mention(laid, *one) for one in _longest(found)]
        elsewhere = {m.name for m in mentions if m.kind == "abroad"}
        if elsewhere:  # once "Camden, New Jersey", always Camden, New Jersey
            return [replace(m, kind="abroad") if m.name in elsewhere else m for m in mentions]
        return mentions

    def _mention(self, laid: Laid, start: int, end: int, number: int) -> Mention:
        zone = "rest" if start >= laid.rest_at else "lead" if start >= laid.body_at else "summary"
        before, after = laid.text[max(0, start - _BEFORE) : start], laid.text[end : end + _AFTER]
        name = self._gazetteer.names[number]
        company = _company(before, after)
        if company == "plain" and name in _FORENAMES and _SURNAME.match(after):
            company = "person"
        if company == "plain" and name in _SCHOOLS and _SCHOOL.search(laid.text):
            company = "unit"
        if company == "plain" and name.startswith("City ") and _FORCE.search(before):
            company = "institution"
        plain = company == "plain"
        return Mention(
            place=self._gazetteer.places[number],
            name=name,
            start=start,
            end=end,
            zone="title" if start < laid.summary_at else zone,
            kind=company,
            own=self._gazetteer.own[number],
            compared=plain and _compared(f"{before} {after}"),
        )


def _longest(found: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Of overlapping names the longest."""
    kept: list[tuple[int, int, int]] = []
    for one in found:
        if not kept or one[0] >= kept[-1][1]:
            kept.append(one)
    return kept


def _compared(near: str) -> bool:
    """Whether figures or words of comparison stand around a name."""
    return not _COMPARISON.isdisjoint(near.lower().replace(",", " ").split()) or _FIGURE.search(near) is not None


def _company(before: str, after: str) -> str:
    """What a name stands for here: one of CLASSES. What follows the name is asked first, then what goes before."""
    match = _FOLLOWED.match(after)
    kind = match.lastgroup if match and match.lastgroup else ""
    if kind in ("court", "abroad"):
        return kind
    last = (before.split() or [""])[-1]
    if last[:1].isupper() and (_TITLED.search(before) or (_NAME_THEN.search(before) and _PERSON_AFTER.match(after))):
        return "person"
    if kind in ("person", "street"):
        return kind
    if last in _LINKS:
        if last != "of" and _COURT_BEFORE.search(before):
            return "court"
        if _HOME.search(before):
            return "home"
    if last[-1:] == "," and _LISTED.search(before) and after[:1] in ".:":
        return "home"
    if kind:
        return kind
    return "unit" if last in _LINKS and _UNIT_BEFORE.search(before) else "plain"


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rest of the document says of the weight of its places: figures, police words, words of leisure; about 0 to 3 each."""

    figures: float = 0.0
    policing: float = 0.0
    leisure: float = 0.0
    statement: float = 0.0
    elsewhere: float = 0.0


def features(mentions: list[Mention], setting: Setting) -> dict[str, dict[str, float]]:
    """Place → what speaks for or against the text being about it, by the names in FEATURES."""
    by_place: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_place.setdefault(mention.place, []).append(mention)
    plain = [m for m in mentions if m.kind == "plain"]
    return {place: _one(own, plain, len(by_place), setting) for place, own in by_place.items()}


def _one(own: list[Mention], plain: list[Mention], places: int, setting: Setting) -> dict[str, float]:
    mine = [m for m in own if m.kind == "plain"]
    head = [m for m in plain if m.zone != "rest"]
    mine_in_head = sum(m.zone != "rest" for m in mine)
    first = float(bool(plain) and plain[0].place == own[0].place)
    out = {
        "plain:summary": float(any(m.zone == "summary" for m in mine)),
        "any:person": float(any(m.kind == "person" for m in own)),
        "any:plain": float(bool(mine)),
        "plain-mentions": log1p(len(mine)),
        "self-name": float(any(m.own for m in mine)),
        "share": len(mine) / max(1, len(plain)),
        "first": first,
        "only-place": float(places == 1),
        "lead-share": mine_in_head / max(1, len(head)),
        "comparison": float(any(m.compared for m in mine)),
        "early": float(bool(mine) and mine[0].start < _EARLY),
        "figures": setting.figures,
        "policing": setting.policing,
        "leisure": setting.leisure,
    }
    if mine_in_head:
        return out | {"head-elsewhere": setting.elsewhere}
    return out | _buried(mine, head, first, setting) if mine else out


def _buried(mine: list[Mention], head: list[Mention], first: float, setting: Setting) -> dict[str, float]:
    """Of a place that only the rest of the body mentions."""
    return {
        "rest-elsewhere": setting.elsewhere,
        "rest-only-figures": setting.figures,
        "rest-only-statement": setting.statement,
        "rest-only-alone": float(not head),
        "rest-only-first": first * (not head),
        "rest-only-figures-compared": setting.figures * any(m.compared for m in mine),
        "rest-only-repeated": float(len(mine) > 1),
    }


def probability(weights: dict[str, float], values: dict[str, float]) -> float:
    """Logistic score of one place."""
    return 1 / (1 + exp(-weights["bias"] - sum(weights.get(k, 0.0) * v for k, v in values.items())))
