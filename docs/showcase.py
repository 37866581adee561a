"""A conversation that is made for a picture of it: code, reactions, a chart, a bot's message and an open poll of people who build."""

import asyncio
import math
from pathlib import Path

import msgspec
from PIL import Image, ImageDraw

from tests.tui.fake_desk import CALL
from tests.tui.samples import (
    BOT,
    GENERAL,
    GRACE,
    GUILD,
    LINUS,
    MARGARET,
    ME,
    RADIA,
    FakeClient,
    conversation,
    message,
    sample_state,
)
from tests.tui.screens import Shown
from tuichat.client.state import GuildState
from tuichat.client.transfers import Transfers
from tuichat.client.voice_desk import VoicePerson
from tuichat.protocol.guild import Guild
from tuichat.protocol.message import Attachment, Message, Reaction, ReactionEmoji
from tuichat.protocol.snowflake import Snowflake

CHART_SIZE = (640, 200)
CHART_URL = "https://chat.example.org/attachments/1/2/latency.png"
TALK = msgspec.structs.replace(
    CALL,
    gate="push_to_talk",
    is_talking=True,
    threshold_db=None,
    input_db=-22.0,
    people=(
        VoicePerson(user_id=ME, name="ada", is_me=True, is_speaking=True, level_db=-22.0),
        VoicePerson(user_id=GRACE, name="grace", is_speaking=True, level_db=-10.0),
        VoicePerson(user_id=LINUS, name="linus", is_muted=True, volume_percent=150),
        VoicePerson(user_id=MARGARET, name="margaret", is_speaking=True, is_priority=True, level_db=-32.0),
        VoicePerson(user_id=RADIA, name="radia", is_muted=True, is_deafened=True),
    ),
)
OTHER_GUILDS = ("Rust Nights", "Home", "Audio Devs")
EMBED = {
    "title": "Build 1184 passed",
    "url": "https://ci.example.org/1184",
    "description": "`main` is green after 4 min 12 s",
    "color": 0xA6DA95,
    "fields": [
        {"name": "tests", "value": "6,089 passed", "inline": True},
        {"name": "coverage", "value": "94 %", "inline": True},
        {"name": "size", "value": "1.3 MB", "inline": True},
    ],
}


class ChartDownloads:
    """Has the one picture that the conversation shows."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def fetch(self, url: str, size_bytes: int | None = None) -> Path:
        await asyncio.sleep(0)
        return self.path


class ShowcaseClient(FakeClient):
    def __init__(self, folder: Path) -> None:
        super().__init__(sample_state(messages()))
        for number, name in enumerate(OTHER_GUILDS, 1):
            guild_id = Snowflake(GUILD + number)
            self.state.guilds[guild_id] = GuildState(Guild(id=guild_id, name=name, owner_id=Snowflake(MARGARET)))
        self.downloads = ChartDownloads(draw_chart(folder / "latency.png"))
        self.transfers = Transfers(self.state.transfers, lambda key: None)


def messages() -> list[Message]:
    _, _, first, numbers, answer, *_ = conversation()
    chart = Attachment(
        id=Snowflake(1),
        filename="latency.png",
        size=18_432,
        url=CHART_URL,
        proxy_url=CHART_URL,
        content_type="image/png",
        width=CHART_SIZE[0],
        height=CHART_SIZE[1],
    )
    return [
        first,
        numbers,
        reacted(answer, {"🚀": 4, "👀": 2, "❤": 1}, mine="🚀"),
        changed(message(GRACE, 12, "same run, before and after:"), attachments=(chart,)),
        changed(message(BOT, 11, ""), embeds=(msgspec.Raw(msgspec.json.encode(EMBED)),)),
        reacted(message(MARGARET, 6, "<@101> can you look at <#2002> before standup?", mentions=[ME]), {"👍": 1}),
        message(ME, 5, "on it, joining <#2005> in a minute"),
        message(RADIA, 4, "🎉 shipping on **friday** then"),
    ]


def changed(original: Message, **fields: object) -> Message:
    return msgspec.structs.replace(original, **fields)


def reacted(original: Message, counts: dict[str, int], mine: str = "") -> Message:
    reactions = [
        Reaction(emoji=ReactionEmoji(name=name), count=count, me=name == mine) for name, count in counts.items()
    ]
    return changed(original, reactions=reactions)


def draw_chart(path: Path) -> Path:
    """Draw two latency curves, the later one lower and calmer."""
    width, height = CHART_SIZE
    image = Image.new("RGB", CHART_SIZE, (24, 26, 38))
    draw = ImageDraw.Draw(image)
    for line in range(1, 4):
        draw.line((0, height * line // 4, width, height * line // 4), fill=(44, 48, 66), width=3)
    for level, swing, colour in ((0.42, 0.2, (237, 135, 150)), (0.78, 0.06, (166, 218, 149))):
        points = [
            (x, height * (level - swing * (0.6 * math.sin(x / 70) + 0.4 * math.sin(x / 29))))
            for x in range(0, width, 4)
        ]
        draw.polygon([(0, height), *points, (width, height)], fill=tuple(part // 4 + 16 for part in colour))
        draw.line(points, fill=colour, width=9, joint="curve")
    image.save(path)
    return path


async def showcase(shown: Shown) -> None:
    shown.client.show_typing(GENERAL, LINUS)
    await shown.until("▀" * 10)


async def showcase_call(shown: Shown) -> None:
    """A call in which two speak, and one holds the key to talk."""
    from tests.tui.voice_scenes import go_to_voice, people_in_voice, use_desk

    people_in_voice(shown, TALK.people)
    use_desk(shown, TALK)
    await go_to_voice(shown)


async def showcase_room(shown: Shown) -> None:
    """A room as one of its hosts sees it, with the cursor on who asks to speak."""
    from tests.tui.room_scenes import room_hosting
    from tests.tui.samples import BARBARA

    await room_hosting(shown)
    shown.chat.room.move_cursor_to(shown.chat.room.person_key(BARBARA))


SHOWCASES = {"showcase": showcase, "showcase_call": showcase_call, "showcase_room": showcase_room}
