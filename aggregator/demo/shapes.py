"""What the invented items are made of. Field names are the keys of ``content/*.yaml``; :mod:`.items` fills them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """The labels that a reader of the taxonomy would give. Tests read them; the origin never serves them."""

    topics: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    kind: str = ""
    off_topic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Item(Labelled):
    """An entry of a news feed. ``body`` is HTML."""

    id: str
    when: datetime
    title: str
    first_title: str = ""  # the address keeps the words of the first title
    summary: str = ""
    body: str = ""
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Labelled):
    """What a ModernGov site says of a meeting."""

    id: str
    when: datetime
    event: str
    meeting: datetime
    committee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A meeting as ModernGov's web service lists it."""

    id: str
    starts: datetime
    status: str
    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Labelled):
    """A decision of the Mayor's Office for Policing and Crime."""

    id: str
    title: str
    reference: str
    summary: str
    signed: datetime
    published: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """An entry of a GOV.UK change history."""

    at: datetime
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """An attachment. ``size`` in bytes."""

    id: str
    title: str
    size: int
    pages: int = 0
    type: str = "application/pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """The HTML part of a publication."""

    slug: str
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Labelled):
    """A GOV.UK document."""

    path: str
    title: str
    description: str
    type: str
    schema: str
    first: datetime
    updated: datetime
    body: str
    history: tuple[Change, ...] = ()
    attachments: tuple[File, ...] = ()
    children: tuple[Child, ...] = ()
    opening: datetime | None = None
    closing: datetime | None = None
    withdrawn: datetime | None = None
    explanation: str = ""
    redirect: str = ""
    gone: str = ""
    alternative: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppChange(Labelled):
    """A row of the College of Policing's table of changes."""

    when: datetime
    category: str
    guidance: str
    changes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Labelled):
    """A written question to a minister."""

    id: int
    uin: str
    tabled: datetime
    answered: datetime | None
    heading: str
    question: str
    answer: str
    first_answer: str = ""
    corrected: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Labelled):
    """A written statement of a minister. ``text`` is HTML."""

    id: int
    uin: str
    made: datetime
    title: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication(Labelled):
    """A publication of a select committee."""

    id: int
    when: datetime
    type: str
    description: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill(Labelled):
    """A bill and the stage it has reached."""

    id: int
    title: str
    updated: datetime
    stage: str
    house: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument(Labelled):
    """A statutory instrument."""

    number: int
    updated: datetime
    made: datetime
    title: str
    summary: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Labelled):
    """A neighbourhood's event."""

    starts: datetime
    ends: datetime | None
    title: str
    description: str
    address: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Priority(Labelled):
    """What a neighbourhood team has been asked to do, and what it has done."""

    set: datetime
    issue: str
    acted: datetime | None
    action: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbourhood:
    """A ward."""

    id: str
    name: str
    place: str
    events: tuple[Event, ...]
    priorities: tuple[Priority, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and its paragraph."""

    heading: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyPage(Labelled):
    """A page that is watched for changes."""

    title: str
    updated: datetime
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """An announced release of statistics. ``moved`` is the notice that goes with a new date."""

    id: str
    due: datetime
    first_due: datetime | None = None
    title: str
    summary: str
    state: str
    moved: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Everything that the origin has to say in one round. A field is a list in one of the files of ``content/``."""

    # met_news.yaml
    met_news: tuple[Item, ...]
    # press.yaml
    bbc: tuple[Item, ...]
    standard: tuple[Item, ...]
    guardian: tuple[Item, ...]
    # london.yaml
    mayor_press: tuple[Item, ...]
    assembly_press: tuple[Item, ...]
    consultations: tuple[Item, ...]
    mayoral_decisions: tuple[Item, ...]
    modgov: tuple[Notice, ...]
    meetings: tuple[Meeting, ...]
    mopac: tuple[Decision, ...]
    # govuk.yaml
    documents: tuple[Document, ...]
    tracked: tuple[str, ...]
    search: tuple[str, ...]
    policy_atom: tuple[str, ...]
    organisation_atom: tuple[str, ...]
    # national.yaml
    college: tuple[AppChange, ...]
    questions: tuple[Question, ...]
    statements: tuple[Statement, ...]
    committee: tuple[Publication, ...]
    bills: tuple[Bill, ...]
    library: tuple[Item, ...]
    legislation: tuple[Instrument, ...]
    inspectorate: tuple[Item, ...]
    # local.yaml
    neighbourhoods: tuple[Neighbourhood, ...]
    monitor: tuple[Item, ...]
    bulletin: tuple[Item, ...]
    policy_page: PolicyPage
    policy_file: PolicyPage
    calendar: tuple[Release, ...]
