"""Accounts: registering, signing in and out, the personal server's sign-in, and Home."""

import asyncio
import base64
from pathlib import Path

import msgspec
import pytest

from tests.server.actions.conftest import PASSWORD, Clock, Town, open_server, outcome, refused
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.protocol import codec
from tuichat.protocol.dispatch.guild import GuildCreate
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.account import EditUserRequest, LoginRequest, RegisterRequest
from tuichat.protocol.rest.guild import CreateInviteRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server import accounts
from tuichat.server.actions import auth, guilds, home, invites, messages, users
from tuichat.server.actions.admin import AdminRequest, CreateAccount, ResetPassword, execute
from tuichat.server.actions.context import Actor
from tuichat.server.options import Registration

INVALID, CLOSED, UNKNOWN_USER = 50035, 40001, 10013
PEER = "203.0.113.7"


def wanted(username: str, **more: str) -> RegisterRequest:
    return msgspec.convert({"username": username, "password": PASSWORD, **more}, RegisterRequest)


async def test_who_registers_can_sign_in(empty: Town) -> None:
    made = await auth.register(empty.ctx, wanted("Ada.L"), peer=PEER)
    actor = await empty.ctx.accounts.authenticate(made.token)
    assert actor is not None
    assert not actor.is_bot
    assert (await users.get_me(empty.ctx, actor)).username == "ada.l"
    again = await auth.login(empty.ctx, LoginRequest(login="ADA.L", password=PASSWORD), peer=PEER)
    assert again.user_id == actor.user_id
    assert again.token != made.token
    assert base64.b64decode(again.token.split(".")[0] + "==") == str(actor.user_id).encode()


async def test_an_invite_makes_the_account_and_the_membership_at_once(town: Town) -> None:
    code = (await invites.create_invite(town.ctx, town.ada, town.general, CreateInviteRequest(max_uses=1))).code
    town.published.clear()
    made = await auth.register(town.ctx, wanted("frank", invite=code, global_name="Frank F."), peer=PEER)
    assert [event.name for event in town.published] == [
        "GUILD_MEMBER_ADD",
        "GUILD_CREATE",
        "MESSAGE_CREATE",
        "INVITE_DELETE",
    ]
    assert codec.decode(town.published[1].body, GuildCreate).id == town.guild_id
    frank = await town.ctx.accounts.authenticate(made.token)
    assert frank is not None
    assert town.state.has_member(frank.user_id)
    assert town.ctx.users.wire(frank.user_id).display_name == "Frank F."
    with refused(INVALID) as caught:
        await auth.register(town.ctx, wanted("grace", invite=code), peer=PEER)
    assert b"invite" in caught.value.encode()
    assert town.ctx.users.find("grace") is None


async def test_registration_by_invite_wants_one(town: Town) -> None:
    for request in (wanted("frank"), wanted("frank", invite="nonesuch")):
        with refused(INVALID) as caught:
            await auth.register(town.ctx, request, peer=PEER)
        assert b'"invite"' in caught.value.encode()


async def test_closed_registration_says_so(tmp_path: Path) -> None:
    ctx = await open_server(tmp_path / DATABASE_NAME, [], Clock(), Registration.CLOSED)
    with refused(CLOSED, 403):
        await auth.register(ctx, wanted("frank"), peer=PEER)
    await ctx.store.close()


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (RegisterRequest(username="frank"), b"password"),
        (wanted("frank", password="x" * 7), b"password"),
        (wanted("frank", password="x" * 73), b"password"),
        (wanted("f"), b"username"),
        (wanted("x" * 33), b"username"),
        (wanted("fra nk"), b"username"),
        (wanted("fra\u200bnk"), b"username"),
        (wanted("f\u202erank"), b"username"),
        (wanted("everyone"), b"username"),
        (wanted("frаnk"), b"username"),  # a Cyrillic а among Latin letters
        (wanted("frank", global_name="\u200b\u202e"), b"global_name"),
        (RegisterRequest(password=PASSWORD), b"username"),
    ],
)
async def test_wrong_fields_are_named(empty: Town, request_: RegisterRequest, field: bytes) -> None:
    with refused(INVALID, 400) as caught:
        await auth.register(empty.ctx, request_, peer=PEER)
    assert b'"%s"' % field in caught.value.encode()
    assert empty.ctx.users.all() == []


@pytest.mark.parametrize("imitation", ["ada", "ADA", "ａｄａ", "аԁа", "Ada"])
async def test_a_name_is_unique_as_it_looks(empty: Town, imitation: str) -> None:
    await auth.register(empty.ctx, wanted("ada"), peer=PEER)
    with refused(INVALID) as caught:
        await auth.register(empty.ctx, wanted(imitation), peer=PEER)
    assert b"USERNAME_ALREADY_TAKEN" in caught.value.encode()


async def test_the_same_name_at_once_is_one_account(empty: Town) -> None:
    results = await asyncio.gather(*(outcome(auth.register(empty.ctx, wanted("ada"), peer=PEER)) for _ in range(4)))
    assert [result for result in results if isinstance(result, int)] == [INVALID] * 3
    assert len((await empty.ctx.store.load()).users) == 1


@pytest.mark.parametrize("password", ["p" * 8, "\U0001f600" * 72, "  spaces  count  ", "pässwörd\u0301"])
async def test_passwords_may_be_of_any_characters(empty: Town, password: str) -> None:
    await auth.register(empty.ctx, wanted("ada", password=password), peer=PEER)
    await auth.login(empty.ctx, LoginRequest(login="ada", password=password), peer=PEER)
    with refused(INVALID):
        await auth.login(empty.ctx, LoginRequest(login="ada", password=password.strip() + "x"), peer=PEER)


async def test_an_unknown_name_and_a_wrong_password_are_answered_alike(town: Town) -> None:
    bodies = []
    for login in ("ada", "nobody", "\u202e", ""):
        with refused(INVALID, 400) as caught:
            await auth.login(town.ctx, LoginRequest(login=login, password="wrong password"), peer=PEER)
        bodies.append(caught.value.encode())
    assert len(set(bodies)) == 1
    assert bodies[0].count(b"INVALID_LOGIN") == 2


async def test_ten_wrong_passwords_close_an_account_for_a_while(town: Town) -> None:
    async def log_in(password: str, peer: str) -> object:
        return await outcome(auth.login(town.ctx, LoginRequest(login="ada", password=password), peer=peer))

    for number in range(accounts.LOGIN_BURST):
        assert await log_in("wrong password", f"203.0.113.{number}") == INVALID
    with refused(0, 429) as caught:
        await auth.login(town.ctx, LoginRequest(login="Ada", password=PASSWORD), peer="198.51.100.1")
    assert caught.value.retry_after_s == pytest.approx(30, abs=1)
    town.clock.ms += 30_000
    for _ in range(3):
        assert not isinstance(await log_in(PASSWORD, "198.51.100.1"), int)  # the right one uses nothing up


async def test_many_tries_at_the_same_instant_do_not_pass_together(town: Town) -> None:
    tries = [
        outcome(auth.login(town.ctx, LoginRequest(login="ada", password=f"wrong {number}"), peer="203.0.113.1"))
        for number in range(40)
    ]
    results = await asyncio.gather(*tries)
    assert results.count(INVALID) == accounts.LOGIN_BURST


async def test_one_address_guesses_slowly_over_all_accounts(town: Town) -> None:
    codes = [
        await outcome(auth.login(town.ctx, LoginRequest(login=f"name{number}", password="wrong word"), peer=PEER))
        for number in range(accounts.LOGIN_BURST * 3 + 1)
    ]
    assert codes[-2:] == [INVALID, 0]
    with refused(INVALID):  # another address is not slowed
        await auth.login(town.ctx, LoginRequest(login="name0", password="wrong word"), peer="198.51.100.1")


async def test_signing_out_makes_the_token_useless_and_tells_its_sessions(empty: Town) -> None:
    made = await auth.register(empty.ctx, wanted("ada"), peer=PEER)
    other = await auth.login(empty.ctx, LoginRequest(login="ada", password=PASSWORD), peer=PEER)
    revoked: list[tuple[int, int | None]] = []
    empty.ctx.accounts.on_revoked(lambda user_id, token_id: revoked.append((user_id, token_id)))
    actor = await empty.ctx.accounts.authenticate(made.token)
    assert actor is not None
    await auth.logout(empty.ctx, actor)
    assert await empty.ctx.accounts.authenticate(made.token) is None
    assert await empty.ctx.accounts.authenticate(other.token) is not None
    assert revoked == [(actor.user_id, actor.token_id)]


async def test_the_personal_sign_in_makes_an_account_in_home(empty: Town) -> None:
    made = await auth.sign_in_local(empty.ctx, display_name="Ada Lovelace")
    actor = await empty.ctx.accounts.authenticate(made.token)
    assert actor is not None
    me = await users.get_me(empty.ctx, actor)
    assert (me.username, me.global_name) == ("ada_lovelace", "Ada Lovelace")
    (guild,) = await guilds.list_my_guilds(empty.ctx, actor)
    assert (guild.name, guild.owner) == ("Home", True)
    state = empty.ctx.guilds.get(guild.id)
    assert state is not None
    kinds = sorted((row.type, row.name) for row in state.channels.values() if row.type != 4)
    assert kinds == [(0, "general"), (0, "random"), (2, "Lounge"), (13, "Stage")]
    general = next(row.id for row in state.channels.values() if row.name == "general")
    (welcome,) = await messages.list_messages(empty.ctx, actor, general)
    assert (welcome.author.username, welcome.author.system, welcome.author.bot) == ("tuichat", True, True)
    for key, does in home.FIVE_KEYS:
        assert f"`{key}` {does}" in welcome.content
    assert len(home.FIVE_KEYS) == 5


async def test_a_second_person_joins_the_same_home(empty: Town) -> None:
    first, second = await asyncio.gather(
        auth.sign_in_local(empty.ctx, display_name="Ada"), auth.sign_in_local(empty.ctx, display_name="Bob")
    )
    assert len(empty.ctx.guilds) == 1
    (state,) = empty.ctx.guilds.all()
    assert set(state.members) == {first.user_id, second.user_id}
    third = await auth.sign_in_local(empty.ctx, display_name="Ada")
    assert empty.ctx.users.wire(third.user_id).display_name == "Ada 2"


@pytest.mark.parametrize("name", ["ada", "ＡＤＡ", "Аda", "A\u200bda", " Ada "])
async def test_an_imitating_display_name_gets_a_number(empty: Town, name: str) -> None:
    await auth.sign_in_local(empty.ctx, display_name="Ada")
    made = await auth.sign_in_local(empty.ctx, display_name=name)
    assert empty.ctx.users.wire(made.user_id).display_name.endswith(" 2")


@pytest.mark.parametrize("name", ["山田", "Ёлка", "!!!", "x" * 32, "e\u0301" * 10, "🎉"])
async def test_any_visible_name_will_do(empty: Town, name: str) -> None:
    for _ in range(3):
        await auth.sign_in_local(empty.ctx, display_name=name)
    assert len({row.username for row in empty.ctx.users.all()}) == 4  # and tuichat itself


async def test_an_account_is_signed_in_to_again_by_its_id(empty: Town) -> None:
    made = await auth.sign_in_local(empty.ctx, display_name="Ada")
    again = await auth.sign_in_local(empty.ctx, user_id=made.user_id)
    assert again.user_id == made.user_id
    assert again.token != made.token
    for unknown in (5, empty.ctx.users.find("tuichat").id):  # type: ignore[union-attr]  # it is there
        with refused(UNKNOWN_USER):
            await auth.sign_in_local(empty.ctx, user_id=unknown)


async def test_who_left_home_stays_out_and_a_deleted_home_is_made_anew(empty: Town) -> None:
    made = await auth.sign_in_local(empty.ctx, display_name="Ada")
    bob = await auth.sign_in_local(empty.ctx, display_name="Bob")
    ada = await empty.ctx.accounts.authenticate(made.token)
    assert ada is not None
    (state,) = empty.ctx.guilds.all()
    actor = await empty.ctx.accounts.authenticate(bob.token)
    assert actor is not None
    await guilds.leave_guild(empty.ctx, actor, state.id)
    await auth.sign_in_local(empty.ctx, user_id=actor.user_id)
    assert not state.has_member(actor.user_id)
    await guilds.delete_guild(empty.ctx, ada, state.id)
    carol = await auth.sign_in_local(empty.ctx, display_name="Carol")
    (anew,) = empty.ctx.guilds.all()
    assert list(anew.members) == [carol.user_id]


async def test_from_home_to_a_team_everything_is_kept(empty: Town, tmp_path: Path) -> None:
    made = await auth.sign_in_local(empty.ctx, display_name="Ada")
    with refused(INVALID):  # no password opens an account that has none
        await auth.login(empty.ctx, LoginRequest(login="ada", password=PASSWORD), peer=PEER)
    await empty.ctx.store.close()
    team = await open_server(tmp_path / DATABASE_NAME, [], empty.clock, Registration.INVITE)
    actor = await team.accounts.authenticate(made.token)
    assert actor is not None
    await execute(team, AdminRequest(ResetPassword("Ada", PASSWORD)))
    assert await team.accounts.authenticate(made.token) is None
    signed_in = await auth.login(team, LoginRequest(login="ada", password=PASSWORD), peer=PEER)
    assert signed_in.user_id == made.user_id
    assert [guild.name for guild in await guilds.list_my_guilds(team, actor)] == ["Home"]
    assert team.store.server_id == empty.ctx.store.server_id
    await team.store.close()
    team.accounts.close()


async def test_names_change_for_all_who_know_them(town: Town) -> None:
    me = await users.edit_me(town.ctx, town.bob, EditUserRequest(username="Robert", global_name="  Bob\u202e  B "))
    assert (me.username, me.global_name) == ("robert", "Bob B")
    assert [event.name for event in town.published] == ["GUILD_MEMBER_UPDATE", "USER_UPDATE"]
    assert town.published[1].user_ids == frozenset({town.bob.user_id})
    assert b'"robert"' in town.published[0].body
    with refused(INVALID):
        await users.edit_me(town.ctx, town.bob, EditUserRequest(username="ada"))
    assert (await users.edit_me(town.ctx, town.bob, EditUserRequest(global_name=None))).global_name is None
    await execute(town.ctx, AdminRequest(CreateAccount("bob", PASSWORD)))  # the old name is free


async def test_users_are_seen_by_those_who_share_a_guild(town: Town) -> None:
    assert users.get_user(town.ctx, town.bob, town.ada.user_id).username == "ada"
    assert users.get_user(town.ctx, town.eve, town.eve.user_id).username == "eve"
    for user_id in (town.ada.user_id, Snowflake(5)):
        with refused(UNKNOWN_USER, 404):
            users.get_user(town.ctx, town.eve, user_id)
    with refused(0, 401):
        await users.get_me(town.ctx, Actor(Snowflake(5)))
    assert not town.state.permissions(5, town.clock.ms) & Permissions.VIEW_CHANNEL
