"""What those who run a guild change about it."""

from tuichat.client.audit_log import AuditLogs
from tuichat.client.channel_settings import ChannelSettings
from tuichat.client.guild_emojis import GuildEmojis
from tuichat.client.invites import Invites
from tuichat.client.rest import Rest
from tuichat.client.routes import Request, leave_guild, make_request
from tuichat.client.webhooks import Webhooks
from tuichat.protocol.rest.guild import EditGuildRequest
from tuichat.protocol.snowflake import Snowflake


def edit_guild(guild_id: int, edit: EditGuildRequest) -> Request:
    return make_request("PATCH", "/guilds/{}", guild_id, body=edit)


def delete_guild(guild_id: int) -> Request:
    return make_request("DELETE", "/guilds/{}", guild_id)


class GuildSettings:
    """An account's way to change its guilds; what changed comes as a dispatch. Every call raises ClientError alone."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self.invites = Invites(rest)
        self.audit_log = AuditLogs(rest)
        self.channels = ChannelSettings(rest)
        self.emojis = GuildEmojis(rest)
        self.webhooks = Webhooks(rest)

    async def edit(self, guild_id: int, edit: EditGuildRequest) -> None:
        await self._rest.perform(edit_guild(guild_id, edit))

    async def leave(self, guild_id: int) -> None:
        await self._rest.perform(leave_guild(guild_id))

    async def delete(self, guild_id: int) -> None:
        """Delete a guild with all that is in it, as its owner."""
        await self._rest.perform(delete_guild(guild_id))

    async def give_away(self, guild_id: int, user_id: int) -> None:
        """Make another member the owner, as the owner that one is."""
        await self._rest.perform(edit_guild(guild_id, EditGuildRequest(owner_id=Snowflake(user_id))))
