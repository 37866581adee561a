"""tuichat installed from its wheel without the extra `voice`, as on a machine that one logs in to: it starts, and talks by a laptop."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bridge.laptop import BOX, SECRET
from tests.client.waiting import until
from tests.ssh.host import ROOT, needs_sshd, ssh_host
from tests.ssh.laptop import laptop
from tests.ssh.lent_sound import TUICHAT, allow
from tests.system.fresh_home import FreshHome
from tests.system.terminal import Terminals
from tests.voice.libraries import marked
from tests.voice.pulse import needs_pulse, pulse_server
from tuichat.bridge.bridge import Bridge
from tuichat.bridge.capture import Capture
from tuichat.bridge.consent import Consent
from tuichat.local.runtime import runtime_dir
from tuichat.local.ssh_session import file_name, socket_name
from tuichat.voice import audio_protocol
from tuichat.voice.audio_protocol import AudioReport, StartTest
from tuichat.voice.engine_state import EngineReady
from tuichat.voice.place_protocol import PlaceReport, PlacesChanged, PlaceState
from tuichat.voice.supervisor import EngineSupervisor

pytestmark = [
    pytest.mark.slow,
    pytest.mark.system,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed: make test-deps"),
]

SOUND_LIBRARIES = ("numpy", "pyaudio", "opuslib", "pulsectl", "pywebrtc_audio", "soundfile")
KEY = "0123456789abcdef"


class Installation:
    """A virtual environment with the wheel in it."""

    def __init__(self, folder: Path) -> None:
        self.python = folder / "venv" / "bin" / "python"
        self.tuichat = folder / "venv" / "bin" / "tuichat"

    def run(self, home: FreshHome, *words: str | Path, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            words,
            env={**home.environment, **environment},
            cwd=home.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def built_by(folder: Path, *words: str | Path) -> None:
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=400, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


@pytest.fixture(scope="module")
def installed() -> Iterator[Installation]:
    """Build the wheel of this tree, and install it as a new user's `pip install tuichat` would."""
    folder = Path(tempfile.mkdtemp(prefix="tuichat-wheel-"))
    folder.chmod(0o755)  # others on the host run it, too
    try:
        pip = ("-m", "pip", "--quiet", "--disable-pip-version-check")
        built_by(folder, sys.executable, *pip, "wheel", "--no-deps", "--wheel-dir", folder / "wheels", ROOT)
        (wheel,) = (folder / "wheels").glob("tuichat-*.whl")
        built_by(folder, sys.executable, "-m", "venv", folder / "venv")
        made = Installation(folder)
        built_by(folder, made.python, *pip, "install", wheel)
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def newcomer() -> Iterator[FreshHome]:
    with FreshHome() as home:
        home.environment.pop("VIRTUAL_ENV", None)
        yield home


def test_no_sound_library_comes_with_it(installed: Installation, newcomer: FreshHome) -> None:
    script = "import importlib.util, sys; print([name for name in sys.argv[1:] if importlib.util.find_spec(name)])"
    done = installed.run(newcomer, installed.python, "-P", "-c", script, *SOUND_LIBRARIES, "tuichat")
    assert done.stdout.strip() == "['tuichat']", done.stderr


def test_it_starts(installed: Installation, newcomer: FreshHome) -> None:
    with Terminals(newcomer.folder, newcomer.environment) as terminals:
        screen = terminals.open("lean", [str(installed.tuichat)])
        screen.wait_for("name")  # it asks a newcomer for one
        screen.type("Ada")
        screen.press("Enter")
        screen.wait_for("#general")
        screen.press("C-q")
        screen.wait_until(lambda shown: "#general" not in shown, "its end")
    assert installed.run(newcomer, installed.tuichat, "server", "stop").returncode == 0


def test_the_doctor_says_what_is_missing_and_that_ssh_needs_none_of_it(
    installed: Installation, newcomer: FreshHome
) -> None:
    done = installed.run(newcomer, installed.tuichat, "doctor", "audio")
    assert done.returncode == 1
    assert "PyAudio is not installed: run `make voice`" in done.stdout
    assert "opuslib is not installed" in done.stdout
    assert "tuichat ssh" not in done.stdout
    assert "microphones:" not in done.stdout
    assert "media path: Sound goes through ALSA" not in done.stdout
    done = installed.run(newcomer, installed.tuichat, "doctor", "audio", SSH_CONNECTION="192.0.2.7 50000 192.0.2.1 22")
    assert "over SSH none of it is needed here: log in by `tuichat ssh` in place of `ssh`" in done.stdout
    assert done.stderr == ""


def log_in(socket_path: Path) -> None:
    """Write what a login from a laptop leaves here, beside the socket: here it is the laptop's own, elsewhere it leads there."""
    file = socket_path.with_name(file_name(KEY))
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as written:
        json.dump({"v": 1, "secret": SECRET.hex(), "laptop": "mobile", "began": time.time()}, written)


@marked(needs_pulse)
async def test_its_voice_process_talks_by_a_laptop(installed: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [PlacesChanged()]
    results: list[audio_protocol.TestResult] = []

    def keep(report: AudioReport | PlaceReport) -> None:
        if isinstance(report, PlacesChanged):
            places.append(report)
        elif isinstance(report, audio_protocol.TestResult):
            results.append(report)

    consent = Consent()
    consent.allow(BOX)
    shown: list[Capture] = []
    socket_path = runtime_dir() / socket_name(KEY)
    command = (str(installed.python), "-P", "-m", "tuichat.voice.engine")
    with tempfile.TemporaryDirectory(prefix="tuichat-pulse-") as folder, pulse_server(Path(folder)) as pulse:
        pulse.add_sink("loop")
        monkeypatch.setenv("PULSE_SERVER", pulse.address)
        async with (
            Bridge(BOX, "box", SECRET, socket_path, consent=consent, show=shown.append),
            EngineSupervisor(on_report=keep, command=command) as host,
        ):
            alone = await host.wait_until(lambda state: isinstance(state, EngineReady) and not state.has_audio, 20)
            assert isinstance(alone, EngineReady)
            assert alone.libraries == {}
            log_in(socket_path)
            await until(lambda: (places[-1].key, places[-1].state) == (KEY, PlaceState.READY), limit_s=20)
            there = await host.refresh_devices()
            assert there.has_audio
            assert there.devices is not None
            assert [device.key for device in there.devices.outputs] == ["loop"]
            host.ask(StartTest())
            await until(lambda: results, limit_s=20)
    assert places[-1].state == PlaceState.READY
    assert [place.name for place in places[-1].places] == ["mobile"]
    assert results[0].delay_ms is not None  # the microphone there heard the speaker there
    assert [capture.is_open for capture in shown] == [True, False]


@marked([*needs_sshd, *needs_pulse])
def test_the_doctor_there_tries_the_laptops_sound_after_tuichat_ssh(installed: Installation) -> None:
    asked = f"{installed.tuichat} doctor audio"
    with (
        tempfile.TemporaryDirectory(prefix="tuichat-pulse-") as folder,
        pulse_server(Path(folder)) as pulse,
        ssh_host("bash") as host,
        laptop(*host.accounts) as visitor,
    ):
        pulse.add_sink("lap")
        visitor.environment["PULSE_SERVER"] = pulse.address
        plain = visitor.run("ssh", "devbox", asked, timeout_s=60)
        assert "log in by `tuichat ssh` in place of `ssh`" in plain.stdout, plain.stderr
        allow(visitor, host.accounts[0])
        text = visitor.run(*TUICHAT, "ssh", "devbox", asked, timeout_s=90).stdout
    assert "protocol 3, on your laptop; 1 microphone, 1 speaker" in text
    assert "lap (lap, the system's default)" in text
    assert "is not installed" not in text
    assert "digital silence" in text
    assert "ms from speaker to microphone" in text
