"""A stage that unmodified discord.py opens, edits and ends by Discord's own routes is a live room to those who know of them."""

import contextlib
from collections.abc import AsyncIterator

import aiohttp
import discord
import pytest

from tests.conformance.environment import Environment
from tests.conformance.moderation import Moderation
from tests.conformance.other_account import gateway_url
from tests.conformance.report import Report
from tests.server.running import GatewayClient
from tests.system.rest_account import RestAccount
from tuichat.protocol import codec
from tuichat.protocol.live_room import Hands, LiveRoom, Openness

ROOMS = [f"TUICHAT_LIVE_ROOM_{what}" for what in ("CREATE", "UPDATE", "DELETE")]


@contextlib.asynccontextmanager
async def owner_of(environment: Environment) -> AsyncIterator[tuple[RestAccount, GatewayClient]]:
    """The person of the run, with a session that asked to hear of live rooms."""
    assert environment.user_token is not None
    url = await gateway_url(environment)
    async with aiohttp.ClientSession() as http, http.ws_connect(f"{url}/?v=10&encoding=json", max_msg_size=0) as socket:
        client = GatewayClient(socket)
        await client.receive()
        await client.send(2, {"token": environment.user_token, "properties": {}, "tuichat_events": ROOMS})
        await client.wait_for("READY")
        yield RestAccount(http, environment.api, environment.user_token), client


async def read_room(account: RestAccount, path: str) -> LiveRoom:
    status, body = await account.raw("GET", path)
    assert status == 200
    return codec.decode(body, LiveRoom)


@pytest.mark.slow
@pytest.mark.usefixtures("restored_addresses")
async def test_a_stage_of_discord_py_is_a_live_room_with_defaults(environment: Environment) -> None:
    run = Moderation(environment, Report("live rooms"))
    async with run.connected(), owner_of(environment) as (owner, told):
        stage = await run.guild.create_stage_channel("stage")
        path = f"/tuichat/live-rooms/{stage.id}"
        live = await stage.create_instance(topic="Bees")
        created = await told.wait_for(ROOMS[0])
        room = await read_room(owner, path)
        assert (created["id"], created["topic"], created["openness"]) == (str(live.id), "Bees", "guild")
        assert (room.id, room.starter_id, room.host_ids) == (live.id, run.user.id, [run.user.id])
        assert (room.openness, room.hands, room.description, room.tags) == (Openness.GUILD, Hands.ALL, "", [])
        assert (room.speakers, room.listeners) == (0, 0)  # the bot need not be in voice
        await live.edit(topic="Wasps")
        assert (await told.wait_for(ROOMS[1]))["topic"] == "Wasps"
        await owner.do("PATCH", path, {"description": "Of hives", "topic": "Hornets"})
        assert await run.becomes(lambda: stage.instance is not None and stage.instance.topic == "Hornets")
        await _host(run, stage, owner, path)
        await live.delete()
        assert (await told.wait_for(ROOMS[2]))["id"] == str(live.id)
        await stage.delete()


async def _host(run: Moderation, stage: discord.StageChannel, owner: RestAccount, path: str) -> None:
    """The bot comes in and speaks, is muted by another host, and unmutes itself, as a library without our extensions does."""
    me = run.guild.me
    await run.guild.change_voice_state(channel=stage)
    assert await run.becomes(lambda: stage.listeners == [me])
    await me.edit(suppress=False)
    assert await run.becomes(lambda: stage.speakers == [me])
    assert (await read_room(owner, path)).speakers == 1
    await owner.do("PUT", f"{path}/muted/{me.id}")
    assert await run.becomes(lambda: me.voice is not None and me.voice.self_mute)
    await run.guild.change_voice_state(channel=stage, self_mute=False)
    assert await run.becomes(lambda: me.voice is not None and not me.voice.self_mute)
    await owner.do("DELETE", f"{path}/people/{me.id}")
    assert await run.becomes(lambda: me.voice is None)
