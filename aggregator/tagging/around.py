"""Words that tell, around the name of a place, why it is named: something happened there, figures are compared, somebody lives there …

Each sense is a set of small words as they stand in flattened text. A window of words is read into one number, a bit for each sense.
"""

from __future__ import annotations

import re

from aggregator.tagging.normalise import MARK

SENSES = {
    "scene": (
        "stab stabs stabbed stabbing stabbings shot shots shoot shooting shootings rob robbed robbing robbery robberies robber robbers"
        " kill killed killing murder murdered murders attack attacked attacks attacking assault assaulted assaults found scene burgled"
        " burglary burglaries burglar burglars broke stole steal stealing stolen theft thefts thief thieves snatched snatch snatching"
        " mugged mugging mugger beaten punched kicked slashed arrest arrested arrests seized seizure warrant warrants search searched"
        " searches raid raided raids collision crash crashed died dead appeal appealing missing cordon cordoned incident incidents protest"
        " protests protesters march marched marchers demonstration rally riot disorder deployed deployment deployments victim victims"
        " injured wounded struck knocked fight brawl arson bomb explosion hostage abducted kidnapped raped rape groped exposed followed"
        " chased spotted witnessed targeted targeting smashed dispersal gunpoint knifepoint gunfire fired discharged body remains"
        " evacuated cuckooed conned tricked defrauded vandalised grabbed threatened approached ambushed hit cameras footage cctv"
    ),
    "called": "called detectives police officers witnesses witness information happened occurred reports reported reporting",
    "area": (
        "ward wards borough boroughs estate estates area town centre neighbourhood residents community streets street park station"
        " roundabout junction council district high road canal towpath market shops flats block"
    ),
    "programme": (
        "pilot piloted piloting trial trialled tested scheme launch launched opened opening open extend extended expand expanded rolled"
        " rollout cover covers covering covered team teams patrol patrols patrolling neighbourhood panel priorities project programme fund"
        " funded funding grant local live signs installed zone zones order orders pspo closure partnership hub club workshop workshops"
        " meeting surgery stall event session sessions drop counter counters group networks network introduced running works chosen"
        " selected starts start begins begin join joins"
    ),
    "extreme": (
        "highest lowest most fewest least greatest smallest biggest largest top bottom worst best safest deadliest busiest densest"
        " steepest sharpest record leads led only heaviest slowest fastest longest shortest hardest"
    ),
    "follower": "then followed next also behind after second third fourth fifth while whereas against versus than compared between other",
    "figure": "rose fell fall rise rises falls cent per rate rates average total double twice half third quarter percentage points number",
    "visit": (
        "visit visited visiting visits attend attended toured met spoke interviewed observed watched saw conference seminar museum"
        " exhibition tribunal college lecture gallery hotel restaurant theatre studio film filmed venue poster posters designed"
        " shown held took takes sent queue"
    ),
    "living": "lives lived live born grew raised childhood home flat house address moved raising brought born upbringing",
    "travel": "drove driven boarded boarding alighted direction travel travelled train trains line lines route bus heading towards journey services rail tube platform return",
    "career": (
        "worked works trained colleague retired served serves posted transferred joined based career former depot factory garage university"
        " hospital office headquarters switch centre room academy school training recruits"
    ),
    "leisure": "shop visit gallery restaurant theatre pub cafe hotel gym church mosque concert show film choir novel book story fans match",
    "person": (
        "man woman girl boy mother father mum dad teenager gentleman lady resident student pensioner grandmother grandfather grandfathers"
        " couple family husband wife son daughter somebody someone neighbour friend boyfriend sister brother mothers men women nurse"
    ),
    "court": (
        "judge judges jury jurors court tribunal hearing sitting sat sentenced bench magistrates pleaded inquest coroner cases heard panel"
        " remanded convicted trial prosecutor barrister"
    ),
    "example": "such like example instance including eg typical imagine suppose say",
    "left-out": "except exclude excludes excluded unlike without outside neighbouring apart own separate isn aren doesn neither nor included nearest alternative alternatives instead",
    "past": "years ago once former formerly decades century history historic since previously earlier before used",
    "first-person": "i my me mine",
    "we": "we our us",
    "you": "you your",
    "force": "force forces constabulary surrey essex kent hampshire sussex nationally national england wales country counties manchester",
}  # fmt: skip
"""Name of a sense → its words."""
NAMES = tuple(SENSES)
WIDTH = len(NAMES)
REACH = 65
"""Characters on either side of a name that are read, within its sentence."""
CUES = (*(f"around:{name}" for name in NAMES), "figures-near", "heading")
"""What each bit of :func:`around` says: a sense in the sentence; figures between this name and its neighbours; that it stands as a
heading."""
_FIGURES, _HEADING = 1 << WIDTH, 2 << WIDTH
_FIGURE = re.compile(r"[0-9%](?:[0-9,]|(?<=%))")
_END = re.compile(rf"\. |[\n{MARK}]")
_AFTER_HEADING = (".", ":", ",", "\n")
_BIT: dict[str, int] = {}
for _n, _words in enumerate(SENSES.values()):
    for _word in _words.split():
        _BIT[_word] = _BIT.get(_word, 0) | 1 << _n
_TELLING = frozenset(_BIT)


def around(text: str, flat: str, start: int, end: int, last: int, following: int) -> int:
    """What stands around a name, in bits of CUES. ``last`` is the end of the name before it, ``following`` the start of the next."""
    first, stop = max(0, start - REACH), end + REACH
    cut = max(text.rfind(". ", first, start), text.rfind("\n", first, start), text.rfind(MARK, first, start))
    if cut >= 0:
        first = cut + 1
    if found := _END.search(text, end, stop):
        stop = found.start()
    bits = 0
    for word in _TELLING.intersection(f"{flat[first:start]} {flat[end:stop]}".split()):
        bits |= _BIT[word]
    if _FIGURE.search(text, max(first, last), min(stop, following)):
        bits |= _FIGURES
    if text[start - 1] == "\n" and text[end : end + 1] in _AFTER_HEADING:
        bits |= _HEADING
    return bits
