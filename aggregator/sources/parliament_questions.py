"""Written questions to ministers (`questions-statements-api`, `/api/writtenquestions/questions`).

The list cuts long texts at about 255 characters. A question so cut is read whole from its detail page, and only from
there, so that its text does not flip between two lengths; the page is not asked for again until the answer changed.
``searchTerm`` finds any of its words, so a source needs a `match`, and what does not match is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin

from aggregator.errors import ParseError
from aggregator.limits import (
    DEFAULT_FOLLOW,
    MAX_BODY_CHARS,
    MAX_MATCH_CHARS,
    MAX_SUMMARY_CHARS,
    MAX_TITLE_CHARS,
    PARLIAMENT_CUT_CHARS,
)
from aggregator.models import DateQuality, DeclaredChange, Entry, Outcome, Page, Parsed, Request, Source, Status, Utc
from aggregator.sources import parliament
from aggregator.sources.jsonread import (
    Json,
    child,
    children,
    flag,
    identifier,
    load_object,
    number,
    objects,
    required_list,
    text,
)
from aggregator.sources.kind import SourceKind
from aggregator.sources.parliament import moment
from aggregator.text import dates, html
from aggregator.text.normalise import clean, shorten

_DETAIL: Final = "/api/writtenquestions/questions/"
_SUMMARY: Final = 400


def parse(source: Source, page: Page) -> Parsed:
    """Questions of the list that stand there whole, requests for those that do not; or one question in full."""
    document = load_object(source, page)
    if page.request.role == "item":
        return _detail(source, document, page)
    found = [child(item, "value") for item in objects(required_list(source, document, "results"))]
    entries: list[Entry] = []
    likely: list[Request] = []
    doubtful: list[Request] = []
    problems: list[str] = []
    for question in found:
        if not identifier(question, "id"):
            problems.append("a question without an id")
        elif _cut(question):
            (likely if _matches(source, question) else doubtful).append(_request(question, page))
        elif _matches(source, question):
            entries.append(_entry(question, page))
    asked = [*likely, *doubtful]  # a word of `match` may stand beyond the cut
    most = len(asked) if page.request.role == "archive" else source.options.follow or DEFAULT_FOLLOW
    follow = asked[:most]
    if len(asked) > len(follow):
        problems.append(f"{len(asked) - len(follow)} cut questions not read in full: `follow` allows {len(follow)}")
    follow += _next(source, page, document, len(found))
    outcome = None if found or page.request.role == "archive" else Outcome.EMPTY
    return Parsed(tuple(entries), tuple(follow), tuple(problems), outcome)


def archive(source: Source, since: Utc | None, now: Utc) -> tuple[Request, ...]:
    """Questions by the month in which they were tabled."""
    return parliament.windows_back(source, since, now, "tabledWhenFrom", "tabledWhenTo")


def _next(source: Source, page: Page, document: Json, count: int) -> list[Request]:
    """The next page of the list: up to `max_pages` in a round, to the end in a backfill."""
    backfill = page.request.role == "archive"
    turned = int(page.request.context) if page.request.context.isdecimal() else 1
    if not backfill and turned >= source.options.max_pages:
        return []
    url = parliament.next_skip(page, count, number(document, "totalResults"))
    if url is None:
        return []
    return [Request(url, role=page.request.role, accept=parliament.ACCEPT, context=str(turned + 1))]


def _detail(source: Source, document: Json, page: Page) -> Parsed:
    question = child(document, "value")
    if not identifier(question, "id"):
        raise ParseError("no question in the answer: not the detail page of a written question", subject=source.id)
    return Parsed((_entry(question, page),) if _matches(source, question) else ())


def _cut(question: Json) -> bool:
    """Whether the list has shortened the question or its answer."""
    for key in ("questionText", "answerText", "originalAnswerText"):
        words = text(question, key).strip()
        if words.endswith(("...", "…")) or len(words) >= PARLIAMENT_CUT_CHARS:
            return True
    return False


def _request(question: Json, page: Page) -> Request:
    states = [text(question, key) for key in ("dateHoldingAnswer", "dateAnswered", "dateAnswerCorrected")]
    states += [str(flag(question, key)) for key in ("answerIsHolding", "answerIsCorrection", "isWithdrawn")]
    hint = clean("|".join(states), 300)
    return Request(_address(question, page), role="item", accept=parliament.ACCEPT, hint=hint)


def _address(question: Json, page: Page) -> str:
    """The API's own page of a question: the only address of one that is documented."""
    return urljoin(page.url, _DETAIL + re.sub(r"[^A-Za-z0-9-]", "", identifier(question, "id")))


def _matches(source: Source, question: Json) -> bool:
    if source.match is None:
        return True
    keys = ("heading", "questionText", "answerText", "originalAnswerText")
    words = "\n".join(html.to_text(text(question, key)) for key in keys)
    return re.search(source.match, words[:MAX_MATCH_CHARS]) is not None


def _entry(question: Json, page: Page) -> Entry:
    key = identifier(question, "id")
    tabled = moment(question, "dateTabled", page.fetched_at)
    history = _history(question)
    uin = parliament.ref("UIN", question, "uin")
    asked = clean(html.to_text(text(question, "questionText")), MAX_BODY_CHARS)
    heading = clean(text(question, "heading"), MAX_TITLE_CHARS) or shorten(asked, 100) or f"Written question {key}"
    withdrawn = flag(question, "isWithdrawn")
    files = (parliament.attachment(item, page) for item in children(question, "attachments"))
    return Entry(
        key=clean(key, 100),
        url=_address(question, page),
        title=clean(f"{heading} (written question{' ' + uin.removeprefix('UIN ') if uin else ''})", MAX_TITLE_CHARS),
        summary=shorten(asked, min(_SUMMARY, MAX_SUMMARY_CHARS)),
        body=clean("\n\n".join(filter(None, _body(question, asked))), MAX_BODY_CHARS),
        published_at=tabled.at,
        published_raw=tabled.raw,
        date_quality=tabled.quality,
        modified_at=history[-1].at if history else None,
        change_note=history[-1].note if history else "",
        history=history,
        status=Status.WITHDRAWN if withdrawn else Status.LIVE,
        status_note="question withdrawn" if withdrawn else "",
        refs=(uin,) if uin else (),
        categories=tuple(filter(None, (clean(text(question, "answeringBodyName"), 200), parliament.house(question)))),
        attachments=tuple(item for item in files if item is not None),
    )


def _history(question: Json) -> tuple[DeclaredChange, ...]:
    """What Parliament declares: holding answer, answer, correction, each with its day; oldest first."""
    answered = "Holding answer given." if flag(question, "answerIsHolding") else "Answered."
    steps = (("dateTabled", "Tabled."), ("dateHoldingAnswer", "Holding answer given."), ("dateAnswered", answered),
             ("dateAnswerCorrected", "Answer corrected."))  # fmt: skip
    found = [(moment(question, key), note) for key, note in steps]
    changes = [DeclaredChange(when.at, note) for when, note in found if when.at and when.quality is not DateQuality.BAD]
    return tuple(sorted(dict.fromkeys(changes), key=lambda change: change.at))


def _body(question: Json, asked: str) -> Iterator[str]:
    yield f"Question\n\n{asked}"
    answer = html.to_text(text(question, "answerText"))
    answered, corrected = moment(question, "dateAnswered"), moment(question, "dateAnswerCorrected")
    if flag(question, "answerIsHolding"):
        yield f"Holding answer\n\n{answer}"
    elif answer:
        yield f"Answer{_on(answered)}\n\n{answer}"
    else:
        yield (
            f"Due for answer on {dates.day(moment(question, 'dateForAnswer'))}"
            if text(question, "dateForAnswer")
            else ""
        )
    original = html.to_text(text(question, "originalAnswerText"))
    if corrected.at or flag(question, "answerIsCorrection"):
        yield f"Answer corrected{_on(corrected)}"
        yield original and f"Original answer\n\n{original}"


def _on(when: dates.When) -> str:
    day = dates.day(when)
    return f" on {day}" if day else ""


KIND: Final = SourceKind(
    name="parliament-questions",
    plan=parliament.plan,
    parse=parse,
    options=frozenset({"follow", "max_pages"}),
    single=False,
    archive=archive,
)
