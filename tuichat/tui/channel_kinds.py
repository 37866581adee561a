"""Channels by name and sign, categories too, for those who make and change them."""

from tuichat.protocol.channel import Channel, ChannelType
from tuichat.text.channel_names import channel_name
from tuichat.tui.rows import channel_kind

CATEGORY_SIGN = "▾"


def signed_name(channel: Channel) -> str:
    """Return a channel's name behind the sign of its kind, as safe text."""
    sign = CATEGORY_SIGN if channel.type == ChannelType.CATEGORY else channel_kind(channel).value
    return f"{sign} {channel_name(channel)}"
