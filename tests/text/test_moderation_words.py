"""What others did to one in a call, told once."""

import pytest
from msgspec.structs import replace

from tests.tui.fake_desk import CALL
from tests.tui.samples import GENERAL
from tuichat.client.voice_desk import Stage, VoiceView
from tuichat.text.moderation_words import done_to_one


@pytest.mark.parametrize(
    ("before", "now", "words"),
    [
        (CALL, replace(CALL, is_server_muted=True), "muted you"),
        (replace(CALL, is_server_muted=True), CALL, "you are heard"),
        (replace(CALL, is_server_muted=True), replace(CALL, is_muted=True), "still muted yourself"),
        (CALL, replace(CALL, is_server_deafened=True), "deafened you"),
        (replace(CALL, is_server_deafened=True), CALL, "hear again"),
        (CALL, replace(CALL, channel_id=GENERAL, title="♪ AFK", was_moved=True), "You were moved to ♪ AFK."),
        (CALL, VoiceView(sentence="You joined voice from another place."), "from another place"),
    ],
)
def test_what_others_did_is_a_sentence(before: VoiceView, now: VoiceView, words: str) -> None:
    (sentence,) = done_to_one(before, now)
    assert words in sentence


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (CALL, CALL),
        (CALL, replace(CALL, is_muted=True, is_deafened=True)),
        (CALL, VoiceView()),
        (CALL, replace(CALL, channel_id=GENERAL, title="♪ Studio")),
        (VoiceView(), replace(CALL, is_server_muted=True)),
        (replace(CALL, is_server_muted=True), replace(CALL, account_key="s1/7")),
        (CALL, replace(CALL, stage=Stage.FAILED, sentence="The channel is gone.")),
    ],
)
def test_what_one_did_oneself_and_what_the_strip_tells_is_not_told_again(before: VoiceView, now: VoiceView) -> None:
    assert done_to_one(before, now) == []
