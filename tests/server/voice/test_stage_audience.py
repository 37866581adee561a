"""The audience of a stage is silent by the server: what it sends is counted at every other one in the room, and is nothing."""

import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from tests.server.running import Account, RunningServer, running_server
from tests.server.voice.test_voice_by_actions import VOICE_STATE, nothing_held
from tests.server.voice.voice_client import VoiceClient, voice_client
from tuichat.protocol.encryption import Opener
from tuichat.protocol.rtp import OPUS, parse_header

PACKETS = 40  # fewer than the forwarder takes at once of one client: none of these is lost in its limits
NAMES = ("ada", "bob", "cleo", "dan", "eve")
SPEAKERS = ("ada", "eve")
END = b"that is all"
__all__ = ["nothing_held"]


class Stage:
    """A live stage with five in voice: ada opened it, she and eve speak, the others listen."""

    def __init__(self, running: RunningServer, guild_id: str, channel_id: str) -> None:
        self.running = running
        self.guild_id = guild_id
        self.channel_id = channel_id
        self.accounts: dict[str, Account] = {}
        self.voices: dict[str, VoiceClient] = {}

    def state_path(self, who: str) -> str:
        return f"/guilds/{self.guild_id}/voice-states/{who if who == '@me' else self.accounts[who].user_id}"

    async def promote(self, name: str) -> None:
        """Let somebody speak: ada invites, and it accepts."""
        body = {"channel_id": self.channel_id, "suppress": False}
        if name != "ada":
            await self.accounts["ada"].do("PATCH", self.state_path(name), body)
        await self.accounts[name].do("PATCH", self.state_path("@me"), body)

    async def heard_by_all(self, talker: str) -> dict[str, int]:
        """Have somebody send its packets, and the speakers one each that ends the count; return what came to each other."""
        for number in range(PACKETS):
            self.voices[talker].say(b"%d" % number)
        for name in SPEAKERS:
            self.voices[name].say(END)
        return {name: await self._heard(name, talker) for name in NAMES if name != talker}

    async def _heard(self, name: str, talker: str) -> int:
        """How many packets of one came to another until the speakers ended the count."""
        voice = self.voices[name]
        ending = {self.voices[speaker].ssrc for speaker in SPEAKERS if speaker != name}
        count = 0
        while ending:
            packet = await voice.datagram()
            if packet[1] & 0x7F != OPUS:
                continue
            ssrc = parse_header(packet).ssrc
            if ssrc == self.voices[talker].ssrc:
                count += 1
            elif Opener(voice.mode, voice.key).open(packet) == END:
                ending.discard(ssrc)
        return count


def _of(account: Account) -> Callable[[Any], bool]:
    return lambda state: bool(state["user_id"] == account.user_id)


@pytest.fixture(params=["compiled", "python"])
async def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    folder = tmp_path_factory.getbasetemp() / "stage-helper" if request.param == "compiled" else None
    async with contextlib.AsyncExitStack() as stack:
        running = await stack.enter_async_context(running_server(voice_helper=folder))
        assert (running.server.voice.helper is not None) == (request.param == "compiled")
        accounts = {name: await running.register(name) for name in NAMES}
        ada = accounts["ada"]
        guild, _ = await running.befriend(ada, *(accounts[name] for name in NAMES[1:]))
        made = await ada.call("POST", f"/guilds/{guild.id}/channels", dict[str, Any], {"name": "Stage", "type": 13})
        stage = Stage(running, guild.id, str(made["id"]))
        stage.accounts = accounts
        await ada.call("POST", "/stage-instances", dict[str, Any], {"channel_id": stage.channel_id, "topic": "Bees"})
        for name, account in accounts.items():
            gateway = await stack.enter_async_context(account.connect())
            voice = await stack.enter_async_context(voice_client(running, int(account.user_id)))
            await gateway.send(VOICE_STATE, {"guild_id": guild.id, "channel_id": stage.channel_id})
            state = await gateway.wait_for("VOICE_STATE_UPDATE", _of(account))
            assert state["suppress"] == (name != "ada")  # who started it speaks at once
            server = await gateway.wait_for("VOICE_SERVER_UPDATE")
            voice.session_id, voice.server_id, voice.token = state["session_id"], guild.id, server["token"]
            await voice.dial()
            await voice.identify()
            await voice.select(await voice.discover())
            stage.voices[name] = voice
        for name in SPEAKERS:
            await stage.promote(name)
        yield stage


def at_all(talker: str, count: int) -> dict[str, int]:
    return {name: count for name in NAMES if name != talker}


async def test_of_the_audience_no_packet_comes_to_anybody(stage: Stage) -> None:
    for talker in ("bob", "cleo", "dan"):
        assert await stage.heard_by_all(talker) == at_all(talker, 0)


async def test_who_is_invited_and_has_not_accepted_is_not_heard(stage: Stage) -> None:
    body = {"channel_id": stage.channel_id, "suppress": False}
    await stage.accounts["ada"].do("PATCH", stage.state_path("bob"), body)
    assert await stage.heard_by_all("bob") == at_all("bob", 0)


@pytest.mark.parametrize("who_ends_it", ["ada", "bob"])
async def test_a_speaker_who_was_moved_down_is_heard_by_nobody(stage: Stage, who_ends_it: str) -> None:
    await stage.promote("bob")
    assert await stage.heard_by_all("bob") == at_all("bob", PACKETS)
    path = stage.state_path("bob" if who_ends_it == "ada" else "@me")
    await stage.accounts[who_ends_it].do("PATCH", path, {"channel_id": stage.channel_id, "suppress": True})
    assert await stage.heard_by_all("bob") == at_all("bob", 0)
