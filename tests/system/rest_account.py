"""A signed-in account that speaks plain REST, knowing nothing of tuichat's own client."""

import secrets
from typing import TypeVar

import aiohttp
import msgspec

AnswerT = TypeVar("AnswerT")

PASSWORD = "correct horse battery staple"


class RefusedError(AssertionError):
    """The server answered with an error."""

    def __init__(self, method: str, path: str, status: int, body: bytes) -> None:
        super().__init__(f"{method} {path} -> {status} {body[:500]!r}")
        self.status = status
        self.body = body


class UserObject(msgspec.Struct, frozen=True):
    id: str
    username: str


class GuildObject(msgspec.Struct, frozen=True):
    id: str
    name: str


class ChannelObject(msgspec.Struct, frozen=True):
    id: str
    type: int
    name: str | None = None


class MessageObject(msgspec.Struct, frozen=True):
    id: str
    channel_id: str
    content: str
    author: UserObject
    nonce: str | int | None = None
    edited_timestamp: str | None = None
    type: int = 0


class TokenObject(msgspec.Struct, frozen=True):
    token: str


class InviteObject(msgspec.Struct, frozen=True):
    code: str


class RestAccount:
    """One account at one server. `authorization` is the whole header: `Bot x` for a bot."""

    def __init__(self, http: aiohttp.ClientSession, api_url: str, authorization: str = "") -> None:
        self.http = http
        self.api_url = api_url
        self.authorization = authorization

    async def raw(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """Return status and body, whatever they are. ConnectionError or aiohttp.ClientError where it fails."""
        headers = {"Authorization": self.authorization} if self.authorization else {}
        data = None
        if body is not None:
            data = msgspec.json.encode(body)
            headers["Content-Type"] = "application/json"
        async with self.http.request(method, self.api_url + path, data=data, headers=headers) as response:
            return response.status, await response.read()

    async def call(self, method: str, path: str, answer: type[AnswerT], body: object = None) -> AnswerT:
        """Return the decoded answer, raising RefusedError where the status is no success."""
        status, data = await self.raw(method, path, body)
        if not 200 <= status < 300:
            raise RefusedError(method, path, status, data)
        return msgspec.json.decode(data, type=answer)

    async def do(self, method: str, path: str, body: object = None) -> None:
        """Like `call`, for routes whose answer is nothing."""
        status, data = await self.raw(method, path, body)
        if not 200 <= status < 300:
            raise RefusedError(method, path, status, data)

    async def me(self) -> UserObject:
        return await self.call("GET", "/users/@me", UserObject)

    async def create_guild(self, name: str) -> GuildObject:
        return await self.call("POST", "/guilds", GuildObject, {"name": name})

    async def text_channel(self, guild_id: str) -> ChannelObject:
        """Return the guild's first text channel."""
        channels = await self.call("GET", f"/guilds/{guild_id}/channels", list[ChannelObject])
        return next(channel for channel in channels if channel.type == 0)

    async def send(self, channel_id: str, content: str, nonce: str | None = None) -> MessageObject:
        body: dict[str, object] = {"content": content}
        if nonce is not None:
            body |= {"nonce": nonce, "enforce_nonce": True}
        return await self.call("POST", f"/channels/{channel_id}/messages", MessageObject, body)

    async def history(self, channel_id: str) -> list[MessageObject]:
        """Return every message of a channel, oldest first, page by page."""
        found: list[MessageObject] = []
        before = ""
        while True:
            page = await self.call("GET", f"/channels/{channel_id}/messages?limit=100{before}", list[MessageObject])
            if not page:
                return found[::-1]
            found += page
            before = f"&before={page[-1].id}"

    async def join(self, code: str) -> None:
        await self.do("POST", f"/invites/{code}", {})

    async def invite(self, channel_id: str) -> str:
        invite = await self.call("POST", f"/channels/{channel_id}/invites", InviteObject, {"max_age": 0})
        return invite.code


async def register(
    http: aiohttp.ClientSession, api_url: str, username: str | None = None, invite: str | None = None
) -> RestAccount:
    """Make an account with a password, and return it signed in."""
    name = username or f"user{secrets.token_hex(4)}"
    body: dict[str, object] = {
        "username": name,
        "password": PASSWORD,
        "email": f"{name}@example.test",
        "date_of_birth": "1990-01-01",
        "consent": True,
    }
    if invite is not None:
        body["invite"] = invite
    anonymous = RestAccount(http, api_url)
    answer = await anonymous.call("POST", "/auth/register", TokenObject, body)
    return RestAccount(http, api_url, answer.token)
