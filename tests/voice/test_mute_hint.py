"""When somebody is told of talking into a muted microphone."""

from tuichat.voice.mute_hint import HINT_CHUNKS, HINT_PAUSE_MS, MuteHint


def hints(hint: MuteHint, voices: list[bool], since_ms: float = 0.0) -> list[int]:
    return [chunk for chunk, is_voice in enumerate(voices) if hint.is_due(is_voice, since_ms + chunk * 10)]


def test_a_cough_is_not_hinted_at() -> None:
    assert hints(MuteHint(), ([True] * (HINT_CHUNKS - 1) + [False] * HINT_CHUNKS) * 3) == []


def test_talking_is_hinted_at_also_with_pauses_between_the_words() -> None:
    assert hints(MuteHint(), [True] * HINT_CHUNKS) == [HINT_CHUNKS - 1]
    assert hints(MuteHint(), ([True] * 10 + [False] * 3) * 10)


def test_who_goes_on_talking_is_told_again_after_a_while_only() -> None:
    hint = MuteHint()
    first, *others = hints(hint, [True] * (HINT_PAUSE_MS // 10))
    assert others == []
    assert hints(hint, [True] * HINT_CHUNKS, since_ms=first * 10 + HINT_PAUSE_MS)
