"""Compares an entry with what the archive holds and says what to do. Calls nothing, knows no clock and no database.

Rules (contract, DESIGN):

* identity is (source, key); a change of guid alone is not a new update;
* a new version needs a change of normalised text (title, summary, body, attachments, meeting times);
* A → B → A is two changes: the comparison is with the present version only;
* what flaps stops making versions after ``FLAP_LIMIT`` silent changes in quick succession, until it has been calm;
* a change that is declared, or a new stage of a consultation, without a change of text is a *notice* and no version;
* a new address, date or word of its state is no version either, but is told to those who follow the changes;
* what its list should have and has not is gone once ``VANISH_CONFIRMATIONS`` rounds in a row say so;
* an update that a person redacted stays redacted, whatever the publisher sends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from aggregator.clock import epoch
from aggregator.limits import FLAP_CALM_S, FLAP_LIMIT, LAST_SEEN_STEP_S, VANISH_CONFIRMATIONS
from aggregator.models import ChangeType, DeclaredChange, Entry, Keep, Status, Utc
from aggregator.text.diff import counts
from aggregator.text.normalise import content_hash, fold


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
    stage: str = ""
    parts: tuple[tuple[str, str], ...] = ()
    missing: int = 0  # rounds in a row in which it was not where it should be
    missing_since: Utc | None = None
    told_at: Utc | None = None  # when those who follow the changes were last told of it


@dataclass(frozen=True, slots=True)
class Notice:
    """What was declared, or became of an update, without a change of its text."""

    type: str  # declared | stage | status
    note: str
    declared_at: Utc | None = None


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
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Restate:
    """A change of state alone: the text is the same, the publisher now calls it withdrawn, gone, moved or live again."""

    id: int
    entry: Entry
    type: ChangeType
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True)
class Touch:
    """No version: an address, a date, a notice or the last-seen time is brought up to date.

    With ``tell`` (it has moved, or a consultation has closed) those who follow the changes are told all the same: their
    copy would be wrong for good. ``content_hash`` is given when parts of the document have become known that were not
    before, ``flaps`` when that number is another.
    """

    id: int
    entry: Entry
    flapping: bool = False
    notices: tuple[Notice, ...] = ()
    tell: bool = False
    content_hash: str = ""
    flaps: int | None = None


@dataclass(frozen=True, slots=True)
class Miss:
    """It is not where it should be; with ``gone`` for so many rounds that it has vanished."""

    id: int
    since: Utc
    times: int
    gone: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Nothing:
    """Known and unchanged."""

    id: int


Intent = Add | Revise | Restate | Touch | Miss | Nothing


def cut(entry: Entry, keep: Keep) -> Entry:
    """The entry with only as much text as the source's licence lets us store."""
    if keep == "full":
        return entry
    if keep == "summary":
        return replace(entry, body="", html="", compared="")
    return replace(entry, summary="", body="", html="", compared="")


def hash_of(entry: Entry) -> str:
    """Hash of everything whose change makes a version: the text without its noise, files, times, parts."""
    files = sorted(f"{a.title}\t{a.url}\t{a.size or ''}" for a in entry.attachments)
    parts = sorted(f"{key}\t{sha256}" for key, sha256 in entry.parts if sha256)
    body = entry.compared or entry.body
    return content_hash(
        entry.title, entry.summary, body, "\n".join(files), entry.starts_at or "", entry.ends_at or "", "\n".join(parts)
    )


def decide(entry: Entry, stored: Stored | None, now: Utc) -> Intent:
    """What this entry means for the archive."""
    if stored is None:
        return Add(entry, hash_of(entry), entry.history[:-1])
    if stored.status is Status.REDACTED:
        return _touch(entry, stored, now)
    if entry.status in (Status.GONE, Status.REDIRECTED):  # such an answer carries no text to compare
        return _restate(entry, stored, ()) if entry.status is not stored.status else _touch(entry, stored, now)
    entry = _with_known_parts(entry, stored)
    if not _same(_without_new_parts(entry, stored), stored):
        return _revise(entry, stored, now)
    if entry.status is not stored.status:
        return _restate(entry, stored, _notices(entry, stored))
    return _touch(entry, stored, now, _notices(entry, stored))


def _same(entry: Entry, stored: Stored) -> bool:
    """Whether the text is that of the present version. After a redaction there is no hash, and the words decide."""
    if stored.content_hash:
        return hash_of(entry) == stored.content_hash
    return all(
        fold(new) == fold(old)
        for new, old in ((entry.title, stored.title), (entry.summary, stored.summary), (entry.body, stored.body))
    )


def missed(stored: Stored, now: Utc, where: str, *, said: bool = False) -> Miss | Nothing:
    """What it means that a document is not where it should be; ``where`` names the place in words.

    With ``said`` its publisher says that it was removed, which needs no confirmation.
    """
    if stored.status not in (Status.LIVE, Status.WITHDRAWN):
        return Nothing(stored.id)
    if said:
        return Miss(stored.id, now, 1, True, "removed by its publisher (410)")
    times, since = stored.missing + 1, stored.missing_since or now
    gone = times >= VANISH_CONFIRMATIONS
    note = f"vanished: not in {where} since {since[:10]}, and nothing was said of it" if gone else ""
    return Miss(stored.id, since, times, gone, note)


def _with_known_parts(entry: Entry, stored: Stored) -> Entry:
    """The entry with parts that could not be read this time taken as they were."""
    known = dict(stored.parts)
    return replace(entry, parts=tuple((key, sha256 or known.get(key, "")) for key, sha256 in entry.parts))


def _without_new_parts(entry: Entry, stored: Stored) -> Entry:
    """A part that was not read before has not changed: only those known on both sides are compared.

    That a part was added or taken away shows in the list of attachments.
    """
    known, present = dict(stored.parts), dict(entry.parts)
    kept = [(key, sha256) for key, sha256 in entry.parts if key in known]
    lost = [(key, sha256) for key, sha256 in stored.parts if key not in present]
    return replace(entry, parts=(*kept, *lost))


def _transition(old: Status, new: Status) -> ChangeType:
    if new is old:
        return ChangeType.EDITED
    return ChangeType.RESTORED if new is Status.LIVE else ChangeType.WITHDRAWN


def _restate(entry: Entry, stored: Stored, notices: tuple[Notice, ...]) -> Restate:
    return Restate(stored.id, entry, _transition(stored.status, entry.status), (*_said(entry, stored), *notices))


def _said(entry: Entry, stored: Stored) -> tuple[Notice, ...]:
    """The publisher's words for the state, where they are new."""
    new = entry.status_note and (entry.status_note != stored.status_note or entry.status is not stored.status)
    return (Notice("status", entry.status_note),) if new else ()


def _declared(entry: Entry, stored: Stored) -> tuple[list[DeclaredChange], list[DeclaredChange]]:
    """Declared changes not on record: those after the last one that is, and those said afterwards of earlier times."""
    fresh = [c for c in entry.history if c.at not in stored.declared]
    last = max(stored.declared, default=Utc(""))
    return [c for c in fresh if c.at > last], [c for c in fresh if c.at < last]


def _stage(entry: Entry, stored: Stored) -> tuple[Notice, ...]:
    if not entry.stage or entry.stage == stored.stage:
        return ()
    return (Notice("stage", f"{stored.stage} → {entry.stage}" if stored.stage else entry.stage),)


def _notices(entry: Entry, stored: Stored) -> tuple[Notice, ...]:
    """What is declared though the text is the same."""
    later, earlier = _declared(entry, stored)
    said = [Notice("declared", c.note, c.at) for c in (*earlier, *later)]
    if not entry.history and entry.change_note and entry.change_note != stored.change_note:
        said.append(Notice("declared", entry.change_note, entry.modified_at))
    return (*said, *_stage(entry, stored))


def _revise(entry: Entry, stored: Stored, now: Utc) -> Revise | Restate | Touch:
    later, earlier = _declared(entry, stored)
    newest = later[-1] if later else None
    dated = entry.modified_at is not None and stored.modified_at is not None and entry.modified_at > stored.modified_at
    noted = bool(entry.change_note) and entry.change_note != stored.change_note and not entry.history
    silent = not (newest or dated or noted)
    calm = epoch(now) - epoch(stored.changed_at) > FLAP_CALM_S
    flaps = _flaps(stored, silent, calm)
    if flaps > FLAP_LIMIT:
        if entry.status is not stored.status:  # its text is not kept any more, but what became of it is
            return _restate(_unshifted(entry, stored), stored, ())
        return Touch(stored.id, _unshifted(entry, stored), flapping=True)
    added, removed = counts(
        _text(stored.title, stored.summary, stored.body), _text(entry.title, entry.summary, entry.body)
    )
    return Revise(
        id=stored.id,
        entry=entry,
        content_hash=hash_of(entry),
        type=_transition(stored.status, entry.status),
        missed=tuple(later[:-1]),
        declared_at=newest.at if newest else (entry.modified_at if dated else None),
        change_note=newest.note if newest else (entry.change_note if noted or (dated and not entry.history) else ""),
        silent=silent,
        words_added=added,
        words_removed=removed,
        flaps=flaps,
        notices=(*_said(entry, stored), *(Notice("declared", c.note, c.at) for c in earlier), *_stage(entry, stored)),
    )


def _flaps(stored: Stored, silent: bool, calm: bool) -> int:
    if not silent:
        return 0
    if calm:  # what has flapped goes on being kept, at one version a calm period
        return FLAP_LIMIT if stored.flapping else 0
    return stored.flaps + 1


def _text(title: str, summary: str, body: str) -> str:
    return "\n\n".join(part for part in (title, summary, body) if part)


def _touch(entry: Entry, stored: Stored, now: Utc, notices: tuple[Notice, ...] = ()) -> Touch | Nothing:
    if stored.status is Status.REDACTED:  # taken down here: not even its dates are brought up to date
        return Nothing(stored.id)
    entry, shifted, flaps = _shifted(entry, stored, now)
    noted = entry.status_note != stored.status_note or entry.redirect_to != stored.redirect_to
    remodified = entry.modified_at is not None and entry.modified_at != stored.modified_at
    stale = epoch(now) - epoch(stored.last_seen_at) >= LAST_SEEN_STEP_S
    joined = any(sha256 and key not in dict(stored.parts) for key, sha256 in entry.parts)
    notices = (*_said(entry, stored), *notices)
    renewed = joined or (not stored.content_hash and entry.status not in (Status.GONE, Status.REDIRECTED))
    if flaps is not None or remodified or noted or stale or renewed or notices or stored.missing:
        return Touch(
            stored.id,
            entry,
            flapping=flaps is not None and flaps > FLAP_LIMIT,
            notices=notices,
            tell=shifted or noted or any(n.type == "stage" for n in notices),
            content_hash=hash_of(entry) if renewed else "",
            flaps=None if flaps is None else min(flaps, FLAP_LIMIT),
        )
    return Nothing(stored.id)


def _shifted(entry: Entry, stored: Stored, now: Utc) -> tuple[Entry, bool, int | None]:
    """The entry, whether its address or date is a new one, and its flaps then.

    What goes to and fro at every poll (two lists that call it by two addresses) stays as it was once it has flapped.
    """
    moved = entry.url is not None and entry.url != stored.url
    redated = entry.published_at is not None and entry.published_at != stored.published_at
    if not (moved or redated):
        return entry, False, None
    calm = stored.told_at is None or epoch(now) - epoch(stored.told_at) > FLAP_CALM_S
    flaps = _flaps(stored, True, calm)
    if flaps > FLAP_LIMIT:
        return _unshifted(entry, stored), False, flaps
    return entry, True, flaps


def _unshifted(entry: Entry, stored: Stored) -> Entry:
    """The entry with address and date as they were told last: what is not told is not written either."""
    return replace(entry, url=stored.url, published_at=stored.published_at, published_raw=stored.published_raw)
