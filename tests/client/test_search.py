"""Searches over a real server: pages, filters, order, and private channels merged by time. Line 3.8."""

from pathlib import Path

from tests.client.running import make_client, running
from tests.client.site import Site
from tuichat.client.endpoint import parse_url
from tuichat.client.search import Order, Results, SearchQuery


def contents(results: Results) -> list[str]:
    return [results.found[index].message.content for index in range(len(results.found))]


async def test_pages_come_in_order_and_each_message_once(site: Site, tmp_path: Path) -> None:
    for number in range(60):
        await site.other.send(str(site.channel_id), f"jitter {number}")
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        results = me.search.in_channel(site.channel_id, SearchQuery("jitter"), Order.NEWEST)
        await results.load()
        assert contents(results) == [f"jitter {number}" for number in range(59, 34, -1)]
        assert results.total == 60
        while results.found.has_newer:
            await results.load()
        assert contents(results) == [f"jitter {number}" for number in range(59, -1, -1)]
        oldest = me.search.in_channels([site.channel_id], SearchQuery("jitter"), Order.OLDEST)
        await oldest.load()
        assert contents(oldest)[0] == "jitter 0"


async def test_filters_reach_the_server(site: Site, tmp_path: Path) -> None:
    await site.other.send(str(site.channel_id), "see https://example.org/jitter")
    await site.me.send(str(site.channel_id), "jitter without")
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        query = SearchQuery(author_ids=(int(site.other.user_id),), has=("link",))
        results = me.search.in_channel(site.channel_id, query, Order.NEWEST)
        await results.load()
        assert contents(results) == ["see https://example.org/jitter"]
        nothing = me.search.in_channel(site.channel_id, SearchQuery("jitter", max_id=1000), Order.RELEVANCE)
        await nothing.load()
        assert contents(nothing) == []
        assert not nothing.found.has_newer


async def test_pins_are_listed_and_taken_away(site: Site, tmp_path: Path) -> None:
    made = await site.other.send(str(site.channel_id), "the plan")
    await site.other.do("PUT", f"/channels/{site.channel_id}/messages/pins/{made.id}")
    async with running(make_client(parse_url(site.server.base_url), site.other, tmp_path)) as me:
        pins = me.pins.of(site.channel_id)
        await pins.load()
        assert [pins.found[index].message.content for index in range(len(pins.found))] == ["the plan"]
        await pins.acknowledge()
        await pins.unpin(int(made.id))
        again = me.pins.of(site.channel_id)
        await again.load()
        assert len(again.found) == 0
