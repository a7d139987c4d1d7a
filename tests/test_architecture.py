"""The architecture holds: pure rooms stay pure, the way of the data has one direction, files are one idea."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "aggregator"
FILES = sorted(PACKAGE.rglob("*.py"))
PURE_ROOMS = ("sources", "text", "tagging", "archive")
OUTSIDE = {
    "httpx", "httpcore", "requests", "socket", "ssl", "urllib.request", "http", "sqlite3", "sqlite_utils", "datasette",
    "apscheduler", "subprocess", "asyncio", "aggregator.db", "aggregator.fetch", "aggregator.site", "aggregator.collect",
}  # fmt: skip
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("clock", "now"),
}
TRAINING = {"train.py", "evaluate.py"}  # run by hand by those who make the model, never by the collector
BROAD_ALLOWED = {
    "subscriptions/boundary.py": "the one boundary of subscriptions: logged, and no other subscriber's deliveries stop",
    "collect.py": "the one source boundary: recorded, reported, and no other source stops",
    "site/headers.py": "a page that fails still answers, with our headers and no details of the machine",
    "sandbox.py": "whatever a parser does with a page, its child process answers with a verdict",
    "stopping.py": "what fails in a thread is raised again where it is awaited",
    "schedule.py": "a tick that fails is logged, and the next one comes all the same",
}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name: str, packages: set[str]) -> bool:
    return any(name == p or name.startswith(p + ".") for p in packages)


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_pure_rooms_know_no_network_database_or_clock(room: str) -> None:
    for path in sorted((PACKAGE / room).rglob("*.py")):
        if path.name in TRAINING:
            continue
        wrong = sorted({n for n in imports(path) if within(n, OUTSIDE)})
        assert not wrong, f"{path.relative_to(PACKAGE)} imports {wrong}"
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert (node.value.id, node.attr) not in CLOCKS, (
                    f"{path.relative_to(PACKAGE)}:{node.lineno} reads the clock"
                )


def test_one_place_reads_the_clock_and_all_others_are_given_one() -> None:
    """The commands hand it on, and the site's pages are of the moment at which they are asked for."""
    for path in FILES:
        name = str(path.relative_to(PACKAGE))
        if name == "clock.py" or name.startswith(("commands/", "demo/", "site/")):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                assert (node.value.id, node.attr) not in CLOCKS, f"{name}:{node.lineno} reads the clock"


def test_fetch_knows_nothing_of_sources_and_sites_only_read() -> None:
    for path in sorted((PACKAGE / "fetch").rglob("*.py")):
        wrong = [
            n
            for n in imports(path)
            if within(n, {"aggregator.sources", "aggregator.db", "aggregator.archive", "feedparser"})
        ]
        assert not wrong, f"{path.name} imports {wrong}"
    for path in sorted((PACKAGE / "site").rglob("*.py")):
        wrong = [
            n
            for n in imports(path)
            if within(n, {"aggregator.fetch", "aggregator.collect", "aggregator.settle", "httpx"})
        ]
        assert not wrong, f"{path.name} imports {wrong}"


SUBSCRIPTIONS_PURE = {"aggregator.subscriptions.criteria", "aggregator.subscriptions.model"}
BELOW_THE_SITE = ("db", "subscriptions", "statistics", *PURE_ROOMS)


@pytest.mark.parametrize("room", BELOW_THE_SITE)
def test_what_the_site_shows_does_not_know_the_site(room: str) -> None:
    for path in sorted((PACKAGE / room).rglob("*.py")):
        wrong = sorted({n for n in imports(path) if within(n, {"aggregator.site"})})
        assert not wrong, f"{path.relative_to(PACKAGE)} imports {wrong}"


def test_the_database_knows_of_subscriptions_only_what_they_are() -> None:
    for path in sorted((PACKAGE / "db").rglob("*.py")):
        known = {n for n in imports(path) if within(n, {"aggregator.subscriptions"})}
        wrong = sorted(n for n in known if not within(n, SUBSCRIPTIONS_PURE))
        assert not wrong, f"{path.name} imports {wrong}"


SQL_AT_HOME = {"db", "site"}  # the site reads, and nothing else
OWN_SQL = {
    "backup.py": "copies whole files, and numbers the changes after a restore",
    "export.py": "reads every table as it is",
    "takedown.py": "wipes the files",
}


def test_sql_stands_in_the_database_room() -> None:
    for path in FILES:
        within_package = path.relative_to(PACKAGE)
        if within_package.parts[0] in SQL_AT_HOME or str(within_package) in OWN_SQL:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
            assert called not in {"execute", "executemany", "executescript"}, f"{within_package}:{node.lineno}"


PROTOCOL = {"headers.py"}  # numbers that a standard gives


@pytest.mark.parametrize("path", [p for p in FILES if p.name != "limits.py"], ids=lambda p: str(p.relative_to(PACKAGE)))
def test_caps_and_timeouts_stand_in_limits(path: Path) -> None:
    if path.name in PROTOCOL or path.parent.name == "tagging":  # the tagger's numbers belong to its model
        return
    for line in ast.parse(path.read_text("utf-8")).body:
        target = (
            line.target
            if isinstance(line, ast.AnnAssign)
            else line.targets[0]
            if isinstance(line, ast.Assign)
            else None
        )
        if isinstance(target, ast.Name) and isinstance(getattr(line, "value", None), ast.Constant | ast.BinOp):
            words = set(target.id.strip("_").split("_"))
            assert not words & {"MAX", "TIMEOUT"}, f"{path.relative_to(PACKAGE)}:{line.lineno} holds {target.id}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_file_is_one_idea(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 400


def test_broad_excepts_stand_only_where_a_reason_does() -> None:
    needed = set()
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                name = node.type.id if isinstance(node.type, ast.Name) else ("" if node.type is None else "other")
                reraises = any(isinstance(n, ast.Raise) and n.exc is None for n in ast.walk(node))
                if name in ("", "Exception") or (name == "BaseException" and not reraises):
                    where = path.relative_to(PACKAGE).as_posix()
                    assert where in BROAD_ALLOWED, f"{where}:{node.lineno} catches everything"
                    needed.add(where)
    assert needed == set(BROAD_ALLOWED), "an exemption that nothing needs is a free pass for what comes"


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.relative_to(PACKAGE).as_posix())
def test_a_function_fits_a_screen(path: Path) -> None:
    long = {
        node.name: node.end_lineno - node.lineno + 1
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno
        and node.end_lineno - node.lineno >= 40
    }
    assert not long
