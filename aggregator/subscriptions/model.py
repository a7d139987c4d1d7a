"""What subscriptions pass between rooms: criteria, subscribers, changes, what is told of them. Frozen, and pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aggregator.models import Utc

TOLD = ("new", "edited", "withdrawn", "restored", "redacted")
"""Types of change that subscribers are told of. A change of labels alone (`retagged`) is no news."""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """``defaults.mail`` of feeds.yaml. ``security``: starttls, tls or none. User and password come from the environment."""

    host: str
    port: int
    security: str
    sender: str
    unsubscribe: str = ""  # address that reads requests to stop; the sender's where it is empty


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which updates a subscription is about: every kind of criterion given must hold, by any one of its values."""

    topics: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()

    @property
    def lasting(self) -> bool:
        """Whether an update that holds to them does so for ever: no label and no word of it is asked about."""
        return not (self.topics or self.places or self.kinds or self.searches)


class State(StrEnum):
    """State of a subscription."""

    ACTIVE = "active"
    DEAD = "dead"  # given up after too many failures, until somebody says `retry`
    GONE = "gone"  # the receiver said 410: it wants no more


@dataclass(frozen=True, slots=True)
class Webhook:
    """A program that is told. ``cursor``: the number of the last change looked at for it."""

    id: int
    url: str
    secret: str = field(repr=False)
    criteria: Criteria
    cursor: int
    state: State
    failures: int  # in a row
    created_at: Utc
    next_attempt_at: Utc | None
    last_success_at: Utc | None
    last_error: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One change on its way to one webhook. ``message_id`` stays the same however often it is sent."""

    id: int
    webhook_id: int
    message_id: str
    seq: int
    update_id: int
    type: str
    version: int
    at: Utc  # of the change
    state: str  # waiting | delivered | skipped
    attempts: int
    attempted_at: Utc | None
    status: int | None
    error: str


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the changes log."""

    seq: int
    update_id: int
    version: int
    type: str
    at: Utc


@dataclass(frozen=True, slots=True)
class Label:
    """A topic or place."""

    slug: str
    title: str


@dataclass(frozen=True, slots=True)
class Facts:
    """What subscribers are told of an update, as it is now. Nothing of one that was taken down but that it was."""

    id: int
    url: str | None
    title: str | None
    kind: str
    publisher: str
    topics: tuple[Label, ...]  # the best first
    places: tuple[Label, ...]
    published_at: Utc | None
    date_quality: str
    version: int
    status: str
    cluster_id: int


@dataclass(frozen=True, slots=True)
class Digest:
    """A person who is mailed. ``at`` is minutes after midnight in London, ``day`` 0 (Monday) to 6 for weekly ones."""

    id: int
    address: str
    every: str  # daily | weekly
    at: int
    day: int
    criteria: Criteria
    cursor: int
    state: State
    created_at: Utc
    next_due_at: Utc


@dataclass(frozen=True, slots=True)
class DigestRun:
    """One mail: the changes after ``from_seq`` up to and including ``to_seq``."""

    id: int
    digest_id: int
    from_seq: int
    to_seq: int
    due_at: Utc
    message_id: str
    state: str  # waiting | sending | sent | empty | failed
    attempts: int
    doubtful: bool  # an earlier attempt may have arrived
    next_attempt_at: Utc | None
    sent_at: Utc | None
    items: int | None
    error: str


@dataclass(frozen=True, slots=True)
class Edit:
    """What edits did to a text. ``versions``: those to compare, where both texts are there."""

    words_added: int
    words_removed: int
    versions: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Line:
    """One update in a digest, with all that happened to it in the range."""

    facts: Facts
    types: tuple[str, ...]  # in order of their first occurrence
    edit: Edit | None = None
    copies: tuple[str, ...] = ()  # other publishers of the same story


@dataclass(frozen=True, slots=True)
class Contents:
    """What a digest has to say. ``more``: updates beyond the lines."""

    lines: tuple[Line, ...]
    more: int
    invented: bool  # the archive is the demonstration's
