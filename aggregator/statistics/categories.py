"""Names of offences and other categories: folded for comparison, slugged for codes, in sentence case for readers."""

from __future__ import annotations

import re
from functools import lru_cache

from aggregator.statistics.model import Category

# Small words and initials that keep their own case in a title.
_UPPER = {"nfib", "asb", "tno", "da", "snt", "pcso", "uk", "mps"}


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """``PUBLIC FEAR, ALARM OR DISTRESS`` and ``Public Fear Alarm or Distress`` alike: public-fear-alarm-or-distress."""
    return re.sub(r"[^a-z0-9]+", "-", name.replace("&", " and ").lower()).strip("-") or "not-recorded"


@lru_cache(maxsize=4096)
def sentence(name: str) -> str:
    """A published name in sentence case: ``THEFT FROM A VEHICLE`` → ``Theft from a vehicle``."""
    words = re.sub(r"\s+", " ", name).strip()
    if words.upper() == words or words.title() == words:
        words = " ".join(w.upper() if w.lower() in _UPPER else w.lower() for w in words.split(" "))
    return words[:1].upper() + words[1:]


def category(*names: str) -> Category:
    """The category at a path of published names, outermost first. Its code joins their slugs with ``/``."""
    slugs = [slug(name) for name in names]
    parent = "/".join(slugs[:-1])
    return Category("/".join(slugs), sentence(names[-1]) if names[-1].strip() else "Not recorded", parent)


def with_parents(names: dict[str, Category], parents: dict[str, str]) -> tuple[Category, ...]:
    """The categories together with those above them. ``parents``: code of each upper category → its published name."""
    found = dict(names)
    for code, name in parents.items():
        if code and code not in found:
            found[code] = Category(code, sentence(name) if name.strip() else "Not recorded", code.rpartition("/")[0])
    return tuple(found[code] for code in sorted(found))
