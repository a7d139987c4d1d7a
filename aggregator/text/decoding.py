"""Bytes that are said to be UTF-8 and are not quite."""

from __future__ import annotations

import codecs
from typing import Final

AS_CP1252: Final = "aggregator.as-cp1252"
"""An error handler for ``bytes.decode``: what is no UTF-8 is read as Windows-1252. Some publishers write one, some the other, some both."""


def _as_cp1252(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", errors="replace"), error.end


codecs.register_error(AS_CP1252, _as_cp1252)
