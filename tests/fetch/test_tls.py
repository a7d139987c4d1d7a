"""Certificates are always verified, and by name, though it is an address that is dialled."""

from __future__ import annotations

import shutil
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.models import Fetched, Outcome, Request
from tests.fetch.conftest import Names, make_client, with_client
from tests.support import faults
from tests.support.origin import Origin

NAME = "news.police.test"
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not installed")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for :data:`NAME` and its key."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}"]
    command += ["-addext", f"subjectAltName=DNS:{NAME}", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


@pytest.fixture
def secure(certificate: tuple[Path, Path]) -> Iterator[Origin]:
    """An HTTPS origin with that certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    with Origin(tls=context) as origin:
        origin.add("/feed", body=b"ok")
        yield origin


def get(origin: Origin, host: str, trusted: Path | None = None) -> Fetched:
    names = Names(**{host.replace(".", "_"): ["127.0.0.1"]})
    context = ssl.create_default_context(cafile=str(trusted)) if trusted else None
    client = make_client(f"{host}:{origin.port}", resolver=names, ssl_context=context)
    return with_client(client, lambda c: c.get(Request(f"https://{host}:{origin.port}/feed")))


def test_a_certificate_nobody_signed(secure: Origin) -> None:
    got = get(secure, NAME)
    assert (got.outcome, got.page) == (Outcome.TLS, None)
    assert "self-signed certificate" in got.error
    assert secure.requests == []


def test_a_trusted_certificate_for_the_name_we_asked(secure: Origin, certificate: tuple[Path, Path]) -> None:
    """127.0.0.1 is dialled, and the certificate does not name it: it is the host name that is verified."""
    got = get(secure, NAME, trusted=certificate[0])
    assert got.outcome is Outcome.OK, got.error
    assert secure.seen("/feed")[0].headers["host"] == f"{NAME}:{secure.port}"


def test_a_trusted_certificate_for_another_name(secure: Origin, certificate: tuple[Path, Path]) -> None:
    got = get(secure, "other.police.test", trusted=certificate[0])
    assert got.outcome is Outcome.TLS
    assert "other.police.test" in got.error


def test_the_name_is_told_to_the_server(certificate: tuple[Path, Path]) -> None:
    """SNI: a server with many sites has to know which certificate to show."""
    told: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    context.sni_callback = lambda sock, name, ctx: told.append(name)
    with Origin(tls=context) as origin:
        get(origin, NAME, trusted=certificate[0])
    assert set(told) == {NAME}


def test_a_server_that_does_not_speak_tls(origin: Origin) -> None:
    origin.fault("/feed", faults.not_http)
    assert get(origin, NAME).outcome in (Outcome.TLS, Outcome.CONNECT)


def test_no_redirect_from_https_down_to_http(secure: Origin, origin: Origin, certificate: tuple[Path, Path]) -> None:
    secure.redirect("/feed", origin.url("/feed"))
    names = Names(**{NAME.replace(".", "_"): ["127.0.0.1"]})
    context = ssl.create_default_context(cafile=str(certificate[0]))
    client = make_client(f"{NAME}:{secure.port}", origin.netloc, resolver=names, ssl_context=context)
    got = with_client(client, lambda c: c.get(Request(f"https://{NAME}:{secure.port}/feed")))
    assert got.outcome is Outcome.REFUSED
    assert "from https down to http" in got.error
    assert origin.requests == []


def test_a_connection_cut_in_the_middle(secure: Origin, certificate: tuple[Path, Path]) -> None:
    secure.fault("/feed", faults.partial)
    assert get(secure, NAME, trusted=certificate[0]).outcome is Outcome.CONNECT
    secure.fault("/feed", faults.reset)
    assert get(secure, NAME, trusted=certificate[0]).outcome is Outcome.CONNECT
