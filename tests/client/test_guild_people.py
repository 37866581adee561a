"""Members and bans, page by page, against a real server."""

from pathlib import Path

import pytest

from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tuichat.client import guild_people
from tuichat.client.endpoint import parse_url
from tuichat.client.errors import ClientError


async def test_members_come_by_pages_and_by_the_beginning_of_a_name(
    site: Site,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guild_people, "PAGE", 1)
    async with running(make_client(parse_url(site.server.base_url), site.other, tmp_path)) as owner:
        guild_id = int(next(iter(owner.state.guilds)))
        seen: list[int] = []
        while page := await owner.guild_people.members(guild_id, seen[-1] if seen else 0):
            seen += [int(each.user.id) for each in page]
        assert sorted(seen) == sorted([int(site.me.user_id), int(site.other.user_id)])
        found = await owner.guild_people.search(guild_id, "OTH")
        assert [int(each.user.id) for each in found] == [int(site.other.user_id)]


async def test_a_ban_tells_its_reason_and_is_lifted(site: Site, tmp_path: Path) -> None:
    async with running(make_client(parse_url(site.server.base_url), site.other, tmp_path)) as owner:
        guild_id, me_id = int(next(iter(owner.state.guilds))), int(site.me.user_id)
        await site.me.do("POST", f"/channels/{site.channel_id}/messages", {"content": "spam"})
        await owner.people.ban(guild_id, me_id, "Spam, “überall”", 3600)
        bans = await owner.guild_people.bans(guild_id)
        assert [(int(each.user.id), each.reason) for each in bans] == [(me_id, "Spam, “überall”")]
        await owner.open_channel(site.channel_id)
        assert all(content != "spam" for _, content in await site.truth())
        await owner.guild_people.unban(guild_id, me_id)
        assert await owner.guild_people.bans(guild_id) == []
        with pytest.raises(ClientError):
            await owner.guild_people.unban(guild_id, me_id)


async def test_a_guild_is_given_away(site: Site, tmp_path: Path) -> None:
    async with running(make_client(parse_url(site.server.base_url), site.other, tmp_path)) as owner:
        guild_id, me_id = int(next(iter(owner.state.guilds))), int(site.me.user_id)
        await owner.guild_settings.give_away(guild_id, me_id)
        await until(lambda: owner.state.guilds[guild_id].guild.owner_id == me_id)
        with pytest.raises(ClientError):
            await owner.guild_settings.give_away(guild_id, me_id)
