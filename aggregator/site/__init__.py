"""The site: a Datasette plugin with our pages, feeds and documents beside Datasette's own data explorer.

This package is the entry point named in ``pyproject.toml``: Datasette finds the hooks below, ``templates/`` and
``static/`` here, whether it is started as ``datasette met.db`` or built by :func:`aggregator.site.app.build`. Only hooks
that mean the same in Datasette 0.65 and 1.0 are used.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeVar, cast

from datasette import hookimpl as datasette_hook

from aggregator.site import archive, asked, bounds, errors, functions, headers, jinja
from aggregator.site.routes import table

Hook = TypeVar("Hook", bound=Callable[..., Any])


def hookimpl(function: Hook) -> Hook:
    """Datasette's decorator, with the type it has."""
    return cast(Hook, datasette_hook(function))


@hookimpl
def register_routes() -> list[tuple[str, Callable[..., Any]]]:
    """Our addresses; they come before Datasette's own."""
    return table()


@hookimpl
def asgi_wrapper(datasette: Any) -> Callable[[Any], Any]:
    """Headers on every response, whoever made it; the archive, as soon as there is one; numbers where numbers belong."""
    return lambda app: headers.wrap(archive.attaching(datasette, asked.checking(datasette, app)))


@hookimpl
def startup(datasette: Any) -> None:
    """Row counts from the collector's rollup, so that no page counts a table."""
    archive.use_stored_counts(datasette)


@hookimpl
def prepare_connection(conn: sqlite3.Connection) -> None:
    """The SQL functions the canned queries use, and bounds on what anybody's SQL may cost."""
    functions.register(conn)
    bounds.prepare(conn)


@hookimpl
def prepare_jinja2_environment(env: Any) -> None:
    """Filters of our templates."""
    jinja.prepare(env)


@hookimpl
def extra_template_vars(datasette: Any, request: Any) -> Callable[[], Awaitable[dict[str, Any]]]:
    """What every page needs, Datasette's own included: is this invented data?"""
    return jinja.common(datasette, request)


@hookimpl
def extra_css_urls(datasette: Any) -> list[str]:
    """The theme of Datasette's own pages."""
    return [jinja.static(datasette, "explorer.css")]


@hookimpl
def menu_links(datasette: Any) -> list[dict[str, str]]:
    """The way back from the data explorer."""
    return [{"href": datasette.urls.path("/"), "label": "The record of London policing"}]


@datasette_hook(hookwrapper=True)  # type: ignore[untyped-decorator]
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Generator[None, Any, None]:
    """Errors as pages that help. JSON addresses keep Datasette's documented error shape.

    Around the others, because Datasette's own prints a traceback of whatever it does not know, answered by us or not: for
    what is only the asker's mistake it is not asked.
    """
    outcome = yield
    mistake = errors.too_large(exception) or errors.unreadable(datasette, request, exception)
    others = [] if mistake else outcome.get_result()
    outcome.force_result([errors.handler(datasette, request, exception), *others])


@hookimpl
def forbidden(datasette: Any, request: Any, message: str) -> Callable[[], Awaitable[Any]]:
    """What is internal says so."""
    return errors.forbidden(datasette, request, message)
