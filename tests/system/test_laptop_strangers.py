"""Another Unix user gets neither at a laptop's sound nor between it and its host, at either end of a login."""

import asyncio
import contextlib
import json
import os
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.bridge.host import HELLO, Host
from tests.bridge.laptop import BOX, SECRET, Laptop
from tests.client.waiting import until
from tests.system.other_user import NOBODY, can_become_others, other_command, run_as_other
from tests.voice.laptop.fake_laptop import FakeLaptop
from tuichat.local.ssh_session import find_sessions
from tuichat.voice.audio_protocol import SetMeter
from tuichat.voice.engine_protocol import Ping, Pong
from tuichat.voice.laptop.connection import LaptopAwayError, LaptopRefusedError, connect

pytestmark = [
    pytest.mark.system,
    pytest.mark.slow,
    pytest.mark.skipif(not can_become_others, reason="only root can be another user too"),
]

LOOK_AROUND = """
found = {}
folder, names = sys.argv[1], sys.argv[2:]
def tried(what, act):
    try:
        act()
        found[what] = "done"
    except OSError as error:
        found[what] = type(error).__name__
def connect(path):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(10)
    connection.connect(path)
tried("list", lambda: os.listdir(folder))
tried("add", lambda: open(os.path.join(folder, "ssh-" + "f" * 16 + ".json"), "w"))
for name in names:
    path = os.path.join(folder, name)
    tried("stat " + name, lambda: os.stat(path))
    tried("read " + name, lambda: open(path).read())
    tried("remove " + name, lambda: os.unlink(path))
    tried("connect " + name, lambda: connect(path))
print(json.dumps(found))
"""

KNOCK = """
path, count, said = sys.argv[1], int(sys.argv[2]), bytes.fromhex(sys.argv[3])
heard, ends, lines = 0, 0, []
for _ in range(count):
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    connection.settimeout(10)
    lines.append(connection)
    try:
        connection.sendall(said)
    except OSError:
        pass  # it was hung up on by then, as is seen below
for connection in lines:
    try:
        while data := connection.recv(65536):
            heard += len(data)
        ends += 1
    except TimeoutError:
        pass
    except OSError:
        ends += 1
print(json.dumps({"heard": heard, "ended": ends}))
"""

LISTEN = """
path = sys.argv[1]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
os.chmod(path, 0o777)
listener.listen()
print("listening", flush=True)
connection, _ = listener.accept()
connection.settimeout(10)
heard = b""
try:
    while data := connection.recv(65536):
        heard += data
except OSError:
    pass
print(json.dumps({"heard": len(heard)}), flush=True)
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a path that is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="tcs-") as folder:
        yield Path(folder)


@pytest.fixture
async def laptop(tmp_path: Path) -> AsyncIterator[Laptop]:
    laptop = Laptop(tmp_path)
    laptop.consent.allow(BOX)
    async with laptop.bridge:
        yield laptop


def open_doors(path: Path) -> None:
    """Let everybody in, up to the file: what is left is what the program asks of who is there."""
    path.chmod(0o777)
    let_pass(*path.parents)


def let_pass(*folders: Path) -> None:
    for folder in folders:
        if folder.stat().st_mode & 0o055 != 0o055:
            folder.chmod(0o755)


async def as_other(code: str, *arguments: str) -> dict[str, object]:
    """Run as another user while this process's loop goes on."""
    return await asyncio.to_thread(run_as_other, code, *arguments)


async def test_the_folder_at_both_ends_is_closed(laptop: Laptop, place: Path) -> None:
    host = FakeLaptop(place / "host" / "tuichat")
    let_pass(*laptop.path.parent.parents, place, place / "host")
    await host.start()
    for folder in (laptop.path.parent, host.session.folder):
        names = sorted(os.listdir(folder))
        assert names
        found = await as_other(LOOK_AROUND, str(folder), *names)
        assert set(found.values()) == {"PermissionError"}, found
        assert sorted(os.listdir(folder)) == names
    await host.stop()


async def test_behind_open_doors_the_laptop_asks_the_kernel_who_is_there(laptop: Laptop) -> None:
    """Nothing is said to another user, not even what needs no secret, and the laptop's owner is not asked."""
    open_doors(laptop.path)
    found = await as_other(KNOCK, str(laptop.path), "1", "")
    assert found == {"heard": 0, "ended": 1}
    assert not laptop.bridge.lines
    assert not laptop.bridge.is_asking
    assert laptop.pids() == []


@pytest.mark.parametrize("said", ["", "00" * 4096, "7fffffff", "00000fff" + "ff" * 4095])
async def test_a_flood_of_strangers_keeps_nobody_out(laptop: Laptop, said: str) -> None:
    open_doors(laptop.path)
    flood = asyncio.create_task(as_other(KNOCK, str(laptop.path), "300", said))
    host = Host()
    while not flood.done():
        async with asyncio.timeout(5):
            await get_in(host, laptop.path)
            host.send(HELLO, Ping(1))
            await host.next(Pong)
        await host.leave()
        host = Host()
    assert await flood == {"heard": 0, "ended": 300}
    await until(lambda: not laptop.bridge.lines)


async def get_in(host: Host, path: Path) -> None:
    """Try again where the queue of the socket is full, as a host does."""
    while True:
        with contextlib.suppress(OSError):
            return await host.open(path, SECRET)
        await asyncio.sleep(0)


async def test_who_has_the_line_keeps_it_while_strangers_knock(laptop: Laptop) -> None:
    open_doors(laptop.path)
    host = Host()
    await host.open(laptop.path, SECRET)
    host.send(HELLO, SetMeter(is_on=True))
    await until(lambda: laptop.shown)
    await as_other(KNOCK, str(laptop.path), "100", "00")
    host.send(Ping(7))
    assert (await host.next(Pong)).number == 7
    assert [capture.is_open for capture in laptop.shown] == [True]
    await host.leave()


@pytest.fixture
def stranger_listens(place: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process of another user that takes connections where a host will look for its laptop."""
    public = place / "public"
    public.mkdir()
    open_doors(public)
    public.chmod(0o777)
    listening = subprocess.Popen(
        other_command(LISTEN, str(public / "trap.sock")), stdout=subprocess.PIPE, text=True, cwd="/"
    )
    assert listening.stdout is not None
    assert listening.stdout.readline() == "listening\n"
    yield listening
    listening.kill()
    listening.wait()
    listening.stdout.close()


async def test_a_host_tells_a_stranger_that_listens_nothing(
    place: Path, stranger_listens: "subprocess.Popen[str]"
) -> None:
    """The socket is in the right folder and has the right owner, and yet who made it listen is another user."""
    host = FakeLaptop(place / "run" / "tuichat")
    host.write_file()
    (place / "public" / "trap.sock").rename(host.socket)
    os.chown(host.socket, os.getuid(), os.getgid())
    (session,) = find_sessions({"XDG_RUNTIME_DIR": str(place / "run")})
    with pytest.raises(LaptopRefusedError, match=f"runs as user {NOBODY}, not as you"):
        await connect(session)
    assert stranger_listens.stdout is not None
    assert json.loads(await asyncio.to_thread(stranger_listens.stdout.readline)) == {"heard": 0}


@pytest.mark.parametrize("what", ["file", "socket", "folder"])
async def test_what_belongs_to_another_user_is_no_session(place: Path, what: str) -> None:
    host = FakeLaptop(place / "tuichat")
    await host.start()
    environ = {"XDG_RUNTIME_DIR": str(place)}
    assert find_sessions(environ) == [host.session]
    given = {"file": host.file, "socket": host.socket, "folder": host.session.folder}[what]
    os.chown(given, NOBODY, NOBODY)
    assert find_sessions(environ) == []
    os.chown(given, os.getuid(), os.getgid())
    await host.stop()


async def test_a_link_in_place_of_a_socket_leads_nowhere(place: Path) -> None:
    """Between the look and the connection the socket became a link."""
    host = FakeLaptop(place / "tuichat")
    await host.start()
    (session,) = find_sessions({"XDG_RUNTIME_DIR": str(place)})
    elsewhere = place / "elsewhere.sock"
    host.socket.rename(elsewhere)
    host.socket.symlink_to(elsewhere)
    with pytest.raises(LaptopRefusedError, match="symbolic link"):
        await connect(session)
    assert not host.hosts
    await host.stop()


async def test_a_socket_that_was_swapped_after_it_was_found_is_told_nothing(
    place: Path, stranger_listens: "subprocess.Popen[str]"
) -> None:
    """A folder's owner opened it to others for a moment: one of them moved in a socket of their own, as it was or given away."""
    host = FakeLaptop(place / "run" / "tuichat")
    await host.start()
    (session,) = find_sessions({"XDG_RUNTIME_DIR": str(place / "run")})
    host.socket.unlink()
    (place / "public" / "trap.sock").rename(host.socket)
    with pytest.raises(LaptopRefusedError, match=f"runs as user {NOBODY}, not as you"):
        await connect(session)
    assert stranger_listens.stdout is not None
    assert json.loads(await asyncio.to_thread(stranger_listens.stdout.readline)) == {"heard": 0}
    await host.stop()


TAKE_THE_NAME = """
shared = sys.argv[1]
os.mkdir(os.path.join(shared, "tuichat"), 0o700)
with open(os.path.join(shared, "tuichat", "ssh-" + "f" * 16 + ".json"), "w") as file:
    json.dump({"v": 1, "secret": "ab" * 32, "laptop": "trap", "began": 2e9}, file)
os.chmod(os.path.join(shared, "tuichat", "ssh-" + "f" * 16 + ".json"), 0o600)
listener = socket.socket(socket.AF_UNIX)
listener.bind(os.path.join(shared, "tuichat", "ssh-" + "f" * 16 + ".sock"))
print(json.dumps({"done": True}))
"""


async def test_in_a_shared_folder_who_was_first_is_not_believed_and_hides_no_other(place: Path) -> None:
    """XDG_RUNTIME_DIR is a folder as /tmp is; the stranger's session would be the newest."""
    shared = place / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    let_pass(place)
    await as_other(TAKE_THE_NAME, str(shared))
    own = FakeLaptop(place / "home" / ".cache" / "tuichat")
    await own.start()
    assert find_sessions({"XDG_RUNTIME_DIR": str(shared), "HOME": str(place / "home")}) == [own.session]
    await own.stop()


MOVE_AWAY = """
shared, trap = sys.argv[1], os.path.join(sys.argv[1], "trap")
os.rename(os.path.join(shared, "tuichat"), os.path.join(shared, "gone"))
os.mkdir(trap, 0o700)
{act}
print(json.dumps({{"done": True}}))
"""


@pytest.mark.parametrize(
    "act", ['os.rename(trap, os.path.join(shared, "tuichat"))', 'os.symlink(trap, os.path.join(shared, "tuichat"))']
)
async def test_who_may_rename_the_folder_gets_nothing_by_it(place: Path, act: str) -> None:
    """The folder above is open to all and not sticky, as no system makes it."""
    shared = place / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    let_pass(place)
    host = FakeLaptop(shared / "tuichat")
    await host.start()
    (session,) = find_sessions({"XDG_RUNTIME_DIR": str(shared)})
    await as_other(MOVE_AWAY.format(act=act), str(shared))
    assert find_sessions({"XDG_RUNTIME_DIR": str(shared)}) == []
    with pytest.raises((LaptopRefusedError, LaptopAwayError)):
        await connect(session)
    assert not host.hosts
    await host.stop(is_swept=False)


@pytest.mark.parametrize("said", [b"\x00" * 100_000, b"\x00\x00\x10\x01", b"HTTP/1.1 400 Bad Request\r\n\r\n"])
async def test_a_liar_of_this_same_user_is_refused_by_the_secret(place: Path, said: bytes) -> None:
    """A program of one's own that got hold of the socket's path says anything but the proof."""
    host = FakeLaptop(place / "tuichat")

    async def lie(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)

    host.write_file()
    server = await asyncio.start_unix_server(lie, path=host.socket)
    (session,) = find_sessions({"XDG_RUNTIME_DIR": str(place)})
    with pytest.raises(LaptopRefusedError, match="must have 1 to 4096 bytes"):
        await connect(session)
    server.close()


async def test_those_who_never_prove_themselves_are_bounded_and_go(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs of this same user who are silent hold places for as long as a step may take, and then all are free."""
    monkeypatch.setattr("tuichat.voice.laptop_opening.STEP_TIMEOUT_S", 0.5)
    silent = [socket.socket(socket.AF_UNIX) for _ in range(100)]
    for each in silent:
        each.setblocking(False)
        await asyncio.get_running_loop().sock_connect(each, str(laptop.path))
    await until(lambda: all(is_closed(each) for each in silent))
    host = Host()
    await host.open(laptop.path, SECRET)
    host.send(HELLO, Ping(1))
    await host.next(Pong)
    await host.leave()
    for each in silent:
        each.close()


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
