"""Headings, lists and tables of a text, so that a long policy can be read; and a table of its contents. Pure.

A version is kept as plain text (:func:`aggregator.text.html.to_text`): list items begin with "- ", cells of a table row
stand between " | ". That it has headings is not in it; which of its lines are, the HTML of the newest version tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from aggregator.limits import CONTENTS_FROM
from aggregator.site.views import Mark
from aggregator.text.html import to_text
from aggregator.text.normalise import fold

_HEADING: Final = re.compile(r"<h([2-6])>(.*?)</h\1>", re.DOTALL)
_ITEM: Final = "- "
_CELL: Final = " | "
_TABLE: Final = '<div class="scroll" role="region" aria-label="Table" tabindex="0"><table>'


@dataclass(frozen=True, slots=True)
class Heading:
    """``level`` 2 to 6, as its publisher has it; ``anchor`` is its id on the page."""

    text: str
    level: int
    anchor: str


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text: one heading, a paragraph of lines, the items of a list or the rows of a table."""

    sort: Literal["heading", "paragraph", "list", "table"]
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    heading: Heading | None = None


@dataclass(frozen=True, slots=True)
class MarkedBlock:
    """A heading of this level, a line, or the items of a list, with what is marked in them."""

    lines: tuple[tuple[Mark, ...], ...]
    level: int = 0  # of a heading
    listed: bool = False


def headings(html: str) -> dict[str, int]:
    """The headings of cleaned HTML, folded as texts are compared, and their levels."""
    return {fold(text): level for level, text in _found(html)}


def blocks(text: str, known: Mapping[str, int]) -> tuple[Block, ...]:
    """A stored text cut into what it is made of; ``known`` are the headings that may be in it."""
    name = _Anchors()
    done = []
    for part in re.split(r"\n{2,}", text):
        lines = tuple(line for line in part.split("\n") if line.strip())
        if len(lines) == 1 and (level := known.get(fold(lines[0]))):
            done.append(Block("heading", heading=Heading(lines[0], level, name(lines[0]))))
        elif lines:
            done.append(_block(lines))
    return tuple(done)


def marked(lines: Iterable[tuple[Mark, ...]], known: Mapping[str, int]) -> tuple[MarkedBlock, ...]:
    """The lines of a marked text as headings, lists and lines; ``known`` are the headings that may be in it."""
    done: list[MarkedBlock] = []
    for line in lines:
        text = "".join(mark.text for mark in line)
        if level := known.get(fold(text)):
            done.append(MarkedBlock((line,), level))
        elif not line[0].text.startswith(_ITEM):
            done.append(MarkedBlock((line,)))
        else:
            item = (replace(line[0], text=line[0].text.removeprefix(_ITEM)), *line[1:])
            before = done.pop().lines if done and done[-1].listed else ()
            done.append(MarkedBlock((*before, item), listed=True))
    return tuple(done)


def anchored(html: str) -> tuple[str, tuple[Heading, ...]]:
    """Cleaned HTML whose headings have ids and whose tables scroll by themselves; and the headings."""
    name = _Anchors()
    found: list[Heading] = []

    def mark(match: re.Match[str]) -> str:
        text = _plain(match[2])
        if not text:
            return match[0]
        found.append(Heading(text, int(match[1]), name(text)))
        return f'<h{match[1]} id="{found[-1].anchor}">{match[2]}</h{match[1]}>'

    marked = _HEADING.sub(mark, html)
    return marked.replace("<table>", _TABLE).replace("</table>", "</table></div>"), tuple(found)


def contents(found: Iterable[Heading | Block]) -> tuple[Heading, ...]:
    """The headings for a table of contents; none where there are so few that it would be in the way."""
    listed = tuple(h for one in found if (h := one.heading if isinstance(one, Block) else one))
    return listed if len(listed) >= CONTENTS_FROM else ()


def _found(html: str) -> Iterator[tuple[int, str]]:
    for level, inner in _HEADING.findall(html):
        if text := _plain(inner):
            yield int(level), text


def _plain(inner: str) -> str:
    return " ".join(to_text(inner).split())


def _block(lines: tuple[str, ...]) -> Block:
    if lines[0].startswith(_ITEM):
        return Block("list", tuple(_items(lines)))
    rows = tuple(
        tuple(cell.strip() for cell in f" {line} ".split(_CELL)) for line in lines
    )  # the first or last may be empty
    if len(rows) > 1 and len(rows[0]) > 1 and len({len(row) for row in rows}) == 1:
        return Block("table", rows=rows)
    return Block("paragraph", lines)


def _items(lines: tuple[str, ...]) -> Iterator[str]:
    """The items of a list without their dashes; what has none goes on with the item before it."""
    item = ""
    for line in lines:
        if line.startswith(_ITEM):
            if item:
                yield item
            item = line.removeprefix(_ITEM)
        else:
            item = f"{item} {line}"
    yield item


class _Anchors:
    """Names for headings: their words, a number after those that were there before."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def __call__(self, text: str) -> str:
        words = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:60].strip("-")
        name = first = f"s-{words or 'heading'}"
        while name in self._given:
            self._given[first] += 1
            name = f"{first}-{self._given[first]}"
        self._given[name] = 1
        return name
