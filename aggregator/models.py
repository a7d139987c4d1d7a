"""The frozen values that pass between rooms: what is asked, what came back, what was read, what was decided.

Times are UTC text, ``YYYY-MM-DDTHH:MM:SSZ`` (:data:`Utc`): it sorts, it is what the database holds, and it cannot be
naive by accident. Text is plain unless a field says HTML.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, NamedTuple, NewType

from aggregator.statistics.model import FileData
from aggregator.subscriptions.model import MailSettings

Utc = NewType("Utc", str)

Keep = Literal["full", "summary", "headline"]


class Outcome(StrEnum):
    """How one round of a source, or one request, ended. A closed vocabulary: `fetches.outcome` holds nothing else."""

    OK = "ok"
    PARTIAL = "partial"  # the list was read, some of its follow-up pages or its end were not
    EMPTY = "empty"  # well-formed, but fewer entries than the source says to expect
    NOT_MODIFIED = "not_modified"  # 304, or the same bytes as last time
    MOVED = "moved"  # permanent redirect, followed and read: feeds.yaml should be updated
    ENDED = "ended"  # the publisher says that this feed has ended
    GONE = "gone"  # 410
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    RATE_LIMITED = "rate_limited"  # 429, or 503 with Retry-After
    BLOCKED = "blocked"  # a bot challenge, whatever its status
    ROBOTS = "robots"  # robots.txt asks us not to
    REFUSED = "refused"  # our own network guard or URL rules: scheme, port, private address, bad redirect
    TOO_LARGE = "too_large"
    BAD_ENCODING = "bad_encoding"  # nested, unknown or broken Content-Encoding
    WRONG_TYPE = "wrong_type"  # a content type the source does not expect
    TIMEOUT = "timeout"
    DNS = "dns"
    TLS = "tls"
    CONNECT = "connect"  # refused, reset, unreachable, protocol error
    PARSE_ERROR = "parse_error"
    ERROR = "error"  # a defect of ours, contained at the source boundary and recorded


SUCCESSES = frozenset({Outcome.OK, Outcome.PARTIAL, Outcome.EMPTY, Outcome.NOT_MODIFIED, Outcome.MOVED})
"""Outcomes that reset the failure count."""


class Status(StrEnum):
    """State of an update at its publisher (`updates.status`)."""

    LIVE = "live"
    WITHDRAWN = "withdrawn"  # the publisher marks it as withdrawn; text stays
    GONE = "gone"  # 410 or taken down
    REDIRECTED = "redirected"
    REDACTED = "redacted"


class ChangeType(StrEnum):
    """`changes.type`."""

    NEW = "new"
    EDITED = "edited"
    WITHDRAWN = "withdrawn"
    RESTORED = "restored"
    RETAGGED = "retagged"
    REDACTED = "redacted"


class DateQuality(StrEnum):
    """How far `published_at` can be trusted (`updates.date_quality`)."""

    EXACT = "exact"  # an instant with its offset, or UTC
    LOCAL = "local"  # naive time, read as Europe/London
    DAY = "day"  # a date without a time
    MONTH = "month"
    NONE = "none"  # nothing given: published_at is NULL
    BAD = "bad"  # given, but unreadable or impossible: published_raw keeps it


KINDS: tuple[str, ...] = (
    "appeal",
    "charge-or-arrest",
    "court-outcome",
    "operation",
    "policy",
    "statistics",
    "oversight",
    "community",
    "statement",
    "foi",
)
"""`updates.kind`; the meaning of each is in the taxonomy."""


# --- configuration ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Expect:
    """What a healthy answer of the source looks like."""

    min_items: int = 1
    types: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Options:
    """What only some kinds of source read. Which kind reads which is in ``sources/registry.py``; others are refused."""

    identity: str = "url"  # feed: url | guid | trailing-number | govuk-path
    paths: tuple[str, ...] = ()  # govuk-content: base paths to track
    ids: tuple[str, ...] = ()  # ids of bills, committees, neighbourhoods …
    follow: int = 0  # how many follow-up pages a round may read
    row: str = ""  # listing: CSS selector of one row …
    title: str = ""  # … and within it
    link: str = ""
    date: str = ""
    summary: str = ""
    select: tuple[str, ...] = ()  # page: CSS selectors to keep
    drop: tuple[str, ...] = ()  # page: CSS selectors to drop
    strip_title: str = ""  # regular expression cut from titles, e.g. "^[A-Z][a-z ]+: " in GOV.UK organisation feeds
    dataset: str = ""  # table, datastore: statistics data set the file belongs to
    resources: tuple[str, ...] = ()  # datastore: regular expressions of the names of the resources to read
    large: bool = False  # table, datastore: its files are downloaded to the disk, not held as pages
    doc_kind: str = ""  # kind given to entries whose text does not say, one of KINDS
    max_pages: int = 1  # listing: how many pages of the list one round reads
    complete: bool = False  # the list holds everything there is: what is missing from it has vanished
    recheck: int = 0  # feed, listing, govuk-content: how many items that have left the list a round looks at again
    ignore: tuple[str, ...] = ()  # page, pdf: regular expressions of what changes by itself and is not kept


@dataclass(frozen=True, slots=True)
class Source:
    """One entry of feeds.yaml, defaults applied. Durations are whole seconds."""

    id: str
    title: str
    publisher: str
    kind: str
    url: str
    homepage: str = ""
    every_s: int = 3600
    keep: Keep = "full"
    licence: str = ""
    attribution: str = ""
    topics: tuple[str, ...] = ()
    match: str | None = None
    max_silence_s: int | None = None
    expect: Expect = field(default_factory=Expect)
    enabled: bool = True
    note: str = ""
    options: Options = field(default_factory=Options)
    hide_gone_s: int | None = None  # privacy: the text of what its publisher took down is hidden after this long


@dataclass(frozen=True, slots=True)
class FetchSettings:
    """What the outbound client needs to know of feeds.yaml's ``defaults``."""

    contact: str
    per_host_delay_s: float = 1.0
    allow_hosts: tuple[str, ...] = ()  # "host:port" exempt from the network guard
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Config:
    """feeds.yaml, checked."""

    path: str
    settings: FetchSettings
    concurrency: int
    sources: tuple[Source, ...]
    public_url: str = ""  # where readers of mails and receivers of webhooks reach the site; without a slash at its end
    mail: MailSettings | None = None

    def source(self, source_id: str) -> Source | None:
        """The source with this id, or None."""
        return next((s for s in self.sources if s.id == source_id), None)


# --- fetch ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Request:
    """One GET that a kind of source asks for."""

    url: str
    role: str = "list"  # which page of its kind this is: list, item, archive, …
    accept: str = "*/*"
    context: str = ""  # handed back to the parser with the page, e.g. the neighbourhood a page is about
    hint: str = ""  # if not empty and equal to the hint of the last good fetch of this URL, the fetch is skipped
    large: bool = False  # a statistics file that may be larger than a page: downloaded to the disk, not kept


@dataclass(frozen=True, slots=True)
class Validators:
    """What the last good answer for a URL gave us to ask conditionally with."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class StoredBody:
    """A body that lies in a temporary file for as long as it is being read."""

    path: str
    sha256: str
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Page:
    """An answer as the parsers see it. ``body`` is decoded of Content-Encoding, not of charset."""

    request: Request
    url: str  # final address, after redirects
    status: int
    content_type: str  # media type alone, lower case; "" when absent
    charset: str  # from the Content-Type header, lower case; "" when absent
    body: bytes
    fetched_at: Utc
    moved: bool = False  # only permanent redirects led to ``url``
    stored: StoredBody | None = None  # where the body is when it is not in ``body``

    @property
    def size(self) -> int:
        """Bytes of the body, wherever it is."""
        return self.stored.size if self.stored else len(self.body)

    @property
    def sha256(self) -> str:
        """Hash of the body, wherever it is."""
        return self.stored.sha256 if self.stored else hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class Fetched:
    """What became of one request. ``page`` is there whenever a body was read, also with 404 and 410."""

    request: Request
    outcome: Outcome
    started_at: Utc
    ms: int
    status: int | None = None
    page: Page | None = None
    headers: tuple[tuple[str, str], ...] = ()
    raw_bytes: int = 0  # on the wire
    error: str = ""  # what happened and what a person can do; "" when all is well
    validators: Validators = field(default_factory=Validators)
    retry_after_s: int | None = None
    max_age_s: int | None = None
    moved_to: str = ""  # target of a permanent redirect


# --- parse ------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class DeclaredChange:
    """A change the publisher itself records (GOV.UK change_history)."""

    at: Utc
    note: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file or page that belongs to a document."""

    title: str
    url: str
    content_type: str = ""
    size: int | None = None  # bytes


@dataclass(frozen=True, slots=True)
class Entry:
    """One item as a parser reads it. Titles, summaries and bodies are plain text; ``html`` is sanitised."""

    key: str  # identity within the source, by the source's rule
    url: str | None  # canonical; http/https only
    title: str
    summary: str = ""
    body: str = ""
    html: str = ""
    published_at: Utc | None = None
    published_raw: str = ""
    date_quality: DateQuality = DateQuality.NONE
    modified_at: Utc | None = None  # when the publisher says it last changed
    change_note: str = ""  # what the publisher says of that change
    history: tuple[DeclaredChange, ...] = ()  # oldest first; its last belongs to the present text
    status: Status = Status.LIVE
    status_note: str = ""  # the publisher's notice, plain text
    redirect_to: str = ""
    kind: str = ""  # one of KINDS where the source itself says; "" leaves it to the tagger
    starts_at: Utc | None = None  # meetings, releases; at 00:00:00Z where only the day is known
    ends_at: Utc | None = None
    refs: tuple[str, ...] = ()  # reference codes: PCD 1179, UIN 8024, uksi/2026/12
    categories: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    compared: str = ""  # the body without what changes by itself, where that differs; what makes a version
    stage: str = ""  # of a consultation: open, closed, outcome
    parts: tuple[
        tuple[str, str], ...
    ] = ()  # documents that make up this one: (key, sha256 of its text; "" if not known)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What one page held."""

    entries: tuple[Entry, ...] = ()
    follow: tuple[Request, ...] = ()
    problems: tuple[str, ...] = ()  # what could not be placed, in words, one each
    outcome: Outcome | None = None  # the parser's own verdict: ENDED, EMPTY, BLOCKED, PARSE_ERROR
    error: str = ""  # goes with outcome
    title: str = ""  # what the feed calls itself
    release: FileData | None = None  # figures, where the page is a statistics file
    missing: tuple[str, ...] = ()  # keys of documents that their publisher no longer knows (404)
    cut: str = ""  # the page breaks off: what is wrong with it, in words


# --- tag --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Document:
    """The text a tagger sees. All plain text."""

    title: str
    summary: str = ""
    body: str = ""
    publisher: str = ""


class Evidence(NamedTuple):
    """Where a tag comes from: half-open character range in a field of the document, and the rule that fired.

    A named tuple, not a dataclass: there are fifteen in a document, and making frozen dataclasses took a tenth of all time of tagging.
    """

    field: str  # title | summary | body | source
    start: int
    end: int
    text: str
    rule: str


@dataclass(frozen=True, slots=True)
class TopicTag:
    """A topic and why."""

    slug: str
    score: float  # 0–1
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceTag:
    """A borough (or the City) and why."""

    slug: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class EntityTag:
    """A named thing: offence, legislation, operation, programme."""

    type: str
    slug: str
    title: str
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True)
class Tags:
    """Everything a tagger says of one document."""

    topics: tuple[TopicTag, ...]
    places: tuple[PlaceTag, ...]
    kind: str
    model: str  # version of the tag model
    kind_score: float = 0.0
    kind_evidence: tuple[Evidence, ...] = ()
    entities: tuple[EntityTag, ...] = ()
