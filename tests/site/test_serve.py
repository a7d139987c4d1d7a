"""The site as a process, and as an installed plugin."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from aggregator.errors import StorageError
from aggregator.site.app import serve
from tests.site import archive

ROOT = Path(__file__).parents[2]
SERVE = "import sys; from pathlib import Path; from aggregator.site.app import serve; serve(Path(sys.argv[1]), '127.0.0.1', int(sys.argv[2])); print('cleaned up')"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def wait_for(url: str) -> str:
    """The page, as soon as it is there."""
    ends = time.monotonic() + 30
    while True:
        try:
            with urlopen(url, timeout=5) as response:
                return str(response.read().decode())
        except URLError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    db, port = archive.make(tmp_path / "met.db", bulk=2), free_port()
    command = [sys.executable, "-c", SERVE, str(db), str(port)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert "What is new in London policing" in wait_for(f"http://127.0.0.1:{port}/")
        with urlopen(f"http://127.0.0.1:{port}/topics") as response:
            assert response.headers["Server"] is None
        process.send_signal(number)
        out, err = process.communicate(timeout=10)
    assert (process.returncode, out) == (0, "cleaned up\n")
    assert err == f"The site is at http://127.0.0.1:{port}/\n"


def test_a_taken_address_is_said_plainly(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(StorageError, match=r"cannot be listened on .*choose another address"):
            serve(tmp_path / "met.db", "127.0.0.1", taken.getsockname()[1])


INSTALLED = """
import asyncio, json, sys
from datasette.app import Datasette
ds = Datasette(files=[sys.argv[1]], metadata=json.load(open("datasette_metadata.json")))
async def main():
    await ds.invoke_startup()
    plugins = [p for p in (await ds.client.get("/-/plugins.json")).json() if "met" in p["name"]]
    pages = [(await ds.client.get(path)).status_code for path in ("/", "/topics/stop-and-search", "/-/static-plugins/met-aggregator/site.css", "/met/updates")]
    from aggregator.site.app import build
    built = build(__import__("pathlib").Path(sys.argv[1]))
    await built.invoke_startup()
    pages.append((await built.client.get("/topics")).status_code)
    again = [p for p in (await built.client.get("/-/plugins.json")).json() if "met" in p["name"] or "aggregator" in p["name"]]
    print(len(plugins), plugins[0]["name"], plugins[0]["version"], pages, len(again))
asyncio.run(main())
"""


@pytest.mark.slow
def test_installed_it_is_one_plugin_that_works_in_plain_datasette(tmp_path: Path) -> None:
    """With the entry point of pyproject.toml in place; building the site in code then registers nothing twice."""
    info = tmp_path / "met_aggregator-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: met-aggregator\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[datasette]\nmet_aggregator = aggregator.site\n")
    db = archive.make(tmp_path / "met.db", bulk=2)
    paths = os.pathsep.join([str(tmp_path), str(ROOT)])
    result = subprocess.run(
        [sys.executable, "-c", INSTALLED, str(db)], cwd=ROOT, env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip
    assert result.stdout == "1 met-aggregator 0.1.0 [200, 200, 200, 200, 200] 1\n", result.stderr
