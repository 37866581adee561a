"""What the settings of voice mean to the engine."""

from tuichat.config.schema import VoiceSettings
from tuichat.voice.audio_protocol import (
    AudioRequest,
    ChooseInput,
    ChooseOutput,
    SetGate,
    SetInputGain,
    SetMuteStyle,
    SetOutputGain,
    SetProcessing,
    SetSounds,
)


def requests_of(voice: VoiceSettings) -> tuple[AudioRequest, ...]:
    """Return what an engine is told so that it follows the settings of voice."""
    threshold = voice.threshold_db
    return (
        SetMuteStyle(voice.mute),
        ChooseInput(voice.input),
        ChooseOutput(voice.output),
        SetInputGain(voice.input_gain),
        SetOutputGain(voice.output_gain),
        SetProcessing(
            noise_suppression=voice.noise_suppression,
            echo_cancellation=voice.echo_cancellation,
            gain_control=voice.gain_control,
        ),
        SetSounds(voice.sounds),
        SetGate(voice.gate, None if threshold == "auto" else float(threshold)),
    )


def changed_requests(before: VoiceSettings, now: VoiceSettings) -> tuple[AudioRequest, ...]:
    """Return what an engine that follows one is told to follow the other."""
    known = set(requests_of(before))
    return tuple(request for request in requests_of(now) if request not in known)
