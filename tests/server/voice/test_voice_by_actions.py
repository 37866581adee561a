"""Voice as people come to it: op 4 of the gateway, the endpoint that it brings, and what moderators do to who speaks there."""

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.server.running import Account, GatewayClient, RunningServer, running_server
from tests.server.voice.voice_client import VoiceClient, voice_client
from tuichat.protocol.encryption import XCHACHA
from tuichat.server.voice import forwarder

VOICE_STATE = 4


class Member:
    """An account with its gateway connection and its voice."""

    def __init__(self, account: Account, gateway: GatewayClient, voice: VoiceClient) -> None:
        self.account = account
        self.gateway = gateway
        self.voice = voice

    async def ask(self, guild_id: str, channel_id: str | None) -> None:
        body = {"guild_id": guild_id, "channel_id": channel_id, "self_mute": False, "self_deaf": False}
        await self.gateway.send(VOICE_STATE, body)

    async def enter(self, guild_id: str, channel_id: str | None) -> None:
        """Go all the way into a channel; None where the server has moved it, and only the voice is new."""
        if channel_id is not None:
            await self.ask(guild_id, channel_id)
            is_own = lambda state: state["user_id"] == self.account.user_id  # noqa: E731
            state = await self.gateway.wait_for("VOICE_STATE_UPDATE", is_own)
            self.voice.session_id = state["session_id"]
        server = await self.gateway.wait_for("VOICE_SERVER_UPDATE")
        assert server["endpoint"] == f"127.0.0.1:{self.voice.running.port}"
        self.voice.server_id, self.voice.token = guild_id, server["token"]
        await self.voice.dial()
        await self.voice.identify()
        await self.voice.select(await self.voice.discover())


class Club:
    """A guild with two voice channels, its owner in voice and a member who speaks to her."""

    def __init__(self, running: RunningServer, guild_id: str, lounges: list[str], owner: Member, guest: Member) -> None:
        self.running = running
        self.guild_id = guild_id
        self.lounges = lounges
        self.owner = owner
        self.guest = guest

    @property
    def guest_path(self) -> str:
        return f"/guilds/{self.guild_id}/members/{self.guest.account.user_id}"

    async def hears(self, payload: bytes) -> None:
        """The guest says this, and the owner hears it."""
        self.guest.voice.say(payload)
        assert await self.owner.voice.hear() == payload


@contextlib.asynccontextmanager
async def _member(running: RunningServer, account: Account) -> AsyncIterator[Member]:
    async with account.connect() as gateway, voice_client(running, int(account.user_id)) as voice:
        yield Member(account, gateway, voice)


@pytest.fixture(autouse=True)
def nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forward first words at once, so that what is sent here is heard by those who are there when it is sent."""
    monkeypatch.setattr(forwarder, "HOLD_MS", 0)


@pytest.fixture
async def club() -> AsyncIterator[Club]:
    async with running_server() as running:
        ada, bob = await running.register("ada"), await running.register("bob")
        guild, _ = await running.befriend(ada, bob)
        lounges = []
        for name in ("lounge", "attic"):
            made = await ada.call("POST", f"/guilds/{guild.id}/channels", dict[str, Any], {"name": name, "type": 2})
            lounges.append(str(made["id"]))
        async with _member(running, ada) as owner, _member(running, bob) as guest:
            guest.voice.mode = XCHACHA
            await owner.enter(guild.id, lounges[0])
            await guest.enter(guild.id, lounges[0])
            yield Club(running, guild.id, lounges, owner, guest)


async def test_people_hear_each_other_and_a_moderator_mutes_and_deafens(club: Club) -> None:
    await club.hears(b"hello")
    await club.owner.account.do("PATCH", club.guest_path, {"mute": True})
    club.guest.voice.say(b"muted")
    await club.owner.account.do("PATCH", club.guest_path, {"mute": False})
    await club.hears(b"again")
    await club.owner.account.do("PATCH", club.guest_path, {"deaf": True})
    club.owner.voice.say(b"to the deaf")
    await club.owner.account.do("PATCH", club.guest_path, {"deaf": False})
    club.owner.voice.say(b"to all")
    assert await club.guest.voice.hear() == b"to all"


async def test_who_is_moved_comes_along_and_is_heard_there_alone(club: Club) -> None:
    await club.owner.account.do("PATCH", club.guest_path, {"channel_id": club.lounges[1]})
    assert (await club.owner.voice.wait_for(13)).d == {"user_id": club.guest.account.user_id}
    async with voice_client(club.running, int(club.guest.account.user_id)) as moved:
        moved.session_id = club.guest.voice.session_id
        old, club.guest.voice = club.guest.voice, moved
        await club.guest.enter(club.guild_id, None)
        assert await old.close_code() == 4014
        moved.say(b"from the attic")
        await club.owner.enter(club.guild_id, club.lounges[1])
        await club.hears(b"in the attic")
    await old.ws.close()
    old.udp.close()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["leave", "disconnect", "kick", "delete"])
async def test_every_way_out_ends_the_voice_connection(club: Club, way: str) -> None:
    owner, guest = club.owner.account, club.guest
    if way == "leave":
        await guest.ask(club.guild_id, None)
    elif way == "disconnect":
        await owner.do("PATCH", club.guest_path, {"channel_id": None})
    elif way == "kick":
        await owner.do("DELETE", club.guest_path)
    else:
        await owner.call("DELETE", f"/channels/{club.lounges[0]}", dict[str, Any])
    assert await guest.voice.close_code() == 4014
    assert int(guest.account.user_id) not in {each.user_id for each in club.running.server.voice.rooms.by_ssrc.values()}


async def test_a_client_of_the_unix_socket_is_sent_to_the_tcp_listener(club: Club) -> None:
    connector = aiohttp.UnixConnector(str(club.running.socket_path))
    async with aiohttp.ClientSession(connector=connector) as http, http.ws_connect("ws://localhost/?v=10") as socket:
        client = GatewayClient(socket)
        await client.send(2, {"token": club.guest.account.token, "properties": {}})
        await client.wait_for("READY")
        await client.send(VOICE_STATE, {"guild_id": club.guild_id, "channel_id": club.lounges[1]})
        server = await client.wait_for("VOICE_SERVER_UPDATE")
        assert server["endpoint"] == f"127.0.0.1:{club.running.port}"
    assert await club.guest.voice.close_code() == 4014  # another session of the account has taken its place over
