"""How a user wants to hear of each place: muted or not, and which messages ask for attention.

Pure: asks the state alone. Mutes that ended are taken out of the state (`end_mutes`), so no question needs the time.
"""

from enum import IntEnum

import msgspec

from tuichat.client.state import State
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.guild_settings import ChannelOverride, MuteConfig, UserGuildSettings
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import parse_timestamp

PRIVATE = 0  # the guild id of private channels, as the routes have it


class Level(IntEnum):
    """Which messages ask for attention (discord-userdoccers, "User Notification Settings Level")."""

    ALL = 0
    MENTIONS = 1
    NOTHING = 2
    INHERITED = 3  # a channel's: as its guild; a guild's: as whoever runs it chose


def guild_id_of(state: State, channel_id: int) -> int:
    """Return the guild of a channel, PRIVATE for none."""
    channel = state.channels.get(channel_id)
    return int(channel.guild_id) if channel is not None and isinstance(channel.guild_id, int) else PRIVATE


def settings_of(state: State, guild_id: int) -> UserGuildSettings:
    """Return the settings of a guild, or with PRIVATE those of private channels; Discord's defaults where none are known."""
    known = state.guild_settings.get(guild_id)
    return known or UserGuildSettings(guild_id=Snowflake(guild_id) if guild_id else None)


def override_of(state: State, channel_id: int) -> ChannelOverride:
    """Return what differs for a channel."""
    settings = settings_of(state, guild_id_of(state, channel_id))
    found = next((each for each in settings.channel_overrides if each.channel_id == channel_id), None)
    return found or ChannelOverride(channel_id=Snowflake(channel_id))


def category_of(state: State, channel_id: int) -> int | None:
    """Return the category that a channel, or the channel of a thread, stands in."""
    found = (state.channels.get(place_id) for place_id in _line(state, channel_id)[1:])
    return next((int(each.id) for each in found if each is not None and each.type == ChannelType.CATEGORY), None)


def is_guild_muted(state: State, guild_id: int) -> bool:
    return settings_of(state, guild_id).muted


def is_channel_muted(state: State, channel_id: int) -> bool:
    """Whether a channel itself is muted, or the channel of a thread, or the category of either."""
    return any(override_of(state, place_id).muted for place_id in _line(state, channel_id))


def is_muted(state: State, channel_id: int) -> bool:
    """Whether nothing of a channel is to be seen in the rail but mentions."""
    return is_channel_muted(state, channel_id) or is_guild_muted(state, guild_id_of(state, channel_id))


def shows_unread(state: State, channel_id: int) -> bool:
    """Whether a channel has something new that the user wants to see: what is muted calls by mentions alone."""
    return state.is_unread(channel_id) and not is_muted(state, channel_id)


def guild_level(state: State, guild_id: int) -> Level:
    """Return ALL, MENTIONS or NOTHING for a guild; private channels always call."""
    if guild_id == PRIVATE:
        return Level.ALL
    chosen = _level(settings_of(state, guild_id).message_notifications)
    if chosen is not Level.INHERITED:
        return chosen
    guild = state.guilds.get(guild_id)
    return Level.ALL if guild is None or guild.guild.default_message_notifications == 0 else Level.MENTIONS


def level(state: State, channel_id: int) -> Level:
    """Return ALL, MENTIONS or NOTHING for a channel: the nearest that was chosen, of itself, its channel, its category,
    its guild. A thread that one has not joined calls by mentions alone."""
    found = guild_level(state, guild_id_of(state, channel_id))
    for place_id in _line(state, channel_id):
        chosen = _level(override_of(state, place_id).message_notifications)
        if chosen is not Level.INHERITED:
            found = chosen
            break
    if found is Level.ALL and _is_strange_thread(state, channel_id):
        return Level.MENTIONS
    return found


def end_mutes(state: State, unix_ms: int) -> list[int]:
    """Take out the mutes that ended; return the ids of guilds in which something changed."""
    changed = []
    for guild_id, settings in list(state.guild_settings.items()):
        overrides = [_live_override(each, unix_ms) for each in settings.channel_overrides]
        live = msgspec.structs.replace(settings, channel_overrides=overrides)
        if _has_ended(settings.muted, settings.mute_config, unix_ms):
            live = msgspec.structs.replace(live, muted=False, mute_config=None)
        if live != settings:
            state.guild_settings[guild_id] = live
            changed.append(guild_id)
    return changed


def next_mute_end_ms(state: State) -> int | None:
    """Return when `end_mutes` has something to do, in Unix milliseconds."""
    ends = [
        end_ms
        for settings in state.guild_settings.values()
        for is_muted, config in (
            (settings.muted, settings.mute_config),
            *((each.muted, each.mute_config) for each in settings.channel_overrides),
        )
        if is_muted and (end_ms := mute_end_ms(config)) is not None
    ]
    return min(ends, default=None)


def mute_end_ms(config: MuteConfig | None) -> int | None:
    """Return when a mute ends, in Unix milliseconds; None for one without end, or whose end cannot be read."""
    if config is None or config.end_time is None:
        return None
    try:
        return parse_timestamp(config.end_time)
    except ValueError:
        return None


def _live_override(override: ChannelOverride, unix_ms: int) -> ChannelOverride:
    if not _has_ended(override.muted, override.mute_config, unix_ms):
        return override
    return msgspec.structs.replace(override, muted=False, mute_config=None)


def _has_ended(is_muted: bool, config: MuteConfig | None, unix_ms: int) -> bool:
    end_ms = mute_end_ms(config)
    return is_muted and end_ms is not None and end_ms <= unix_ms


def _line(state: State, channel_id: int) -> list[int]:
    """Return a channel and what it stands in: a thread's channel, then the category."""
    line = [channel_id]
    while len(line) < 3:
        channel = state.channels.get(line[-1])
        if channel is None or not isinstance(channel.parent_id, int):
            break
        line.append(int(channel.parent_id))
    return line


def _is_strange_thread(state: State, channel_id: int) -> bool:
    guild = state.guild_of(channel_id)
    channel = state.channels.get(channel_id)
    if guild is None or channel is None or channel_id not in guild.thread_ids:
        return False
    is_own = state.me is not None and channel.owner_id == state.me.id
    return not is_own and not isinstance(channel.member, msgspec.Struct)


def _level(number: int) -> Level:
    return Level(number) if number in set(Level) else Level.INHERITED
