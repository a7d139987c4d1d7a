"""What is a mail address here. Pure."""

from __future__ import annotations

import re
from typing import Final

from aggregator.errors import ConfigError
from aggregator.limits import MAX_ADDRESS_CHARS

_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
)
"""The dot-atom form of RFC 5322 §3.4.1 in ASCII: quoted local parts and comments exist, and only trouble comes of them."""


def is_address(text: str) -> bool:
    """Whether this is one plain mail address: no name, no list, no line break."""
    local = text.partition("@")[0]
    return len(text) <= MAX_ADDRESS_CHARS and len(local) <= 64 and _ADDRESS.fullmatch(text) is not None


def checked_address(text: str) -> str:
    """The address. Raises :class:`ConfigError` when it is none."""
    if not is_address(text):
        raise ConfigError(
            "allowed: one plain address such as reader@example.org", subject=f"mail address {text[:80]!r}"
        )
    return text
