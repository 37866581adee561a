"""What keeps a mention from counting, in memory: every message that mentions somebody asks for it."""

from collections.abc import Iterable, Mapping

from tuichat.protocol import codec
from tuichat.protocol.guild_settings import MuteConfig, UserGuildSettings
from tuichat.protocol.timestamp import parse_timestamp
from tuichat.server.store.social_rows import GuildSettingsRow

DIRECT = 0  # the guild id of direct messages
SUPPRESS_EVERYONE, SUPPRESS_ROLES = 1, 2
FOR_EVER = 2**63 - 1


class NoticeCache:
    """Who suppresses mentions in which guild, and which direct messages somebody muted. Only actions change it."""

    def __init__(self, rows: Iterable[GuildSettingsRow] = ()) -> None:
        self._suppressing: dict[int, dict[int, int]] = {}  # bits by guild and user
        self._muted: dict[int, Mapping[int, int]] = {}  # when it ends, by user and direct message
        for row in rows:
            self.put(row)

    def suppresses(self, guild_id: int, user_id: int, bit: int) -> bool:
        return bool(self._suppressing.get(guild_id, {}).get(user_id, 0) & bit)

    def is_muted(self, user_id: int, channel_id: int, now_ms: int) -> bool:
        """Whether a user muted a direct message or group, or all of them (id 0)."""
        muted = self._muted.get(user_id)
        return muted is not None and max(muted.get(channel_id, 0), muted.get(0, 0)) > now_ms

    def put(self, row: GuildSettingsRow) -> None:
        """Note what a user's settings of a guild, or of direct messages, keep from counting."""
        if row.guild_id == DIRECT:
            self._put_muted(row)
            return
        of_guild = self._suppressing.setdefault(row.guild_id, {})
        if row.suppresses:
            of_guild[row.user_id] = row.suppresses
        else:
            of_guild.pop(row.user_id, None)
            if not of_guild:
                del self._suppressing[row.guild_id]

    def forget_guild(self, guild_id: int) -> None:
        self._suppressing.pop(guild_id, None)

    def _put_muted(self, row: GuildSettingsRow) -> None:
        settings = codec.decode(row.settings, UserGuildSettings)
        ends_ms = {int(each.channel_id): end_ms(each.muted, each.mute_config) for each in settings.channel_overrides}
        ends_ms[0] = end_ms(settings.muted, settings.mute_config)  # the id 0 stands for all
        muted = {channel_id: ends for channel_id, ends in ends_ms.items() if ends}
        if muted:
            self._muted[row.user_id] = muted
        else:
            self._muted.pop(row.user_id, None)


def end_ms(is_muted: bool, config: MuteConfig | None) -> int:
    """When a mute ends, in Unix milliseconds; 0 for none."""
    if not is_muted:
        return 0
    return FOR_EVER if config is None or config.end_time is None else parse_timestamp(config.end_time)
