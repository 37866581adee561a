"""Somebody who is not known yet is asked for by name, of the large servers alone."""

from typing import Any

import pytest

from tests.client.builders import user
from tests.commands.fake_client import GENERAL, FakeClient, FakeScreen, context
from tests.commands.naming.test_address import clients_of
from tuichat.client.errors import RefusedError
from tuichat.commands.context import CommandContext
from tuichat.commands.engine import Engine


class FakePeople:
    """Answers a search with one member, who is in the state from then on."""

    def __init__(self, client: FakeClient) -> None:
        self.client = client
        self.asked: list[tuple[int, str]] = []
        self.is_refused = False

    async def search(self, guild_id: int, beginning: str) -> list[Any]:
        self.asked.append((int(guild_id), beginning))
        if self.is_refused:
            raise RefusedError("not now")
        zoe = user(77, "zoe")
        if beginning == "zoe":
            self.client.state.users[zoe.id] = zoe
        return [zoe] if beginning == "zoe" else []


@pytest.fixture
def client() -> FakeClient:
    made = FakeClient()
    made.guild_people = FakePeople(made)  # type: ignore[attr-defined]
    made.state.guilds[next(iter(made.state.guilds))].is_large = True
    return made


def people_of(client: FakeClient) -> FakePeople:
    people: FakePeople = client.guild_people  # type: ignore[attr-defined]
    return people


@pytest.mark.parametrize("is_script", [True, False])
async def test_a_member_of_a_large_server_is_found_by_the_whole_name(client: FakeClient, *, is_script: bool) -> None:
    where = CommandContext(clients=clients_of(client), is_script=True) if is_script else context(client)
    assert (await Engine().submit("/msg @zoe hello", where)).is_done
    assert client.sent[-1][1:] == ("hello", None)
    assert people_of(client).asked == [(1, "zoe")]


async def test_the_beginning_of_a_name_is_nobody(client: FakeClient) -> None:
    outcome = await Engine().submit("/msg @zo hello", CommandContext(clients=clients_of(client), is_script=True))
    assert not outcome.is_done
    assert "nobody called @zo" in outcome.text


async def test_a_server_that_does_not_answer_leaves_the_person_unknown(client: FakeClient) -> None:
    people_of(client).is_refused = True
    outcome = await Engine().submit("/group @bob @zoe", context(client))
    assert not outcome.is_done
    assert "nobody named @zoe" in outcome.text


async def test_small_servers_have_told_all_and_are_not_asked(client: FakeClient) -> None:
    for guild in client.state.guilds.values():
        guild.is_large = False
    assert not (await Engine().submit("/msg @zoe hello", context(client))).is_done
    assert people_of(client).asked == []


@pytest.mark.parametrize("line", ["/join #general", "/call join #general", "/room who #general", "/group bob carol"])
async def test_names_in_scripts_are_addresses_in_every_command(client: FakeClient, line: str) -> None:
    from tests.tui.fake_desk import FakeDesk

    where = CommandContext(
        client=next(iter(clients_of(client).values())),
        channel_id=GENERAL,
        clients=clients_of(client),
        is_script=True,
        desk=FakeDesk(),
    )
    outcome = await Engine().submit(line, where)
    assert outcome.is_mistake
    assert "guild 1/#general, guild 2/#general" in outcome.text or "A person is written @name." in outcome.text


async def test_an_address_opens_a_channel_of_another_server(client: FakeClient) -> None:
    screen = FakeScreen()
    assert (await Engine().submit('/join "guild 2/#general"', context(client, screen=screen))).is_done
    assert screen.opened == [(client.key, 40)]
