"""Parliament's APIs, legislation, the College of Policing's table of changes and the inspectorate's list."""

from __future__ import annotations

from datetime import timedelta
from html import escape
from typing import Final, TypeVar

from aggregator.demo import when
from aggregator.demo.replies import (
    ATOM,
    RSS,
    Handler,
    Query,
    Reply,
    Routes,
    always,
    as_json,
    first,
    number,
    page,
    paragraph,
    text,
)
from aggregator.demo.shapes import AppChange, Bill, Content, Instrument, Item, Publication, Question, Statement

QUESTIONS: Final = "/api/writtenquestions/questions"
STATEMENTS: Final = "/api/writtenstatements/statements"
PUBLICATIONS: Final = "/api/Publications"
BILLS: Final = "/api/v1/Bills"
LEGISLATION: Final = "/new/data.feed"
COLLEGE: Final = "/app/changes"
INSPECTORATE: Final = "/inspectorate/news"
COMMITTEE_ID: Final = 83
_CUT: Final = 255
_DUE: Final = timedelta(days=5)
_T = TypeVar("_T")


def routes(content: Content, base: str) -> Routes:
    """Every address of Parliament, legislation, College and inspectorate."""
    found: Routes = {
        QUESTIONS: _questions(content.questions),
        STATEMENTS: _statements(content.statements),
        PUBLICATIONS: _publications(content.committee),
        BILLS: always(
            as_json(
                {"items": [_bill(b) for b in content.bills], "totalResults": len(content.bills), "itemsPerPage": 20}
            )
        ),
        LEGISLATION: always(text(ATOM, _legislation(content.legislation, base))),
        COLLEGE: _college(content.college),
        INSPECTORATE: always(_list(content.inspectorate)),
    }
    found |= {
        f"{QUESTIONS}/{q.id}": always(as_json({"value": _question(q, whole=True), "links": []}))
        for q in content.questions
    }
    found |= {f"{BILLS}/{b.id}": always(as_json(_bill(b))) for b in content.bills}
    found |= {f"/api/v1/Rss/Bills/{b.id}.rss": always(text(RSS, _bill_feed(b, base))) for b in content.bills}
    found |= {f"{INSPECTORATE}/{i.id}": always(page(i.title, paragraph(i.summary))) for i in content.inspectorate}
    for instrument in content.legislation:
        found[_instrument_path(instrument)] = always(page(instrument.title, paragraph(instrument.summary)))
    return found


# --- Parliament -------------------------------------------------------------------------------------------------
def _questions(questions: tuple[Question, ...]) -> Handler:
    """Newest first; text cut at 255 characters, as in the real list."""

    def answer(query: Query) -> Reply:
        ordered = sorted(questions, key=lambda q: (q.tabled, q.id), reverse=True)
        return _results(
            [(_question(q, whole=False), f"/Questions/{q.id}") for q in _window(ordered, query)], len(ordered)
        )

    return answer


def _question(question: Question, *, whole: bool) -> dict[str, object]:
    # the whole text comes as HTML, the text of the list without its tags and cut
    shown = paragraph(question.answer) if whole and question.answer else question.answer
    return {
        "id": question.id,
        "askingMemberId": 4410,
        "askingMember": None,
        "house": "Commons",
        "memberHasInterest": False,
        "dateTabled": when.naive(question.tabled),
        "dateForAnswer": when.naive(question.tabled + _DUE),
        "uin": question.uin,
        "questionText": question.question if whole else _cut(question.question),
        "answeringBodyId": 1,
        "answeringBodyName": "Home Office",
        "isWithdrawn": False,
        "isNamedDay": False,
        "groupedQuestions": [],
        "answerIsHolding": False if question.answered else None,
        "answerIsCorrection": bool(question.corrected),
        "answeringMemberId": 4861 if question.answered else None,
        "dateAnswered": when.naive(question.answered) if question.answered else None,
        "answerText": shown if whole else _cut(shown),
        "originalAnswerText": question.first_answer if question.corrected else "",
        "comparableAnswerText": "",
        "dateAnswerCorrected": when.naive(question.corrected) if question.corrected else None,
        "dateHoldingAnswer": None,
        "attachmentCount": 0,
        "heading": question.heading,
        "attachments": [],
        "groupedQuestionsDates": [],
    }


def _statements(statements: tuple[Statement, ...]) -> Handler:
    def answer(query: Query) -> Reply:
        ordered = sorted(statements, key=lambda s: s.made, reverse=True)
        shown = [(_statement(s), f"/Statements/{s.id}") for s in _window(ordered, query)]
        return _results(shown, len(ordered))

    return answer


def _statement(statement: Statement) -> dict[str, object]:
    return {
        "id": statement.id,
        "memberId": 4861,
        "member": None,
        "memberRole": "Minister of State",
        "uin": statement.uin,
        "dateMade": when.naive(statement.made),
        "answeringBodyId": 1,
        "answeringBodyName": "Home Office",
        "title": statement.title,
        "text": statement.text,
        "house": "Commons",
        "noticeNumber": statement.id,
        "hasAttachments": False,
        "hasLinkedStatements": False,
        "linkedStatements": [],
        "attachments": [],
    }


def _results(rows: list[tuple[dict[str, object], str]], total: int) -> Reply:
    results = [{"value": value, "links": [{"rel": "self", "href": href, "method": "GET"}]} for value, href in rows]
    return as_json({"totalResults": total, "results": results})


def _window(ordered: list[_T], query: Query) -> list[_T]:
    start = number(query, "skip", 0)
    return ordered[start : start + number(query, "take", 20)]


def _cut(plain: str) -> str:
    return plain if len(plain) <= _CUT else plain[:_CUT] + "..."


def _publications(publications: tuple[Publication, ...]) -> Handler:
    def answer(query: Query) -> Reply:
        asked = first(query, "CommitteeId", str(COMMITTEE_ID))
        found = publications if asked == str(COMMITTEE_ID) else ()
        items = [_publication(p) for p in sorted(found, key=lambda p: p.when, reverse=True)]
        return as_json({"totalResults": len(items), "items": items})

    return answer


def _publication(publication: Publication) -> dict[str, object]:
    file = {"fileName": publication.file, "fileSize": 142447, "fileDataFormat": "OriginalFormat", "url": None}
    return {
        "id": publication.id,
        "description": publication.description,
        "publicationStartDate": when.naive(publication.when),
        "publicationEndDate": None,
        "type": {"id": 1, "name": publication.type, "description": "", "pluralVersion": publication.type},
        "committee": {"id": COMMITTEE_ID, "name": "Home Affairs Committee (invented)", "house": "Commons"},
        "documents": [{"documentId": publication.id + 100_000, "files": [file]}],
        "hcNumber": None,
        "hlPaper": None,
        "respondingDepartment": None,
        "governmentResponses": {"publication": [], "responseDeadline": None, "responseExcepted": False},
        "additionalContentUrl": None,
        "businesses": [],
    }


def _bill(bill: Bill) -> dict[str, object]:
    stage = {
        "id": bill.id * 10,
        "stageId": 7,
        "sessionId": 39,
        "description": bill.stage,
        "abbreviation": bill.stage[:3],
    }
    return {
        "billId": bill.id,
        "shortTitle": bill.title,
        "currentHouse": bill.house,
        "originatingHouse": bill.house,
        "lastUpdate": when.naive(bill.updated),
        "billWithdrawn": None,
        "isDefeated": False,
        "billTypeId": 5,
        "introducedSessionId": 39,
        "includedSessionIds": [39],
        "isAct": False,
        "currentStage": {**stage, "house": bill.house, "stageSittings": [], "sortOrder": 2},
    }


def _bill_feed(bill: Bill, base: str) -> str:
    """The bill's own feed: the address that the collector gives for a bill."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0"><channel>'
        f"<title>{escape(bill.title)}</title><link>{base}{BILLS}/{bill.id}</link>"
        f"<item><title>{escape(bill.stage)}</title><link>{base}{BILLS}/{bill.id}</link>"
        f"<pubDate>{when.rfc822(bill.updated)}</pubDate></item></channel></rss>\n"
    )


# --- legislation ------------------------------------------------------------------------------------------------
def _legislation(instruments: tuple[Instrument, ...], base: str) -> str:
    entries = "".join(_instrument(i, base) for i in sorted(instruments, key=lambda i: i.updated, reverse=True))
    spaces = (
        'xmlns="http://www.w3.org/2005/Atom" xmlns:ukm="http://www.legislation.gov.uk/namespaces/metadata" '
        'xmlns:leg="http://www.legislation.gov.uk/namespaces/legislation"'
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed {spaces}>\n<id>{base}{LEGISLATION}</id>\n'
        f'<title>New legislation (invented)</title>\n<link rel="self" href="{base}{LEGISLATION}"/>\n'
        f"<leg:page>1</leg:page>\n<leg:morePages>0</leg:morePages>\n{entries}</feed>\n"
    )


def _instrument(instrument: Instrument, base: str) -> str:
    address = base + _instrument_path(instrument)
    identifier = base + "/id" + _instrument_path(instrument)
    return (
        f"<entry>\n<id>{identifier}</id>\n<title>{escape(instrument.title)}</title>\n"
        f'<link rel="self" href="{identifier}"/>\n<link href="{address}"/>\n'
        f'<link rel="alternate" type="application/xml" href="{address}/data.xml" title="XML"/>\n'
        "<author><name/></author>\n"
        f"<updated>{instrument.updated.isoformat(timespec='milliseconds')}</updated>\n"
        f"<published>{when.offset(instrument.made)}</published>\n"
        '<ukm:DocumentMainType Value="UnitedKingdomStatutoryInstrument"/>\n'
        f'<ukm:Year Value="{instrument.made:%Y}"/>\n<ukm:Number Value="{instrument.number}"/>\n'
        f'<ukm:CreationDate Date="{instrument.made:%Y-%m-%d}"/>\n'
        + "".join(f'<category term="{escape(c)}"/>\n' for c in instrument.categories)
        + f"<summary>{escape(instrument.summary)}</summary>\n</entry>\n"
    )


def _instrument_path(instrument: Instrument) -> str:
    return f"/uksi/{instrument.made:%Y}/{instrument.number}"


# --- HTML -------------------------------------------------------------------------------------------------------
def _college(changes: tuple[AppChange, ...]) -> Handler:
    """One page of the table; the pages after it are empty tables."""
    rows = "".join(_change(c) for c in sorted(changes, key=lambda c: c.when, reverse=True))
    head = "<tr><th>Date</th><th>Category</th><th>Guidance</th><th>Changes</th></tr>"

    def answer(query: Query) -> Reply:
        shown = rows if number(query, "page", 0) in (0, 1) else ""
        table = f"<table>\n<thead>{head}</thead>\n<tbody>\n{shown}</tbody>\n</table>"
        return page("Latest changes to APP", "<p>Overview of the latest changes to APP.</p>\n" + table)

    return answer


def _change(change: AppChange) -> str:
    tail = "".join(f"<td>{escape(cell)}</td>" for cell in (change.category, change.guidance, change.changes))
    day = f'<time datetime="{change.when:%Y-%m-%d}">{change.when.day} {change.when:%B %Y}</time>'
    return f"<tr><td>{day}</td>{tail}</tr>\n"


def _list(items: tuple[Item, ...]) -> Reply:
    rows = "\n".join(
        f'<li class="news-item"><h2><a href="{INSPECTORATE}/{i.id}">{escape(i.title)}</a></h2>\n'
        f'<time datetime="{i.when:%Y-%m-%d}">{i.when:%d %b %Y}</time>\n<p class="teaser">{escape(i.summary)}</p></li>'
        for i in sorted(items, key=lambda i: i.when, reverse=True)
    )
    return page("News from the inspectorate", f'<ul class="news">\n{rows}\n</ul>')
