"""The engine's audio on a fake sound card: what is opened when, what is sent and played, and what is told."""

import asyncio
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import pytest

from tests.voice.fake_sound import FakeSound
from tests.voice.libraries import needs_opus
from tests.voice.speech import speech_like
from tuichat.protocol.rtp import OPUS, SILENCE, Header
from tuichat.voice import audio_protocol as asked
from tuichat.voice.audio_protocol import (
    AudioReport,
    AudioState,
    Level,
    MutedTalking,
    Problem,
    SpeakingLevels,
)
from tuichat.voice.capture import UNHEARD_CHUNKS
from tuichat.voice.codec import Decoder, Encoder
from tuichat.voice.local_audio import LocalAudio
from tuichat.voice.loudness import Pcm
from tuichat.voice.sample_queues import CHUNK_SAMPLES, CaptureQueue, PlaybackQueue
from tuichat.voice.stream_keeper import StreamClosed, StreamNews, StreamOpened

pytestmark = needs_opus

ReportT = TypeVar("ReportT")
TONE: Pcm = (8000 * np.sin(2 * np.pi * 500 * np.arange(CHUNK_SAMPLES) / 48_000)).astype(np.int16)


class FakeKeeper:
    """Opens at once, or says why not."""

    def __init__(
        self, sound: object, capture: CaptureQueue, playback: PlaybackQueue, on_news: Callable[[StreamNews], None]
    ) -> None:
        self.captured, self.to_play, self.tell = capture, playback, on_news
        self.wanted: dict[str, str | None] = {"input": None, "output": None}
        self.refuses: dict[str, str] = {}

    def want(self, input_key: str | None, output_key: str | None) -> None:
        for place, key in (("input", input_key), ("output", output_key)):
            if self.wanted[place] == key:
                continue
            self.wanted[place] = key
            if key is None:
                self.tell(StreamClosed(place))  # type: ignore[arg-type]  # a place
            elif place in self.refuses:
                self.tell(StreamClosed(place, self.refuses[place]))  # type: ignore[arg-type]
            else:
                self.tell(StreamOpened(place, key or "default", 20))  # type: ignore[arg-type]

    def close(self) -> None: ...


class Machine:
    """One engine's audio, its card in the hands of a test, and a clock that the test moves."""

    def __init__(self, refuses: dict[str, str] | None = None) -> None:
        self.sent: list[tuple[bytes, int, bool]] = []
        self.reports: list[AudioReport] = []
        self.now_ms = 0.0
        self._card: FakeKeeper | None = None
        self._refuses = refuses or {}
        self.audio = LocalAudio(
            FakeSound(),
            lambda *frame: self.sent.append(frame),
            self.reports.append,
            keeper=self._make_keeper,  # type: ignore[arg-type]  # as much of one as the audio uses
            now_ms=lambda: self.now_ms,
        )
        self.audio.handle(asked.SetGate("open"))

    def _make_keeper(self, *arguments: object) -> FakeKeeper:
        self._card = FakeKeeper(*arguments)  # type: ignore[arg-type]
        self._card.refuses = self._refuses
        return self._card

    @property
    def card(self) -> FakeKeeper:
        assert self._card is not None
        return self._card

    async def run(self, chunks: int, microphone: Pcm = TONE) -> Pcm:
        """Let so many ticks of 10 ms pass, and return what was played."""
        played = []
        for _ in range(chunks):
            await asyncio.sleep(0)
            if self.card.wanted["input"] is not None and "input" not in self._refuses:
                self.card.captured.put(microphone.tobytes())
            if self.card.wanted["output"] is not None and "output" not in self._refuses:
                played.append(self.card.to_play.next())
            self.now_ms += 10
            for _ in range(3):  # the pipe that wakes the loop, and what follows from it
                await asyncio.sleep(0)
        return np.frombuffer(b"".join(played), np.int16)

    def told(self, kind: type[ReportT]) -> list[ReportT]:
        return [report for report in self.reports if isinstance(report, kind)]


@pytest.fixture
async def machines() -> Iterator[Callable[..., Machine]]:  # type: ignore[misc]  # closed on the test's loop
    made: list[Machine] = []

    def make(**options: dict[str, str]) -> Machine:
        made.append(Machine(**options))
        return made[-1]

    yield make
    for machine in made:
        machine.audio.close()


def packets(seconds: float) -> list[bytes]:
    """Return Opus packets of something like speech."""
    encoder = Encoder()
    sound = speech_like(seconds)
    return [encoder.encode(sound[at : at + 960]) for at in range(0, len(sound) - 959, 960)]


async def test_devices_are_open_in_a_call_and_only_then(machines: Callable[[], Machine]) -> None:
    machine = machines()
    await machine.run(1)
    assert machine.card.wanted == {"input": None, "output": None}
    machine.audio.start()
    await machine.run(4)
    assert machine.told(AudioState)[-1].input_name == "default"
    assert machine.told(AudioState)[-1].output_name == "default"
    assert len(machine.sent) == 2
    machine.audio.stop()
    assert machine.card.wanted["input"] is None


async def test_muting_closes_the_microphone_and_ends_what_was_said(machines: Callable[[], Machine]) -> None:
    machine = machines()
    machine.audio.start()
    await machine.run(4)
    machine.audio.set_muted(True)
    await machine.run(2)
    assert machine.card.wanted["input"] is None
    assert machine.card.wanted["output"] == ""
    assert [payload for payload, _, _ in machine.sent[2:]] == 5 * [SILENCE]
    assert machine.told(AudioState)[-1] == AudioState(
        input_name=None, output_name="default", is_muted=True, voice_detection="speech", output_delay_ms=20
    )
    machine.audio.set_muted(False)
    await machine.run(4)
    assert machine.sent[-1][2]


async def test_an_instant_mute_keeps_the_microphone_and_hints_at_it(machines: Callable[[], Machine]) -> None:
    machine = machines()
    machine.audio.handle(asked.SetMuteStyle("instant"))
    machine.audio.handle(asked.SetGate("voice", -40.0))
    machine.audio.start()
    machine.audio.set_muted(True)
    await machine.run(200)
    assert machine.card.wanted["input"] == ""
    assert not any(is_speech for _, _, is_speech in machine.sent)
    assert len(machine.told(MutedTalking)) == 1


async def test_what_was_recorded_while_muted_is_not_sent_after_unmuting(machines: Callable[[], Machine]) -> None:
    """Chunks that wait in the queue, or are on their way through the sound system, were spoken into a mute."""
    machine = machines()
    machine.audio.handle(asked.SetMuteStyle("instant"))
    machine.audio.start()
    machine.audio.set_muted(True)
    await machine.run(20)
    for _ in range(10):
        machine.card.captured.put(TONE.tobytes())
    machine.audio.set_muted(False)
    for _ in range(UNHEARD_CHUNKS):
        machine.card.captured.put(TONE.tobytes())
    await machine.run(10, np.zeros(CHUNK_SAMPLES, np.int16))
    decoder = Decoder()
    spoken = [decoder.decode(payload).copy() for payload, _, is_speech in machine.sent if is_speech]
    assert len(spoken) >= 3
    assert np.abs(np.concatenate(spoken)).max() < 0.001


async def test_push_to_talk_is_let_go_when_a_call_ends(machines: Callable[[], Machine]) -> None:
    machine = machines()
    machine.audio.handle(asked.SetGate("push_to_talk"))
    machine.audio.start()
    machine.audio.handle(asked.Talk(is_pressed=True))
    await machine.run(4)
    machine.audio.stop()
    machine.audio.start()
    sent = len(machine.sent)
    await machine.run(10)
    assert not any(is_speech for _, _, is_speech in machine.sent[sent:])


@pytest.mark.parametrize("what", ["set_deafened", "stop"])
async def test_a_soundboards_sound_ends_with_hearing(machines: Callable[[], Machine], what: str) -> None:
    machine = machines()
    machine.audio.start()
    machine.audio.handle(asked.PlaySamples(np.full(96_000, 8000, "<i2").tobytes()))
    assert (await machine.run(10)).any()
    if what == "stop":
        machine.audio.stop()
    else:
        machine.audio.set_deafened(True)
        machine.audio.handle(asked.PlaySamples(np.full(96_000, 8000, "<i2").tobytes()))
    await machine.run(4)  # what was mixed before
    assert not (await machine.run(10)).any()


async def test_who_is_deafened_and_muted_hears_nothing_and_sends_nothing(machines: Callable[[], Machine]) -> None:
    machine = machines()
    machine.audio.start()
    machine.audio.set_muted(True)
    machine.audio.set_deafened(True)
    for number, payload in enumerate(packets(0.4)):
        machine.audio.receive(7, Header(OPUS, number, number * 960, 7, False), payload, machine.now_ms)
        assert not (await machine.run(2)).any()
    assert machine.sent == []


async def test_whom_a_moderator_deafened_alone_is_heard_still(machines: Callable[[], Machine]) -> None:
    machine = machines()
    machine.audio.start()
    machine.audio.set_deafened(True)
    assert not (await machine.run(40)).any()
    assert machine.told(AudioState)[-1].is_deafened
    assert any(is_speech for _, _, is_speech in machine.sent)


async def test_what_is_received_is_played_and_its_level_told(machines: Callable[[], Machine]) -> None:
    machine = machines()
    machine.audio.start()
    await machine.run(2)
    heard = []
    for number, payload in enumerate(packets(1.0)):
        machine.audio.receive(7, Header(OPUS, number, number * 960, 7, False), payload, machine.now_ms)
        heard.append(await machine.run(2))
    assert np.abs(np.concatenate(heard)).max() > 3000
    assert any(levels.levels_db.get(7, -100) > -40 for levels in machine.told(SpeakingLevels))
    await machine.run(60)
    assert machine.told(SpeakingLevels)[-1] == SpeakingLevels({})


async def test_a_volume_of_nothing_is_silence(machines: Callable[[], Machine]) -> None:
    machine = machines()
    machine.audio.handle(asked.SetVolume(7, 0))
    machine.audio.start()
    await machine.run(2)
    for number, payload in enumerate(packets(0.6)):
        machine.audio.receive(7, Header(OPUS, number, number * 960, 7, False), payload, machine.now_ms)
        played = await machine.run(2)
        assert number < 3 or not played.any()  # the mixer fades to it during the first block


async def test_without_a_microphone_one_listens_and_is_told(machines: Callable[..., Machine]) -> None:
    machine = machines(refuses={"input": "there is no microphone"})
    machine.audio.start()
    await machine.run(2)
    assert Problem("input", "there is no microphone") in machine.reports
    heard = []
    for number, payload in enumerate(packets(0.6)):
        machine.audio.receive(7, Header(OPUS, number, number * 960, 7, False), payload, machine.now_ms)
        heard.append(await machine.run(2))
    assert np.concatenate(heard).any()


async def test_a_problem_that_is_over_is_told(machines: Callable[..., Machine]) -> None:
    machine = machines(refuses={"output": "there is no speaker"})
    machine.audio.start()
    await machine.run(2)
    machine.card.tell(StreamOpened("output", "Speaker", 20))
    await machine.run(1)
    assert machine.told(Problem) == [Problem("output", "there is no speaker"), Problem("output", None)]


async def test_a_sound_opens_the_speaker_outside_of_a_call(machines: Callable[[], Machine]) -> None:
    machine = machines()
    machine.audio.handle(asked.PlaySound("join"))
    played = await machine.run(40)
    assert np.abs(played).max() > 1000
    assert machine.card.wanted["input"] is None


async def test_sounds_that_are_off_are_not_played(machines: Callable[[], Machine]) -> None:
    machine = machines()
    machine.audio.handle(asked.SetSounds(is_on=False))
    machine.audio.handle(asked.PlaySound("join"))
    await machine.run(5)
    assert machine.card.wanted["output"] is None


async def test_the_meter_opens_the_microphone_and_sends_nothing(machines: Callable[[], Machine]) -> None:
    machine = machines()
    machine.audio.handle(asked.SetMeter(is_on=True))
    await machine.run(25)
    assert len(machine.told(Level)) == 2
    assert machine.sent == []
    machine.audio.handle(asked.SetMeter(is_on=False))
    assert machine.card.wanted["input"] is None


async def test_push_to_talk_sends_while_pressed(machines: Callable[[], Machine]) -> None:
    machine = machines()
    machine.audio.handle(asked.SetGate("push_to_talk"))
    machine.audio.start()
    await machine.run(10)
    assert machine.sent == []
    machine.audio.handle(asked.Talk(is_pressed=True))
    await machine.run(4)
    assert sum(is_speech for _, _, is_speech in machine.sent) == 2


async def test_bitrate_changes_what_is_sent(machines: Callable[[], Machine]) -> None:
    noise = np.random.default_rng(1).integers(-8000, 8000, CHUNK_SAMPLES).astype(np.int16)
    sizes = {}
    for bits_s in (16_000, 96_000):
        machine = machines()
        machine.audio.set_bitrate(bits_s)
        machine.audio.start()
        await machine.run(40, noise)
        sizes[bits_s] = sum(len(payload) for payload, _, is_speech in machine.sent if is_speech)
    assert sizes[96_000] > 3 * sizes[16_000]


@pytest.mark.slow
async def test_the_test_records_plays_back_and_judges_while_nothing_is_sent(machines: Callable[[], Machine]) -> None:
    machine = machines()
    machine.audio.start()
    await machine.run(2)
    sent = len(machine.sent)
    speech = (speech_like(3.0) * 32767).astype(np.int16)
    machine.audio.handle(asked.StartTest())
    loudest_back = 0
    for tick in range(900):
        at = tick * CHUNK_SAMPLES % (len(speech) - CHUNK_SAMPLES)
        played = await machine.run(1, speech[at : at + CHUNK_SAMPLES])
        machine.audio._tick()
        if machine.told(asked.TestProgress) and machine.told(asked.TestProgress)[-1].step == "playing":
            loudest_back = max(loudest_back, int(np.abs(played).max()))
        if machine.told(asked.TestResult):
            break
    steps = [progress.step for progress in machine.told(asked.TestProgress)]
    assert list(dict.fromkeys(steps)) == ["delay", "recording", "playing"]
    result = machine.told(asked.TestResult)[0]
    assert result.is_good, result
    assert "headphones" in result.verdict
    assert loudest_back > 3000
    assert not any(is_speech for _, _, is_speech in machine.sent[sent:])
