"""Profiles, notes, blocks and what moderators do, against a real server."""

from datetime import UTC, datetime
from pathlib import Path

from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tuichat.client.endpoint import parse_url
from tuichat.protocol.profile import ProfileMetadata
from tuichat.protocol.relationship import RelationshipType


async def test_people_are_looked_at_noted_blocked_and_moderated(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url)
    await site.me.do("PATCH", "/users/@me/profile", {"bio": "measures first"})
    async with running(make_client(endpoint, site.other, tmp_path)) as owner:
        guild = owner.state.guild_of(site.channel_id)
        assert guild is not None
        guild_id, me_id = int(guild.guild.id), int(site.me.user_id)
        profile = await owner.people.profile(me_id, guild_id)
        assert isinstance(profile.user_profile, ProfileMetadata)
        assert profile.user_profile.bio == "measures first"
        assert isinstance(profile.mutual_guilds, list)
        assert [int(each.id) for each in profile.mutual_guilds] == [guild_id]

        assert await owner.people.note(me_id) == ""
        await owner.people.write_note(me_id, "owes me a tea")
        assert await owner.people.note(me_id) == "owes me a tea"

        await owner.people.block(me_id)
        await until(lambda: owner.people.relation(me_id) is RelationshipType.BLOCKED)
        await owner.people.end_relation(me_id)
        await until(lambda: owner.people.relation(me_id) is RelationshipType.NONE)

        await owner.people.rename(guild_id, me_id, "the quiet one")
        await until(lambda: guild.members[me_id].nick == "the quiet one")
        await owner.people.time_out(guild_id, me_id, 5, datetime.now(UTC))
        await owner.people.time_out(guild_id, me_id, 0, datetime.now(UTC))
        await owner.people.kick(guild_id, me_id)
        await until(lambda: me_id not in guild.members)
        await owner.people.ban(guild_id, me_id)
        bans = await site.other.call("GET", f"/guilds/{guild_id}/bans", list[dict[str, object]])
        assert len(bans) == 1
