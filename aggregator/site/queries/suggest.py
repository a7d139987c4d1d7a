"""Another spelling for a search that finds nothing, from words that do occur."""

from __future__ import annotations

import difflib
import re
import sqlite3
from functools import partial

from aggregator.limits import SUGGEST_FEWER, SUGGEST_TITLES, SUGGEST_WORDS
from aggregator.site.queries import lists
from aggregator.site.views import Link
from aggregator.text.query import Query, parse, select

_WORD = re.compile(r"[^\W\d_]{4,}")
_CLOSE = 0.75
"""Likeness of two spellings (difflib's ratio): one letter wrong, missing or swapped in a word of four or more."""
_KNOWN = """
SELECT title FROM topics UNION ALL SELECT name FROM places UNION ALL SELECT title FROM entities WHERE type = 'offence'
UNION ALL SELECT title FROM (SELECT title FROM updates ORDER BY id DESC LIMIT ?)
"""


def spelling(conn: sqlite3.Connection, text: str, query: Query) -> str:
    """The text of a search with the words that are not known put right; "" where that finds nothing either.

    Known are the words of topics, places, offences and of the newest titles. Filters stay as they are.
    """
    known: dict[str, None] = {}
    for (title,) in conn.execute(_KNOWN, (SUGGEST_TITLES,)):
        known.update(dict.fromkeys(_WORD.findall(title.lower())))
    unknown = [w for term in query.words for w in _WORD.findall(term.text.lower()) if w not in known]
    other = {word: _closest(word, known) for word in unknown[:SUGGEST_WORDS]}
    put_right = _WORD.sub(partial(_replaced, other), text)
    if put_right == text:
        return ""
    found = lists.select_ids(conn, select(parse(put_right), lists.children(conn)), None, 1)
    return put_right if found else ""


_TOKEN = re.compile(r'"[^"]*"\*?|\S+')


def fewer(conn: sqlite3.Connection, text: str) -> tuple[Link, ...]:
    """For a search of several words that finds nothing: the word that may be one too many, and the search without it.

    Every word must be there, so one that no text has ("march") hides all that the others find. Filters stay.
    """
    tokens = _TOKEN.findall(text)
    words = [n for n, token in enumerate(tokens) if parse(token).words]
    if len(words) < 2:
        return ()
    children = lists.children(conn)
    found = []
    for n in words[:SUGGEST_FEWER]:
        rest = " ".join(token for m, token in enumerate(tokens) if m != n)
        if lists.select_ids(conn, select(parse(rest), children), None, 1):
            found.append(Link(tokens[n], rest))
    return tuple(found)


def _closest(word: str, known: dict[str, None]) -> str:
    return next(iter(difflib.get_close_matches(word, known, 1, _CLOSE)), word)


def _replaced(other: dict[str, str], found: re.Match[str]) -> str:
    word = found[0]
    return other[word.lower()] if other.get(word.lower(), word.lower()) != word.lower() else word
