"""The own account against the real server: what the screen asks for is done, and one stays signed in."""

import pytest

from tests.client.test_session import accounts, is_ready, server, stored_token  # noqa: F401  # `server` is a fixture
from tests.client.waiting import until
from tests.server.running import RunningServer
from tests.system.rest_account import PASSWORD
from tuichat.client.client import Client
from tuichat.client.errors import ClientError, RefusedError
from tuichat.client.session import Accounts
from tuichat.client.state import Connection
from tuichat.protocol.rest.account import EditUserRequest

NEW_PASSWORD = "another horse, another battery"  # of a test


async def signed_in(mine: Accounts, running: RunningServer) -> Client:
    client = await mine.register(running.base_url, "ada", PASSWORD)
    await until(lambda: is_ready(client))
    return client


async def test_profile_and_status_come_back(server: RunningServer) -> None:  # noqa: F811
    async with accounts() as mine:
        client = await signed_in(mine, server)
        await client.own.edit(EditUserRequest(bio="sails", pronouns="she", accent_color=255, global_name="Ada L."))
        await until(lambda: client.state.me is not None and client.state.me.bio == "sails")
        assert client.state.me is not None
        assert (client.state.me.pronouns, client.state.me.accent_color) == ("she", 255)
        await client.own.set_status("dnd")
        await until(lambda: client.state.settings.status == "dnd")
        await client.own.set_custom_status("hacking", None)
        await until(lambda: client.state.settings.custom_status is not None)
        await client.own.set_custom_status("", None)
        await until(lambda: client.state.settings.custom_status is None)


async def test_changed_password_leaves_this_sign_in_and_no_other(server: RunningServer) -> None:  # noqa: F811
    async with accounts() as mine:
        client = await signed_in(mine, server)
        before = stored_token(client)
        with pytest.raises(RefusedError, match="Password does not match"):
            await mine.change_password(client.key, "wrong", NEW_PASSWORD)
        session = client.state.session
        await mine.change_password(client.key, PASSWORD, NEW_PASSWORD)
        assert stored_token(client) != before
        await until(lambda: client.state.session > session and is_ready(client))
        key = client.key
    async with accounts() as mine:
        await mine.start_all()
        await until(lambda: is_ready(mine.clients[key]))
        with pytest.raises(ClientError):
            await mine.sign_in(server.base_url, "ada", PASSWORD)


async def test_sign_ins_are_listed_and_ended(server: RunningServer) -> None:  # noqa: F811
    async with accounts() as mine, accounts("other") as others:
        client = await signed_in(mine, server)
        other = await others.sign_in(server.base_url, "ada", PASSWORD)
        await until(lambda: is_ready(other))
        listed = await client.own.sessions()
        assert client.state.session_hash in [each.id_hash for each in listed]
        ended = [each.id_hash for each in listed if each.id_hash != client.state.session_hash]
        assert ended == [other.state.session_hash]
        await client.own.end_sessions(ended, PASSWORD)
        await until(lambda: other.state.connection is Connection.REFUSED)
        assert is_ready(client)
        assert [each.id_hash for each in await client.own.sessions()] == [client.state.session_hash]


async def test_recovery_code_lets_in_who_forgot_the_password(server: RunningServer) -> None:  # noqa: F811
    async with accounts() as mine:
        client = await signed_in(mine, server)
        assert "recovery" in client.state.features
        assert (await client.own.recovery()).left == 0
        codes = await client.own.make_recovery_codes(PASSWORD)
        assert (await client.own.recovery()).left == len(codes)
    async with accounts("elsewhere") as mine:
        with pytest.raises(RefusedError, match="recovery code is invalid"):
            await mine.recover(server.base_url, "ada", "abcd-efgh-jkmn-pqrs", NEW_PASSWORD)
        client = await mine.recover(server.base_url, "ada", codes[0], NEW_PASSWORD)
        await until(lambda: is_ready(client))
        assert (await client.own.recovery()).left == len(codes) - 1


async def test_deleted_account_is_gone(server: RunningServer) -> None:  # noqa: F811
    async with accounts() as mine:
        client = await signed_in(mine, server)
        await client.own.delete(PASSWORD)
        await mine.remove(client.key)
        assert not mine.has_accounts
        with pytest.raises(ClientError):
            await mine.sign_in(server.base_url, "ada", PASSWORD)
