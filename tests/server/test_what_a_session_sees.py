"""What a session may not see never reaches its socket: every dispatch, before and after roles and overwrites change.

Owner, moderator, members with and without a key, a muted member, a stranger and bots are connected while somebody does
everything in places that not all of them may see. Whatever comes over any socket, or answers any question, is looked through
for ids, codes and words of places that its reader may not know. A guild's own settings, which tell all its members
which channel is for what, as Discord's do, name no hidden one here.
"""

import ast
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

import tuichat.server
from tests.server.files.pictures_drawn import data_uri, picture
from tests.server.files.sounds_made import mp3, sound_uri
from tests.server.gateway.test_gateway import make_bot
from tests.server.running import Account, RunningServer, running_server
from tests.server.watching import Object, Watch
from tuichat.protocol.dispatch.events import EVENTS
from tuichat.protocol.intents import ALL_INTENTS, Intents
from tuichat.protocol.permissions import Permissions

THUMB = "%F0%9F%91%8D"
FEW_INTENTS = Intents.GUILDS | Intents.GUILD_MESSAGES
MODERATION = (
    Permissions.VIEW_AUDIT_LOG
    | Permissions.MANAGE_CHANNELS
    | Permissions.MANAGE_ROLES
    | Permissions.MANAGE_GUILD
    | Permissions.MANAGE_MESSAGES
    | Permissions.MANAGE_WEBHOOKS
    | Permissions.KICK_MEMBERS
    | Permissions.BAN_MEMBERS
)
IN_TOWN = {"owner", "mod", "insider", "member", "muted", "bot", "plain_bot", "keeper"}
INSIDE = {"owner", "insider", "keeper"}  # who has the key to the hidden channel

MANAGERS_HEAR = ("GUILD_AUDIT_LOG_ENTRY_CREATE", "GUILD_BAN_ADD", "GUILD_BAN_REMOVE", "INVITE_CREATE", "INVITE_DELETE")
MEMBER_HEARS = (
    "CHANNEL_PINS_ACK",
    "GUILD_FEATURE_ACK",
    "RECENT_MENTION_DELETE",
    "USER_GUILD_SETTINGS_UPDATE",
    "USER_NON_CHANNEL_ACK",
    "USER_NOTE_UPDATE",
    "USER_SETTINGS_PROTO_UPDATE",
    "USER_SETTINGS_UPDATE",
)  # only the member does what provokes these

# Every dispatch that the server can send, and by what it is provoked here. The test below fails for one that is not here.
DONE_HERE = {
    "READY": "connect",
    "GUILD_CREATE": "connect, found a guild",
    "GUILD_UPDATE": "rename",
    "GUILD_DELETE": "delete a guild, kick",
    "GUILD_ROLE_CREATE": "roles",
    "GUILD_ROLE_UPDATE": "roles",
    "GUILD_ROLE_DELETE": "roles",
    "GUILD_MEMBER_ADD": "come and go",
    "GUILD_MEMBER_UPDATE": "nickname",
    "GUILD_MEMBER_REMOVE": "come and go",
    "GUILD_MEMBER_LIST_UPDATE": "look at a member list",
    "GUILD_MEMBERS_CHUNK": "ask for members",
    "GUILD_BAN_ADD": "ban",
    "GUILD_BAN_REMOVE": "ban",
    "GUILD_EMOJIS_UPDATE": "emoji",
    "GUILD_AUDIT_LOG_ENTRY_CREATE": "all of these",
    "CHANNEL_CREATE": "channels",
    "CHANNEL_UPDATE": "channels",
    "CHANNEL_DELETE": "channels",
    "CHANNEL_RECIPIENT_ADD": "groups",
    "CHANNEL_RECIPIENT_REMOVE": "groups",
    "THREAD_CREATE": "threads",
    "THREAD_UPDATE": "threads",
    "THREAD_DELETE": "threads",
    "THREAD_LIST_SYNC": "a channel is shown",
    "THREAD_MEMBER_UPDATE": "threads",
    "THREAD_MEMBERS_UPDATE": "threads",
    "MESSAGE_CREATE": "messages",
    "MESSAGE_UPDATE": "messages",
    "MESSAGE_DELETE": "messages",
    "MESSAGE_DELETE_BULK": "messages",
    "MESSAGE_ACK": "read",
    "MESSAGE_POLL_VOTE_ADD": "messages",
    "MESSAGE_POLL_VOTE_REMOVE": "messages",
    "MESSAGE_REACTION_ADD": "reactions",
    "MESSAGE_REACTION_REMOVE": "reactions",
    "MESSAGE_REACTION_REMOVE_ALL": "reactions",
    "MESSAGE_REACTION_REMOVE_EMOJI": "reactions",
    "TYPING_START": "type",
    "VOICE_CHANNEL_STATUS_UPDATE": "channels",
    "PRESENCE_UPDATE": "presence",
    "USER_UPDATE": "rename oneself",
    "WEBHOOKS_UPDATE": "webhooks",
    "CHANNEL_PINS_UPDATE": "messages",
    "CHANNEL_PINS_ACK": "do all for oneself",
    "GUILD_FEATURE_ACK": "do all for oneself",
    "USER_NON_CHANNEL_ACK": "do all for oneself",
    "USER_NOTE_UPDATE": "do all for oneself",
    "RECENT_MENTION_DELETE": "do all for oneself",
    "USER_SETTINGS_UPDATE": "do all for oneself",
    "USER_SETTINGS_PROTO_UPDATE": "do all for oneself",
    "USER_GUILD_SETTINGS_UPDATE": "do all for oneself",
    "SESSIONS_REPLACE": "connect",
    "SOUNDBOARD_SOUNDS": "ask for sounds",
    "APPLICATION_COMMAND_PERMISSIONS_UPDATE": "commands",
    "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE": "commands",
    "INTERACTION_CREATE": "commands",
    "INTERACTION_SUCCESS": "commands",
    "INTERACTION_MODAL_CREATE": "commands",
    "INVITE_CREATE": "invites",
    "INVITE_DELETE": "invites",
    "RELATIONSHIP_ADD": "friends",
    "RELATIONSHIP_UPDATE": "friends",
    "RELATIONSHIP_REMOVE": "friends",
    "VOICE_STATE_UPDATE": "voice",
    "VOICE_SERVER_UPDATE": "voice",
    "VOICE_CHANNEL_EFFECT_SEND": "voice",
    "VOICE_CHANNEL_START_TIME_UPDATE": "voice",
    "CHANNEL_INFO": "voice",
    "STAGE_INSTANCE_CREATE": "voice",
    "STAGE_INSTANCE_UPDATE": "voice",
    "STAGE_INSTANCE_DELETE": "voice",
    "TUICHAT_LIVE_ROOM_CREATE": "voice",
    "TUICHAT_LIVE_ROOM_UPDATE": "voice",
    "TUICHAT_LIVE_ROOM_DELETE": "voice",
    "TUICHAT_LIVE_ROOM_INVITED": "voice",
    "TUICHAT_LIVE_ROOM_MUTED": "voice",
    "TUICHAT_FOLLOWS_UPDATE": "voice",
    "TUICHAT_FOLLOWED_LIVE": "voice",
    "TUICHAT_EVENT_DETAILS": "events",
    "GUILD_SCHEDULED_EVENT_CREATE": "events",
    "GUILD_SCHEDULED_EVENT_UPDATE": "events",
    "GUILD_SCHEDULED_EVENT_DELETE": "events",
    "GUILD_SCHEDULED_EVENT_EXCEPTION_CREATE": "events",
    "GUILD_SCHEDULED_EVENT_EXCEPTION_DELETE": "events",
    "GUILD_SCHEDULED_EVENT_EXCEPTIONS_DELETE": "events",
    "GUILD_SCHEDULED_EVENT_USER_ADD": "events",
    "GUILD_SCHEDULED_EVENT_USER_REMOVE": "events",
    "GUILD_SOUNDBOARD_SOUND_CREATE": "voice",
    "GUILD_SOUNDBOARD_SOUND_UPDATE": "voice",
    "GUILD_SOUNDBOARD_SOUND_DELETE": "voice",
    "CALL_CREATE": "calls",
    "CALL_UPDATE": "calls",
    "CALL_DELETE": "calls",
}
DONE_ELSEWHERE = {
    "RESUMED": "tests/server/gateway/test_gateway.py: it has no content",
    "TUICHAT_VOICE_REFUSED": "tests/server/gateway/test_voice.py: to the session that asked alone",
    "TUICHAT_LIVE_ROOM_AUDIENCE": "tests/server/actions/test_voice_telling.py: numbers, for who sees the channel",
    "INTERACTION_FAILURE": "tests/server/api/test_interactions.py: after three seconds, to who acted alone",
}


class Scene(msgspec.Struct):
    """The guild that all but the stranger are in, with a hidden channel and a private thread."""

    site: RunningServer
    watch: Watch
    people: dict[str, Account]
    guild: str
    open: str
    hidden: str
    thread: str
    key: str
    followed: list[str] = []  # threads of the hidden channel that people follow who saw it once

    def __getitem__(self, name: str) -> Account:
        return self.people[name]

    @property
    def owner(self) -> Account:
        return self.people["owner"]

    async def make(self, path: str, body: object, by: str = "owner", method: str = "POST") -> Object:
        return await self.people[by].call(method, path, Object, body)

    async def hold(self, role: str, who: str, *, has_it: bool = True) -> None:
        path = f"/guilds/{self.guild}/members/{self.people[who].user_id}/roles/{role}"
        await self.owner.do("PUT" if has_it else "DELETE", path)

    async def overwrite(self, channel: str, whom: str, kind: int, **bits: int) -> None:
        body = {"type": kind, **{name: str(int(value)) for name, value in bits.items()}}
        await self.owner.do("PUT", f"/channels/{channel}/permissions/{whom}", body)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with running_server(rate_limits=False) as site, AsyncExitStack() as stack:
        yield await set_scene(site, stack)


async def set_scene(site: RunningServer, stack: AsyncExitStack) -> Scene:
    people = {name: await site.register(name) for name in ("owner", "mod", "insider", "member", "muted", "stranger")}
    owner = people["owner"]
    everybody = [account for name, account in people.items() if name != "owner"]
    lobby, lobby_channel = await site.befriend(owner, *everybody, name="Lobby")
    guild, channel = await site.befriend(owner, *everybody[:-1], name="Town")
    for name in ("bot", "plain_bot", "keeper"):
        people[name] = await make_bot(site, owner, lobby.id)
        add = {"guild_id": guild.id, "authorize": True}
        await owner.do("POST", f"/oauth2/authorize?client_id={people[name].user_id}", add)
    watch = Watch(stack, owner, lobby_channel)
    scene = Scene(site, watch, people, guild.id, channel, "", "", "")
    roles = f"/guilds/{guild.id}/roles"
    scene.key = (await scene.make(roles, {"name": "key", "permissions": "0"}))["id"]
    role = await scene.make(roles, {"name": "mod", "permissions": str(int(MODERATION))})
    keeper = await scene.make(roles, {"name": "keeper", "permissions": str(int(MODERATION))})
    await scene.hold(role["id"], "mod")
    for holder in ("insider", "keeper"):
        await scene.hold(scene.key, holder)
    await scene.hold(keeper["id"], "keeper")
    hide = {"id": guild.id, "type": 0, "deny": str(int(Permissions.VIEW_CHANNEL))}
    show = {"id": scene.key, "type": 0, "allow": str(int(Permissions.VIEW_CHANNEL))}
    body = {"name": "hidden", "permission_overwrites": [hide, show]}
    scene.hidden = (await scene.make(f"/guilds/{guild.id}/channels", body))["id"]
    private = {"name": "private", "type": 12, "invitable": False}
    scene.thread = (await scene.make(f"/channels/{channel}/threads", private))["id"]
    await owner.do("PUT", f"/channels/{scene.thread}/thread-members/{people['insider'].user_id}")
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    muted = f"/guilds/{guild.id}/members/{people['muted'].user_id}"
    await owner.do("PATCH", muted, {"communication_disabled_until": until})
    watch.audiences = {
        "the town": set(IN_TOWN),
        "the hidden channel": set(INSIDE),
        "the private thread": {"owner", "insider"},
        "what managers of the hidden channel know": {"owner", "keeper"},
        "what managers know": {"owner", "mod", "keeper"},
        "the direct message": {"insider", "member"},
        "the group": {"owner", "insider"},
    }
    watch.hold_secret("the town", guild.id, channel)
    watch.hold_secret("the hidden channel", scene.hidden, "hidden words")
    watch.hold_secret("the private thread", scene.thread, "private words")
    watch.reserved = {name: {"owner", "mod", "keeper"} for name in MANAGERS_HEAR}
    watch.reserved |= {name: {"member"} for name in MEMBER_HEARS}
    watch.reserved["APPLICATION_COMMAND_PERMISSIONS_UPDATE"] = {"keeper"}
    for name, account in people.items():
        intents = {"bot": int(ALL_INTENTS), "keeper": int(ALL_INTENTS), "plain_bot": int(FEW_INTENTS)}.get(name)
        await watch.connect(name, account, intents)
    return scene


async def speak(scene: Scene, channel: str, words: str, by: str = "owner") -> str:
    """Say something, change it, react to it, read it; return its id."""
    author = scene[by]
    path = f"/channels/{channel}"
    await author.do("POST", f"{path}/typing")
    named = (
        "" if words == "private words" else f" for <@{scene['member'].user_id}>"
    )  # whom it would bring into the thread
    text = f"{words}{named}, @everyone"
    message = (await author.send(channel, text)).id
    at = f"{path}/messages/{message}"
    await author.do("PATCH", at, {"content": f"{text}, again"})
    await author.do("PUT", f"{at}/reactions/{THUMB}/@me")
    await author.do("DELETE", f"{at}/reactions/{THUMB}/@me")
    for which in (f"/{THUMB}", ""):
        await author.do("PUT", f"{at}/reactions/{THUMB}/@me")
        await scene.owner.do("DELETE", f"{at}/reactions{which}")
    await scene.owner.do("PUT", f"{path}/messages/pins/{message}")
    await scene.owner.do("DELETE", f"{path}/messages/pins/{message}")
    await author.do("POST", f"{path}/messages", {"content": words, "message_reference": {"message_id": message}})
    await author.do("POST", f"{at}/ack", {"token": None})
    answers = [{"poll_media": {"text": words}}, {"poll_media": {"text": "other"}}]
    asked = {"poll": {"question": {"text": words}, "answers": answers, "duration": 1}}
    poll = (await scene.make(f"{path}/messages", asked, by))["id"]
    for chosen in (["1"], []):
        await author.do("PUT", f"{path}/polls/{poll}/answers/@me", {"answer_ids": chosen})
    return message


async def do_all_in_a_channel(scene: Scene, place: str, channel: str, words: str, managers: str) -> None:
    """Do everything that is done in one channel, and in threads of it."""
    path = f"/channels/{channel}"
    message = await speak(scene, channel, words)
    thread = (await scene.make(f"{path}/messages/{message}/threads", {"name": words}))["id"]
    other = (await scene.make(f"{path}/threads", {"name": words, "type": 11}))["id"]
    scene.watch.hold_secret(place, thread, other)
    await speak(scene, thread, words)
    await scene.owner.do("PUT", f"/channels/{thread}/thread-members/{scene['insider'].user_id}")
    await scene["insider"].do("DELETE", f"/channels/{thread}/thread-members/@me")
    for is_archived in (True, False):
        await scene.owner.do("PATCH", f"/channels/{thread}", {"archived": is_archived})
    await scene.owner.do("DELETE", f"/channels/{other}")
    hook = await scene.make(f"{path}/webhooks", {"name": "hook"})
    scene.watch.hold_secret(place, hook["id"])
    scene.watch.hold_secret(managers, hook["token"])
    await scene.site.account().do("POST", f"/webhooks/{hook['id']}/{hook['token']}?wait=true", {"content": words})
    await scene.owner.do("PATCH", f"/webhooks/{hook['id']}", {"name": "hooked"})
    await scene.owner.do("DELETE", f"/webhooks/{hook['id']}")
    code = (await scene.make(f"{path}/invites", {"unique": True}))["code"]
    scene.watch.hold_secret(managers, code)
    await scene.owner.do("DELETE", f"/invites/{code}")
    scene.watch.hold_secret(managers, (await scene.make(f"{path}/invites", {"unique": True}))["code"])
    await scene.owner.do("PATCH", path, {"topic": words, "nsfw": False})
    await scene.overwrite(channel, scene["bot"].user_id, 1, deny=Permissions.MENTION_EVERYONE)
    await scene.owner.do("DELETE", f"{path}/permissions/{scene['bot'].user_id}")
    two = [(await scene.owner.send(channel, words)).id for _ in range(2)]
    await scene["keeper"].do("POST", f"{path}/messages/bulk-delete", {"messages": two})
    await scene.owner.do("DELETE", f"{path}/messages/{message}")


async def do_all_in_the_guild(scene: Scene) -> None:
    """Do what concerns the guild as a whole, and what is told to all."""
    path = f"/guilds/{scene.guild}"
    await scene.owner.do("PATCH", path, {"name": "Village"})
    role = (await scene.make(f"{path}/roles", {"name": "spare"}))["id"]
    await scene.owner.do("PATCH", f"{path}/roles/{role}", {"name": "sparer"})
    await scene.owner.do("DELETE", f"{path}/roles/{role}")
    emoji = (await scene.make(f"{path}/emojis", {"name": "blob", "image": data_uri(picture())}))["id"]
    await scene.owner.do("DELETE", f"{path}/emojis/{emoji}")
    await scene["member"].do("PATCH", f"{path}/members/@me", {"nick": "Mem"})
    await scene["member"].do("PATCH", "/users/@me", {"global_name": "Member"})
    visitor = await scene.site.register("visitor")
    await visitor.join(await scene.owner.invite(scene.open))
    await scene.owner.do("PUT", f"{path}/bans/{visitor.user_id}")
    await scene.owner.do("DELETE", f"{path}/bans/{visitor.user_id}")
    hide = {"id": scene.guild, "type": 0, "deny": str(int(Permissions.VIEW_CHANNEL))}
    body = {"name": "hidden words", "type": 4, "permission_overwrites": [hide]}
    category = (await scene.make(f"{path}/channels", body))["id"]
    child = (await scene.make(f"{path}/channels", {"name": "hidden-words", "parent_id": category}))["id"]
    scene.watch.audiences["the category"] = {"owner"}
    scene.watch.hold_secret("the category", category, child, "hidden-words")
    await scene.owner.do("PATCH", f"/channels/{child}", {"topic": "hidden words"})
    show = {"id": scene.key, "type": 0, "allow": str(int(Permissions.VIEW_CHANNEL))}
    for kind, name in ((2, "hidden voice"), (15, "hidden forum")):
        body = {"name": name, "type": kind, "permission_overwrites": [hide, show]}
        made = (await scene.make(f"{path}/channels", body))["id"]
        scene.watch.hold_secret("the hidden channel", made, name)
        if kind == 2:
            await scene.owner.do("PUT", f"/channels/{made}/voice-status", {"status": "hidden words"})
        else:
            post = {"name": "hidden words", "message": {"content": "hidden words"}}
            await scene["insider"].do("POST", f"/channels/{made}/threads", post)
    for gone in (child, category):
        await scene.owner.do("DELETE", f"/channels/{gone}")
    mine = (await scene["stranger"].create_guild("Elsewhere")).id
    scene.watch.audiences["the stranger's guild"] = {"stranger"}
    scene.watch.hold_secret("the stranger's guild", mine)
    await scene["stranger"].do("DELETE", f"/guilds/{mine}")
    for name in ("member", "insider", "muted"):
        client = scene.watch.sessions[name].client
        await client.send(14, {"guild_id": scene.guild, "channels": {scene.hidden: [[0, 99]]}})
        await client.send(8, {"guild_id": scene.guild, "query": "", "limit": 0})
        await client.send(31, {"guild_ids": [scene.guild]})
        await client.send(3, {"status": "idle", "afk": False, "since": None, "activities": []})


async def do_all_between_people(scene: Scene) -> None:
    """Write directly, in a direct message and a group, and make friends."""
    insider, member, owner = scene["insider"], scene["member"], scene.owner
    for friend in (member, owner):
        await insider.do("PUT", f"/users/@me/relationships/{friend.user_id}", {})
        await friend.do("PUT", f"/users/@me/relationships/{insider.user_id}", {})
    await insider.do("PATCH", f"/users/@me/relationships/{member.user_id}", {"nickname": "pal"})
    direct = (await scene.make("/users/@me/channels", {"recipients": [member.user_id]}, "insider"))["id"]
    scene.watch.hold_secret("the direct message", direct, "direct words")
    await speak_directly(scene, direct, "direct words")
    await call(scene, direct)
    group = (await scene.make("/users/@me/channels", {"recipients": [owner.user_id, member.user_id]}, "insider"))["id"]
    await scene.watch.settle()
    await insider.do("DELETE", f"/channels/{group}/recipients/{member.user_id}")
    await scene.watch.settle()
    scene.watch.hold_secret("the group", group, "group words")
    await speak_directly(scene, group, "group words")
    scene.watch.audiences["the group"].add("member")
    await insider.do("PUT", f"/channels/{group}/recipients/{member.user_id}")
    await insider.do("DELETE", f"/users/@me/relationships/{member.user_id}")


async def speak_directly(scene: Scene, channel: str, words: str) -> None:
    insider = scene["insider"]
    await insider.do("POST", f"/channels/{channel}/typing")
    message = (await insider.send(channel, words)).id
    await insider.do("PATCH", f"/channels/{channel}/messages/{message}", {"content": f"{words} again"})
    await insider.do("PUT", f"/channels/{channel}/messages/{message}/reactions/{THUMB}/@me")
    await insider.do("DELETE", f"/channels/{channel}/messages/{message}")


async def call(scene: Scene, direct: str) -> None:
    """Have the insider call the member, who does not answer."""
    path = f"/channels/{direct}/call"
    await join_voice(scene, "insider", direct, guild=None)
    await scene["insider"].do("POST", f"{path}/ring", {"recipients": None})
    await scene["member"].do("POST", f"{path}/stop-ringing", {})
    await scene.watch.sessions["member"].client.send(13, {"channel_id": direct})
    await scene.watch.sessions["stranger"].client.send(13, {"channel_id": direct})
    await scene.watch.settle()
    await join_voice(scene, "insider", None, guild=None)
    await scene.watch.hear("insider", "CALL_DELETE")


async def join_voice(scene: Scene, name: str, channel: str | None, *, guild: str | None) -> None:
    """Join, move or leave; the token is for the one session alone."""
    body = {"guild_id": guild, "channel_id": channel, "self_mute": False, "self_deaf": False}
    await scene.watch.sessions[name].client.send(4, body)
    if channel is not None:
        granted = await scene.watch.hear(name, "VOICE_SERVER_UPDATE")
        scene.watch.hold_secret(f"{name}'s own", granted["token"])


async def do_all_in_voice(scene: Scene) -> None:
    """Be in a hidden voice channel and on a hidden stage, play sounds there, and ask who is where; two stay there."""
    path = f"/guilds/{scene.guild}"
    hide = {"id": scene.guild, "type": 0, "deny": str(int(Permissions.VIEW_CHANNEL))}
    show = {"id": scene.key, "type": 0, "allow": str(int(Permissions.VIEW_CHANNEL))}
    rooms = []
    for kind, name in ((2, "hidden room"), (13, "hidden stage")):
        body = {"name": name, "type": kind, "permission_overwrites": [hide, show]}
        rooms.append((await scene.make(f"{path}/channels", body))["id"])
        scene.watch.hold_secret("the hidden channel", rooms[-1], name)
    room, stage = rooms
    open_room = (await scene.make(f"{path}/channels", {"name": "open room", "type": 2}))["id"]
    await join_voice(scene, "insider", room, guild=scene.guild)
    await join_voice(scene, "keeper", room, guild=scene.guild)
    await join_voice(scene, "member", open_room, guild=scene.guild)
    await join_voice(scene, "owner", open_room, guild=scene.guild)
    await scene.make(f"{path}/members/{scene['member'].user_id}", {"mute": True}, method="PATCH")
    sound = (await scene.make(f"{path}/soundboard-sounds", {"name": "boing", "sound": sound_uri(mp3(9))}))["sound_id"]
    await scene["insider"].do("POST", f"/channels/{room}/send-soundboard-sound", {"sound_id": sound})
    await scene["insider"].do("POST", f"/channels/{room}/voice-channel-effects", {"emoji_name": "\N{DUCK}"})
    await scene.owner.do("PATCH", f"{path}/soundboard-sounds/{sound}", {"name": "boong"})
    await scene.owner.do("DELETE", f"{path}/soundboard-sounds/{sound}")
    for follower in ("insider", "member", "muted"):  # of whom one sees the stage
        await scene[follower].do("PUT", f"/tuichat/follows/users/{scene.owner.user_id}")
        await scene[follower].do("PUT", f"/tuichat/follows/guilds/{scene.guild}")
    for _ in range(2):
        await scene.make("/stage-instances", {"channel_id": stage, "topic": "hidden words"})
        await join_voice(scene, "owner", stage, guild=scene.guild)
        await scene.owner.do("PATCH", f"/stage-instances/{stage}", {"topic": "more hidden words"})
        await scene.owner.do("PATCH", f"{path}/voice-states/@me", {"suppress": False})
        await scene.owner.do("PUT", f"/tuichat/live-rooms/{stage}/invited/{scene['insider'].user_id}")
        await scene.owner.do("PUT", f"/tuichat/live-rooms/{stage}/muted/{scene.owner.user_id}")
        await scene.owner.do("DELETE", f"/stage-instances/{stage}")
        await join_voice(scene, "owner", open_room, guild=scene.guild)
    await join_voice(scene, "owner", stage, guild=scene.guild)
    await scene.make("/stage-instances", {"channel_id": stage, "topic": "hidden words"})
    for name in ("insider", "member"):
        asked = {"guild_id": scene.guild, "fields": ["status", "voice_start_time"]}
        await scene.watch.sessions[name].client.send(43, asked)
        shown = await scene.watch.hear(name, "CHANNEL_INFO")
        assert len(shown["channels"]) == (4 if name == "insider" else 1)


async def do_all_with_events(scene: Scene) -> None:
    """Plan something on a hidden stage, start and end it, and move it in and out of there; one stays planned."""
    path = f"/guilds/{scene.guild}"
    hide = {"id": scene.guild, "type": 0, "deny": str(int(Permissions.VIEW_CHANNEL))}
    show = {"id": scene.key, "type": 0, "allow": str(int(Permissions.VIEW_CHANNEL))}
    body = {"name": "hidden hall", "type": 13, "permission_overwrites": [hide, show]}
    hidden = (await scene.make(f"{path}/channels", body))["id"]
    open_hall = (await scene.make(f"{path}/channels", {"name": "open hall", "type": 13}))["id"]
    scene.watch.hold_secret("the hidden channel", hidden, "hidden hall")
    starts = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    event = {
        "name": "hidden words",
        "privacy_level": 2,
        "entity_type": 1,
        "channel_id": hidden,
        "scheduled_start_time": starts,
    }
    planned = [(await scene.make(f"{path}/scheduled-events", event))["id"] for _ in range(2)]
    scene.watch.hold_secret("the hidden channel", *planned)
    at = f"{path}/scheduled-events/{planned[0]}"
    await scene["insider"].do("PUT", f"{at}/users/@me")
    await scene["insider"].do("DELETE", f"{at}/users/@me")
    await scene.owner.do("PATCH", at, {"description": "more hidden words"})
    details = {"time_zone": "Europe/Paris", "cohost_ids": [scene["insider"].user_id]}
    await scene.owner.do("PATCH", f"/tuichat/scheduled-events/{planned[0]}/details", details)
    rule = {"start": starts, "frequency": 3, "interval": 1}
    await scene.owner.do("PATCH", at, {"recurrence_rule": rule})
    left_out = {"original_scheduled_start_time": starts, "is_canceled": True}
    for _ in range(2):
        exception = (await scene.make(f"{at}/exceptions", left_out))["event_exception_id"]
        await scene.owner.do("DELETE", f"{at}/exceptions/{exception}")
    await scene.make(f"{at}/exceptions", left_out)
    await scene.owner.do("PATCH", at, {"recurrence_rule": None})
    await scene.owner.do("PATCH", at, {"status": 2})
    await scene.owner.do("DELETE", at)
    moving = (await scene.make(f"{path}/scheduled-events", event | {"name": "Moving", "channel_id": open_hall}))["id"]
    await scene.owner.do("PATCH", f"{path}/scheduled-events/{moving}", {"channel_id": hidden})
    await scene.owner.do("PATCH", f"{path}/scheduled-events/{moving}", {"channel_id": open_hall})


async def do_all_for_oneself(scene: Scene) -> None:
    """Change what follows the member's account, and note what it has seen: nobody else hears of any of it."""
    member, seen = scene["member"], scene.open
    scene.watch.hold_secret("member's own", "noted words")
    await member.do("PUT", f"/users/@me/notes/{scene.owner.user_id}", {"note": "noted words"})
    await member.do("PATCH", "/users/@me/settings", {"theme": "light"})
    await member.do("PATCH", "/users/@me/settings-proto/1", {"settings": "WgNkbmQ="})
    await member.do("PATCH", f"/users/@me/guilds/{scene.guild}/settings", {"muted": True})
    pinned = (await scene.owner.send(scene.open, "open words")).id
    await scene.owner.do("PUT", f"/channels/{scene.open}/messages/pins/{pinned}")
    await member.do("POST", f"/channels/{scene.open}/pins/ack")
    await member.do("POST", f"/guilds/{scene.guild}/ack/1/{seen}", {})
    named = (await scene.owner.send(scene.open, f"for <@{member.user_id}>")).id
    await member.do("DELETE", f"/users/@me/mentions/{named}")
    await member.do("POST", f"/users/@me/5/{seen}/ack", {})


async def do_all_with_commands(scene: Scene) -> None:
    """Have a bot in the hidden channel answer one who is there: aloud, to it alone, by a modal, by suggestions."""
    keeper, insider = scene["keeper"], scene["insider"]
    alone = "between a bot and who uses it"
    scene.watch.audiences[alone] = {"insider", "keeper"}
    scene.watch.hold_secret(alone, "lonely words")
    option = {"type": 3, "name": "text", "description": "What", "autocomplete": True}
    body = {"name": "ping", "description": "Answers", "options": [option]}
    at = f"/applications/{keeper.user_id}/guilds/{scene.guild}/commands"
    command = await scene.make(at, body, "keeper")
    permission = {"id": scene.guild, "type": 1, "permission": True}
    await scene.owner.do("PUT", f"{at}/{command['id']}/permissions", {"permissions": [permission]})
    given = {"type": 3, "name": "text", "value": "x"}
    field = {"type": 4, "custom_id": "field", "style": 1, "label": "What"}
    modal = {"custom_id": "m", "title": "lonely words", "components": [{"type": 1, "components": [field]}]}
    for kind, answer in (
        (2, {"type": 4, "data": {"content": "hidden words"}}),
        (2, {"type": 4, "data": {"content": "lonely words", "flags": 64}}),
        (2, {"type": 9, "data": modal}),
        (4, {"type": 8, "data": {"choices": [{"name": "lonely words", "value": "y"}]}}),
    ):
        asked = {
            "type": kind,
            "application_id": keeper.user_id,
            "guild_id": scene.guild,
            "channel_id": scene.hidden,
            "session_id": scene.watch.sessions["insider"].id,
            "data": {
                "id": command["id"],
                "name": "ping",
                "type": 1,
                "options": [given | ({"focused": True} if kind == 4 else {})],
            },
        }
        await insider.do("POST", "/interactions", asked)
        heard = await scene.watch.hear("keeper", "INTERACTION_CREATE")
        scene.watch.hold_secret(alone, heard["token"])
        await scene.site.account().do("POST", f"/interactions/{heard['id']}/{heard['token']}/callback", answer)


def questions(scene: Scene) -> list[str]:
    """What everybody asks: lists that leave out what is hidden, and hidden things by their ids."""
    guild = f"/guilds/{scene.guild}"
    lists = [
        f"{guild}{path}"
        for path in ("", "/channels", "/threads/active", "/members?limit=100", "/members/search?query=m", "/roles",
                     "/invites", "/webhooks", "/audit-logs?limit=100", "/emojis", "/bans", "/messages/search?content=words",
                     "/messages/search?content=again", "/members/@me", "/preview", "/application-command-index", "/prune",
                     "/roles/member-counts", "/scheduled-events", "/integrations", "/widget", "/widget.json", "/welcome-screen",
                     "/onboarding", "/vanity-url", "/soundboard-sounds", "/regions")
    ]  # fmt: skip
    hidden = [
        f"/channels/{channel}{path}"
        for channel in (scene.hidden, scene.thread)
        for path in ("", "/messages", "/messages/pins", "/pins", "/messages/search?content=words", "/webhooks", "/invites",
                     "/threads/search", "/threads/archived/public", "/threads/archived/private", "/thread-members",
                     "/users/@me/threads/archived/private", "/application-command-index")
    ]  # fmt: skip
    below = [f"/channels/{scene.open}{path}" for path in ("/threads/search", "/threads/archived/private", "/messages")]
    people = [
        f"/users/{account.user_id}{path}"
        for name, account in scene.people.items()
        if name in ("owner", "member", "stranger")
        for path in ("", "/profile?with_mutual_guilds=true", "/relationships")
    ]
    voice = [f"{guild}/voice-states/{account.user_id}" for account in scene.people.values()]
    own = [f"/users/@me/{what}" for what in ("channels", "guilds", "mentions", "relationships", "notes", "settings")]
    own.append(f"/users/@me/scheduled-events?guild_ids={scene.guild}")
    own += [
        f"/tuichat/{what}" for what in ("live-rooms", "live-rooms?query=words", "coming", "event-details", "follows")
    ]
    return [*lists, *hidden, *below, *people, *voice, *own]


async def look_around(scene: Scene) -> None:
    """Judge what everybody is told, what answers everybody's questions, and how it looks to who connects now."""
    await scene.watch.settle()
    await scene.watch.read(questions(scene))
    await scene.watch.begin_anew()


@pytest.mark.slow
async def test_nobody_is_told_of_what_it_may_not_see(scene: Scene) -> None:
    await do_all_in_a_channel(scene, "the town", scene.open, "open words", "what managers know")
    await do_all_in_a_channel(
        scene, "the hidden channel", scene.hidden, "hidden words", "what managers of the hidden channel know"
    )
    await speak(scene, scene.thread, "private words")
    await do_all_in_the_guild(scene)
    await scene.watch.settle()
    # A voice state tells whoever sees it by which session somebody joined, as Discord's does; without a token it is of no use.
    scene.watch.share(*(session.id for session in scene.watch.sessions.values()))
    await do_all_between_people(scene)
    await do_all_in_voice(scene)
    await do_all_with_events(scene)
    await do_all_for_oneself(scene)
    await do_all_with_commands(scene)
    await look_around(scene)
    await scene.watch.settle()
    missing = DONE_HERE.keys() - scene.watch.dispatched - {"THREAD_LIST_SYNC"}  # that one comes with changes, below
    assert not missing, f"nobody was told {sorted(missing)}: the test does not show that these go to the right ones"


async def change(scene: Scene, *places: str, sees: bool, who: str, by: Any) -> None:
    """Change what somebody may see; while it changes, both is right."""
    for place in places:
        scene.watch.audiences[place].add(who)
    await by
    await scene.watch.settle()
    if not sees:
        for place in places:
            scene.watch.audiences[place].discard(who)


async def speak_everywhere(scene: Scene, *followers: str) -> None:
    """Do in the hidden places what goes on there, in a thread that these follow from now on, and in those from before."""
    await speak(scene, scene.hidden, "hidden words")
    await speak(scene, scene.thread, "private words")
    thread = (await scene.make(f"/channels/{scene.hidden}/threads", {"name": "hidden words", "type": 11}))["id"]
    scene.watch.hold_secret("the hidden channel", thread)
    await speak(scene, thread, "hidden words", by="insider")
    for follower in followers:
        await scene[follower].do("PUT", f"/channels/{thread}/thread-members/@me")
        scene.followed.append(thread)
    for followed in scene.followed:
        for is_archived in (True, False):
            await scene.owner.do("PATCH", f"/channels/{followed}", {"archived": is_archived})
        await speak(scene, followed, "hidden words")
    await look_around(scene)


@pytest.mark.slow
async def test_what_is_seen_follows_roles_overwrites_and_threads_both_ways(scene: Scene) -> None:
    hidden, member = "the hidden channel", scene["member"].user_id
    see, manage = int(Permissions.VIEW_CHANNEL), int(Permissions.MANAGE_THREADS)
    roles = f"/guilds/{scene.guild}/roles"
    overwrites = f"/channels/{scene.hidden}/permissions"
    await speak_everywhere(scene)
    # A role that shows the channel.
    await change(scene, hidden, sees=True, who="member", by=scene.hold(scene.key, "member"))
    await speak_everywhere(scene, "member")
    await change(scene, hidden, sees=False, who="member", by=scene.hold(scene.key, "member", has_it=False))
    await speak_everywhere(scene)
    # An overwrite of one's own.
    await change(scene, hidden, sees=True, who="member", by=scene.overwrite(scene.hidden, member, 1, allow=see))
    await speak_everywhere(scene)
    await change(scene, hidden, sees=False, who="member", by=scene.owner.do("DELETE", f"{overwrites}/{member}"))
    # Somebody who sees by a role is shut out by an overwrite, and let in again.
    insider = scene["insider"].user_id
    await change(scene, hidden, sees=False, who="insider", by=scene.overwrite(scene.hidden, insider, 1, deny=see))
    await speak(scene, scene.hidden, "hidden words")
    await look_around(scene)
    await change(scene, hidden, sees=True, who="insider", by=scene.owner.do("DELETE", f"{overwrites}/{insider}"))
    # A role that becomes an administrator's, and does so no more.
    spare = (await scene.make(roles, {"name": "spare", "permissions": "0"}))["id"]
    await scene.hold(spare, "muted")
    private = "the private thread"
    managed = ("what managers of the hidden channel know", "what managers know")
    for name in MANAGERS_HEAR:
        scene.watch.reserved[name].add("muted")
    raise_it = scene.owner.do("PATCH", f"{roles}/{spare}", {"permissions": str(int(Permissions.ADMINISTRATOR))})
    await change(scene, hidden, private, *managed, sees=True, who="muted", by=raise_it)
    await speak_everywhere(scene)
    lower_it = scene.owner.do("PATCH", f"{roles}/{spare}", {"permissions": "0"})
    await change(scene, hidden, private, *managed, sees=False, who="muted", by=lower_it)
    for name in MANAGERS_HEAR:
        scene.watch.reserved[name].discard("muted")
    await speak_everywhere(scene)
    # A private thread: who is brought in and taken out, and who manages threads.
    thread_members = f"/channels/{scene.thread}/thread-members"
    await change(scene, private, sees=True, who="member", by=scene.owner.do("PUT", f"{thread_members}/{member}"))
    await speak_everywhere(scene)
    await change(scene, private, sees=False, who="member", by=scene.owner.do("DELETE", f"{thread_members}/{member}"))
    await speak(scene, scene.thread, "private words")
    await scene.hold(spare, "mod")
    raise_it = scene.owner.do("PATCH", f"{roles}/{spare}", {"permissions": str(manage)})
    scene.watch.audiences[private].add("muted")  # who has the role, too
    await change(scene, private, sees=True, who="mod", by=raise_it)
    await speak_everywhere(scene)
    await change(scene, private, sees=False, who="mod", by=scene.owner.do("DELETE", f"{roles}/{spare}"))
    scene.watch.audiences[private].discard("muted")
    await speak_everywhere(scene)
    assert "THREAD_LIST_SYNC" in scene.watch.dispatched
    # Who is thrown out hears nothing more.
    town = ("the town", hidden, private)
    throw_out = scene.owner.do("DELETE", f"/guilds/{scene.guild}/members/{insider}")
    for place in town:
        scene.watch.audiences[place].add("insider")
    await throw_out
    await scene.watch.settle()
    for place in town:
        scene.watch.audiences[place].discard("insider")
    await speak(scene, scene.hidden, "hidden words")
    await speak(scene, scene.open, "open words")
    await speak(scene, scene.thread, "private words")
    await look_around(scene)


async def test_a_member_list_is_told_no_more_to_who_lost_its_channel(scene: Scene) -> None:
    hidden = "the hidden channel"
    await change(scene, hidden, sees=True, who="member", by=scene.hold(scene.key, "member"))
    for name in ("insider", "member"):
        await scene.watch.sessions[name].client.send(
            14, {"guild_id": scene.guild, "channels": {scene.hidden: [[0, 99]]}}
        )
        listed = await scene.watch.hear(name, "GUILD_MEMBER_LIST_UPDATE")
    assert listed["id"] != "everyone"
    scene.watch.hold_secret(hidden, listed["id"])
    await change(scene, hidden, sees=False, who="member", by=scene.hold(scene.key, "member", has_it=False))
    busy = {"status": "dnd", "afk": False, "since": None, "activities": []}
    await scene.watch.sessions["insider"].client.send(3, busy)
    while not _tells_of(await scene.watch.hear("insider", "GUILD_MEMBER_LIST_UPDATE"), "dnd"):
        pass
    await scene.watch.settle()


def _tells_of(update: Object, status: str) -> bool:
    return f'"status":"{status}"' in msgspec.json.encode(update).decode()


async def test_a_bot_without_the_content_intent_reads_no_content(scene: Scene) -> None:
    client = scene.watch.sessions["plain_bot"].client
    sent = await scene.owner.send(scene.open, "for people")
    named = await scene.owner.send(scene.open, f"for <@{scene['plain_bot'].user_id}>")
    got = [await client.wait_for("MESSAGE_CREATE", lambda body: body["channel_id"] == scene.open) for _ in range(2)]
    assert [(body["id"], bool(body["content"])) for body in got] == [(sent.id, False), (named.id, True)]


_DISPATCH = re.compile(r"[A-Z]+(_[A-Z]+)+")
_REFUSING = {"invalid_field", "FieldError"}  # their codes look like dispatches


def dispatch_names() -> set[str]:
    """The names of all dispatches in the server's code: known ones, and what looks like one where something is called."""
    found: set[str] = set()
    root = Path(tuichat.server.__file__).parent
    for folder in ("actions", "gateway", "voice"):  # where dispatches are made
        for path in sorted((root / folder).rglob("*.py")):
            found |= _names_in(ast.parse(path.read_text()))
    return found


def _names_in(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str() as text) if text in EVENTS:
                found.add(text)
            case ast.Call() if _called(node) not in _REFUSING:
                given = [*node.args, *(keyword.value for keyword in node.keywords)]
                choices = [
                    part for value in given if isinstance(value, ast.IfExp) for part in (value.body, value.orelse)
                ]
                texts = [part.value for part in (*given, *choices) if isinstance(part, ast.Constant)]
                found |= {text for text in texts if isinstance(text, str) and _DISPATCH.fullmatch(text)}
    return found


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def test_every_dispatch_of_the_server_is_in_the_table() -> None:
    known = DONE_HERE.keys() | DONE_ELSEWHERE.keys()
    names = dispatch_names()
    assert names <= known, (
        f"{sorted(names - known)} can be sent, and nothing here shows who gets it: do it in one of the functions above, in a"
        " place that not all may see, and add it to DONE_HERE"
    )
    assert not DONE_HERE.keys() & DONE_ELSEWHERE.keys()
