"""What moderators do with those in a voice channel."""

from tuichat.client.people import edit_member
from tuichat.client.rest import Rest
from tuichat.protocol.rest.member import EditMemberRequest
from tuichat.protocol.snowflake import Snowflake


class VoiceModeration:
    """One account's. What changed comes as a dispatch. Every call raises ClientError alone."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def mute(self, guild_id: int, user_id: int, *, is_muted: bool) -> None:
        """Have nobody of the guild hear a member, or have it be heard again."""
        await self._edit(guild_id, user_id, EditMemberRequest(mute=is_muted))

    async def deafen(self, guild_id: int, user_id: int, *, is_deafened: bool) -> None:
        await self._edit(guild_id, user_id, EditMemberRequest(deaf=is_deafened))

    async def move(self, guild_id: int, user_id: int, channel_id: int) -> None:
        await self._edit(guild_id, user_id, EditMemberRequest(channel_id=Snowflake(channel_id)))

    async def disconnect(self, guild_id: int, user_id: int) -> None:
        """Put a member out of the voice channel it is in."""
        await self._edit(guild_id, user_id, EditMemberRequest(channel_id=None))

    async def _edit(self, guild_id: int, user_id: int, body: EditMemberRequest) -> None:
        await self._rest.perform(edit_member(guild_id, user_id, body))
