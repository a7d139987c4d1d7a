"""Places: mentions of boroughs and what lies in them, the company each mention keeps, and which of them the text is about."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, log1p

import yaml
from ahocorasick_rs import AhoCorasick, Implementation

from aggregator.errors import ConfigError
from aggregator.tagging.normalise import straighten
from aggregator.tagging.text import Laid

GAZETTEER = "gazetteer.yaml"
CLASSES = ("court", "abroad", "person", "street", "home", "institution", "unit", "plain")
FEATURES = (
    *(f"{c}:{z}" for c in CLASSES for z in ("title", "summary", "lead", "rest")),
    *(f"any:{c}" for c in CLASSES),
    "mentions", "plain-mentions", "self-name", "share", "first", "only-place", "many-places", "lead-share",
    "at", "in", "comparison", "listed", "early", "figures", "policing", "leisure", "rest-only-figures", "rest-only-many",
)  # fmt: skip
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
    r"^ (?:Road|Street|Avenue|Lane|Way|Close|Crescent|Gardens|Terrace|Drive|Grove|Place|Court|Hill Road|High Road|Park Road|Manorway|Row|Mews|Walk|Rise|Square|Vale Road|Court Road|Bridge Road|Station Road|House|Hall)\b"
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
_HOME_AFTER = re.compile(
    r"^(?:-based|, (?:was|were|is|are|has|had|will|appeared|admitted|pleaded|denied|who) | (?:man|woman|resident|mum|mother|father|grandmother|couple)\b)"
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
_COMPARISON = re.compile(
    r"\b(?:highest|lowest|most|fewest|least|greatest|smallest|biggest|largest|next|followed|then come|rose|fell|fall|rise|worst|best|top|bottom|per cent|compared)\b|%|\b\d[\d,]{1,}\b"
)
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
_AT = re.compile(r"\b(?:at|near|outside|around|off|through|on) $")
_IN = re.compile(r"\b(?:in|across|throughout|for|to) (?:the )?$")


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names as written, each with the slugs of its places and whether it is the place's own name."""

    names: tuple[str, ...]
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
    at: bool
    into: bool
    compared: bool


def parse(text: str, source: str = GAZETTEER) -> Gazetteer:
    """Reads the gazetteer's YAML. Raises :class:`ConfigError` naming a name that stands under two places."""
    try:
        rows = [
            (" ".join(name.split()), place, kind == "self")
            for place, kinds in yaml.safe_load(text).items()
            for kind, names in kinds.items()
            for name in names.split(",")
        ]
    except (yaml.YAMLError, AttributeError) as error:
        raise ConfigError(f"not a gazetteer: {error!r}", subject=source) from error
    seen: dict[str, str] = {}
    for name, place, _ in rows:
        if seen.setdefault(name, place) != place:
            raise ConfigError(f"{name!r} stands under {seen[name]} and {place}", subject=source)
    unique = {name: (place, own) for name, place, own in rows if name}
    return Gazetteer(tuple(unique), tuple(p for p, _ in unique.values()), tuple(o for _, o in unique.values()))


@cache
def load() -> Gazetteer:
    """The gazetteer of the package."""
    return parse((files("aggregator.tagging") / "data" / GAZETTEER).read_text(encoding="utf-8"))


class Finder:
    """Finds mentions of places. Longer names win over those inside them."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer
        self._engine = AhoCorasick(
            [straighten(n) for n in gazetteer.names], implementation=Implementation.ContiguousNFA
        )

    def mentions(self, laid: Laid) -> list[Mention]:
        """Every mention, in order of its start."""
        text = straighten(laid.text)
        if not text.isupper() and len(text) == len(laid.text):
            hits = self._engine.find_matches_as_indexes(text, overlapping=True)
            return [self._mention(laid, text, h) for h in _longest(text, hits)]
        return []

    def _mention(self, laid: Laid, text: str, hit: tuple[int, int, int]) -> Mention:
        number, start, end = hit
        zone = "rest" if start >= laid.rest_at else "lead" if start >= laid.body_at else "summary"
        before, after = text[max(0, start - _BEFORE) : start], text[end : end + _AFTER]
        name = self._gazetteer.names[number]
        company = _company(before, after)
        if company == "plain" and name in _FORENAMES and _SURNAME.match(after):
            company = "person"
        if company == "plain" and name in _SCHOOLS and _SCHOOL.search(text):
            company = "unit"
        return Mention(
            place=self._gazetteer.places[number],
            name=name,
            start=start,
            end=end,
            zone="title" if start < laid.summary_at else zone,
            kind=company,
            own=self._gazetteer.own[number],
            at=_AT.search(before) is not None,
            into=_IN.search(before) is not None,
            compared=_COMPARISON.search(before) is not None or _COMPARISON.search(after) is not None,
        )


def _longest(text: str, hits: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Whole words only; of overlapping names the longest."""
    kept: list[tuple[int, int, int]] = []
    for hit in sorted(hits, key=lambda h: (h[1], -h[2])):
        _, start, end = hit
        if text[start - 1].isalnum() or text[end].isalnum() or (kept and start < kept[-1][2]):
            continue
        kept.append(hit)
    return kept


def _company(before: str, after: str) -> str:
    """What a name stands for here: a court, somewhere else of that name, a person, a street, a home, an institution, a unit, or the place."""
    if _COURT.search(after) or re.search(
        r"\b(?:magistrates|Magistrates|court|jury|bench|Court) (?:in|at|in the court at) $", before
    ):
        return "court"
    if _ABROAD.search(after):
        return "abroad"
    if (
        _TITLED.search(before)
        or (_NAME_THEN.search(before) and _PERSON_AFTER.search(after))
        or re.match(r"-[A-Z]", after)
    ):
        return "person"
    if _STREET.search(after):
        return "street"
    if _HOME.search(before) or (_LISTED.search(before) and after[:1] in ".:"):
        return "home"
    if _INSTITUTION.search(after):
        return "institution"
    if _UNIT.search(after) or _UNIT_BEFORE.search(before):
        return "unit"
    return "plain"


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rest of the document says of the weight of its places: figures, police words, words of leisure; about 0 to 3 each."""

    figures: float = 0.0
    policing: float = 0.0
    leisure: float = 0.0


def features(mentions: list[Mention], setting: Setting) -> dict[str, dict[str, float]]:
    """Place → what speaks for or against the text being about it, by the names in FEATURES."""
    by_place: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_place.setdefault(mention.place, []).append(mention)
    plain = [m for m in mentions if m.kind == "plain"]
    return {place: _one(own, plain, len(by_place), setting) for place, own in by_place.items()}


def _one(own: list[Mention], plain: list[Mention], places: int, setting: Setting) -> dict[str, float]:
    out: dict[str, float] = {}
    for mention in own:
        out[f"{mention.kind}:{mention.zone}"] = out[f"any:{mention.kind}"] = 1.0
    mine = [m for m in own if m.kind == "plain"]
    lead = [m for m in plain if m.zone != "rest"]
    mine_in_lead = sum(m.zone != "rest" for m in mine)
    out["mentions"] = log1p(len(own))
    out["plain-mentions"] = log1p(len(mine))
    out["self-name"] = float(any(m.own for m in mine))
    out["share"] = len(mine) / max(1, len(plain))
    out["first"] = float(bool(plain) and plain[0].place == own[0].place)
    out["only-place"] = float(places == 1)
    out["many-places"] = min(2.0, places / 6)
    out["lead-share"] = mine_in_lead / max(1, len(lead))
    out["at"] = float(any(m.at for m in mine))
    out["in"] = float(any(m.into for m in mine))
    out["comparison"] = float(any(m.compared for m in mine))
    out["listed"] = float(any(0 < abs(m.start - o.start) < 45 and o.place != m.place for m in mine for o in plain))
    out["early"] = float(bool(mine) and mine[0].start < 900)
    out["figures"], out["policing"], out["leisure"] = setting.figures, setting.policing, setting.leisure
    if mine and not mine_in_lead:
        out["rest-only-figures"] = setting.figures
        out["rest-only-many"] = min(2.0, places / 6)
    return out


def probability(weights: dict[str, float], values: dict[str, float]) -> float:
    """Logistic score of one place."""
    return 1 / (1 + exp(-weights["bias"] - sum(weights.get(k, 0.0) * v for k, v in values.items())))
