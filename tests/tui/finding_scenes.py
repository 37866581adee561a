"""Scenes of finding, choosing and selecting, for snapshots and for hostile text."""

import msgspec

from tests.tui.hallway_samples import Directory, fill_hallway
from tests.tui.samples import GENERAL, GRACE, VOICE_ENGINE, message
from tests.tui.screens import Shown
from tuichat.client.change import MessageChanged
from tuichat.protocol.emoji import Emoji
from tuichat.protocol.message import Reaction, ReactionCounts, ReactionEmoji
from tuichat.protocol.snowflake import Snowflake


async def palette(shown: Shown) -> None:
    await shown.press("ctrl+p", *"thread")


async def which_key(shown: Shown) -> None:
    await shown.press("ctrl+g", "m")


async def inbox(shown: Shown) -> None:
    shown.client.inbox.listed = [message(GRACE, 3, "<@101> have a look at the **codec**", channel=VOICE_ENGINE)]
    await shown.press("alt+i")
    await shown.until("UNREAD")


async def hallway(shown: Shown) -> None:
    fill_hallway(shown.client)
    await shown.press("alt+h")
    await shown.until("— 3")


async def hallway_searched(shown: Shown) -> None:
    await hallway(shown)
    await shown.press(*"honey", "tab")
    await shown.until("— 0")  # the server has answered


async def hallway_empty(shown: Shown) -> None:
    fill_hallway(shown.client, Directory())
    await shown.press("alt+h")
    await shown.until("Nothing is live now")


async def theme_picker(shown: Shown) -> None:
    await shown.press("ctrl+g", "v", "t")


async def language_picker(shown: Shown) -> None:
    await shown.press("ctrl+g", "v", "l")


async def emoji_picker(shown: Shown) -> None:
    guild = shown.client.state.guilds[1000]
    name = next(iter(shown.client.state.users.values())).display_name if shown.client.state.users else "blob"
    emojis = [Emoji(id=Snowflake(77), name="blobcat"), Emoji(id=Snowflake(78), name=name)]
    guild.guild = msgspec.structs.replace(guild.guild, emojis=emojis)
    await shown.press("shift+f6", "up", "a")


async def reactors(shown: Shown) -> None:
    timeline = shown.client.state.timeline(GENERAL)
    entry = timeline.confirmed[-1]
    thumb = Reaction(emoji=ReactionEmoji(name="👍"), count=2, me=True, count_details=ReactionCounts(normal=2))
    entry.message = msgspec.structs.replace(entry.message, reactions=[thumb])
    entry.revision += 1
    shown.client.emit(MessageChanged(GENERAL, entry.key))
    people = [member.user for member in list(shown.client.state.guilds[1000].members.values())[:2]]
    shown.client.rest.answers["GET /channels/{}/messages/{}/reactions/{}"] = people
    await shown.press("shift+f6", "up", "w")


async def tabs(shown: Shown) -> None:
    for channel_id in (VOICE_ENGINE, 2004):
        shown.chat._wants_tab = True
        shown.chat.open_channel("s1/101", channel_id)
        await shown.settle()
    await shown.press("ctrl+pageup")


async def selecting_text(shown: Shown) -> None:
    await shown.press("shift+f6", "up", "up", "v", "up", "up", "up", "end")


FINDING_SCENES = (
    palette,
    which_key,
    inbox,
    hallway,
    hallway_searched,
    hallway_empty,
    theme_picker,
    language_picker,
    emoji_picker,
    reactors,
    tabs,
    selecting_text,
)
