"""Rows: who is in voice, and on a stage."""

import contextlib

from tests.server.api.route_rows.row import row
from tests.server.api.town import Object, Things, thing
from tuichat.protocol.gateway import VoiceStateUpdate
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.accounts import Actor
from tuichat.server.actions import voice_states
from tuichat.server.actions.errors import ActionError

STAGE = "/stage-instances/{channel_id}"
ROOM = "/tuichat/live-rooms/{channel_id}"
HOSTS_DO = "204 204 50013 50013 50013 50001 50013"


async def _join(things: Things, user_id: str, channel_id: str) -> None:
    """Bring somebody into voice, as its gateway session would; a stranger stays outside."""
    actor = Actor(Snowflake(user_id), is_bot=user_id == things.town.people["bot"].user_id)
    request = VoiceStateUpdate(guild_id=Snowflake(things.town.guild), channel_id=Snowflake(channel_id))
    voice_states.update_voice_state(things.town.site.server.context, actor, "a-session", "ws://localhost", request)


@thing
async def stage_of_mine(things: Things) -> str:
    """A stage that the asker is on."""
    path = f"/guilds/{things.town.guild}/channels"
    channel = await things.owner.call("POST", path, Object, {"name": "stage", "type": 13})
    with contextlib.suppress(ActionError):  # a stranger, or one who is timed out
        await _join(things, things.me.user_id, channel["id"])
    return str(channel["id"])


@thing
async def room_of_mine(things: Things) -> str:
    """A voice channel that the asker is in."""
    path = f"/guilds/{things.town.guild}/channels"
    channel = await things.owner.call("POST", path, Object, {"name": "room", "type": 2})
    with contextlib.suppress(ActionError):
        await _join(things, things.me.user_id, channel["id"])
    return str(channel["id"])


@thing
async def new_stage(things: Things) -> str:
    """A stage that is not live."""
    path = f"/guilds/{things.town.guild}/channels"
    return str((await things.owner.call("POST", path, Object, {"name": "stage", "type": 13}))["id"])


@thing
async def live_stage(things: Things) -> str:
    channel_id = await things("new_stage")
    await things.owner.call("POST", "/stage-instances", Object, {"channel_id": channel_id, "topic": "Bees"})
    return channel_id


@thing
async def public_room(things: Things) -> str:
    """A live room that is open to everyone."""
    channel_id = await things("new_stage")
    body = {"channel_id": channel_id, "topic": "Bees", "openness": "public"}
    await things.owner.call("POST", "/tuichat/live-rooms", Object, body)
    return channel_id


@thing
async def person_of_room(things: Things) -> str:
    """Somebody who is in the live room."""
    victim = await things("user_id")
    channel_id = await things("live_stage")
    await _join(things, victim, channel_id)
    return victim


@thing
async def stage_of_owner(things: Things) -> str:
    """A stage that the owner is on."""
    path = f"/guilds/{things.town.guild}/channels"
    channel = await things.owner.call("POST", path, Object, {"name": "stage", "type": 13})
    await _join(things, things.owner.user_id, channel["id"])
    return str(channel["id"])


@thing
async def speaker(things: Things) -> str:
    """The owner, who is on a stage."""
    await things("stage_of_owner")
    return things.owner.user_id


ROWS = [
    # method, path                                         owner admin moderator member muted stranger bot
    row("GET", "/voice/regions", "200"),
    row("POST", "/tuichat/voice/probe", "200"),
    row("GET", "/guilds/{guild_id}/regions", "200 200 200 200 200 50001 200"),
    row(
        "PATCH", "/guilds/{guild_id}/voice-states/@me", "204 204 204 204 40032 50001 204",
        {"channel_id": "{stage_of_mine}", "suppress": True},
    ),
    row(
        "PATCH", "/guilds/{guild_id}/voice-states/{user_id}", "204 204 50013 50013 50013 50001 50013",
        {"channel_id": "{stage_of_owner}", "suppress": False}, user_id="speaker",
    ),
    row("GET", "/guilds/{guild_id}/voice-states/{user_id}", "200 200 200 200 200 50001 200", user_id="speaker"),
    row(
        "GET", "/guilds/{guild_id}/voice-states/@me", "200 200 200 200 10065 50001 200",
        query="?on={stage_of_mine}", note="on a stage",
    ),
    row(
        "POST", "/channels/{channel_id}/send-soundboard-sound", "204 204 204 204 40032 50001 204",
        {"sound_id": 1}, channel_id="room_of_mine",
    ),
    row(
        "POST", "/channels/{channel_id}/voice-channel-effects", "204 204 204 204 40032 50001 204",
        {"emoji_name": "\N{DUCK}"}, channel_id="room_of_mine",
    ),
    row("POST", "/stage-instances", "200 200 50013 50013 50013 50001 50013", {"channel_id": "{new_stage}", "topic": "Bees"}),
    row("GET", STAGE, "200 200 200 200 200 50001 200", channel_id="live_stage"),
    row("PATCH", STAGE, "200 200 50013 50013 50013 50001 50013", {"topic": "Wasps"}, channel_id="live_stage"),
    row("DELETE", STAGE, "204 204 50013 50013 50013 50001 50013", channel_id="live_stage"),
    row(
        "POST", "/tuichat/live-rooms", "200 200 50013 50013 50013 50001 50013",
        {"channel_id": "{new_stage}", "topic": "Bees", "tags": ["bees"]},
    ),
    row("GET", ROOM, "200 200 200 200 200 50001 200", channel_id="live_stage"),
    row("GET", ROOM, "200", channel_id="public_room"),
    row("PATCH", ROOM, "200 200 50013 50013 50013 50001 50013", {"topic": "Wasps"}, channel_id="live_stage"),
    row("POST", f"{ROOM}/join", "200 200 200 200 200 50001 20001", channel_id="live_stage"),
    row("GET", f"{ROOM}/keeping", "200 200 50013 50013 50013 50001 50013", channel_id="live_stage"),
    row("GET", f"{ROOM}/audience", "200 200 200 200 200 50001 200", query="?offset=0&limit=10", channel_id="live_stage"),
    row("PUT", f"{ROOM}/hosts/{{user_id}}", HOSTS_DO, channel_id="live_stage"),
    row("DELETE", f"{ROOM}/hosts/{{user_id}}", HOSTS_DO, channel_id="live_stage"),
    row("PUT", f"{ROOM}/blocked/{{user_id}}", HOSTS_DO, channel_id="live_stage"),
    row("DELETE", f"{ROOM}/blocked/{{user_id}}", HOSTS_DO, channel_id="live_stage"),
    row("PUT", f"{ROOM}/invited/{{user_id}}", HOSTS_DO, channel_id="live_stage"),
    row("DELETE", f"{ROOM}/invited/{{user_id}}", HOSTS_DO, channel_id="live_stage"),
    row("PUT", f"{ROOM}/muted/{{user_id}}", HOSTS_DO, channel_id="live_stage", user_id="person_of_room"),
    row("DELETE", f"{ROOM}/people/{{user_id}}", HOSTS_DO, channel_id="live_stage", user_id="person_of_room"),
]  # fmt: skip
