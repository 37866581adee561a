"""Anna, who is logged in from laptops to a host, and Ben, who is not, in one voice channel; sound cards are clocks."""

import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np

from tests.benchmarks.voice_room import Caller, VoiceRoom, voice_room
from tests.client.waiting import until
from tests.ssh.host import Account, Host, ssh_host
from tests.ssh.laptop import Laptop, laptop
from tests.ssh.lent_sound import lent_sound
from tests.voice.speech import speech_like
from tuichat.voice.audio_protocol import SetGate, SpeakingLevels
from tuichat.voice.call_protocol import CallState, MediaPath
from tuichat.voice.place_protocol import PlacesChanged

HEARD_DB = -50.0
ENGINE = (sys.executable, "-P", "-m", "tuichat.voice.engine")


class Talk:
    """Anna's voice process is on `host`; this process is her tuichat there, and her account's home is `account.folder`."""

    def __init__(self, folder: Path, host: Host, room: VoiceRoom) -> None:
        self.folder = folder
        self.host = host
        self.room = room
        self.anna, self.ben = room.callers
        self.account: Account = host.accounts[0]

    @property
    def places(self) -> PlacesChanged:
        """Return where Anna's sound is, as she was told last."""
        told = [report for report in self.anna.reports if isinstance(report, PlacesChanged)]
        return told[-1] if told else PlacesChanged()

    @property
    def is_in_call(self) -> bool:
        call = self.anna.client.voice.call
        return call is not None and call.state is CallState.CONNECTED

    @property
    def path(self) -> MediaPath:
        call = self.anna.client.voice.call
        return MediaPath.NONE if call is None else call.path

    def is_in_room(self) -> bool:
        """Whether Ben sees Anna in the channel."""
        guild = next(iter(self.ben.client.state.guilds.values()))
        me = self.anna.client.state.me
        assert me is not None
        state = guild.voice_states.get(me.id)
        return state is not None and state.channel_id == self.room.channel_id

    def login(self) -> contextlib.AbstractContextManager["Login"]:
        """Log in from another laptop by `tuichat ssh`."""
        return login(self.account, self.folder / "anna.raw")

    async def until_both_hear(self, limit_s: float = 30.0) -> float:
        """Wait until each hears what the other says from now on, and return how many seconds that took."""
        began_s = time.monotonic()
        for listener, speaker in ((self.anna, self.ben), (self.ben, self.anna)):
            first = len(listener.reports)
            await until(lambda: hears(listener, speaker, first), limit_s)  # noqa: B023  # awaited in this very turn
        return time.monotonic() - began_s


class Login:
    """One `tuichat ssh` of a laptop, and what runs there for it."""

    def __init__(self, machine: Laptop, pid: int, log: str) -> None:
        self.laptop = machine
        self.pid = pid
        self._log = log

    def engines(self) -> list[int]:
        """Return the audio engines that run on this laptop."""
        return [pid for pid in _processes() if self._log in _words(pid) and "--socket-fd" in _words(pid)]

    def kill_ssh(self) -> None:
        """Kill each ssh of this laptop, as a network that goes for good ends them; `tuichat ssh` is left."""
        for pid in _processes():
            words = _words(pid)
            if words and Path(words[0]).name.startswith("ssh") and str(self.laptop.folder) in " ".join(words):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def kill(self) -> None:
        """Kill `tuichat ssh` itself."""
        os.kill(self.pid, signal.SIGKILL)


@contextlib.contextmanager
def login(account: Account, microphone: Path) -> Iterator[Login]:
    """Log in from a laptop by `tuichat ssh`, where a file is what its microphone hears."""
    with laptop(account) as one:
        log = one.folder / "engine.npz"
        engine = [
            *(sys.executable, "-m", "tests.benchmarks.clocked_engine"),
            *("--microphone", str(microphone), "--log", str(log)),
        ]
        with lent_sound(one, account, engine=engine) as process:
            yield Login(one, process.pid, str(log))


def hears(listener: Caller, speaker: Caller, first: int) -> bool:
    """Whether one has heard the other by now, of the reports from `first` on."""
    me = speaker.client.state.me
    assert me is not None
    return any(
        report.levels_db.get(int(me.id), -100.0) > HEARD_DB
        for report in listener.reports[first:]
        if isinstance(report, SpeakingLevels)
    )


@contextlib.asynccontextmanager
async def laptop_talk(folder: Path) -> AsyncIterator[Talk]:
    """Run host, server, Ben's voice process and Anna's; nobody has joined yet."""
    for seed, name in enumerate(("anna", "ben"), 1):
        (folder / f"{name}.raw").write_bytes((speech_like(20.0, seed) * 32767).astype(np.int16).tobytes())
    with ssh_host() as host:
        account = host.add_account("bash", "anna", uid=0)
        commands = {
            "anna": ["env", "-u", "XDG_RUNTIME_DIR", f"HOME={account.folder}", *ENGINE],
            "ben": [
                *(sys.executable, "-m", "tests.benchmarks.clocked_engine"),
                *("--microphone", str(folder / "ben.raw"), "--log", str(folder / "ben.npz")),
            ],
        }
        async with voice_room(("anna", "ben"), commands.__getitem__) as room:
            for caller in room.callers:
                caller.engine.ask(SetGate("open"))
                caller.engine.start()
            yield Talk(folder, host, room)


def is_alive(pid: int) -> bool:
    return pid in _processes()


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _words(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []
