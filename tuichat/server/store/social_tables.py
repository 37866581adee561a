"""The tables of what stands between people, and how their records are read back."""

import msgspec

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.store.columns import write_ids, write_json
from tuichat.server.store.social_rows import (
    DirectStateRow,
    DismissedMentionRow,
    FeatureReadRow,
    FollowedGuildRow,
    FollowedTopicsRow,
    FollowedUserRow,
    GuildSettingsRow,
    NoteRow,
    PrivacyRow,
    ProfileRow,
    RecoveryCodeRow,
    RelationshipRow,
    SettingsProtoRow,
    UserSettingsRow,
)
from tuichat.server.store.table import Record, Table, table_of


def _privacy_values(row: PrivacyRow) -> tuple[object, ...]:
    return (row.user_id, write_ids(row.restricted_guild_ids), row.restricts_new_guilds, row.friend_sources)


def _user_settings_values(row: UserSettingsRow) -> tuple[object, ...]:
    return (row.user_id, row.settings.decode())


def _guild_settings_values(row: GuildSettingsRow) -> tuple[object, ...]:
    return (row.user_id, row.guild_id, row.version, row.settings.decode(), row.suppresses)


def _topics_values(row: FollowedTopicsRow) -> tuple[object, ...]:
    return (row.user_id, write_json(row.topics))


PROFILES = table_of("profiles", ProfileRow, "user_id")
DIRECT_STATES = table_of("direct_states", DirectStateRow, "channel_id", "user_id")
RELATIONSHIPS = table_of("relationships", RelationshipRow, "user_id", "other_id")
NOTES = table_of("notes", NoteRow, "user_id", "about_id")
PRIVACY = table_of("privacy", PrivacyRow, "user_id", values=_privacy_values)
USER_SETTINGS = table_of("user_settings", UserSettingsRow, "user_id", values=_user_settings_values)
SETTINGS_PROTOS = table_of("settings_protos", SettingsProtoRow, "user_id", "kind")
GUILD_SETTINGS = table_of("guild_settings", GuildSettingsRow, "user_id", "guild_id", values=_guild_settings_values)
FEATURE_READS = table_of("feature_reads", FeatureReadRow, "user_id", "resource_id", "type")
DISMISSED_MENTIONS = table_of("dismissed_mentions", DismissedMentionRow, "user_id", "message_id")
RECOVERY_CODES = table_of("recovery_codes", RecoveryCodeRow, "user_id", "code_hash")
FOLLOWED_USERS = table_of("followed_users", FollowedUserRow, "user_id", "followed_id")
FOLLOWED_GUILDS = table_of("followed_guilds", FollowedGuildRow, "user_id", "guild_id")
FOLLOWED_TOPICS = table_of("followed_topics", FollowedTopicsRow, "user_id", values=_topics_values)

TABLES: dict[type[msgspec.Struct], Table] = {
    ProfileRow: PROFILES,
    DirectStateRow: DIRECT_STATES,
    RelationshipRow: RELATIONSHIPS,
    NoteRow: NOTES,
    PrivacyRow: PRIVACY,
    UserSettingsRow: USER_SETTINGS,
    SettingsProtoRow: SETTINGS_PROTOS,
    GuildSettingsRow: GUILD_SETTINGS,
    FeatureReadRow: FEATURE_READS,
    DismissedMentionRow: DISMISSED_MENTIONS,
    RecoveryCodeRow: RECOVERY_CODES,
    FollowedUserRow: FOLLOWED_USERS,
    FollowedGuildRow: FOLLOWED_GUILDS,
    FollowedTopicsRow: FOLLOWED_TOPICS,
}


def read_profile(r: Record) -> ProfileRow:
    return ProfileRow(user_id=Snowflake(r[0]), email=r[1], bio=r[2], pronouns=r[3], banner=r[4], accent_color=r[5])


def read_direct_state(r: Record) -> DirectStateRow:
    return DirectStateRow(
        channel_id=Snowflake(r[0]), user_id=Snowflake(r[1]), is_open=bool(r[2]), consent=r[3], requested_ms=r[4]
    )


def read_relationship(r: Record) -> RelationshipRow:
    return RelationshipRow(
        user_id=Snowflake(r[0]),
        other_id=Snowflake(r[1]),
        type=r[2],
        nickname=r[3],
        since_ms=r[4],
        is_ignored=bool(r[5]),
        is_stranger=bool(r[6]),
    )


def read_note(r: Record) -> NoteRow:
    return NoteRow(user_id=Snowflake(r[0]), about_id=Snowflake(r[1]), note=r[2])


def read_privacy(r: Record) -> PrivacyRow:
    return PrivacyRow(
        user_id=Snowflake(r[0]),
        restricted_guild_ids=tuple(map(Snowflake, msgspec.json.decode(r[1], type=list[int]))),
        restricts_new_guilds=bool(r[2]),
        friend_sources=r[3],
    )


def read_settings_proto(r: Record) -> SettingsProtoRow:
    return SettingsProtoRow(user_id=Snowflake(r[0]), kind=r[1], version=r[2], content=r[3])


def read_guild_settings(r: Record) -> GuildSettingsRow:
    return GuildSettingsRow(
        user_id=Snowflake(r[0]), guild_id=Snowflake(r[1]), version=r[2], settings=r[3].encode(), suppresses=r[4]
    )


def read_feature_read(r: Record) -> FeatureReadRow:
    return FeatureReadRow(
        user_id=Snowflake(r[0]), resource_id=Snowflake(r[1]), type=r[2], last_acked_id=Snowflake(r[3]), version=r[4]
    )


def read_followed_user(r: Record) -> FollowedUserRow:
    return FollowedUserRow(user_id=Snowflake(r[0]), followed_id=Snowflake(r[1]), since_ms=r[2])


def read_followed_guild(r: Record) -> FollowedGuildRow:
    return FollowedGuildRow(user_id=Snowflake(r[0]), guild_id=Snowflake(r[1]), since_ms=r[2])


def read_followed_topics(r: Record) -> FollowedTopicsRow:
    return FollowedTopicsRow(user_id=Snowflake(r[0]), topics=tuple(msgspec.json.decode(r[1], type=list[str])))
