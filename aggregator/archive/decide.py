"""Compares an entry with what the archive holds and says what to do. Calls nothing, knows no clock and no database.

Rules (contract, DESIGN):

* identity is (source, key); a change of guid alone is not a new update;
* a new version needs a change of normalised text (title, summary, body, attachments, meeting times);
* A → B → A is two changes: the comparison is with the present version only;
* what flaps stops making versions after ``FLAP_LIMIT`` silent changes in quick succession, until it has been calm;
* an update that a person redacted stays redacted, whatever the publisher sends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from aggregator.clock import epoch
from aggregator.limits import FLAP_CALM_S, FLAP_LIMIT, LAST_SEEN_STEP_S
from aggregator.models import ChangeType, DeclaredChange, Entry, Keep, Status, Utc
from aggregator.text.diff import counts
from aggregator.text.normalise import content_hash


@dataclass(frozen=True, slots=True)
class Stored:
    """What the archive holds of an entry's update."""

    id: int
    key: str
    url: str | None
    title: str
    summary: str
    body: str
    status: Status
    status_note: str
    redirect_to: str
    version: int
    content_hash: str
    published_at: Utc | None
    published_raw: str
    modified_at: Utc | None
    changed_at: Utc
    last_seen_at: Utc
    flaps: int
    flapping: bool
    change_note: str
    declared: tuple[Utc, ...]  # times of the changes the publisher declared, as far as recorded


@dataclass(frozen=True, slots=True)
class Add:
    """A new update. ``history`` becomes versions without text; the present text is the version after them."""

    entry: Entry
    content_hash: str
    history: tuple[DeclaredChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Revise:
    """A new version of a known update, perhaps with a change of state in the same breath."""

    id: int
    entry: Entry
    content_hash: str
    type: ChangeType
    missed: tuple[DeclaredChange, ...]  # declared since the last look, their texts never seen
    declared_at: Utc | None
    change_note: str
    silent: bool
    words_added: int
    words_removed: int
    flaps: int


@dataclass(frozen=True, slots=True)
class Restate:
    """A change of state alone: the text is the same, the publisher now calls it withdrawn, gone, moved or live again."""

    id: int
    entry: Entry
    type: ChangeType


@dataclass(frozen=True, slots=True)
class Touch:
    """Nothing to tell the world: an address, a date or the last-seen time is brought up to date, without a version."""

    id: int
    entry: Entry
    flapping: bool = False


@dataclass(frozen=True, slots=True)
class Nothing:
    """Known and unchanged."""

    id: int


Intent = Add | Revise | Restate | Touch | Nothing


def cut(entry: Entry, keep: Keep) -> Entry:
    """The entry with only as much text as the source's licence lets us store."""
    if keep == "full":
        return entry
    if keep == "summary":
        return replace(entry, body="", html="")
    return replace(entry, summary="", body="", html="")


def hash_of(entry: Entry) -> str:
    """Hash of everything whose change makes a version."""
    files = sorted(f"{a.title}\t{a.url}\t{a.size or ''}" for a in entry.attachments)
    return content_hash(
        entry.title, entry.summary, entry.body, "\n".join(files), entry.starts_at or "", entry.ends_at or ""
    )


def decide(entry: Entry, stored: Stored | None, now: Utc) -> Intent:
    """What this entry means for the archive."""
    fresh = hash_of(entry)
    if stored is None:
        return Add(entry, fresh, entry.history[:-1])
    if stored.status is Status.REDACTED:
        return _touch(entry, stored, now)
    has_text = entry.status not in (Status.GONE, Status.REDIRECTED)  # such an answer carries no text to compare
    if has_text and fresh != stored.content_hash:
        return _revise(entry, stored, fresh, now)
    if entry.status is not stored.status:
        return Restate(stored.id, entry, _transition(stored.status, entry.status))
    return _touch(entry, stored, now)


def _transition(old: Status, new: Status) -> ChangeType:
    if new is old:
        return ChangeType.EDITED
    return ChangeType.RESTORED if new is Status.LIVE else ChangeType.WITHDRAWN


def _revise(entry: Entry, stored: Stored, fresh: str, now: Utc) -> Revise | Touch:
    undeclared = [c for c in entry.history if c.at not in stored.declared]
    newest = undeclared[-1] if undeclared else None
    dated = entry.modified_at is not None and stored.modified_at is not None and entry.modified_at > stored.modified_at
    noted = bool(entry.change_note) and entry.change_note != stored.change_note
    silent = not (newest or dated or noted)
    calm = epoch(now) - epoch(stored.changed_at) > FLAP_CALM_S
    flaps = _flaps(stored, silent, calm)
    if flaps > FLAP_LIMIT:
        return Touch(stored.id, entry, flapping=True)
    added, removed = counts(
        _text(stored.title, stored.summary, stored.body), _text(entry.title, entry.summary, entry.body)
    )
    return Revise(
        id=stored.id,
        entry=entry,
        content_hash=fresh,
        type=_transition(stored.status, entry.status),
        missed=tuple(undeclared[:-1]),
        declared_at=newest.at if newest else (entry.modified_at if dated else None),
        change_note=newest.note if newest else (entry.change_note if noted or dated else ""),
        silent=silent,
        words_added=added,
        words_removed=removed,
        flaps=flaps,
    )


def _flaps(stored: Stored, silent: bool, calm: bool) -> int:
    if not silent:
        return 0
    if calm:  # what has flapped goes on being kept, at one version a calm period
        return FLAP_LIMIT if stored.flapping else 0
    return stored.flaps + 1


def _text(title: str, summary: str, body: str) -> str:
    return "\n\n".join(part for part in (title, summary, body) if part)


def _touch(entry: Entry, stored: Stored, now: Utc) -> Touch | Nothing:
    moved = entry.url != stored.url and entry.url is not None
    redated = entry.published_at is not None and entry.published_at != stored.published_at
    noted = entry.status_note != stored.status_note or entry.redirect_to != stored.redirect_to
    remodified = entry.modified_at is not None and entry.modified_at != stored.modified_at
    stale = epoch(now) - epoch(stored.last_seen_at) >= LAST_SEEN_STEP_S
    if moved or redated or remodified or (noted and stored.status is not Status.REDACTED) or stale:
        return Touch(stored.id, entry)
    return Nothing(stored.id)
