"""A machine that was logged in to by `tuichat ssh` asks for the laptop's sound, and what the laptop's owner has to say in it."""

import asyncio
import contextlib
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.client.waiting import until
from tests.ssh.host import ROOT, Host, needs_sshd, ssh_host
from tests.ssh.laptop import Laptop, laptop
from tests.voice.pulse import PulseServer, needs_pulse, pulse_server

pytestmark = [*needs_sshd, *needs_pulse, pytest.mark.slow]

TUICHAT = (sys.executable, "-P", "-m", "tuichat")

# The voice process of the machine, as far as its laptop sees it: it looks at the level in a call, and says what it is told.
ASKS = """
import asyncio
from tuichat.local.ssh_session import find_sessions
from tuichat.voice.audio_protocol import ChooseInput, Problem, SetGate, SetMeter
from tuichat.voice.laptop.laptop_sound import LaptopSound
from tuichat.voice.media_protocol import MediaOffer

def say(*words):
    print(*words, flush=True)

async def main():
    def connected():
        say("connected")
        for request in (
            SetGate("push_to_talk"),
            ChooseInput("mouth.monitor"),
            SetMeter(is_on=True),
            MediaOffer(session=1, user_id=2, ssrc=3, ip="127.0.0.1", port=9, mode="aead_aes256_gcm_rtpsize"),
        ):
            sound.receive(request)

    sound = LaptopSound(
        find_sessions()[0],
        lambda report: say(report.sentence) if isinstance(report, Problem) else None,
        on_change=lambda: say(sound.state.value, sound.sentence),
        on_connected=connected,
    )
    await sound.task

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with ssh_host("dash") as running:
        running.accounts[0].write("asks.py", ASKS)
        yield running


@pytest.fixture
def pulse() -> Iterator[PulseServer]:
    with tempfile.TemporaryDirectory(prefix="tuichat-pulse-") as folder, pulse_server(Path(folder)) as server:
        server.add_sink("mouth")
        server.add_sink("ear")
        yield server


@pytest.fixture
def visitor(host: Host, pulse: PulseServer) -> Iterator[Laptop]:
    with laptop(*host.accounts) as one:
        one.environment |= {"PYTHONPATH": str(ROOT), "PULSE_SERVER": pulse.address}
        yield one


class Login:
    """A session of `tuichat ssh` in which the machine asks for the sound; `said` is what it says."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.said: list[str] = []
        self._listening = asyncio.create_task(self._listen())

    def has_said(self, text: str) -> bool:
        return any(text in line for line in self.said)

    async def end(self) -> None:
        self._process.terminate()
        await self._process.wait()
        await self._listening

    async def _listen(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            self.said.append(line.decode().strip())


@contextlib.asynccontextmanager
async def login(visitor: Laptop) -> AsyncIterator[Login]:
    asks = f"PYTHONPATH={ROOT} exec {sys.executable} -P asks.py"
    process = await asyncio.create_subprocess_exec(
        *visitor.command(*TUICHAT, "ssh", "devbox", asks),
        env=visitor.environment,
        cwd=visitor.home,
        stdin=asyncio.subprocess.DEVNULL,  # nobody who could be asked in this terminal
        stdout=asyncio.subprocess.PIPE,
    )
    held = Login(process)
    try:
        yield held
    finally:
        await held.end()


async def tuichat(visitor: Laptop, *words: str) -> str:
    done = await asyncio.to_thread(visitor.run, *TUICHAT, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_microphone_opens_on_the_owners_word_and_closes_on_it(visitor: Laptop, pulse: PulseServer) -> None:
    async with login(visitor) as session:
        await until(lambda: session.has_said("tuichat bridge allow devbox"))
        assert not session.has_said("connected")
        assert "it asks for the sound" in await tuichat(visitor, "bridge", "status")

        await tuichat(visitor, "bridge", "allow", "--unseen", "devbox")
        await until(lambda: session.has_said("connected"))
        await until(lambda: pulse.recording_titles() == ["tuichat for devbox"])
        assert "the microphone is open" in await tuichat(visitor, "bridge", "status")
        for key in ("down", "up"):
            assert await tuichat(visitor, "ctl", "ptt", key) == ""

        await tuichat(visitor, "bridge", "stop")
        await until(lambda: pulse.recording_streams() == 0)
        await until(lambda: session.has_said("The sound was stopped on your laptop."))
        assert session.said.count("connected") == 1

        await tuichat(visitor, "bridge", "allow", "--unseen", "devbox")
        await until(lambda: session.said.count("connected") == 2)
        await until(lambda: pulse.recording_streams() == 1)
    await until(lambda: pulse.recording_streams() == 0)


async def test_who_was_allowed_once_is_not_asked_about_again(visitor: Laptop, pulse: PulseServer) -> None:
    await tuichat(
        visitor, "bridge", "allow", "--unseen", "devbox"
    )  # by the name in ssh's configuration, with no session
    for _time in range(2):
        async with login(visitor) as session:
            await until(lambda: pulse.recording_streams() == 1)
            assert session.said == ["connected"]
        await until(lambda: pulse.recording_streams() == 0)


async def test_engine_that_is_killed_comes_back(visitor: Laptop, pulse: PulseServer) -> None:
    await tuichat(visitor, "bridge", "allow", "--unseen", "devbox")
    async with login(visitor) as session:
        await until(lambda: pulse.recording_streams() == 1)
        status = await tuichat(visitor, "bridge", "status", "--json")
        pid = int(status.split('"engine_pid":')[1].split(",")[0])
        await asyncio.to_thread(visitor.run, "kill", "-9", str(pid))
        await until(lambda: session.said.count("connected") == 2)
        assert session.has_said("was killed by SIGKILL")
        await until(lambda: pulse.recording_streams() == 1)


async def test_where_the_laptop_can_show_nothing_the_microphone_stays_closed(
    visitor: Laptop, pulse: PulseServer
) -> None:
    await tuichat(visitor, "bridge", "allow", "devbox")
    async with login(visitor) as session:
        await until(lambda: session.has_said("`tuichat bridge allow --unseen devbox`"))
        assert "the loudspeaker alone" in await tuichat(visitor, "bridge", "status")
        assert pulse.recording_streams() == 0
        await tuichat(visitor, "bridge", "allow", "--unseen", "devbox")
        await until(lambda: pulse.recording_streams() == 1)


async def test_where_the_desktop_alone_can_show_it_it_does(visitor: Laptop, pulse: PulseServer) -> None:
    shown = visitor.folder / "shown"
    notifier = Path(visitor.environment["PATH"].split(":")[0]) / "notify-send"
    notifier.write_text(f'#!/bin/sh\necho "$@" >>{shown}\n')
    notifier.chmod(0o700)
    visitor.environment["DISPLAY"] = ":0"
    await tuichat(visitor, "bridge", "allow", "devbox")
    async with login(visitor):
        await until(lambda: pulse.recording_streams() == 1)
        await until(lambda: shown.exists() and "devbox hears your microphone" in shown.read_text())
        await tuichat(visitor, "bridge", "stop")
        await until(lambda: pulse.recording_streams() == 0)
    assert "devbox does not hear your microphone any more" in shown.read_text()
