"""Signatures of webhooks, as the Standard Webhooks specification 1.0 has them, so that its libraries verify them. Pure.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: HMAC-SHA256 over
``{id}.{timestamp}.{body}``; a secret is 24 to 64 random bytes, written as ``whsec_`` and their base64.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import Final

from aggregator.errors import ConfigError

PREFIX: Final = "whsec_"
LEAST, MOST = 24, 64
"""Bytes of a secret (specification, "Signature scheme")."""


def written(key: bytes) -> str:
    """A secret as it is shown and stored."""
    return PREFIX + base64.b64encode(key).decode("ascii")


def key_of(secret: str) -> bytes:
    """The bytes of a secret. Raises :class:`ConfigError`, which does not repeat it, when it is none."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ConfigError(f"is no secret; {_ALLOWED}", subject="--secret-file") from error
    if not secret.startswith(PREFIX) or not LEAST <= len(key) <= MOST:
        raise ConfigError(f"is no secret; {_ALLOWED}", subject="--secret-file")
    return key


_ALLOWED = f"allowed: {PREFIX} and the base64 of {LEAST} to {MOST} random bytes, or leave it away and one is made"


def headers(secret: str, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a signed message. ``timestamp``: seconds since 1970 of this attempt."""
    signed = b".".join((message_id.encode("ascii"), str(timestamp).encode("ascii"), body))
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{base64.b64encode(digest).decode('ascii')}",
    }
