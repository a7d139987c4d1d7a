"""Re-applies the tag model to the archive, batch by batch, in bounded memory; and applies human corrections."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from aggregator.clock import Clock
from aggregator.db import clusters, updates
from aggregator.db import tags as tag_rows
from aggregator.db.connection import transaction
from aggregator.db.tags import Correction
from aggregator.db.updates import Taggable
from aggregator.errors import ConfigError, NotFoundError
from aggregator.limits import RETAG_BATCH, RETAG_EXAMPLES
from aggregator.models import KINDS, Document, Tags
from aggregator.tagging.taxonomy import Taxonomy

Tag = Callable[[Document], Tags]
TagMany = Callable[[Iterable[Document]], Iterable[Tags]]
OWN_STORY = Correction("story", "set", "own")
"""Says that an update was wrongly taken for the same story as others."""


@dataclass(slots=True)
class LabelChange:
    """What a retag adds to and drops from one label, with a few titles as examples."""

    added: int = 0
    dropped: int = 0
    added_examples: list[str] = field(default_factory=list)
    dropped_examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class RetagReport:
    """What a retag changed (or would change), per label: ``topic:…``, ``place:…``, ``kind:…``."""

    seen: int = 0
    changed: int = 0
    labels: dict[str, LabelChange] = field(default_factory=lambda: defaultdict(LabelChange))


@dataclass(frozen=True, slots=True)
class Separated:
    """The story that an update was taken out of. A story has the number of its oldest update."""

    was: int
    now: int  # another one when the update had begun the story
    remaining: tuple[int, ...]  # updates that still tell it


@dataclass(frozen=True, slots=True)
class Corrected:
    """What an update is after a correction."""

    labels: tag_rows.Labels
    separated: Separated | None = None  # with OWN_STORY, where it was grouped with others


class DryRun(Exception):
    """Carries nothing: rolls a batch back after it was compared."""


def retag(
    conn: sqlite3.Connection,
    tag_many: TagMany,
    source_topics: Mapping[str, Sequence[str]],
    clock: Clock,
    *,
    dry_run: bool,
    progress: Callable[[int], object] = lambda done: None,
) -> RetagReport:
    """Tags every update again. Only updates whose labels change get a line in the changes log; corrections stay.

    With ``dry_run`` each batch is written, compared and rolled back: what it reports is what a retag would do.
    """
    report = RetagReport()
    last = 0
    while batch := updates.taggable(conn, after=last, limit=RETAG_BATCH):
        last = batch[-1].id
        tagged = list(zip(batch, tag_many(item.document for item in batch), strict=True))
        try:
            with transaction(conn):
                for item, found in tagged:
                    _one(conn, item, found, source_topics.get(item.source_id, ()), clock, report)
                if dry_run:
                    raise DryRun
        except DryRun:
            pass
        progress(report.seen)
    return report


def _one(
    conn: sqlite3.Connection,
    item: Taggable,
    found: Tags,
    source_topics: Sequence[str],
    clock: Clock,
    report: RetagReport,
) -> None:
    before = tag_rows.labels(conn, item.id)
    source_kind = item.kind if item.kind_origin == "source" else ""
    changed = tag_rows.write(conn, item.id, found, source_topics=source_topics, source_kind=source_kind, at=item.at)
    report.seen += 1
    if not changed:
        return
    after = tag_rows.labels(conn, item.id)
    updates.log_retagged(conn, item.id, clock())
    report.changed += 1
    for label, gained in _differences(before, after):
        change = report.labels[label]
        if gained:
            change.added += 1
        else:
            change.dropped += 1
        examples = change.added_examples if gained else change.dropped_examples
        if len(examples) < RETAG_EXAMPLES:
            examples.append(f"{item.id} {item.document.title}")


def _differences(before: tag_rows.Labels, after: tag_rows.Labels) -> Iterator[tuple[str, bool]]:
    yield from ((f"topic:{t}", True) for t in sorted(after.topics - before.topics))
    yield from ((f"topic:{t}", False) for t in sorted(before.topics - after.topics))
    yield from ((f"place:{p}", True) for p in sorted(after.places - before.places))
    yield from ((f"place:{p}", False) for p in sorted(before.places - after.places))
    if before.kind != after.kind:
        yield f"kind:{before.kind}", False
        yield f"kind:{after.kind}", True


def correct(
    conn: sqlite3.Connection,
    update_id: int,
    decisions: Sequence[Correction],
    tag: Tag,
    source_topics: Mapping[str, Sequence[str]],
    clock: Clock,
    *,
    who: str,
    why: str,
) -> Corrected:
    """Records human decisions about an update's labels and story and applies them at once. Returns what it is now.

    Raises :class:`NotFoundError` when there is no such update.
    """
    item = updates.taggable_one(conn, update_id)
    if item is None:
        raise NotFoundError(
            "there is no such update; the number is the last part of its page's address", subject=str(update_id)
        )
    found = tag(item.document)
    with transaction(conn):
        tag_rows.correct(conn, update_id, decisions, who=who, why=why, at=clock())
        report = RetagReport()
        _one(conn, item, found, source_topics.get(item.source_id, ()), clock, report)
        separated = _separate(conn, update_id, clock, told=bool(report.changed)) if OWN_STORY in decisions else None
    return Corrected(tag_rows.labels(conn, update_id), separated)


def _separate(conn: sqlite3.Connection, update_id: int, clock: Clock, *, told: bool) -> Separated | None:
    """Takes an update out of its story and tells those who follow the changes, of itself unless they are ``told`` already."""
    was, remaining = clusters.of_update(conn, update_id), clusters.others(conn, update_id)
    for number in clusters.split(conn, update_id):
        if number != update_id or not told:
            updates.log_retagged(conn, number, clock())
    return Separated(was, clusters.of_update(conn, remaining[0]), tuple(remaining)) if remaining else None


def checked(decisions: Sequence[Correction], taxonomy: Taxonomy) -> Sequence[Correction]:
    """The decisions, if every value exists. Raises :class:`ConfigError` naming the wrong one and what is allowed."""
    places = {p.slug for p in taxonomy.places}
    allowed = {
        "topic": set(taxonomy.assignable),
        "place": places,
        "kind": set(KINDS),
        OWN_STORY.field: {OWN_STORY.value},
    }
    for decision in decisions:
        if decision.value not in allowed[decision.field]:
            near = ", ".join(sorted(v for v in allowed[decision.field] if v[:3] == decision.value[:3])[:5])
            hint = f"did you mean {near}?" if near else f"allowed are {', '.join(sorted(allowed[decision.field]))}"
            raise ConfigError(f"is no {decision.field}; {hint}", subject=decision.value)
    return decisions
