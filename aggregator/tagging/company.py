"""What a name of a place stands for where it is written: the place itself, or a court, a person, somebody's home, a station house …

Rules of company, read from the few words on either side of the name. They are general: no rule knows a particular text. Most names
stand in no special company: single words tell so before any longer pattern is tried.
"""

from __future__ import annotations

import re
from functools import cache

CLASSES = (
    "court", "abroad", "person", "street", "home", "address", "demonym", "institution", "force", "station", "unit", "team",
    "excluded", "plain",
)  # fmt: skip
BEFORE, AFTER = 56, 44
"""Characters before and after a name that are read."""


_PHRASE = 42
"""Characters before a name in which a phrase about a home ends with it."""


def _set(words: str) -> frozenset[str]:
    """Words parted by blanks."""
    return frozenset(words.split())


def _any(words: str) -> str:
    """A pattern of alternatives, given as words parted by blanks."""
    return "|".join(words.split())


_COUNTIES = (
    r"New Jersey|(?:North |West |South )?Yorkshire|upon Hull|upon Avon|Greater Manchester|New Zealand|British Columbia|"
    + _any(
        "Jamaica Virginia Ontario Surrey Kent Essex Sussex Lincolnshire Norfolk Suffolk Hampshire Maryland Australia Canada America Devon"
        " Northumberland Massachusetts Ohio Maine Connecticut County Gwent Fife Scotland Hertfordshire Bedfordshire Merseyside Lancashire"
        " Cumbria Tasmania Ireland Texas California Florida Derbyshire Dorset Somerset Cornwall Wiltshire Wales Northamptonshire"
    )
)
_COURT = (
    r"(?:'s|’s)? (?:(?:[A-Z][a-z]+ )?(?:Crown|Magistrates|County|Youth|High|Combined|Coroner|Employment|Civil|Family|Law)\b"
    r"|crown court|magistrates|youth court|coroner|county court|court\b|mortuary|Mortuary)"
)
_ABROAD = (
    rf"(?:,| in)? (?:{_COUNTIES})(?! Park\b| Road\b| Avenue\b| Street\b| House\b)\b"
    r"|-(?:up)?on-(?:Avon|Soar|Trent|Sea)| (?:Corsa|Vivaro|Astra|Insignia|Zafira|Vectra|Mokka|Combo|Movano|van\b|Vale\b|upon-)"
    r"| (?:carriage|cab|boot|boots|tractor|bun|buns|bicycle|Mean Time|meridian|Meridian|Coldfield|Tye|sponge|sandwich)\b"
    r"| \((?:the one in|Yorkshire|N Yorks|Jamaica)|, (?:though )?(?:the|not the) (?:one|other)"
    r"| (?:district|area|suburb|quarter|neighbourhood|part|side|end|edge) of"
    r" (?!London|Greater London|Inner|Outer|West |East |North |South |Central )[A-Z]"
)
_POSTAL = re.compile(r"(?:,| in)? (Surrey|Kent|Essex|Hertfordshire)\b")
_FORMERLY = {
    "Surrey": _set("croydon kingston-upon-thames merton richmond-upon-thames sutton"),
    "Kent": _set("bexley bromley"),
    "Essex": _set("barking-and-dagenham havering redbridge waltham-forest"),
    "Hertfordshire": _set("barnet enfield"),
}
"""Boroughs that addresses still put in the county they belonged to until 1965."""
_PARTIES = r"(?: [A-Z][a-z]+){0,2}\)? \((?:Lab|Con|LD|Lib Dem|Green|Ind|Co-op|Labour|Conservative|Reform|CB)\b"
_STREET = (
    r" (?:Road|Street|Avenue|Lane|Way|Close|Crescent|Gardens|Terrace|Drive|Grove|Place|Court|Hill Road|High Road|Park Road|Manorway|Row|Mews"
    r"|Walk|Rise|Square|Passage|Approach|Arms|Mount|Vale Road|Court Road|Bridge Road|Station Road|House|Hall)\b"
)
_INSTITUTION = (
    r"(?:'s|’s)? (?:Hospital|Cathedral|University|College|School|Academy|FC|Football|United|Town FC|Council|council|fire station|Fire"
    r"|bus garage|Prison|prison|Palace|Bridge|Trust|Advertiser|Gazette|Guardian|Herald|Mercury|Recorder|Chronicle|Informer"
    r"|Observer)\b| (?:and [A-Z][a-z]+ )?fire stations"
    r"| (?:government|politicians|politics|bubble|lobby|insiders|correspondent|Foundation)\b"
)
_STATION = r"(?:'s|’s)? (?:(?:Police|police) (?:Station|station)|nick\b|custody|Custody)"
_UNIT = (
    r" (?:line|lines|Line|Lines|and [A-Z][a-z]+ lines|and City (?:line|Line)|& City (?:line|Line)|BCU|Borough Command|Basic Command|command|control room|contact centre|incident room"
    r"|Met|CID|HQ|headquarters)\b| station's| on 020"
)
_TEAM = r" (?:away shirt|had the ball|fan|fans|striker|goalkeeper|midfielder|defender|supporter|supporters|manager)\b| (?:v|vs)\.? [A-Z]"
_PEOPLE = (
    "man woman men women mum dad mother father teen teens teenager teenagers boy boys girl girls pensioner pensioners grandmother"
    " grandfather gran couple resident residents family pair trio brothers sister sisters student pupil builder plumber barber landlord"
    " landlady teacher nurse carer farmer dealer driver businessman killer rapist burglar robber thief fraudster predator shopkeeper"
    " councillor vicar author novelist poet artist grandad grandson granddaughter father-of-two father-of-three mother-of-two mother-of-three gangster thug yob"
)
_DEMONYM = rf" (?:{_any(_PEOPLE)})\b|-(?:born|raised)\b"
_EXCLUDED = (
    r",? (?:which |who )?(?:has|have|had|publishes|publish|keeps|collects|runs) (?:its|their) own (?:police )?(?:force|figures|data|statistics)"
    r"| (?:isn['’]t|aren['’]t|wasn['’]t|weren['’]t|is not|are not|was not|were not|is|are) "
    r"(?:included|excluded|counted|covered|left out|in the (?:data|file|figures|table|count))\b"
)
_PATTERNS = (
    ("excluded", _EXCLUDED), ("court", _COURT), ("abroad", _ABROAD), ("person", rf"-[A-Z]|{_PARTIES}"), ("station", _STATION), ("street", _STREET),
    ("institution", _INSTITUTION), ("unit", _UNIT), ("team", _TEAM), ("demonym", _DEMONYM),
)  # fmt: skip
_FOLLOWED = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _PATTERNS))
_NEXT_SMALL = re.compile(r",? ([a-z]+)")
_TELLING = frozenset(re.findall("[a-z]+", " ".join(pattern for _, pattern in _PATTERNS)))
"""Small words with which one of the patterns begins, and others."""
_PERSON_AFTER = re.compile(r"-[A-Z][a-z]|, \d\d\b|, (?:who|whose|a|an) |'s barrister| (?:AM|MP|QC|KC|said|says|told)\b")
_TITLES = _set(
    "Mr Mrs Ms Miss Dr Sir Dame Lord Lady Baroness Viscount Judge PC DC DS DI DCI Sgt PS Inspector Sergeant Constable"
    " Superintendent Commander Commissioner Detective Officer Councillor Cllr Supt Insp Det Rev Reverend Professor"
    " Prof WPC Chief PCSO"
)
_GIVEN = _set(
    "Philip Philippa Arthur Lee Ollie Oona Neville Crispin Rhys Rufus Ambrose Gwendolen Halima Clementina Jack John"
    " James David Paul Mark Sarah Emma Jane Peter Michael Thomas Robert Richard William George Anna Mary Helen Susan"
    " Daniel Simon Kevin Gary Alan Victor Henry Charles Edward Oliver Harry Jessica Amy Laura Kate Lucy Grace Alice"
    " Rosa Ella Ruth Nigel Trevor Marcus Adam Ben Sam Tom Joe Max Leo Luke Noah Ryan Sean Ian Neil Graham Stuart Craig"
    " Derek Keith Barry Ronnie Terry Ray Roy Stan Fred Frank Ernest Quentin Amara Aisha Mohammed Muhammad Ahmed Omar"
    " Yusuf Ali Fatima Priya Raj Anita Kwame Kofi Chidi Ngozi Tunde Femi Olu Emeka Callum Jordan Kyle Jamal Tyrone"
    " Marlon Denise Sharon Tracey Karen Julie Linda Margaret Patricia Barbara Elizabeth Joan Dorothy Doris Jean Rose"
    " Lily Daisy Hannah Rebecca Rachel Chloe Sophie Olivia Isla Nadia Andrew Anthony Brian Christopher Colin Dennis Donald"
    " Douglas Eric Gareth Geoffrey Gordon Jason Jonathan Joseph Joshua Justin Kenneth Lawrence Leonard Malcolm Martin Matthew"
    " Nathan Nicholas Patrick Raymond Roger Ronald Russell Samuel Stephen Steven Timothy Vincent Walter Alison Amanda Angela"
    " Ann Anne Beatrice Brenda Bridget Carol Caroline Catherine Charlotte Christine Claire Clare Deborah Diana Diane Donna"
    " Eileen Eleanor Fiona Frances Gillian Hazel Heather Irene Jacqueline Janet Jennifer Joanna Joanne Josephine Judith Katherine"
    " Kathleen Lesley Lisa Lorraine Louise Maria Marie Marion Martha Maureen Michelle Molly Monica Nicola Pamela Paula Pauline"
    " Ruby Sally Samantha Sandra Sheila Shirley Stella Sylvia Teresa Theresa Vanessa Vera Violet Winifred Yvonne Zoe Abdul Hassan"
    " Hussein Ibrahim Ismail Khalid Mustafa Tariq Zara Zainab Maryam Khadija Sunita Deepak Sanjay Vikram Arjun Ravi Meera"
)
"""Given names before which a place is most likely a surname."""
_NAME_THEN = re.compile(
    r"(?:^|[\s(“\"])(?!In |At |The |Near |From |To |Of |For |By |On |And |Around |Across |Outside |Inner |Outer |North |South |East |West"
    r" |Central |Greater |Royal |Upper |Lower |Old |New |Police |Met |Borough |Council |Man |Woman |Teenager |Murder |Detectives |Safer "
    r"|As |When |After |Why |Two |Three |How )([A-Z][a-z]{2,}) $"
)
_ROLES = (
    "manager ranger officer sergeant constable inspector superintendent councillor spokesman spokeswoman spokesperson leader director"
    " executive chair chairman chairwoman minister campaigner commander commissioner said says added brother sister father mother wife"
    " husband son daughter neighbour owner landlord landlady defendant author teacher headteacher barrister solicitor analyst volunteer"
    " coach captain striker goalkeeper curator singer actor friend partner named called"
)
_ROLE = _set(_ROLES)
_NO_NAME = (
    "In",
    "At",
    "Near",
    "The",
    "North",
    "South",
    "East",
    "West",
    "Central",
    "Inner",
    "Outer",
    "Greater",
    "Upper",
    "Lower",
    "Police",
    "Royal",
)
_QUOTES = frozenset("\"“”'‘’")
_MEMBER = re.compile(r"\b(?:MP|MPs|AM|AMs|Baroness|Lord|Lady|Sir|Dame|Mr|Ms|Mrs|Dr|by) [^()]{0,40}\($")
_MEMBER_AFTER = re.compile(r"(?: (?:and |& )?[A-Z][a-z]+| (?:and|&)){0,5}\)")
"""A member's constituency: "asked by Ann Example (Example North)"."""
_OFFICES = _set("MP MPs AM Member member minister candidate bishop Bishop archdeacon coroner Coroner")
_TITLED = _set("University Universities university Bishop Duke Duchess Earl Marquess Archdeacon")
_LEGISLATORS = _set("MPs ministers Ministers peers parliament Parliament politicians lawmakers")
_HOUSES = _set("Hospital hospital Infirmary hospice Hospice prison university University")
_HOME = re.compile(
    r"(?:\), of|, \d\d, (?:of|from|who lives in|who lived in|and from)|\b(?:both|all|also|each)(?: \d\d)?"
    r"(?: and)? (?:of|from)|(?<![\d,])\d\d,? (?:of|from)|who (?:lives?|lived) in|,? (?:a man|a woman|men|man|woman|resident) from|moved from|lives? in"
    r"|lived in|\bliving in|(?:is|was|are|were) from|grew up in|\bcomes from|brothers from|born in|\d\d and from"
    r"|\b(?:Mr|Mrs|Ms|Miss|Dr) [A-Z][^ ]+(?: [A-Z][^ ]+)? of|\b[A-Z][a-z-]+, of) $"
)
_DWELLERS = (
    "man woman teacher mother father resident student nurse owner pensioner grandmother grandfather couple family girl boy gentleman lady"
    " teenager mum dad someone somebody neighbour friend caller pupil widow widower grandfathers grandmothers mothers fathers builder"
    " plumber sister brother cousin aunt uncle"
)
_ADDRESS = re.compile(
    r"(?:at (?:his|her|their|a|the) (?:\w+ )?(?:home|flat|house|address|property) in|home address in|an address in"
    rf"|(?:his|her|their) (?:[a-z]+ )?(?:flat|house|home|address|halls|room|bedsit|door|doorstep) in|\b(?:{_any(_DWELLERS)}) (?:in|from)) $"
)
_DWELLING = _set(
    f"lives live lived living up born home flat house address property halls room bedsit door doorstep {_DWELLERS}"
)
"""Words before "in" that say that somebody lives there."""
_HOMELY = _DWELLING | _set("both all also each and men moved is was are were comes brothers")
_BEFORE_OF = frozenset("),0123456789")
"""What the last word but one of ``_HOME`` is, or ends with."""
_GATES = _HOMELY | _HOUSES | _TITLED | _LEGISLATORS
_LISTED = re.compile(r"\b\d\d, $")
_UNIT_BEFORE = re.compile(
    r"(?:incident room (?:at|in)|Unit at|unit at|office in|officers at|based (?:at|in)|team at|headquarters (?:at|in)|worked in|served in"
    r"|custody (?:in|at)|crews? from|Crews? from|driven from|depot (?:in|at)|contact centre (?:at|in)|hotel near|(?:runs|leads) policing (?:in|across|for)|responsible for policing in|switch at"
    r"|control room (?:at|in)|(?:asked|told|have|need|had) to (?:go|travel) to|call centre (?:at|in)|lines? (?:into|to|from)"
    r"|trains? (?:into|to|from)|museum in|archive (?:in|at)|conference (?:in|at)|laborator(?:y|ies) (?:in|at)|college (?:in|at)"
    r"|academy (?:in|at)|classroom in|transferred to|posted to|sent to|moved from|transferred from|stand in|passing out at"
    r"|training (?:at|in)|oath at|called from|specialist .{3,20} in) $"
)
_UNIT_WORDS = _set(
    "room Unit unit office officers based team headquarters worked served custody crew crews Crew Crews driven depot centre hotel"
    " policing switch go travel line lines train trains museum archive conference laboratory laboratories college academy classroom"
    " transferred posted sent moved stand out training oath called"
)
"""The last words but one of ``_UNIT_BEFORE``: asked first, for it is quick."""
_COURT_BEFORE = re.compile(
    r"(?:\b(?:magistrates|Magistrates|court|jury|jurors|bench|Court|tribunal|inquest|judges?|recorder|hearings?) (?:sitting )?"
    r"(?:in|at|in the court at|next (?:appear )?at)|\bappear(?:ed|ing|s)?(?: again| next)? at|\b(?:sentenced|tried|jailed|convicted|trial"
    r"|in the dock|due|listed|cases? heard|hearing|pleaded guilty|acquitted|arraigned|remanded|granted)(?: on [A-Z]\w+| yesterday| today)? at)"
    r" (?:the )?$"
)
_COURT_WORDS = _set(
    "magistrates Magistrates court jury jurors bench Court tribunal inquest judge judges recorder hearing hearings appear appeared"
    " appearing appears sentenced tried jailed convicted trial dock due listed heard guilty acquitted arraigned remanded granted"
)
"""A word of ``_COURT_BEFORE``, among the last five."""
_OTHER_FORCE = re.compile(
    r"(?:[A-Z][a-z]+shire|[A-Z][a-z]+folk|Essex|Kent|Surrey|Sussex|Greater Manchester|West Midlands|Merseyside|Northumbria|Cumbria|Devon and Cornwall"
    r"|Avon and Somerset|Thames Valley|West Mercia|South Wales|North Wales|Gwent|Dyfed-Powys|Cleveland|Durham|Humberside|Dorset) "
    r"(?:Police|Constabulary)[^.]{0,40} $"
)
_ALL_BOROUGHS = re.compile(r"\bboroughs,? (?:and|plus|or|including|as well as) (?:in |for )?the $")
"""Before "City of London": the whole of London is meant ("all 32 boroughs and the City")."""
_LEAVING = frozenset({"excluding", "except", "excludes", "exclude", "excluded"})
_FORCE = re.compile(r"(?:Police|police|forces?|Met),? (?:and |and to |or |to )?(?:the )?$")
_SURNAME = re.compile(r" [A-Z][a-z]+(?:, |\'s |\.|$| (?:said|says|told|was|is|has|had|who|of))")
_LINKS = frozenset({"of", "from", "in", "at", "on", "near", "to", "through", "out", "into"})
_AT = frozenset({"in", "at", "near"})
_FORENAMES = _set(
    "Lee Chelsea Victoria Kingston Sutton Merton Barnet Strand Evelyn Heaton Harrow Charlton Hayes Preston Bancroft Beverley Faraday"
)
_HOUSED = re.compile(r"\b(?:Hospital|Prison|HMP|HMYOI|University|College|Barts|UCLH)\b")
_METONYMS = frozenset({"Whitehall", "Downing Street", "Houses of Parliament", "Palace of Westminster", "Guildhall"})
"""Names that mostly mean an office of state."""
_BEFORE_BARE = _set("in at near around outside across from through to between towards and the")
_AFTER_BARE = re.compile(
    r"(?:'s|’s)? (?:station|tube|Tube|Underground|underground|ward|wards|estate|town centre|village|High|Town|bus|roundabout|area|SNT|Safer)\b"
)


def company(name: str, before: str, words: list[str], after: str) -> str:
    """The class of a mention: one of CLASSES. What follows the name is asked first, then what goes before. ``words`` are those of ``before``."""
    kind = _followed(after)
    if kind in ("court", "abroad", "excluded"):
        return kind
    last = words[-1] if words else ""
    former = words[-2] if len(words) > 1 else ""
    if last not in _LINKS and _named(former, last, before, after):
        return "person"
    if kind in ("person", "street"):
        return kind
    if last in _LINKS:
        if last == "from" and former in ("apart", "separately"):
            return "excluded"
        if ("Police" in words or "Constabulary" in words) and _OTHER_FORCE.search(before):
            return "abroad"
        if last != "of" and not _COURT_WORDS.isdisjoint(words[-6:]) and _COURT_BEFORE.search(before):
            return "court"
        if (former in _GATES or former[-1:] in _BEFORE_OF or not former.islower()) and (
            found := _linked(former, last, words, before)
        ):
            return found
    elif last in _LEAVING or (last == "the" and former in _LEAVING):
        return "excluded"
    elif last == "for" and former in _OFFICES:
        return "institution"
    elif last == "v" or last == "vs":
        return "team"
    elif last[-1:] == "," and after[:1] in (".", ":") and _LISTED.search(before):
        return "home"
    if kind:
        return kind
    if last in _LINKS and (former in _UNIT_WORDS or "specialist" in before) and _UNIT_BEFORE.search(before):
        return "unit"
    return _by_name(name, last, before, after)


def in_former_county(place: str, after: str) -> bool:
    """Whether the county that follows a name is the one that letters to this borough are addressed to ("Romford, Essex")."""
    county = _POSTAL.match(after)
    return county is not None and place in _FORMERLY[county[1]]


def _linked(former: str, last: str, words: list[str], before: str) -> str:
    """The class after "in", "of" or the like, where the word before that is telling; "" for none."""
    if last == "of" and former in _TITLED:
        return "institution"
    if last in _AT and (former in _LEGISLATORS or former in _HOUSES or words[-3:-2] == ["HMP"]):
        return "institution"
    if former in _DWELLING and _ADDRESS.search(before, len(before) - _PHRASE):
        return "address"
    return "home" if _HOME.search(before, len(before) - _PHRASE) else ""


def _followed(after: str) -> str:
    """The class that the words after a name give it, "" for none."""
    if after[:1] in ".;:!?\n":
        return ""
    small = _NEXT_SMALL.match(after)
    if small and small[1] not in _TELLING:
        return ""
    match = _FOLLOWED.match(after)
    return (match.lastgroup or "") if match else ""


def _named(former: str, last: str, before: str, after: str) -> bool:
    """Whether the name is a surname ("Mr", "PC Ann", "Arthur", "manager Ann" before it), a member's seat, or only quoted as a word."""
    if last[:1].isupper():
        if last in _GIVEN or last.rstrip(".") in _TITLES or former.rstrip(".") in _TITLES:
            return True
        if former in _ROLE and last.isalpha() and not last.startswith(_NO_NAME):
            return True
        return _PERSON_AFTER.match(after) is not None and _NAME_THEN.search(before) is not None
    if last in _QUOTES:
        return after[:1] in _QUOTES
    return last[-1:] == "(" and _MEMBER.search(before) is not None and _MEMBER_AFTER.match(after) is not None


def _by_name(name: str, last: str, before: str, after: str) -> str:
    """The class of a name where nothing beside it decides."""
    if name.endswith("'s") and after[:1] == " " and after[1:2].isupper():  # "St Paul's Old Ford" is no cathedral
        return "institution"
    own = _own_class(name)
    if own == "forename":
        return "person" if _SURNAME.match(after) else "plain"
    if own == "metonym":
        return "plain" if last.lower() in _BEFORE_BARE else "institution"
    if own == "city":
        if _ALL_BOROUGHS.search(before):
            return "excluded"
        return "institution" if _FORCE.search(before) else "plain"
    return own


@cache
def _own_class(name: str) -> str:
    """The class that a name has by itself, or which question it puts."""
    if name in _FORENAMES:
        return "forename"
    if name in _METONYMS:
        return "metonym"
    if name.endswith("Police"):
        return "force"
    if name.startswith("City "):
        return "city"
    return "institution" if _HOUSED.search(name) else "plain"


def stands_for_place(last: str, after: str) -> bool:
    """Whether a word with other senses (Angel, Bow) is used as a place: after "in" or the like, or before "station" or the like.
    ``last`` is the word before it, in small letters."""
    return last in _BEFORE_BARE or _AFTER_BARE.match(after) is not None
