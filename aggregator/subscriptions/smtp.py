"""Handing a mail to the mail server of ``defaults.mail``. The only place that speaks SMTP.

User and password come from the environment, never from a file that is shown to others or checked in.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field

from aggregator.errors import ConfigError
from aggregator.limits import SMTP_TIMEOUT_S
from aggregator.subscriptions.model import MailSettings

USER, PASSWORD = "AGGREGATOR_SMTP_USER", "AGGREGATOR_SMTP_PASSWORD"
_LOCAL = ("localhost", "127.0.0.1", "::1")


class MailError(Exception):
    """A mail was not handed over. ``doubtful``: it may have been; ``refused``: the address itself was turned down for good."""

    def __init__(self, message: str, *, doubtful: bool = False, refused: bool = False) -> None:
        super().__init__(message)
        self.doubtful = doubtful
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Postman:
    """Hands mails over, one connection each. ``tls`` is for tests that bring their own certificate authority."""

    settings: MailSettings
    user: str = ""
    password: str = field(default="", repr=False)
    timeout_s: float = SMTP_TIMEOUT_S
    tls: ssl.SSLContext | None = None

    def send(self, to: str, message: bytes) -> None:
        """Hands one mail over. Raises :class:`MailError`."""
        server: smtplib.SMTP | None = None
        handed = False
        try:
            server = self._connect()
            _expect(server.mail(self.settings.sender), "the sender")
            code, said = server.rcpt(to)
            if code not in (250, 251):
                raise MailError(_answer("the recipient", code, said), refused=500 <= code < 600)
            handed = True
            code, said = server.data(message)
            if code != 250:
                raise MailError(_answer("the mail", code, said))
        except smtplib.SMTPDataError as error:  # turned down before it was read
            raise MailError(_answer("the mail", error.smtp_code, error.smtp_error)) from error
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise MailError(
                f"{self.settings.host}: {_one_line(str(error) or type(error).__name__)}", doubtful=handed
            ) from error
        finally:
            if server is not None:
                _quit(server)

    def _connect(self) -> smtplib.SMTP:
        host, port = self.settings.host, self.settings.port
        tls = self.tls or ssl.create_default_context()
        if self.settings.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=self.timeout_s, context=tls)
        else:
            server = smtplib.SMTP(host, port, timeout=self.timeout_s)
        try:
            server.ehlo_or_helo_if_needed()
            if self.settings.security == "starttls":
                server.starttls(context=tls)  # SMTPNotSupportedError where it is not offered: never in the clear
                server.ehlo_or_helo_if_needed()
            if self.user:
                server.login(self.user, self.password)
        except BaseException:  # whatever ends the greeting, the connection is closed; it goes on upwards
            server.close()
            raise
        return server


def postman(settings: MailSettings | None, environ: Mapping[str, str]) -> Postman:
    """The postman of a configuration.

    Raises :class:`ConfigError` when there is none, and when a password would cross a network in the clear.
    """
    if settings is None:
        raise ConfigError(
            "mail needs `defaults.mail` in feeds.yaml, such as {host: smtp.example.org, port: 587, security: starttls, "
            f"from: digest@example.org}}; user and password in ${USER} and ${PASSWORD}",
            subject="digest",
        )
    user, password = environ.get(USER, ""), environ.get(PASSWORD, "")
    if user and settings.security == "none" and settings.host not in _LOCAL:
        raise ConfigError(
            "`security: none` would send the password in the clear; allowed: starttls, tls", subject="defaults.mail"
        )
    return Postman(settings, user, password)


def _expect(answer: tuple[int, bytes], what: str) -> None:
    code, said = answer
    if code != 250:
        raise MailError(_answer(what, code, said))


def _answer(what: str, code: int, said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return f"the mail server turned {what} down: {code} {_one_line(text)}"


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:200]


def _quit(server: smtplib.SMTP) -> None:
    """Says goodbye; what goes wrong with that no longer matters."""
    try:
        server.quit()
    except (smtplib.SMTPException, OSError):
        server.close()
