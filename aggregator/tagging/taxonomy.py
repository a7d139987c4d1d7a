"""The topic tree and the places, as frozen values read from ``data/taxonomy.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import yaml

from aggregator.errors import ConfigError

SOURCE = "aggregator/tagging/data/taxonomy.yaml"


@dataclass(frozen=True, slots=True)
class Section:
    """One of the seven headings; ``topics`` are slugs in the order of display."""

    slug: str
    title: str
    description: str
    position: int
    topics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic; ``parent`` is the slug of the topic above it, ``assignable`` is False for a heading never given itself."""

    slug: str
    title: str
    description: str
    parent: str | None
    assignable: bool
    position: int


@dataclass(frozen=True, slots=True)
class Place:
    """A London borough or the City, with its Government Statistical Service (GSS) code."""

    slug: str
    name: str
    gss: str
    kind: Literal["borough", "city"]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """Sections, topics and places. A topic may stand in two sections."""

    sections: tuple[Section, ...]
    topics: tuple[Topic, ...]
    places: tuple[Place, ...]

    def topic(self, slug: str) -> Topic | None:
        """The topic with this slug, or None."""
        return next((t for t in self.topics if t.slug == slug), None)

    def place(self, slug: str) -> Place | None:
        """The place with this slug, or None."""
        return next((p for p in self.places if p.slug == slug), None)

    def children(self, slug: str) -> tuple[Topic, ...]:
        """The topics directly under this one, in order."""
        return tuple(t for t in self.topics if t.parent == slug)

    def sections_of(self, slug: str) -> tuple[Section, ...]:
        """The sections a topic stands in; a child stands where its parent does."""
        topic = self.topic(slug)
        top = topic.parent if topic and topic.parent else slug
        return tuple(s for s in self.sections if top in s.topics)

    @property
    def assignable(self) -> tuple[str, ...]:
        """Slugs that may be given to an update, in order."""
        return tuple(t.slug for t in self.topics if t.assignable)


def parse(text: str, source: str = SOURCE) -> Taxonomy:
    """Reads the YAML text of a taxonomy. Raises :class:`ConfigError` naming ``source`` where references do not hold."""
    try:
        raw: dict[str, Any] = yaml.safe_load(text)
        taxonomy = Taxonomy(_sections(raw), _topics(raw), _places(raw))
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"not a taxonomy: {error!r}", subject=source) from error
    _check(taxonomy, source)
    return taxonomy


@cache
def load() -> Taxonomy:
    """The taxonomy of the package."""
    text = (files("aggregator.tagging") / "data" / "taxonomy.yaml").read_text(encoding="utf-8")
    return parse(text)


def _sections(raw: dict[str, Any]) -> tuple[Section, ...]:
    return tuple(
        Section(s["slug"], s["title"], s["description"], n, tuple(s["topics"])) for n, s in enumerate(raw["sections"])
    )


def _topics(raw: dict[str, Any]) -> tuple[Topic, ...]:
    return tuple(
        Topic(t["slug"], t["title"], t["description"], t.get("parent"), t.get("assignable", True), n)
        for n, t in enumerate(raw["topics"])
    )


def _places(raw: dict[str, Any]) -> tuple[Place, ...]:
    return tuple(Place(p["slug"], p["name"], p["gss"], p["kind"]) for p in raw["places"])


def _check(taxonomy: Taxonomy, source: str) -> None:
    known = [t.slug for t in taxonomy.topics]
    if twice := sorted({s for s in known if known.count(s) > 1}):
        raise ConfigError(f"topics given twice: {', '.join(twice)}", subject=source)
    named = {s for section in taxonomy.sections for s in section.topics} | {
        t.parent for t in taxonomy.topics if t.parent
    }
    if unknown := sorted(named - set(known)):
        raise ConfigError(f"unknown topics: {', '.join(unknown)}", subject=source)
    placed = {s for section in taxonomy.sections for s in section.topics}
    if loose := sorted(t.slug for t in taxonomy.topics if not t.parent and t.slug not in placed):
        raise ConfigError(f"topics in no section: {', '.join(loose)}", subject=source)
