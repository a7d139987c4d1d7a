"""The decorator that makes a page's handler a Datasette view."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable
from typing import Any

from datasette import Response

from aggregator import clock
from aggregator.site import archive, errors
from aggregator.site.context import Visit

Handler = Callable[[Visit], Awaitable[Response]]


def view(handler: Handler) -> Callable[..., Awaitable[Response]]:
    """Makes a handler a Datasette view that answers GET and HEAD, and says in a page what can be wrong with the archive."""

    @functools.wraps(handler)
    async def answer(datasette: Any, request: Any) -> Response:
        if request.method not in ("GET", "HEAD"):
            return Response.text(
                "This address can only be read.\n", status=405, headers={"Allow": "GET, HEAD, OPTIONS"}
            )
        visit = Visit(datasette, request, clock.now())
        try:
            return await handler(visit)
        except archive.ArchiveError as error:
            return await errors.of_archive(visit, error)

    del answer.__wrapped__  # Datasette looks at the parameters: it must see these
    return answer
