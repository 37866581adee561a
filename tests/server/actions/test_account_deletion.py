"""A deleted account is gone, and what it wrote is not."""

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from tests.server.running import Account, RunningServer, running_server
from tests.system.rest_account import PASSWORD, ChannelObject, RefusedError, RestAccount
from tuichat.protocol.profile import DeleteAccountRequest
from tuichat.server.actions import account_deletion, auth, errors, guilds
from tuichat.server.actions.context import Actor


class AuthorObject(msgspec.Struct, frozen=True):
    username: str
    global_name: str | None = None


class WrittenObject(msgspec.Struct, frozen=True):
    content: str
    author: AuthorObject


@pytest.fixture
async def site() -> AsyncIterator[RunningServer]:
    async with running_server() as server:
        yield server


async def delete(account: Account, password: str = PASSWORD) -> None:
    await account.do("POST", "/users/@me/delete", {"password": password})


async def test_messages_stay_and_all_else_goes(site: RunningServer) -> None:
    ada, bob = await site.register("ada"), await site.register("bob")
    _, channel_id = await site.befriend(ada, bob)
    await bob.do("PUT", f"/users/@me/relationships/{ada.user_id}", {})
    await ada.do("PUT", f"/users/@me/relationships/{bob.user_id}", {})
    await bob.do("PATCH", "/users/@me", {"bio": "sails", "global_name": "Bob the Builder"})
    await bob.do("PUT", f"/users/@me/notes/{ada.user_id}", {"note": "tall"})
    private = await bob.call("POST", "/users/@me/channels", ChannelObject, {"recipients": [ada.user_id]})
    await bob.send(str(private.id), "psst")
    await bob.send(channel_id, "hello")
    async with ada.connect() as watching:
        await delete(bob)
        gone = await watching.wait_for("GUILD_MEMBER_REMOVE")
        assert gone["user"]["id"] == bob.user_id
    assert (await bob.raw("GET", "/users/@me"))[0] == 401
    anonymous = RestAccount(site.http, site.api_url)
    assert (await anonymous.raw("POST", "/auth/login", {"login": "bob", "password": PASSWORD}))[0] == 400
    for place, text in ((channel_id, "hello"), (str(private.id), "psst")):
        messages = await ada.call("GET", f"/channels/{place}/messages", list[WrittenObject])
        written = next(message for message in messages if message.content == text)
        assert written.author.global_name == "Deleted User"
        assert written.author.username == f"deleted_{bob.user_id}"
    store = site.server.context.store
    assert await store.read_profile(int(bob.user_id)) is None
    assert await store.read_notes(int(bob.user_id)) == []
    assert not site.server.context.relations.are_friends(int(ada.user_id), int(bob.user_id))
    assert (await ada.raw("POST", f"/channels/{private.id}/messages", {"content": "still there?"}))[0] == 403
    assert (await ada.raw("POST", "/users/@me/relationships", {"username": f"deleted_{bob.user_id}"}))[0] == 400


async def test_name_is_free_again_and_the_server_starts_with_it(tmp_path: Path) -> None:
    async with running_server(tmp_path / "data") as site:
        await delete(await site.register("ada"))
        second = await site.register("ada")
        assert (await second.me()).username == "ada"
    async with running_server(tmp_path / "data") as site:
        rows = [row for row in site.server.context.users.all() if row.is_deleted]
        assert [row.display_name for row in rows] == ["Deleted User"]


async def test_owner_gives_its_guilds_away_first(site: RunningServer) -> None:
    ada, bob = await site.register("ada"), await site.register("bob")
    guild, _ = await site.befriend(ada, bob)
    with pytest.raises(RefusedError, match="40011"):
        await delete(ada)
    assert (await ada.me()).username == "ada"
    await ada.do("PATCH", f"/guilds/{guild.id}", {"owner_id": bob.user_id})
    await delete(ada)


async def test_wrong_password_deletes_nothing(site: RunningServer) -> None:
    ada = await site.register("ada")
    with pytest.raises(RefusedError, match="PASSWORD_DOES_NOT_MATCH"):
        await delete(ada, "wrong")
    assert (await ada.me()).username == "ada"


async def test_groups_go_on_and_bots_are_silenced(site: RunningServer) -> None:
    ada, bob, eve = [await site.register(name) for name in ("ada", "bob", "eve")]
    for other in (bob, eve):
        await ada.do("PUT", f"/users/@me/relationships/{other.user_id}", {})
        await other.do("PUT", f"/users/@me/relationships/{ada.user_id}", {})
    group = await ada.call("POST", "/users/@me/channels", ChannelObject, {"recipients": [bob.user_id, eve.user_id]})
    made = await ada.call("POST", "/applications", dict[str, object], {"name": "helper"})
    application_id = str(made["id"])
    token = await ada.call("POST", f"/applications/{application_id}/bot", dict[str, object], {})
    bot = RestAccount(site.http, site.api_url, f"Bot {token['token']}")
    assert (await bot.raw("GET", "/users/@me"))[0] == 200
    await delete(ada)
    assert (await bot.raw("GET", "/users/@me"))[0] == 401
    left = site.server.context.directs.get(int(group.id))
    assert left is not None
    assert {int(bob.user_id), int(eve.user_id)} == set(left.recipient_ids)


async def test_account_on_this_computer_is_not_signed_in_to_again(site: RunningServer) -> None:

    context = site.server.context
    answer = await auth.sign_in_local(context, display_name="Somebody")
    guild = context.guilds.of_user(answer.user_id)[0]
    actor = Actor(answer.user_id)
    with pytest.raises(errors.ActionError):
        await account_deletion.delete_account(context, actor, DeleteAccountRequest())
    await guilds.delete_guild(context, actor, guild.id)
    await account_deletion.delete_account(context, actor, DeleteAccountRequest())
    with pytest.raises(errors.ActionError):
        await auth.sign_in_local(context, user_id=answer.user_id)
