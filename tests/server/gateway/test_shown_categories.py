"""Categories that a member sees only for a channel in them: what READY told of is kept up to date."""

from typing import Any

import pytest

from tests.server.running import Account, GatewayClient, RunningServer
from tuichat.protocol.permissions import Permissions

VIEW = str(int(Permissions.VIEW_CHANNEL))


class Town:
    """alice owns a guild with a hidden category, in which bob sees one channel."""

    def __init__(self, alice: Account, bob: Account, guild_id: str, general_id: str) -> None:
        self.alice = alice
        self.bob = bob
        self.guild_id = guild_id
        self.general_id = general_id

    async def make(self, name: str, kind: int, *, is_hidden: bool = False, parent_id: str | None = None) -> str:
        hidden = [{"id": self.guild_id, "type": 0, "allow": "0", "deny": VIEW}]
        body = {"name": name, "type": kind, "permission_overwrites": hidden if is_hidden else []}
        if parent_id is not None:
            body["parent_id"] = parent_id
        made = await self.alice.call("POST", f"/guilds/{self.guild_id}/channels", dict[str, Any], body)
        return str(made["id"])

    async def told(self, client: GatewayClient) -> list[tuple[str, str]]:
        """Return what bob was told of channels since the last time: the dispatch and the channel's name."""
        already = len(client.seen)
        await self.alice.send(self.general_id, "that is all")
        await client.wait_for("MESSAGE_CREATE")
        return [
            (payload.t, payload.d["name"])
            for payload in client.seen[already:]
            if payload.t is not None and payload.t.startswith("CHANNEL_")
        ]


@pytest.fixture
async def town(site: RunningServer) -> Town:
    alice, bob = await site.register("alice"), await site.register("bob")
    guild, general_id = await site.befriend(alice, bob)
    return Town(alice, bob, guild.id, general_id)


async def test_a_renamed_category_is_told_to_those_who_see_a_channel_in_it(town: Town) -> None:
    category = await town.make("hidden", 4, is_hidden=True)
    await town.make("seen", 0, parent_id=category)
    async with town.bob.connect() as client:
        assert category in [channel["id"] for channel in client.seen[-1].d["guilds"][0]["channels"]]
        await town.alice.do("PATCH", f"/channels/{category}", {"name": "renamed"})
        assert await town.told(client) == [("CHANNEL_UPDATE", "renamed")]


async def test_a_renamed_category_is_not_told_to_those_who_see_nothing_in_it(town: Town) -> None:
    category = await town.make("hidden", 4, is_hidden=True)
    await town.make("secret", 0, is_hidden=True, parent_id=category)
    async with town.bob.connect() as client:
        await town.alice.do("PATCH", f"/channels/{category}", {"name": "renamed"})
        assert await town.told(client) == []


async def test_a_deleted_category_leaves_no_ghost(town: Town) -> None:
    category = await town.make("hidden", 4, is_hidden=True)
    await town.make("seen", 0, parent_id=category)
    async with town.bob.connect() as client:
        await town.alice.do("DELETE", f"/channels/{category}")
        assert sorted(await town.told(client)) == [("CHANNEL_DELETE", "hidden"), ("CHANNEL_UPDATE", "seen")]


async def test_a_deleted_category_that_all_may_see_is_told_once(town: Town) -> None:
    category = await town.make("open", 4)
    await town.make("seen", 0, parent_id=category)
    async with town.bob.connect() as client:
        await town.alice.do("DELETE", f"/channels/{category}")
        assert sorted(await town.told(client)) == [("CHANNEL_DELETE", "open"), ("CHANNEL_UPDATE", "seen")]


async def test_the_first_channel_to_be_seen_brings_its_category(town: Town) -> None:
    category = await town.make("hidden", 4, is_hidden=True)
    async with town.bob.connect() as client:
        await town.make("seen", 0, parent_id=category)
        await town.make("seen-too", 0, parent_id=category)
        assert await town.told(client) == [
            ("CHANNEL_CREATE", "hidden"),
            ("CHANNEL_CREATE", "seen"),
            ("CHANNEL_CREATE", "seen-too"),
        ]


async def test_the_last_channel_to_be_seen_takes_its_category_along(town: Town) -> None:
    category = await town.make("hidden", 4, is_hidden=True)
    first = await town.make("first", 0, parent_id=category)
    second = await town.make("second", 0, parent_id=category)
    async with town.bob.connect() as client:
        await town.alice.do("DELETE", f"/channels/{first}")
        assert await town.told(client) == [("CHANNEL_DELETE", "first")]
        await town.alice.do("DELETE", f"/channels/{second}")
        assert await town.told(client) == [("CHANNEL_DELETE", "second"), ("CHANNEL_DELETE", "hidden")]
