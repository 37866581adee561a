"""A guild's channels as those who run it change them: made, edited, put in order, deleted, and who may do what there."""

from collections.abc import Sequence

from tuichat.client.rest import Rest
from tuichat.client.routes import Repeat, Request, make_request
from tuichat.client.state import State
from tuichat.protocol.channel import VOICE_CHANNELS, Channel, ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import ChannelPosition, CreateChannelRequest, EditChannelRequest, PutOverwriteRequest
from tuichat.protocol.snowflake import Snowflake

ROLE, MEMBER = 0, 1  # whose an overwrite is


def create_channel(guild_id: int, wanted: CreateChannelRequest) -> Request:
    return make_request("POST", "/guilds/{}/channels", guild_id, body=wanted, repeat=Repeat.UNSAFE)


def edit_channel(channel_id: int, edit: EditChannelRequest) -> Request:
    return make_request("PATCH", "/channels/{}", channel_id, body=edit)


def delete_channel(channel_id: int) -> Request:
    return make_request("DELETE", "/channels/{}", channel_id)


def arrange_channels(guild_id: int, places: Sequence[ChannelPosition]) -> Request:
    return make_request("PATCH", "/guilds/{}/channels", guild_id, body=places)


def put_overwrite(channel_id: int, target_id: int, overwrite: PutOverwriteRequest) -> Request:
    return make_request("PUT", "/channels/{}/permissions/{}", channel_id, target_id, body=overwrite)


def delete_overwrite(channel_id: int, target_id: int) -> Request:
    return make_request("DELETE", "/channels/{}/permissions/{}", channel_id, target_id)


class ChannelSettings:
    """One account's way to them; what changed comes as a dispatch. Every call raises ClientError alone."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    async def create(self, guild_id: int, wanted: CreateChannelRequest) -> Channel:
        return await self._rest.get(create_channel(guild_id, wanted), Channel)

    async def edit(self, channel_id: int, edit: EditChannelRequest) -> None:
        await self._rest.perform(edit_channel(channel_id, edit))

    async def delete(self, channel_id: int) -> None:
        """Delete a channel with all that was written there; the channels of a category stay."""
        await self._rest.perform(delete_channel(channel_id))

    async def arrange(self, guild_id: int, places: Sequence[ChannelPosition]) -> None:
        if places:
            await self._rest.perform(arrange_channels(guild_id, places))

    async def set_overwrite(self, channel_id: int, target_id: int, kind: int, allow: int, deny: int) -> None:
        """Say what a role (kind ROLE) or a member (MEMBER) may and may not do in a channel, whatever else holds."""
        overwrite = PutOverwriteRequest(type=kind, allow=Permissions(allow), deny=Permissions(deny))
        await self._rest.perform(put_overwrite(channel_id, target_id, overwrite))

    async def remove_overwrite(self, channel_id: int, target_id: int) -> None:
        await self._rest.perform(delete_overwrite(channel_id, target_id))


def beside(state: State, channel: Channel) -> list[Channel]:
    """Return the channels that one can be moved among, itself too, as they are shown: those of its kind in its category."""
    guild = state.guild_of(channel.id)
    shown = [state.channels[each] for each in (guild.channel_ids if guild else []) if each in state.channels]
    return [each for each in shown if _kind(each) == _kind(channel) and _parent(each) == _parent(channel)]


def moved(state: State, channel: Channel, step: int) -> list[ChannelPosition]:
    """Return the places that move a channel one up (-1) or down (1) among those beside it; none at the end."""
    siblings = beside(state, channel)
    index = next((index for index, each in enumerate(siblings) if each.id == channel.id), -1)
    if index < 0 or not 0 <= index + step < len(siblings):
        return []
    other = siblings[index + step]
    guild = state.guild_of(channel.id)
    known = [state.channels[each] for each in (guild.channel_ids if guild else []) if each in state.channels]
    alike = sorted((each for each in known if _kind(each) == _kind(channel)), key=lambda each: (_place(each), each.id))
    places = [_place(each) for each in alike]
    if len(set(places)) == len(places):
        return [
            ChannelPosition(id=channel.id, position=_place(other)),
            ChannelPosition(id=other.id, position=_place(channel)),
        ]
    # Where several stand in one place, all of the kind are counted anew.
    order = [other if each.id == channel.id else channel if each.id == other.id else each for each in alike]
    return [ChannelPosition(id=each.id, position=position) for position, each in enumerate(order)]


def as_category(channel: Channel, category_id: int) -> list[ChannelPosition]:
    """Return what gives a channel the overwrites of its category."""
    return [ChannelPosition(id=channel.id, parent_id=Snowflake(category_id), lock_permissions=True)]


def _kind(channel: Channel) -> int:
    """Which channels one is ordered among, as servers have it: categories, those of voice, and all others."""
    if channel.type == ChannelType.CATEGORY:
        return 2
    return 1 if channel.type in VOICE_CHANNELS else 0


def _parent(channel: Channel) -> int | None:
    return int(channel.parent_id) if isinstance(channel.parent_id, int) else None


def _place(channel: Channel) -> int:
    return channel.position if isinstance(channel.position, int) else 0
