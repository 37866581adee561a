"""Guilds come, change and go, with their roles and sounds."""

import msgspec
import pytest

from tests.client.builders import GENERAL, GUILD, ME, RANDOM, channel, guild
from tests.client.reducer.states import NOW, make_fresh, member_event, state
from tuichat.client.change import GuildChanged, GuildsChanged, SoundsChanged, TimelineReset
from tuichat.client.reducer import reducer
from tuichat.protocol.dispatch.guild import (
    GuildCreate,
    GuildDelete,
    GuildUpdate,
    RoleCreate,
    RoleDelete,
    SoundCreate,
    SoundsUpdate,
    SoundUpdate,
)
from tuichat.protocol.dispatch.member import MemberUpdate
from tuichat.protocol.guild import Guild, Role
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import SoundDelete


def test_guild_comes_is_away_and_goes() -> None:
    made = state()
    full = guild(2, channel(40, "other", guild_id=Snowflake(2)))
    event = GuildCreate(**{name: getattr(full, name) for name in full.__struct_fields__})
    assert reducer.reduce(made, event, NOW) == [GuildsChanged()]
    away = GuildDelete(id=Snowflake(2), unavailable=True)
    assert reducer.reduce(made, away, NOW) == [GuildChanged(2)]
    assert not made.guilds[2].is_available
    reducer.reduce(made, event, NOW)
    assert made.guilds[2].is_available
    make_fresh(made, 40)
    changes = reducer.reduce(made, GuildDelete(id=Snowflake(2)), NOW)
    assert changes == [GuildsChanged(), TimelineReset(40)]
    assert 40 not in made.channels
    assert 40 not in made.timelines


def test_guild_update_keeps_what_belongs_to_the_guild() -> None:
    made = state()
    update = GuildUpdate(id=Snowflake(GUILD), name="renamed", owner_id=Snowflake(ME))
    assert reducer.reduce(made, update, NOW) == [GuildChanged(GUILD)]
    assert made.guilds[GUILD].guild.name == "renamed"
    assert made.guilds[GUILD].channel_ids == [GENERAL, RANDOM]
    assert type(made.guilds[GUILD].guild) is Guild


def test_own_new_role_changes_permissions() -> None:
    made = state()
    role = Role(id=Snowflake(5), name="muted", permissions=Permissions.ADMINISTRATOR)
    reducer.reduce(made, RoleCreate(guild_id=Snowflake(GUILD), role=role), NOW)
    changes = reducer.reduce(made, member_event(MemberUpdate, ME, roles=[Snowflake(5)]), NOW)
    assert GuildChanged(GUILD) in changes
    assert made.permissions(GENERAL) & Permissions.MANAGE_CHANNELS
    reducer.reduce(made, RoleDelete(guild_id=Snowflake(GUILD), role_id=Snowflake(5)), NOW)
    assert made.guilds[GUILD].members[ME].roles == []
    assert not made.permissions(GENERAL) & Permissions.MANAGE_CHANNELS


@pytest.mark.parametrize(
    "event",
    [
        SoundCreate(sound_id=Snowflake(1), name="horn", guild_id=Snowflake(GUILD)),
        SoundUpdate(sound_id=Snowflake(1), name="foghorn", guild_id=Snowflake(GUILD)),
        SoundsUpdate(guild_id=Snowflake(GUILD), soundboard_sounds=[]),
        SoundDelete(sound_id=Snowflake(1), guild_id=Snowflake(GUILD)),
    ],
    ids=lambda event: type(event).__name__,
)
def test_it_is_told_that_the_sounds_of_a_guild_are_others(event: msgspec.Struct) -> None:
    assert reducer.reduce(state(), event, 0) == [SoundsChanged(GUILD)]
