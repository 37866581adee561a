"""A live room held by three real clients and a discord.py bot: who raises a hand, speaks, is muted, put out, and ends it.

What somebody sends who may not speak is counted at every receiver, the bot's socket too: it is nothing. It is sent past the
client's own mute, so it is the server that keeps it silent.
"""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import discord
import pytest
from discord.gateway import DiscordWebSocket

from tests.client.waiting import until
from tests.conformance.redirect import redirect, use_plain_voice
from tests.server.bots import add_bot
from tests.system.rest_account import ChannelObject
from tests.system.voice_site import Person, VoiceSite, until_heard, voice_site
from tests.voice.libraries import needs_opus
from tuichat.client.errors import RefusedError
from tuichat.client.room_view import RoomView
from tuichat.protocol.encryption import Opener
from tuichat.protocol.live_room import EditLiveRoomRequest, Hands, Openness
from tuichat.protocol.rtp import FRAME_SAMPLES, OPUS
from tuichat.protocol.voice_gateway import Speaking

pytestmark = [*needs_opus, pytest.mark.slow, pytest.mark.timeout(180)]

STAGE = 13  # a channel's type
PACKETS = 40  # fewer than the server takes at once of one sender: none of these is lost in its limits
NUMBERS = itertools.count()


class Bot(discord.Client):
    """Unmodified discord.py, and what comes to the socket of its voice."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True, voice_states=True, members=True))
        self.voice: discord.VoiceClient | None = None
        self.packets: list[bytes] = []
        self.ended: list[int] = []  # channels of the stages that it saw end

    async def on_stage_instance_delete(self, stage: discord.StageInstance) -> None:
        self.ended.append(stage.channel_id)

    def stage(self, channel_id: int) -> discord.StageChannel:
        found = self.get_channel(channel_id)
        assert isinstance(found, discord.StageChannel)
        return found

    async def join(self, channel_id: int) -> None:
        self.voice = await self.stage(channel_id).connect(reconnect=False)
        self.voice._connection.add_socket_listener(self.packets.append)
        await self.voice.ws.speak()

    def say(self, payload: bytes) -> None:
        assert self.voice is not None
        self.voice.send_audio_packet(payload, encode=False)

    def heard(self) -> list[bytes]:
        """All that people sent to it, opened."""
        assert self.voice is not None
        opener = Opener(self.voice.mode, bytes(self.voice.secret_key))
        opened = [opener.open(packet) for packet in self.packets if packet[1] & 0x7F == OPUS]
        return [payload for payload in opened if payload is not None]


class Club:
    """ada, bob and cleo by their clients, the bot, and the stage."""

    def __init__(self, site: VoiceSite, bot: Bot, channel_id: int) -> None:
        self.ada, self.bob, self.cleo = site.people
        self.site = site
        self.bot = bot
        self.channel_id = channel_id
        self.names: dict[Person | Bot, str] = {self.ada: "ada", self.bob: "bob", self.cleo: "cleo", bot: "bot"}

    def view(self, person: Person) -> RoomView:
        return person.client.live_rooms.view(self.channel_id)

    async def all_see(self, holds: Callable[[RoomView], bool]) -> None:
        await until(lambda: all(holds(self.view(person)) for person in (self.ada, self.bob, self.cleo)))

    def own_bot_id(self) -> int:
        assert self.bot.user is not None
        return self.bot.user.id

    async def counted_once_heard(self, talker: Person | Bot, *, ends: Person | Bot) -> dict[str, int]:
        """Likewise, once the others know who speaks: what is said first is held until then."""
        first, receiver = b"\x78listen %d" % next(NUMBERS), next(each for each in self.names if each is not talker)

        def is_heard() -> bool:
            say(talker, first)
            return first in heard_by(receiver)

        await until(is_heard)
        return await self.counted(talker, ends=ends)

    async def counted(self, talker: Person | Bot, *, ends: Person | Bot) -> dict[str, int]:
        """Have somebody send packets, and one who speaks the last; return how many of the former came to each receiver."""
        sent = [b"\x78%d" % next(NUMBERS) for _ in range(PACKETS)]
        last = b"\x78that is all %d" % next(NUMBERS)
        for payload in sent:
            say(talker, payload)
        receivers = [each for each in self.names if each is not talker]

        def has_come() -> bool:
            say(ends, last)
            return all(last in heard_by(each) for each in receivers if each is not ends)

        await until(has_come)
        return {self.names[each]: len(set(sent) & set(heard_by(each))) for each in receivers if each is not ends}


def say(talker: Person | Bot, payload: bytes) -> None:
    """Send a packet, whatever the talker's own program thinks of it."""
    if isinstance(talker, Bot):
        talker.say(payload)
        return
    talker.media._announce(Speaking.MICROPHONE)
    talker._timestamp += FRAME_SAMPLES
    talker.media.send_frame(payload, talker._timestamp, False)


def heard_by(receiver: Person | Bot) -> list[bytes]:
    if isinstance(receiver, Bot):
        return receiver.heard()
    return [payload for packets in receiver.audio.heard.values() for _, payload in packets]


@pytest.fixture
def plain_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    """discord.py finds this server, without TLS, and its own again after the test."""
    monkeypatch.setattr(discord.http.HTTPClient, "ws_connect", discord.http.HTTPClient.ws_connect)
    monkeypatch.setattr(discord.http.Route, "BASE", discord.http.Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    monkeypatch.setattr(discord.asset.Asset, "BASE", discord.asset.Asset.BASE)
    use_plain_voice()


@contextlib.asynccontextmanager
async def club(folder: Path, helper: Path | None) -> AsyncIterator[Club]:
    async with voice_site(folder, ("ada", "bob", "cleo"), voice_helper=helper) as site:
        assert (site.server.server.voice.helper is not None) == (helper is not None)
        owner = site.accounts["ada"]
        guild_id = str(site.people[0].guild_id)
        channel = await owner.call(
            "POST", f"/guilds/{guild_id}/channels", ChannelObject, {"name": "Stage", "type": STAGE}
        )
        account = await add_bot(site.server, owner, guild_id)
        redirect(site.server.api_url, site.server.gateway_url)
        async with Bot() as bot:
            runner = await started(bot, account.token)
            try:
                yield Club(site, bot, int(channel.id))
            finally:
                if bot.voice is not None:
                    await bot.voice.disconnect(force=True)
                await bot.close()
                with contextlib.suppress(TimeoutError, discord.DiscordException):
                    await runner


async def started(bot: Bot, token: str) -> asyncio.Task[None]:
    await bot.login(token)
    runner = asyncio.create_task(bot.connect())
    await until(bot.is_ready)
    return runner


@pytest.mark.parametrize("forwarder", ["python", "compiled"])
@pytest.mark.usefixtures("plain_voice")
async def test_a_club_holds_its_room(forwarder: str, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    helper = tmp_path_factory.getbasetemp() / "room-helper" if forwarder == "compiled" else None
    async with club(tmp_path, helper) as town:
        await _open(town)
        await _listen(town)
        await _raise_and_speak(town)
        await _invite_and_decline(town)
        await _bot_speaks(town)
        await _mute(town)
        await _put_out(town)
        await _hand_over_and_end(town)


async def _open(town: Club) -> None:
    ada, stage = town.ada, town.channel_id
    await until(lambda: stage in ada.client.state.channels)
    assert town.view(ada).may_start
    await ada.join(stage)
    await ada.client.live_rooms.start(
        stage,
        "Bees",
        description="What they are about",
        language="en",
        tags=["bees", "gardens"],
        openness=Openness.GUILD,
    )
    for person in (town.bob, town.cleo):
        await person.join(stage)
    await town.bot.join(stage)
    await town.all_see(lambda view: view.tags == ("bees", "gardens"))
    await town.all_see(lambda view: (len(view.speakers), view.listeners) == (1, 3))
    assert town.view(ada).is_host
    assert town.view(ada).is_speaker
    live = town.bot.stage(stage).instance
    assert live is not None
    assert live.topic == "Bees"


async def _listen(town: Club) -> None:
    """Who listens is heard by nobody."""
    for listener in (town.bob, town.cleo, town.bot):
        counts = await town.counted(listener, ends=town.ada)
        assert set(counts.values()) == {0}, counts
    with pytest.raises(RefusedError):
        await town.bob.client.live_rooms.invite_up(town.channel_id, town.cleo.id)


async def _raise_and_speak(town: Club) -> None:
    rooms, stage = town.ada.client.live_rooms, town.channel_id
    await town.cleo.client.live_rooms.raise_hand(stage)
    await until(lambda: [each.user_id for each in town.view(town.ada).asking] == [town.cleo.id])
    await town.bob.client.live_rooms.raise_hand(stage)
    await until(lambda: [each.user_id for each in town.view(town.ada).asking] == [town.cleo.id, town.bob.id])
    await rooms.decline_hand(stage, town.cleo.id)
    await until(lambda: not town.view(town.cleo).has_asked)
    await rooms.invite_up(stage, town.bob.id)
    await until(lambda: town.view(town.bob).is_invited)
    counts = await town.counted(town.bob, ends=town.ada)
    assert set(counts.values()) == {0}, f"who was asked up has not accepted yet: {counts}"
    await town.bob.client.live_rooms.accept(stage)
    await until(lambda: town.view(town.bob).is_speaker)
    counts = await town.counted_once_heard(town.bob, ends=town.ada)
    assert counts == {"cleo": PACKETS, "bot": PACKETS}
    await until_heard(town.ada, town.bob, b"\x78welcome, bob")


async def _invite_and_decline(town: Club) -> None:
    rooms, stage = town.ada.client.live_rooms, town.channel_id
    await rooms.invite_up(stage, town.cleo.id)
    await until(lambda: town.view(town.cleo).is_invited)
    await town.cleo.client.live_rooms.decline_invitation(stage)
    await until(lambda: not town.view(town.ada).invited)
    counts = await town.counted(town.cleo, ends=town.ada)
    assert set(counts.values()) == {0}, counts


async def _bot_speaks(town: Club) -> None:
    stage, me = town.channel_id, town.bot.stage(town.channel_id).guild.me
    await me.request_to_speak()
    await until(lambda: [each.user_id for each in town.view(town.ada).asking] == [town.own_bot_id()])
    await town.ada.client.live_rooms.invite_up(stage, town.own_bot_id())
    await until(lambda: me.voice is not None and not me.voice.suppress)
    counts = await town.counted_once_heard(town.bot, ends=town.ada)
    assert counts == {"bob": PACKETS, "cleo": PACKETS}
    await town.ada.client.live_rooms.move_down(stage, town.own_bot_id())
    await until(lambda: me.voice is not None and me.voice.suppress)
    counts = await town.counted(town.bot, ends=town.ada)
    assert set(counts.values()) == {0}, counts


async def _mute(town: Club) -> None:
    stage = town.channel_id
    await town.ada.client.live_rooms.mute(stage, town.bob.id)
    await until(lambda: town.bob.client.voice.own.is_muted)
    counts = await town.counted(town.bob, ends=town.ada)
    assert set(counts.values()) == {0}, counts
    town.bob.client.voice.set_muted(False)
    await until(lambda: not town.bob.client.state.guilds[town.bob.guild_id].voice_states[town.bob.id].self_mute)
    counts = await town.counted_once_heard(town.bob, ends=town.ada)
    assert counts == {"cleo": PACKETS, "bot": PACKETS}


async def _put_out(town: Club) -> None:
    """Who is removed may come back, who is blocked may not; with hands off nobody raises one."""
    rooms, stage = town.ada.client.live_rooms, town.channel_id
    await rooms.remove(stage, town.cleo.id)
    await until(lambda: not town.cleo.client.voice.is_in_call)
    await town.cleo.join(stage)
    await until(lambda: town.view(town.cleo).is_here)
    await rooms.edit(stage, EditLiveRoomRequest(hands=Hands.OFF))
    await until(lambda: town.view(town.cleo).hands is Hands.OFF)
    with pytest.raises(RefusedError):
        await town.cleo.client.live_rooms.raise_hand(stage)
    await rooms.block(stage, town.cleo.id)
    await until(lambda: not town.cleo.client.voice.is_in_call)
    town.cleo.client.voice.join(town.cleo.guild_id, stage)
    await until(lambda: town.cleo.client.voice.call is not None and town.cleo.client.voice.call.sentence)
    assert not town.cleo.client.voice.is_in_call


async def _hand_over_and_end(town: Club) -> None:
    """The room goes on with a host who was made, and ends by it; nobody who is still there is a speaker after that."""
    stage = town.channel_id
    await town.ada.client.live_rooms.make_host(stage, town.bob.id)
    await until(lambda: town.view(town.bob).is_host)
    town.ada.client.voice.leave()
    await until(lambda: not town.view(town.ada).is_here)
    assert town.view(town.bob).is_live
    await town.bob.client.live_rooms.end(stage)
    await town.all_see(lambda view: not view.is_live)
    await until(lambda: town.bot.ended == [stage])
    await until(lambda: town.bob.client.state.guilds[town.bob.guild_id].voice_states[town.bob.id].suppress)
