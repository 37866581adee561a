"""An address means one place, or a sentence says which ones it may mean."""

from typing import cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.client.builders import OTHER
from tests.commands.fake_client import GENERAL, NOTES, OTHER_GENERAL, FakeClient, context
from tuichat.client.client import Client
from tuichat.commands.context import CommandContext
from tuichat.commands.engine import Engine
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.address import MAX_ADDRESS_CHARACTERS, describe, find_address
from tuichat.config.accounts import AccountRecord, UrlAddress


def clients_of(*fakes: FakeClient) -> dict[str, Client]:
    return {fake.key: cast(Client, fake) for fake in fakes}


@pytest.fixture
def client() -> FakeClient:
    return FakeClient()


def second_account(username: str) -> FakeClient:
    fake = FakeClient()
    fake.key = "team/1000"
    fake.account = AccountRecord("team", "1000", username, username, UrlAddress("https://chat.example.org:8765"))
    return fake


def channel_id(text: str, *fakes: FakeClient, default_guild: str = "") -> int:
    found = find_address(text, clients_of(*fakes), default_guild)
    assert found.channel is not None
    return int(found.channel.id)


def refusal(text: str, *fakes: FakeClient, default_guild: str = "") -> str:
    with pytest.raises(CommandError) as raised:
        find_address(text, clients_of(*fakes), default_guild)
    return str(raised.value)


def test_guild_and_channel_name_one_place(client: FakeClient) -> None:
    assert channel_id("guild 1/#general", client) == GENERAL
    assert channel_id("guild 2/#general", client) == OTHER_GENERAL
    assert channel_id("2/#general", client) == OTHER_GENERAL
    assert channel_id("GUILD 2/#General", client) == OTHER_GENERAL
    assert channel_id(str(NOTES), client) == NOTES


def test_a_channel_alone_is_of_the_default_guild(client: FakeClient) -> None:
    assert channel_id("#general", client, default_guild="guild 2") == OTHER_GENERAL
    assert "scripts.guild" in refusal("#general", client, default_guild="elsewhere")


def test_a_channel_alone_is_of_the_only_guild(client: FakeClient) -> None:
    del client.state.guilds[2]
    assert channel_id("#general", client) == GENERAL


def test_without_a_default_several_guilds_are_told(client: FakeClient) -> None:
    sentence = refusal("#general", client)
    assert "guild 1/#general, guild 2/#general" in sentence
    assert "guild 2/#plans" in refusal("#plans", client)  # in one alone today, and in two tomorrow


def test_no_name_is_completed(client: FakeClient) -> None:
    assert "There are: #general, #notes" in refusal("guild 1/#gen", client)
    assert "guild 1, guild 2" in refusal("guild/#general", client)
    assert "@car" in refusal("@car", client)


def test_letters_of_another_case_mean_a_name_where_none_is_exact(client: FakeClient) -> None:
    recipient = find_address("@Bob", clients_of(client))
    assert recipient.user is not None
    assert recipient.user.id == 7
    assert f"{OTHER} (@bob), 7 (@Bob)" not in refusal("@BOB", client)
    assert "@bob, @Bob" in refusal("@BOB", client)


def test_two_channels_of_a_name_are_told_by_their_ids(client: FakeClient) -> None:
    state = client.state
    state.channels[NOTES] = msgspec.structs.replace(state.channels[NOTES], name="general")
    sentence = refusal("guild 1/#general", client)
    assert f"{GENERAL} (guild 1/#general), {NOTES} (guild 1/#general)" in sentence


def test_an_account_is_named_before_the_place(client: FakeClient) -> None:
    other = second_account("other")
    assert find_address("other:guild 1/#general", clients_of(client, other)).client is cast(Client, other)
    assert find_address("me@local:guild 1/#general", clients_of(client, other)).client is cast(Client, client)
    found = find_address("other@chat.example.org:8765:guild 1/#general", clients_of(client, other))
    assert found.client is cast(Client, other)
    sentence = refusal("guild 1/#general", client, other)
    assert "me:guild 1/#general, other:guild 1/#general" in sentence
    assert "me, other" in refusal("nobody:#general", client, other)


def test_two_accounts_of_a_name_are_told_apart_by_their_server(client: FakeClient) -> None:
    other = second_account("me")
    sentence = refusal("guild 1/#general", client, other)
    assert "me@local:guild 1/#general, me@chat.example.org:8765:guild 1/#general" in sentence


@pytest.mark.parametrize("text", ["", "#", "@", "general", "/#general", "guild 1/#", "guild 1/general", "0"])
def test_what_is_no_address_is_refused(client: FakeClient, text: str) -> None:
    assert refusal(text, client)


def test_an_address_that_is_too_long_is_refused_with_both_numbers(client: FakeClient) -> None:
    sentence = refusal("#" + "x" * MAX_ADDRESS_CHARACTERS, client)
    assert str(MAX_ADDRESS_CHARACTERS) in sentence
    assert str(MAX_ADDRESS_CHARACTERS + 1) in sentence


@given(st.text(max_size=400))
def test_any_text_is_a_place_or_a_command_error(text: str) -> None:
    try:
        found = find_address(text, clients_of(FakeClient()))
    except CommandError:
        return
    assert found.client is not None


def test_every_address_that_is_described_leads_back(client: FakeClient) -> None:
    clients = clients_of(client, second_account("other"))
    for text in ("me:guild 2/#plans", "other:guild 1/#notes", "me:@carol"):
        found = find_address(text, clients)
        assert find_address(describe(found, clients), clients) == found


async def test_a_message_goes_to_an_address_wherever_it_is_typed(client: FakeClient) -> None:
    assert (await Engine().submit('/msg "guild 2/#general" hello', context(client))).is_done
    assert client.sent == [(OTHER_GENERAL, "hello", None)]


async def test_a_script_is_asked_where_a_screen_would_guess(client: FakeClient) -> None:
    script = CommandContext(clients=clients_of(client), is_script=True)
    outcome = await Engine().submit("/msg #general hello", script)
    assert not outcome.is_done
    assert "guild 1/#general, guild 2/#general" in outcome.text
    assert client.sent == []
