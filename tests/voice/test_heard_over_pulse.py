"""Real speech through two engines and a real sound server: line 4.14, without the network between them.

tests/system has the same with a server. Two engines, their sound server and the programs that speak and record share
the machine with this process, so it is to be left alone.
"""

import asyncio
import contextlib
import gc
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.voice.listening import likeness, quality
from tests.voice.pair import Person, introduce
from tests.voice.pulse import (
    PulseServer,
    needs_pulse,
    needs_speech,
    pulse_server,
    read_raw,
    speech,
)
from tuichat.voice import audio_protocol as asked
from tuichat.voice.local_sound import prepare_for_ticks

pytestmark = [*needs_pulse, needs_speech, pytest.mark.slow, pytest.mark.alone]

GOOD_PESQ = 3.8
TRIES = 6  # another program that takes the machine for a tenth of a second is heard, and is not what is measured
SENTENCES = (
    "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background. "
    "It is easy to tell the depth of a well."
)
OTHERS = ("Four hours of steady work faced us.", "The juice of lemons makes fine punch.")
AFTER_S = 0.6  # what is in the buffers when the speaker has said it all


@pytest.fixture(autouse=True)
def ticks_as_in_an_engine() -> Iterator[None]:
    """The engines of these tests live in this process, which therefore prepares as theirs does."""
    interval_s = sys.getswitchinterval()
    prepare_for_ticks()
    yield
    gc.unfreeze()
    sys.setswitchinterval(interval_s)
    with contextlib.suppress(OSError):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


@pytest.fixture
async def pulse(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[PulseServer]:
    with tempfile.TemporaryDirectory(prefix="tuichat-pulse-") as folder, pulse_server(Path(folder)) as server:
        for name in ("PULSE_SERVER", "HOME", "XDG_RUNTIME_DIR", "PULSE_RUNTIME_PATH"):
            monkeypatch.setenv(name, server.environment[name])
        yield server


async def started(*people: Person) -> None:
    introduce(*people)
    for person in people:
        person.audio.start()
    for person in people:
        await person.until_open()
    await asyncio.sleep(0.5)  # a sound card's first chunks come in a bunch


async def played(*processes: "subprocess.Popen[bytes]") -> None:
    for process in processes:
        assert await asyncio.to_thread(process.wait, 60) == 0
    await asyncio.sleep(AFTER_S)


async def test_speech_is_heard_as_it_was_said(pulse: PulseServer, tmp_path: Path) -> None:
    anna, ben = Person(pulse, "anna", 1), Person(pulse, "ben", 2)
    anna.audio.set_bitrate(48_000)
    anna.audio.handle(asked.SetGate("voice"))
    await started(anna, ben)
    said, recording = speech(tmp_path, SENTENCES), tmp_path / "ear.raw"
    found: list[float] = []
    while len(found) < TRIES and max(found, default=0.0) < GOOD_PESQ:
        with pulse.recording("ben-ear.monitor", recording):
            await played(pulse.play(said, "anna-mouth"))
        found.append(await asyncio.to_thread(quality, said, read_raw(recording)))
    anna.audio.close()
    ben.audio.close()
    assert max(found) >= GOOD_PESQ, found


async def test_three_talk_at_once_and_each_hears_the_others_and_not_themselves(
    pulse: PulseServer, tmp_path: Path
) -> None:
    people = [Person(pulse, name, number) for number, name in enumerate(("anna", "ben", "cleo"), 1)]
    await started(*people)
    said = [speech(tmp_path, text) for text in (SENTENCES[:43], *OTHERS)]
    recordings = [tmp_path / f"{person.name}.raw" for person in people]
    with (
        pulse.recording("anna-ear.monitor", recordings[0]),
        pulse.recording("ben-ear.monitor", recordings[1]),
        pulse.recording("cleo-ear.monitor", recordings[2]),
    ):
        await played(*(pulse.play(words, f"{person.name}-mouth") for person, words in zip(people, said, strict=True)))
    for person in people:
        person.audio.close()
    for listener, recording in enumerate(recordings):
        heard = read_raw(recording)
        for speaker, words in enumerate(said):
            share = likeness(heard, words)
            if speaker == listener:
                assert share < 0.38, f"{listener} hears themselves: {share:.2f}"
            else:
                assert share > 0.42, f"{listener} does not hear {speaker}: {share:.2f}"


async def test_a_muted_one_is_silent_to_the_last_sample(pulse: PulseServer, tmp_path: Path) -> None:
    anna, ben = Person(pulse, "anna", 1), Person(pulse, "ben", 2)
    anna.audio.handle(asked.SetMuteStyle("instant"))  # the microphone stays open: the harder case
    await started(anna, ben)
    anna.audio.set_muted(True)
    await asyncio.sleep(AFTER_S)  # until what was said before has been played
    recording = tmp_path / "ear.raw"
    with pulse.recording("ben-ear.monitor", recording):
        await played(pulse.play(speech(tmp_path, OTHERS[0]), "anna-mouth"))
    anna.audio.close()
    ben.audio.close()
    assert not read_raw(recording).any()


async def test_muting_gives_the_microphone_back_to_the_system(pulse: PulseServer) -> None:
    anna = Person(pulse, "anna", 1)
    await started(anna)
    assert pulse.recording_streams() == 1
    anna.audio.set_muted(True)
    await anna.until_open(microphone=False)
    assert pulse.recording_streams() == 0
    anna.audio.set_muted(False)
    await anna.until_open()
    assert pulse.recording_streams() == 1
    anna.audio.close()
