"""The criteria of a subscription: checked, stored, said in words, and turned into the site's own queries. Pure."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Final

from aggregator.errors import ConfigError
from aggregator.limits import MAX_QUERY_CHARS, MAX_QUERY_VALUES
from aggregator.subscriptions.model import Criteria
from aggregator.text.query import Filters, Query, parse

_OPTIONS: Final = (("topics", "topic"), ("places", "place"), ("kinds", "kind"), ("sources", "source"))


def checked(
    criteria: Criteria, *, topics: Collection[str], places: Collection[str], kinds: Collection[str], sources: Collection[str]
) -> Criteria:  # fmt: skip
    """The criteria without repetitions.

    Raises :class:`ConfigError` for a slug that does not exist, a search that asks for nothing or of which a part would
    be left out, and for more values than a search may have.
    """
    known = {"topics": topics, "places": places, "kinds": kinds, "sources": sources}
    for field, option in _OPTIONS:
        for value in getattr(criteria, field):
            if value not in known[field]:
                raise ConfigError(
                    f"there is no {option} {value[:60]!r}{_hint(value, known[field])}", subject=f"--{option}"
                )
    for search in criteria.searches:
        _check_search(search)
    found = Criteria(**{field: tuple(dict.fromkeys(values)) for field, values in asdict(criteria).items()})
    for field, values in asdict(found).items():
        if len(values) > MAX_QUERY_VALUES:
            raise ConfigError(f"{len(values)} {field}; allowed: at most {MAX_QUERY_VALUES}", subject="criteria")
    return found


def _check_search(text: str) -> None:
    if len(text) > MAX_QUERY_CHARS or not text.isprintable():
        raise ConfigError(f"one line of at most {MAX_QUERY_CHARS} characters is allowed", subject="--search")
    read = parse(text)
    if read.notes:
        raise ConfigError(" ".join(read.notes), subject="--search")
    if read.empty:
        raise ConfigError("asks for nothing: give words, or leave it away to follow everything", subject="--search")


def _hint(value: str, known: Collection[str]) -> str:
    close = difflib.get_close_matches(value, known, n=3)
    return f"; did you mean {' or '.join(close)}?" if close else "; allowed: see the site's lists"


def queries(criteria: Criteria) -> tuple[Query, tuple[Query, ...]]:
    """As queries of the site: one of the labels, and one per search, of which any must hold too where there are any."""
    labels = Filters(topic=criteria.topics, place=criteria.places, kind=criteria.kinds, source=criteria.sources)
    return Query(only=labels), tuple(parse(text) for text in criteria.searches)


def to_json(criteria: Criteria) -> str:
    """For the database and for reports: only what is given."""
    return json.dumps({field: values for field, values in asdict(criteria).items() if values}, ensure_ascii=False)


def from_json(text: str) -> Criteria:
    """What :func:`to_json` wrote."""
    return Criteria(**{field: tuple(values) for field, values in json.loads(text).items()})


def words(criteria: Criteria) -> str:
    """In words: "topic stop-and-search or robbery; place hackney"; "everything"."""
    parts = [f"{option} {_either(getattr(criteria, field))}" for field, option in _OPTIONS if getattr(criteria, field)]
    if criteria.searches:
        parts.append(f"search {_either([f'“{text}”' for text in criteria.searches])}")
    return "; ".join(parts) or "everything"


def _either(values: Sequence[str]) -> str:
    return " or ".join(values)
