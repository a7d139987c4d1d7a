"""``defaults.mail`` of feeds.yaml: the mail server that takes digests."""

from __future__ import annotations

import re
from typing import Final

from aggregator.config_nodes import Value
from aggregator.config_values import choice
from aggregator.subscriptions.address import is_address
from aggregator.subscriptions.model import MailSettings

SECURITY: Final = ("starttls", "tls", "none")
_PORTS: Final = {"starttls": 587, "tls": 465, "none": 25}
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9a-fA-F:]{2,45}")


def mail(value: Value) -> MailSettings:
    """``{host, port, security, from, unsubscribe}``. Raises :class:`ConfigError` for anything else in it."""
    given = value.mapping(("host", "port", "security", "from", "unsubscribe"), ("host", "from"))
    host = given["host"].id_text()
    if not _HOST.fullmatch(host):
        raise given["host"].error(
            f"{host[:60]!r} is not a host; allowed: a name or an address, without scheme and port"
        )
    security = choice(given["security"], SECURITY) if "security" in given else "starttls"
    return MailSettings(
        host=host,
        port=given["port"].number(1, 65_535) if "port" in given else _PORTS[security],
        security=security,
        sender=_address(given["from"]),
        unsubscribe=_address(given["unsubscribe"]) if "unsubscribe" in given else "",
    )


def _address(value: Value) -> str:
    text = value.text()
    if not is_address(text):
        raise value.error(f"{text[:60]!r} is not a mail address; allowed: one plain address such as digest@example.org")
    return text
