"""Bills before Parliament (`bills-api`, `/api/v1/Bills`): one entry per bill, a new version at each new stage.

`ids:` chooses bills by number; without it `match` chooses by title.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from aggregator.limits import MAX_SUMMARY_CHARS, MAX_TITLE_CHARS
from aggregator.models import Entry, Outcome, Page, Parsed, Source, Status
from aggregator.sources import parliament
from aggregator.sources.jsonread import (
    Json,
    child,
    children,
    flag,
    identifier,
    load_object,
    objects,
    required_list,
    text,
)
from aggregator.sources.kind import SourceKind
from aggregator.text import dates, urls
from aggregator.text.normalise import clean

_FEED: Final = "/api/v1/Rss/Bills/{}.rss"


def parse(source: Source, page: Page) -> Parsed:
    """The bills of the list that `ids:` names, all without it."""
    items = objects(required_list(source, load_object(source, page), "items"))
    entries: list[Entry] = []
    problems: list[str] = []
    for position, item in enumerate(items, start=1):
        number = identifier(item, "billId")
        if source.options.ids and number not in source.options.ids:
            continue
        entry = _entry(item, number, page)
        if entry is None:
            problems.append(f"bill {position} has no id or no title")
        else:
            entries.append(entry)
    return Parsed(tuple(entries), (), tuple(problems), None if items else Outcome.EMPTY)


def _entry(bill: Json, number: str, page: Page) -> Entry | None:
    title = clean(text(bill, "shortTitle"), MAX_TITLE_CHARS)
    if not number.isdigit() or not title:
        return None
    updated = parliament.moment(bill, "lastUpdate", page.fetched_at)
    withdrawn = flag(bill, "billWithdrawn") or bool(text(bill, "billWithdrawn"))  # a flag, or the day of it
    stage = _stage(bill)
    return Entry(
        key=number,
        url=urls.canonical(urljoin(page.url, _FEED.format(number))),  # its own feed: what is documented
        title=title,
        summary=clean(stage, MAX_SUMMARY_CHARS),
        body="\n".join(filter(None, _lines(bill, stage))),
        modified_at=updated.at,
        change_note=clean(stage, MAX_SUMMARY_CHARS),
        status=Status.WITHDRAWN if withdrawn else Status.LIVE,
        status_note="bill withdrawn" if withdrawn else "",
        kind="policy",
        categories=("bill",),
    )


def _stage(bill: Json) -> str:
    stage = child(bill, "currentStage")
    return ", ".join(filter(None, (clean(text(stage, "description"), 200), parliament.house(stage))))


def _lines(bill: Json, stage: str) -> Iterator[str]:
    yield stage and f"Stage: {stage}"
    for sitting in children(child(bill, "currentStage"), "stageSittings"):
        day = dates.day(parliament.moment(sitting, "date"))
        yield day and f"Sitting: {day}"
    for key, words in (("currentHouse", "Now in"), ("originatingHouse", "Began in")):
        name = clean(text(bill, key), 40)
        yield name and f"{words}: {name}"
    yield "Defeated" if flag(bill, "isDefeated") else ""
    yield "Act of Parliament" if flag(bill, "isAct") else ""


KIND: Final = SourceKind(name="parliament-bills", plan=parliament.plan, parse=parse, options=frozenset({"ids"}))
