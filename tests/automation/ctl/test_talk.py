"""A key of the window manager talks in the call, and is let go where the window manager forgets to."""

from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from tests.automation.ctl.ctl_client import at_socket
from tests.client.waiting import until
from tests.tui.fake_desk import CALL, FakeDesk
from tuichat.automation.ctl import talk
from tuichat.client.voice_desk import Stage, VoiceView

TALKING = msgspec.structs.replace(CALL, gate="push_to_talk")


@dataclass
class Keyboard:
    path: Path
    desk: FakeDesk

    async def press(self, key: str) -> "tuple[int, str]":
        async with at_socket(self.path) as client:
            answer = await client.answer(op="ptt", key=key)
        return answer["code"], answer.get("say", "")

    @property
    def talked(self) -> list[object]:
        return [each[1] for each in self.desk.asked if each[0] == "talk"]


@pytest.fixture
def keyboard(path: Path, desk: FakeDesk) -> Keyboard:
    return Keyboard(path, desk)


async def test_down_up_and_toggle(keyboard: Keyboard) -> None:
    keyboard.desk.show(TALKING)
    for key in ("down", "down", "up", "up", "toggle", "toggle", "down", "toggle"):
        assert await keyboard.press(key) == (0, "")
    assert keyboard.talked == [True, True, False, True, False, True, False]


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        (msgspec.structs.replace(TALKING, stage=Stage.OUT), "You are in no call."),
        (CALL, "Push to talk is off"),
        (msgspec.structs.replace(TALKING, is_muted=True), "You are muted."),
    ],
)
async def test_where_nobody_would_be_heard_it_says_so(keyboard: Keyboard, view: VoiceView, sentence: str) -> None:
    keyboard.desk.show(view)
    for key in ("down", "toggle"):
        code, said = await keyboard.press(key)
        assert code == 1
        assert sentence in said
    assert await keyboard.press("up") == (0, "")
    assert keyboard.talked == []


async def test_key_that_is_never_let_go_is_let_go(keyboard: Keyboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(talk, "MAX_TALK_S", 0.05)
    keyboard.desk.show(TALKING)
    await keyboard.press("down")
    await until(lambda: keyboard.talked == [True, False])


async def test_end_of_the_call_lets_go(keyboard: Keyboard) -> None:
    keyboard.desk.show(TALKING)
    await keyboard.press("toggle")
    keyboard.desk.show(msgspec.structs.replace(keyboard.desk.view, stage=Stage.OUT))
    assert keyboard.talked == [True, False]


class LateDesk(FakeDesk):
    """Its view says only when it is told what was asked of it, as that of a real one."""

    def talk(self, is_pressed: bool) -> None:
        self.asked.append(("talk", is_pressed))

    def tell(self) -> None:
        self.change(is_talking=self.asked[-1][1])


async def test_presses_that_follow_at_once_are_told_apart() -> None:
    desk = LateDesk(TALKING)
    key = talk.TalkKey(desk, lambda: None)
    for name in ("down", "up", "toggle", "toggle"):
        key.press(name)
    assert [each[1] for each in desk.asked] == [True, False, True, False]
    key.press("down")
    desk.tell()
    desk.change(is_talking=False)  # let go at the screen
    key.press("toggle")
    assert desk.asked[-1] == ("talk", True)
    key.close()
    assert desk.asked[-1] == ("talk", False)
