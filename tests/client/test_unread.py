"""Unread and mention counts of real clients agree with the real server: those that were counted here as messages came are
those that a session which begins now is told."""

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tuichat.client import attention
from tuichat.client.change import Change, MessageArrived, SettingsChanged
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.client.notice_levels import Level, is_muted, level, shows_unread
from tuichat.client.state import Connection


@contextlib.asynccontextmanager
async def session(site: Site, folder: Path) -> AsyncIterator[Client]:
    """A session of `me` that begins now."""
    async with running(make_client(parse_url(site.server.base_url), site.me, folder)) as client:
        yield client


def counts(client: Client) -> dict[int, tuple[bool, int]]:
    """What is unread, and how many mentions, by channel."""
    state = client.state
    return {int(each): (state.is_unread(each), state.mention_count(each)) for each in state.channels}


async def assert_agrees(site: Site, client: Client, folder: Path) -> None:
    """What `client` counted is what the server tells a session that begins now."""
    async with session(site, folder / "fresh") as fresh:
        assert counts(client) == counts(fresh)


def has_seen(client: Client, channel_id: int, message_id: str) -> Callable[[], bool]:
    return lambda: client.state.channels[channel_id].last_message_id == int(message_id)


async def test_what_came_while_away_is_unread_with_its_mentions(site: Site, tmp_path: Path) -> None:
    channel = str(site.channel_id)
    async with session(site, tmp_path) as me:
        await me.mark_read(site.channel_id)
    await site.other.send(channel, "nobody in particular")
    await site.other.send(channel, f"<@{site.me.user_id}> look")
    async with session(site, tmp_path) as me:
        assert counts(me)[site.channel_id] == (True, 1)
        await site.other.send(channel, f"<@{site.me.user_id}> again")
        await until(lambda: me.state.mention_count(site.channel_id) == 2)
        await assert_agrees(site, me, tmp_path)


async def test_reading_in_one_session_reads_in_all(site: Site, tmp_path: Path) -> None:
    async with session(site, tmp_path / "a") as first, session(site, tmp_path / "b") as second:
        await site.other.send(str(site.channel_id), f"<@{site.me.user_id}>")
        await until(lambda: first.state.mention_count(site.channel_id) == 1)
        await until(lambda: second.state.mention_count(site.channel_id) == 1)
        await first.mark_read(site.channel_id)
        await until(lambda: counts(second)[site.channel_id] == (False, 0))
        await assert_agrees(site, first, tmp_path)


async def test_own_message_from_another_session_is_read(site: Site, tmp_path: Path) -> None:
    async with session(site, tmp_path / "a") as first, session(site, tmp_path / "b") as second:
        await site.other.send(str(site.channel_id), f"<@{site.me.user_id}>")
        await until(lambda: second.state.mention_count(site.channel_id) == 1)
        first.send_message(site.channel_id, "seen")
        await until(lambda: counts(second)[site.channel_id] == (False, 0))
        await assert_agrees(site, second, tmp_path)


async def test_deleted_message_leaves_the_counts_as_the_server_has_them(site: Site, tmp_path: Path) -> None:
    channel = str(site.channel_id)
    async with session(site, tmp_path) as me:
        await me.mark_read(site.channel_id)
        told = await site.other.send(channel, f"<@{site.me.user_id}> oh, never mind")
        await until(has_seen(me, site.channel_id, told.id))
        await me.open_channel(site.channel_id)
        await site.other.do("DELETE", f"/channels/{channel}/messages/{told.id}")
        await until(lambda: me.state.timeline(site.channel_id).find(int(told.id)) is None)
        await assert_agrees(site, me, tmp_path)
        await me.mark_read(site.channel_id)
        assert counts(me)[site.channel_id] == (False, 0), "what is gone can be read off"


async def test_suppressed_everyone_counts_for_nobody(site: Site, tmp_path: Path) -> None:
    channel = str(site.channel_id)
    async with session(site, tmp_path) as me:
        guild_id = next(iter(me.state.guilds))
        for suppresses, expected in ((False, 1), (True, 1), (False, 2)):
            await me.notices.suppress(guild_id, everyone=suppresses, roles=False)
            told = await site.other.send(channel, "@everyone lunch")
            await until(has_seen(me, site.channel_id, told.id))
            assert me.state.mention_count(site.channel_id) == expected
        await assert_agrees(site, me, tmp_path)


async def test_muted_private_channel_counts_nothing_but_ones_name(site: Site, tmp_path: Path) -> None:
    async with session(site, tmp_path) as me:
        private = await me.places.open_private_channel(int(site.other.user_id))
        for text, mutes, expected in (("a", False, 1), ("b", True, 1), (f"<@{site.me.user_id}>", True, 2)):
            await (me.notices.mute_channel(private.id, None) if mutes else me.notices.unmute_channel(private.id))
            told = await site.other.send(str(private.id), text)
            await until(has_seen(me, private.id, told.id))
            assert me.state.mention_count(private.id) == expected
        assert not shows_unread(me.state, private.id)
        await assert_agrees(site, me, tmp_path)


async def test_blocked_author_counts_for_nothing(site: Site, tmp_path: Path) -> None:
    async with session(site, tmp_path) as me:
        await site.me.do("PUT", f"/users/@me/relationships/{site.other.user_id}", {"type": 2})
        await until(lambda: int(site.other.user_id) in me.state.unheard_ids)
        told = await site.other.send(str(site.channel_id), f"<@{site.me.user_id}>")
        await until(has_seen(me, site.channel_id, told.id))
        assert me.state.mention_count(site.channel_id) == 0
        await assert_agrees(site, me, tmp_path)


async def test_levels_and_mutes_reach_every_session_and_stay(site: Site, tmp_path: Path) -> None:
    async with session(site, tmp_path / "a") as first, session(site, tmp_path / "b") as second:
        guild_id = next(iter(first.state.guilds))
        changes: list[Change] = []
        second.subscribe(changes.extend)
        await first.notices.set_guild_level(guild_id, Level.MENTIONS)
        await first.notices.set_channel_level(site.channel_id, Level.NOTHING)
        await first.notices.mute_channel(site.channel_id, 4_102_444_800_000)
        await until(lambda: is_muted(second.state, site.channel_id))
        assert SettingsChanged() in changes
    async with session(site, tmp_path) as later:
        assert level(later.state, site.channel_id) is Level.NOTHING
        assert is_muted(later.state, site.channel_id)
        await later.notices.unmute_channel(site.channel_id)
        await later.notices.set_channel_level(site.channel_id, Level.INHERITED)
        assert not is_muted(later.state, site.channel_id)
        assert level(later.state, site.channel_id) is Level.MENTIONS


async def test_mute_that_ends_is_told(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with session(site, tmp_path) as me:
        changes: list[Change] = []
        me.subscribe(changes.extend)
        await me.notices.mute_channel(site.channel_id, 0)  # it ended long ago, and the server says so
        assert not is_muted(me.state, site.channel_id)
        end_ms = 4_102_444_800_000
        await me.notices.mute_channel(site.channel_id, end_ms)
        assert is_muted(me.state, site.channel_id)
        monkeypatch.setattr(attention, "unix_ms", lambda: end_ms)
        changes.clear()
        me._attention.settings_seen()
        await until(lambda: SettingsChanged() in changes)
        assert not is_muted(me.state, site.channel_id)


async def test_what_was_missed_comes_late_and_what_was_read_meanwhile_stays_read(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(f"http://127.0.0.1:{site.proxy.port}")
    async with running(make_client(endpoint, site.me, tmp_path)) as me:
        first = await site.other.send(str(site.channel_id), f"<@{site.me.user_id}> one")
        await until(has_seen(me, site.channel_id, first.id))
        changes: list[Change] = []
        me.subscribe(changes.extend)
        site.proxy.refuses = True
        site.proxy.cut_all()
        await until(lambda: me.state.connection is not Connection.READY)
        await me.mark_read(site.channel_id)
        second = await site.other.send(str(site.channel_id), "two")
        site.proxy.refuses = False
        me.reconnect_now()
        await until(has_seen(me, site.channel_id, second.id))
        late = [item for item in changes if isinstance(item, MessageArrived)]
        assert [(item.message.content, item.is_late) for item in late] == [("two", True)]
        assert me.state.mention_count(site.channel_id) == 0
        async with session(site, tmp_path / "fresh") as fresh:
            await until(lambda: counts(fresh)[site.channel_id] == (True, 0))


async def test_what_was_read_just_before_the_end_is_read_the_next_time(site: Site, tmp_path: Path) -> None:
    await site.other.send(str(site.channel_id), "news")
    async with session(site, tmp_path) as me:
        assert me.state.is_unread(site.channel_id)
        await me.mark_read(site.channel_id)
        await me.close()
    async with session(site, tmp_path / "again") as me:
        assert not me.state.is_unread(site.channel_id)
