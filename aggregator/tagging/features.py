"""What a document shows of itself, as numbers: hits of the lexicon by zone, and its outward form.

Everything the topic and kind models see comes from here, in training and at run time alike.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log, log1p

from aggregator import limits
from aggregator.tagging.lexicon import Group, Phrase
from aggregator.tagging.matcher import Hit, Matcher
from aggregator.tagging.text import LEAD, REST, SUMMARY, TITLE, Laid

ZONE_WEIGHT = (2.0, 1.5, 1.0, 1.0)
"""How much one hit counts in title, summary, lead and rest."""
SUFFIXES = ("", "$", "^", "~")
"""Features per group: weighted count; in the title; in title or summary; in title, summary or lead."""
FORM = (
    "digits", "percent", "quotes", "length", "questions", "title-question", "list", "clock", "you", "we", "years", "ages",
    "no-summary", "short", "pounds",
)  # fmt: skip
_YEAR = re.compile(r"20\d\d")
_AGE = re.compile(r", \d\d,")
_NUMBERED = re.compile(r"\n\d\. ")
_PUBLISHER = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Extracted:
    """Numbers of one document. ``hits`` are those that count, boilerplate and masked names left out."""

    hits: list[Hit]
    phrases: dict[int, float]  # number of the phrase → weighted count
    groups: dict[int, tuple[float, bool, bool, bool]]  # number of the group → values in the order of SUFFIXES
    form: tuple[float, ...]  # in the order of FORM
    publisher: tuple[str, ...]


class Extractor:
    """Reads documents with the groups of a lexicon. Groups of ``boilerplate`` and ``names`` mask; the others count."""

    def __init__(self, groups: Sequence[Group]) -> None:
        self.groups = tuple(g for g in groups if not g.name.startswith(("boilerplate.", "names.")))
        self.names = tuple(g.name for g in self.groups)
        phrases = sorted({p for g in groups for p in g.phrases}, key=lambda p: (p.text, p.open))
        number = {phrase: n for n, phrase in enumerate(phrases)}
        self.phrases: tuple[Phrase, ...] = tuple(phrases)
        members: list[list[int]] = [[] for _ in phrases]
        for n, group in enumerate(self.groups):
            for phrase in group.phrases:
                members[number[phrase]].append(n)
        self.groups_of = tuple(tuple(m) for m in members)
        self._boilerplate = {number[p] for g in groups if g.name.startswith("boilerplate.") for p in g.phrases}
        self._masks = {number[p] for g in groups if g.name.startswith("names.") for p in g.phrases}
        self._special = self._boilerplate | self._masks
        self.matcher = Matcher(phrases)

    def rule(self, phrase: int, topic: str) -> str:
        """The group by which a phrase belongs to a topic, and the phrase: what evidence names as its rule."""
        names = [self.names[g] for g in self.groups_of[phrase] if self.names[g].startswith(f"{topic}.")]
        return f"{min(names)}: {self.phrases[phrase].text}{'*' * self.phrases[phrase].open}"

    def extract(self, laid: Laid) -> Extracted:
        """The features of one laid-out document."""
        hits = self.matcher.hits(laid.flat)
        if not self._special.isdisjoint([h[0] for h in hits]):
            hits = self._unmasked(laid, hits)
        phrases = _phrase_counts(laid, hits)
        return Extracted(
            hits, {p: c[3] for p, c in phrases.items()}, self._group_values(phrases), form(laid), publisher(laid)
        )

    def _group_values(self, phrases: dict[int, list[float]]) -> dict[int, tuple[float, bool, bool, bool]]:
        sums: dict[int, list[float]] = {}
        for phrase, counts in phrases.items():
            for group in self.groups_of[phrase]:
                total = sums.get(group)
                if total is None:
                    sums[group] = counts.copy()
                else:
                    total[0] += counts[0]
                    total[1] += counts[1]
                    total[2] += counts[2]
                    total[3] += counts[3]
        return {g: (log1p(s[3]), s[0] > 0, s[0] + s[1] > 0, s[0] + s[1] + s[2] > 0) for g, s in sums.items()}

    def _unmasked(self, laid: Laid, hits: list[Hit]) -> list[Hit]:
        spans = [
            _boilerplate_span(laid, start + 1) if phrase in self._boilerplate else (start + 1, end - 1)
            for phrase, start, end in hits
            if phrase in self._special
        ]
        return [
            h for h in hits if h[0] not in self._special and not any(a < h[2] - 1 and h[1] + 1 < b for a, b in spans)
        ]


def _boilerplate_span(laid: Laid, at: int) -> tuple[int, int]:
    """The paragraph around a closing phrase in the rest of the body; nothing anywhere else."""
    if at < laid.rest_at:
        return 0, 0
    start, end = laid.text.rfind("\n", 0, at) + 1, laid.text.find("\n", at)
    end = len(laid.text) if end < 0 else end
    return (start if end - start <= limits.TAG_BOILERPLATE_CHARS else at), end


def _phrase_counts(laid: Laid, hits: list[Hit]) -> dict[int, list[float]]:
    """Number of the phrase → hits in title, in summary, in lead, and the weighted sum over all zones."""
    counts: dict[int, list[float]] = {}
    rest_at, body_at, summary_at = laid.rest_at, laid.body_at, laid.summary_at
    for phrase, start, _ in hits:
        count = counts.get(phrase)
        if count is None:
            count = counts[phrase] = [0.0, 0.0, 0.0, 0.0]
        zone = (
            REST
            if start >= rest_at
            else LEAD
            if start >= body_at - 1
            else SUMMARY
            if start >= summary_at - 1
            else TITLE
        )
        count[3] += ZONE_WEIGHT[zone]
        if zone != REST:
            count[zone] += 1.0
    return counts


def form(laid: Laid) -> tuple[float, ...]:
    """How the text looks: figures, quotes, lists, who is spoken to. Each value is about 0 to 3; in the order of FORM."""
    body, flat = laid.text[laid.body_at :], laid.flat[laid.body_at :]
    words = body.count(" ") + 1
    return (
        min(3.0, sum(map(body.count, "0123456789")) / words * 4),
        min(3.0, (flat.count(" per cent ") + body.count("%")) / 2),
        min(2.0, (body.count('"') + body.count("“") * 2) / 4),
        log(len(body) + 1) / 3,
        min(2.0, body.count("?") / 2),
        float("?" in laid.text[: laid.summary_at]),
        min(2.0, (body.count("\n- ") + len(_NUMBERED.findall(body))) / 3),
        float("hrs " in flat),
        min(2.0, (flat.count(" you ") + flat.count(" your ")) / 4),
        min(2.0, (flat.count(" we ") + flat.count(" our ") + flat.count(" us ")) / 4),
        min(2.0, len(_YEAR.findall(body)) / 3),
        min(2.0, len(_AGE.findall(body)) / 2),
        float(not laid.doc.summary),
        float(len(body) < 450),
        min(2.0, body.count("£") / 2),
    )


def publisher(laid: Laid) -> tuple[str, ...]:
    """The words of the publisher's name: `met-foi` and `Metropolitan Police Service FOI` share what matters."""
    return tuple(_PUBLISHER.findall(laid.doc.publisher.lower()))
