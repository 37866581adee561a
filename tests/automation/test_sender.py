"""Messages of a script arrive once and in order, over a line that breaks."""

import asyncio
from pathlib import Path

import pytest

from tests.client.faulty_proxy import Direction
from tests.client.running import make_client, running
from tests.client.site import Site
from tuichat.automation.sender import Sender
from tuichat.client.endpoint import parse_url
from tuichat.client.errors import RefusedError


async def written(site: Site) -> list[tuple[int, str]]:
    return [(message_id, text) for message_id, text in await site.truth() if text]


async def test_messages_arrive_in_order_over_a_line_that_breaks(site: Site, tmp_path: Path) -> None:
    async with running(make_client(parse_url(site.proxy.url), site.me, tmp_path)) as me:
        sender = Sender(me, site.channel_id)
        told = []
        for number in range(6):
            if number == 3:
                site.proxy.cut_after(Direction.TO_CLIENT, b"HTTP/1.1 200", 0)  # acknowledged, and the answer lost
            told.append(await sender.send(f"line {number}"))
        assert sender.sent == 6
        assert site.proxy.cuts == 1
        assert [(each, f"line {number}") for number, each in enumerate(told)] == await written(site)


async def test_a_refusal_is_raised_and_leaves_nothing_behind(site: Site, tmp_path: Path) -> None:
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        sender = Sender(me, 12345)
        with pytest.raises(RefusedError):
            await sender.send("nowhere")
        assert sender.sent == 0
        assert me.state.timeline(12345).unsent == []
    assert list((tmp_path / "outbox").rglob("*.json")) == []


async def test_an_interrupted_run_counts_what_arrived_and_takes_back_what_did_not(site: Site, tmp_path: Path) -> None:
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        sender = Sender(me, site.channel_id)
        await sender.send("first")
        sending = asyncio.create_task(sender.send("second"))
        await asyncio.sleep(0)  # it begins, and waits for the answer
        assert me.state.timeline(site.channel_id).unsent
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert sender.sent == len(await written(site))
        assert me.state.timeline(site.channel_id).unsent == []


async def test_the_time_left_follows_the_pace(site: Site, tmp_path: Path) -> None:
    async with running(make_client(parse_url(site.server.base_url), site.me, tmp_path)) as me:
        sender = Sender(me, site.channel_id)
        assert sender.left_s(5) is None
        await sender.send("first")
        assert sender.left_s(0) == 0
        assert (sender.left_s(2) or 0) > (sender.left_s(1) or 0) > 0
