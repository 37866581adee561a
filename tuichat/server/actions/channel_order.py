"""The order of a guild's channels: where each goes among those of its kind."""

from collections.abc import Iterable, Mapping

from tuichat.protocol.channel import VOICE_CHANNELS, ChannelType
from tuichat.server.store.channel_rows import ChannelRow


def kind_of(channel: ChannelRow) -> int:
    """Which channels a channel is ordered among: categories, those of voice, and all others."""
    if channel.type == ChannelType.CATEGORY:
        return 2
    return 1 if channel.type in VOICE_CHANNELS else 0


def next_position(channels: Iterable[ChannelRow], kind: int) -> int:
    """The position below all channels of a kind."""
    return max((row.position for row in channels if kind_of(row) == kind), default=-1) + 1


def arranged(channels: Iterable[ChannelRow], wanted: Mapping[int, int]) -> dict[int, int]:
    """Return the position of each channel of the kinds that are rearranged, counted from 0 without gaps.

    `wanted` holds positions by channel id: those channels go there, the older first where two want the same one, and the
    others keep their order around them.
    """
    rows = list(channels)
    positions: dict[int, int] = {}
    for kind in {kind_of(row) for row in rows if row.id in wanted}:
        alike = [row for row in rows if kind_of(row) == kind]
        order = sorted((row for row in alike if row.id not in wanted), key=lambda row: (row.position, row.id))
        for row in sorted((row for row in alike if row.id in wanted), key=lambda row: (wanted[row.id], row.id)):
            order.insert(wanted[row.id], row)
        positions |= {int(row.id): index for index, row in enumerate(order)}
    return positions
