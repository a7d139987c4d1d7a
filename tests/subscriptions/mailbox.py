"""A real SMTP server on loopback (aiosmtpd) that keeps what it is given, or answers as a test says."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, Session


class _AnyPort(Controller):
    """The controller knocks at its own port once it listens; with port 0 it must learn which one that is."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, asyncio.Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@dataclass
class Mailbox:
    """``refuse`` and ``data`` are answers to RCPT and to the mail itself; None takes it. ``before`` runs as a mail arrives."""

    refuse: str | None = None
    data: str | None = None
    before: Callable[[], object] | None = None
    login: tuple[str, str] | None = None
    tls: ssl.SSLContext | None = None
    raw: list[bytes] = field(default_factory=list)
    to: list[list[str]] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._server = _AnyPort(
            self, hostname="127.0.0.1", port=0, tls_context=self.tls, require_starttls=self.tls is not None,
            auth_required=self.login is not None, authenticator=self._authenticate, auth_require_tls=True,
        )  # fmt: skip
        self._server.start()
        self.port: int = self._server.port
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    @property
    def mails(self) -> list[EmailMessage]:
        """What arrived, as a reader's program sees it."""
        return [message_from_bytes(raw, policy=policy.default) for raw in self.raw]

    def text(self, number: int = -1) -> str:
        """The plain text of a mail."""
        return self._part("plain", number)

    def html(self, number: int = -1) -> str:
        """The HTML of a mail."""
        return self._part("html", number)

    def _part(self, kind: str, number: int) -> str:
        part = self.mails[number].get_body(preferencelist=(kind,))
        assert part is not None
        return str(part.get_content()).replace("\r\n", "\n")

    def _authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self.login, handled=False)  # the answer is the server's to give

    async def handle_RCPT(self, server: Any, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:
        if self.before:
            self.before()
        if self.data:
            return self.data
        assert isinstance(envelope.content, bytes)
        self.raw.append(envelope.content)
        self.to.append(list(envelope.rcpt_tos))
        return "250 OK"
