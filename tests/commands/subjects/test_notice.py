"""Commands of what calls one, over a real server: levels, quiet, mentions; and the accounts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client.site import Site
from tests.client.waiting import until
from tests.commands.typing_people import Team, team
from tuichat.client import notice_levels
from tuichat.client.notice_levels import Level

pytestmark = pytest.mark.slow  # real clients on a real server


@pytest.fixture
async def people(site: Site, tmp_path: Path) -> AsyncIterator[Team]:
    async with team(site, tmp_path) as made:
        yield made


async def test_levels_are_chosen_for_a_channel_and_for_the_server(people: Team) -> None:
    me = people.member
    state, guild_id = me.client.state, int(me.guild.guild.id)
    assert await me.do("/notify nothing") == "In #general nothing calls you."
    assert notice_levels.level(state, me.channel_id) is Level.NOTHING
    await me.do("/notify mentions server")
    assert notice_levels.guild_level(state, guild_id) is Level.MENTIONS
    await me.do("/notify default #general")
    assert notice_levels.level(state, me.channel_id) is Level.MENTIONS
    await me.do("/notify everyone off")
    assert notice_levels.settings_of(state, guild_id).suppress_everyone
    await me.do("/notify roles off")
    settings = notice_levels.settings_of(state, guild_id)
    assert settings.suppress_everyone
    assert settings.suppress_roles
    await me.do("/notify everyone on")
    assert not notice_levels.settings_of(state, guild_id).suppress_everyone
    for wrong in ("loud", "everyone", "roles perhaps", "all #nowhere"):
        assert (await me.fail(f"/notify {wrong}")).is_mistake


async def test_a_place_is_quiet_for_a_while(people: Team) -> None:
    me = people.member
    state = me.client.state
    assert await me.do("/quiet 8h") == "#general is quiet for 8 hours."
    assert notice_levels.is_channel_muted(state, me.channel_id)
    assert "calls you again" in await me.do("/unquiet")
    assert not notice_levels.is_channel_muted(state, me.channel_id)
    assert await me.do("/quiet server") == "Team is quiet until /unquiet."
    assert notice_levels.is_guild_muted(state, int(me.guild.guild.id))
    await me.do("/unquiet server")
    assert await me.do("/quiet 1h #general") == "#general is quiet for 1 hour."
    assert (await me.fail("/quiet soon")).is_mistake


async def test_mentions_are_listed_and_taken_off(people: Team) -> None:
    me = people.member
    assert await me.do("/mentions") == "Nothing mentions you."
    await people.owner.do(f"<@{me.id}> look")
    found = await me.type("/mentions")
    assert [each.message.content for each in found.found] == [f"<@{me.id}> look"]
    await me.do(f"/mentions {int(found.found[0].message.id)}")
    assert (await me.type("/mentions")).found == ()


async def test_one_is_busy_by_one_word(people: Team) -> None:
    me = people.member
    assert "busy" in await me.do("/dnd in a meeting")
    await until(lambda: me.client.state.settings.custom_status is not None)


async def test_accounts_and_sign_ins_are_listed(people: Team) -> None:
    assert "connected" in await people.member.do("/accounts")
    assert await people.member.do("/sessions")
