"""Threads over a real server. Line 3.4."""

from pathlib import Path

import pytest

from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tuichat.client.change import Change, PinsChanged
from tuichat.client.endpoint import parse_url
from tuichat.client.errors import RefusedError
from tuichat.client.pins import PinCount
from tuichat.client.state import Connection
from tuichat.protocol.rest.channel import EditChannelRequest
from tuichat.protocol.snowflake import Snowflake


async def test_thread_is_begun_listed_renamed_archived_and_left(site: Site, tmp_path: Path) -> None:
    started = await site.other.send(str(site.channel_id), "shall we?")
    async with running(make_client(parse_url(site.server.base_url), site.other, tmp_path)) as me:
        await until(lambda: me.state.connection is Connection.READY)
        thread = await me.threads.begin(site.channel_id, "the plan", message_id=int(started.id))
        assert me.state.channels[thread.id].name == "the plan"
        await me.threads.begin(site.channel_id, "beside")
        active = me.threads.pages(site.channel_id, is_archived=False)
        await active.load()
        assert {each.name for each in active.threads} == {"the plan", "beside"}
        assert len(active.joined) == 2
        assert [int(str(each.user_id)) for each in await me.threads.members(thread.id)] == [int(site.other.user_id)]
        await me.threads.edit(thread.id, EditChannelRequest(name="other plan", rate_limit_per_user=5))
        await until(lambda: me.state.channels[thread.id].name == "other plan")
        await me.threads.leave(thread.id)
        await me.threads.join(thread.id)
        await me.threads.edit(thread.id, EditChannelRequest(archived=True))
        await until(lambda: thread.id not in me.state.channels)
        archived = me.threads.pages(site.channel_id, is_archived=True)
        await archived.load()
        assert [each.name for each in archived.threads] == ["other plan"]
        me.threads.know(archived.threads[0])
        await me.open_channel(thread.id)
        assert thread.id in me.state.channels


async def test_others_are_brought_into_a_thread(site: Site, tmp_path: Path) -> None:
    async with running(make_client(parse_url(site.server.base_url), site.other, tmp_path)) as other:
        await until(lambda: other.state.connection is Connection.READY)
        thread = await other.threads.begin(site.channel_id, "the plan", is_private=True)
        await other.threads.add(thread.id, [int(site.me.user_id)])
        following = {int(str(each.user_id)) for each in await other.threads.members(thread.id)}
        assert following == {int(site.me.user_id), int(site.other.user_id)}
        with pytest.raises(RefusedError):
            await other.threads.add(thread.id, [1])


async def test_pins_are_counted_and_their_change_is_told(site: Site, tmp_path: Path) -> None:
    sent = await site.other.send(str(site.channel_id), "read me first")
    async with running(make_client(parse_url(site.server.base_url), site.other, tmp_path)) as other:
        await until(lambda: other.state.connection is Connection.READY)
        assert await other.pins.count(site.channel_id) == PinCount(0)
        told: list[Change] = []
        other.subscribe(told.extend)
        await other.marks.pin(site.channel_id, int(sent.id))
        await until(lambda: PinsChanged(Snowflake(site.channel_id)) in told)
        assert isinstance(other.state.channels[site.channel_id].last_pin_timestamp, str)
        assert await other.pins.count(site.channel_id) == PinCount(1)
