"""Another Unix user of the machine gets neither into the server nor at a token."""

import asyncio
import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest

from tests.system import raw_http
from tests.system.fresh_home import FreshHome
from tests.system.other_user import NOBODY, can_become_others, run_as_other
from tests.system.rest_account import PASSWORD
from tests.system.server_process import ServerDidNotStart, ServerProcess
from tests.system.squatter import Squatter, free_port
from tuichat.client.client import Client
from tuichat.client.session import Accounts
from tuichat.client.state import Connection
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings

pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not can_become_others, reason="only root can be another user too"),
]

TRY_SOCKET = """
found = {}
body = b'{"display_name":"nobody"}'
request = (b"POST /api/v10/tuichat/local/sign-in HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n"
    b"Content-Type: application/json\\r\\nContent-Length: " + str(len(body)).encode() + b"\\r\\n\\r\\n" + body)
try:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(10)
    connection.connect(sys.argv[1])
    connection.sendall(request)
    answer = b""
    while data := connection.recv(65536):
        answer += data
    found["answer"] = answer.decode("latin-1")
except OSError as error:
    found["error"] = type(error).__name__
print(json.dumps(found))
"""

READ_ALL = """
read, listed = [], []
for root in sys.argv[1:]:
    try:
        listed += os.listdir(root)
    except PermissionError:
        pass
    for path in [root, *(os.path.join(folder, name) for folder, _, names in os.walk(root) for name in names)]:
        try:
            with open(path, "rb") as file:
                file.read(1)
            read.append(path)
        except OSError:
            pass
print(json.dumps({"read": read, "listed": listed}))
"""


class Record(msgspec.Struct, frozen=True):
    """What the server's record in its data folder says, as far as this matters here."""

    pid: int
    socket_path: str
    tcp_port: int


class PersonalServer:
    """The server that `tuichat` starts for its user, with one account signed in."""

    def __init__(self, home: FreshHome) -> None:
        self.home = home
        # `restart` starts one where none runs, in the background, as the screen does.
        started = home.tuichat("server", "restart")
        assert started.returncode == 0, started.stderr

    @property
    def record(self) -> Record:
        return msgspec.json.decode((self.home.data / "server.json").read_bytes(), type=Record)

    def stop(self) -> None:
        stopped = self.home.tuichat("server", "stop")
        assert stopped.returncode == 0, stopped.stderr


@pytest.fixture
def home() -> Iterator[FreshHome]:
    with FreshHome() as made:
        # mkdtemp's 0700 alone would keep everybody out; what is tested are the program's own walls.
        made.folder.chmod(0o755)
        yield made


@pytest.fixture
def personal(home: FreshHome) -> Iterator[PersonalServer]:
    server = PersonalServer(home)
    try:
        yield server
    finally:
        server.stop()


def test_the_owner_is_signed_in_over_the_socket(personal: PersonalServer) -> None:
    """The same request that is refused to others below, so that it is known to be a good one."""
    found = _run_as_owner(TRY_SOCKET, personal.record.socket_path)
    assert "200 OK" in str(found.get("answer")), found
    assert "token" in str(found.get("answer"))


def _run_as_owner(code: str, *arguments: str) -> dict[str, object]:
    done = subprocess.run(
        [sys.executable, "-I", "-c", "import json, os, socket, sys\n" + code, *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def test_another_user_cannot_reach_the_socket(personal: PersonalServer) -> None:
    assert run_as_other(TRY_SOCKET, personal.record.socket_path) == {"error": "PermissionError"}


def test_another_user_who_reaches_the_socket_is_refused(personal: PersonalServer) -> None:
    """Behind open doors the server still asks the kernel who is there."""
    path = Path(personal.record.socket_path)
    path.chmod(0o777)
    for folder in (path.parent, path.parent.parent):
        folder.chmod(0o755)
    found = run_as_other(TRY_SOCKET, str(path))
    answer = str(found.get("answer", ""))
    assert "token" not in answer
    assert answer == "" or answer.split()[1] in ("401", "403"), answer


def test_another_user_can_read_nothing_of_ours(personal: PersonalServer, home: FreshHome) -> None:
    folders = [home.environment[name] for name in home.environment if name.startswith("XDG_")]
    assert any((home.data).iterdir())
    for folder in folders:
        Path(folder).chmod(0o755)  # as ~/.config and ~/.local/share are on most machines
    found = run_as_other(READ_ALL, *folders)
    assert found["read"] == []
    names = found["listed"]
    assert isinstance(names, list)
    for name in names:
        for folder in folders:
            path = Path(folder) / name
            if path.is_dir():
                assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, f"{path} is open to others"


LOCAL_ROUTES = [
    ("POST", "/api/v10/tuichat/local/sign-in", b'{"display_name": "nobody"}'),
    ("POST", "/api/v10/tuichat/local/admin", b'{"action": "list_accounts"}'),
    ("POST", "/api/v10/auth/register", b'{"username": "nobody", "password": "long enough to be one"}'),
    ("POST", "/api/v10/auth/login", b'{"login": "newcomer", "password": ""}'),
    ("GET", "/api/v10/users/@me", b""),
    ("GET", "/api/v10/users/@me/guilds", b""),
]


@pytest.mark.parametrize(("method", "path", "body"), LOCAL_ROUTES)
def test_tcp_gives_nothing_without_a_token_or_an_invite(
    personal: PersonalServer, method: str, path: str, body: bytes
) -> None:
    answer = raw_http.send(
        f"http://127.0.0.1:{personal.record.tcp_port}", method, path, [("Content-Type", "application/json")], body
    )
    assert 400 <= answer.status < 500, answer
    assert b'"token"' not in answer.body


def test_a_squatter_on_the_port_is_told_and_sent_nothing(home: FreshHome) -> None:
    port = free_port()
    with Squatter(port=port) as squatter:
        server = ServerProcess(home, port=port)
        with pytest.raises(ServerDidNotStart, match=str(port)):
            server.start()
        assert "Traceback" not in server.errors()
        assert json.loads(squatter.heard()) == {"heard": "", "visits": 0}


@pytest.mark.slow
def test_a_squatter_on_the_last_port_of_a_dead_server_hears_no_token(personal: PersonalServer) -> None:
    """The record of a killed server still names its port; who took it since must not be believed."""
    record = personal.record
    os.kill(record.pid, 9)
    with Squatter(port=record.tcp_port, answer=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") as squatter:
        for arguments in (("server", "status"), ("admin", "account", "list")):
            personal.home.tuichat(*arguments)
        assert json.loads(squatter.heard()) == {"heard": "", "visits": 0}


async def until(client: Client, holds: Callable[[], bool]) -> None:
    """Wait until something holds of a client's state, which it tells the changes of."""
    changed = asyncio.Event()
    unsubscribe = client.subscribe(lambda _: changed.set())
    try:
        async with asyncio.timeout(20):
            while not holds():
                changed.clear()
                await changed.wait()
    finally:
        unsubscribe()


def is_sent(client: Client, channel_id: int, text: str) -> bool:
    timeline = client.state.timelines.get(channel_id)
    return [entry.message.content for entry in timeline.confirmed].count(text) == 1 if timeline else False


@pytest.mark.slow
async def test_a_squatter_on_a_team_servers_port_hears_no_token(
    home: FreshHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An account by URL on this machine: another user takes the port of the stopped server, and knows its id."""
    for name, value in home.environment.items():
        monkeypatch.setenv(name, value)
    with ServerProcess(home, "--registration", "open") as server:
        accounts = Accounts(Profile("alice"), Settings())
        try:
            client = await accounts.register(server.base_url, "alice", PASSWORD)
            await until(client, lambda: client.state.connection is Connection.READY)
            await client.places.create_guild("Ours")
            await until(client, lambda: bool(client.state.channels))
            channel_id = next(channel.id for channel in client.state.channels.values() if channel.type == 0)
            body = raw_http.send(server.base_url, "GET", "/api/v10/tuichat").body
            port = urlsplit(server.base_url).port
            server.stop()
            answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
            with Squatter(port=port, answer=answer % (len(body), body)) as squatter:
                client.reconnect_now()
                key = client.send_message(channel_id, "not for you")
                await until(client, lambda: client.state.connection is Connection.REFUSED)
                assert f"held by user {NOBODY}" in client.state.connection_note
                heard = json.loads(squatter.heard())["heard"]
            # The server is back: who held back from the stranger comes back to it, with what was written.
            server.port = port or 0
            server.start()
            client.reconnect_now()
            await until(client, lambda: client.state.connection is Connection.READY)
            client.retry_message(channel_id, key)
            await until(client, lambda: is_sent(client, channel_id, "not for you"))
        finally:
            await accounts.close()
    assert heard == "", "not even a request without a token goes to a stranger"


@pytest.mark.slow
@pytest.mark.parametrize("is_folder_theirs", [True, False], ids=["folder and socket", "socket alone"])
def test_a_squatter_on_the_socket_path_hears_nothing(personal: PersonalServer, is_folder_theirs: bool) -> None:
    home = personal.home
    path = Path(personal.record.socket_path)
    os.kill(personal.record.pid, 9)
    path.unlink()
    folder = path.parent
    for door in (folder, folder.parent):
        door.chmod(0o777)
    if is_folder_theirs:
        os.chown(folder, NOBODY, NOBODY)
    with Squatter(path=path, answer=b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}") as squatter:
        if not is_folder_theirs:
            # They made the socket while the doors were open, and the doors are closed again.
            folder.parent.chmod(0o700)
            folder.chmod(0o700)
        done = home.tuichat("server", "status")
        admin = home.tuichat("admin", "account", "list")
        restarted = home.tuichat("server", "restart")
        heard = json.loads(squatter.heard())
    assert heard["heard"] == ""
    for output in (done, admin, restarted):
        assert "Traceback" not in output.stderr
    if is_folder_theirs:
        assert restarted.returncode != 0
        assert "somebody may be waiting" in restarted.stderr or "belongs to user" in restarted.stderr
        os.chown(folder, os.getuid(), os.getgid())
        path.unlink(missing_ok=True)
        folder.chmod(0o700)
        folder.parent.chmod(0o700)


def test_the_servers_command_line_and_environment_hold_no_secret(personal: PersonalServer) -> None:
    answer = _run_as_owner(TRY_SOCKET, personal.record.socket_path)
    body = str(answer["answer"]).rpartition("\r\n\r\n")[2]
    token = json.loads(body)["token"]
    for name in ("cmdline", "environ"):
        assert token.encode() not in Path(f"/proc/{personal.record.pid}/{name}").read_bytes()
    secret = token.rpartition(".")[2]
    for path in personal.home.folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert secret.encode() not in path.read_bytes(), f"{path} holds a token"


def test_the_port_of_the_personal_server_is_on_loopback_alone(personal: PersonalServer) -> None:
    wanted = f"{personal.record.tcp_port:04X}"
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        if Path(table).exists()
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{wanted}")
    ]
    assert listening == [f"0100007F:{wanted}"]
