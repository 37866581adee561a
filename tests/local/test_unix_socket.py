"""Unix sockets refuse other users on both sides."""

import asyncio
import contextlib
import os
import socket
import stat
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from tuichat.local import unix_socket
from tuichat.local.errors import LocalError, PeerRefused
from tuichat.local.http_connector import PeerCheckedConnector
from tuichat.local.runtime import runtime_dir

NOBODY = 65534
needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")


@pytest.fixture
def path() -> Path:
    return runtime_dir() / "test.sock"


async def test_own_processes_reach_each_other(path: Path) -> None:
    with unix_socket.listen(path) as listener:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        with await unix_socket.connect(path) as client:
            accepted, _ = await asyncio.get_running_loop().sock_accept(listener)
            with accepted:
                unix_socket.check_peer(accepted)
                assert unix_socket.peer_uid(client) == unix_socket.peer_uid(accepted) == os.getuid()
                assert client.fileno() >= 0


async def test_a_listener_that_has_no_room_for_a_moment_is_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unix_socket, "BACKLOG", 1)
    with unix_socket.listen(path) as listener:
        knocking: list[socket.socket] = []
        with contextlib.suppress(BlockingIOError):
            while len(knocking) < 100:
                knocking.append(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
                knocking[-1].setblocking(False)
                knocking[-1].connect(os.fspath(path))
        assert len(knocking) < 100, "the queue is full"
        connecting = asyncio.create_task(unix_socket.connect(path))
        for _ in range(10):
            await asyncio.sleep(0)
        assert not connecting.done()
        for _ in knocking:
            with contextlib.suppress(BlockingIOError):
                listener.accept()[0].close()
        with await connecting as client:
            assert unix_socket.peer_uid(client) == os.getuid()
        for each in knocking:
            each.close()


async def test_socket_that_a_dead_server_left_is_taken_over(path: Path) -> None:
    unix_socket.listen(path).close()
    assert path.exists()
    with unix_socket.listen(path), await unix_socket.connect(path):
        pass


async def test_file_on_the_path_is_not_removed(path: Path) -> None:
    path.write_text("precious")
    with pytest.raises(LocalError, match="is no socket"):
        unix_socket.listen(path)
    assert path.read_text() == "precious"


async def test_nobody_listening_is_an_os_error(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await unix_socket.connect(path)
    unix_socket.listen(path).close()
    with pytest.raises(ConnectionRefusedError):
        await unix_socket.connect(path)


async def test_link_to_a_socket_elsewhere_is_refused(path: Path) -> None:
    elsewhere = path.with_name("elsewhere.sock")
    with unix_socket.listen(elsewhere):
        path.symlink_to(elsewhere)
        with pytest.raises(LocalError, match="symbolic link"):
            await unix_socket.connect(path)


async def test_folder_open_to_others_is_refused_on_both_sides(path: Path) -> None:
    with unix_socket.listen(path):
        path.parent.chmod(0o755)
        with pytest.raises(LocalError, match="open to others"):
            await unix_socket.connect(path)
        with pytest.raises(LocalError, match="open to others"):
            unix_socket.listen(path)


async def test_peer_of_another_user_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with unix_socket.listen(path):
        monkeypatch.setattr(unix_socket, "peer_uid", lambda _connection: 4711)
        with pytest.raises(PeerRefused, match="user 4711"):
            await unix_socket.connect(path)


@pytest.mark.skipif(sys.platform != "linux", reason="reads SO_PEERCRED of a socket pair")
@pytest.mark.parametrize("loop_module", ["asyncio", "uvloop"])
def test_peer_is_known_through_every_loops_socket(loop_module: str, path: Path) -> None:
    uids: list[int] = []

    async def main() -> None:
        answered = asyncio.Event()

        async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            uids.append(unix_socket.peer_uid(writer.get_extra_info("socket")))
            writer.close()
            answered.set()

        server = await asyncio.start_unix_server(serve, sock=unix_socket.listen(path))
        with await unix_socket.connect(path):
            await asyncio.wait_for(answered.wait(), 10)
        server.close()

    with asyncio.Runner(loop_factory=_loop_factory(loop_module)) as runner:
        runner.run(main())
    assert uids == [os.getuid()]


def _loop_factory(module: str) -> Callable[[], asyncio.AbstractEventLoop]:
    if module == "asyncio":
        return asyncio.new_event_loop
    import uvloop

    return uvloop.new_event_loop


def as_nobody(act: Callable[[], None]) -> int:
    """Run `act` in a child that is another user; return its exit code (0: it got through)."""
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            act()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return exit_code_of(child)


def exit_code_of(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.system
@needs_root
async def test_another_user_does_not_get_through_the_folder(path: Path) -> None:
    def connect() -> None:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))

    os.chmod(path.parent.parent.parent, 0o755)
    os.chmod(path.parent.parent, 0o755)
    with unix_socket.listen(path):
        assert as_nobody(connect) == 1


@pytest.mark.system
@needs_root
async def test_another_user_who_got_through_is_refused_by_the_server() -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        address = f"\0tuichat-test-{os.getpid()}"  # an abstract name stands in for a folder left open
        listener.bind(address)
        listener.listen()

        def connect() -> None:
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(address)
                client.recv(1)

        child = os.fork()
        if child == 0:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            connect()
            os._exit(0)
        accepted, _ = listener.accept()
        with accepted, pytest.raises(PeerRefused, match=f"user {NOBODY}"):
            unix_socket.check_peer(accepted)
        exit_code_of(child)


@pytest.mark.system
@needs_root
async def test_listener_of_another_user_is_refused_by_the_client(path: Path) -> None:
    """Somebody else's listener sits on our path, as if the folder had been theirs for a moment."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    os.chown(path, NOBODY, NOBODY)
    child = os.fork()
    if child == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        listener.listen()  # the peer's identity is that of the process at the time of listen()
        connection, _ = listener.accept()
        received = connection.recv(1)
        os._exit(len(received))
    listener.close()
    with pytest.raises(PeerRefused):
        await connect_once_it_listens(path)
    assert exit_code_of(child) == 0, "it was sent something"


async def connect_once_it_listens(path: Path) -> None:
    while True:
        try:
            (await unix_socket.connect(path)).close()
        except ConnectionRefusedError:
            await asyncio.sleep(0.01)


class HttpEcho:
    """Answers every request with 204 and counts connections."""

    def __init__(self) -> None:
        self.connections = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")


async def with_http_server(path: Path, test: Callable[[HttpEcho], Awaitable[None]]) -> None:
    echo = HttpEcho()
    server = await asyncio.start_unix_server(echo, sock=unix_socket.listen(path))
    try:
        await test(echo)
    finally:
        server.close()


async def test_http_goes_over_the_checked_socket(path: Path) -> None:
    async def test(echo: HttpEcho) -> None:
        async with aiohttp.ClientSession(connector=PeerCheckedConnector(path)) as session:
            for _ in range(3):
                async with session.get("http://localhost/api/v10/gateway") as answer:
                    assert answer.status == 204
        assert echo.connections == 1

    await with_http_server(path, test)


async def test_http_sends_nothing_to_a_peer_that_is_somebody_else(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(_echo: HttpEcho) -> None:
        monkeypatch.setattr(unix_socket, "peer_uid", lambda _connection: 4711)
        async with aiohttp.ClientSession(connector=PeerCheckedConnector(path)) as session:
            with pytest.raises(aiohttp.ClientConnectorError, match="user 4711"):
                await session.get("http://localhost/", headers={"Authorization": "secret"})

    await with_http_server(path, test)
