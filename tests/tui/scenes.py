"""Moments of the screen that are worth keeping: snapshots and the manual's pictures are made of them."""

from collections.abc import Awaitable, Callable

import msgspec

from tests.tui.bot_scenes import BOT_SCENES
from tests.tui.event_scenes import EVENT_SCENES
from tests.tui.finding_scenes import FINDING_SCENES
from tests.tui.guild_scenes import GUILD_SCENES
from tests.tui.other_scenes import OTHER_SCENES
from tests.tui.room_scenes import ROOM_SCENES
from tests.tui.samples import (
    GENERAL,
    GRACE,
    GUILD,
    LINUS,
    NOW,
    REVIEWS,
    FakeClient,
    channel,
    message,
    sample_state,
    snowflake,
)
from tests.tui.screens import Shown
from tests.tui.voice_scenes import VOICE_SCENES
from tuichat.client.line_history import LineHistory
from tuichat.client.pins import Pin, PinPage
from tuichat.client.state import Connection
from tuichat.config.paths import Profile
from tuichat.config.schema import ComposerSettings, Settings, UiSettings, VoiceSettings
from tuichat.protocol import codec
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.message import Message
from tuichat.protocol.search import Hit, SearchAnswer
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.thread import ThreadList

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


async def completing(shown: Shown) -> None:
    await shown.type("ask @r")


async def completing_emoji(shown: Shown) -> None:
    await shown.type("done :ro")


async def switching(shown: Shown) -> None:
    await shown.press("ctrl+k", "r", "e")


async def searching_lines(shown: Shown) -> None:
    lines = LineHistory(Profile())
    for text in ("/status busy", "lunch?", "/join #voice-engine", "the codec holds\nat 20 ms", "/reply the codec: yes"):
        lines.add(text)
    await shown.press("ctrl+r")
    await shown.until("lunch?")
    await shown.press(*"codec")


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


async def searching(shown: Shown) -> None:
    found = [message(GRACE, 30, "the jitter buffer holds"), message(LINUS, 60 * 40, "jitter, again", channel=REVIEWS)]
    hits = [[Hit(**{name: getattr(each, name) for name in Message.__struct_fields__})] for each in found]
    answer = codec.encode(SearchAnswer(analytics_id="x", total_results=2, messages=hits))
    shown.client.archive.answers[f"GET /guilds/{GUILD}/messages/search"] = lambda wanted: answer
    await shown.press("ctrl+f", *"jitter", "enter")
    await shown.until("2 found")
    await shown.press("shift+tab", "space", *"has:")


async def pinned(shown: Shown) -> None:
    pins = [Pin(pinned_at="2026-11-01T00:00:00+00:00", message=message(GRACE, 60 * 50, "ship on **friday**"))]
    path = f"GET /channels/{GENERAL}/messages/pins"
    shown.client.archive.answers[path] = lambda wanted: PinPage(items=pins)
    await shown.press("alt+p")
    await shown.until("1 pin")


async def threads(shown: Shown) -> None:
    listed = [
        msgspec.structs.replace(
            channel(snowflake(NOW, number), ChannelType.PUBLIC_THREAD, name),
            parent_id=Snowflake(GENERAL),
            owner_id=Snowflake(GRACE),
            message_count=number,
        )
        for number, name in ((12, "who measures the codec"), (3, "names for the mixer"))
    ]
    answer = ThreadList(threads=listed, members=[], has_more=False)
    shown.client.archive.answers[f"GET /channels/{GENERAL}/threads/search"] = lambda wanted: answer
    await shown.press("alt+t")
    await shown.until("who measures")


SCENES: dict[str, Scene] = (
    {
        scene.__name__: scene
        for scene in (
            conversation,
            selected,
            not_sent,
            scrolled,
            replying,
            completing,
            completing_emoji,
            switching,
            searching_lines,
            helping,
            inviting,
            servers,
            deleting,
            channels,
            members,
            voice,
            searching,
            pinned,
            threads,
            *BOT_SCENES,
            *FINDING_SCENES,
            *GUILD_SCENES,
        )
    }
    | EVENT_SCENES
    | OTHER_SCENES
    | VOICE_SCENES
    | ROOM_SCENES
)
QUIET = ComposerSettings(spell_check=False)  # what is installed here shows in no picture
DARK = Settings(composer=QUIET, voice=VoiceSettings(enabled=False))
LIGHT = Settings(composer=QUIET, voice=VoiceSettings(enabled=False), ui=UiSettings(theme="light", clock="12h"))
HIGH_CONTRAST = Settings(composer=QUIET, voice=VoiceSettings(enabled=False), ui=UiSettings(theme="high-contrast"))
THEMES = {"light": LIGHT, "high-contrast": HIGH_CONTRAST}


def sample_client() -> FakeClient:
    return FakeClient(sample_state())


def empty_client() -> FakeClient:
    return FakeClient(sample_state([]))
