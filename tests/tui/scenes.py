"""Moments of the screen that are worth keeping: snapshots and the manual's pictures are made of them."""

from collections.abc import Awaitable, Callable

from tests.tui.samples import GENERAL, GRACE, LINUS, FakeClient, message, sample_state
from tests.tui.screens import Shown
from tuichat.client.state import Connection
from tuichat.config.schema import Settings, UiSettings, VoiceSettings

Scene = Callable[[Shown], Awaitable[None]]


async def conversation(shown: Shown) -> None:
    shown.client.show_typing(GENERAL, GRACE, LINUS)


async def selected(shown: Shown) -> None:
    await shown.press("shift+f6", "up", "up", "up")


async def not_sent(shown: Shown) -> None:
    key = shown.client.send_message(GENERAL, "did this arrive?")
    shown.client.fail(GENERAL, key, "you may not write in this channel")
    shown.client.send_message(GENERAL, "this one is on its way")
    shown.client.connect(Connection.RECONNECTING, "", 4000)


async def scrolled(shown: Shown) -> None:
    for number in range(40):
        shown.client.receive(message(GRACE, 0, f"measurement {number}: {number * 7 % 31} ms", number=100 + number))
    await shown.settle()
    await shown.press("pageup")
    for number in range(12):
        shown.client.receive(message(LINUS, 0, f"and run {number}", number=200 + number))


async def replying(shown: Shown) -> None:
    await shown.press("shift+f6", "up", "up", "up", "r")
    await shown.type("will do, after the")
    await shown.press("ctrl+j")
    await shown.type("call")


async def switching(shown: Shown) -> None:
    await shown.press("ctrl+k", "r", "e")


async def helping(shown: Shown) -> None:
    await shown.press("f1")


async def inviting(shown: Shown) -> None:
    await shown.press("f4")


async def servers(shown: Shown) -> None:
    await shown.press("f5")


async def deleting(shown: Shown) -> None:
    await shown.press("shift+f6", "up", "d")


async def channels(shown: Shown) -> None:
    await shown.press("f2")


async def members(shown: Shown) -> None:
    await shown.press("f3")


async def voice(shown: Shown) -> None:
    await shown.press("ctrl+k", *"standup", "enter")


SCENES: dict[str, Scene] = {
    scene.__name__: scene
    for scene in (
        conversation,
        selected,
        not_sent,
        scrolled,
        replying,
        switching,
        helping,
        inviting,
        servers,
        deleting,
        channels,
        members,
        voice,
    )
}
DARK = Settings(voice=VoiceSettings(enabled=False))
LIGHT = Settings(voice=VoiceSettings(enabled=False), ui=UiSettings(theme="light", clock="12h"))


def sample_client() -> FakeClient:
    return FakeClient(sample_state())


def empty_client() -> FakeClient:
    return FakeClient(sample_state([]))
