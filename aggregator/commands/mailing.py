"""digest: daily and weekly mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.commands.options import Globals, emit, global_options, one_line, table, whole_number
from aggregator.commands.subscribing import checked_criteria, criteria_options, opened, words_of

if TYPE_CHECKING:
    from aggregator.subscriptions.model import Criteria, Digest, DigestRun


@click.group()
def digest() -> None:
    """Daily or weekly mail of what is new, edited or withdrawn. Needs `defaults.mail` and `public_url` in feeds.yaml.

    Criteria may be repeated: each kind of criterion given must hold, by any one of its values; none means everything.
    `aggregator run` sends by itself.

    \b
    Example:
      aggregator digest add reader@example.org --every weekly --day mon --at 07:30 --topic stop-and-search
      aggregator digest preview 1
    """


@digest.command("add")
@click.argument("address")
@click.option("--every", type=click.Choice(["daily", "weekly"]), required=True)
@click.option("--at", default="07:00", show_default=True, metavar="HH:MM", help="Time of day, Europe/London.")
@click.option(
    "--day",
    type=click.Choice(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]),
    help="For weekly ones. [default: mon]",
)
@criteria_options
@global_options
def add_digest(options: Globals, address: str, every: str, at: str, day: str | None, criteria: Criteria) -> None:
    """Adds a digest. Its first mail tells what happened from now until then.

    \b
    Example:
      aggregator digest add reader@example.org --every daily --place hackney --place lambeth
    """
    from aggregator.subscriptions import digests, timetable
    from aggregator.subscriptions.deliver import protect

    minutes = timetable.minutes(at)
    if minutes is None:
        raise click.UsageError(f"--at: {at[:20]!r} is no time of day; allowed: HH:MM, such as 07:30")
    if day and every != "weekly":
        raise click.UsageError("--day is for weekly digests")
    with opened(options) as office:
        desk = office.digests()
        protect(options.archive)
        wanted = checked_criteria(criteria, office.config)
        added = digests.register(desk, address, every, minutes, timetable.DAYS.index(day or "mon"), wanted)
        protect(options.archive)
    if options.json:
        emit(_json(added, None))
    else:
        click.echo(one_line(f"Digest {added.id} to {added.address}: {_when(added)}, {words_of(added.criteria)}."))


def _when(found: Digest) -> str:
    from aggregator.subscriptions.timetable import said

    return said(found.every, found.at, found.day)


def _json(found: Digest, last: DigestRun | None) -> dict[str, object]:
    import json

    from aggregator.subscriptions.criteria import to_json

    return {
        "id": found.id, "address": found.address, "when": _when(found), "criteria": json.loads(to_json(found.criteria)),
        "state": str(found.state), "cursor": found.cursor, "created_at": found.created_at, "next_due_at": found.next_due_at,
        "last": last and {
            "state": last.state, "from_seq": last.from_seq, "to_seq": last.to_seq, "sent_at": last.sent_at,
            "items": last.items, "attempts": last.attempts, "error": last.error,
        },
    }  # fmt: skip


@digest.command("list")
@global_options
def list_digests(options: Globals) -> None:
    """The digests, when each is due, and what became of its last mail.

    \b
    Example:
      aggregator digest list
    """
    from aggregator.db import digests as rows

    with opened(options) as office:
        found = [(d, next(iter(rows.runs(office.private, d.id, 1)), None)) for d in rows.every(office.private)]
    if options.json:
        emit([_json(one, last) for one, last in found])
        return
    if not found:
        click.echo("No digests. `aggregator digest add ADDRESS --every daily` adds one.")
        return
    lines = [
        (d.id, d.state, d.address, _when(d), words_of(d.criteria), d.next_due_at, last.state if last else "-",
         last.items if last and last.items is not None else "-", last.error[:80] if last else "")
        for d, last in found
    ]  # fmt: skip
    headings = ("id", "state", "address", "when", "follows", "next due", "last mail", "items", "last error")
    click.echo(table(headings, lines, right=frozenset({0, 7})))


@digest.command("remove")
@click.argument("number", metavar="[ID]", type=whole_number, required=False)
@click.option("--token", help="The token of a mail whose reader wants no more; in its List-Unsubscribe header.")
@global_options
def remove_digest(options: Globals, number: int | None, token: str | None) -> None:
    """Forgets a digest and its address, by its number or by the token that a reader sent back.

    \b
    Example:
      aggregator digest remove 2
      aggregator digest remove --token 5wVkQ…
    """
    from aggregator.db import digests as rows
    from aggregator.subscriptions.digests import unsubscribe

    if (number is None) == (token is None):
        raise click.UsageError("give an ID or --token")
    with opened(options) as office:
        if token is not None:
            number = unsubscribe(office.private, token).id
        elif number is not None:
            rows.remove(office.private, number)
    emit({"removed": number}) if options.json else click.echo(f"Digest {number} is removed.")


@digest.command("preview")
@click.argument("number", metavar="ID", type=whole_number)
@click.option("--html", "as_html", is_flag=True, help="The HTML alternative instead of the plain text.")
@global_options
def preview(options: Globals, number: int, as_html: bool) -> None:
    """Prints the mail that would be sent now. Sends and records nothing.

    \b
    Example:
      aggregator digest preview 1
    """
    from aggregator.db import digests as rows
    from aggregator.subscriptions.digests import need_site
    from aggregator.subscriptions.digests import preview as made

    with opened(options) as office:
        desk = office.digests()
        need_site(desk.config)
        found = rows.get(office.private, number)
        contents, letter = made(desk, found)
    if options.json:
        emit({
            "to": found.address, "subject": letter.subject, "items": len(contents.lines) + contents.more, "text": letter.text,
            "html": letter.html,
        })  # fmt: skip
    elif as_html:
        click.echo(letter.html)
    else:
        click.echo(f"To: {found.address}\nSubject: {letter.subject}\n\n{letter.text}")


@digest.command("send")
@click.argument("number", metavar="[ID]", type=whole_number, required=False)
@global_options
def send(options: Globals, number: int | None) -> None:
    """Sends what is due; with an ID that digest at once. Nothing to say is no mail, but is recorded.

    Exit status 1 when there were mails to send and not one could be handed over.

    \b
    Example:
      aggregator collect && aggregator digest send
    """
    from aggregator.db import digests as rows
    from aggregator.subscriptions.deliver import send_digests

    with opened(options) as office:
        office.digests()  # says what to configure before anything is made due
        if number is not None:
            rows.bring_forward(office.private, number, office.clock())
        done = send_digests(options.archive, office)
    if options.json:
        emit([{"id": r.digest, "state": r.state, "items": r.items, "error": r.error} for r in done])
    elif not done:
        click.echo("Nothing is due.")
    else:
        said = {"sent": "sent, {} updates", "empty": "nothing to say, no mail", "waiting": "not sent, tried again later",
                "failed": "given up"}  # fmt: skip
        for report in done:
            text = said[report.state].format(report.items) + (f": {report.error}" if report.error else "")
            click.echo(one_line(f"Digest {report.digest}: {text}"))
    if done and not any(r.state in ("sent", "empty") for r in done):
        raise SystemExit(1)


@digest.command("retry")
@click.argument("number", metavar="ID", type=whole_number)
@global_options
def retry_digest(options: Globals, number: int) -> None:
    """Revives a digest that was given up; its mail is due at once, with the changes it was about.

    \b
    Example:
      aggregator digest retry 2
    """
    from aggregator.db import digests as rows

    with opened(options) as office:
        rows.revive(office.private, number)
    emit({"active": number}) if options.json else click.echo(f"Digest {number} is active again.")
