"""The audio of a call on this machine's own devices: capture, playback, sounds and streams, joined on one loop.

The sound card's threads only move chunks through two queues and wake the loop, which does the rest: every 10 ms it
takes what was recorded and mixes what is to be played.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from typing import Final

import numpy as np

from tuichat.protocol.rtp import Header
from tuichat.voice.audio import AudioStatistics, OnFrame
from tuichat.voice.audio_protocol import (
    AudioReport,
    AudioRequest,
    AudioState,
    ChooseInput,
    ChooseOutput,
    MutedTalking,
    PlaySamples,
    PlaySound,
    Problem,
    SetGate,
    SetInputGain,
    SetMeter,
    SetMuteStyle,
    SetOutputGain,
    SetProcessing,
    SetSounds,
    SetVolume,
    SpeakingLevels,
    StartTest,
    StopSound,
    StopTest,
    Talk,
)
from tuichat.voice.audio_wishes import AudioWishes
from tuichat.voice.capture import Capture
from tuichat.voice.codec import Encoder
from tuichat.voice.device import AudioBackendError, SoundSystem
from tuichat.voice.loudness import Pcm
from tuichat.voice.mute_hint import MuteHint
from tuichat.voice.playback import Playback
from tuichat.voice.sample_queues import CHUNK_SAMPLES, CaptureQueue, PlaybackQueue, Wake
from tuichat.voice.sound_test import SoundTest
from tuichat.voice.sounds import SoundPlayer
from tuichat.voice.stream_keeper import DevicesChanged, StreamClosed, StreamKeeper, StreamNews, StreamOpened

REPORT_CHUNKS: Final = 10  # levels ten times a second
CLOCK_S: Final = 0.02
SPEAKER_LINGER_S: Final = 1.0  # after a sound outside of a call, so that two in a row open it once
MAX_PLAYED: Final = 5
FULL_SCALE: Final = 32767.0


class LocalAudio:
    """An Audio, and what the person at this machine asks of it. Everything is called on the loop."""

    def __init__(
        self,
        sound: SoundSystem,
        on_frame: OnFrame,
        report: Callable[[AudioReport], None],
        *,
        devices_changed: Callable[[], None] = lambda: None,
        encoder: Callable[[], Encoder] = Encoder,
        keeper: Callable[..., StreamKeeper] = StreamKeeper,
        now_ms: Callable[[], float] = lambda: time.monotonic() * 1000,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._report = report
        self._devices_changed = devices_changed
        self._make_encoder = encoder
        self._now_ms = now_ms
        self._wake = Wake()
        self._loop.add_reader(self._wake.reader, self._woken)
        self._captured = CaptureQueue(self._wake)
        self._to_play = PlaybackQueue(self._wake)
        self._keeper = keeper(sound, self._captured, self._to_play, self._news_from_thread)
        self._capture = Capture(on_frame)
        self._encoder: Encoder | None = None
        self._playback = Playback()
        self._sounds = SoundPlayer()  # our own, heard also while deafened
        self._board = SoundPlayer()  # the soundboard's
        self._played: deque[Pcm] = deque(maxlen=MAX_PLAYED)  # for echo cancellation
        self._test: SoundTest | None = None
        self._clock: asyncio.TimerHandle | None = None
        self._clock_ms = 0.0
        self._speaker_until_ms = 0.0
        self._input_key = ""
        self._output_key = ""
        self._input_name: str | None = None
        self._output_name: str | None = None
        self._output_delay_ms = 0
        self._wishes = AudioWishes()
        self._is_deafened = False
        self._has_sounds = True
        self._output_percent = 100
        self._bitrate = 64_000
        self._expected_loss = 0
        self._chunks_rendered = 0
        self._levels_are_told = False
        self._mute_hint = MuteHint()
        self._latest_tick_ms = 0.0
        self._state = AudioState()
        self._problems: dict[str, str] = {}

    # An Audio.

    def start(self) -> None:
        self._wishes.is_in_call = True
        self._latest_tick_ms = 0.0
        self._captured.overruns = self._to_play.underruns = self._capture.frames_sent = 0
        self._prepare_codec()
        self._apply()

    def stop(self) -> None:
        self._wishes.is_in_call = False
        self._capture.gate.release()
        self._board.clear()
        self._playback.clear()
        self._playback.set_priority(())
        self._tell_levels()
        self._apply()

    def receive(self, user_id: int | None, header: Header, payload: bytes, now_ms: float) -> None:
        if self._encoder is not None:  # else there is no libopus to decode with either
            self._playback.receive(user_id, header, payload, now_ms)

    def forget(self, user_id: int) -> None:
        self._playback.forget(user_id)

    def set_muted(self, is_muted: bool) -> None:
        self._wishes.is_muted = is_muted
        self._apply()

    def set_deafened(self, is_deafened: bool) -> None:
        self._is_deafened = is_deafened
        if is_deafened:
            self._board.clear()
        self._apply()

    def set_priority(self, user_ids: frozenset[int]) -> None:
        self._playback.set_priority(user_ids)

    def set_bitrate(self, bits_s: int) -> None:
        self._bitrate = bits_s
        if self._encoder is not None:
            self._encoder.set_bitrate(bits_s)

    def set_expected_loss(self, percent: int) -> None:
        self._expected_loss = percent
        if self._encoder is not None:
            self._encoder.set_expected_loss(percent)

    def statistics(self, now_ms: float) -> AudioStatistics:
        latest_tick_ms, self._latest_tick_ms = self._latest_tick_ms, 0.0
        return AudioStatistics(
            speakers=tuple(self._playback.statistics(now_ms)),
            frames_sent=self._capture.frames_sent,
            capture_overruns=self._captured.overruns,
            playback_underruns=self._to_play.underruns,
            latest_tick_ms=round(latest_tick_ms, 1),
        )

    # What the person asks.

    def handle(self, request: AudioRequest) -> None:
        """Act on a request; what it changes is reported."""
        match request:
            case SetMuteStyle(style):
                self._wishes.mute_style = style
            case ChooseInput(key):
                self._input_key = key
            case ChooseOutput(key):
                self._output_key = key
            case SetInputGain(percent):
                self._capture.gain_percent = percent
            case SetOutputGain(percent):
                self._output_percent = percent
                self._playback.set_output_volume(percent)
            case SetVolume(user_id, percent):
                self._playback.set_volume(user_id, percent)
            case SetProcessing():
                self._capture.processing.choose(
                    noise_suppression=request.noise_suppression,
                    echo_cancellation=request.echo_cancellation,
                    gain_control=request.gain_control,
                )
                self._tell_problem("processing", self._capture.processing.problem)
            case SetGate(mode, threshold_db):
                self._capture.gate.choose(mode, threshold_db)
            case Talk(is_pressed):
                self._capture.gate.press(is_pressed)
            case SetSounds(is_on):
                self._has_sounds = is_on
                if not is_on:
                    self._sounds.stop_repeating()
            case PlaySound(name, volume_percent):
                if self._has_sounds:
                    self._sounds.play(name, volume_percent)
            case PlaySamples(pcm, volume_percent):
                if not self._is_deafened:
                    self._board.play_samples(pcm, volume_percent)
            case StopSound():
                self._sounds.stop_repeating()
            case SetMeter(is_on):
                self._wishes.has_meter = is_on
            case StartTest():
                self._test = SoundTest(self._now_ms())
            case StopTest():
                self._test = None
        self._apply()

    def close(self) -> None:
        """Give the devices back, for good."""
        if self._clock is not None:
            self._clock.cancel()
        self._keeper.close()
        self._loop.remove_reader(self._wake.reader)
        self._wake.close()

    # What follows from all that.

    @property
    def _is_sounding(self) -> bool:
        return self._sounds.is_playing or self._board.is_playing

    def _apply(self) -> None:
        """Bring devices and mute in line with what is asked, and tell what became of it."""
        wishes = self._wishes
        wishes.is_testing = self._test is not None
        wishes.is_sounding = self._is_sounding
        if self._capture.is_muted == wishes.may_send:
            self._capture.set_muted(not wishes.may_send)
            self._captured.clear()
        wants_microphone = wishes.microphone
        if not wants_microphone:
            self._capture.stop()
            self._captured.clear()
        now_ms = self._now_ms()
        if wishes.speaker:
            self._speaker_until_ms = now_ms + SPEAKER_LINGER_S * 1000
        wants_speaker = now_ms < self._speaker_until_ms
        self._keeper.want(self._input_key if wants_microphone else None, self._output_key if wants_speaker else None)
        for place, is_wanted in (("input", wants_microphone), ("output", wants_speaker)):
            if not is_wanted:
                self._tell_problem(place, None)
        if wants_speaker and self._clock is None:
            self._clock_ms = now_ms
            self._clock = self._loop.call_later(CLOCK_S, self._tick)
        self._tell_state()

    def _prepare_codec(self) -> None:
        """Make the encoder, where libopus is there."""
        try:
            if self._encoder is None:
                self._encoder = self._make_encoder()
        except AudioBackendError as error:
            self._tell_problem("codec", str(error))
            return
        self._encoder.set_bitrate(self._bitrate)
        self._encoder.set_expected_loss(self._expected_loss)
        self._encoder.set_dtx(True)
        self._capture.encoder = self._encoder

    # Sound.

    def _woken(self) -> None:
        """The sound card gave or wants something."""
        self._wake.clear()
        while (chunk := self._captured.take()) is not None:
            self._push(np.frombuffer(chunk, np.int16))
        missing = self._to_play.missing
        if missing and self._to_play.asked_s:
            late_ms = (time.monotonic() - self._to_play.asked_s) * 1000
            self._latest_tick_ms = max(self._latest_tick_ms, late_ms)
        for _ in range(missing):
            self._to_play.put(self._render().tobytes())

    def _tick(self) -> None:
        """Keep time while no speaker does, let go of a speaker that nobody needs, and move a test on."""
        now_ms = self._now_ms()
        self._clock = None
        if self._output_name is not None:
            self._clock_ms = now_ms
        else:
            while now_ms - self._clock_ms >= 10:
                self._clock_ms = max(self._clock_ms + 10, now_ms - 200)
                self._render()
        if self._test is not None:
            self._follow_test(now_ms)
        if self._wishes.is_in_call or self._test is not None or self._is_sounding:
            self._clock = self._loop.call_later(CLOCK_S, self._tick)
        elif self._speaker_until_ms > now_ms:
            self._clock = self._loop.call_later(SPEAKER_LINGER_S, self._tick)
        else:
            self._apply()

    def _push(self, samples: Pcm) -> None:
        """Take 10 ms of the microphone."""
        now_ms = self._now_ms()
        if samples.size != CHUNK_SAMPLES:
            return
        if self._test is not None:
            self._test.record(samples, now_ms)
        played = self._played.popleft() if self._capture.processing.hears_speaker and self._played else None
        self._capture.push(samples, played, now_ms)
        level = self._capture.take_level()
        if level is not None:
            self._report(level)
        may_hint = self._wishes.is_in_call and self._wishes.mute_style == "instant"
        if self._mute_hint.is_due(may_hint and self._capture.hears_muted_voice(), now_ms):
            self._report(MutedTalking())

    def _render(self) -> Pcm:
        """Return the next 10 ms for the speaker."""
        now_ms = self._now_ms()
        mixed = np.zeros(CHUNK_SAMPLES, np.float32)
        if self._wishes.is_in_call:
            heard = self._playback.render(CHUNK_SAMPLES, now_ms)  # also while deafened: time passes all the same
            if not self._is_deafened and self._test is None:
                mixed += heard
        for player in (self._sounds, self._board):
            sounds = player.render(CHUNK_SAMPLES)
            if sounds is not None:
                mixed += sounds * np.float32(self._output_percent / 100)
        if self._test is not None:
            mixed += self._test.play(CHUNK_SAMPLES)
        np.clip(mixed, -1.0, 1.0, out=mixed)
        chunk: Pcm = (mixed * np.float32(FULL_SCALE)).astype(np.int16)
        if self._capture.processing.hears_speaker and self._input_name is not None:
            self._played.append(chunk)
        self._chunks_rendered += 1
        if self._chunks_rendered % REPORT_CHUNKS == 0:
            self._tell_levels()
        return chunk

    def _follow_test(self, now_ms: float) -> None:
        test = self._test
        assert test is not None
        progress, result = test.follow(
            now_ms,
            input_name=self._input_name,
            output_name=self._output_name,
            input_problem=self._problems.get("input"),
            output_problem=self._problems.get("output"),
        )
        if progress is not None:
            self._report(progress)
        if result is not None:
            self._test = None
            self._report(result)
            self._apply()

    # Reports.

    def _tell_levels(self) -> None:
        """Report who is heard and how loud."""
        speaking = self._playback.speaking() if self._wishes.is_in_call else {}
        if speaking or self._levels_are_told:
            self._report(SpeakingLevels({user_id: round(level, 1) for user_id, level in speaking.items()}))
        self._levels_are_told = bool(speaking)

    def _news_from_thread(self, news: StreamNews) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody is left to tell
            self._loop.call_soon_threadsafe(self._take_news, news)

    def _take_news(self, news: StreamNews) -> None:
        match news:
            case DevicesChanged():
                self._devices_changed()
            case StreamOpened(place, name, delay_ms):
                self._tell_problem(place, None)
                if place == "input":
                    self._input_name = name
                else:
                    self._output_name = name
                    self._output_delay_ms = delay_ms
            case StreamClosed(place, problem):
                if place == "input":
                    self._input_name = None
                    self._captured.clear()
                    self._played.clear()
                    self._capture.stop()
                else:
                    self._output_name = None
                    self._clock_ms = self._now_ms()
                    self._to_play.clear()
                if problem is not None:
                    self._tell_problem(place, problem)
        self._tell_state()

    def _tell_problem(self, place: str, sentence: str | None) -> None:
        if self._problems.get(place) == sentence:
            return
        if sentence is None:
            del self._problems[place]
        else:
            self._problems[place] = sentence
        self._report(Problem(place, sentence))  # type: ignore[arg-type]  # a str that names a place

    def _tell_state(self) -> None:
        processing = self._capture.processing
        state = AudioState(
            input_name=self._input_name,
            output_name=self._output_name,
            is_muted=self._wishes.is_muted,
            is_deafened=self._is_deafened,
            processing=processing.active,
            voice_detection="speech" if processing.tells_speech else "level",
            output_delay_ms=self._output_delay_ms,
        )
        if state != self._state:
            self._state = state
            self._report(state)
