"""A guild with somebody of every role (the bot is a member who may MANAGE_MESSAGES), and things to call routes about."""

import re
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from tests.server.gateway.test_gateway import make_bot
from tests.server.running import Account, RunningServer
from tuichat.protocol.permissions import Permissions

ROLES = ("owner", "admin", "moderator", "member", "muted", "stranger", "bot")
MODERATION = (
    Permissions.KICK_MEMBERS
    | Permissions.BAN_MEMBERS
    | Permissions.MODERATE_MEMBERS
    | Permissions.MANAGE_CHANNELS
    | Permissions.MANAGE_GUILD
    | Permissions.MANAGE_ROLES
    | Permissions.MANAGE_MESSAGES
    | Permissions.MANAGE_NICKNAMES
    | Permissions.MANAGE_THREADS
    | Permissions.MANAGE_WEBHOOKS
    | Permissions.MANAGE_GUILD_EXPRESSIONS
    | Permissions.CREATE_GUILD_EXPRESSIONS
    | Permissions.PIN_MESSAGES
    | Permissions.VIEW_AUDIT_LOG
)
_NAME = re.compile(r"\{(\w+)\}")

Object = dict[str, Any]  # JSON as it came


class Town(msgspec.Struct, frozen=True, kw_only=True):
    """`people` by role. `guild`, `channel` and `voice` are ids of what they share; nobody may change or delete those."""

    site: RunningServer
    people: dict[str, Account]
    guild: str
    channel: str
    voice: str
    applications: dict[str, str] = {}  # by the user id of who made it


class Things:
    """What one call is about: each thing is made when it is first named, and is the same one after that."""

    def __init__(self, town: Town, asker: str) -> None:
        self.town = town
        self.asker = asker
        self._made: dict[str, str] = {}

    @property
    def owner(self) -> Account:
        return self.town.people["owner"]

    @property
    def me(self) -> Account:
        """Who calls."""
        return self.town.people[self.asker]

    async def __call__(self, name: str) -> str:
        """Return the id of the thing, or what else a path names."""
        if name not in self._made:
            assert name in MAKERS, f"there is no {{{name}}}: add a function to tests/server/api/town.py, like `message`"
            self._made[name] = await MAKERS[name](self)
        return self._made[name]

    def note(self, name: str, value: str) -> None:
        """Give a thing that was made along with another."""
        self._made[name] = value

    async def fill(self, value: Any) -> Any:
        """Put things for the `{names}` in a text, or in the texts of a JSON value."""
        if isinstance(value, dict):
            return {await self.fill(key): await self.fill(each) for key, each in value.items()}
        if isinstance(value, list):
            return [await self.fill(each) for each in value]
        if isinstance(value, str):
            for name in _NAME.findall(value):
                value = value.replace(f"{{{name}}}", await self(name))
        return value


Maker = Callable[[Things], Awaitable[str]]
MAKERS: dict[str, Maker] = {}


def thing(maker: Maker) -> Maker:
    """Have a path or a body name what this function makes by the function's name."""
    MAKERS[maker.__name__] = maker
    return maker


async def build_town(site: RunningServer) -> Town:
    people = {
        role: await site.register(f"{role}_{secrets.token_hex(3)}") for role in ROLES if role not in ("bot", "stranger")
    }
    people["stranger"] = await site.register(f"stranger_{secrets.token_hex(3)}")
    return await _settle(site, people)


async def _settle(site: RunningServer, people: dict[str, Account]) -> Town:
    """Make a guild of the owner where each of the people is what their role says."""
    owner = people["owner"]
    guild = await owner.create_guild("Town")
    channels = await owner.call("GET", f"/guilds/{guild.id}/channels", list[Object])
    channel = next(found["id"] for found in channels if found["type"] == 0)
    code = await owner.invite(channel)
    for role in ("admin", "moderator", "member", "muted"):
        await people[role].join(code)
    for role, permissions in (("admin", Permissions.ADMINISTRATOR), ("moderator", MODERATION)):
        body = {"name": role, "permissions": str(int(permissions))}
        role_id = (await owner.call("POST", f"/guilds/{guild.id}/roles", Object, body))["id"]
        await owner.do("PUT", f"/guilds/{guild.id}/members/{people[role].user_id}/roles/{role_id}")
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    muted = f"/guilds/{guild.id}/members/{people['muted'].user_id}"
    await owner.do("PATCH", muted, {"communication_disabled_until": until})
    if "bot" in people:
        add = f"/oauth2/authorize?client_id={people['bot'].user_id}"
        await owner.do("POST", add, {"guild_id": guild.id, "authorize": True})
    else:
        people = {**people, "bot": await make_bot(site, owner, guild.id)}
        tidy = {"name": "tidy", "permissions": str(int(Permissions.MANAGE_MESSAGES))}
        role_id = (await owner.call("POST", f"/guilds/{guild.id}/roles", Object, tidy))["id"]
        await owner.do("PUT", f"/guilds/{guild.id}/members/{people['bot'].user_id}/roles/{role_id}")
    voice = next(found["id"] for found in channels if found["type"] == 2)
    return Town(site=site, people=people, guild=guild.id, channel=channel, voice=voice)


@thing
async def guild_id(things: Things) -> str:
    return things.town.guild


@thing
async def channel_id(things: Things) -> str:
    return things.town.channel


@thing
async def voice_id(things: Things) -> str:
    return things.town.voice


@thing
async def my_id(things: Things) -> str:
    return things.me.user_id


@thing
async def new_guild(things: Things) -> str:
    """A guild like the town's, with the same people in the same roles."""
    return (await _settle(things.town.site, things.town.people)).guild


@thing
async def new_channel(things: Things) -> str:
    return await _new_channel(things, {"name": "doomed"})


@thing
async def my_guild(things: Things) -> str:
    """A guild of whoever calls."""
    return (await things.me.create_guild("Mine")).id


async def _new_channel(things: Things, body: Object) -> str:
    made = await things.owner.call("POST", f"/guilds/{things.town.guild}/channels", Object, body)
    return str(made["id"])


@thing
async def message_id(things: Things) -> str:
    """A message that the owner wrote."""
    return (await things.owner.send(things.town.channel, "the owner's words")).id


@thing
async def second_message(things: Things) -> str:
    return (await things.owner.send(things.town.channel, "more of the owner's words")).id


@thing
async def own_message(things: Things) -> str:
    """A message of whoever calls, written before they were muted, or left; the owner's where they never were there."""
    return await MAKERS["message_id"](things) if things.asker in ("muted", "stranger") else await _own_message(things)


async def _own_message(things: Things) -> str:
    return (await things.me.send(things.town.channel, "my own words")).id


@thing
async def user_id(things: Things) -> str:
    """A member without roles, whom nobody else needs."""
    victim = await things.town.site.register(f"victim_{secrets.token_hex(5)}")
    await victim.join(await things.owner.invite(things.town.channel))
    return victim.user_id


@thing
async def outsider(things: Things) -> str:
    """A user who is in no guild."""
    return (await things.town.site.register(f"outsider_{secrets.token_hex(5)}")).user_id


@thing
async def role_id(things: Things) -> str:
    """A role at the bottom."""
    made = await things.owner.call("POST", f"/guilds/{things.town.guild}/roles", Object, {"name": "spare"})
    return str(made["id"])


@thing
async def owner_id(things: Things) -> str:
    return things.owner.user_id


@thing
async def nobody(things: Things) -> str:
    """An id that nobody has."""
    return "4711"


@thing
async def hidden_channel(things: Things) -> str:
    """A channel that only the owner and administrators see."""
    hide = [{"id": things.town.guild, "type": 0, "deny": str(int(Permissions.VIEW_CHANNEL))}]
    return await _new_channel(things, {"name": "hidden", "permission_overwrites": hide})
