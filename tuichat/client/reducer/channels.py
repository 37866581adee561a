"""What dispatches of channels do to the state, those of private ones and of pins included."""

import msgspec

from tuichat.client import directory
from tuichat.client.change import Change, ChannelsChanged, PinsChanged
from tuichat.client.state import State
from tuichat.protocol.dispatch.channel import ChannelDelete, ChannelPinsUpdate
from tuichat.protocol.private_channel import ChannelRecipientAdd, ChannelRecipientRemove


def remove_channel(state: State, event: ChannelDelete) -> list[Change]:
    channel = state.channels.get(event.id)
    if channel is None:
        return []
    guild = state.guild_of(event.id)
    changes = directory.drop_channel(state, event.id)
    if guild is not None:
        changes += directory.drop_threads(state, guild, {event.id})
    return [ChannelsChanged(guild.guild.id if guild else None), *changes]


def change_pins(state: State, event: ChannelPinsUpdate) -> list[Change]:
    channel = state.channels.get(event.channel_id)
    if channel is None:
        return []
    state.channels[channel.id] = msgspec.structs.replace(channel, last_pin_timestamp=event.last_pin_timestamp)
    return [PinsChanged(channel.id)]


def add_recipient(state: State, event: ChannelRecipientAdd) -> list[Change]:
    return directory.put_recipient(state, event.channel_id, event.user)


def remove_recipient(state: State, event: ChannelRecipientRemove) -> list[Change]:
    return directory.drop_recipient(state, event.channel_id, event.user.id)
