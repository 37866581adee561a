"""The accounts of a profile: each signs in, comes back, and hinders no other."""

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from tests.client.fake_server import Answer, fake_server, fingerprint, make_certificate
from tests.client.test_gateway import welcoming
from tests.client.waiting import until
from tests.server.running import RunningServer, running_server
from tests.system.rest_account import PASSWORD
from tuichat.client.client import Client
from tuichat.client.errors import CertificateError, ClientError, NotPermittedHereError
from tuichat.client.session import Accounts
from tuichat.client.state import Connection, Delivery, Timeline
from tuichat.config.accounts import AccountBook
from tuichat.config.credentials import CredentialStore
from tuichat.config.paths import Profile, config_file, data_dir
from tuichat.config.schema import Settings
from tuichat.local import background
from tuichat.server.options import Registration


@contextlib.asynccontextmanager
async def accounts(profile: str = "default") -> AsyncIterator[Accounts]:
    made = Accounts(Profile(profile), Settings())
    try:
        yield made
    finally:
        await made.close()


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server() as running:
        yield running


def shows(known: Timeline, truth: list[str]) -> bool:
    return [entry.message.content for entry in known] == truth


def is_ready(client: Client) -> bool:
    return client.state.connection is Connection.READY


def stored_token(client: Client) -> str:
    """Return an account's token as it lies on disk."""
    token = CredentialStore(Profile()).get(*client.account.key)
    assert token is not None
    return token.reveal()


async def test_person_registers_and_comes_back_without_a_password(server: RunningServer) -> None:
    async with accounts() as mine:
        assert not mine.has_accounts
        client = await mine.register(server.base_url, "ada", PASSWORD, display_name="Ada")
        await until(lambda: is_ready(client))
        assert mine.has_accounts
        assert client.account.display_name == "Ada"
    async with accounts() as mine:
        await mine.start_all()
        (client,) = mine.clients.values()
        await until(lambda: is_ready(client))
        assert client.state.me is not None
        assert client.state.me.username == "ada"


async def test_an_invite_is_looked_at_before_there_is_an_account(server: RunningServer) -> None:
    owner = await server.register("owner")
    guild, channel_id = await server.befriend(owner)
    code = await owner.invite(channel_id)
    async with accounts() as mine:
        assert await mine.invited_to(server.base_url, f"https://bees.example/invite/{code}?event=5") == int(channel_id)
        assert await mine.invited_to(server.base_url, "nothing") is None
        assert guild.id


async def test_accounts_of_two_profiles_are_two_people(server: RunningServer) -> None:
    async with accounts() as mine, accounts("bob") as his:
        await mine.register(server.base_url, "ada", PASSWORD)
        assert not his.has_accounts
        await his.start_all()
        assert his.clients == {}


async def test_signing_in_again_replaces_the_account_that_runs(server: RunningServer) -> None:
    async with accounts() as mine:
        first = await mine.register(server.base_url, "ada", PASSWORD)
        second = await mine.sign_in(server.base_url, "ada", PASSWORD)
        assert mine.clients == {second.key: second}
        assert first.state.connection is Connection.OFFLINE
        await until(lambda: is_ready(second))


async def test_wrong_password_is_told(server: RunningServer) -> None:
    async with accounts() as mine:
        await server.register("ada")
        with pytest.raises(ClientError, match="password") as caught:
            await mine.sign_in(server.base_url, "ada", "not the password")
        assert "not the password" not in str(caught.value)
        assert mine.clients == {}
        assert not mine.has_accounts


async def test_account_that_is_refused_hinders_no_other(server: RunningServer) -> None:
    async with accounts() as mine:
        good = await mine.register(server.base_url, "ada", PASSWORD)
        bad = await mine.register(server.base_url, "eve", PASSWORD)
        await until(lambda: is_ready(bad))
        await server.account(stored_token(bad)).do("POST", "/auth/logout", {})
    async with accounts() as mine:
        await mine.start_all()
        await until(lambda: is_ready(mine.clients[good.key]))
        refused = mine.clients[bad.key]
        await until(lambda: refused.state.connection is Connection.REFUSED)
        assert "sign in again" in refused.state.connection_note


async def test_removed_account_is_signed_out_and_forgotten(server: RunningServer) -> None:
    async with accounts() as mine:
        client = await mine.register(server.base_url, "ada", PASSWORD)
        told: list[int] = []
        mine.subscribe_accounts(lambda: told.append(len(mine.clients)))
        token = stored_token(client)
        await mine.remove(client.key)
        assert told == [0]
        assert not mine.has_accounts
        assert CredentialStore(mine.profile).get(*client.account.key) is None
        status, _ = await server.account(token).raw("GET", "/users/@me")
        assert status == 401


async def test_lost_token_of_a_server_elsewhere_asks_to_sign_in(server: RunningServer) -> None:
    async with accounts() as mine:
        client = await mine.register(server.base_url, "ada", PASSWORD)
    CredentialStore(Profile()).delete(*client.account.key)
    async with accounts() as mine:
        await mine.start_all()
        (again,) = mine.clients.values()
        await until(lambda: again.state.connection is Connection.REFUSED)
        assert "sign in again" in again.state.connection_note


async def test_probe_tells_who_a_server_is() -> None:
    async with running_server(registration=Registration.INVITE) as server, accounts() as mine:
        probe = await mine.probe(server.base_url)
        assert probe.version
        assert probe.server_id
        assert probe.registration == "invite"
        assert probe.certificate_problem is None
        with pytest.raises(ClientError):
            await mine.register(server.base_url, "eve", PASSWORD)


async def test_probe_tells_what_is_wrong_with_a_certificate_and_a_pin_settles_it(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    async with fake_server(certificate) as made, accounts() as mine:
        server = welcoming(made)
        probe = await mine.probe(server.url)
        assert probe.certificate_problem is not None
        assert probe.fingerprint == fingerprint(certificate[0])
        assert probe.server_id is None
        with pytest.raises(CertificateError):
            await mine.sign_in(server.url, "ada", PASSWORD)
        assert server.seen == []
        server.answer("POST /auth/login", Answer(body=b'{"token":"a-token-of-some-length","user_id":"1000"}'))
        server.answer("GET /users/@me", Answer(body=b'{"id":"1000","username":"ada"}'))
        client = await mine.sign_in(server.url, "ada", PASSWORD, probe.fingerprint)
        await until(lambda: is_ready(client))
        (record,) = AccountBook(mine.profile).list()
        assert getattr(record.address, "pinned_sha256", None) == probe.fingerprint


async def test_discord_gets_no_password() -> None:
    async with accounts() as mine:
        for attempt in (
            mine.sign_in("https://discord.com", "ada", PASSWORD),
            mine.register("discord.com", "ada", PASSWORD),
        ):
            with pytest.raises(NotPermittedHereError, match="Discord forbids"):
                await attempt


async def test_neither_password_nor_token_reaches_the_log(
    server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with accounts() as mine:
        client = await mine.register(server.base_url, "ada", PASSWORD)
        await until(lambda: is_ready(client))
        token = stored_token(client)
    assert PASSWORD not in caplog.text
    assert token[-12:] not in caplog.text


@pytest.mark.system
class TestPersonalServer:
    """The personal server as a process of its own, as `tuichat` starts it."""

    @pytest.fixture(autouse=True)
    async def stop_server(self, home: Path) -> AsyncIterator[None]:
        yield
        await background.stop()

    async def test_first_start_makes_an_account_and_the_next_finds_it(self) -> None:
        said: list[str] = []
        async with accounts() as mine, accounts("bob") as his:
            ada, bob = await asyncio.gather(mine.sign_in_personal("Ada", said.append), his.sign_in_personal("Bob"))
            await until(lambda: is_ready(ada) and is_ready(bob))
            assert said
            assert ada.account.server_id == bob.account.server_id
            assert ada.account.user_id != bob.account.user_id
            (guild,) = ada.state.guilds.values()
            assert guild.guild.name == "Home"
            assert {member.display_name for member in guild.members.values()} >= {"Ada", "Bob"}
        async with accounts() as mine:
            again = await mine.sign_in_personal("somebody else")
            assert again.account.user_id == ada.account.user_id
            assert again.account.display_name == "Ada"

    @pytest.mark.slow
    async def test_open_client_goes_on_with_the_team_that_takes_home_over(self) -> None:
        words = ("-P", "-m", "tuichat", "serve", "--port", "0")
        async with contextlib.AsyncExitStack() as stack:
            mine = Accounts(Profile(), Settings())
            ada = await mine.sign_in_personal("Ada")
            await until(lambda: is_ready(ada))
            (channel_id, *_) = (key for key, each in ada.state.channels.items() if each.name == "general")
            team = await asyncio.create_subprocess_exec(
                sys.executable, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
            )
            stack.push_async_callback(team.communicate)
            stack.callback(team.terminate)
            stack.push_async_callback(mine.close)  # first: a client that loses the team's server starts one of its own
            assert team.stdout is not None
            assert (await team.stdout.readline()).startswith(b"listening on ")
            key = ada.send_message(channel_id, "still here")
            timeline = ada.state.timeline(channel_id)

            def is_sent() -> bool:
                index = timeline.index_of_key(key)
                return index is not None and timeline[index].delivery is Delivery.CONFIRMED

            await until(lambda: is_ready(ada) and is_sent())
            address = await background.find_server()
            assert address is not None
            assert address.pid == team.pid

    async def test_lost_token_loses_nobody(self) -> None:
        async with accounts() as mine:
            ada = await mine.sign_in_personal("Ada")
        CredentialStore(Profile()).delete(*ada.account.key)
        async with accounts() as mine:
            await mine.start_all()
            (again,) = mine.clients.values()
            await until(lambda: is_ready(again))
            assert again.account.user_id == ada.account.user_id
            assert CredentialStore(Profile()).get(*ada.account.key) is not None

    @pytest.mark.slow
    async def test_kill_at_any_moment_loses_and_doubles_nothing(self) -> None:
        """Both write, edit and delete while the server is killed again and again; afterwards all three agree."""
        config_file().parent.mkdir(parents=True, exist_ok=True)
        config_file().write_text("[server]\nrate_limits = false\n")
        async with accounts() as mine, accounts("bob") as his:
            ada, bob = await mine.sign_in_personal("Ada"), await his.sign_in_personal("Bob")
            await until(lambda: is_ready(ada) and is_ready(bob))
            channel_id = next(
                channel.id for channel in ada.state.channels.values() if channel.name == "random" and channel.type == 0
            )
            for client in (ada, bob):
                await client.open_channel(channel_id)
            written: list[str] = []
            deleted: set[str] = set()
            killed: set[int] = set()
            for round_ in range(4):
                for number in range(12):
                    for client, name in ((ada, "ada"), (bob, "bob")):
                        written.append(f"{name} {round_}.{number}")
                        client.send_message(channel_id, written[-1])
                    await asyncio.sleep(0.01 * round_)
                    if number == 6:
                        address = await background.find_server()
                        if address is not None:
                            os.kill(address.pid, signal.SIGKILL)
                            killed.add(address.pid)
                await until(lambda: all(not each.state.timeline(channel_id).unsent for each in (ada, bob)), 40)
                own = [
                    entry.message
                    for entry in ada.state.timeline(channel_id)
                    if entry.message.content.startswith(f"ada {round_}.")
                ]
                await ada.delete_message(channel_id, own[0].id)
                deleted.add(own[0].content)
                await ada.edit_message(channel_id, own[1].id, f"{own[1].content} edited")
                written[written.index(own[1].content)] += " edited"
            async with accounts() as again:
                await again.start_all()
                (observer,) = again.clients.values()
                await until(lambda: is_ready(observer))
                await observer.open_channel(channel_id)
                while observer.state.timeline(channel_id).has_older:
                    await observer.load_history(channel_id)
                truth = [entry.message.content for entry in observer.state.timeline(channel_id)]
            assert sorted(truth) == sorted(set(written) - deleted)
            for name in ("ada", "bob"):
                said = [text for text in truth if text.startswith(name)]
                assert said == [text for text in written if text.startswith(name) and text not in deleted]
            for client in (ada, bob):
                known = client.state.timeline(channel_id)
                await until(partial(shows, known, truth))
            assert len(killed) == 4

    @pytest.mark.slow
    async def test_data_that_is_in_disorder_is_told_and_tried_again(self) -> None:
        async with accounts() as mine:
            await mine.sign_in_personal("Ada")
        await background.stop()
        data, aside = data_dir(), data_dir().with_name("aside")
        data.rename(aside)
        data.write_text("in the way")
        async with accounts() as mine:
            await mine.start_all()
            (ada,) = mine.clients.values()
            await until(lambda: ada.state.connection is Connection.RECONNECTING and ada.state.next_try_ms)
            assert str(data) in ada.state.connection_note
            data.unlink()
            aside.rename(data)
            ada.reconnect_now()
            await until(lambda: is_ready(ada))
