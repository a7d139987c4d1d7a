"""A digest in words: grouped by topic, then news, policy and figures as on a topic's page; plain text, and HTML. Pure."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

from aggregator.models import Utc
from aggregator.subscriptions.criteria import words
from aggregator.subscriptions.model import Contents, Criteria, Line
from aggregator.text.times import long_day, when
from aggregator.text.words import KIND_OF_ONE, STATUSES

NO_TOPIC: Final = "Without a topic"
TAKEN_DOWN: Final = "Taken down from this record"
INVENTED: Final = "Invented data: nothing reported here happened."
DOUBTFUL: Final = "This mail may have reached you before: handing it over was interrupted, and not sending it again might have lost it."
_GROUPS: Final = {"policy": "Policy", "statistics": "Figures"}
_ORDER: Final = ("News", "Policy", "Figures")


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail without its headers."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Section:
    """A topic and its lines by group."""

    title: str
    groups: tuple[tuple[str, tuple[Line, ...]], ...]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a letter says beside its contents. ``stop``: how to unsubscribe, as an address; ``site``: where links lead."""

    address: str
    criteria: Criteria
    timetable: str
    now: Utc
    site: str
    stop: str
    doubtful: bool = False


def sections(contents: Contents, criteria: Criteria) -> tuple[Section, ...]:
    """The lines by topic: one that was asked for, else the best; each line once."""
    found: dict[str, dict[str, list[Line]]] = defaultdict(lambda: defaultdict(list))
    for line in contents.lines:
        labels = line.facts.topics
        label = next((x for x in labels if x.slug in criteria.topics), labels[0] if labels else None)
        found[label.title if label else NO_TOPIC][_GROUPS.get(line.facts.kind, "News")].append(line)
    return tuple(
        Section(title, tuple((group, tuple(found[title][group])) for group in _ORDER if group in found[title]))
        for title in sorted(found, key=lambda title: (title == NO_TOPIC, title))
    )


def letter(contents: Contents, setting: Setting) -> Letter:
    """The mail for these contents."""
    parts = sections(contents, setting.criteria)
    return Letter(subject(contents, setting), _text(contents, setting, parts), _html(contents, setting, parts))


def subject(contents: Contents, setting: Setting) -> str:
    """The subject line: how much, about what, when. Nothing of the updates themselves."""
    count = len(contents.lines) + contents.more
    about = words(setting.criteria)
    about = about if len(about) <= 60 else f"{about[:59]}…"
    marked = "[Invented data] " if contents.invented else ""
    return plain(f"{marked}London policing: {_updates(count)}, {about}, {long_day(setting.now)}")


def _updates(count: int) -> str:
    return "1 update" if count == 1 else f"{count} updates"


def plain(text: str) -> str:
    """One line without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def happened(line: Line) -> str:
    """What became of an update: "new", "edited: 12 words added, 3 removed; withdrawn by its publisher"."""
    said = []
    for type_ in line.types:
        match type_:
            case "edited":
                counts = line.edit and f"{line.edit.words_added} words added, {line.edit.words_removed} removed"
                said.append(f"edited: {counts}" if counts else "edited, its text the same")
            case "withdrawn":
                state = STATUSES.get(line.facts.status, "")
                said.append(state[:1].lower() + state[1:] if state else "withdrawn")
            case "redacted":
                said.append("taken down" if line.facts.status == "redacted" else "words in it were redacted here")
            case _:
                said.append(type_)
    return "; ".join(dict.fromkeys(said))


def title_of(line: Line) -> str:
    """The title; of what was taken down only that it was."""
    return plain(line.facts.title or "") or (TAKEN_DOWN if line.facts.title is None else "Untitled")


def byline(line: Line) -> str:
    """Publisher, other publishers of the same story, kind and date."""
    at = when(line.facts.published_at, "month" if line.facts.date_quality == "month" else "day")
    also = f" (also {', '.join(line.copies)})" if line.copies else ""
    kind = KIND_OF_ONE.get(line.facts.kind, line.facts.kind)
    places = ", ".join(place.title for place in line.facts.places[:5])
    return plain("; ".join(filter(None, (f"{line.facts.publisher}{also}", kind, places, at.text if at else ""))))


def links(line: Line, site: str) -> tuple[str, str]:
    """The update's page, and what changed where that is one page; "" where it is not."""
    page = f"{site}/updates/{line.facts.id}"
    if line.edit is None or line.edit.versions is None or line.facts.status == "redacted":
        return page, ""
    return page, f"{page}/diff/{line.edit.versions[0]}..{line.edit.versions[1]}"


def _text(contents: Contents, setting: Setting, parts: tuple[Section, ...]) -> str:
    out = [_lead(contents, setting)]
    out += [f"\n{note}" for note in (_note(contents), DOUBTFUL if setting.doubtful else "") if note]
    for section in parts:
        out += ["", section.title.upper(), ""]
        for name, lines in section.groups:
            out += [name, ""]
            for line in lines:
                page, differs = links(line, setting.site)
                out += [f"* {title_of(line)}", f"  {byline(line)}", f"  {happened(line)}", f"  {page}"]
                out += [f"  What changed: {differs}", ""] if differs else [""]
    out += [_more(contents, setting), "-- ", _foot(setting), f"To stop: {setting.stop}", ""]
    return "\n".join(out)


def _lead(contents: Contents, setting: Setting) -> str:
    count = _updates(len(contents.lines) + contents.more)
    return f"{count} about {words(setting.criteria)}, {long_day(setting.now)}."


def _note(contents: Contents) -> str:
    return INVENTED if contents.invented else ""


def _more(contents: Contents, setting: Setting) -> str:
    return f"And {_updates(contents.more)} more: {setting.site}/\n" if contents.more else ""


def _foot(setting: Setting) -> str:
    return f"{setting.address} gets this {setting.timetable} (London time) from {setting.site}/."


def _html(contents: Contents, setting: Setting, parts: tuple[Section, ...]) -> str:
    """Everything that is not ours is escaped; nothing is loaded from anywhere."""
    out = [Markup('<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>{}</title></head><body>')]
    out[0] = out[0].format(subject(contents, setting))
    out.append(Markup("<p>{}</p>").format(_lead(contents, setting)))
    out += [
        Markup("<p><strong>{}</strong></p>").format(n)
        for n in (_note(contents), DOUBTFUL if setting.doubtful else "")
        if n
    ]
    for section in parts:
        out.append(Markup("<h2>{}</h2>").format(section.title))
        for name, lines in section.groups:
            out.append(Markup("<h3>{}</h3>\n<ul>").format(name))
            out += [_item(line, setting.site) for line in lines]
            out.append(Markup("</ul>"))
    if contents.more:
        out.append(Markup('<p><a href="{}/">And {} more</a></p>').format(setting.site, _updates(contents.more)))
    out.append(
        Markup('<hr><p>{}</p><p><a href="{}">Stop these mails</a></p></body></html>').format(
            _foot(setting), setting.stop
        )
    )
    return str(Markup("\n").join(out))


def _item(line: Line, site: str) -> Markup:
    page, differs = links(line, site)
    change = Markup(' (<a href="{}">what changed</a>)').format(differs) if differs else ""
    return Markup('<li><a href="{}">{}</a><br>{}<br>{}{}</li>').format(
        page, title_of(line), escape(byline(line)), escape(happened(line)), change
    )
