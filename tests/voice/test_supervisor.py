"""The supervisor against real engine processes, good and bad."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import msgspec
import pytest

from tests.client.waiting import until
from tuichat import __version__
from tuichat.config.language import use_language
from tuichat.translation import Catalogue, use_catalogue
from tuichat.voice.audio_protocol import AudioReport, AudioState, SetMeter
from tuichat.voice.call_protocol import CallChanged, CallReport, CallState, JoinCall, VoiceAddress
from tuichat.voice.engine_protocol import NEWEST_VERSION
from tuichat.voice.engine_state import (
    EngineFailed,
    EngineReady,
    EngineRestarting,
    EngineStarting,
    EngineState,
    EngineStopped,
)
from tuichat.voice.place_protocol import HERE, ChoosePlace, PlaceReport, PlacesChanged, PlaceState, SoundPlace
from tuichat.voice.restart_policy import RestartPolicy
from tuichat.voice.supervisor import EngineSupervisor, EngineUnavailableError

DEADLINE_S = 20.0


REQUEST = JoinCall(
    call_id=1,
    address=VoiceAddress("wss://voice.example.org"),
    server_id=1,
    channel_id=2,
    user_id=3,
    session_id="session",
    token="token",
)


class Holder:
    """An account that keeps what it is told."""

    def __init__(self, told: list[CallReport]) -> None:
        self.told = told

    def take_report(self, report: CallReport) -> None:
        self.told.append(report)

    def call_taken(self) -> None:
        pass


def quick_policy(max_deaths: int = 3) -> RestartPolicy:
    return RestartPolicy(max_deaths=max_deaths, window_s=600, first_delay_s=0.01, max_delay_s=0.02)


def is_ready(state: EngineState) -> bool:
    return isinstance(state, EngineReady)


def is_listed(state: EngineState) -> bool:
    return isinstance(state, EngineReady) and state.devices is not None


def has_failed(state: EngineState) -> bool:
    return isinstance(state, EngineFailed)


async def ready(engine: EngineSupervisor, predicate: Callable[[EngineState], bool] = is_ready) -> EngineReady:
    state = await engine.wait_until(predicate, DEADLINE_S)
    assert isinstance(state, EngineReady)
    return state


async def failed(engine: EngineSupervisor) -> EngineFailed:
    state = await engine.wait_until(has_failed, DEADLINE_S)
    assert isinstance(state, EngineFailed)
    return state


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not, and is told apart by its children's absence in `wait`."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def children() -> set[int]:
    """Direct children of this process, zombies included."""
    mine = os.getpid()
    found = set[int]()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == mine:
            found.add(int(stat.parent.name))
    return found


def script(code: str) -> tuple[str, ...]:
    """An engine that does this instead; `fd` is its socket."""
    opening = "import os, signal, socket, sys, time\nfd = int(sys.argv[-1])\n"
    return (sys.executable, "-P", "-c", opening + code)


REPLY = f"""
from tuichat.voice.engine_protocol import *
connection = socket.socket(fileno=fd)
connection.recv(65536)
def reply(version={NEWEST_VERSION}):
    connection.sendall(encode(HelloReply(program='an engine', version=version)))
"""


async def test_the_engine_says_its_version_and_devices() -> None:
    before = children()
    seen: list[EngineState] = []
    async with EngineSupervisor(seen.append) as engine:
        state = await ready(engine, is_listed)
        assert state.program == f"tuichat {__version__}"
        assert state.version == NEWEST_VERSION
        assert is_alive(state.pid)
        assert state.sentence.startswith(f"voice engine: tuichat {__version__}, protocol {NEWEST_VERSION}, ")
        listed = await engine.refresh_devices()
        assert listed.devices is not None
    assert isinstance(engine.state, EngineStopped)
    assert [type(state) for state in seen[:3]] == [EngineStarting, EngineReady, EngineReady]
    assert children() == before, "the engine was left behind, or as a zombie"


async def test_a_killed_engine_is_restarted() -> None:
    before = children()
    seen: list[EngineState] = []
    async with EngineSupervisor(seen.append, policy=quick_policy()) as engine:
        first = await ready(engine)
        os.kill(first.pid, signal.SIGKILL)
        second = await ready(engine, lambda state: is_ready(state) and state != first and _restarts(state) == 1)
        assert second.pid != first.pid
        restarting = next(state for state in seen if isinstance(state, EngineRestarting))
        assert restarting.sentence == "the voice engine was killed by SIGKILL; starting it again"
        assert children() - before == {second.pid}, "the killed engine must be reaped"
    assert children() == before


def _restarts(state: EngineState) -> int:
    return state.restarts if isinstance(state, EngineReady) else -1


async def test_an_engine_that_keeps_dying_is_given_up_aloud_and_tried_again_when_asked() -> None:
    seen: list[EngineState] = []
    command = script("print('no such thing: 42', file=sys.stderr); sys.exit(3)")
    async with EngineSupervisor(seen.append, command=command, policy=quick_policy(3)) as engine:
        state = await failed(engine)
        assert state.sentence == (
            "no voice: the voice engine stopped 3 times within 600 s "
            "(at last it ended with status 3 (no such thing: 42))"
        )
        assert sum(isinstance(state, EngineStarting) for state in seen) == 3
        with pytest.raises(EngineUnavailableError, match="stopped 3 times"):
            await engine.refresh_devices()
        engine.retry()
        await engine.wait_until(lambda state: not isinstance(state, EngineFailed), DEADLINE_S)
        await failed(engine)
        assert sum(isinstance(state, EngineStarting) for state in seen) == 6


async def test_an_engine_of_another_protocol_is_refused_without_more_tries() -> None:
    seen: list[EngineState] = []
    command = script(REPLY + f"reply(version={NEWEST_VERSION + 1}); connection.recv(1)")
    async with EngineSupervisor(seen.append, command=command) as engine:
        state = await failed(engine)
        assert f"answered in protocol {NEWEST_VERSION + 1}" in state.sentence
        assert "update the older of the two" in state.sentence
        assert sum(isinstance(state, EngineStarting) for state in seen) == 1


@pytest.mark.slow
async def test_an_engine_that_talks_nonsense_is_refused() -> None:
    command = script("socket.socket(fileno=fd).sendall(b'HTTP/1.1 400 Bad Request'); time.sleep(60)")
    async with EngineSupervisor(command=command) as engine:
        assert "a frame must have 1 to" in (await failed(engine)).sentence


@pytest.mark.slow
async def test_an_engine_that_never_says_hello_is_ended_and_tried_again() -> None:
    before = children()
    command = script("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: time.sleep(60)")
    policy = quick_policy(1)
    async with EngineSupervisor(command=command, policy=policy, handshake_timeout_s=0.2) as engine:
        assert "did not answer for 0.2 s" in (await failed(engine)).sentence
    assert children() == before


async def test_an_engine_that_falls_silent_is_ended() -> None:
    command = script(REPLY + "reply(); time.sleep(60)")
    async with EngineSupervisor(command=command, policy=quick_policy(1), silence_limit_s=0.2) as engine:
        assert "did not answer for 0.2 s" in (await failed(engine)).sentence


@pytest.mark.slow
async def test_a_quiet_engine_that_answers_pings_is_kept_however_long_both_slept() -> None:
    seen: list[EngineState] = []
    hours = count(step=3600)  # by the clock each wait took an hour
    async with EngineSupervisor(seen.append, silence_limit_s=1.0, now_s=lambda: float(next(hours))) as engine:
        state = await ready(engine, is_listed)
        with pytest.raises(TimeoutError):
            await engine.wait_until(lambda state: not isinstance(state, EngineReady), 2.5)
        assert is_alive(state.pid)


@pytest.mark.slow
async def test_an_engine_that_reports_all_the_time_is_ended_when_asked() -> None:
    """asyncio.wait_for of Python 3.11 loses a cancellation that comes together with what was waited for."""
    command = script(REPLY + "reply()\nwhile True: connection.sendall(encode(Pong(1)))")
    for _ in range(15):
        engine = EngineSupervisor(command=command)
        engine.start()
        await ready(engine)
        async with asyncio.timeout(DEADLINE_S):
            await engine.close()


async def test_a_program_that_is_not_there_is_said() -> None:
    async with EngineSupervisor(command=("/no/such/python",), policy=quick_policy(1)) as engine:
        assert "cannot be started (No such file or directory: /no/such/python)" in (await failed(engine)).sentence


@pytest.mark.parametrize("missing", ["pyaudio", "opuslib"])
async def test_without_a_library_the_engine_runs_and_says_how_to_install_it(missing: str) -> None:
    command = (
        sys.executable,
        "-P",
        "-c",
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from tuichat.voice.engine import main; sys.exit(main(sys.argv[1:]))",
    )
    async with EngineSupervisor(command=command) as engine:
        state = await ready(engine, is_listed)
        assert not state.has_audio
        assert len(state.problems) >= 1
        assert "pip install 'tuichat[voice]'" in state.sentence


def test_the_engine_ends_when_its_parent_is_killed() -> None:
    code = """
import asyncio, sys
from tuichat.voice.supervisor import EngineSupervisor
from tuichat.voice.engine_state import EngineReady
async def main():
    async with EngineSupervisor() as engine:
        state = await engine.wait_until(lambda state: isinstance(state, EngineReady), 20)
        print(state.pid, flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
    deadline_s = time.monotonic() + DEADLINE_S
    while is_alive(pid):
        assert time.monotonic() < deadline_s, f"engine {pid} outlived its parent"
        time.sleep(0.02)


def test_the_engine_writes_nothing_of_its_own() -> None:
    """With its agent gone before the first word, it ends quietly, audio libraries and all."""
    import socket

    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.close()
        done = subprocess.run(
            [sys.executable, "-P", "-m", "tuichat.voice.engine", "--socket-fd", str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            capture_output=True,
            timeout=DEADLINE_S,
            check=False,
        )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_started_by_hand_it_says_what_it_is() -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "tuichat.voice.engine", "--socket-fd", "77"],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 2
    assert "--socket-fd 77 is no open socket" in done.stderr


def test_the_supervisor_loads_no_audio_library() -> None:
    code = (
        "import sys, tuichat.voice.supervisor\n"
        "print(*{'pyaudio', 'opuslib', 'numpy', 'tuichat.voice.engine', 'tuichat.voice.codec'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


async def test_an_engine_that_starts_again_is_told_what_holds() -> None:
    dies_when_asked = script(
        REPLY
        + """
from tuichat.voice.audio_protocol import *
reply()
asked = request_reader()
while True:
    for request in asked.feed(connection.recv(65536)):
        if isinstance(request, SetMeter):
            connection.sendall(encode(AudioState(is_muted=request.is_on)))
            os._exit(1)
"""
    )
    reports: list[AudioReport | PlaceReport] = []
    twice = asyncio.Event()

    def take(report: AudioReport | PlaceReport) -> None:
        reports.append(report)
        if len(reports) == 2:
            twice.set()

    async with EngineSupervisor(command=dies_when_asked, policy=quick_policy(9), on_report=take) as engine:
        engine.ask(SetMeter(is_on=True))
        await asyncio.wait_for(twice.wait(), DEADLINE_S)
    assert reports[:2] == [AudioState(is_muted=True)] * 2


async def test_a_choice_of_the_place_lasts_and_what_is_said_of_places_is_passed_on() -> None:
    dies_when_chosen = script(
        REPLY
        + """
from tuichat.voice.place_protocol import *
reply()
asked = request_reader()
while True:
    for request in asked.feed(connection.recv(65536)):
        if isinstance(request, ChoosePlace):
            place = SoundPlace(key=request.key, name="mobile")
            connection.sendall(encode(PlacesChanged(places=(place,), key=request.key, state=PlaceState.CONNECTING)))
            os._exit(1)
"""
    )
    told: list[AudioReport | PlaceReport] = []
    async with EngineSupervisor(command=dies_when_chosen, policy=quick_policy(9), on_report=told.append) as engine:
        engine.ask(ChoosePlace("0123456789abcdef"))
        await until(lambda: len(told) >= 2)
    place = SoundPlace(key="0123456789abcdef", name="mobile")
    assert told[:2] == [PlacesChanged(places=(place,), key=place.key, state=PlaceState.CONNECTING)] * 2


async def test_what_this_machine_lacks_is_no_problem_while_the_sound_is_on_a_laptop() -> None:
    moves = script(
        REPLY
        + """
from tuichat.voice.place_protocol import *
connection.sendall(encode(HelloReply(program="an engine", version=NEWEST_VERSION, problems=("no PyAudio",))))
connection.sendall(encode(Devices(problem="no library")))
asked = request_reader()
while True:
    for request in asked.feed(connection.recv(65536)):
        if isinstance(request, ChoosePlace):
            connection.sendall(encode(PlacesChanged(key=request.key)))
            if request.key != HERE:
                connection.sendall(encode(Devices(problem="of " + request.key)))
"""
    )
    seen: list[EngineState] = []

    def is_at(problem: str | None, *, has_audio: bool) -> Callable[[EngineState], bool]:
        return lambda state: (
            isinstance(state, EngineReady) and (state.devices_problem, state.has_audio) == (problem, has_audio)
        )

    async with EngineSupervisor(seen.append, command=moves, policy=quick_policy()) as engine:
        await engine.wait_until(is_at("no library", has_audio=False), DEADLINE_S)
        for key in ("0123456789abcdef", "fedcba9876543210"):
            engine.ask(ChoosePlace(key))
            state = await engine.wait_until(is_at(f"of {key}", has_audio=True), DEADLINE_S)
            assert isinstance(state, EngineReady)
            assert (state.is_elsewhere, state.problems) == (True, ())
            assert "no PyAudio" not in state.sentence
        engine.ask(ChoosePlace(HERE))
        state = await engine.wait_until(is_at(None, has_audio=False), DEADLINE_S)
        assert isinstance(state, EngineReady)
        assert (state.is_elsewhere, state.problems) == (False, ("no PyAudio",))
    told = [state.devices_problem for state in seen if isinstance(state, EngineReady)]
    assert told == [None, "no library", None, "of 0123456789abcdef", None, "of fedcba9876543210", None]


async def test_a_join_tries_an_engine_once_more_that_was_given_up() -> None:
    told: list[CallReport] = []
    async with EngineSupervisor(command=script("sys.exit(3)"), policy=quick_policy()) as engine:
        await failed(engine)
        seen: list[EngineState] = []
        engine._on_change = seen.append
        engine.calls.join_call(REQUEST, Holder(told))
        await engine.wait_until(lambda state: not isinstance(state, EngineFailed), DEADLINE_S)
        await failed(engine)
        assert any(isinstance(state, EngineStarting) for state in seen)
        last = told[-1]
        assert isinstance(last, CallChanged)
        assert last.state is CallState.FAILED, "and where that fails as well, the account hears of it"


async def test_what_the_engine_says_is_in_the_language_of_the_screen(tmp_path: Path) -> None:
    told: list[CallReport] = []
    missing = VoiceAddress("ws://localhost", socket_path=str(tmp_path / "no.sock"))

    def is_said(words: str) -> bool:
        return any(isinstance(report, CallChanged) and words in report.sentence for report in told)

    use_language("fr", {}, tmp_path)
    try:
        async with EngineSupervisor(policy=quick_policy()) as engine:
            await ready(engine)
            engine.calls.join_call(msgspec.structs.replace(REQUEST, address=missing), Holder(told))
            await until(lambda: is_said("Votre propre serveur est injoignable\u00a0: il n'est pas en marche"))
            engine.use_language("en")
            await until(lambda: is_said("Your own server cannot be reached: it does not run now"))
    finally:
        use_catalogue(Catalogue())


async def test_a_join_that_comes_while_all_ends_starts_no_engine() -> None:
    before = children()
    engine = EngineSupervisor(policy=quick_policy())
    engine.start()
    await ready(engine)
    closing = asyncio.create_task(engine.close())
    await asyncio.sleep(0)
    engine.calls.join_call(REQUEST, Holder([]))
    await closing
    engine.calls.join_call(REQUEST, Holder([]))
    await asyncio.sleep(0.05)
    assert isinstance(engine.state, EngineStopped)
    assert children() == before
