"""When the microphone is heard."""

from tuichat.voice.voice_gate import HOLD_CHUNKS, RELEASE_CHUNKS, VoiceGate

LOUD_DB, QUIET_DB = -20.0, -70.0


def gate(mode: str = "voice", threshold_db: float | None = None) -> VoiceGate:
    made = VoiceGate()
    made.choose(mode, threshold_db)  # type: ignore[arg-type]  # one of the three
    return made


def test_a_chosen_threshold_opens_at_its_level_and_holds_through_a_stop() -> None:
    listening = gate(threshold_db=-40.0)
    assert not listening.update(-40.1, None)
    assert listening.update(-40.0, None)
    assert all(listening.update(QUIET_DB, None) for _ in range(HOLD_CHUNKS))
    assert not listening.update(QUIET_DB, None)


def test_a_voice_that_falls_a_little_keeps_the_gate_open() -> None:
    listening = gate(threshold_db=-40.0)
    listening.update(-39.0, None)
    for _ in range(2 * HOLD_CHUNKS):
        assert listening.update(-45.0, None)
    for _ in range(HOLD_CHUNKS):
        listening.update(-47.0, None)
    assert not listening.update(-47.0, None)


def test_by_itself_it_opens_above_the_noise() -> None:
    listening = gate()
    for _ in range(3000):
        listening.update(-48.0, None)
    assert not listening.update(-46.0, None)
    assert listening.update(-30.0, None)


def test_steady_noise_does_not_keep_it_open() -> None:
    listening = gate()
    opened = [listening.update(-40.0, None) for _ in range(1500)]
    assert not any(opened[1000:])


def test_near_the_line_only_speech_opens_it_by_itself() -> None:
    listening = gate()
    line_db = listening.threshold_db
    assert line_db is not None
    assert not listening.update(line_db + 5, 0.05)
    assert listening.update(line_db + 5, 0.9)


def test_what_is_clearly_above_the_line_opens_it_before_speech_is_told() -> None:
    listening = gate()
    assert listening.update(LOUD_DB, 0.05)


def test_a_chosen_threshold_decides_alone() -> None:
    assert gate(threshold_db=-40.0).update(LOUD_DB, 0.0)


def test_push_to_talk_is_open_while_pressed_and_a_moment_longer() -> None:
    listening = gate("push_to_talk")
    assert not listening.update(LOUD_DB, 1.0)
    listening.press(True)
    assert listening.update(QUIET_DB, 0.0)
    listening.press(False)
    assert all(listening.update(QUIET_DB, 0.0) for _ in range(RELEASE_CHUNKS))
    assert not listening.update(LOUD_DB, 1.0)


def test_an_open_gate_is_open_and_has_no_threshold() -> None:
    listening = gate("open")
    assert listening.update(-100.0, 0.0)
    assert listening.threshold_db is None


def test_a_closed_gate_holds_nothing() -> None:
    listening = gate(threshold_db=-40.0)
    listening.update(LOUD_DB, None)
    listening.close()
    assert not listening.update(QUIET_DB, None)


def test_a_key_that_is_down_counts_as_let_go_in_another_mode() -> None:
    listening = gate("push_to_talk")
    listening.press(True)
    listening.choose("voice", -40.0)
    listening.choose("push_to_talk", None)
    assert not listening.update(LOUD_DB, 1.0)


def test_choosing_another_threshold_keeps_the_key_down() -> None:
    listening = gate("push_to_talk")
    listening.press(True)
    listening.choose("push_to_talk", -30.0)
    assert listening.update(QUIET_DB, None)
