"""`tuichat serve` as the person who runs it sees it."""

import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.system import raw_http
from tests.system.fresh_home import FreshHome
from tests.system.server_process import ServerDidNotStart, ServerProcess

EXIT_DATA_IN_USE = 75


@pytest.fixture
def home() -> Iterator[FreshHome]:
    with FreshHome() as made:
        yield made


def test_it_prints_one_line_with_the_real_port_and_ends_with_0(home: FreshHome) -> None:
    with ServerProcess(home) as server:
        url = urlsplit(server.base_url)
        assert (url.scheme, url.hostname, url.path) == ("http", "127.0.0.1", "")
        assert url.port not in (None, 0)
        assert raw_http.send(server.base_url, "GET", "/api/v10/gateway").status == 200
        assert server.stop() == 0, server.errors()
        assert server.lines == [f"listening on {server.base_url}"]
        assert "Traceback" not in server.errors()


def test_voice_has_the_udp_port_that_was_asked_for(home: FreshHome) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with ServerProcess(home, "--voice-port", str(port)) as server:
        assert server.lines == [f"listening on {server.base_url}"]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))


@pytest.mark.slow
def test_a_chosen_port_is_used_and_a_second_start_opens_the_same_data(home: FreshHome) -> None:
    with ServerProcess(home) as server:
        first = server.base_url
        server.stop()
        server.port = urlsplit(first).port or 0
        assert server.start() == first
        server.kill()
        assert server.start() == first


@pytest.mark.slow
def test_a_second_server_of_the_same_data_is_refused(home: FreshHome) -> None:
    with ServerProcess(home) as server:
        done = subprocess.run(
            server.command(), env=home.environment, capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == EXIT_DATA_IN_USE
        assert done.stdout == ""
        assert str(server.pid) in done.stderr
        assert "Traceback" not in done.stderr
        assert raw_http.send(server.base_url, "GET", "/api/v10/gateway").status == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_off_loopback_without_tls_it_refuses_to_start(home: FreshHome, host: str) -> None:
    server = ServerProcess(home, "--host", host)
    with pytest.raises(ServerDidNotStart, match="--tls-cert") as refused:
        server.start()
    assert "--insecure" in str(refused.value)
    assert "--trusted-proxy" in str(refused.value)
    assert "Traceback" not in str(refused.value)


@pytest.mark.parametrize("flags", [("--insecure",), ("--trusted-proxy", "127.0.0.1")], ids=["insecure", "proxy"])
def test_off_loopback_it_starts_when_that_is_meant(home: FreshHome, flags: tuple[str, ...]) -> None:
    with ServerProcess(home, "--host", "0.0.0.0", *flags) as server:
        port = urlsplit(server.base_url).port
        assert raw_http.send(f"http://127.0.0.1:{port}", "GET", "/api/v10/gateway").status == 200


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [("--tls-cert", "/no/such/file.pem", "--tls-key", "/no/such/key.pem"), ("--tls-cert", "/etc/hostname")],
    ids=["missing files", "certificate without key"],
)
def test_a_certificate_that_cannot_be_used_is_said_in_a_sentence(home: FreshHome, arguments: tuple[str, ...]) -> None:
    server = ServerProcess(home, *arguments)
    with pytest.raises(ServerDidNotStart) as refused:
        server.start()
    assert arguments[1] in str(refused.value) or "--tls-key" in str(refused.value)
    assert "Traceback" not in str(refused.value)


def test_tls_is_served_with_a_certificate(home: FreshHome, tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    with ServerProcess(home, "--tls-cert", str(certificate), "--tls-key", str(key)) as server:
        assert server.base_url.startswith("https://127.0.0.1:")
        context = ssl.create_default_context(cafile=str(certificate))
        port = urlsplit(server.base_url).port
        with (
            socket.create_connection(("127.0.0.1", port or 0), timeout=10) as plain,
            context.wrap_socket(plain, server_hostname="localhost") as connection,
        ):
            connection.sendall(b"GET /api/v10/gateway HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = b""
            while data := connection.recv(65536):
                answer += data
        assert answer.startswith(b"HTTP/1.1 200")
        assert b'"wss://' in answer, "the gateway's URL must be as safe as the request was"


def make_certificate(folder: Path) -> tuple[Path, Path]:
    """Make a self-signed certificate for localhost by the openssl program."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


@pytest.mark.parametrize("port", ["-1", "65536"])
def test_an_impossible_port_is_said_in_a_sentence(home: FreshHome, port: str) -> None:
    done = home.tuichat("serve", "--port", port, "--data", str(home.folder / "server"))
    assert done.returncode != 0
    assert done.stdout == ""
    assert port in done.stderr
    assert "Traceback" not in done.stderr
