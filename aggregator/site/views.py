"""What the templates are given: frozen values, read and formatted, nothing left to look up."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.text.times import When


@dataclass(frozen=True, slots=True)
class Link:
    """Something with a name and an address on this site (a path without the base)."""

    title: str
    path: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of text, marked or not."""

    text: str
    on: bool = False


@dataclass(frozen=True, slots=True)
class Why:
    """One piece of evidence in its context."""

    field: str
    rule: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Tag:
    """A topic or place of an update, and why it has it."""

    sort: str  # topic | place
    slug: str
    title: str
    origin: str
    score: float | None
    whys: tuple[Why, ...] = ()
    more: int = 0  # pieces of evidence beyond those shown

    @property
    def path(self) -> str:
        return f"/{self.sort}s/{self.slug}"


@dataclass(frozen=True, slots=True)
class Copy:
    """The same story elsewhere."""

    id: int
    title: str
    source: str
    reason: str = ""  # url | text | similar | human; "" for the first of a cluster

    @property
    def path(self) -> str:
        return f"/updates/{self.id}"


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a list of updates."""

    id: int
    title: str
    summary: str
    url: str
    kind: str
    source_id: str
    source: str
    publisher: str
    licence: str
    published: When | None
    undated: bool  # the publisher gave no date: ``published`` is when it was first seen
    changed_at: str
    status: str
    version: int
    starts: When | None = None  # meetings
    tags: tuple[Tag, ...] = ()
    copies: tuple[Copy, ...] = ()
    snippet: tuple[Mark, ...] = ()

    @property
    def path(self) -> str:
        return f"/updates/{self.id}"

    @property
    def elsewhere(self) -> int:
        """How many other sources carry the same story."""
        return len({c.source for c in self.copies} - {self.source})

    @property
    def topics(self) -> tuple[Tag, ...]:
        return tuple(t for t in self.tags if t.sort == "topic")

    @property
    def places(self) -> tuple[Tag, ...]:
        return tuple(t for t in self.tags if t.sort == "place")


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a list and where the next begins; ``before`` is None at the end."""

    items: tuple[Item, ...]
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """A value of a facet and how many updates have it."""

    value: str
    title: str
    n: int
    usual: float | None = None  # a week, over the four weeks before
