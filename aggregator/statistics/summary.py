"""The update that tells readers of a release: what is new, how much was revised, the biggest revisions by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from aggregator.models import DateQuality, Entry, Utc
from aggregator.statistics.coverage import WAS_MISSING
from aggregator.statistics.model import ReleaseSummary, RevisedFigure
from aggregator.statistics.periods import month_title


def release_entries(source_title: str, summaries: Iterable[ReleaseSummary]) -> list[Entry]:
    """The updates about everything one round brought.

    Months of stops that are new come as one update however many they are, so that a first import, or a walk back through
    old months, does not fill every list. Each revision of a month is an update of its own.
    """
    found = list(summaries)
    new = [s for s in found if s.changed and s.new_periods and _is_stops(s)]
    groups: dict[str, list[ReleaseSummary]] = {}
    for summary in new:
        groups.setdefault(summary.dataset.id, []).append(summary)
    entries = [release_entry(source_title, s) for s in found if s not in new]
    for months in groups.values():
        one = len(months) == 1
        entries.append(release_entry(source_title, months[0]) if one else _months_entry(source_title, months))
    return [entry for entry in entries if entry is not None]


def release_entry(source_title: str, summary: ReleaseSummary) -> Entry | None:
    """The entry of kind ``statistics`` for what a release changed; None when it changed nothing a reader would see."""
    headline = _headline(summary)
    if not summary.changed or not headline:
        return None
    dataset = summary.dataset
    return Entry(
        key=_key(summary),
        url=None,
        title=headline,
        summary=_numbers(summary),
        body="\n\n".join(_paragraphs(source_title, summary)),
        published_at=Utc(summary.released_at),
        published_raw=summary.released_at[:10],
        date_quality=DateQuality.DAY,
        kind="statistics",
        refs=(dataset.id,),
        categories=(dataset.topic,) if dataset.topic else (),
    )


def _key(summary: ReleaseSummary) -> str:
    """By the bytes, so that every archive calls it the same, and by what tells it from earlier releases of these bytes:
    a month that has come back to what it was is told of anew."""
    digest, mark, again = summary.sha256.partition("#")
    return f"statistics/{summary.dataset.id}/{summary.period_to}/{digest[:16]}{mark}{again}"


def revised_figure(noun: str, figure: RevisedFigure) -> str:
    """``Recorded burglary in Hackney revised for 2025-11: 142 → 147``"""
    return f"{subject(noun, figure)} revised for {figure.period}: {number(figure.old)} → {number(figure.new)}"


def subject(noun: str, figure: RevisedFigure) -> str:
    """What a figure is of: the data set's noun with the category in it, and where."""
    category = figure.category
    if not noun.startswith("{category}"):
        category = category[:1].lower() + category[1:] if not category.isupper() else category
    named = noun.replace("{category}", category)
    return f"{named} in {figure.area}"


def number(value: float) -> str:
    """``1,234``, or ``71.5`` where the figure is not whole."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def _is_stops(summary: ReleaseSummary) -> bool:
    return summary.dataset.id.startswith("stop-and-search")


def _months_entry(source_title: str, months: list[ReleaseSummary]) -> Entry | None:
    """One update for several new months of stops: named by the newest, with the number of the others."""
    ordered = sorted(months, key=lambda s: s.period_to)
    newest, earlier = ordered[-1], ordered[:-1]
    entry = release_entry(source_title, newest)
    if entry is None:
        return None
    span = _span(tuple(s.period_to for s in (ordered if newest.older else earlier)))
    total = sum(s.rows for s in ordered)
    if newest.older:
        title = f"{newest.dataset.title}: {len(ordered)} earlier months added, {span}"
    else:
        title = f"{entry.title}; {_counted(len(earlier), 'earlier month')} with it"
    said = f"{_counted(total, 'search', 'es')} in {len(ordered)} months, {month_title(ordered[0].period_to)} to "
    said += f"{month_title(newest.period_to)}."
    notes = [f"{month_title(p)}: {note}." for s in reversed(earlier) for p, note in s.states if note]
    body = "\n\n".join([said, entry.body, *notes])
    return replace(entry, title=title, summary=said, body=body)


def _counted(n: int, thing: str, plural: str = "s") -> str:
    return f"{n:,} {thing}{'' if n == 1 else plural}"


def _span(periods: tuple[str, ...]) -> str:
    if len(periods) == 1:
        return month_title(periods[0])
    return f"{month_title(periods[0])} to {month_title(periods[-1])}"


def _headline(summary: ReleaseSummary) -> str:
    title = summary.dataset.title
    revisions = summary.revised + summary.removed
    if _is_stops(summary):
        return _stops_headline(summary)
    if summary.new_periods:
        more = f"; {_counted(revisions, 'earlier figure')} revised" if revisions else ""
        return f"{title}: {_span(summary.new_periods)} published{more}"
    if summary.biggest:
        others = revisions - 1
        more = f" (and {_counted(others, 'other figure')})" if others > 0 else ""
        return revised_figure(summary.dataset.noun, summary.biggest[0]) + more
    return f"{title}: {_counted(revisions, 'figure')} revised" if revisions else ""


def _stops_headline(summary: ReleaseSummary) -> str:
    month = month_title(summary.period_to)
    if summary.new_periods:
        late = any(WAS_MISSING in note for _, note in summary.states)
        what = "published late" if late else "added" if summary.older else "published"
        return f"{summary.dataset.title}: {month} {what}, {_counted(summary.rows, 'search', 'es')}"
    return (
        f"{summary.dataset.title} revised for {summary.period_to}: {_counted(summary.added, 'search', 'es')} added, "
        f"{number(summary.removed)} taken out"
    )


def _numbers(summary: ReleaseSummary) -> str:
    if _is_stops(summary):
        return f"{_counted(summary.rows, 'search', 'es')} in {month_title(summary.period_to)}."
    parts = [f"Figures for {month_title(summary.period_from)} to {month_title(summary.period_to)}."]
    if summary.revised:
        parts.append(f"Revised: {_counted(summary.revised, 'figure')} published before.")
    if summary.removed:
        parts.append(f"No longer published: {_counted(summary.removed, 'figure')}.")
    return " ".join(parts)


def _paragraphs(source_title: str, summary: ReleaseSummary) -> list[str]:
    dataset = summary.dataset
    out = [_numbers(summary)]
    if len(summary.totals) == 1 and not _is_stops(summary):
        period, total = summary.totals[0]
        out.append(f"All areas together, {month_title(period)}: {number(total)}.")
    if summary.biggest and not summary.first:
        lines = [revised_figure(dataset.noun, figure) for figure in summary.biggest]
        out.append("The biggest revisions:\n" + "\n".join(lines))
    out.extend(f"{month_title(period)}: {note}." for period, note in summary.states if note)
    if dataset.provisional and summary.new_periods:
        out.append(f"{month_title(summary.new_periods[-1])} is provisional: the first figure is usually revised.")
    out.append(f"{dataset.description} {dataset.note}".strip())
    out.append(f"Source: {source_title}, {dataset.publisher}.")
    return out
