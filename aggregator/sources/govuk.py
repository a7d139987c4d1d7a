"""What the GOV.UK search and content APIs share: paths as identity, document types, times."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from aggregator.models import DateQuality, Source, Utc
from aggregator.text import dates, urls

SITE: Final = "https://www.gov.uk"
CONTENT_API: Final = "/api/content"
SEARCH_API: Final = "/api/search.json"

_POLICY: Final = (
    "policy_paper", "guidance", "detailed_guide", "statutory_guidance", "regulation", "manual", "manual_section",
    "guide", "impact_assessment", "consultation", "open_consultation", "closed_consultation", "consultation_outcome",
    "call_for_evidence", "open_call_for_evidence", "closed_call_for_evidence", "call_for_evidence_outcome",
)  # fmt: skip
_STATISTICS: Final = (
    "statistics", "national_statistics", "official_statistics", "statistical_data_set", "statistics_announcement",
    "official_statistics_announcement", "national_statistics_announcement",
)  # fmt: skip
_KINDS: Final = {
    **dict.fromkeys(_POLICY, "policy"),
    **dict.fromkeys(_STATISTICS, "statistics"),
    **dict.fromkeys(("speech", "authored_article", "written_statement", "oral_statement"), "statement"),
    "foi_release": "foi",
}


def kind_of(document_type: str) -> str:
    """Our kind for a GOV.UK document type; "" where the type alone does not say (press releases, reports, data)."""
    return _KINDS.get(document_type, "")


def origin(source: Source) -> str:
    """Scheme and host the source speaks to: www.gov.uk, or a stand-in for it."""
    parts = urlsplit(source.url)
    return f"{parts.scheme}://{parts.netloc}"


def page_url(source: Source, path: str) -> str | None:
    """Public address of a content path."""
    return urls.canonical(path, origin(source) + "/")


def content_url(source: Source, path: str) -> str:
    """Address of a content path in the content API."""
    return origin(source) + CONTENT_API + path


def path_of(source: Source, link: str) -> str | None:
    """Content path of a link in the forms the APIs give: a path, a path without its slash, an absolute address.

    None for another site, and for what is no address at all.
    """
    link = link.strip()
    if not link.lower().startswith(("http:", "https:", "//")):
        link = "/" + link.lstrip("/")
    absolute = urls.canonical(link, origin(source) + "/")
    if absolute is None:
        return None
    if absolute.startswith(origin(source) + "/"):
        return urlsplit(absolute).path.rstrip("/") or "/"
    return urls.govuk_path(absolute)


def link_target(source: Source, link: str) -> str:
    """Absolute address a link leads to, query and fragment kept; "" when it is none to follow."""
    return urls.resolve(link, origin(source) + "/") or ""


def instant(raw: str, now: Utc | None = None) -> dates.When:
    """A time of the APIs, which mix ``…Z``, ``….000+00:00`` and local offsets within one document."""
    return dates.parse(raw, now=now)


def published(raw: str, now: Utc | None = None) -> dates.When:
    """When a document was first public. What was taken over from older sites has midnight for a day without a time."""
    when = instant(raw, now)
    midnight = when.at is not None and (dates.is_day(when.at) or f"{dates.london(when.at):%H%M%S}" == "000000")
    if when.at is None or not midnight or when.quality not in (DateQuality.EXACT, DateQuality.LOCAL):
        return when
    return dates.When(dates.parse(f"{dates.london(when.at):%Y-%m-%d}").at, DateQuality.DAY, when.raw)


def at(raw: str) -> Utc | None:
    """The moment of a time of the APIs, None where there is none to be had."""
    when = dates.parse(raw)
    return when.at if when.quality in (DateQuality.EXACT, DateQuality.LOCAL) else None
