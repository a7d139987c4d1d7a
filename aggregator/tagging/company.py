"""What a name of a place stands for where it is written: the place itself, or a court, a person, somebody's home, a station house …

Rules of company, read from the few words on either side of the name. They are general: no rule knows a particular text.
"""

from __future__ import annotations

import re

CLASSES = (
    "court", "abroad", "person", "street", "home", "address", "demonym", "institution", "force", "station", "unit", "team",
    "plain",
)  # fmt: skip
BEFORE, AFTER = 56, 44
"""Characters before and after a name that are read."""
_COURT = (
    r"(?:'s|’s)? (?:(?:[A-Z][a-z]+ )?(?:Crown|Magistrates|County|Youth|High|Combined|Coroner|Employment|Civil|Family|Law)\b"
    r"|crown court|magistrates|youth court|coroner|county court|court\b|mortuary|Mortuary)"
)
_ABROAD = (
    r",? (?:New Jersey|Jamaica|Virginia|Ontario|(?:North |West |South )?Yorkshire|Surrey|Kent|Essex|Sussex|Lincolnshire|Norfolk|Suffolk"
    r"|Hampshire|Maryland|upon Hull|upon Avon|-upon-Avon|upon Soar|Australia|Canada|America|Northumberland|Devon|Massachusetts|Ohio|Maine"
    r"|Connecticut|County|Gwent|Fife|Scotland|Hertfordshire|Bedfordshire|Greater Manchester|Merseyside|Lancashire|Cumbria)"
    r"| (?:Corsa|Vivaro|Astra|Insignia|Zafira|Vectra|Mokka|Combo|Movano|van\b|Vale\b|upon-)"
    r"| \((?:the one in|Yorkshire|N Yorks|Jamaica)|, (?:though )?(?:the|not the) (?:one|other)"
)
_STREET = (
    r" (?:Road|Street|Avenue|Lane|Way|Close|Crescent|Gardens|Terrace|Drive|Grove|Place|Court|Hill Road|High Road|Park Road|Manorway|Row|Mews"
    r"|Walk|Rise|Square|Passage|Approach|Arms|Mount|Vale Road|Court Road|Bridge Road|Station Road|House|Hall)\b"
)
_INSTITUTION = (
    r"(?:'s|’s)? (?:Hospital|Cathedral|University|College|School|Academy|FC|Football|United|Town FC|Council|council|fire station|Fire\b"
    r"|bus garage|Prison|prison|Palace|Bridge)\b| (?:and [A-Z][a-z]+ )?fire stations"
)
_STATION = r"(?:'s|’s)? (?:[Pp]olice [Ss]tation|nick\b|custody|Custody)"
_UNIT = r" (?:[Ll]ine\b|station's|BCU|Borough Command|Basic Command|command|control room|contact centre|incident room|Met\b|CID\b)| on 020"
_TEAM = r" (?:away shirt|had the ball|fans?\b|striker|goalkeeper|midfielder|defender|supporters?\b|manager\b)"
_DEMONYM = (
    r" (?:man|woman|men|women|mum|dad|mother|father|teen(?:ager)?s?|boys?|girls?|pensioners?|grandmother|grandfather|gran|couple|residents?"
    r"|family|pair|trio|brothers|sisters?|student|pupil|builder|plumber|barber|landlord|landlady|teacher|nurse|carer|farmer|dealer|driver"
    r"|businessman|killer|rapist|burglar|robber|thief|fraudster|predator|shopkeeper|councillor|vicar)\b"
)
_FOLLOWED = re.compile(
    "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in (
            ("court", _COURT), ("abroad", _ABROAD), ("person", r"-[A-Z]"), ("station", _STATION), ("street", _STREET),
            ("institution", _INSTITUTION), ("unit", _UNIT), ("team", _TEAM), ("demonym", _DEMONYM),
        )
    )
)  # fmt: skip
_PERSON_AFTER = re.compile(r"-[A-Z][a-z]|, \d\d\b|, (?:who|whose|a|an) |'s barrister| (?:AM|MP|QC|KC|said|says|told)\b")
_TITLES_WORDS = (
    "Mr Mrs Ms Miss Dr Sir Dame Lord Lady Baroness Viscount Judge PC DC DS DI DCI Sgt PS Inspector Sergeant Constable"
    " Superintendent Commander Commissioner Detective Officer Councillor Cllr Supt Insp Det Rev Reverend Professor"
    " Prof WPC Chief"
)
_TITLES = frozenset(_TITLES_WORDS.split())
_GIVEN_WORDS = (
    "Philip Philippa Arthur Lee Ollie Oona Neville Crispin Rhys Rufus Ambrose Gwendolen Halima Clementina Jack John"
    " James David Paul Mark Sarah Emma Jane Peter Michael Thomas Robert Richard William George Anna Mary Helen Susan"
    " Daniel Simon Kevin Gary Alan Victor Henry Charles Edward Oliver Harry Jessica Amy Laura Kate Lucy Grace Alice"
    " Rosa Ella Ruth Nigel Trevor Marcus Adam Ben Sam Tom Joe Max Leo Luke Noah Ryan Sean Ian Neil Graham Stuart Craig"
    " Derek Keith Barry Ronnie Terry Ray Roy Stan Fred Frank Ernest Quentin Amara Aisha Mohammed Muhammad Ahmed Omar"
    " Yusuf Ali Fatima Priya Raj Anita Kwame Kofi Chidi Ngozi Tunde Femi Olu Emeka Callum Jordan Kyle Jamal Tyrone"
    " Marlon Denise Sharon Tracey Karen Julie Linda Margaret Patricia Barbara Elizabeth Joan Dorothy Doris Jean Rose"
    " Lily Daisy Hannah Rebecca Rachel Chloe Sophie Olivia Isla Nadia"
)
_GIVEN = frozenset(_GIVEN_WORDS.split())
"""Given names before which a place is most likely a surname."""
_NAME_THEN = re.compile(
    r"(?:^|[\s(“\"])(?!In |At |The |Near |From |To |Of |For |By |On |And |Around |Across |Outside |Inner |Outer |North |South |East |West"
    r" |Central |Greater |Royal |Upper |Lower |Old |New |Police |Met |Borough |Council |Man |Woman |Teenager |Murder |Detectives |Safer "
    r"|As |When |After |Why |Two |Three |How )([A-Z][a-z]{2,}) $"
)
_HOME = re.compile(
    r"(?:, \d\d, (?:of|from|who lives in|who lived in|and from)|\b(?:both|all|also|each)(?: \d\d)?"
    r"(?: and)? (?:of|from)|(?<![\d,])\d\d,? (?:of|from)|who (?:lives?|lived) in|,? (?:a man|a woman|men|man|woman|resident) from|moved from|lives? in"
    r"|lived in|(?<![\d,])\d\d, of"
    r"|(?:is|was|are|were) from|grew up in|\bcomes from|brothers from|born in|\d\d and from"
    r"|\b(?:Mr|Mrs|Ms|Miss|Dr) [A-Z][^ ]+(?: [A-Z][^ ]+)? of|\b[A-Z][a-z-]+, of"
    r"|of .{3,25} (?:Road|Street|Avenue|Close|Lane|Gardens|Way|Court|Crescent), ) $"
)
_ADDRESS = re.compile(
    r"(?:at (?:his|her|their|a|the) (?:\w+ )?(?:home|flat|house|address|property) in|home address in|an address in"
    r"|(?:his|her|their) (?:flat|house|home|address) in|\b(?:man|woman|teacher|mother|father|resident|student|nurse|owner|pensioner"
    r"|grandmother|couple|family) in) $"
)
_DWELLING = frozenset(
    [
        "lives",
        "live",
        "lived",
        "up",
        "born",
        "home",
        "flat",
        "house",
        "address",
        "property",
        "man",
        "woman",
        "teacher",
        "mother",
        "father",
        "resident",
        "student",
        "nurse",
        "owner",
        "pensioner",
        "grandmother",
        "couple",
        "family",
    ]
)
"""Words before "in" that say that somebody lives there: asked first, for it is quick."""
_LISTED = re.compile(r"\b\d\d, $")
_UNIT_BEFORE = re.compile(
    r"(?:incident room (?:at|in)|Unit at|unit at|office in|officers at|based (?:at|in)|team at|headquarters (?:at|in)|worked in|served in"
    r"|custody (?:in|at)|crews? from|Crews? from|driven from|depot (?:in|at)|contact centre (?:at|in)|hotel near|runs policing in|go to"
    r"|moved from|transferred from|stand in|passing out at|training (?:at|in)|oath at|called from|specialist .{3,20} in) $"
)
_COURT_BEFORE = re.compile(
    r"\b(?:magistrates|Magistrates|court|jury|bench|Court) (?:in|at|in the court at|appear(?:ed)? (?:again )?at|next (?:appear )?at) $"
)
_FORCE = re.compile(r"(?:Police|police|forces?|Met),? (?:and |and to |or |to )?(?:the )?$")
_SURNAME = re.compile(r" [A-Z][a-z]+(?:, |\'s |\.|$| (?:said|says|told|was|is|has|had|who|of))")
_LINKS = frozenset({"of", "from", "in", "at", "on", "near", "to", "through", "out"})
_FORENAMES = frozenset(
    [
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
    ]
)
_HOUSED = re.compile(r"\b(?:Hospital|Prison|HMP|HMYOI|University|College|Barts|UCLH)\b")
_METONYMS = frozenset({"Whitehall", "Downing Street", "Houses of Parliament", "Palace of Westminster", "Guildhall"})
"""Names that mostly mean an office of state."""
_BEFORE_BARE = frozenset(
    ["in", "at", "near", "around", "outside", "across", "from", "through", "to", "between", "towards", "and", "the"]
)
_AFTER_BARE = re.compile(
    r"(?:'s|’s)? (?:station|tube|Tube|Underground|underground|ward|wards|estate|town centre|village|High|Town|bus|roundabout|area|SNT|Safer)\b"
)


def company(name: str, before: str, after: str) -> str:
    """The class of a mention: one of CLASSES. What follows the name is asked first, then what goes before."""
    match = _FOLLOWED.match(after)
    kind = (match.lastgroup or "") if match else ""
    if kind in ("court", "abroad"):
        return kind
    last = (before.rsplit(None, 1) or [""])[-1]
    if last[:1].isupper() and (_titled(before) or (_NAME_THEN.search(before) and _PERSON_AFTER.match(after))):
        return "person"
    if kind in ("person", "street"):
        return kind
    if last in _LINKS:
        if last != "of" and _COURT_BEFORE.search(before):
            return "court"
        if last not in ("in", "at", "near") or not _DWELLING.isdisjoint(before.rsplit(None, 2)[-2:-1]):
            if _ADDRESS.search(before):
                return "address"
            if _HOME.search(before):
                return "home"
    if last[-1:] == "," and _LISTED.search(before) and after[:1] in ".:":
        return "home"
    return kind or _by_name(name, last, before, after)


def _titled(before: str) -> bool:
    """Whether a title, a title and a name, or a given name stand before: "Mr", "PC Ann", "Arthur"."""
    *_, former, last = ("", "", *before.rsplit(None, 2))
    return last in _GIVEN or last.rstrip(".") in _TITLES or former.rstrip(".") in _TITLES


def _by_name(name: str, last: str, before: str, after: str) -> str:
    """The class where nothing that follows decides it."""
    if last in _LINKS and _UNIT_BEFORE.search(before):
        return "unit"
    if name in _FORENAMES and _SURNAME.match(after):
        return "person"
    if name in _METONYMS and last.lower() not in _BEFORE_BARE:
        return "institution"
    if name.endswith("Police"):
        return "force"
    if name.startswith("City ") and _FORCE.search(before):
        return "institution"
    return "institution" if _HOUSED.search(name) else "plain"


def stands_for_place(before: str, after: str) -> bool:
    """Whether a word with other senses (Angel, Bow) is used as a place: after "in" or the like, or before "station" or the like."""
    last = (before.rsplit(None, 1) or [""])[-1]
    return last.lower() in _BEFORE_BARE or _AFTER_BARE.match(after) is not None
