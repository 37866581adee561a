"""Commands that say what there is, over a real server; and webhooks, whose addresses are told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client.site import Site
from tests.client.waiting import until
from tests.commands.fake_client import FakeScreen
from tests.commands.typing_people import Team, team

pytestmark = pytest.mark.slow  # real clients on a real server


@pytest.fixture
async def people(site: Site, tmp_path: Path) -> AsyncIterator[Team]:
    async with team(site, tmp_path) as made:
        yield made


async def test_servers_channels_and_where_one_is_are_told(people: Team) -> None:
    me = people.member
    assert (await me.do("/servers")).startswith("Team, 2 members")
    assert "#general, open" in await me.do("/channels")
    assert "#general" in await me.do("/channels Team")
    assert await me.do("/where") == "#general, Team"
    assert await me.do("/private") == "There is none yet. /open @NAME begins one."


async def test_a_screen_opens_what_is_named_and_what_is_new(people: Team) -> None:
    me, screen = people.member, FakeScreen()
    await me.do("/open general, Team", screen)
    assert screen.opened == [(me.client.key, me.channel_id)]
    other = await people.owner.client.places.create_channel(int(me.guild.guild.id), "builds")
    await until(lambda: int(other.id) in me.client.state.channels)
    people.owner.client.send_message(int(other.id), "green")
    await until(lambda: me.client.state.is_unread(int(other.id)))
    await me.do("/next", screen)
    assert screen.opened[-1] == (me.client.key, int(other.id))
    assert "needs a screen" in (await me.fail("/open general")).text


async def test_webhooks_are_made_told_changed_and_deleted(people: Team) -> None:
    owner = people.owner
    assert "has no webhooks" in await owner.do("/webhook list")
    url = await owner.do("/webhook create CI results")
    assert "/api/webhooks/" in url
    assert "CI results (" in await owner.do("/webhook list")
    assert await owner.do('/webhook url "CI results"') == url
    await owner.do('/webhook say "CI results" all is green')
    found = await owner.type("/history 1")
    assert [(each.message.author.username, each.message.content) for each in found.found] == [
        ("CI results", "all is green")
    ]
    await owner.do('/webhook rename "CI results" builds')
    await owner.client.places.create_channel(int(owner.guild.guild.id), "elsewhere")
    await until(lambda: any(each.name == "elsewhere" for each in owner.client.state.channels.values()))
    await owner.do("/webhook move builds #elsewhere")
    assert "#elsewhere" in await owner.do("/webhook list")
    assert "Manage webhooks" in (await people.member.fail("/webhook list")).text
    await owner.do("/webhook delete builds")
    assert "has no webhooks" in await owner.do("/webhook list")
    for wrong in ("create", "url nothing", "rename builds"):
        assert (await owner.fail(f"/webhook {wrong}")).is_mistake
