"""How we introduce ourselves. The only place that writes a User-Agent."""

from __future__ import annotations

import re

from aggregator import __version__
from aggregator.errors import ConfigError
from aggregator.models import FetchSettings

PRODUCT = "met-aggregator"
_PRINTABLE = re.compile(r"[\x20-\x7e]+")
_TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def user_agent(settings: FetchSettings) -> str:
    """``met-aggregator/<version> (+<contact>)``, or what feeds.yaml sets in its place.

    Raises :class:`ConfigError` for characters that no header may hold.
    """
    contact = settings.contact.strip()
    text = settings.user_agent.strip() or f"{PRODUCT}/{__version__}" + (f" (+{contact})" if contact else "")
    if not _PRINTABLE.fullmatch(text):
        raise ConfigError("contact and user_agent must be plain ASCII on one line", subject="defaults")
    return text


def product_token(agent: str) -> str:
    """The name that robots.txt knows us by (RFC 9309 §2.2.1): the first word of the User-Agent, without its version."""
    found = _TOKEN.match(agent)
    return found.group() if found else PRODUCT
