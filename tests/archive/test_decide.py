"""What an entry means for the archive: each rule of DESIGN §5 as an example."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.archive.decide import (
    Add,
    Intent,
    Miss,
    Nothing,
    Notice,
    Restate,
    Revise,
    Stored,
    Touch,
    cut,
    decide,
    hash_of,
    missed,
)
from aggregator.clock import plus
from aggregator.limits import FLAP_CALM_S, FLAP_LIMIT
from aggregator.models import Attachment, ChangeType, DeclaredChange, Entry, Status, Utc

NOW = Utc("2026-11-22T10:00:00Z")
POLICY = Entry(
    key="/government/publications/stops",
    url="https://www.gov.uk/government/publications/stops",
    title="Stop and search: guidance",
    summary="How powers are to be used.",
    body="An officer must give a reason.",
    published_at=Utc("2026-01-05T09:00:00Z"),
    modified_at=Utc("2026-01-05T09:00:00Z"),
)


def stored(entry: Entry = POLICY, **changes: object) -> Stored:
    """The archive's view of an entry that was stored an hour ago."""
    base = Stored(
        id=1767603600000,
        key=entry.key,
        url=entry.url,
        title=entry.title,
        summary=entry.summary,
        body=entry.body,
        status=entry.status,
        status_note=entry.status_note,
        redirect_to=entry.redirect_to,
        version=1,
        content_hash=hash_of(entry),
        published_at=entry.published_at,
        published_raw=entry.published_raw,
        modified_at=entry.modified_at,
        changed_at=plus(NOW, -3600),
        last_seen_at=plus(NOW, -3600),
        flaps=0,
        flapping=False,
        change_note=entry.change_note,
        declared=tuple(c.at for c in entry.history),
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def revise(intent: Intent) -> Revise:
    assert isinstance(intent, Revise)
    return intent


def test_what_is_not_known_is_added_with_the_history_its_publisher_declares() -> None:
    history = (
        DeclaredChange(Utc("2025-03-01T00:00:00Z"), "First published."),
        DeclaredChange(NOW, "Section 2 rewritten."),
    )
    intent = decide(replace(POLICY, history=history), None, NOW)
    assert isinstance(intent, Add)
    assert intent.history == history[:1], "the newest declared change belongs to the present text, the others have none"


def test_the_same_again_is_nothing() -> None:
    assert decide(POLICY, stored(), NOW) == Nothing(stored().id)


def test_whitespace_and_quote_style_make_no_version() -> None:
    dressed = replace(POLICY, body="An  officer must\u00a0give a reason.", title="Stop and search:  guidance")
    assert isinstance(decide(dressed, stored(), NOW), Nothing)


def test_a_changed_text_with_a_later_declared_date_is_an_announced_edit() -> None:
    edit = replace(POLICY, body="An officer must give two reasons.", modified_at=NOW, change_note="Reasons.")
    intent = revise(decide(edit, stored(), NOW))
    assert not intent.silent
    assert (intent.declared_at, intent.change_note) == (NOW, "Reasons.")
    assert (intent.words_added, intent.words_removed) == (2, 2)


def test_a_changed_text_whose_publisher_declares_nothing_is_silent() -> None:
    intent = revise(decide(replace(POLICY, body="An officer should give a reason."), stored(), NOW))
    assert intent.silent
    assert intent.type is ChangeType.EDITED


def test_changes_declared_between_two_looks_are_kept_without_text() -> None:
    first, missed, last = (DeclaredChange(Utc(f"2026-0{n}-01T00:00:00Z"), f"Change {n}") for n in (1, 2, 3))
    edit = replace(POLICY, body="Rewritten.", history=(first, missed, last))
    intent = revise(decide(edit, stored(declared=(first.at,)), NOW))
    assert intent.missed == (missed,)
    assert (intent.declared_at, intent.change_note) == (last.at, last.note)


def test_an_attachment_changed_alone_is_a_version() -> None:
    with_file = replace(POLICY, attachments=(Attachment("Form", "https://assets.example/form.pdf", size=100),))
    bigger = replace(POLICY, attachments=(Attachment("Form", "https://assets.example/form.pdf", size=101),))
    assert isinstance(decide(bigger, stored(with_file), NOW), Revise)


def test_a_then_b_then_a_is_two_changes() -> None:
    b = replace(POLICY, body="Something else.")
    assert isinstance(decide(b, stored(POLICY), NOW), Revise)
    assert isinstance(decide(POLICY, stored(b), NOW), Revise)


@pytest.mark.parametrize("status", [Status.GONE, Status.REDIRECTED])
def test_an_answer_without_text_changes_the_state_and_not_the_text(status: Status) -> None:
    gone = replace(POLICY, title="", summary="", body="", status=status, status_note="Published in error")
    intent = decide(gone, stored(), NOW)
    assert isinstance(intent, Restate)
    assert intent.type is ChangeType.WITHDRAWN


def test_withdrawn_and_back_again() -> None:
    withdrawn = replace(POLICY, status=Status.WITHDRAWN, status_note="Replaced by the 2027 code")
    down = decide(withdrawn, stored(), NOW)
    assert isinstance(down, Restate)
    assert down.type is ChangeType.WITHDRAWN
    back = decide(POLICY, stored(withdrawn), NOW)
    assert isinstance(back, Restate)
    assert back.type is ChangeType.RESTORED


def test_other_words_for_the_same_state_are_a_notice() -> None:
    withdrawn = replace(POLICY, status=Status.WITHDRAWN, status_note="Out of date.")
    reworded = replace(withdrawn, status_note="Replaced by the code of 2026.")
    intent = decide(reworded, stored(withdrawn), NOW)
    assert isinstance(intent, Touch)
    assert intent.notices == (Notice("status", "Replaced by the code of 2026."),)
    assert decide(withdrawn, stored(withdrawn), NOW) == Nothing(stored().id)


def test_a_note_without_a_history_is_told_once_and_makes_no_version() -> None:
    """GOV.UK's search gives the newest note alone; the text it goes with is not changed by it."""
    noted = replace(POLICY, change_note="Contact details updated.", modified_at=NOW)
    intent = decide(noted, stored(), NOW)
    assert isinstance(intent, Touch)
    assert intent.notices == (Notice("declared", "Contact details updated.", NOW),)
    assert decide(noted, stored(noted), NOW) == Nothing(stored().id)


def test_what_is_missing_is_gone_when_a_second_round_says_so() -> None:
    first = missed(stored(), NOW, "the list")
    assert first == Miss(stored().id, since=NOW, times=1, gone=False)
    later = missed(stored(missing=1, missing_since=NOW), plus(NOW, 3600), "the list")
    assert isinstance(later, Miss)
    assert (later.since, later.times, later.gone) == (NOW, 2, True)
    assert later.note == "vanished: not in the list since 2026-11-22, and nothing was said of it"
    assert missed(stored(status=Status.GONE), NOW, "the list") == Nothing(stored().id), "gone already"


def test_what_a_person_redacted_stays_redacted() -> None:
    intent = decide(replace(POLICY, body="The name again."), stored(status=Status.REDACTED), NOW)
    assert not isinstance(intent, Revise | Restate | Add)


def test_what_flaps_stops_making_versions_and_is_reported() -> None:
    kept, current = 0, stored()
    for minute in range(40):
        page = replace(POLICY, body=f"It is now {minute} minutes past.")
        intent = decide(page, current, NOW)
        if isinstance(intent, Revise):
            kept += 1
            current = stored(page, flaps=intent.flaps, changed_at=NOW)
        else:
            assert isinstance(intent, Touch)
            assert intent.flapping
    assert kept == FLAP_LIMIT


def test_what_flaps_still_comes_back_and_goes() -> None:
    flapping = stored(flaps=FLAP_LIMIT, flapping=True, changed_at=NOW)
    other = replace(POLICY, body="It is now 5 minutes past.")
    gone = decide(replace(other, status=Status.WITHDRAWN), flapping, NOW)
    back = decide(other, replace(flapping, status=Status.GONE), NOW)
    assert isinstance(gone, Restate)
    assert isinstance(back, Restate)
    assert (gone.type, back.type) == (ChangeType.WITHDRAWN, ChangeType.RESTORED)


def test_what_flapped_is_kept_once_a_calm_period() -> None:
    week = plus(NOW, FLAP_CALM_S + 1)
    flapping = stored(flaps=FLAP_LIMIT, flapping=True, changed_at=NOW, last_seen_at=NOW)
    intent = revise(decide(replace(POLICY, body="A week later."), flapping, week))
    again = stored(replace(POLICY, body="A week later."), flaps=intent.flaps, flapping=True, changed_at=week)
    assert isinstance(decide(replace(POLICY, body="And a minute."), again, week), Touch)


def test_another_address_of_the_same_item_is_told_and_makes_no_version() -> None:
    """The newsroom makes the address anew of each headline; the number at its end is the identity."""
    moved = replace(POLICY, url="https://www.gov.uk/government/publications/stops-renamed")
    assert decide(moved, stored(), NOW) == Touch(stored().id, moved, tell=True, flaps=0)
    assert decide(replace(POLICY, url=None), stored(), NOW) == Nothing(stored().id), "an address once known is kept"


@pytest.mark.parametrize(
    "now",
    [
        replace(POLICY, url="https://www.gov.uk/guidance/stops"),
        replace(POLICY, published_at=Utc("2026-01-06T09:00:00Z")),
    ],
)
def test_a_new_address_or_date_is_no_version_but_is_told(now: Entry) -> None:
    intent = decide(now, stored(), NOW)
    assert isinstance(intent, Touch)
    assert (intent.tell, intent.flapping, intent.entry) == (True, False, now)


def test_a_later_date_of_modification_alone_is_not_told() -> None:
    intent = decide(replace(POLICY, modified_at=NOW), stored(), NOW)
    assert isinstance(intent, Touch)
    assert not intent.tell


def test_an_address_that_goes_to_and_fro_stays_as_it_was_told_last() -> None:
    there, current, told = replace(POLICY, url="https://www.gov.uk/guidance/stops"), stored(told_at=NOW), 0
    for poll in range(60):
        intent = decide(POLICY if poll % 2 else there, current, NOW)
        if isinstance(intent, Touch):
            assert intent.flapping is not intent.tell
            told += intent.tell
            current = stored(intent.entry, flaps=intent.flaps, flapping=intent.flapping, told_at=NOW)
    assert told == FLAP_LIMIT
    later = decide(there if current.url == POLICY.url else POLICY, current, plus(NOW, FLAP_CALM_S + 1))
    assert isinstance(later, Touch)
    assert later.tell


def test_last_seen_is_brought_up_to_date_once_a_day() -> None:
    assert isinstance(decide(POLICY, stored(last_seen_at=plus(NOW, -23 * 3600)), NOW), Nothing)
    assert decide(POLICY, stored(last_seen_at=plus(NOW, -25 * 3600)), NOW) == Touch(stored().id, POLICY)


def test_keep_cuts_what_the_licence_does_not_let_us_store() -> None:
    assert cut(POLICY, "full") == POLICY
    assert (cut(POLICY, "summary").summary, cut(POLICY, "summary").body) == (POLICY.summary, "")
    assert (cut(POLICY, "headline").title, cut(POLICY, "headline").summary) == (POLICY.title, "")
