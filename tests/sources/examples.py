"""The golden payloads of the kinds in this folder, each with the source and the page it is read as.

Sources come from the shipped feeds.yaml where it has one of the kind, so that its selectors are what is tested.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from aggregator import config
from aggregator.models import Config, Options, Page, Parsed, Request, Source, Utc
from aggregator.sources import registry
from tests.golden_support import FOLDER

NOW = Utc("2026-11-22T10:00:00Z")
SHIPPED = Path(__file__).parents[2] / "feeds.yaml"
_TYPES = {".json": "application/json", ".html": "text/html", ".xml": "application/xml", ".pdf": "application/pdf"}


@dataclass(frozen=True, slots=True)
class Example:
    """One payload. ``source`` names a source of feeds.yaml, or a bare kind; ``options`` replace its options."""

    kind: str
    file: str
    url: str
    source: str = ""
    role: str = "list"
    context: str = ""
    status: int = 200
    options: tuple[tuple[str, Any], ...] = ()
    match: str | None = None

    def __str__(self) -> str:
        return f"{self.kind}/{self.file}"

    @property
    def name(self) -> str:
        return Path(self.file).stem


def source(kind: str, url: str = "https://source.example/list", **changes: Any) -> Source:
    """A source of a kind; keywords are fields of Source or of Options."""
    known = {name for name in Source.__dataclass_fields__ if name != "title"}
    own = {key: value for key, value in changes.items() if key in known}
    options = {key: value for key, value in changes.items() if key not in known}
    return Source("test", "A test source", "Publisher", kind, url, options=Options(**options), **own)


def page(body: bytes | str, url: str = "https://source.example/list", **changes: Any) -> Page:
    """A page as the client would hand it on; keywords are fields of Request, and status, content_type, charset."""
    data = body if isinstance(body, bytes) else body.encode()
    about = {key: changes.pop(key) for key in ("status", "content_type", "charset") if key in changes}
    final = changes.pop("final", url)
    request = Request(url, **changes)
    return Page(
        request, final, about.get("status", 200), about.get("content_type", ""), about.get("charset", ""), data, NOW
    )


@cache
def _feeds() -> Config:
    return config.load(SHIPPED)


def shipped(source_id: str) -> Source:
    """A source of the shipped feeds.yaml."""
    found = _feeds().source(source_id)
    assert found is not None, source_id
    return found


def prepared(example: Example) -> tuple[Source, Page]:
    """Source and page of an example."""
    about = shipped(example.source) if example.source else source(example.kind, example.url)
    if example.match:
        about = replace(about, match=example.match)
    if example.options:
        about = replace(about, options=Options(**dict(example.options)))
    file = FOLDER / example.kind / example.file
    kind = _TYPES[file.suffix]
    read = page(
        file.read_bytes(),
        example.url,
        role=example.role,
        context=example.context,
        status=example.status,
        content_type=kind,
    )
    return about, read


def parsed(example: Example) -> Parsed:
    """What the parser makes of an example."""
    return registry.parse(*prepared(example))


_API = "https://www.gov.uk/api/content"
_PAPER = "/government/publications/live-facial-recognition-framework"
_QUESTIONS = "https://questions-statements-api.parliament.uk/api/writtenquestions/questions"
_COMMITTEES = "https://committees-api.parliament.uk/api"
_WARDS = "https://data.police.uk/api/metropolitan"
_MOPAC = "https://www.london.gov.uk/mopac-decisions?page=0"
_MEETINGS = "https://www.london.gov.uk/about-us/londonassembly/meetings/mgWebService.asmx/GetMeetings?lCommitteeId=240"
_SEARCH = "https://www.gov.uk/api/search.json?filter_organisations=home-office"


def _document(file: str, path: str, role: str = "item", status: int = 200, context: str = "") -> Example:
    return Example("govuk-content", file, _API + path, role=role, status=status, context=context)


EXAMPLES: tuple[Example, ...] = (
    Example("govuk-search", "results.json", _SEARCH),
    _document("policy_with_parts.json", _PAPER),
    _document("part.json", f"{_PAPER}/the-framework", role="child", context=_PAPER),
    _document("consultation_outcome.json", "/government/consultations/knife-sales-online"),
    _document("withdrawn.json", "/guidance/recording-use-of-force-interim"),
    _document("gone.json", "/government/case-studies/an-invented-case", status=410),
    _document("redirect.json", "/stop-and-search-code"),
    _document("announcement.json", "/government/statistics/announcements/police-use-of-force-2026"),
    _document("announcement_cancelled.json", "/government/statistics/announcements/police-pursuits-2026"),
    _document("collection.json", "/government/collections/police-powers"),
    Example("listing", "met_newsroom.html", "https://news.met.police.uk/latest_news", "met-news-list"),
    Example("listing", "npcc.html", "https://news.npcc.police.uk/releases?page=1", "npcc-news"),
    Example("listing", "cps.html", "https://www.cps.gov.uk/news?page=0", "cps-news"),
    Example(
        "listing",
        "single_online_home.html",
        "https://www.btp.police.uk/news/news-search/GetPaginatedResults/?page=1",
        "btp-news",
    ),
    Example("listing", "ico.html", "https://ico.org.uk/about-the-ico/media-centre/news-and-blogs/", "ico-news"),
    Example("mopac-decisions", "list.html", _MOPAC, "mopac-decisions"),
    Example("college-app", "changes.html", "https://www.college.police.uk/app/changes?page=0", "college-app"),
    Example("pdf", "plan.pdf", "https://www.met.police.uk/plan.pdf"),
    Example(
        "page",
        "policy.html",
        "https://force.example/facial-recognition",
        options=(("select", ("article.policy",)), ("drop", (".visits", ".cookies"))),
    ),
    Example("parliament-questions", "list.json", f"{_QUESTIONS}?searchTerm=Metropolitan%20Police", "parl-wq"),
    Example("parliament-questions", "detail.json", f"{_QUESTIONS}/1900003", "parl-wq", role="item"),
    Example("parliament-statements", "list.json", "https://questions-statements-api.parliament.uk/s", "parl-ws"),
    Example(
        "parliament-committees", "publications.json", f"{_COMMITTEES}/Publications?CommitteeId=9999", "parl-committees"
    ),
    Example(
        "parliament-committees",
        "committees.json",
        f"{_COMMITTEES}/Committees",
        "parl-committees",
        role="committees",
        context=f"{_COMMITTEES}/Publications?skip=0&take=100",
    ),
    Example("parliament-bills", "list.json", "https://bills-api.parliament.uk/api/v1/Bills?Take=20", "parl-bills"),
    Example(
        "police-events",
        "neighbourhoods.json",
        f"{_WARDS}/neighbourhoods",
        "dpu-events",
        context=NOW,
        options=(("follow", 2),),
    ),
    Example(
        "police-events", "events.json", f"{_WARDS}/E05900001/events", role="item", context="E05900001|Invented Green"
    ),
    Example(
        "police-priorities", "priorities.json", f"{_WARDS}/E05900001/priorities", role="item", context="E05900001|"
    ),
    Example("modgov-meetings", "meetings.xml", _MEETINGS, "la-pcc-meetings"),
    Example("calendar", "govuk.json", _SEARCH, "govuk-statistics-calendar"),
    Example("calendar", "ons_rss.xml", "https://www.ons.gov.uk/releasecalendar?rss&query=crime", "ons-calendar"),
    Example("calendar", "ons_search.json", "https://api.beta.ons.gov.uk/v1/search/releases"),
)
