"""Who speaks: the genre of a publisher, the same from a short id (``met-foi``) as from an id with a full name."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib.resources import files

import yaml

from aggregator.errors import ConfigError

SOURCE = "publishers.yaml"
OTHER, UNKNOWN = "other", "unknown"
"""The genre of a publisher that no phrase fits, and of none at all."""
_WORDS = re.compile(r"[a-z0-9']+")


def parse(text: str, source: str = SOURCE) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Genres with their phrases, in the order of the file. Raises :class:`ConfigError` naming ``source``."""
    try:
        raw = yaml.safe_load(text)
        return tuple((genre, tuple(_plain(phrase) for phrase in phrases.split(","))) for genre, phrases in raw.items())
    except (yaml.YAMLError, AttributeError) as error:
        raise ConfigError(f"not a list of publishers: {error}", subject=source) from error


@cache
def load() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The genres of the package."""
    return parse((files("aggregator.tagging") / "data" / SOURCE).read_text(encoding="utf-8"))


@cache
def genres() -> tuple[str, ...]:
    """Every genre there is."""
    return (*(name for name, _ in load()), OTHER, UNKNOWN)


@lru_cache(maxsize=1024)
def genre(publisher: str) -> str:
    """The genre of a publisher as a source's id, a name, or both."""
    said = _plain(publisher)
    if not said.strip():
        return UNKNOWN
    return next((name for name, phrases in load() if any(p in said for p in phrases)), OTHER)


def _plain(text: str) -> str:
    """Words in small letters with a blank between, before and after: " met foi "."""
    return f" {' '.join(_WORDS.findall(text.lower().replace('’', chr(39))))} "
