"""Settings reach the engine as they are meant."""

import msgspec

from tuichat.config.schema import VoiceSettings
from tuichat.voice.audio_protocol import ChooseInput, SetGate, SetMuteStyle, SetProcessing
from tuichat.voice.settings_requests import changed_requests, requests_of


def test_every_setting_of_the_microphone_is_told() -> None:
    told = requests_of(VoiceSettings(mute="instant", input="headset", threshold_db=-30, gain_control=True))
    assert SetMuteStyle("instant") in told
    assert ChooseInput("headset") in told
    assert SetGate("voice", -30.0) in told
    assert SetProcessing(noise_suppression=True, echo_cancellation=True, gain_control=True) in told


def test_by_default_the_gate_finds_its_line_by_itself() -> None:
    assert SetGate("voice", None) in requests_of(VoiceSettings())


def test_only_what_changed_is_told_again() -> None:
    before = VoiceSettings()
    assert changed_requests(before, before) == ()
    assert changed_requests(before, msgspec.structs.replace(before, input="headset")) == (ChooseInput("headset"),)
