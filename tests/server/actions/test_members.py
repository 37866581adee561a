"""Members and roles: hierarchy, nicknames, timeouts, kicks, and op 8."""

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tests.server.files.pictures_drawn import data_uri, picture
from tuichat.protocol import codec
from tuichat.protocol.dispatch.guild import RoleCreate, RoleDelete, RoleUpdate
from tuichat.protocol.dispatch.member import MemberUpdate
from tuichat.protocol.guild import Member, RoleColors
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import OverwriteRequest
from tuichat.protocol.rest.guild import CreateInviteRequest, RoleRequest
from tuichat.protocol.rest.member import EditMemberRequest, EditOwnMemberRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import guilds, invites, members, overwrites, presence, roles
from tuichat.server.actions.context import Actor
from tuichat.server.actions.guild_cache import GuildCache

UNKNOWN_MEMBER, UNKNOWN_ROLE, NO_ACCESS, NO_PERMISSION, INVALID, MAX_ROLES = 10007, 10011, 50001, 50013, 50035, 30005
INVALID_ROLE = 50028


async def edit(town: Town, who: str, whom: str, **fields: object) -> Member | int:
    request = msgspec.convert(fields, EditMemberRequest)
    return await outcome(
        members.edit_member(town.ctx, town.people[who], town.guild_id, town.people[whom].user_id, request)
    )


@pytest.mark.parametrize(
    ("who", "whom", "expected"),
    [
        ("ada", "bob", None), ("mod", "bob", None), ("mod", "ada", NO_PERMISSION), ("bob", "bob", None),
        ("bob", "mod", NO_PERMISSION), ("hush", "hush", NO_PERMISSION), ("eve", "bob", NO_ACCESS),
        ("ada", "eve", UNKNOWN_MEMBER), ("ada", "ada", None),
    ],
)  # fmt: skip
async def test_who_may_nickname_whom(town: Town, who: str, whom: str, expected: int | None) -> None:
    result = await edit(town, who, whom, nick="  Nick\u200b\u202e ")
    assert (result if isinstance(result, int) else None) == expected
    if isinstance(result, Member):
        assert result.nick == "Nick"
        (event,) = town.told("GUILD_MEMBER_UPDATE")
        assert codec.decode(event.body, MemberUpdate).nick == "Nick"
        assert event.author_id == town.people[whom].user_id


@pytest.mark.parametrize("nick", ["x" * 33, "everyone", "\u202e", "ⓔveryone"])
async def test_wrong_nicknames_are_refused(town: Town, nick: str) -> None:
    assert await edit(town, "bob", "bob", nick=nick) == INVALID


@pytest.mark.parametrize("nick", [None, "", "  "])
async def test_an_empty_nickname_takes_it_away(town: Town, nick: str | None) -> None:
    await edit(town, "bob", "bob", nick="B")
    result = await edit(town, "bob", "bob", nick=nick)
    assert isinstance(result, Member)
    assert result.nick is None


async def test_ones_own_nickname_has_a_route_of_its_own(town: Town) -> None:
    shown = await members.edit_own_member(town.ctx, town.bob, town.guild_id, EditOwnMemberRequest(nick="B"))
    assert shown.nick == "B"


@pytest.mark.parametrize(
    ("who", "whom", "expected"),
    [("ada", "bob", None), ("mod", "bob", None), ("mod", "ada", NO_PERMISSION), ("mod", "mod", NO_PERMISSION),
     ("bob", "mod", NO_PERMISSION), ("hush", "bob", NO_PERMISSION), ("eve", "bob", NO_ACCESS)],
)  # fmt: skip
async def test_who_may_kick_whom(town: Town, who: str, whom: str, expected: int | None) -> None:
    kick = members.kick_member(town.ctx, town.people[who], town.guild_id, town.people[whom].user_id)
    assert await outcome(kick) == expected
    assert town.state.has_member(town.people[whom].user_id) == (expected is not None)


async def test_a_timeout_lasts_up_to_28_days_and_binds_no_administrator(town: Town) -> None:
    def until(ms: int) -> str:
        return format_timestamp(town.clock.ms + ms)

    result = await edit(town, "mod", "bob", communication_disabled_until=until(60_000))
    assert isinstance(result, Member)
    assert result.communication_disabled_until == until(60_000)
    granted = town.state.permissions_in(town.bob.user_id, town.general, town.clock.ms)
    assert granted == Permissions.VIEW_CHANNEL | Permissions.READ_MESSAGE_HISTORY
    town.clock.ms += 60_000
    assert town.state.permissions_in(town.bob.user_id, town.general, town.clock.ms) & Permissions.SEND_MESSAGES
    assert await edit(town, "ada", "bob", communication_disabled_until=until(28 * 86_400_000 + 1)) == INVALID
    assert await edit(town, "ada", "bob", communication_disabled_until="tomorrow") == INVALID
    assert await edit(town, "mod", "ada", communication_disabled_until=until(1000)) == NO_PERMISSION
    assert await edit(town, "bob", "mod", communication_disabled_until=until(1000)) == NO_PERMISSION
    await town.give_role("bob", Permissions.ADMINISTRATOR)
    assert await edit(town, "ada", "bob", communication_disabled_until=until(1000)) == NO_PERMISSION
    ended = await edit(town, "mod", "hush", communication_disabled_until=None)
    assert isinstance(ended, Member)
    assert ended.communication_disabled_until is None


async def test_roles_are_given_below_ones_own_only(town: Town) -> None:
    low = await roles.create_role(
        town.ctx, town.ada, town.guild_id, RoleRequest(name="low", permissions=Permissions(0))
    )
    mod, bob = town.people["mod"], town.bob.user_id
    await roles.add_member_role(town.ctx, mod, town.guild_id, bob, low.id)
    assert town.state.members[bob].role_ids == (low.id,)
    with refused(NO_PERMISSION):
        await roles.add_member_role(town.ctx, mod, town.guild_id, bob, town.mod_role)
    assert await edit(town, "mod", "bob", roles=[town.mod_role]) == NO_PERMISSION
    assert await edit(town, "bob", "bob", roles=[]) == NO_PERMISSION
    assert await edit(town, "mod", "bob", roles=[Snowflake(5)]) == UNKNOWN_ROLE
    taken = await edit(town, "mod", "bob", roles=[])
    assert isinstance(taken, Member)
    assert taken.roles == []
    with refused(UNKNOWN_ROLE):
        await roles.add_member_role(town.ctx, mod, town.guild_id, bob, 5)
    with refused(UNKNOWN_MEMBER):
        await roles.add_member_role(town.ctx, mod, town.guild_id, 5, low.id)
    with refused(INVALID_ROLE):
        await roles.add_member_role(town.ctx, town.ada, town.guild_id, bob, town.guild_id)
    await roles.remove_member_role(town.ctx, town.ada, town.guild_id, mod.user_id, town.mod_role)
    assert not town.state.permissions(mod.user_id, town.clock.ms) & Permissions.KICK_MEMBERS


@pytest.mark.parametrize(
    ("who", "expected"),
    [("ada", None), ("mod", None), ("bob", NO_PERMISSION), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)],
)
async def test_who_may_make_roles(town: Town, who: str, expected: int | None) -> None:
    request = RoleRequest(name="r", permissions=Permissions.SEND_MESSAGES, colors=RoleColors(primary_color=0xFF0000))
    made = await outcome(roles.create_role(town.ctx, town.people[who], town.guild_id, request))
    assert (made if isinstance(made, int) else None) == expected
    if not isinstance(made, int):
        assert (made.color, made.colors.primary_color, made.name) == (0xFF0000, 0xFF0000, "r")
        told = codec.decode(town.told("GUILD_ROLE_CREATE")[0].body, RoleCreate)
        assert (told.guild_id, told.role) == (town.guild_id, made)


async def test_nobody_grants_what_he_lacks(town: Town) -> None:
    mod = town.people["mod"]
    for bits in (Permissions.ADMINISTRATOR, Permissions.BAN_MEMBERS):
        with refused(NO_PERMISSION):
            await roles.create_role(town.ctx, mod, town.guild_id, RoleRequest(permissions=bits))
    low = await roles.create_role(town.ctx, mod, town.guild_id, RoleRequest(permissions=Permissions(0)))
    with refused(NO_PERMISSION):
        await roles.edit_role(town.ctx, mod, town.guild_id, low.id, RoleRequest(permissions=Permissions.BAN_MEMBERS))
    with refused(NO_PERMISSION):
        await roles.edit_role(town.ctx, mod, town.guild_id, town.mod_role, RoleRequest(name="mine"))
    edited = await roles.edit_role(town.ctx, mod, town.guild_id, low.id, RoleRequest(name="lower", hoist=True))
    assert (edited.name, edited.hoist) == ("lower", True)
    assert codec.decode(town.told("GUILD_ROLE_UPDATE")[-1].body, RoleUpdate).role == edited


async def test_a_deleted_role_leaves_members_and_overwrites(town: Town) -> None:
    await overwrites.set_overwrite(
        town.ctx, town.ada, town.general, town.mod_role, OverwriteRequest(id=town.mod_role, type=0)
    )
    town.published.clear()
    await roles.delete_role(town.ctx, town.ada, town.guild_id, town.mod_role)
    assert [event.name for event in town.published] == [
        "GUILD_ROLE_DELETE", "GUILD_MEMBER_UPDATE", "CHANNEL_UPDATE", "GUILD_AUDIT_LOG_ENTRY_CREATE",
    ]  # fmt: skip
    assert codec.decode(town.published[0].body, RoleDelete).role_id == town.mod_role
    snapshot = await town.ctx.store.load()
    assert all(town.mod_role not in member.role_ids for member in snapshot.members)
    assert all(not channel.overwrites for channel in snapshot.channels)
    with refused(UNKNOWN_ROLE):
        await roles.get_role(town.ctx, town.ada, town.guild_id, town.mod_role)
    with refused(INVALID_ROLE):
        await roles.delete_role(town.ctx, town.ada, town.guild_id, town.guild_id)


async def test_250_roles_and_no_more(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roles, "MAX_ROLES", 3)
    await roles.create_role(town.ctx, town.ada, town.guild_id, RoleRequest())
    with refused(MAX_ROLES) as caught:
        await roles.create_role(town.ctx, town.ada, town.guild_id, RoleRequest())
    assert b"(3)" in caught.value.encode()


async def test_a_member_who_gets_to_see_a_channel_is_told(town: Town) -> None:
    hide = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, town.guild_id, hide)
    key = await roles.create_role(town.ctx, town.ada, town.guild_id, RoleRequest(permissions=Permissions(0)))
    show = OverwriteRequest(id=key.id, type=0, allow=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, key.id, show)
    presence.session_opened(town.ctx, town.bob, "s")
    town.published.clear()
    await roles.add_member_role(town.ctx, town.ada, town.guild_id, town.bob.user_id, key.id)
    assert [event.name for event in town.published][:2] == ["CHANNEL_CREATE", "GUILD_MEMBER_UPDATE"]
    assert town.published[0].user_ids == frozenset({town.bob.user_id})
    town.published.clear()
    await roles.delete_role(town.ctx, town.ada, town.guild_id, key.id)
    assert [event.name for event in town.published][:2] == ["CHANNEL_DELETE", "GUILD_ROLE_DELETE"]


async def test_an_administrator_role_shows_everything_at_once(town: Town) -> None:
    hide = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, town.channel("General"), town.guild_id, hide)
    presence.session_opened(town.ctx, town.people["mod"], "s")
    town.published.clear()
    await roles.edit_role(
        town.ctx, town.ada, town.guild_id, town.mod_role, RoleRequest(permissions=Permissions.ADMINISTRATOR)
    )
    assert [event.name for event in town.published][:2] == ["CHANNEL_CREATE", "GUILD_ROLE_UPDATE"]


async def test_lists_and_searches(town: Town) -> None:
    async def names(**query: int) -> list[str]:
        return [m.user.username for m in await members.list_members(town.ctx, town.bob, town.guild_id, **query)]

    assert await names(limit=1000) == ["ada", "mod", "bob", "hush"]
    assert await names(limit=2, after=town.ada.user_id) == ["mod", "bob"]
    for limit in (0, 1001):
        with refused(INVALID):
            await names(limit=limit)
    await edit(town, "ada", "hush", nick="Börse")
    found = await members.search_members(town.ctx, town.bob, town.guild_id, "BÖ", 10)
    assert [member.user.username for member in found] == ["hush"]
    with refused(UNKNOWN_MEMBER, 404):
        await members.get_member(town.ctx, town.bob, town.guild_id, town.eve.user_id)
    with refused(NO_ACCESS):
        await members.get_member(town.ctx, town.eve, town.guild_id, town.bob.user_id)


async def test_a_bot_lists_members_with_the_intent_only(town: Town) -> None:
    with refused(NO_ACCESS):
        await members.list_members(town.ctx, Actor(town.bob.user_id, is_bot=True), town.guild_id)
    bot = Actor(town.bob.user_id, is_bot=True, application_flags=1 << 15)
    assert len(await members.list_members(town.ctx, bot, town.guild_id, limit=10)) == 4


async def test_op_8_answers_in_chunks(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(members, "CHUNK_SIZE", 3)
    presence.session_opened(town.ctx, town.ada, "s")
    chunks = list(
        await members.query_members(town.ctx, town.bob, town.guild_id, query="", with_presences=True, nonce="abc")
    )
    assert [(chunk.chunk_index, chunk.chunk_count, len(chunk.members)) for chunk in chunks] == [(0, 2, 3), (1, 2, 1)]
    assert {chunk.nonce for chunk in chunks} == {"abc"}
    assert [len(chunk.presences) for chunk in chunks if isinstance(chunk.presences, list)] == [1, 0]


async def test_op_8_by_id_and_by_name(town: Town) -> None:
    (by_id,) = await members.query_members(
        town.ctx, town.bob, town.guild_id, user_ids=[town.ada.user_id, town.eve.user_id, town.ada.user_id]
    )
    assert [member.user.username for member in by_id.members] == ["ada"]
    assert by_id.not_found == [town.eve.user_id]
    (by_name,) = await members.query_members(town.ctx, town.bob, town.guild_id, query="mo", limit=5)
    assert [member.user.username for member in by_name.members] == ["mod"]
    (nobody,) = await members.query_members(town.ctx, town.bob, town.guild_id, query="zzz", limit=5)
    assert (nobody.members, nobody.chunk_count) == ([], 1)
    for limit in (0, -1):
        with refused(NO_ACCESS):
            await members.query_members(town.ctx, town.bob, town.guild_id, query="", limit=limit, may_list_all=False)
    with refused(NO_ACCESS):
        await members.query_members(town.ctx, town.eve, town.guild_id, query="a", limit=1)


async def test_an_account_lists_a_large_guild_only_with_a_permission(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "LISTED_TO_ALL", 3)
    with refused(NO_PERMISSION):
        await members.query_members(town.ctx, town.bob, town.guild_id)
    (chunk,) = await members.query_members(town.ctx, town.people["mod"], town.guild_id)
    assert len(chunk.members) == 4
    (chunk,) = await members.query_members(town.ctx, town.bob, town.guild_id, query="a")
    assert [member.user.username for member in chunk.members] == ["ada"]
    bot = await town.add_bot()
    (chunk,) = await members.query_members(town.ctx, bot, town.guild_id)
    assert len(chunk.members) == 5


def test_members_are_paged_in_order(town: Town) -> None:
    ids = sorted(town.state.members)
    assert [row.user_id for row in town.state.page_of_members(0, 2)] == ids[:2]
    assert [row.user_id for row in town.state.page_of_members(ids[1], 10)] == ids[2:]
    town.ctx.guilds.remove_member(town.state, ids[0])
    assert [row.user_id for row in town.state.page_of_members(0, 10)] == ids[1:]


async def test_a_member_looks_as_it_wants_to_in_each_guild(town: Town) -> None:
    request = EditOwnMemberRequest(nick="B", avatar=data_uri(picture()), bio=" about me ")
    shown = await members.edit_own_member(town.ctx, town.bob, town.guild_id, request)
    assert (shown.nick, shown.banner) == ("B", None)
    assert shown.avatar is not None
    found = await town.ctx.store.read_image("member-avatars", town.bob.user_id, town.guild_id)
    assert found is not None
    assert found.hash == shown.avatar
    (told,) = town.told("GUILD_MEMBER_UPDATE")
    assert codec.decode(told.body, MemberUpdate).avatar == shown.avatar
    row = next(row for row in (await town.ctx.store.load()).members if row.user_id == town.bob.user_id)
    assert (row.bio, row.avatar) == ("about me", shown.avatar)
    bare = await members.edit_own_member(
        town.ctx, town.bob, town.guild_id, EditOwnMemberRequest(avatar=None, bio="", banner=None)
    )
    assert (bare.avatar, bare.nick) == (None, "B")
    assert await town.ctx.store.read_image("member-avatars", town.bob.user_id, town.guild_id) is None
    for wrong in (EditOwnMemberRequest(bio="x" * 191), EditOwnMemberRequest(avatar="data:x")):
        assert await outcome(members.edit_own_member(town.ctx, town.bob, town.guild_id, wrong)) == INVALID
    await members.edit_own_member(town.ctx, town.people["hush"], town.guild_id, EditOwnMemberRequest(bio="still me"))
    with refused(NO_PERMISSION):
        await members.edit_own_member(town.ctx, town.people["hush"], town.guild_id, EditOwnMemberRequest(nick="H"))
    with refused(NO_ACCESS):
        await members.edit_own_member(town.ctx, town.eve, town.guild_id, EditOwnMemberRequest(bio="me"))


@pytest.mark.parametrize(
    ("who", "expected"),
    [("ada", None), ("mod", None), ("bob", NO_PERMISSION), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)],
)
async def test_one_flag_is_set_by_moderators(town: Town, who: str, expected: int | None) -> None:
    result = await edit(town, who, "bob", flags=0xFF)
    assert (result if isinstance(result, int) else None) == expected
    if isinstance(result, Member):
        assert result.flags == 4
        cleared = await edit(town, who, "bob", flags=0)
        assert isinstance(cleared, Member)
        assert cleared.flags == 0


@pytest.mark.parametrize("fields", [{"mute": True}, {"deaf": False}, {"channel_id": None}, {"channel_id": 5}])
async def test_nobody_is_in_voice(town: Town, fields: dict[str, object]) -> None:
    if isinstance(fields.get("channel_id"), int):
        fields = {"channel_id": Snowflake(5)}
    assert await edit(town, "ada", "bob", **fields) == 40032
    assert await edit(town, "bob", "mod", **fields) == NO_PERMISSION


async def test_leaving_and_coming_back_ends_no_timeout(town: Town) -> None:
    invite = await invites.create_invite(town.ctx, town.ada, town.general, CreateInviteRequest())

    async def come_back() -> str | None:
        await guilds.leave_guild(town.ctx, town.bob, town.guild_id)
        await invites.accept_invite(town.ctx, town.bob, invite.code)
        return (
            await members.get_member(town.ctx, town.bob, town.guild_id, town.bob.user_id)
        ).communication_disabled_until

    async def time_out(until: str | None) -> None:
        request = EditMemberRequest(communication_disabled_until=until)
        await members.edit_member(town.ctx, town.ada, town.guild_id, town.bob.user_id, request)

    until = format_timestamp(town.clock.ms + 60_000)
    await time_out(until)
    assert await come_back() == until
    await guilds.leave_guild(town.ctx, town.bob, town.guild_id)
    after_restart = GuildCache.of(await town.ctx.store.load()).get(town.guild_id)
    assert after_restart is not None
    assert after_restart.left_timeouts_ms == {town.bob.user_id: town.clock.ms + 60_000}
    await invites.accept_invite(town.ctx, town.bob, invite.code)
    await time_out(None)
    assert await come_back() is None
    await time_out(until)
    await guilds.leave_guild(town.ctx, town.bob, town.guild_id)
    town.clock.ms += 60_001
    await invites.accept_invite(town.ctx, town.bob, invite.code)
    assert town.state.members[town.bob.user_id].timeout_until_ms is None
