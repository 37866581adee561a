"""What `tuichat doctor audio` draws, and what it finds with a real engine and sound server (line 4.5)."""

import contextlib
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.doctor.test_voice_ways import signed_in
from tests.server.running import running_server
from tests.system.test_laptop_sound import Login
from tests.voice.libraries import marked, needs_voice
from tests.voice.pulse import needs_pulse, needs_speech, pulse_server, speech
from tuichat.config.schema import VoiceSettings
from tuichat.doctor.audio import METER_WIDTH, examine_audio, meter
from tuichat.doctor.findings import as_text
from tuichat.doctor.voice_ways import examine_ways
from tuichat.voice.audio_protocol import Level


def test_a_meter_shows_level_and_line() -> None:
    assert meter(Level(-30.0, True, -45.0)) == "[########|######---------------]  -30 dB heard       "


@pytest.mark.parametrize("level_db", [-100.0, -60.0, 0.0])
def test_a_meter_has_one_width(level_db: float) -> None:
    assert len(meter(Level(level_db, False, -100.0)).partition("]")[0]) == METER_WIDTH + 1
    assert "too loud" in meter(Level(level_db, False, None, is_clipped=True))


async def examined(settings: VoiceSettings, ways: Sequence[str] = ()) -> tuple[str, bool, list[str]]:
    shown: list[str] = []

    async def find_ways(_laptop: object) -> Sequence[str]:
        return ways

    found, is_good = await examine_audio(settings, shown.append, find_ways)
    return as_text(found), is_good, shown


@marked(needs_voice)
@pytest.mark.slow
@pytest.mark.alone
async def test_without_a_sound_server_it_says_what_to_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path / 'nobody'}")
    if Path("/dev/snd").exists():
        pytest.skip("this machine has a sound card")
    text, is_good, _ = await examined(VoiceSettings())
    assert not is_good
    assert "microphones: None is there." in text
    assert "the strip, /call test" in text
    assert f"no sound server answers at unix:{tmp_path}" in text.splitlines()[-1]


@marked([*needs_pulse, needs_speech])
@pytest.mark.slow
@pytest.mark.alone
async def test_a_muted_microphone_is_found_and_the_delay_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory(prefix="tuichat-pulse-") as folder, pulse_server(Path(folder)) as pulse:
        for name, value in pulse.environment.items():
            monkeypatch.setenv(name, value)
        pulse.add_sink("loop")
        text, is_good, shown = await examined(VoiceSettings(), ["https://chat.example: by UDP"])
    assert not is_good
    assert "    https://chat.example: by UDP" in text.splitlines()
    assert "the strip, /call test" not in text
    assert "loop (loop, the system's default)" in text
    assert "media path: Sound goes through pulseaudio" in text
    assert "digital silence: it is muted" in text
    delay = next(line for line in text.splitlines() if "from speaker to microphone" in line)
    assert 1 <= int(delay.split()[0]) <= 250
    assert "Say something: you are recorded for three seconds." in shown


@marked([*needs_pulse, needs_speech])
@pytest.mark.slow
@pytest.mark.alone
async def test_one_who_speaks_is_heard_and_sees_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="tuichat-pulse-") as folder, pulse_server(Path(folder)) as pulse:
        for name, value in pulse.environment.items():
            monkeypatch.setenv(name, value)
        pulse.add_sink("ear")
        pulse.add_sink("mouth")
        talker = pulse.play(speech(tmp_path, "Testing, one, two. Is anybody there? I hope so. " * 5), "mouth")
        text, is_good, shown = await examined(VoiceSettings(input="mouth.monitor", output="ear"))
        talker.terminate()
        talker.wait(5)
    assert is_good, text
    assert "as with headphones" in text
    assert any("heard" in line for line in shown if line.startswith("\r"))


@marked([*needs_pulse, needs_speech])
@pytest.mark.slow
@pytest.mark.alone
async def test_the_laptop_that_one_logs_in_from_is_examined(monkeypatch: pytest.MonkeyPatch) -> None:
    with contextlib.ExitStack() as stack:
        folder, runtime = (Path(stack.enter_context(tempfile.TemporaryDirectory(dir="/tmp"))) for _ in range(2))
        pulse = stack.enter_context(pulse_server(folder))
        for name in ("PULSE_SERVER", "PULSE_RUNTIME_PATH"):
            monkeypatch.setenv(name, pulse.environment[name])
        pulse.add_sink("loop")
        async with Login(runtime) as login, running_server() as server:
            monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
            profile = await signed_in(server)
            shown: list[str] = []
            found, is_good = await examine_audio(
                VoiceSettings(), shown.append, lambda laptop: examine_ways(profile, laptop)
            )
            port = server.server.voice.media.port
            assert any(each.is_open for each in login.shown), (
                "the microphone of the laptop was opened, and that is shown there"
            )
    text = as_text(found)
    assert "voice engine: tuichat" in text
    assert "on your laptop; 1 microphone, 1 speaker" in text
    assert f"Sound goes through the audio engine on your laptop {login.name}, " in text
    assert f"Voice would go from your laptop through ssh, then through UDP from here to 127.0.0.1:{port}: " in text
    assert "loop (loop, the system's default)" in text
    assert "digital silence: it is muted" in text
    assert not is_good
    assert "Say something: you are recorded for three seconds." in shown
