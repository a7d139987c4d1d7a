"""A letter as a MIME message. Pure: the message id, the time and the token are given."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formataddr, formatdate
from typing import Final
from urllib.parse import quote

from aggregator.clock import epoch
from aggregator.models import Utc
from aggregator.subscriptions.compose import Letter, plain
from aggregator.subscriptions.model import MailSettings

NAME: Final = "The record of London policing"
_7BIT: Final = SMTP.clone(cte_type="7bit", max_line_length=78)


def stop_address(settings: MailSettings, token: str) -> str:
    """Where a mail to stop goes (RFC 6068): whoever reads it runs ``aggregator digest remove --token``."""
    return f"mailto:{settings.unsubscribe or settings.sender}?subject={quote(f'unsubscribe {token}')}"


def message(settings: MailSettings, to: str, letter: Letter, *, ident: str, at: Utc, stop: str) -> bytes:
    """The mail, ready for SMTP: plain text first, HTML as the alternative, lines of ASCII.

    The standard library's policy refuses a header with a line break in it (ValueError); addresses and subject were
    checked before that.
    """
    domain = settings.sender.rpartition("@")[2]
    mail = EmailMessage(policy=_7BIT)
    mail["From"] = formataddr((NAME, settings.sender))
    mail["To"] = to
    mail["Subject"] = plain(letter.subject)
    mail["Date"] = formatdate(epoch(at))
    mail["Message-ID"] = f"<{ident}@{domain}>"
    mail["List-Id"] = f"<digest.{domain}>"
    mail["List-Unsubscribe"] = f"<{stop}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence notice answers it
    mail.set_content(letter.text)
    mail.add_alternative(letter.html, subtype="html")
    return mail.as_bytes()
