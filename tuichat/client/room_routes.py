"""The REST routes of stages and live rooms, as requests."""

from msgspec import UNSET

from tuichat.client.routes import Repeat, Request, make_request
from tuichat.protocol.live_room import EditLiveRoomRequest, StartLiveRoomRequest
from tuichat.protocol.rest.member import EditMemberRequest, EditVoiceStateRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import SendEffectRequest
from tuichat.protocol.stage import CreateStageRequest, EditStageRequest

ROOM = "/tuichat/live-rooms/{}"
PATIENCE_S = 5.0  # taste: who is in a room sees at once that nothing happens


def open_stage(channel_id: int, topic: str, *, tells_everyone: bool, event_id: int | None) -> Request:
    body = CreateStageRequest(
        channel_id=Snowflake(channel_id),
        topic=topic,
        send_start_notification=tells_everyone or UNSET,
        guild_scheduled_event_id=UNSET if event_id is None else Snowflake(event_id),
    )
    return make_request("POST", "/stage-instances", body=body, repeat=Repeat.UNSAFE)


def edit_stage(channel_id: int, topic: str) -> Request:
    return make_request("PATCH", "/stage-instances/{}", channel_id, body=EditStageRequest(topic=topic))


def close_stage(channel_id: int) -> Request:
    return make_request("DELETE", "/stage-instances/{}", channel_id)


def start_room(body: StartLiveRoomRequest) -> Request:
    return make_request("POST", "/tuichat/live-rooms", body=body, repeat=Repeat.UNSAFE)


def get_room(channel_id: int) -> Request:
    return make_request("GET", ROOM, channel_id)


def edit_room(channel_id: int, edit: EditLiveRoomRequest) -> Request:
    return make_request("PATCH", ROOM, channel_id, body=edit)


def join_room(channel_id: int) -> Request:
    return make_request("POST", f"{ROOM}/join", channel_id)


def get_keeping(channel_id: int) -> Request:
    return make_request("GET", f"{ROOM}/keeping", channel_id)


def list_audience(channel_id: int, *, offset: int, limit: int) -> Request:
    query = {"offset": str(offset), "limit": str(limit)}
    return make_request("GET", f"{ROOM}/audience", channel_id, query=query)


def put_host(channel_id: int, user_id: int) -> Request:
    return _about("PUT", "hosts", channel_id, user_id)


def delete_host(channel_id: int, user_id: int) -> Request:
    return _about("DELETE", "hosts", channel_id, user_id)


def put_blocked(channel_id: int, user_id: int) -> Request:
    return _about("PUT", "blocked", channel_id, user_id)


def delete_blocked(channel_id: int, user_id: int) -> Request:
    return _about("DELETE", "blocked", channel_id, user_id)


def put_invited(channel_id: int, user_id: int) -> Request:
    return _about("PUT", "invited", channel_id, user_id)


def delete_invited(channel_id: int, user_id: int) -> Request:
    return _about("DELETE", "invited", channel_id, user_id)


def put_muted(channel_id: int, user_id: int) -> Request:
    return _about("PUT", "muted", channel_id, user_id)


def delete_person(channel_id: int, user_id: int) -> Request:
    return _about("DELETE", "people", channel_id, user_id)


def disconnect(guild_id: int, user_id: int) -> Request:
    """Put somebody out of voice, as Discord has it."""
    body = EditMemberRequest(channel_id=None)
    return make_request("PATCH", "/guilds/{}/members/{}", guild_id, user_id, body=body, patience_s=PATIENCE_S)


def edit_own_part(guild_id: int, edit: EditVoiceStateRequest) -> Request:
    return make_request("PATCH", "/guilds/{}/voice-states/@me", guild_id, body=edit, patience_s=PATIENCE_S)


def edit_part(guild_id: int, user_id: int, edit: EditVoiceStateRequest) -> Request:
    return make_request("PATCH", "/guilds/{}/voice-states/{}", guild_id, user_id, body=edit, patience_s=PATIENCE_S)


def send_effect(channel_id: int, body: SendEffectRequest) -> Request:
    route = "/channels/{}/voice-channel-effects"
    return make_request("POST", route, channel_id, body=body, repeat=Repeat.UNSAFE, patience_s=0)


def _about(method: str, of: str, channel_id: int, user_id: int) -> Request:
    return make_request(method, f"{ROOM}/{of}/{{}}", channel_id, user_id, patience_s=PATIENCE_S)
