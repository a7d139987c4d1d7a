"""The search language: text a person types in, a :class:`Query` out, and a :class:`Selection` of updates in SQL from it.

Words, "phrases", -not, prefix*, and ``topic: place: kind: source: before: after:`` (each but the dates may be denied
with a minus). Different filters must all hold; of several values of one filter, one must. ``after:`` includes its day,
``before:`` does not. Topic and place pages and every feed select in the same language, so each list is a search.

No text is an error: what cannot be read is left out and said in :attr:`Query.notes`. Everything here is pure.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from aggregator.limits import MAX_QUERY_CHARS, MAX_QUERY_TERMS, MAX_QUERY_VALUES, MIN_PREFIX_CHARS
from aggregator.text.times import first_id, london_day

FIELDS = ("topic", "place", "kind", "source")
HIGHEST_ID = 2**53
"""No id is higher: they are milliseconds-like numbers that fit a JSON number."""

_TOKEN = re.compile(
    r"(?P<minus>-)?(?:(?P<field>topic|place|kind|source|before|after):(?P<value>\"[^\"]*\"?|[^\s\"]*)"
    r"|\"(?P<phrase>[^\"]*)\"?(?P<star>\*)?|(?P<word>[^\s\"]+))",
    re.IGNORECASE,
)
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‐": "-", "‑": "-", "−": "-"})
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?\Z", re.ASCII)
_UK_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase. Hyphens and blanks are alike: "stop-and-search" is the phrase "stop and search"."""

    text: str
    prefix: bool = False

    def fts(self) -> str:
        """As an FTS5 string: quoted, so that nothing in it is syntax."""
        return f'"{self.text}"*' if self.prefix else f'"{self.text}"'


@dataclass(frozen=True, slots=True)
class Filters:
    """Slugs and ids that tags and sources must (or must not) be among."""

    topic: tuple[str, ...] = ()
    place: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """What a person searches for."""

    words: tuple[Term, ...] = ()
    without_words: tuple[Term, ...] = ()
    only: Filters = field(default_factory=Filters)
    without: Filters = field(default_factory=Filters)
    after: date | None = None  # this day and later
    before: date | None = None  # earlier than this day
    notes: tuple[str, ...] = ()  # what was left out, for the reader

    @property
    def match(self) -> str:
        """The FTS5 expression; "" when there is no word to look for."""
        if not self.words:
            return ""
        wanted = " AND ".join(t.fts() for t in self.words)
        return f"({wanted}) NOT ({self._unwanted})" if self.without_words else wanted

    @property
    def without_match(self) -> str:
        """The FTS5 expression of what must not be there, when there is nothing to look for but that."""
        return "" if self.words else self._unwanted

    @property
    def _unwanted(self) -> str:
        return " OR ".join(t.fts() for t in self.without_words)

    @property
    def from_id(self) -> int:
        """Lowest id of the dates asked for."""
        return first_id(london_day(self.after)) if self.after else 0

    @property
    def to_id(self) -> int:
        """The first id past the dates asked for."""
        return first_id(london_day(self.before)) if self.before else HIGHEST_ID

    @property
    def empty(self) -> bool:
        """Nothing was asked for."""
        return replace(self, notes=()) == Query()


def parse(text: str) -> Query:
    """Reads what a person typed. Never raises."""
    notes: list[str] = []
    if len(text) > MAX_QUERY_CHARS:
        notes.append(f"Only the first {MAX_QUERY_CHARS} characters were used.")
    words: dict[bool, dict[Term, None]] = {False: {}, True: {}}
    values: dict[bool, dict[str, dict[str, None]]] = {d: {f: {} for f in FIELDS} for d in (False, True)}
    dates: dict[str, date] = {}
    for token in _TOKEN.finditer(_clean(text[:MAX_QUERY_CHARS])):
        denied = bool(token["minus"])
        name = (token["field"] or "").lower()
        if name in FIELDS:
            _filter(name, token["value"], values[denied], notes)
        elif name:
            _date(name, token["value"].strip('"'), dates, notes)
        elif term := _term(token):
            words[denied][term] = None
            notes += _as_a_word(token, term)
    if len(words[False]) + len(words[True]) > MAX_QUERY_TERMS:
        notes.append(f"Only the first {MAX_QUERY_TERMS} words were used.")
    return Query(
        words=tuple(words[False])[:MAX_QUERY_TERMS],
        without_words=tuple(words[True])[:MAX_QUERY_TERMS],
        only=_filters(values[False]),
        without=_filters(values[True]),
        after=dates.get("after"),
        before=dates.get("before"),
        notes=tuple(dict.fromkeys(notes)),
    )


def _clean(text: str) -> str:
    """Control characters and halves of surrogate pairs, which SQLite cannot be given, become blanks."""
    return "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text).translate(_QUOTES)


def _term(token: re.Match[str]) -> Term | None:
    text, star = (
        (token["word"], token["word"].endswith("*")) if token["word"] else (token["phrase"] or "", token["star"])
    )
    text = text.strip("*- ").replace('"', "")
    letters = sum(unicodedata.category(c)[0] in "LN" for c in text)
    if not letters:  # FTS5 finds no word in it either
        return None
    return Term(text, prefix=bool(star) and letters >= MIN_PREFIX_CHARS)


def _as_a_word(token: re.Match[str], term: Term) -> list[str]:
    """What a reader may take for an operator and is none."""
    if token["word"] == "OR":
        return ["“OR” was looked for as a word, and every word must be there: search for one at a time."]
    if (token["word"] or "").endswith("*") and not term.prefix:
        return [f"“{term.text}” was looked for as a word: a beginning needs {MIN_PREFIX_CHARS} letters."]
    return []


def slug(text: str) -> str:
    """ "Stop and Search" and "stop_and_search" are both `stop-and-search`."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _filter(name: str, value: str, into: Mapping[str, dict[str, None]], notes: list[str]) -> None:
    for part in value.strip('"').split(","):
        if wanted := slug(part):
            into[name][wanted] = None
        else:
            notes.append(f"“{name}:” was left out: it needs a value, such as {name}:{_EXAMPLES[name]}.")


_EXAMPLES = {"topic": "stop-and-search", "place": "hackney", "kind": "policy", "source": "met-news"}


def _filters(values: Mapping[str, Mapping[str, None]]) -> Filters:
    return Filters(**{name: tuple(found)[:MAX_QUERY_VALUES] for name, found in values.items()})


def _date(name: str, value: str, into: dict[str, date], notes: list[str]) -> None:
    found = read_date(value)
    if found:
        into[name] = found
    else:
        notes.append(f"“{name}:{value[:40]}” was left out: write the date as 2026-05-31, 2026-05 or 2026.")


def read_date(value: str) -> date | None:
    """A year, a month or a day (also 31/05/2026) as its first day; None for anything else."""
    if iso := _DATE.match(value):
        year, month, day = int(iso[1]), int(iso[2] or 1), int(iso[3] or 1)
    elif uk := _UK_DATE.match(value):
        year, month, day = int(uk[3]), int(uk[2]), int(uk[1])
    else:
        return None
    if not 1970 <= year <= 2200:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


# --- to SQL -----------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Selection:
    """Which updates a list holds, as SQL.

    ``ids`` yields a column ``id``, newest first, below ``:before``, at most ``:limit``; ``member`` is the condition that
    ``v.id`` is in the list. Both take ``params``.
    """

    ids: str
    member: str
    params: dict[str, str | int]


def select(query: Query, children: Mapping[str, Sequence[str]]) -> Selection:
    """The SQL of a query. ``children`` gives the topics below a topic, which it implies.

    The list is driven by what narrows it and is ordered by id itself, so a page costs its own length, not the list's:
    the text index, else the key of a topic or place, else the updates.
    """
    only = replace(query.only, topic=_implied(query.only.topic, children))
    without = replace(query.without, topic=_implied(query.without.topic, children))
    params: dict[str, str | int] = {
        "match": query.match,
        "without_match": query.without_match,
        "from_id": query.from_id,
        "to_id": query.to_id,
        **{f"only_{name}": json.dumps(getattr(only, name)) for name in FIELDS},
        **{f"without_{name}": json.dumps(getattr(without, name)) for name in FIELDS},
    }
    where = _Conditions(query, only, without)
    if query.match:
        ids = _arm("updates_fts", "updates_fts.rowid", ["updates_fts MATCH :match", *where.on("updates_fts.rowid")])
    elif only.topic:
        ids = _arms("update_topics", "topic", only.topic, where.on("t.update_id", skip="topic"), params)
    elif only.place:
        ids = _arms("update_places", "place", only.place, where.on("t.update_id", skip="place"), params)
    else:
        ids = _arm("updates u", "u.id", where.on("u.id", row="u"))
    found = ["EXISTS (SELECT 1 FROM updates_fts WHERE updates_fts MATCH :match AND updates_fts.rowid = v.id)"]
    member = " AND ".join([*(found if query.match else []), *where.on("v.id", row="v")])
    return Selection(ids, member, params)


def _implied(topics: Sequence[str], children: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(t for topic in topics for t in (topic, *children.get(topic, ()))))


def _arm(table: str, key: str, conditions: Sequence[str]) -> str:
    return (
        f"SELECT {key} AS id FROM {table} WHERE {key} < :before AND {' AND '.join(conditions)} "  # noqa: S608
        f"ORDER BY {key} DESC LIMIT :limit"
    )


def _arms(
    table: str, column: str, values: Sequence[str], conditions: Sequence[str], params: dict[str, str | int]
) -> str:
    arms = []
    for n, value in enumerate(values):
        params[f"arm_{n}"] = value
        arms.append(_arm(f"{table} t", "t.update_id", [f"t.{column} = :arm_{n}", *conditions]))
    if len(arms) == 1:
        return arms[0]
    union = " UNION ".join(f"SELECT id FROM ({arm})" for arm in arms)  # noqa: S608
    return f"SELECT id FROM ({union}) ORDER BY id DESC LIMIT :limit"  # noqa: S608


@dataclass(frozen=True, slots=True)
class _Conditions:
    """The conditions of a query on an id, whatever table the id comes from. Built of constants; values are bound."""

    query: Query
    only: Filters
    without: Filters

    def on(self, key: str, *, row: str = "", skip: str = "") -> list[str]:
        """``row``: alias of `updates` when the id comes from it; ``skip``: the filter that already drives the list."""
        found = [f"{key} >= :from_id AND {key} < :to_id"]
        if self.query.without_match:
            found.append(f"{key} NOT IN (SELECT rowid FROM updates_fts WHERE updates_fts MATCH :without_match)")  # noqa: S608
        for name in FIELDS:
            if getattr(self.only, name) and name != skip:
                found.append(_has(name, "only", key, row))
            if getattr(self.without, name):
                found.append(f"NOT {_has(name, 'without', key, row)}")
        return found


def _has(name: str, side: str, key: str, row: str) -> str:
    among = f"IN (SELECT value FROM json_each(:{side}_{name}))"  # noqa: S608
    if name in ("topic", "place"):
        return f"EXISTS (SELECT 1 FROM update_{name}s x WHERE x.update_id = {key} AND x.{name} {among})"  # noqa: S608
    column = "source_id" if name == "source" else name
    if row:
        return f"({row}.{column} {among})"
    return f"EXISTS (SELECT 1 FROM updates x WHERE x.id = {key} AND x.{column} {among})"  # noqa: S608
