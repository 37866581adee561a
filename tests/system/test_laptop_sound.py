"""A call whose ears are at the other end of a login: a machine without sound libraries, and a laptop's real bridge and engine.

Between the two is one Unix socket, which ssh forwards elsewhere.
"""

import asyncio
import contextlib
import os
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.system.test_voice_heard import said_all
from tests.system.voice_engines import Person, Room, seconds_until, settled, voice_room
from tests.voice.listening import likeness
from tests.voice.pulse import PulseServer, needs_pulse, needs_speech, pulse_server, read_raw, speech
from tuichat.bridge.bridge import Bridge
from tuichat.bridge.capture import Capture
from tuichat.bridge.consent import Consent
from tuichat.local.ssh_session import file_name, socket_name
from tuichat.voice.call_protocol import MediaPath
from tuichat.voice.engine_state import EngineReady
from tuichat.voice.loudness import Pcm
from tuichat.voice.place_protocol import HERE, ChoosePlace, PlaceState

pytestmark = [*needs_pulse, needs_speech, pytest.mark.slow, pytest.mark.timeout(180)]

WORDS = "The birch canoe slid on the smooth planks."
LONG = "one two three four five six seven eight nine ten " * 12
RECOVERED_S = 1.0
HEARD = 0.6  # likeness; another's voice has less than 0.4
TRIES = 5
BARE_ENGINE = """
import sys
for name in ("pyaudio", "opuslib", "numpy", "pulsectl", "rnnoise", "webrtcvad"):
    sys.modules[name] = None  # an import of it fails
from tuichat.voice.engine import main
sys.exit(main(sys.argv[1:]))
"""
BOX = "ann@box.example.org:22"


class Line:
    """Passes on what comes to a socket, as ssh does: while it stalls, it takes everything and holds it."""

    def __init__(self, path: Path, to: Path) -> None:
        self._path = path
        self._to = to
        self._flows = asyncio.Event()
        self._flows.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_unix_server(self._connected, path=self._path)

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def stall(self) -> Iterator[None]:
        self._flows.clear()
        try:
            yield
        finally:
            self._flows.set()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(self._to)
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            for work in self._passing(source, sink):
                task = asyncio.create_task(work)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _passing(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter
    ) -> tuple[Coroutine[None, None, None], Coroutine[None, None, None]]:
        held: asyncio.Queue[bytes] = asyncio.Queue()

        async def take() -> None:
            with contextlib.suppress(ConnectionError):
                while data := await source.read(65536):
                    held.put_nowait(data)
            held.put_nowait(b"")

        async def give() -> None:
            try:
                while data := await held.get():
                    await self._flows.wait()
                    sink.write(data)
            finally:
                sink.close()

        return take(), give()


class Login:
    """A laptop that is logged in to the machine whose runtime folder it is."""

    def __init__(self, runtime: Path, name: str = "mobile") -> None:
        self.key = secrets.token_hex(8)
        self.folder = runtime / "tuichat"
        self.folder.mkdir(mode=0o700, exist_ok=True)
        self.name = name
        self.secret = secrets.token_bytes(32)
        self.shown: list[Capture] = []
        consent = Consent()
        consent.allow(BOX)
        near = self.folder / socket_name(self.key)
        far = self.folder / f"laptop-{self.key}.sock"
        self.line = Line(near, far)
        self.bridge = Bridge(BOX, "box", self.secret, far, consent=consent, show=self.shown.append)

    @property
    def engine_pids(self) -> list[int]:
        return [line.engine_pid for line in self.bridge.lines if line.engine_pid is not None]

    async def __aenter__(self) -> "Login":
        await self.bridge.__aenter__()
        await self.line.start()
        path = self.folder / file_name(self.key)
        path.touch(0o600)
        path.write_text(f'{{"v":1,"secret":"{self.secret.hex()}","laptop":"{self.name}","began":{time.time()}}}')
        return self

    async def __aexit__(self, *_: object) -> None:
        (self.folder / file_name(self.key)).unlink(missing_ok=True)
        await self.line.stop()
        await self.bridge.__aexit__()


@pytest.fixture
def runtime() -> Iterator[Path]:
    """The runtime folder of the machine that is logged in to: the laptop and the others have another."""
    with tempfile.TemporaryDirectory(prefix="tc-host-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.fixture
async def pulse(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PulseServer]:
    with tempfile.TemporaryDirectory(prefix="tuichat-pulse-") as folder, pulse_server(Path(folder)) as server:
        for name in ("PULSE_SERVER", "PULSE_RUNTIME_PATH"):  # what the engines of laptops take from this process
            monkeypatch.setenv(name, server.environment[name])
        yield server


@contextlib.asynccontextmanager
async def room_from_afar(folder: Path, pulse: PulseServer, runtime: Path) -> AsyncIterator[Room]:
    """Anna's tuichat is on a machine without sound, where she is logged in; Ben's is where he is."""
    bare = (
        "env",
        f"XDG_RUNTIME_DIR={runtime}",
        "PULSE_SERVER=unix:/nonexistent",
        sys.executable,
        "-P",
        "-c",
        BARE_ENGINE,
    )
    async with voice_room(folder, pulse, "anna", "ben", commands={"anna": bare}) as room:
        yield room


async def connected(room: Room, login: Login) -> tuple[Person, Person]:
    anna, ben = room.people
    await until(lambda: (anna.place.key, anna.place.state) == (login.key, PlaceState.READY))
    assert login.engine_pids == [], "the laptop's engine waits until a call needs it"
    await anna.join(room.channel_id)
    await ben.join(room.channel_id)
    await until(lambda: anna.state.input_name is not None and ben.state.input_name is not None)
    await settled()
    return anna, ben


async def assert_heard(pulse: PulseServer, said: Pcm, mouth: str, ear: str, folder: Path) -> None:
    """Have something said until it is heard as it was; a machine that is busy for a moment is no fault of the way."""
    found: list[float] = []
    while max(found, default=0.0) < HEARD:
        assert len(found) < TRIES, f"{ear} does not hear {mouth}: {found}"
        recording = folder / f"{ear}.raw"
        with pulse.recording(f"{ear}-ear.monitor", recording):
            await said_all(pulse.play(said, f"{mouth}-mouth"))
        found.append(likeness(read_raw(recording), said))


def path_of(person: Person) -> MediaPath:
    call = person.client.voice.call
    return MediaPath.NONE if call is None else call.path


async def test_speech_goes_both_ways_through_a_machine_without_sound(
    pulse: PulseServer, tmp_path: Path, runtime: Path
) -> None:
    said = speech(tmp_path, WORDS)
    async with Login(runtime) as login, room_from_afar(tmp_path, pulse, runtime) as room:
        anna, ben = await connected(room, login)
        state = anna.supervisor.state
        assert isinstance(state, EngineReady)
        assert not state.libraries, "nothing of sound is on this machine"
        assert state.is_elsewhere
        assert state.has_audio
        assert len(login.engine_pids) == 1
        assert login.shown[-1].is_open
        assert path_of(anna) is MediaPath.RELAYED
        assert path_of(ben) is MediaPath.UDP
        for mouth, ear in (("anna", "ben"), ("ben", "anna")):
            await assert_heard(pulse, said, mouth, ear, tmp_path)
        anna.client.voice.leave()
        await until(lambda: not login.shown[-1].is_open)


async def test_a_killed_engine_on_the_laptop_and_a_new_login_heal(
    pulse: PulseServer, tmp_path: Path, runtime: Path
) -> None:
    said = speech(tmp_path, WORDS)
    async with contextlib.AsyncExitStack() as stack:
        first = Login(runtime)
        await stack.enter_async_context(first)
        room = await stack.enter_async_context(room_from_afar(tmp_path, pulse, runtime))
        anna, ben = await connected(room, first)
        (killed,) = first.engine_pids
        os.kill(killed, signal.SIGKILL)
        await until(lambda: first.engine_pids not in ([], [killed]))
        await until(lambda: anna.is_connected() and path_of(anna) is MediaPath.RELAYED and anna.state.input_name)
        member = ben.client.state.guilds[ben.guild_id].voice_states
        assert anna.id in member, "the place in the room is kept"

        second = Login(runtime)
        await first.__aexit__()
        await until(lambda: anna.place.state is PlaceState.LOST)
        assert anna.place.key == first.key, "nothing opens by itself on this machine"
        await stack.enter_async_context(second)
        await until(lambda: (anna.place.key, anna.place.state) == (second.key, PlaceState.READY))
        await until(lambda: anna.is_connected() and path_of(anna) is MediaPath.RELAYED and anna.state.input_name)
        assert anna.id in member
        await settled()
        await assert_heard(pulse, said, "anna", "ben", tmp_path)

        anna.supervisor.ask(ChoosePlace(HERE))
        await until(lambda: anna.place.key == HERE)
        await until(lambda: second.engine_pids == [])
        state = anna.supervisor.state
        assert isinstance(state, EngineReady)
        assert not state.has_audio
        assert state.problems


async def test_a_stall_of_five_seconds_ends_with_its_end(pulse: PulseServer, tmp_path: Path, runtime: Path) -> None:
    said = speech(tmp_path, LONG)
    async with Login(runtime) as login, room_from_afar(tmp_path, pulse, runtime) as room:
        anna, ben = await connected(room, login)
        engine = login.engine_pids
        speaking = [pulse.play(said, f"{name}-mouth") for name in ("anna", "ben")]
        await until(lambda: ben.hears(anna) and anna.hears(ben))
        with login.line.stall():
            began_s = time.monotonic()
            await until(lambda: anna.place.state is PlaceState.STALLED)
            await until(lambda: not ben.hears(anna))
            assert anna.is_connected(), "the place in the room is kept"
            await asyncio.sleep(5.0 - (time.monotonic() - began_s))
        assert await seconds_until(lambda: ben.hears(anna)) < RECOVERED_S
        assert await seconds_until(lambda: anna.hears(ben)) < RECOVERED_S
        await until(lambda: anna.place.state is PlaceState.READY)
        assert login.engine_pids == engine, "nothing had to begin anew"
        for process in speaking:
            process.terminate()
            process.wait(5)
        await settled()
        await assert_heard(pulse, speech(tmp_path, WORDS), "anna", "ben", tmp_path)
