"""The key of push to talk of a laptop: whom it reaches, and when it lets go by itself."""

from dataclasses import dataclass, field
from typing import cast

import pytest

from tests.client.waiting import until
from tuichat.bridge.host_line import HostLine
from tuichat.bridge.passage import Passage
from tuichat.bridge.talk_key import TalkKey, TalkKeyError
from tuichat.voice.audio_protocol import SetGate
from tuichat.voice.engine_protocol import MEDIA_VERSION, Hello
from tuichat.voice.media_protocol import EndMedia, MediaOffer, TakePart

OFFER = MediaOffer(session=1, user_id=2, ssrc=3, ip="203.0.113.9", port=4, mode="m")


@dataclass
class Line:
    """Keeps what was pressed."""

    passage: Passage = field(default_factory=Passage)
    pressed: list[bool] = field(default_factory=list)

    def talk(self, *, is_pressed: bool) -> None:
        self.pressed.append(is_pressed)


def line(gate: str = "push_to_talk", *, in_call: bool = True, is_muted: bool = False) -> Line:
    line = Line()
    line.passage.take(Hello("tuichat 1", MEDIA_VERSION, MEDIA_VERSION))
    line.passage.take(SetGate(gate))  # type: ignore[arg-type]
    line.passage.take(TakePart(is_muted=is_muted))
    if in_call:
        line.passage.take(OFFER)
    return line


def press(key: TalkKey, word: str, *lines: Line) -> bool:
    return key.press(word, cast("list[HostLine]", list(lines)))  # type: ignore[arg-type]


async def test_down_and_up_reach_the_newest_call() -> None:
    key, older, newer, idle = TalkKey(), line(), line(), line(in_call=False)
    assert press(key, "down", older, newer, idle)
    assert not press(key, "up", older, newer, idle)
    assert newer.pressed == [True, False]
    assert older.pressed == idle.pressed == []


async def test_toggle_turns_it() -> None:
    key, call = TalkKey(), line()
    assert press(key, "toggle", call)
    assert not press(key, "toggle", call)
    assert press(key, "toggle", call)
    key.let_go()
    assert call.pressed == [True, False, True, False]


async def test_a_key_whose_release_is_lost_lets_go_by_itself() -> None:
    key, call = TalkKey(max_talk_s=0.05), line()
    press(key, "down", call)
    await until(lambda: call.pressed == [True, False])


async def test_a_key_that_repeats_is_held_on() -> None:
    key, call = TalkKey(max_talk_s=30), line()
    press(key, "down", call)
    press(key, "down", call)
    assert call.pressed == [True, True]
    key.let_go()


@pytest.mark.parametrize("word", ["down", "up", "toggle"])
async def test_without_a_call_another_tuichat_may_have_one(word: str) -> None:
    with pytest.raises(TalkKeyError) as raised:
        press(TalkKey(), word, line(in_call=False))
    assert not raised.value.has_call


async def test_who_would_not_be_heard_is_told() -> None:
    with pytest.raises(TalkKeyError, match="muted"):
        press(TalkKey(), "down", line(is_muted=True))
    with pytest.raises(TalkKeyError, match="Push to talk is off"):
        press(TalkKey(), "down", line("voice"))
    assert not press(TalkKey(), "up", line(is_muted=True)), "letting go never fails in a call"


async def test_the_next_call_begins_with_the_key_up() -> None:
    key, call = TalkKey(), line()
    press(key, "toggle", call)
    call.passage.take(EndMedia())
    other = line()
    assert press(key, "toggle", call, other)
    assert other.pressed == [True]
    key.let_go()
