"""Change log of the College of Policing's guidance (APP): a table Date | Category | Guidance | Changes.

Rows have no id and need not have a link, so the key is a hash over the four cells.
"""

from __future__ import annotations

from typing import Final

from bs4 import BeautifulSoup, Tag

from aggregator.errors import ParseError
from aggregator.limits import MAX_BODY_CHARS, MAX_ENTRIES_PER_PAGE, MAX_SUMMARY_CHARS, MAX_TABLES, MAX_TITLE_CHARS
from aggregator.models import Entry, Outcome, Page, Parsed, Source
from aggregator.sources import listing, rows
from aggregator.sources.kind import SourceKind
from aggregator.sources.pages import html_tree
from aggregator.text import html
from aggregator.text.normalise import clean

_COLUMNS: Final = ("date", "category", "guidance", "changes")


def parse(source: Source, page: Page) -> Parsed:
    """One entry per row. ParseError when there is no table with the four columns."""
    tree = html_tree(source, page)
    table = _table(source, tree)
    entries: dict[str, Entry] = {}
    problems: list[str] = []
    for position, row in enumerate(table[1][:MAX_ENTRIES_PER_PAGE], start=1):
        cells = row.find_all("td", recursive=False)
        if len(cells) != len(table[0]):
            problems.append(f"row {position} has {len(cells)} cells where {len(table[0])} are due")
            continue
        entry = _entry(dict(zip(table[0], cells, strict=True)), page)
        if entry is None:
            problems.append(f"row {position} names no guidance and no changes")
        else:
            entries.setdefault(entry.key, entry)
    found = tuple(entries.values())
    outcome = None if found or page.request.role == "archive" else Outcome.EMPTY
    return Parsed(found, listing.follow_on(source, page, tree, found), tuple(problems), outcome)


def _table(source: Source, tree: BeautifulSoup) -> tuple[tuple[str, ...], list[Tag]]:
    """Column names, lower case and in order, and body rows of the first table that has all four columns."""
    for table in tree.select("table", limit=MAX_TABLES):
        header = next((row for row in table.select("tr") if row.find("th")), None)
        if header is None:
            continue
        names = tuple(" ".join(cell.get_text(" ").split()).lower() for cell in header.find_all(["th", "td"]))
        if set(_COLUMNS) <= set(names):
            return names, [row for row in table.select("tr") if row.find("td")]
    raise ParseError(f"no table with the columns {', '.join(_COLUMNS)}", subject=source.id)


def _entry(cells: dict[str, Tag], page: Page) -> Entry | None:
    when = rows.date_in(cells["date"], page.fetched_at)
    category, guidance = (clean(cells[name].get_text(" "), MAX_TITLE_CHARS) for name in ("category", "guidance"))
    changes = clean(html.to_text(cells["changes"].decode_contents()), MAX_BODY_CHARS)
    if not guidance and not changes:
        return None
    link = cells["guidance"].select_one("a[href]") or cells["changes"].select_one("a[href]")
    parts = tuple(part.strip() for part in category.split(">") if part.strip())
    return Entry(
        key=rows.digest(when.at or when.raw, category, guidance, changes),
        url=rows.absolute(str(link["href"]), page) if link is not None else None,
        title=_title(guidance, parts),
        summary=clean(changes, MAX_SUMMARY_CHARS),
        body="\n\n".join(filter(None, (category, changes))),
        published_at=when.at,
        published_raw=when.raw,
        date_quality=when.quality,
        kind="policy",
        categories=parts,
    )


def _title(guidance: str, categories: tuple[str, ...]) -> str:
    """The guidance, and the last step of its category where that says something else."""
    last = categories[-1] if categories else ""
    words = (guidance, last) if last != guidance else (guidance,)
    return clean(": ".join(filter(None, words)) or "Changes to APP", MAX_TITLE_CHARS)


KIND: Final = SourceKind(
    name="college-app",
    plan=listing.plan,
    parse=parse,
    options=frozenset({"max_pages"}),
    single=False,
    archive=listing.archive,
)
