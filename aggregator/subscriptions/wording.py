"""Addresses of subscribers as they may be shown: a query or a long path often is a password. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit


def shown_url(url: str) -> str:
    """A webhook's address without what may be secret in it."""
    parts = urlsplit(url)
    path = parts.path if len(parts.path) <= 24 else f"{parts.path[:12]}…{parts.path[-4:]}"
    return f"{parts.scheme}://{parts.netloc}{path}{'?…' if parts.query else ''}"


def short_url(text: str, url: str) -> str:
    """A message with an address in it, whole or cut by the guard, shown as :func:`shown_url` does."""
    return text.replace(url, shown_url(url)).replace(url[:200], shown_url(url))
