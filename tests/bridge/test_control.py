"""`tuichat bridge` and `tuichat ctl ptt` against bridges that run, over their control sockets."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.automation.ctl.ctl_client import at_socket
from tests.bridge.host import HELLO, Host, host_at
from tests.bridge.laptop import BOX, SECRET, Laptop
from tests.client.waiting import until
from tests.voice.test_supervisor import children, is_alive
from tuichat.__main__ import main as program
from tuichat.bridge import management
from tuichat.bridge.consent import Consent
from tuichat.bridge.control_protocol import MAX_LINE_BYTES, ControlError, Request, read_request
from tuichat.bridge.leftovers import session_path
from tuichat.config.paths import Profile
from tuichat.local.ctl_place import find_bridges
from tuichat.local.runtime import ctl_socket_path, runtime_dir
from tuichat.local.unix_socket import listen
from tuichat.voice.audio_protocol import AudioState, SetGate, SetMeter, Talk
from tuichat.voice.engine_protocol import Devices, DevicesRequest
from tuichat.voice.media_protocol import MediaOffer

pytestmark = pytest.mark.slow

OFFER = MediaOffer(session=1, user_id=2, ssrc=3, ip="127.0.0.1", port=4, mode="m")


class Ended:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


async def tuichat(*words: str) -> Ended:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-m", "tuichat", *words),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    assert process.returncode is not None
    return Ended(process.returncode, out.decode(), err.decode())


@pytest.fixture
async def laptop(tmp_path: Path) -> AsyncIterator[Laptop]:
    laptop = Laptop(tmp_path)
    async with laptop.bridge:
        yield laptop
    assert find_bridges() == []


@pytest.fixture
async def host(laptop: Laptop) -> AsyncIterator[Host]:
    laptop.consent.allow(BOX)
    async with host_at(laptop.path, SECRET) as host:
        yield host


async def test_without_a_session_it_says_so() -> None:
    ended = await tuichat("bridge", "status")
    assert ended.code == 1
    assert "No session of ssh that takes the sound along runs here" in ended.out
    stopped = await tuichat("bridge", "stop")
    assert stopped.code == 1
    assert "No session of ssh that takes the sound along runs here" in stopped.err


async def test_status_says_when_the_microphone_is_open(laptop: Laptop, host: Host) -> None:
    told = await tuichat("bridge", "status")
    assert told.code == 0
    assert "box (ann@box.example.org:22), since " in told.out
    assert "the voice engine starts when sound is needed" in told.out
    host.send(SetMeter(is_on=True))
    await until(lambda: laptop.shown)
    told = await tuichat("bridge", "status")
    assert "the microphone is open (a microphone)" in told.out
    assert "ann@box.example.org:22 may have the sound, as you said on 20" in told.out
    record = json.loads((await tuichat("bridge", "status", "--json")).out)
    assert record["lines"] == [
        {
            "engine_pid": laptop.pids()[0],
            "is_in_call": False,
            "is_capturing": True,
            "is_muted": False,
            "device": "a microphone",
        }
    ]


@pytest.mark.parametrize("words", [[], ["box"], [BOX]])
async def test_stop_closes_the_microphone_until_allow(laptop: Laptop, host: Host, words: list[str]) -> None:
    host.send(SetMeter(is_on=True))
    await until(lambda: laptop.shown)
    (pid,) = laptop.pids()
    ended = await tuichat("bridge", "stop", *words)
    assert (ended.code, ended.err) == (0, "")
    assert not is_alive(pid)
    assert "tuichat bridge allow box" in ended.out
    assert "stopped" in (await tuichat("bridge", "status")).out
    assert "tuichat bridge allow box" in await host.end()

    again = Host()
    opening = asyncio.create_task(again.open(laptop.path, SECRET))
    await until(lambda: again.asked)
    assert (await tuichat("bridge", "allow", "box")).code == 0
    await opening
    again.send(HELLO, SetMeter(is_on=True))
    await until(lambda: laptop.shown[-1].is_open)
    await again.leave()


async def test_stop_of_all_comes_before_what_it_takes_to_say_so(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(words: list[str]) -> int:
        assert words == ["bridge", "stop"]
        return 7

    monkeypatch.setattr("tuichat.cli.main", said)
    monkeypatch.setattr(sys, "argv", ["tuichat", "bridge", "stop"])
    assert await asyncio.to_thread(program) == 7
    await until(lambda: laptop.bridge.is_stopped)


async def test_stop_of_one_machine_leaves_another_alone(laptop: Laptop, host: Host, tmp_path: Path) -> None:
    host.send(DevicesRequest())
    await host.next(Devices)
    other = Laptop(tmp_path, name="other", destination="ann@other:22")
    async with other.bridge:
        assert (await tuichat("bridge", "stop", "other")).code == 0
        assert other.bridge.is_stopped
    assert not laptop.bridge.is_stopped
    assert is_alive(laptop.pids()[0])
    ended = await tuichat("bridge", "stop", "nobody")
    assert ended.code == 1
    assert "`tuichat bridge status` lists those that do" in ended.err


async def test_forget_ends_the_sound_and_asks_again(laptop: Laptop, host: Host) -> None:
    host.send(SetMeter(is_on=True))
    await until(lambda: laptop.shown)
    assert (await tuichat("bridge", "forget", "box")).code == 0
    assert "tuichat bridge allow box" in await host.end()
    assert Consent().of(BOX) is None
    assert "it may not have the sound" in (await tuichat("bridge", "status")).out
    assert (await tuichat("bridge", "forget", "box")).code == 1


async def test_a_destination_is_allowed_without_a_session() -> None:
    assert (await tuichat("bridge", "allow", BOX)).code == 0
    assert Consent().of(BOX) is True
    assert (await tuichat("bridge", "forget", BOX)).code == 0
    assert Consent().of(BOX) is None


async def test_the_key_of_push_to_talk_reaches_the_engine_without_a_tuichat_here(laptop: Laptop, host: Host) -> None:
    host.send(SetGate("push_to_talk"), OFFER)
    await until(lambda: "MediaOffer" in laptop.told())
    for key, is_pressed in (("down", True), ("up", False)):
        ended = await tuichat("ctl", "ptt", key)
        assert (ended.code, ended.out, ended.err) == (0, "", "")
        await until(lambda pressed=is_pressed: str(Talk(pressed)) in laptop.told())  # type: ignore[misc]


async def test_the_key_says_why_nobody_would_hear(laptop: Laptop, host: Host) -> None:
    ended = await tuichat("ctl", "ptt", "down")
    assert ended.code == 3
    assert "in a call" in ended.err
    host.send(SetGate("open"), OFFER)
    await until(lambda: laptop.bridge.lines[0].passage.is_in_call)
    ended = await tuichat("ctl", "ptt", "down")
    assert ended.code == 1
    assert "Push to talk is off" in ended.err


def left_over(path: Path) -> Path:
    """Put a socket there at which nobody listens, as a bridge that was killed leaves it."""
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(os.fspath(path))
    os.utime(path, (1, 1))
    return path


async def test_a_socket_that_is_left_over_is_swept(tmp_path: Path) -> None:
    path = left_over(runtime_dir() / "laptop-00112233aabbccdd.sock")
    assert (await tuichat("ctl", "ptt", "down")).code == 3
    assert (await tuichat("bridge", "status")).code == 1
    assert not path.exists()
    left_over(path)
    async with Laptop(tmp_path).bridge:
        assert not path.exists()


async def test_a_bridge_that_hangs_is_told_of_and_keeps_nobody_from_stopping_another(laptop: Laptop) -> None:
    path = runtime_dir() / "laptop-00112233aabbccdd.sock"
    with socket.socket(socket.AF_UNIX) as hung:
        hung.bind(os.fspath(path))
        path.chmod(0o600)
        hung.listen()
        stopping = asyncio.create_task(tuichat("bridge", "stop"))
        await until(lambda: laptop.bridge.is_stopped)
        assert not stopping.done()
        ended = await stopping
    assert ended.code == 1
    assert f"kill -9 {os.getpid()}" in ended.err
    path.unlink()


async def test_the_key_goes_to_the_tuichat_here_where_no_other_machine_has_a_call(laptop: Laptop, host: Host) -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readline())
        writer.write(b'{"v":1,"id":1,"code":0}\n')
        writer.close()

    server = await asyncio.start_unix_server(answer, sock=listen(ctl_socket_path(Profile("default"))))
    assert (await tuichat("ctl", "ptt", "down")).code == 0
    assert len(asked) == 1
    host.send(SetGate("push_to_talk"), OFFER)
    await until(lambda: "MediaOffer" in laptop.told())
    assert (await tuichat("ctl", "ptt", "down")).code == 0
    assert len(asked) == 1, "the call of the other machine goes first"
    server.close()


@pytest.mark.parametrize(
    "line",
    [
        b"{}",
        b"nothing",
        b"\xff",
        b'{"v":2,"op":"stop"}',
        b'{"v":1,"op":"run","words":["/leave"]}',
        b'{"v":1,"op":"ptt","key":"x"}',
        b"[" * 3000,
    ],
)
async def test_what_is_no_request_is_answered(laptop: Laptop, line: bytes) -> None:
    async with at_socket(Path(find_bridges()[0])) as client:
        client.write(line + b"\n")
        answer = await client.read()
        assert answer is not None
        assert answer["code"] == 2
        assert (await client.answer(op="status"))["record"]["name"] == "box"


@given(st.binary(max_size=300))
def test_bytes_of_strangers_are_a_request_or_an_error(line: bytes) -> None:
    with contextlib.suppress(ControlError):
        assert isinstance(read_request(line), Request)


async def test_a_line_that_never_ends_is_hung_up_on(laptop: Laptop) -> None:
    async with at_socket(Path(find_bridges()[0])) as client:
        client.write(b"x" * (4 * MAX_LINE_BYTES))
        assert await client.read() is None
    assert not laptop.bridge.is_stopped


async def test_a_bridge_that_ends_while_somebody_asks_it_ends_quietly(tmp_path: Path) -> None:
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: told.append(context))
    async with contextlib.AsyncExitStack() as clients:
        async with Laptop(tmp_path).bridge:
            client = await clients.enter_async_context(at_socket(Path(find_bridges()[0])))
            assert (await client.answer(op="status"))["record"]["name"] == "box"
        assert await client.read() is None
    assert told == []


BRIDGE = """
import asyncio, sys
from pathlib import Path
from tests.bridge.laptop import Laptop, fake_engine

async def run():
    folder, name, destination = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    command = (*fake_engine(folder / name), "tuichat.voice.engine")
    async with Laptop(folder, name=name, destination=destination, command=command).bridge:
        print("ready", flush=True)
        await asyncio.Event().wait()

asyncio.run(run())
"""


@pytest.mark.parametrize("words", [[], ["box"], [BOX]])
async def test_stop_closes_the_microphone_of_a_bridge_that_is_suspended_and_keeps_it_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    Consent().allow(BOX)
    monkeypatch.setattr(management, "canonical_destination", lambda host: BOX)
    path = runtime_dir() / "ssh-box.sock"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", BRIDGE, str(tmp_path), "box", BOX), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        async with host_at(path, SECRET) as host:
            host.send(SetMeter(is_on=True))
            await host.next(AudioState, lambda state: state.input_name is not None)
            (pid,) = map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())
            process.send_signal(signal.SIGSTOP)
            await until(lambda: state_of(process.pid) == "T")
            with pytest.raises(management.ManagementError, match=r"is suspended\. Its microphone is closed"):
                async with asyncio.timeout(1.5):  # an engine that is left alone ends by itself in 4 s
                    await management.stop(words[0] if words else None, Consent())
            await until(lambda: state_of(pid) in ("Z", ""))
            process.send_signal(signal.SIGCONT)
            await host.end()
        again = Host()
        opening = asyncio.create_task(again.open(path, SECRET))
        await until(lambda: again.asked)
        assert "was stopped on your laptop" in again.asked[0]
        opening.cancel()
        again.close()
    finally:
        process.kill()
        await process.wait()


@contextlib.asynccontextmanager
async def capturing(folder: Path, name: str, destination: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """Give a bridge in a process of its own whose microphone is open, and its engine."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", BRIDGE, str(folder), name, destination), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
        async with host_at(runtime_dir() / f"ssh-{name}.sock", SECRET) as host:
            host.send(SetMeter(is_on=True))
            await host.next(AudioState, lambda state: state.input_name is not None)
            (pid,) = map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())
            yield process, pid
    finally:
        process.kill()
        await process.wait()


async def test_stop_of_one_machine_ends_its_engine_alone_where_both_are_suspended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(management, "canonical_destination", lambda host: f"ann@{host}:22")
    one, two = "ann@one:2222", "bob@two:22"  # one by -p 2222, of which ssh's configuration has nothing
    for destination in (one, two):
        Consent().allow(destination)
    async with capturing(tmp_path, "one", one) as (first, engine), capturing(tmp_path, "two", two) as (second, other):
        for process in (first, second):
            process.send_signal(signal.SIGSTOP)
        await until(lambda: state_of(first.pid) == state_of(second.pid) == "T")
        with pytest.raises(management.ManagementError, match=rf"of process {first.pid} is suspended\. Its mic") as told:
            async with asyncio.timeout(1.5):  # an engine that is left alone ends by itself in 4 s
                await management.stop("one", Consent())
        assert str(second.pid) not in str(told.value)
        await until(lambda: state_of(engine) in ("Z", ""))
        assert is_alive(other)
        assert Consent().is_stopped(one)
        assert not Consent().is_stopped(two)
        first.send_signal(signal.SIGCONT)
        again = Host()
        opening = asyncio.create_task(again.open(runtime_dir() / "ssh-one.sock", SECRET))
        await until(lambda: again.asked)
        assert "was stopped on your laptop" in again.asked[0]
        opening.cancel()
        again.close()
        second.send_signal(signal.SIGCONT)


async def test_a_bridge_that_hangs_does_not_keep_the_stop_of_another_waiting(
    laptop: Laptop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(management, "LIMIT_S", 60.0)
    path = runtime_dir() / "laptop-00112233aabbccdd.sock"
    session_path(path).write_bytes(b'{"destination":"ann@hung:22","name":"hung"}')
    with socket.socket(socket.AF_UNIX) as hung:
        hung.bind(os.fspath(path))
        path.chmod(0o600)
        hung.listen()
        async with asyncio.timeout(5):
            assert await management.stop("box", Consent()) == ["box"]
    assert laptop.bridge.is_stopped
    path.unlink()
    session_path(path).unlink()


async def test_a_destination_is_that_machine_alone_and_not_another_by_its_address(tmp_path: Path) -> None:
    via = f"{BOX} via gate"
    consent = Consent()
    consent.allow(BOX)
    consent.allow(via)
    async with Laptop(tmp_path, destination=via).bridge:
        assert await management.forget(BOX, consent) == BOX
        assert consent.all().keys() == {via}
        with pytest.raises(management.ManagementError, match=r"`tuichat bridge status` lists"):
            await management.forget(BOX, consent)
        assert await management.stop(BOX, consent) == ["box"], "what may be meant is stopped"
        assert consent.is_stopped(via)


async def test_whose_a_bridge_is_stands_beside_it_for_its_user_alone(laptop: Laptop) -> None:
    (path,) = map(Path, find_bridges())
    assert session_path(path).stat().st_mode & 0o777 == 0o600
    assert json.loads(session_path(path).read_bytes()) == {"destination": BOX, "name": "box"}


def state_of(pid: int) -> str:
    """Return the letter by which proc(5) tells a process's state, "" for one that is gone."""
    if not Path(f"/proc/{pid}").exists():
        return ""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


async def test_stop_holds_for_a_machine_that_is_in_no_session_yet() -> None:
    consent = Consent()
    with pytest.raises(management.ManagementError, match="No session"):
        await management.stop(BOX, consent)
    consent.allow(BOX)
    assert await management.stop(BOX, consent) == [BOX]
    assert consent.is_stopped(BOX)


async def test_stop_ends_an_engine_that_is_just_being_started(laptop: Laptop, host: Host) -> None:
    before = children()
    host.send(SetMeter(is_on=True))
    await until(lambda: children() - before)
    await management.stop(None, Consent())
    await host.end()
    await until(lambda: not children() - before)
    assert not (laptop.shown and laptop.shown[-1].is_open)


async def test_status_says_what_was_said_of_each_machine() -> None:
    consent = Consent()
    consent.allow("ann@a:22")
    consent.allow("ann@b:22", unseen=True)
    consent.refuse("ann@c:22")
    consent.allow("ann@d:22")
    consent.stop("ann@d:22")
    _nobody, a, b, c, d = (await tuichat("bridge", "status")).out.splitlines()
    assert "ann@a:22 may have the sound, as you" in a
    assert "ann@b:22 may have the sound, and the microphone unseen" in b
    assert "ann@c:22 may not have the sound" in c
    assert "ann@d:22 has no sound until `tuichat bridge allow ann@d:22`" in d
