"""Who stands above whom, and what that forbids."""

import msgspec
import pytest

from tuichat.client.role_rank import (
    Obstacle,
    giving_obstacle,
    member_obstacle,
    place_obstacle,
    ranked_roles,
    role_obstacle,
    steps,
)
from tuichat.client.state import GuildState, State
from tuichat.protocol.guild import Guild, Member, Role
from tuichat.protocol.permissions import NONE, Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import OwnUser, User

GUILD, OWNER, ME, OTHER, EQUAL = 1, 11, 12, 13, 14
LOW, MIDDLE, HIGH, TWIN = 21, 22, 23, 24  # MIDDLE and TWIN stand at one position


def role(role_id: int, position: int, permissions: Permissions = NONE, *, managed: bool = False) -> Role:
    return Role(id=Snowflake(role_id), name=f"r{role_id}", position=position, permissions=permissions, managed=managed)


def state_of(me: int = ME, permissions: Permissions = Permissions.MANAGE_ROLES | Permissions.KICK_MEMBERS) -> State:
    roles = [role(GUILD, 0), role(LOW, 1), role(TWIN, 2, managed=True), role(MIDDLE, 2, permissions), role(HIGH, 3)]
    held = {OWNER: [], ME: [MIDDLE], OTHER: [LOW], EQUAL: [MIDDLE]}
    members = {
        user_id: Member(
            user=User(id=Snowflake(user_id), username=str(user_id)), roles=[Snowflake(each) for each in ids]
        )
        for user_id, ids in held.items()
    }
    guild = Guild(id=Snowflake(GUILD), name="g", owner_id=Snowflake(OWNER))
    state = State(me=OwnUser(id=Snowflake(me), username="me"))
    state.guilds[GUILD] = GuildState(guild, roles={int(each.id): each for each in roles}, members=members)
    return state


def test_roles_stand_by_position_and_of_two_at_one_the_older_is_higher() -> None:
    assert [int(each.id) for each in ranked_roles(state_of().guilds[GUILD])] == [HIGH, MIDDLE, TWIN, LOW, GUILD]


@pytest.mark.parametrize(
    ("role_id", "changing", "placing", "giving"),
    [
        (HIGH, Obstacle.ROLE_NOT_BELOW, Obstacle.ROLE_NOT_BELOW, Obstacle.ROLE_NOT_BELOW),
        (MIDDLE, Obstacle.ROLE_NOT_BELOW, Obstacle.ROLE_NOT_BELOW, Obstacle.ROLE_NOT_BELOW),
        (TWIN, None, None, Obstacle.MANAGED),
        (LOW, None, None, None),
        (GUILD, None, Obstacle.EVERYONE, Obstacle.EVERYONE),
    ],
)
def test_what_is_in_the_way_of_a_role(
    role_id: int, changing: Obstacle | None, placing: Obstacle | None, giving: Obstacle | None
) -> None:
    state = state_of()
    guild = state.guilds[GUILD]
    asked = guild.roles[role_id]
    assert role_obstacle(state, guild, asked) is changing
    assert place_obstacle(state, guild, asked) is placing
    assert giving_obstacle(state, guild, asked) is giving


def test_without_the_permission_nothing_is_changed_and_the_owner_changes_all() -> None:
    state = state_of(permissions=NONE)
    guild = state.guilds[GUILD]
    assert role_obstacle(state, guild, guild.roles[LOW]) is Obstacle.MISSING_PERMISSION
    state = state_of(OWNER)
    assert role_obstacle(state, state.guilds[GUILD], guild.roles[HIGH]) is None


@pytest.mark.parametrize(
    ("user_id", "obstacle"),
    [(OTHER, None), (EQUAL, Obstacle.MEMBER_NOT_BELOW), (ME, Obstacle.ONESELF), (OWNER, Obstacle.OWNER)],
)
def test_what_is_in_the_way_of_kicking_a_member(user_id: int, obstacle: Obstacle | None) -> None:
    state = state_of()
    assert member_obstacle(state, state.guilds[GUILD], user_id, Permissions.KICK_MEMBERS) is obstacle
    missing = member_obstacle(state, state.guilds[GUILD], user_id, Permissions.BAN_MEMBERS)
    assert missing is Obstacle.MISSING_PERMISSION


def test_a_step_gives_every_role_that_moves_a_position_of_its_own() -> None:
    state = state_of(OWNER)
    guild = state.guilds[GUILD]
    assert steps(state, guild, guild.roles[LOW], 1) == {TWIN: 1, LOW: 2, MIDDLE: 3, HIGH: 4}
    assert steps(state, guild, guild.roles[HIGH], 1) == {}
    assert steps(state, guild, guild.roles[LOW], -1) == {}


def test_no_step_passes_a_role_that_is_not_below_ones_own() -> None:
    state = state_of()
    guild = state.guilds[GUILD]
    assert steps(state, guild, guild.roles[TWIN], 1) == {}
    assert steps(state, guild, guild.roles[LOW], 1) == {TWIN: 1, LOW: 2}
    guild.roles[LOW] = msgspec.structs.replace(guild.roles[LOW], position=1)
    assert steps(state, guild, guild.roles[GUILD], 1) == {}
