"""One's own account: names, pictures, profile, email and password, and who hears of a change."""

import msgspec
import pytest

from tests.server.actions.conftest import PASSWORD, Town, befriend, open_direct, refused
from tests.server.files.pictures_drawn import animation, data_uri, picture
from tuichat.protocol.profile import EditProfileRequest, LogoutSessionsRequest
from tuichat.protocol.relationship import PutRelationshipRequest
from tuichat.protocol.rest.account import EditUserRequest, LoginRequest
from tuichat.server.actions import auth, images, presence, profiles, ready, relationships, users
from tuichat.server.actions.context import Actor
from tuichat.server.actions.images import ImageKind

WRONG_FIELD, BOTS = 50035, 20001
edit = users.edit_me


async def test_pictures_are_found_by_their_hash_and_everybody_hears(town: Town) -> None:
    me = await edit(
        town.ctx, town.bob, EditUserRequest(avatar=data_uri(picture()), banner=data_uri(animation(), "gif"))
    )
    assert isinstance(me.avatar, str)
    assert isinstance(me.banner, str)
    assert me.banner.startswith("a_")
    assert await images.find_image(town.ctx, ImageKind.AVATAR, town.bob.user_id, me.avatar) is not None
    assert await images.find_image(town.ctx, ImageKind.BANNER, town.bob.user_id, me.banner) is not None
    assert users.get_user(town.ctx, town.ada, town.bob.user_id).avatar == me.avatar
    assert [event.name for event in town.published] == ["GUILD_MEMBER_UPDATE", "USER_UPDATE"]
    assert msgspec.json.decode(town.told("USER_UPDATE")[0].body)["banner"] == me.banner
    assert (await ready.user_ready(town.ctx, town.bob)).user.banner == me.banner
    me = await edit(town.ctx, town.bob, EditUserRequest(avatar=None, banner=None))
    assert (me.avatar, me.banner) == (None, None)
    assert await images.find_image(town.ctx, ImageKind.AVATAR, town.bob.user_id) is None


async def test_a_profile_is_changed_and_oneself_told_alone(town: Town) -> None:
    asked = EditUserRequest(bio=" sails ", pronouns="they/them", accent_color=0xFF)
    me = await edit(town.ctx, town.bob, asked)
    assert (me.bio, me.pronouns, me.accent_color) == ("sails", "they/them", 0xFF)
    assert [event.name for event in town.published] == ["USER_UPDATE"]
    again = await users.get_me(town.ctx, town.bob)
    assert (again.bio, again.pronouns, again.accent_color) == ("sails", "they/them", 0xFF)
    shown = await users.edit_profile(town.ctx, town.bob, EditProfileRequest(bio=None))
    assert (shown.bio, shown.pronouns) == ("", "they/them")
    town.published.clear()
    await users.edit_profile(town.ctx, town.bob, EditProfileRequest(bio=None))  # as it is already: nobody is told
    assert town.published == []


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (EditUserRequest(bio="x" * 191), b"190"),
        (EditUserRequest(pronouns="x" * 41), b"40"),
        (EditUserRequest(accent_color=1 << 24), b"16777215"),
        (EditUserRequest(avatar="not a picture"), b"avatar"),
        (EditUserRequest(banner="data:image/png;base64,AAAA"), b"banner"),
        (EditUserRequest(email="nowhere", password=PASSWORD), b"email"),
        (EditUserRequest(email=f"{'x' * 260}@example.org", password=PASSWORD), b"254"),
        (EditUserRequest(email="bob@example.org"), b"password"),
        (EditUserRequest(new_password="another long one"), b"PASSWORD_DOES_NOT_MATCH"),
        (EditUserRequest(password="wrong", new_password="another long one"), b"PASSWORD_DOES_NOT_MATCH"),
        (EditUserRequest(password=PASSWORD, new_password="short"), b"8"),
    ],
)
async def test_what_is_refused(town: Town, request_: EditUserRequest, said: bytes) -> None:
    before = await users.get_me(town.ctx, town.bob)
    with refused(WRONG_FIELD, 400) as caught:
        await edit(town.ctx, town.bob, request_)
    assert said in caught.value.encode()
    assert await users.get_me(town.ctx, town.bob) == before


async def test_a_bot_has_pictures_and_no_profile(town: Town) -> None:
    bot = Actor(town.bob.user_id, is_bot=True)
    assert isinstance((await edit(town.ctx, bot, EditUserRequest(avatar=data_uri(picture())))).avatar, str)
    for asked in (EditUserRequest(bio="x"), EditUserRequest(new_password="x"), EditUserRequest(email="a@b")):
        with refused(BOTS, 403):
            await edit(town.ctx, bot, asked)


async def test_a_new_password_signs_out_everywhere_and_answers_a_new_token(town: Town) -> None:
    old = (await auth.login(town.ctx, LoginRequest(login="bob", password=PASSWORD), peer="p")).token
    asked = EditUserRequest(password=PASSWORD, new_password="another long one", email="bob@example.org")
    me = await edit(town.ctx, town.bob, asked)
    assert isinstance(me.token, str)
    assert (me.email, me.verified) == ("bob@example.org", False)
    assert await town.ctx.accounts.authenticate(old) is None
    assert await town.ctx.accounts.authenticate(me.token) is not None
    with refused(WRONG_FIELD):
        await auth.login(town.ctx, LoginRequest(login="bob", password=PASSWORD), peer="p")
    await auth.login(town.ctx, LoginRequest(login="bob", password="another long one"), peer="p")
    assert users.get_user(town.ctx, town.ada, town.bob.user_id).__struct_fields__.count("email") == 0


async def test_wrong_passwords_are_slowed_down(town: Town) -> None:
    codes = []
    for _ in range(12):
        with pytest.raises(Exception) as caught:  # noqa: PT011  # looked at below
            await edit(town.ctx, town.bob, EditUserRequest(password="wrong", new_password="another long one"))
        codes.append(getattr(caught.value, "status", None))
    assert codes == [400] * 10 + [429] * 2


async def test_an_account_without_a_password_gets_its_first(town: Town) -> None:
    answer = await auth.sign_in_local(town.ctx, display_name="Local")
    local = Actor(answer.user_id)
    assert (await edit(town.ctx, local, EditUserRequest(email="me@example.org"))).email == "me@example.org"
    me = await edit(town.ctx, local, EditUserRequest(password="a first password"))
    assert isinstance(me.token, str)
    await auth.login(town.ctx, LoginRequest(login=me.username, password="a first password"), peer="p")


async def test_friends_and_partners_without_a_guild_hear_of_a_new_name(town: Town) -> None:
    await befriend(town, "bob", "eve")
    presence.session_opened(town.ctx, town.eve, "e")
    presence.session_opened(town.ctx, town.bob, "b", status="dnd")
    town.published.clear()
    await edit(town.ctx, town.bob, EditUserRequest(global_name="Robert"))
    (told,) = (event for event in town.told("PRESENCE_UPDATE") if event.guild_id is None)
    body = msgspec.json.decode(told.body)
    assert (told.user_ids, body["user"]["global_name"], body["status"]) == (
        frozenset({int(town.eve.user_id)}), "Robert", "dnd",
    )  # fmt: skip
    await open_direct(town, "bob", "eve")
    await relationships.remove_relationship(town.ctx, town.bob, town.eve.user_id)
    town.published.clear()
    await edit(town.ctx, town.bob, EditUserRequest(global_name="Bert"))
    (told,) = (event for event in town.told("PRESENCE_UPDATE") if event.guild_id is None)
    assert msgspec.json.decode(told.body)["status"] == "offline"


async def test_a_profile_shows_what_two_have_in_common(town: Town) -> None:
    await edit(town.ctx, town.bob, EditUserRequest(bio="sails", pronouns="they"))
    await befriend(town, "ada", "mod")
    await befriend(town, "bob", "mod")
    shown = await profiles.get_profile(
        town.ctx, town.ada, town.bob.user_id, guild_id=town.guild_id, with_mutual_friends=True,
        with_mutual_friends_count=True,
    )  # fmt: skip
    answer = msgspec.json.decode(msgspec.json.encode(shown, enc_hook=str))
    assert (answer["user"]["username"], answer["user"]["bio"], answer["user_profile"]["pronouns"]) == (
        "bob", "sails", "they",
    )  # fmt: skip
    assert [guild["id"] for guild in answer["mutual_guilds"]] == [str(town.guild_id)]
    assert ([user["username"] for user in answer["mutual_friends"]], answer["mutual_friends_count"]) == (["mod"], 1)
    assert answer["guild_member"]["user"]["username"] == "bob"
    plain = await profiles.get_profile(town.ctx, town.ada, town.bob.user_id, with_mutual_guilds=False)
    assert (plain.mutual_guilds, plain.mutual_friends) == (msgspec.UNSET, msgspec.UNSET)


async def test_whose_profile_is_not_shown(town: Town) -> None:
    with refused(10013, 404):
        await profiles.get_profile(town.ctx, town.eve, town.bob.user_id)
    with refused(BOTS, 403):
        await profiles.get_profile(town.ctx, Actor(town.ada.user_id, is_bot=True), town.bob.user_id)
    with refused(50001, 403):
        await profiles.get_profile(town.ctx, town.eve, town.eve.user_id, guild_id=town.guild_id)
    await edit(town.ctx, town.bob, EditUserRequest(bio="sails"))
    await relationships.put_relationship(town.ctx, town.bob, town.ada.user_id, PutRelationshipRequest(type=2))
    shown = await profiles.get_profile(town.ctx, town.ada, town.bob.user_id)
    assert (shown.user.bio, shown.user_profile, shown.mutual_guilds) == ("", msgspec.UNSET, msgspec.UNSET)


async def test_sign_ins_are_listed_and_ended(town: Town) -> None:
    tokens = [
        (await auth.login(town.ctx, LoginRequest(login="bob", password=PASSWORD), peer="p")).token for _ in range(3)
    ]
    actors = [await town.ctx.accounts.authenticate(token) for token in tokens]
    listed = (await auth.list_sessions(town.ctx, town.bob)).user_sessions
    hashes = [auth.session_hash(actor.token_id or 0) for actor in actors if actor is not None]
    assert [session.id_hash for session in listed][:3] == hashes[::-1]
    ask = LogoutSessionsRequest(session_id_hashes=[hashes[0], "unknown"], password=PASSWORD)
    await auth.logout_sessions(town.ctx, town.bob, ask)
    assert await town.ctx.accounts.authenticate(tokens[0]) is None
    assert await town.ctx.accounts.authenticate(tokens[1]) is not None
    for wrong, said in (
        (LogoutSessionsRequest(session_id_hashes=[hashes[1]]), b"password"),
        (LogoutSessionsRequest(session_id_hashes=[], password=PASSWORD), b"64"),
        (LogoutSessionsRequest(session_id_hashes=["x"] * 65, password=PASSWORD), b"64"),
    ):
        with refused(WRONG_FIELD, 400) as caught:
            await auth.logout_sessions(town.ctx, town.bob, wrong)
        assert said in caught.value.encode()
    other = LogoutSessionsRequest(session_id_hashes=[hashes[1]], password=PASSWORD)
    await auth.logout_sessions(town.ctx, town.ada, other)  # of somebody else: nothing happens
    assert await town.ctx.accounts.authenticate(tokens[1]) is not None
