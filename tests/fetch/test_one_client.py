"""All traffic leaves by one client. A second way out is how network guards are passed in practice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import aggregator

PACKAGE = Path(aggregator.__file__).parent

FORBIDDEN = frozenset(
    {"httpx", "httpcore", "requests", "urllib.request", "urllib3", "http.client", "socket", "aiohttp", "ftplib"}
    | {"telnetlib", "smtplib", "pycurl", "websockets", "asyncio.streams", "xmlrpc.client", "anyio"}
    | {"http.server", "socketserver", "uvicorn"}  # these only listen, and so are allowed where we serve
)
CALLS = frozenset(
    {"open_connection", "create_connection", "open_unix_connection", "urlopen", "urlretrieve", "getaddrinfo"}
)

ALLOWED: dict[str, tuple[frozenset[str], str]] = {
    # file or folder under aggregator/: what it may import, and why
    "fetch/": (frozenset({"httpx", "httpcore", "socket", "anyio"}), "this is the client"),
    "demo/": (frozenset({"http.server"}), "the demonstration's publishers: answers on loopback, asks nobody"),
    "site/app.py": (frozenset({"uvicorn", "socket"}), "serves the site on a listening socket, asks nobody"),
    "subscriptions/smtp.py": (frozenset({"smtplib"}), "digests, to the one mail server that the operator configured"),
    "commands/": (frozenset({"uvicorn"}), "`serve` and `run` start the site, which asks nobody"),
}


def ways_out(source: str) -> Iterator[tuple[int, str]]:
    """Line and name of each import or call in ``source`` that can reach the network."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            module = node.module or ""
            names = [module, *(f"{module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in CALLS:
                yield node.lineno, f"{node.func.attr}()"
            elif isinstance(node.func, ast.Name) and node.func.id in ("__import__", "import_module"):
                names = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
                yield from ((node.lineno, name) for name in names if _forbidden(name))
            continue
        else:
            continue
        found = {hit for name in names if (hit := _forbidden(name))}
        yield from ((node.lineno, hit) for hit in sorted(found))


def _forbidden(name: str) -> str | None:
    return next((bad for bad in FORBIDDEN if name == bad or name.startswith(bad + ".")), None)


def permitted(path: str) -> frozenset[str]:
    """What a file of the package may import by exception."""
    return frozenset().union(*(names for prefix, (names, _) in ALLOWED.items() if path.startswith(prefix)))


@pytest.mark.parametrize("path", sorted(str(p.relative_to(PACKAGE).as_posix()) for p in PACKAGE.rglob("*.py")))
def test_no_module_has_a_way_out_of_its_own(path: str) -> None:
    found = [
        f"aggregator/{path}:{line} uses {name}"
        for line, name in ways_out((PACKAGE / path).read_text(encoding="utf-8"))
        if name.removesuffix("()") not in permitted(path) and not (name.endswith("()") and path.startswith("fetch/"))
    ]
    assert not found, "use aggregator.fetch.client.Client instead:\n" + "\n".join(found)


def test_every_exception_is_of_a_forbidden_module_and_a_place_that_exists() -> None:
    for prefix, (names, reason) in ALLOWED.items():
        assert reason
        assert names <= FORBIDDEN
        assert (PACKAGE / prefix).exists()


@pytest.mark.parametrize(
    "source",
    [
        "import httpx",
        "import httpx._client as h",
        "from urllib import request",
        "from urllib.request import urlopen",
        "import http.client",
        "import http.server",
        "from http import client",
        "import socket as s",
        "import asyncio\nasyncio.open_connection('a', 80)",
        "loop.create_connection(f, 'a', 80)",
        "def f():\n    import requests",
        "__import__('aiohttp')",
    ],
)
def test_the_guard_sees(source: str) -> None:
    assert list(ways_out(source))


@pytest.mark.parametrize(
    "source",
    ["from urllib.parse import urlsplit", "from . import socket", "from http import HTTPStatus"],
)
def test_the_guard_leaves_alone(source: str) -> None:
    assert not list(ways_out(source))
