"""Commands about threads and posts, over a real server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client.site import Site
from tests.client.waiting import until
from tests.commands.fake_client import FakeScreen
from tests.commands.typing_people import Team, team
from tuichat.protocol.channel import THREADS

pytestmark = pytest.mark.slow  # real clients on a real server


@pytest.fixture
async def people(site: Site, tmp_path: Path) -> AsyncIterator[Team]:
    async with team(site, tmp_path) as made:
        yield made


async def test_a_thread_is_listed_followed_named_and_deleted(people: Team) -> None:
    owner, member = people.owner, people.member
    assert "There are no such threads" in await owner.do("/threads list")
    await owner.do("/thread plans")
    await until(lambda: any(each.type in THREADS for each in member.client.state.channels.values()))
    assert await member.do("/threads list") == "#plans"
    await member.do("/threads join #plans")
    assert await member.do("/threads list") == "#plans, followed"
    assert await owner.do("/threads members #plans") == "@me\n@other"
    await member.do("/threads leave #plans")
    await owner.do("/threads add #plans @me")
    assert "@me" in await owner.do("/threads members #plans")
    assert "Manage threads" in (await member.fail("/threads rename #plans mine")).text
    await owner.do("/threads rename #plans plans of the week")
    await until(lambda: any(each.name == "plans of the week" for each in member.client.state.channels.values()))
    assert (await owner.fail("/threads rename")).is_mistake
    assert "is no thread" in (await owner.fail("/threads archive")).text
    screen = FakeScreen()
    screen.is_sure = False
    assert await owner.do('/threads delete "#plans of the week"', screen) == "Nothing was done."
    await owner.do('/threads delete "#plans of the week"')
    assert "There are no such threads" in await owner.do("/threads list")


async def test_a_thread_is_archived_locked_and_brought_back(people: Team) -> None:
    owner = people.owner
    await owner.do("/thread plans")
    await owner.do("/threads slowmode #plans 10s")
    assert "is archived" in await owner.do("/threads archive #plans")
    assert await owner.do("/threads list archived") == "#plans, followed"
    assert "is back" in await owner.do("/threads unarchive #plans")
    await owner.do("/threads lock #plans")
    assert await owner.do("/threads list archived") == "#plans, followed, locked"
    await owner.do("/threads unlock #plans")
    assert await owner.do("/threads list") == "#plans, followed"
    for wrong in ("slowmode #plans soon", "list #general everything", "burn #plans"):
        assert (await owner.fail(f"/threads {wrong}")).is_mistake


async def test_a_post_is_begun_in_a_forum(people: Team) -> None:
    owner = people.owner
    await owner.do("/channel create-forum ideas")
    await until(lambda: any(each.name == "ideas" for each in owner.client.state.channels.values()))
    forum = next(each for each in owner.client.state.channels.values() if each.name == "ideas")
    made = await owner.type('/post "Dark mode" We need it, @me', channel_id=int(forum.id))
    assert made.text.endswith("/#Dark mode")
    assert await owner.do("/threads list #ideas") == "#Dark mode, followed"
    assert "is no forum" in (await owner.fail("/post title text")).text
