"""webhook: signed notices to programs; and the options by which both kinds of subscription choose their updates."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from aggregator.commands.collecting import load_config
from aggregator.commands.options import Globals, emit, global_options, one_line, table, whole_number

if TYPE_CHECKING:
    from aggregator.models import Config
    from aggregator.subscriptions.deliver import Office
    from aggregator.subscriptions.model import Criteria, Webhook

F = TypeVar("F", bound=Callable[..., Any])


def criteria_options(command: F) -> F:
    """--topic, --place, --kind, --source, --search, given to the command as unchecked :class:`Criteria`."""

    @click.option("--topic", "topics", multiple=True, metavar="SLUG", help="A topic, and those below it.")
    @click.option("--place", "places", multiple=True, metavar="SLUG", help="A borough.")
    @click.option("--kind", "kinds", multiple=True, metavar="KIND", help="A kind, such as policy.")
    @click.option("--source", "sources", multiple=True, metavar="ID", help="A source of feeds.yaml.")
    @click.option("--search", "searches", multiple=True, metavar="QUERY", help="As typed on the search page.")
    @functools.wraps(command)
    def wrapped(*args: Any, topics: Any, places: Any, kinds: Any, sources: Any, searches: Any, **kwargs: Any) -> Any:
        from aggregator.subscriptions.model import Criteria

        return command(*args, criteria=Criteria(topics, places, kinds, sources, searches), **kwargs)

    return wrapped  # type: ignore[return-value]


def checked_criteria(criteria: Criteria, config: Config) -> Criteria:
    """The criteria as far as they exist. Raises :class:`ConfigError` for those that do not."""
    from aggregator.models import KINDS
    from aggregator.subscriptions.criteria import checked
    from aggregator.tagging import taxonomy

    known = taxonomy.load()
    return checked(
        criteria,
        topics=[t.slug for t in known.topics],
        places=[p.slug for p in known.places],
        kinds=KINDS,
        sources=[s.id for s in config.sources],
    )


@contextmanager
def opened(options: Globals) -> Iterator[Office]:
    """Both databases, with the configuration of the command line."""
    from aggregator import clock
    from aggregator.subscriptions.deliver import office

    config = load_config(options)
    with office(options.archive, config, clock.now) as at:
        yield at


# --- webhook ------------------------------------------------------------------------------------------------------
@click.group()
def webhook() -> None:
    """Signed notices to programs: a POST for every update that is new, edited, withdrawn, restored or redacted.

    Criteria may be repeated: each kind of criterion given must hold, by any one of its values; none means everything.
    `aggregator run` delivers by itself.

    \b
    Example:
      aggregator webhook add https://example.org/hook --topic stop-and-search --place hackney
      aggregator webhook list
    """


@webhook.command("add")
@click.argument("url")
@criteria_options
@click.option(
    "--secret-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the secret to sign with (whsec_ and base64). Without it one is made, and shown once.",
)  # fmt: skip
@click.option(
    "--since", type=whole_number, metavar="NUMBER", help="Begin after this change (changes.seq). [default: the newest]"
)
@global_options
def add_webhook(options: Globals, url: str, criteria: Criteria, secret_file: Path | None, since: int | None) -> None:
    """Adds a webhook. It is told of every change from now on, or of those after --since.

    \b
    Example:
      aggregator webhook add https://example.org/hook --kind policy --search "taser -training"
    """
    from aggregator.subscriptions import webhooks
    from aggregator.subscriptions.deliver import protect

    secret = _secret(secret_file) if secret_file else ""
    with opened(options) as at:
        protect(options.archive)
        hook = webhooks.register(at.hooks(), url, checked_criteria(criteria, at.config), secret=secret, since=since)
        protect(options.archive)
    shown = {} if secret else {"secret": hook.secret}
    if options.json:
        emit({**_hook_json(hook, 0), **shown})
        return
    click.echo(one_line(f"Webhook {hook.id} follows {words_of(hook.criteria)}, after change {hook.cursor}."))
    if shown:
        click.echo(f"Its secret, which is not shown again: {hook.secret}")


def _secret(path: Path) -> str:
    from aggregator.errors import ConfigError

    try:
        return path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"cannot be read as text ({type(error).__name__})", subject=str(path)) from error


def words_of(criteria: Criteria) -> str:
    """Criteria in words."""
    from aggregator.subscriptions.criteria import words

    return words(criteria)


def _hook_json(hook: Webhook, waiting: int) -> dict[str, object]:
    """A webhook for --json: never its secret."""
    import json

    from aggregator.subscriptions.criteria import to_json
    from aggregator.subscriptions.wording import shown_url

    return {
        "id": hook.id, "url": shown_url(hook.url), "criteria": json.loads(to_json(hook.criteria)), "state": str(hook.state),
        "cursor": hook.cursor, "waiting": waiting, "failures": hook.failures, "created_at": hook.created_at,
        "last_success_at": hook.last_success_at, "next_attempt_at": hook.next_attempt_at, "last_error": hook.last_error,
    }  # fmt: skip


@webhook.command("list")
@global_options
def list_webhooks(options: Globals) -> None:
    """The webhooks, how far each is, and what is wrong. Secrets are not shown.

    \b
    Example:
      aggregator webhook list --json
    """
    from aggregator.db import subscriptions as rows

    with opened(options) as at:
        waiting = rows.waiting(at.private)
        found = [(hook, _hook_json(hook, waiting.get(hook.id, 0))) for hook in rows.every(at.private)]
    if options.json:
        emit([shown for _, shown in found])
        return
    if not found:
        click.echo("No webhooks. `aggregator webhook add URL` adds one.")
        return
    lines = [
        (h.id, h.state, shown["url"], words_of(h.criteria), shown["waiting"], h.failures, h.last_success_at or "never",
         h.next_attempt_at or "-", h.last_error[:80])
        for h, shown in found
    ]  # fmt: skip
    headings = (
        "id",
        "state",
        "address",
        "follows",
        "waiting",
        "failures",
        "last success",
        "next attempt",
        "last error",
    )
    click.echo(table(headings, lines, right=frozenset({0, 4, 5})))


@webhook.command("remove")
@click.argument("number", metavar="ID", type=whole_number)
@global_options
def remove_webhook(options: Globals, number: int) -> None:
    """Forgets a webhook, its secret and its log.

    \b
    Example:
      aggregator webhook remove 3
    """
    from aggregator.db import subscriptions as rows

    with opened(options) as at:
        rows.remove(at.private, number)
    emit({"removed": number}) if options.json else click.echo(f"Webhook {number} is removed.")


@webhook.command("test")
@click.argument("number", metavar="ID", type=whole_number)
@global_options
def test_webhook(options: Globals, number: int) -> None:
    """Sends a signed `ping` at once. Exit status 1 when it is not accepted.

    \b
    Example:
      aggregator webhook test 3
    """
    from aggregator.db import subscriptions as rows
    from aggregator.subscriptions import webhooks

    with opened(options) as at:
        answer = asyncio.run(webhooks.ping(at.hooks(), rows.get(at.private, number)))
    fine = webhooks.accepted(answer)
    if options.json:
        emit({"webhook": number, "accepted": fine, "status": answer.status, "ms": answer.ms,
              "error": "" if fine else webhooks.said(answer)})  # fmt: skip
    else:
        click.echo(one_line(f"Webhook {number}: {'accepted' if fine else webhooks.said(answer)} ({answer.ms} ms)"))
    if not fine:
        raise SystemExit(1)


@webhook.command("deliver")
@global_options
def deliver(options: Globals) -> None:
    """Delivers what is due now, as far as receivers take it. Exit status 1 when not one of those due took anything.

    \b
    Example:
      aggregator collect && aggregator webhook deliver
    """
    from aggregator.subscriptions.deliver import deliver_webhooks

    counts: dict[int, int] = {}
    errors: dict[int, str] = {}
    with opened(options) as at:
        while True:
            done = deliver_webhooks(options.archive, at)
            for report in done:
                counts[report.id] = counts.get(report.id, 0) + report.delivered
                errors[report.id] = report.error
            if not any(report.delivered for report in done):
                break
    if options.json:
        emit([{"id": n, "delivered": count, "error": errors[n]} for n, count in counts.items()])
    elif not counts:
        click.echo("Nothing is due.")
    else:
        for number, count in counts.items():
            click.echo(
                one_line(f"Webhook {number}: {count} delivered" + (f"; {errors[number]}" if errors[number] else ""))
            )
    if counts and not any(counts.values()):
        raise SystemExit(1)


@webhook.command("deliveries")
@click.argument("number", metavar="ID", type=whole_number)
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@global_options
def deliveries(options: Globals, number: int, limit: int) -> None:
    """The log of a webhook, newest first.

    \b
    Example:
      aggregator webhook deliveries 3 --limit 20
    """
    from dataclasses import asdict

    from aggregator.db import subscriptions as rows

    with opened(options) as at:
        rows.get(at.private, number)
        found = rows.log(at.private, number, limit)
    if options.json:
        emit([asdict(one) for one in found])
        return
    lines = [
        (
            d.seq,
            d.type,
            d.update_id,
            d.state,
            d.attempts,
            d.attempted_at or "-",
            d.status or "-",
            d.message_id,
            d.error[:80],
        )
        for d in found
    ]
    headings = ("seq", "type", "update", "state", "attempts", "last attempt", "status", "message", "error")
    click.echo(table(headings, lines, right=frozenset({0, 2, 4})))


@webhook.command("retry")
@click.argument("number", metavar="ID", type=whole_number)
@click.option("--skip", is_flag=True, help="Give up the delivery it is stuck at, and go on with the next.")
@global_options
def retry_webhook(options: Globals, number: int, skip: bool) -> None:
    """Revives a webhook that was given up or said it was gone; it goes on where it stopped, at the next delivery.

    \b
    Example:
      aggregator webhook retry 3
    """
    from aggregator.db import subscriptions as rows

    with opened(options) as at:
        rows.revive(at.private, number, skip=skip)
    emit({"active": number}) if options.json else click.echo(f"Webhook {number} is active again.")
