"""What changes in a page by itself: times of rendering, counters, cookie notices, "2 days ago".

Two uses. :func:`tidy` takes whole lines that are nothing but noise out of a text before it is stored. :func:`steady`
gives the form that is compared: what in it depends on the moment it is read is evened out. A sentence of substance
is never dropped by either, and a date that a publisher states ("in force from 1 March") is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from aggregator.limits import MAX_NOISE_LINE_CHARS

_TIME: Final = r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:\s*[ap]\.?m\.?)?(?:\s*(?:GMT|BST|UTC))?"
_MONTHS: Final = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_WEEKDAY: Final = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?"
_DAY: Final = (
    rf"{_WEEKDAY}(?:\d{{1,2}}(?:st|nd|rd|th)?\s+{_MONTHS},?(?:\s+\d{{4}})?|{_MONTHS}\s+\d{{1,2}},?\s+\d{{4}}"
    r"|\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{2,4})"
)
_MOMENT: Final = rf"(?:{_DAY}(?:(?:\s+at|,|\s*[T|·-])?\s*{_TIME})?|{_TIME}(?:(?:\s+on|,)?\s+{_DAY})?)"
_NUMBER: Final = r"\d{1,3}(?:[, ]?\d{3})*(?:\.\d+)?\s?[km]?"
_RENDERED: Final = (
    r"(?:this )?(?:page|content|report|document)?\s*(?:was |is )?(?:last )?"
    r"(?:rendered|generated|refreshed|loaded|printed|cached|retrieved|accessed|served|viewed)"
)
_NOISE_LINES: Final = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_RENDERED}\s*(?:on|at|by [\w.-]+(?: in [\d.]+ ?m?s)?)?\s*:?\s*(?:{_MOMENT})?(?:\s*in [\d.]+ ?m?s(?:econds)?)?",
        rf"(?:current|local|server|the)?\s*(?:date and )?time(?: now| is| is now)?\s*:?\s*{_MOMENT}",
        rf"(?:today is|today's date|date today|as at|time now)\s*:?\s*{_MOMENT}",
        _TIME,  # a bare clock
        rf"(?:page )?(?:views?|visits?|visitors?|hits?|reads?|shares?|likes?|downloads?)\s*:?\s*{_NUMBER}",
        rf"{_NUMBER}\s*(?:page )?(?:views?|visits?|visitors?|hits?|reads?|shares?|likes?|comments?|downloads?|people online)"
        r"(?: (?:so far|today|this week|this month|online))?",
        r"you are visitor(?: number)?\s*:?\s*" + _NUMBER,
        r"(?:we|this (?:web)?site|our (?:web)?site) (?:also )?uses? (?:essential |some |small )*cookies\b.*",
        r"(?:accept|reject|manage|hide|change|allow|view|set)\s(?:all |additional |analytics |your |this |my )*"
        r"(?:cookies?|cookie (?:settings|preferences|message))(?: settings| preferences)?",
        r"cookies? (?:settings|preferences|policy|notice)|you(?:'ve| have) (?:accepted|rejected) .{0,40}cookies\b.*",
        r"(?:back to|return to|skip to) (?:the )?(?:top|main content|contents)(?: of (?:the )?page)?",
        r"(?:session|request|trace|correlation|page|build)[ -]?id\s*:?\s*[0-9a-f-]{8,64}",
        r"(?:nonce|csrf|token)\s*[:=]\s*\S{8,200}",
    )
)
_COUNT: Final = r"(?:\d{1,4}|an?|one|two|three|four|five|six|seven|eight|nine|ten|a few|several)"
_UNIT: Final = r"(?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?)"
_RELATIVE: Final = re.compile(
    rf"\b(?:about |over |almost |less than |more than )?{_COUNT}\s{_UNIT}\sago\b|\bjust now\b|\bmoments ago\b",
    re.IGNORECASE,
)
_RENDERED_INLINE: Final = re.compile(
    r"\b(?:page|content|report|document) (?:was |is )?(?:last )?(?:rendered|generated|refreshed|loaded|printed|cached|"
    rf"retrieved|accessed|served)\s*(?:on|at)?\s*:?\s*{_MOMENT}",
    re.IGNORECASE,
)
_COUNTER_INLINE: Final = re.compile(
    rf"\b(?:viewed|visited|read|shared|downloaded)\s{_NUMBER}\stimes\b|\({_NUMBER}\s(?:views|reads|shares|comments)\)",
    re.IGNORECASE,
)


def tidy(text: str, ignore: Iterable[str] = ()) -> str:
    """The text without lines that are only noise, and without what the expressions of ``ignore`` match."""
    for pattern in ignore:
        text = re.sub(pattern, "", text)
    lines = [line for line in text.split("\n") if not _is_noise(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def steady(text: str) -> str:
    """The text as it is compared: tidy, and with relative times, times of rendering and counters evened out."""
    text = _RELATIVE.sub("some time ago", tidy(text))
    text = _RENDERED_INLINE.sub("", text)
    return _COUNTER_INLINE.sub("", text)


def _is_noise(line: str) -> bool:
    words = line.strip().removeprefix("- ").strip(" .|·•*")
    return 0 < len(words) <= MAX_NOISE_LINE_CHARS and any(p.fullmatch(words) for p in _NOISE_LINES)
