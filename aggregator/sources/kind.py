"""What a kind of source is: a few pure functions. The registry of all kinds is in ``registry.py``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from aggregator.models import Outcome, Page, Parsed, Request, Source, Utc

Plan = Callable[[Source, Utc], tuple[Request, ...]]
"""The requests with which a round of this source starts. ``now`` fills date windows and picks rotation slices."""

Parse = Callable[[Source, Page], Parsed]
"""Reads one page. Pure: bytes in, entries and follow-up requests out. Raises :class:`ParseError` on hopeless input."""

Archive = Callable[[Source, Utc | None, Utc], tuple[Request, ...]]
"""The first requests of a backfill: (source, since, now). Their pages' ``follow`` lead on through the archive."""


@dataclass(frozen=True, slots=True)
class SourceKind:
    """A kind of source, as `kind:` in feeds.yaml names it."""

    name: str
    plan: Plan
    parse: Parse
    options: frozenset[str] = frozenset()  # fields of models.Options it reads; others are refused in feeds.yaml
    reads: frozenset[Outcome] = field(
        default_factory=lambda: frozenset({Outcome.OK, Outcome.MOVED})
    )  # outcomes whose pages its parser wants to see (GOV.UK content also wants GONE and HTTP_4XX)
    single: bool = True  # one request is the whole round: an unchanged body means that nothing changed
    archive: Archive | None = None
    most: Callable[[Source], int] | None = None
    """Requests a round may make, where less than limits allow: the rest waits for the next round. What is spared by its
    hint does not count, so a kind that hints walks on from round to round."""
    again: Callable[[Source, str], Request] | None = None
    """The request for one known document by its key, where the kind can read one; else only its page is looked for."""
