"""The kinds of channels in words and signs, for those who make and change them."""

from tuichat.protocol.channel import Channel, ChannelType
from tuichat.text.channel_names import channel_name
from tuichat.translation import N_
from tuichat.tui.rows import channel_kind

CATEGORY_SIGN = "▾"
KIND_WORDS = {
    ChannelType.TEXT: N_("text"),
    ChannelType.VOICE: N_("voice"),
    ChannelType.FORUM: N_("forum"),
    ChannelType.ANNOUNCEMENT: N_("announcements"),
    ChannelType.STAGE: N_("stage"),
    ChannelType.CATEGORY: N_("category"),
}  # those that can be made, most wanted first


def signed_name(channel: Channel) -> str:
    """Return a channel's name behind the sign of its kind, as safe text."""
    sign = CATEGORY_SIGN if channel.type == ChannelType.CATEGORY else channel_kind(channel).value
    return f"{sign} {channel_name(channel)}"
