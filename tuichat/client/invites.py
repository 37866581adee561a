"""The invites of a guild: which there are, another, and one fewer."""

from tuichat.client.rest import Rest
from tuichat.client.routes import Repeat, Request, make_request
from tuichat.protocol.guild import Invite
from tuichat.protocol.rest.guild import CreateInviteRequest


def list_invites(guild_id: int) -> Request:
    return make_request("GET", "/guilds/{}/invites", guild_id)


def create_invite(channel_id: int, wanted: CreateInviteRequest) -> Request:
    return make_request("POST", "/channels/{}/invites", channel_id, body=wanted, repeat=Repeat.UNSAFE)


def revoke_invite(code: str) -> Request:
    return make_request("DELETE", "/invites/{}", code)


class Invites:
    """One account's way to them. Every call raises ClientError alone."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def of_guild(self, guild_id: int) -> list[Invite]:
        """Return those that are still good, the newest first."""
        found = await self._rest.get(list_invites(guild_id), list[Invite])
        return sorted(found, key=lambda invite: str(invite.created_at or ""), reverse=True)

    async def create(self, channel_id: int, wanted: CreateInviteRequest) -> Invite:
        return await self._rest.get(create_invite(channel_id, wanted), Invite)

    async def revoke(self, code: str) -> None:
        await self._rest.perform(revoke_invite(code))
