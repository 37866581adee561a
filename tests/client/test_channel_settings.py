"""Channels are made, moved, opened and closed to people against a real server; where a move leads, without one."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.client.running import make_client, running
from tests.client.site import Site
from tests.client.waiting import until
from tests.tui.samples import GENERAL, GUILD, NEWS, RANDOM, REVIEWS, VOICE_ENGINE, sample_state
from tuichat.client.channel_settings import MEMBER, ROLE, as_category, moved
from tuichat.client.endpoint import parse_url
from tuichat.client.errors import ClientError
from tuichat.client.overwrite_draft import OverwriteDraft, Stance, same_as
from tuichat.protocol.channel import ChannelType, PermissionOverwrite
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import CreateChannelRequest, EditChannelRequest
from tuichat.protocol.snowflake import Snowflake


async def test_channel_is_made_changed_moved_and_deleted(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url)
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as owner,
    ):
        guild_id = int(next(iter(owner.state.guilds)))
        channels, state = owner.guild_settings.channels, owner.state
        category = await channels.create(guild_id, CreateChannelRequest(name="Plans", type=ChannelType.CATEGORY))
        one = await channels.create(guild_id, CreateChannelRequest(name="one", parent_id=category.id))
        two = await channels.create(guild_id, CreateChannelRequest(name="two", parent_id=category.id))
        shown = state.guilds[guild_id].channel_ids
        await until(lambda: {category.id, one.id, two.id} <= set(shown))
        with pytest.raises(ClientError):
            await me.guild_settings.channels.edit(one.id, EditChannelRequest(name="mine"))

        await channels.edit(one.id, EditChannelRequest(topic="first", rate_limit_per_user=30, nsfw=True))
        await until(lambda: me.state.channels[one.id].topic == "first")
        assert (me.state.channels[one.id].rate_limit_per_user, me.state.channels[one.id].nsfw) == (30, True)

        assert shown.index(one.id) < shown.index(two.id)
        await channels.arrange(guild_id, moved(state, state.channels[two.id], -1))
        await until(lambda: _place(state.guilds[guild_id].channel_ids, two.id, one.id))
        assert moved(state, state.channels[two.id], -1) == []

        await channels.edit(one.id, EditChannelRequest(parent_id=None))
        await until(lambda: me.state.channels[one.id].parent_id is None)
        await channels.delete(category.id)
        await until(lambda: category.id not in me.state.channels)
        assert two.id in me.state.channels


async def test_channel_is_closed_to_all_and_opened_to_one(site: Site, tmp_path: Path) -> None:
    endpoint = parse_url(site.server.base_url)
    async with (
        running(make_client(endpoint, site.me, tmp_path)) as me,
        running(make_client(endpoint, site.other, tmp_path)) as owner,
    ):
        guild_id = int(next(iter(owner.state.guilds)))
        channels, state, channel_id = owner.guild_settings.channels, owner.state, site.channel_id
        category = await channels.create(guild_id, CreateChannelRequest(name="Plans", type=ChannelType.CATEGORY))
        await channels.edit(channel_id, EditChannelRequest(parent_id=category.id))
        draft = OverwriteDraft(state, channel_id, guild_id, ROLE)
        draft.choose(Permissions.SEND_MESSAGES, Stance.DENY)
        await channels.set_overwrite(channel_id, guild_id, ROLE, *draft.result())
        await until(lambda: not me.state.permissions(channel_id) & Permissions.SEND_MESSAGES)
        await until(lambda: draft.change_count() == 0)
        assert draft.saved_stance(Permissions.SEND_MESSAGES) is Stance.DENY

        user_id = int(site.me.user_id)
        mine = OverwriteDraft(state, channel_id, user_id, MEMBER)
        assert not mine.exists
        mine.choose(Permissions.SEND_MESSAGES)
        await channels.set_overwrite(channel_id, user_id, MEMBER, *mine.result())
        await until(lambda: bool(me.state.permissions(channel_id) & Permissions.SEND_MESSAGES))
        await until(lambda: mine.exists)
        await channels.remove_overwrite(channel_id, user_id)
        await until(lambda: not mine.exists)

        await until(lambda: category.id in state.channels)
        assert not same_as(state.channels[channel_id], state.channels[category.id])
        await channels.arrange(guild_id, as_category(state.channels[channel_id], int(category.id)))
        await until(lambda: same_as(state.channels[channel_id], state.channels[category.id]))
        await until(lambda: bool(me.state.permissions(channel_id) & Permissions.SEND_MESSAGES))


def test_channels_that_stand_in_one_place_are_counted_anew() -> None:
    state = sample_state()
    places = moved(state, state.channels[VOICE_ENGINE], -1)
    assert [int(each.id) for each in places] == [VOICE_ENGINE, GENERAL, REVIEWS, RANDOM, NEWS]
    assert [each.position for each in places] == list(range(5))


def test_stances_go_round_and_come_back_to_no_change() -> None:
    state = sample_state()
    draft = OverwriteDraft(state, GENERAL, GUILD, ROLE)
    seen = []
    for _ in range(3):
        draft.choose(Permissions.SEND_MESSAGES)
        seen.append((draft.stance(Permissions.SEND_MESSAGES), draft.change_count()))
    assert seen == [(Stance.ALLOW, 1), (Stance.DENY, 1), (Stance.INHERIT, 0)]


def test_bits_that_nobody_knows_stay() -> None:
    state = sample_state()
    unknown = Permissions(1 << 60)
    overwrite = PermissionOverwrite(id=Snowflake(GUILD), type=ROLE, allow=unknown)
    state.channels[GENERAL] = replace(state.channels[GENERAL], permission_overwrites=[overwrite])
    draft = OverwriteDraft(state, GENERAL, GUILD, ROLE)
    draft.choose(Permissions.SEND_MESSAGES, Stance.ALLOW)
    assert draft.result() == (unknown | Permissions.SEND_MESSAGES, 0)


def _place(ids: list[int], first: int, second: int) -> bool:
    return ids.index(first) < ids.index(second)
