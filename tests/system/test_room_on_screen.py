"""A room is held from the screen alone, by keys, over a real server: what its host does is what the others' clients see."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.client.running import make_client
from tests.client.running import running as running_client
from tests.client.waiting import until
from tests.commands.subjects.test_room_over_a_server import SilentLine
from tests.server.running import running_server
from tests.system.rest_account import ChannelObject
from tests.system.screen_on_server import screen_of
from tests.tui.screens import Shown
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.client.locator import UrlLocator
from tuichat.client.room_view import RoomView
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.live_room import Hands

pytestmark = pytest.mark.slow  # real clients on a real server


@dataclass
class Club:
    shown: Shown  # the host's
    host: Client
    guest: Client
    guild_id: int
    stage: int

    def sit(self, client: Client) -> None:
        """What the desk does where there is one."""
        client.voice.join(self.guild_id, self.stage)

    @property
    def seen(self) -> RoomView:
        """Return the room as the guest knows it."""
        return self.guest.live_rooms.view(self.stage)

    async def choose(self, client: Client) -> None:
        pane = self.shown.chat.room
        user_id = int(client.account.user_id)
        await until(lambda: pane.person_key(user_id) is not None)
        pane.move_cursor_to(pane.person_key(user_id))
        await self.shown.settle()


@contextlib.asynccontextmanager
async def club(folder: Path) -> AsyncIterator[Club]:
    async with running_server() as site:
        ada, grace = await site.register("ada"), await site.register("grace")
        guild, channel_id = await site.befriend(ada, grace)
        body = {"name": "weekly", "type": ChannelType.STAGE}
        channel = await ada.call("POST", f"/guilds/{guild.id}/channels", ChannelObject, body)
        endpoint = parse_url(site.base_url)
        locator = UrlLocator(endpoint, site.server.context.store.server_id)
        async with (
            running_client(make_client(endpoint, grace, folder, locator=locator)) as guest,
            screen_of(site, ada, int(channel_id), folder, locator=locator) as (shown, host),
        ):
            for each in (host, guest):
                each.voice.link = SilentLine()
                await until(lambda client=each: int(channel.id) in client.state.channels)  # type: ignore[misc]
            shown.chat.open_channel(host.key, int(channel.id))
            await shown.until("START A ROOM")
            yield Club(shown, host, guest, int(guild.id), int(channel.id))


async def start(held: Club) -> None:
    await held.shown.press("s")
    await held.shown.type("Weekly club")
    await held.shown.press("alt+enter")
    await held.shown.until("LIVE")
    held.sit(held.host)
    await held.shown.until("STAGE — 1")


async def test_a_room_is_started_led_and_ended_by_keys(tmp_path: Path) -> None:
    async with club(tmp_path) as held:
        shown, guest = held.shown, held.guest
        await start(held)
        await until(lambda: held.seen.topic == "Weekly club")
        held.sit(guest)
        await shown.until("AUDIENCE — 1")
        await guest.live_rooms.raise_hand(held.stage)
        await shown.until("HANDS — 1")
        await held.choose(guest)
        await shown.press("u")
        await until(lambda: held.seen.is_invited)
        await guest.live_rooms.accept(held.stage)
        await shown.until("STAGE — 2")
        await held.choose(guest)
        await shown.press("c")
        await until(lambda: held.seen.is_host)
        await shown.press("b")
        await until(lambda: not held.seen.is_speaker)
        await shown.press("H")
        await until(lambda: held.seen.hands is Hands.FOLLOWED)
        await shown.press("X", "y")
        await until(lambda: not held.seen.is_live)
        await shown.until("START A ROOM")


async def test_what_a_room_is_about_is_changed_and_who_disturbs_is_blocked(tmp_path: Path) -> None:
    async with club(tmp_path) as held:
        shown, guest = held.shown, held.guest
        await start(held)
        held.sit(guest)
        await shown.until("AUDIENCE — 1")
        await shown.press("e")
        await shown.until("The room on weekly")
        await shown.press("end")
        await shown.type(", live\n")
        await shown.type("Bring numbers")
        await shown.press("alt+enter")
        await until(lambda: (held.seen.topic, held.seen.description) == ("Weekly club, live", "Bring numbers"))
        await shown.until("Bring numbers")
        await held.choose(guest)
        await shown.press("B", "y")
        await until(lambda: not held.seen.is_here)
        await shown.until("AUDIENCE — 0")
        await shown.press("w")
        await shown.until("BLOCKED — 1")
        await shown.press("enter")
        await shown.until("BLOCKED — 0")
