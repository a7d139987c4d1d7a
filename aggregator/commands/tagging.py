"""tag, retag, correct."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

import click

from aggregator.commands.collecting import load_config
from aggregator.commands.options import Globals, emit, global_options, who, whole_number

if TYPE_CHECKING:
    from aggregator.db.tags import Correction
    from aggregator.retag import Corrected, RetagReport


@click.command()
@click.option(
    "--jsonl", is_flag=True, help='Read {"id","publisher","title","summary","body"} a line, write the tags a line.'
)
@global_options
def tag(options: Globals, jsonl: bool) -> None:
    """Tags text from standard input and explains why. The first line is taken for the title.

    \b
    Example:
      echo "Officers used section 60 powers in Hackney" | aggregator tag
      aggregator tag --jsonl < items.jsonl > tags.jsonl
    """
    from aggregator.models import Document
    from aggregator.tagging import explain, tagger, taxonomy
    from aggregator.tagging.jsonl import as_json, tag_lines

    model = tagger.load()
    if jsonl:
        for line in tag_lines(sys.stdin, model):
            sys.stdout.write(line.rstrip("\n") + "\n")
        return
    title, _, body = sys.stdin.read().strip().partition("\n")
    document = Document(title=title, body=body.strip())
    tags = model.tag(document)
    if options.json:
        emit({"id": "stdin", **as_json(tags)})
    else:
        click.echo(explain.render(document, tags, taxonomy.load(), colour=sys.stdout.isatty()))


@click.command()
@click.option("--dry-run", is_flag=True, help="Only say what would be added and dropped, per label, with examples.")
@global_options
def retag(options: Globals, dry_run: bool) -> None:
    """Applies the current tag model to the whole archive. What people corrected stays as they said.

    \b
    Example:
      aggregator retag --dry-run
    """
    from aggregator import clock
    from aggregator.db import updates
    from aggregator.db.connection import open_reader, open_writer
    from aggregator.lock import collector_lock
    from aggregator.retag import retag as retag_archive
    from aggregator.tagging import tagger

    open_reader(options.archive).close()  # says what to do when there is no archive
    topics = source_topics(options)
    model = tagger.load()
    with collector_lock(options.archive), closing(open_writer(options.archive)) as conn:
        total = updates.count(conn)
        with click.progressbar(length=total, label="Tagging", file=sys.stderr) as bar:
            done = 0

            def progress(seen: int) -> None:
                nonlocal done
                bar.update(seen - done)
                done = seen

            report = retag_archive(conn, model.tag_many, topics, clock.now, dry_run=dry_run, progress=progress)
    _report_retag(options, report, model.version, dry_run=dry_run)


def _report_retag(options: Globals, report: RetagReport, model: str, *, dry_run: bool) -> None:
    if options.json:
        emit(
            {
                "seen": report.seen,
                "changed": report.changed,
                "dry_run": dry_run,
                "model": model,
                "labels": {k: {"added": v.added, "dropped": v.dropped} for k, v in sorted(report.labels.items())},
            }
        )
        return
    for label, change in sorted(report.labels.items()):
        click.echo(f"{label}: +{change.added} −{change.dropped}")
        for sign, examples in (("+", change.added_examples), ("−", change.dropped_examples)):
            for example in examples:
                click.echo(f"    {sign} {example}")
    verb = "would change" if dry_run else "changed"
    click.echo(f"{report.seen} updates tagged with model {model}; labels of {report.changed} {verb}.")


def source_topics(options: Globals) -> Mapping[str, Sequence[str]]:
    """The topics that feeds.yaml fixes per source."""
    return {s.id: s.topics for s in load_config(options).sources}


@click.command()
@click.argument("update", type=whole_number)
@click.option("--add-topic", multiple=True, metavar="SLUG")
@click.option("--drop-topic", multiple=True, metavar="SLUG")
@click.option("--place", "add_place", multiple=True, metavar="SLUG", help="Add a place.")
@click.option("--drop-place", multiple=True, metavar="SLUG")
@click.option("--kind", metavar="KIND", help="Set the kind.")
@click.option("--own-story", is_flag=True, help="It is not the same story as the ones it was grouped with.")
@click.option("--why", required=True, help="The reason; it is kept with the correction.")
@global_options
def correct(
    options: Globals,
    update: int,
    add_topic: tuple[str, ...],
    drop_topic: tuple[str, ...],
    add_place: tuple[str, ...],
    drop_place: tuple[str, ...],
    kind: str | None,
    own_story: bool,
    why: str,
) -> None:
    """Corrects the labels of an update, or what it was grouped with. Audited with who and why; survives every retag.

    \b
    Example:
      aggregator correct 1764000000000 --add-topic stop-and-search --drop-topic theft --why "is about searches"
      aggregator correct 1764000000000 --own-story --why "another robbery in the same street"
    """
    from aggregator import clock
    from aggregator.db.connection import open_reader, open_writer
    from aggregator.lock import collector_lock
    from aggregator.retag import checked
    from aggregator.retag import correct as correct_update
    from aggregator.tagging import tagger, taxonomy

    values = [
        ("topic", "add", add_topic), ("topic", "drop", drop_topic), ("place", "add", add_place), ("place", "drop", drop_place),
        ("kind", "set", (kind,) if kind else ()),
    ]  # fmt: skip
    decisions = _decisions(values, own_story=own_story)
    if not why.strip():
        raise click.UsageError("--why must say why")
    checked(decisions, taxonomy.load())
    open_reader(options.archive).close()
    with collector_lock(options.archive), closing(open_writer(options.archive)) as conn:
        done = correct_update(
            conn, update, decisions, tagger.load().tag, source_topics(options), clock.now, who=who(), why=why
        )
    _report_correction(options, update, done, own_story=own_story)


def _decisions(values: Iterable[tuple[str, str, Iterable[str]]], *, own_story: bool) -> list[Correction]:
    from aggregator.db.tags import Correction
    from aggregator.retag import OWN_STORY

    found = [Correction(field, action, value) for field, action, some in values for value in some]
    if own_story:
        found.append(OWN_STORY)
    if not found:
        raise click.UsageError(
            "nothing to correct: give --add-topic, --drop-topic, --place, --drop-place, --kind or --own-story"
        )
    return found


def _report_correction(options: Globals, update: int, done: Corrected, *, own_story: bool) -> None:
    labels, story = done.labels, done.separated
    topics, places = sorted(labels.topics), sorted(labels.places)
    if options.json:
        separated = {"was": story.was, "now": story.now, "remaining": list(story.remaining)} if story else None
        told = {"separated_from": separated} if own_story else {}
        emit({"update": update, "topics": topics, "places": places, "kind": labels.kind, **told})
        return
    click.echo(
        f"{update}: kind {labels.kind}; topics {', '.join(topics) or 'none'}; places {', '.join(places) or 'none'}"
    )
    if story:
        renamed = f" (its number is {story.now} now)" if story.now != story.was else ""
        remaining = ", ".join(map(str, story.remaining))
        click.echo(
            f"{update}: a story of its own now, separated from story {story.was}{renamed}, in which remain: {remaining}"
        )
    elif own_story:
        click.echo(f"{update}: was grouped with no other update; it is put into no other story from now on")
