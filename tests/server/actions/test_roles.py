"""Roles: their order and who may change it, colours, icons, counts, and that no way leads above oneself."""

import asyncio
import shutil
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.server.actions.conftest import Clock, Town, open_server, outcome, refused
from tests.server.files.pictures_drawn import animation, data_uri, picture
from tuichat.protocol import codec
from tuichat.protocol.ban import BanRequest
from tuichat.protocol.dispatch.guild import RoleUpdate
from tuichat.protocol.guild import Role, RoleColors
from tuichat.protocol.permissions import ALL, BITS, Permissions
from tuichat.protocol.rest.guild import RolePosition, RoleRequest
from tuichat.protocol.rest.member import EditMemberRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import applications, bans, members, roles
from tuichat.server.actions.context import Actor, GuildState
from tuichat.server.options import Registration

NO_ACCESS, NO_PERMISSION, INVALID, UNKNOWN_ROLE = 50001, 50013, 50035, 10011


async def make(town: Town, name: str, **fields: object) -> Role:
    request = RoleRequest(name=name, permissions=Permissions(0), **fields)  # type: ignore[arg-type]  # a test's own words
    return await roles.create_role(town.ctx, town.ada, town.guild_id, request)


async def move(town: Town, who: str, *moves: tuple[Snowflake, int | None]) -> list[str] | int:
    """Move roles; return the names of all, lowest first."""
    result = await outcome(
        roles.move_roles(town.ctx, town.people[who], town.guild_id, [RolePosition(*wanted) for wanted in moves])
    )
    return result if isinstance(result, int) else [role.name for role in result]


async def test_every_role_gets_a_position_of_its_own(town: Town) -> None:
    low, high = await make(town, "low"), await make(town, "high")
    assert await move(town, "ada", (low.id, 2), (high.id, 3)) == ["@everyone", "mod", "low", "high"]
    assert sorted(row.position for row in town.state.roles.values()) == [0, 1, 2, 3]
    assert await move(town, "ada", (high.id, 1)) == ["@everyone", "high", "mod", "low"]
    assert await move(town, "ada", (high.id, 250)) == ["@everyone", "mod", "low", "high"]
    assert await move(town, "ada", (low.id, 1), (high.id, 1)) == ["@everyone", "low", "high", "mod"]
    assert sorted(row.position for row in (await town.ctx.store.load()).roles) == [0, 1, 2, 3]


async def test_only_what_moved_is_told_and_only_what_was_asked_for_is_noted(town: Town) -> None:
    low = await make(town, "low")
    await move(town, "ada", (low.id, 2))
    town.published.clear()
    await move(town, "ada", (low.id, 1))
    told = [codec.decode(event.body, RoleUpdate).role for event in town.told("GUILD_ROLE_UPDATE")]
    assert {role.name: role.position for role in told} == {"low": 1, "mod": 2}
    (noted,) = town.told("GUILD_AUDIT_LOG_ENTRY_CREATE")
    assert msgspec.json.decode(noted.body)["changes"] == [{"key": "position", "old_value": 2, "new_value": 1}]
    town.published.clear()
    await move(town, "ada", (low.id, 1))
    await move(town, "ada")
    await move(town, "ada", (low.id, None), (Snowflake(town.guild_id), 5))
    assert not town.published


async def test_nothing_moves_to_where_one_stands_or_above(town: Town) -> None:
    low, lower, high = await make(town, "low"), await make(town, "lower"), await make(town, "high")
    before = await move(town, "ada", (lower.id, 1), (low.id, 2), (town.mod_role, 3), (high.id, 4))
    assert before == ["@everyone", "lower", "low", "mod", "high"]
    assert await move(town, "mod", (lower.id, 2)) == ["@everyone", "low", "lower", "mod", "high"]
    for target in (lower.id, town.mod_role, high.id):
        for position in (1, 3, 4, 250):
            if target == lower.id and position == 1:
                continue
            result = await move(town, "mod", (target, position))
            is_in_place = town.state.roles[target].position == min(position, 4)
            assert (result == NO_PERMISSION) != is_in_place, (target, position)
    assert await move(town, "mod", (Snowflake(5), 1)) == UNKNOWN_ROLE
    assert await move(town, "mod", (lower.id, 0)) == INVALID
    assert await move(town, "bob", (lower.id, 1)) == NO_PERMISSION
    assert await move(town, "eve", (lower.id, 1)) == NO_ACCESS


async def test_colours_are_one_two_or_the_holographic_three(town: Town) -> None:
    made = await make(town, "gradient", colors=RoleColors(primary_color=1, secondary_color=2))
    assert (made.color, made.colors) == (1, RoleColors(primary_color=1, secondary_color=2))
    shiny = RoleColors(primary_color=11127295, secondary_color=16759788, tertiary_color=16761760)
    assert (await make(town, "shiny", colors=shiny)).colors == shiny
    for colors in (
        RoleColors(primary_color=1, secondary_color=2, tertiary_color=3),
        RoleColors(primary_color=0x1000000),
        RoleColors(primary_color=1, secondary_color=-1),
    ):
        with refused(INVALID):
            await make(town, "wrong", colors=colors)
    stored = {row.name: row for row in (await town.ctx.store.load()).roles}
    assert (stored["shiny"].secondary_color, stored["shiny"].tertiary_color) == (16759788, 16761760)


async def test_a_role_has_a_picture_or_an_emoji_as_its_icon(town: Town) -> None:
    made = await make(town, "painters", icon=data_uri(picture()))
    assert made.icon is not None
    found = await town.ctx.store.read_image("role-icons", made.id)
    assert found is not None
    assert (found.hash, found.guild_id) == (made.icon, town.guild_id)

    async def edit(**fields: object) -> Role:
        request = RoleRequest(**fields)  # type: ignore[arg-type]  # a test's own words
        return await roles.edit_role(town.ctx, town.ada, town.guild_id, made.id, request)

    lit = await edit(unicode_emoji="\U0001f525")
    assert (lit.icon, lit.unicode_emoji) == (None, "\U0001f525")
    assert await town.ctx.store.read_image("role-icons", made.id) is None
    drawn = await edit(icon=data_uri(animation(), "gif"))
    assert (drawn.icon is not None, drawn.unicode_emoji) == (True, None)
    assert (await edit(name="artists")).icon == drawn.icon
    assert (await edit(icon=None)).icon is None
    for wrong in ({"unicode_emoji": "abc"}, {"unicode_emoji": "\U0001f525" * 17}, {"icon": "data:x"}):
        with refused(INVALID):
            await edit(**wrong)


async def test_everyone_has_no_name_colour_or_icon_of_its_own(town: Town) -> None:
    request = RoleRequest(name="x", color=5, hoist=True, unicode_emoji="\U0001f525", mentionable=True)
    edited = await roles.edit_role(town.ctx, town.ada, town.guild_id, town.guild_id, request)
    assert (edited.name, edited.color, edited.hoist, edited.unicode_emoji) == ("@everyone", 0, False, None)


async def test_a_role_of_many_leaves_them_some_at_a_time(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roles, "FREED_AT_ONCE", 2)
    role = await make(town, "all")
    for name in ("ada", "mod", "bob", "hush"):
        await roles.add_member_role(town.ctx, town.ada, town.guild_id, town.people[name].user_id, role.id)
    town.published.clear()
    await roles.delete_role(town.ctx, town.ada, town.guild_id, role.id)
    names = [event.name for event in town.published]
    updated = ["GUILD_MEMBER_UPDATE"] * 2
    assert names == [*updated, "GUILD_ROLE_DELETE", *updated, "GUILD_AUDIT_LOG_ENTRY_CREATE"]
    assert all(role.id not in member.role_ids for member in town.state.members.values())
    assert all(role.id not in member.role_ids for member in (await town.ctx.store.load()).members)


async def test_members_are_counted_by_role(town: Town) -> None:
    empty = await make(town, "nobody")
    counts = await roles.count_members(town.ctx, town.bob, town.guild_id)
    assert counts == {str(int(town.mod_role)): 1, str(int(empty.id)): 0}
    with refused(NO_ACCESS):
        await roles.count_members(town.ctx, town.eve, town.guild_id)


async def test_a_bots_own_role_says_whose_it_is(town: Town) -> None:
    bot = await applications.create_application(town.ctx, town.ada, applications.CreateApplicationRequest(name="Bot"))
    await applications.authorize_bot(town.ctx, town.ada, bot.id, town.guild_id, 8)
    shown = next(role for role in (await town.guild()).roles if role.managed)
    assert shown.tags is not msgspec.UNSET
    assert shown.tags.bot_id == bot.id
    with refused(50028):
        await roles.delete_role(town.ctx, town.ada, town.guild_id, shown.id)


def rank(state: GuildState, user_id: int) -> tuple[int, int]:
    return (1 << 30, 0) if user_id == state.row.owner_id else state.top_role(user_id)


ACTIONS = ("give", "take", "edit", "delete", "move", "roles", "nick", "timeout", "kick", "ban", "create")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("mod", "bob", "hush")),
        st.sampled_from(ACTIONS),
        st.sampled_from(("ada", "mod", "bob", "hush")),
        st.integers(0, 5),
        st.sampled_from((0, 1, 2, 4)),
        st.sampled_from(sorted(BITS.values())),
    ),
    max_size=12,
)


async def act(
    town: Town, actor: Actor, action: str, whom: int, role_ids: list[Snowflake], pick: int, position: int, bit: int
) -> None:
    ctx, guild_id = town.ctx, town.guild_id
    role_id = role_ids[pick % len(role_ids)]
    permissions = Permissions(1 << bit)
    match action:
        case "give":
            await roles.add_member_role(ctx, actor, guild_id, whom, role_id)
        case "take":
            await roles.remove_member_role(ctx, actor, guild_id, whom, role_id)
        case "edit":
            await roles.edit_role(ctx, actor, guild_id, role_id, RoleRequest(permissions=permissions))
        case "delete":
            await roles.delete_role(ctx, actor, guild_id, role_id)
        case "move":
            await roles.move_roles(ctx, actor, guild_id, [RolePosition(role_id, position + 1)])
        case "roles":
            wanted = [held for held in role_ids[: pick + 1] if held != guild_id]
            await members.edit_member(ctx, actor, guild_id, whom, EditMemberRequest(roles=wanted))
        case "nick":
            await members.edit_member(ctx, actor, guild_id, whom, EditMemberRequest(nick=f"n{pick}"))
        case "timeout":
            request = EditMemberRequest(communication_disabled_until="2999-01-01T00:00:00+00:00" if pick else None)
            await members.edit_member(ctx, actor, guild_id, whom, request)
        case "kick":
            await members.kick_member(ctx, actor, guild_id, whom)
        case "ban":
            await bans.ban_user(ctx, actor, guild_id, whom, BanRequest())
        case _:
            await roles.create_role(ctx, actor, guild_id, RoleRequest(permissions=permissions))


async def climb(path: Path, steps: Iterable[tuple[str, str, str, int, int, int]]) -> None:
    """Let everybody but the owner try everything with every permission but ADMINISTRATOR; check that nobody rises."""
    clock = Clock()
    town = Town(await open_server(path, [], clock, Registration.INVITE), [], clock)
    try:
        await town.settle()
        everything = Permissions(ALL & ~Permissions.ADMINISTRATOR)
        for name in ("hush", "bob", "mod"):
            await town.give_role(name, everything & ~Permissions.BAN_MEMBERS if name == "hush" else everything)
            (held,) = [row.id for row in town.state.roles.values() if row.name == name][-1:]
            await roles.move_roles(town.ctx, town.ada, town.guild_id, [RolePosition(held, 250)])
        state = town.state
        for who, action, whom_name, pick, position, bit in steps:
            actor, whom = town.people[who], town.people[whom_name].user_id
            if not state.has_member(actor.user_id):
                continue
            own_rank = rank(state, actor.user_id)
            own = state.permissions(actor.user_id, clock.ms)
            outranked = {user_id for user_id in state.members if rank(state, user_id) < own_rank}
            rows = {role_id: row for role_id, row in state.roles.items() if state.rank(role_id) >= own_rank}
            below = [role_id for role_id in state.roles if state.rank(role_id) < own_rank]
            before = {user_id: (row, state.permissions(user_id, clock.ms)) for user_id, row in state.members.items()}
            order = sorted(rows, key=state.rank)
            role_ids = sorted(map(Snowflake, state.roles))
            await outcome(act(town, actor, action, whom, role_ids, pick, position, bit))
            # What stands at or above the actor is as it was, and in the same order.
            for role_id, row in rows.items():
                kept = state.roles[role_id]
                assert msgspec.structs.replace(kept, position=row.position) == row
            assert sorted(rows, key=state.rank) == order
            # Whoever stands at or above is still a member and was not touched, but for one's own nickname and lower roles.
            for user_id, (member, permissions) in before.items():
                if user_id in outranked or user_id == actor.user_id:
                    continue
                assert user_id in state.members
                now = state.members[user_id]
                assert (now.nick, now.timeout_until_ms) == (member.nick, member.timeout_until_ms)
                assert state.permissions(user_id, clock.ms) & permissions & ~own == permissions & ~own
            # Nobody got a permission that the actor has not.
            for user_id, (_, permissions) in before.items():
                if user_id in state.members:
                    assert not state.permissions(user_id, clock.ms) & ~permissions & ~own
            # And what stood below still stands below.
            if state.has_member(actor.user_id):
                assert all(
                    state.rank(role_id) < rank(state, actor.user_id) for role_id in below if role_id in state.roles
                )
    finally:
        await town.ctx.store.close()
        town.ctx.accounts.close()
        town.ctx.pictures.close()


@settings(
    max_examples=15,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # each example is a server of its own: too slow to be made smaller
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=STEPS)
def test_nobody_rises_above_oneself(
    tmp_path_factory: pytest.TempPathFactory, founded_database: Path, steps: list[tuple[str, str, str, int, int, int]]
) -> None:
    path = tmp_path_factory.mktemp("climb") / "tuichat.sqlite"
    shutil.copy(founded_database, path)
    asyncio.run(climb(path, steps))
