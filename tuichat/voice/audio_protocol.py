"""What a call's owner asks of the audio in the engine's process, and what the audio reports.

These are messages of engine_protocol, spoken from its version 2 on. Every request may come at any time, in a
call or outside of one: it is kept, and holds for the next call too. Muting and deafening belong to the call: see
SetCallVoice of call_protocol.

Levels are in dB of full scale: 0 is the loudest a sample can be, SILENCE_DB stands for digital silence.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tuichat.voice.bounds import Figure, Text

SILENCE_DB = -100.0
MAX_VOLUME_PERCENT = 200
MAX_LEVELS = 1024  # as many people as are ever heard in one room
DEFAULT_THRESHOLD_DB = -45.0  # of taste: above a laptop's fan, below a low voice

Percent = Annotated[int, Meta(ge=0, le=MAX_VOLUME_PERCENT)]
DeviceKey = Annotated[str, Meta(max_length=400)]
"""An AudioDevice's `key`; the empty one stands for the system's default, which is followed when it changes."""

Sound = Literal["join", "leave", "mute", "unmute", "deafen", "undeafen", "ring", "calling", "ended"]
"""`ring` is an incoming call and `calling` one of your own that rings elsewhere: both repeat until stopped."""


class SetMuteStyle(msgspec.Struct, frozen=True, tag_field="type", tag="set_mute_style"):
    """Agent: what muting does to the microphone.

    `close` gives it back to the system, whose microphone light goes out. `instant` keeps it open, unmutes
    without a delay, and has MutedTalking reported.
    """

    style: Literal["close", "instant"]


class ChooseInput(msgspec.Struct, frozen=True, tag_field="type", tag="choose_input"):
    """Agent: record from this device. One that is gone is waited for; the default serves meanwhile."""

    key: DeviceKey


class ChooseOutput(msgspec.Struct, frozen=True, tag_field="type", tag="choose_output"):
    """Agent: play to this device. One that is gone is waited for; the default serves meanwhile."""

    key: DeviceKey


class SetInputGain(msgspec.Struct, frozen=True, tag_field="type", tag="set_input_gain"):
    """Agent: how loud the microphone is sent; 100 leaves it as it is, 200 is 6 dB more."""

    percent: Percent


class SetOutputGain(msgspec.Struct, frozen=True, tag_field="type", tag="set_output_gain"):
    """Agent: how loud everything is played; 100 leaves it as it is."""

    percent: Percent


class SetVolume(msgspec.Struct, frozen=True, tag_field="type", tag="set_volume"):
    """Agent: how loud one person is played; 100 leaves them as they are."""

    user_id: int
    percent: Percent


class SetProcessing(msgspec.Struct, frozen=True, tag_field="type", tag="set_processing"):
    """Agent: what is done to the microphone's sound. AudioState says what of it is really done."""

    noise_suppression: bool
    echo_cancellation: bool
    gain_control: bool


class SetGate(msgspec.Struct, frozen=True, tag_field="type", tag="set_gate"):
    """Agent: when the microphone is sent.

    `voice`: while somebody speaks, which `threshold_db` tells by level, or the engine by itself where it is
    None. `push_to_talk`: while Talk is pressed. `open`: always.
    """

    mode: Literal["voice", "push_to_talk", "open"]
    threshold_db: Annotated[float, Meta(ge=SILENCE_DB, le=0)] | None = None


class Talk(msgspec.Struct, frozen=True, tag_field="type", tag="talk"):
    """Agent: the key or button of push to talk went down or up. While muted it changes nothing."""

    is_pressed: bool


class SetSounds(msgspec.Struct, frozen=True, tag_field="type", tag="set_sounds"):
    """Agent: whether PlaySound is to be heard; a soundboard's samples are played either way."""

    is_on: bool


class PlaySound(msgspec.Struct, frozen=True, tag_field="type", tag="play_sound"):
    """Agent: play one of our own sounds, opening the speaker for it outside of a call."""

    name: Sound
    volume_percent: Percent = 100


class StopSound(msgspec.Struct, frozen=True, tag_field="type", tag="stop_sound"):
    """Agent: end the repeating sounds."""


class PlaySamples(msgspec.Struct, frozen=True, tag_field="type", tag="play_samples"):
    """Agent: play a soundboard's sound: signed 16 bit, 48 kHz, one channel, at most 5.2 s as Discord has it."""

    pcm: Annotated[bytes, Meta(max_length=500_000)]
    volume_percent: Percent = 100


class SetMeter(msgspec.Struct, frozen=True, tag_field="type", tag="set_meter"):
    """Agent: report Level outside of a call too, which opens the microphone until it is told otherwise."""

    is_on: bool


class StartTest(msgspec.Struct, frozen=True, tag_field="type", tag="start_test"):
    """Agent: record three seconds, play them back, measure the delay; TestProgress and TestResult follow.

    The microphone is sent to nobody meanwhile, in a call neither.
    """


class StopTest(msgspec.Struct, frozen=True, tag_field="type", tag="stop_test"):
    """Agent: end the test without a result."""


class Level(msgspec.Struct, frozen=True, tag_field="type", tag="level"):
    """Engine, ten times a second while the microphone is open: the loudest since the last one.

    `input_db` is measured where the gate listens: after gain and processing. `is_open` tells of the gate alone: while
    muted nothing is sent all the same. `threshold_db` is the gate's line now, None with push to talk or an open gate.
    """

    input_db: Figure
    is_open: bool
    threshold_db: Figure | None = None
    is_clipped: bool = False


class SpeakingLevels(msgspec.Struct, frozen=True, tag_field="type", tag="speaking_levels"):
    """Engine, at most ten times a second in a call: the peak of everyone who is heard now, by user.

    One that is missing is silent. It is sent once more, empty, when all have fallen silent.
    """

    levels_db: Annotated[dict[int, Figure], Meta(max_length=MAX_LEVELS)]


class AudioState(msgspec.Struct, frozen=True, tag_field="type", tag="audio_state"):
    """Engine: which devices are open and what is done to the microphone, whenever that changes.

    `input_name` and `output_name` are texts of the sound system, None while closed. `processing` holds what is
    really done, of "noise suppression", "echo cancellation" and "gain control"; `voice_detection` says what
    decides in the gate's voice mode.
    """

    input_name: Text | None = None
    output_name: Text | None = None
    is_muted: bool = False
    is_deafened: bool = False
    processing: Annotated[tuple[Text, ...], Meta(max_length=16)] = ()
    voice_detection: Literal["speech", "level"] = "level"
    output_delay_ms: int = 0
    """From mixing to the loudspeaker, as far as the sound system tells."""


class MutedTalking(msgspec.Struct, frozen=True, tag_field="type", tag="muted_talking"):
    """Engine: somebody speaks into a muted microphone that is kept open; at most once in ten seconds."""


class TestProgress(msgspec.Struct, frozen=True, tag_field="type", tag="test_progress"):
    """Engine: what the test does now and how far that is, 0 to 1; Level comes beside it while it records."""

    step: Literal["delay", "recording", "playing"]
    done: Figure


class TestResult(msgspec.Struct, frozen=True, tag_field="type", tag="test_result"):
    """Engine: how the test ended. `verdict` is one sentence: what is wrong, and what to do next.

    `peak_db` and `noise_db` are those of the recording. `delay_ms` is what passes from the speaker to the
    microphone, None where the one does not hear the other, as with headphones.
    """

    is_good: bool
    verdict: Text
    peak_db: Figure = SILENCE_DB
    noise_db: Figure = SILENCE_DB
    delay_ms: int | None = None
    input_name: Text | None = None
    output_name: Text | None = None


class Problem(msgspec.Struct, frozen=True, tag_field="type", tag="problem"):
    """Engine: something of a call's audio does not work; the call goes on without it.

    `sentence` says what and what to do, or is None: it works again.
    """

    place: Literal["input", "output", "codec", "processing"]
    sentence: Text | None


AudioRequest = (
    SetMuteStyle
    | ChooseInput
    | ChooseOutput
    | SetInputGain
    | SetOutputGain
    | SetVolume
    | SetProcessing
    | SetGate
    | Talk
    | SetSounds
    | PlaySound
    | StopSound
    | PlaySamples
    | SetMeter
    | StartTest
    | StopTest
)
AudioReport = Level | SpeakingLevels | AudioState | MutedTalking | TestProgress | TestResult | Problem
