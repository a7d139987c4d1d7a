"""What the closed vocabularies are called in front of readers."""

from __future__ import annotations

from typing import Final

from aggregator.statistics.coverage import LISTED_AGAIN, NO_EVIDENCE

KINDS: Final[dict[str, str]] = {
    "policy": "Policy",
    "oversight": "Oversight",
    "statistics": "Statistics",
    "foi": "Freedom of information",
    "statement": "Statements",
    "operation": "Operations",
    "court-outcome": "Court outcomes",
    "charge-or-arrest": "Charges and arrests",
    "appeal": "Appeals",
    "community": "Community",
}
"""In the order of the front page: what is rare and lasting before what is frequent and passing."""

KIND_OF_ONE: Final[dict[str, str]] = {
    **KINDS,
    "statement": "Statement",
    "operation": "Operation",
    "court-outcome": "Court outcome",
    "charge-or-arrest": "Charge or arrest",
    "appeal": "Appeal",
}

STATUSES: Final[dict[str, str]] = {
    "live": "",
    "withdrawn": "Withdrawn by its publisher",
    "gone": "No longer at its publisher",
    "redirected": "Moved by its publisher",
    "redacted": "Redacted here",
}

ORIGINS: Final[dict[str, str]] = {
    "model": "found by rule",
    "human": "set by a person",
    "source": "given to everything from this source",
}

STATES: Final[dict[str, tuple[str, str]]] = {
    "failing": ("Failing", "The last attempts to read it did not succeed. It is asked again, less often each time."),
    "blocked": ("Blocked", "The publisher's site does not let automated readers in, or asks them to stay out."),
    "silent": ("Silent", "It answers, but has brought nothing new for longer than it should."),
    "empty": ("Empty", "It answers, but with fewer items than it should have."),
    "never": ("Not yet asked", "It has not been read since it was added."),
    "ended": ("Ended", "The publisher says that this source has ended."),
    "ok": ("Working", "It was read without trouble the last time."),
    "off": ("Off", "It is not collected; its note says why."),
}
"""In the order of the page of sources: what needs somebody first."""

OUTCOMES: Final[dict[str, str]] = {
    "ok": "read",
    "partial": "read, but not all of its pages",
    "empty": "answered with too few items",
    "not_modified": "nothing had changed",
    "moved": "read at a new address",
    "ended": "the publisher says it has ended",
    "gone": "the publisher says it is gone",
    "http_4xx": "the publisher's site refused the request",
    "http_5xx": "the publisher's site had an error",
    "rate_limited": "the publisher's site asked us to slow down",
    "blocked": "a check for robots stood in the way",
    "robots": "robots.txt asks us not to read it",
    "refused": "our own network rules refused the address",
    "too_large": "the answer was too large",
    "bad_encoding": "the answer was encoded in a way we do not read",
    "wrong_type": "the answer was not of the expected type",
    "timeout": "the answer took too long",
    "dns": "the name of the site could not be found",
    "tls": "no secure connection could be made",
    "connect": "no connection could be made",
    "parse_error": "the answer could not be understood",
    "error": "a fault in this program",
}

ENTITY_TYPES: Final[dict[str, str]] = {
    "offence": "Offences",
    "legislation": "Acts",
    "operation": "Operations",
    "programme": "Programmes",
}
"""Named things, in the plural."""

COVERAGE: Final[dict[str, str]] = {
    "complete": "complete",
    "provisional": "provisional: may still be revised",
    "missing": "not published",
    "truncated": "published in part",
    "suspect": "suspect: does not fit its neighbours",
    "backfilled": "published late",
}

NOT_COLLECTED: Final = "not collected"


def coverage(state: str, note: str) -> str:
    """What is said of a period in this state. Missing is *not published* only where something says so; else we just have
    no file of it."""
    if state == "missing" and note in (*NO_EVIDENCE, LISTED_AGAIN):
        return NOT_COLLECTED
    return COVERAGE.get(state, state)


STOP_OUTCOMES: Final[dict[str, str]] = {
    "no-further-action": "No further action",
    "arrest": "Arrest",
    "community-resolution": "Community resolution",
    "penalty-notice": "Penalty notice",
    "summons-or-charge": "Summons or charge by post",
    "caution": "Caution",
    "drugs-warning": "Drugs warning",
    "not-recorded": "Not recorded",
    "unknown-value": "Other words",
}

ETHNICITIES: Final[dict[str, str]] = {
    "white": "White",
    "asian": "Asian",
    "black": "Black",
    "mixed": "Mixed",
    "other": "Other",
    "not-stated": "Not stated",
    "unknown-value": "Other words",
}
"""Self-defined, in the groups of the census and those it does not have."""

RELATIONS: Final[dict[str, tuple[str, str]]] = {
    "successor": ("Replaces", "Replaced by"),
    "follow-up": ("Follows", "Followed by"),
    "same-matter": ("The same matter", "The same matter"),
    "links-to": ("Links to", "Linked from"),
}
"""As the later update says it, and as the earlier one does."""

LIKENESS: Final[dict[str, str]] = {
    "url": "same address",
    "text": "same text",
    "similar": "nearly the same text",
    "human": "put together by a person",
}

RELEASE_STATES: Final[dict[str, str]] = {
    "provisional": "Date not confirmed",
    "confirmed": "Confirmed",
    "published": "Published",
    "postponed": "Postponed",
    "cancelled": "Cancelled",
}
