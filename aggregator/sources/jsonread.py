"""JSON from strangers: read whole or refused, and picked apart without trusting the type of anything in it."""

from __future__ import annotations

import json
from typing import Any, Final

from aggregator.errors import ParseError
from aggregator.models import Page, Source
from aggregator.sources.pages import decoded, refuse_challenge
from aggregator.text.normalise import clean

Json = dict[str, Any]
"""A JSON object whose values nobody has looked at yet."""

_SAFE_INTEGER: Final = 2**53


def load(source: Source, page: Page) -> Any:
    """The JSON document of a page.

    Raises :class:`ParseError`, saying what came instead, for HTML (most often a bot challenge or an error page with
    status 200), an empty body, broken JSON, or nesting beyond what Python reads.
    """
    text = decoded(page).strip("\ufeff \t\r\n")
    if not text:
        raise ParseError("empty body where JSON is due", subject=source.id)
    if text.startswith("<"):
        refuse_challenge(source, text)
        raise ParseError("HTML or XML where JSON is due: an error page, or the address has changed", subject=source.id)
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError as error:
        raise ParseError("JSON nested too deeply to read", subject=source.id) from error
    except ValueError as error:  # JSONDecodeError, and int() of too many digits
        raise ParseError(f"not JSON: {clean(str(error), 120)}", subject=source.id) from error


def load_object(source: Source, page: Page) -> Json:
    """The JSON document of a page, which must be an object."""
    document = load(source, page)
    if not isinstance(document, dict):
        raise ParseError(f"a JSON object is due, found {_name(document)}", subject=source.id)
    return document


def load_list(source: Source, page: Page) -> list[Any]:
    """The JSON document of a page, which must be a list."""
    document = load(source, page)
    if not isinstance(document, list):
        raise ParseError(f"a JSON list is due, found {_name(document)}", subject=source.id)
    return document


def required_list(source: Source, document: Json, key: str) -> list[Any]:
    """The list under a key without which the answer is not what it should be."""
    value = document.get(key)
    if not isinstance(value, list):
        found = _name(value) if key in document else "none"
        raise ParseError(f"no list {key!r} in the answer (found {found}): not what this API gives", subject=source.id)
    return value


def text(container: object, key: str) -> str:
    """The text under a key; "" for anything else. Half surrogates are taken out: they cannot be stored."""
    value = container.get(key) if isinstance(container, dict) else None
    return value.encode("utf-8", "ignore").decode() if isinstance(value, str) else ""


def number(container: object, key: str) -> int | None:
    """The whole number under a key; None for anything else, booleans and what no JSON reader keeps exact included."""
    value = container.get(key) if isinstance(container, dict) else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if abs(value) <= _SAFE_INTEGER else None


def flag(container: object, key: str) -> bool:
    """Whether exactly ``true`` stands under a key."""
    return isinstance(container, dict) and container.get(key) is True


def child(container: object, key: str) -> Json:
    """The object under a key; an empty one for anything else."""
    value = container.get(key) if isinstance(container, dict) else None
    return value if isinstance(value, dict) else {}


def children(container: object, key: str) -> list[Json]:
    """The objects of the list under a key; what is no object is passed over."""
    value = container.get(key) if isinstance(container, dict) else None
    return objects(value)


def objects(value: object) -> list[Json]:
    """The objects of a list; none for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def texts(container: object, key: str) -> list[str]:
    """The texts of the list under a key."""
    value = container.get(key) if isinstance(container, dict) else None
    if not isinstance(value, list):
        return []
    return [item.encode("utf-8", "ignore").decode() for item in value if isinstance(item, str)]


def identifier(container: object, key: str) -> str:
    """An id under a key, given as a number or as text; "" for anything else."""
    as_number = number(container, key)
    return str(as_number) if as_number is not None else text(container, key).strip()


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _name(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), "nothing")
