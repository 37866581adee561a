"""What a user muted, and which messages of a place ask for attention."""

import msgspec
import pytest

from tests.client.builders import GENERAL, GUILD, ME, RANDOM, channel, created, guild, message, ready
from tuichat.client import notice_levels
from tuichat.client.notice_levels import PRIVATE, Level
from tuichat.client.reducer import reducer
from tuichat.client.state import State
from tuichat.protocol.channel import ChannelType, ThreadMember
from tuichat.protocol.dispatch.thread import ThreadCreate
from tuichat.protocol.dispatch.user import UserGuildSettingsUpdate
from tuichat.protocol.guild_settings import ChannelOverride, MuteConfig, UserGuildSettings
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp

CATEGORY, THREAD = 12, 13
AN_HOUR_MS = 3_600_000


def state(*overrides: ChannelOverride, default: int = 0, **settings: object) -> State:
    """A guild with a channel in a category and one beside it."""
    made = State()
    inside = channel(GENERAL, parent_id=Snowflake(CATEGORY), guild_id=Snowflake(GUILD))
    loose = channel(RANDOM, "random", guild_id=Snowflake(GUILD))
    full = guild(GUILD, channel(CATEGORY, "work", type=ChannelType.CATEGORY), inside, loose)
    full = msgspec.structs.replace(full, default_message_notifications=default)
    told = UserGuildSettings(guild_id=Snowflake(GUILD), channel_overrides=list(overrides), **settings)  # type: ignore[arg-type]  # fields of any type
    reducer.reduce(made, ready(full, user_guild_settings=[told]), 0)
    return made


def override(channel_id: int, **fields: object) -> ChannelOverride:
    return ChannelOverride(channel_id=Snowflake(channel_id), **fields)  # type: ignore[arg-type]  # fields of any type


@pytest.mark.parametrize(("default", "expected"), [(0, Level.ALL), (1, Level.MENTIONS)])
def test_level_is_what_the_guild_offers(default: int, expected: Level) -> None:
    assert notice_levels.level(state(default=default), GENERAL) is expected


def test_nearest_choice_wins() -> None:
    made = state(override(CATEGORY, message_notifications=2), message_notifications=1)
    assert notice_levels.level(made, GENERAL) is Level.NOTHING
    assert notice_levels.level(made, RANDOM) is Level.MENTIONS
    made = state(override(CATEGORY, message_notifications=2), override(GENERAL, message_notifications=0))
    assert notice_levels.level(made, GENERAL) is Level.ALL


def test_category_of_a_channel_and_of_its_threads() -> None:
    made = state()
    thread = channel(THREAD, "aside", type=ChannelType.PUBLIC_THREAD, parent_id=Snowflake(GENERAL))
    made.channels[THREAD] = thread
    assert notice_levels.category_of(made, GENERAL) == CATEGORY
    assert notice_levels.category_of(made, THREAD) == CATEGORY
    assert notice_levels.category_of(made, RANDOM) is None


def test_unknown_level_of_a_newer_server_is_the_guilds() -> None:
    assert notice_levels.level(state(override(GENERAL, message_notifications=9)), GENERAL) is Level.ALL


@pytest.mark.parametrize("place", [GENERAL, CATEGORY])
def test_muted_channel_or_category_shows_nothing_unread(place: int) -> None:
    made = state(override(place, muted=True))
    for channel_id in (GENERAL, RANDOM):
        reducer.reduce(made, created(message(50 + channel_id, channel=channel_id)), 0)
    assert made.is_unread(GENERAL), "what is read and what is not stays the server's truth"
    assert not notice_levels.shows_unread(made, GENERAL)
    assert notice_levels.shows_unread(made, RANDOM)


def test_muted_guild_mutes_all_its_channels_and_leaves_their_own_setting() -> None:
    made = state(muted=True)
    assert notice_levels.is_muted(made, RANDOM)
    assert not notice_levels.is_channel_muted(made, RANDOM)


def test_private_channels_have_settings_of_their_own() -> None:
    made = state(muted=True)
    assert notice_levels.guild_id_of(made, 999) == PRIVATE
    assert not notice_levels.is_muted(made, 999)
    reducer.reduce(made, UserGuildSettingsUpdate(guild_id=None, channel_overrides=[override(999, muted=True)]), 0)
    assert notice_levels.is_muted(made, 999)


def test_thread_calls_like_its_channel_once_joined() -> None:
    made = state(override(GENERAL, message_notifications=0))
    fields: dict[str, object] = {
        "id": Snowflake(THREAD), "type": ChannelType.PUBLIC_THREAD, "guild_id": Snowflake(GUILD),
        "name": "plan", "parent_id": Snowflake(GENERAL),
    }  # fmt: skip
    reducer.reduce(made, ThreadCreate(**fields), 0)  # type: ignore[arg-type]  # fields of any type
    assert notice_levels.level(made, THREAD) is Level.MENTIONS
    member = ThreadMember(id=Snowflake(THREAD), user_id=Snowflake(ME), join_timestamp=format_timestamp(0), flags=0)
    reducer.reduce(made, ThreadCreate(**fields, member=member), 0)  # type: ignore[arg-type]  # fields of any type
    assert notice_levels.level(made, THREAD) is Level.ALL
    reducer.reduce(
        made, UserGuildSettingsUpdate(guild_id=Snowflake(GUILD), channel_overrides=[override(GENERAL, muted=True)]), 0
    )
    assert notice_levels.is_muted(made, THREAD), "a muted channel mutes its threads"


def test_mute_ends_at_its_time() -> None:
    until = MuteConfig(end_time=format_timestamp(AN_HOUR_MS))
    made = state(override(GENERAL, muted=True, mute_config=until), muted=True)
    assert notice_levels.next_mute_end_ms(made) == AN_HOUR_MS, "a mute without end has no time"
    assert notice_levels.end_mutes(made, AN_HOUR_MS - 1) == []
    assert notice_levels.end_mutes(made, AN_HOUR_MS) == [GUILD]
    assert not notice_levels.is_channel_muted(made, GENERAL)
    assert notice_levels.is_guild_muted(made, GUILD)
    assert notice_levels.next_mute_end_ms(made) is None


def test_end_that_cannot_be_read_is_none() -> None:
    made = state(muted=True, mute_config=MuteConfig(end_time="tomorrow"))
    assert notice_levels.next_mute_end_ms(made) is None
    assert notice_levels.end_mutes(made, AN_HOUR_MS) == []


def test_settings_of_a_guild_that_one_is_not_in_are_not_kept() -> None:
    made = state()
    reducer.reduce(made, UserGuildSettingsUpdate(guild_id=Snowflake(77), muted=True), 0)
    assert 77 not in made.guild_settings
