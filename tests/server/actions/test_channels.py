"""Channels and overwrites: who may do what, limits, and who learns of it."""

import asyncio

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tuichat.protocol import codec
from tuichat.protocol.channel import PermissionOverwrite
from tuichat.protocol.dispatch.channel import ChannelCreate, ChannelDelete, ChannelUpdate
from tuichat.protocol.dispatch.guild import GuildUpdate
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import CreateChannelRequest, EditChannelRequest, OverwriteRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channel_fields, channels, overwrites, presence
from tuichat.server.actions.context import Actor

UNKNOWN_CHANNEL, UNKNOWN_MEMBER, UNKNOWN_OVERWRITE, UNKNOWN_ROLE = 10003, 10007, 10009, 10011
NO_ACCESS, NO_PERMISSION, INVALID, MAX_CHANNELS = 50001, 50013, 50035, 30013


def wanted(**fields: object) -> CreateChannelRequest:
    return msgspec.convert({"name": "new", **fields}, CreateChannelRequest)


@pytest.mark.parametrize(
    ("who", "expected"),
    [("ada", None), ("mod", None), ("bob", NO_PERMISSION), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)],
)
async def test_who_may_make_change_and_delete_channels(town: Town, who: str, expected: int | None) -> None:
    actor = town.people[who]
    for action in (
        channels.create_channel(town.ctx, actor, town.guild_id, wanted()),
        channels.edit_channel(town.ctx, actor, town.general, EditChannelRequest(topic="x")),
        channels.delete_channel(town.ctx, actor, town.general),
    ):
        result = await outcome(action)
        assert (result if isinstance(result, int) else None) == expected


@pytest.mark.parametrize(("who", "expected"), [("ada", None), ("bob", None), ("hush", None), ("eve", NO_ACCESS)])
async def test_who_may_see_channels(town: Town, who: str, expected: int | None) -> None:
    for action in (
        channels.get_channel(town.ctx, town.people[who], town.general),
        channels.list_channels(town.ctx, town.people[who], town.guild_id),
    ):
        result = await outcome(action)
        assert (result if isinstance(result, int) else None) == expected
    with refused(UNKNOWN_CHANNEL, 404):
        await channels.get_channel(town.ctx, town.people[who], 5)


async def test_a_new_text_channel_is_named_as_discord_names_it(town: Town) -> None:
    made = await channels.create_channel(
        town.ctx, town.ada, town.guild_id, wanted(name="My  New Channel", topic=" about \n it ", nsfw=True)
    )
    assert (made.name, made.topic, made.nsfw, made.last_message_id) == ("my-new-channel", "about \n it", True, None)
    (event,) = town.told("CHANNEL_CREATE")
    assert codec.decode(event.body, ChannelCreate) == ChannelCreate(
        **{field: getattr(made, field) for field in made.__struct_fields__}
    )
    assert b"bitrate" not in event.body


async def test_a_voice_channel_has_what_a_text_channel_lacks(town: Town) -> None:
    made = await channels.create_channel(
        town.ctx, town.ada, town.guild_id, wanted(name="Room 1", type=2, bitrate=96_000, user_limit=3)
    )
    assert (made.name, made.bitrate, made.user_limit, made.rtc_region) == ("Room 1", 96_000, 3, None)


@pytest.mark.parametrize(
    "fields",
    [
        {"name": ""}, {"name": "x" * 101}, {"name": "\u200b"}, {"type": 1}, {"type": 99}, {"topic": "x" * 1025},
        {"rate_limit_per_user": 21_601}, {"rate_limit_per_user": -1}, {"type": 2, "bitrate": 7_999},
        {"type": 2, "user_limit": 100}, {"position": -1}, {"parent_id": Snowflake(5)},
    ],
)  # fmt: skip
async def test_fields_out_of_their_limits_are_refused(town: Town, fields: dict[str, object]) -> None:
    with refused(INVALID, 400):
        await channels.create_channel(town.ctx, town.ada, town.guild_id, wanted(**fields))


async def test_a_channel_limit_holds_against_many_at_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channels, "MAX_CHANNELS", 7)
    results = await asyncio.gather(
        *(outcome(channels.create_channel(town.ctx, town.ada, town.guild_id, wanted())) for _ in range(6))
    )
    assert [result for result in results if isinstance(result, int)] == [MAX_CHANNELS] * 3
    assert len(town.state.channels) == 7


async def test_a_category_holds_fifty_channels_and_no_category(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_fields, "MAX_CHANNELS_PER_CATEGORY", 2)
    category = town.channel("Text channels")
    await channels.create_channel(town.ctx, town.ada, town.guild_id, wanted(parent_id=category))
    with refused(INVALID) as caught:
        await channels.create_channel(town.ctx, town.ada, town.guild_id, wanted(parent_id=category))
    assert b"(2)" in caught.value.encode()
    with refused(INVALID):
        await channels.create_channel(town.ctx, town.ada, town.guild_id, wanted(parent_id=town.general))
    with refused(INVALID):
        await channels.create_channel(
            town.ctx, town.ada, town.guild_id, wanted(type=4, parent_id=town.channel("Voice channels"))
        )


async def test_a_channel_begins_with_its_categorys_overwrites(town: Town) -> None:
    category = town.channel("Voice channels")
    overwrite = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.SEND_MESSAGES)
    await overwrites.set_overwrite(town.ctx, town.ada, category, town.guild_id, overwrite)
    made = await channels.create_channel(town.ctx, town.ada, town.guild_id, wanted(parent_id=category))
    assert made.permission_overwrites == [PermissionOverwrite(id=town.guild_id, type=0, deny=Permissions.SEND_MESSAGES)]


async def test_an_edit_changes_what_it_names_and_nothing_else(town: Town) -> None:
    before = await channels.get_channel(town.ctx, town.ada, town.general)
    after = await channels.edit_channel(
        town.ctx, town.ada, town.general, EditChannelRequest(topic="new", parent_id=None)
    )
    assert after == msgspec.structs.replace(before, topic="new", parent_id=None)
    (event,) = town.told("CHANNEL_UPDATE")
    assert codec.decode(event.body, ChannelUpdate).topic == "new"
    await channels.edit_channel(town.ctx, town.ada, town.general, EditChannelRequest(topic="new"))
    assert len(town.told("CHANNEL_UPDATE")) == 1  # nothing changed, nothing is told


async def test_a_deleted_category_leaves_its_channels(town: Town) -> None:
    await channels.delete_channel(town.ctx, town.ada, town.channel("Text channels"))
    assert (await channels.get_channel(town.ctx, town.ada, town.general)).parent_id is None
    assert [event.name for event in town.published][:2] == ["CHANNEL_UPDATE", "CHANNEL_DELETE"]


async def test_the_channel_is_still_there_while_its_deletion_is_told(town: Town) -> None:
    seen: list[bool] = []
    town.ctx.bus.subscribe(
        lambda event: (
            seen.append(town.state.can_view(town.bob.user_id, event.channel_id or 0))
            if event.name == "CHANNEL_DELETE"
            else None
        )
    )
    general = town.general
    gone = await channels.delete_channel(town.ctx, town.ada, general)
    assert seen == [True]
    assert gone.id == general
    assert codec.decode(town.told("CHANNEL_DELETE")[0].body, ChannelDelete).name == "general"
    assert codec.decode(town.told("GUILD_UPDATE")[0].body, GuildUpdate).system_channel_id is None
    assert not town.state.can_view(town.bob.user_id, general)


async def test_only_bits_that_one_has_go_into_overwrites(town: Town) -> None:
    mod = town.people["mod"]
    target = town.bob.user_id

    async def allow(permissions: Permissions) -> int | None:
        request = OverwriteRequest(id=target, type=1, allow=permissions)
        return await outcome(overwrites.set_overwrite(town.ctx, mod, town.general, target, request))

    assert await allow(Permissions.MANAGE_MESSAGES) is None
    assert await allow(Permissions.BAN_MEMBERS) == NO_PERMISSION
    assert await allow(Permissions.ADMINISTRATOR) == NO_PERMISSION
    assert town.state.permissions_in(target, town.general, town.clock.ms) & Permissions.MANAGE_MESSAGES
    await overwrites.delete_overwrite(town.ctx, mod, town.general, target)
    assert not town.state.permissions_in(target, town.general, town.clock.ms) & Permissions.MANAGE_MESSAGES
    with refused(UNKNOWN_OVERWRITE, 404):
        await overwrites.delete_overwrite(town.ctx, mod, town.general, target)


@pytest.mark.parametrize(("who", "expected"), [("bob", NO_PERMISSION), ("hush", NO_PERMISSION), ("eve", NO_ACCESS)])
async def test_who_may_not_touch_overwrites(town: Town, who: str, expected: int) -> None:
    request = OverwriteRequest(id=town.guild_id, type=0)
    actor = town.people[who]
    assert await outcome(overwrites.set_overwrite(town.ctx, actor, town.general, town.guild_id, request)) == expected
    assert await outcome(overwrites.delete_overwrite(town.ctx, actor, town.general, town.guild_id)) == expected


async def test_overwrites_are_for_what_there_is(town: Town) -> None:
    for kind, code in ((0, UNKNOWN_ROLE), (1, UNKNOWN_MEMBER), (2, INVALID)):
        with refused(code):
            await overwrites.set_overwrite(
                town.ctx, town.ada, town.general, 5, OverwriteRequest(id=Snowflake(5), type=kind)
            )


async def test_who_gains_or_loses_sight_of_a_channel_is_told(town: Town) -> None:
    for who in ("ada", "bob"):
        presence.session_opened(town.ctx, town.people[who], who)
    town.published.clear()
    hide = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, town.guild_id, hide)
    lost, update, _ = town.published
    assert (lost.name, lost.user_ids) == (
        "CHANNEL_DELETE",
        frozenset({town.bob.user_id}),
    )  # hush is not here, ada sees all
    assert update.name == "CHANNEL_UPDATE"
    town.published.clear()
    await overwrites.delete_overwrite(town.ctx, town.ada, town.general, town.guild_id)
    assert (town.published[0].name, town.published[0].user_ids) == ("CHANNEL_CREATE", frozenset({town.bob.user_id}))


async def test_a_category_is_seen_with_any_of_its_channels(town: Town) -> None:
    hide = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.VIEW_CHANNEL)
    category = town.channel("Text channels")
    own = OverwriteRequest(id=town.mod_role, type=0, allow=Permissions.SEND_MESSAGES)
    await overwrites.set_overwrite(
        town.ctx, town.ada, town.general, town.mod_role, own
    )  # it follows its category no more
    await overwrites.set_overwrite(town.ctx, town.ada, category, town.guild_id, hide)
    names = [channel.name for channel in await channels.list_channels(town.ctx, town.bob, town.guild_id)]
    assert "Text channels" in names
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, town.guild_id, hide)
    names = [channel.name for channel in await channels.list_channels(town.ctx, town.bob, town.guild_id)]
    assert names == ["General", "Voice channels"] or names == ["Voice channels", "General"]


async def test_bots_are_bound_like_people(town: Town) -> None:
    with refused(NO_PERMISSION):
        await channels.create_channel(town.ctx, Actor(town.bob.user_id, is_bot=True), town.guild_id, wanted())


async def test_channels_follow_their_category_until_they_have_overwrites_of_their_own(town: Town) -> None:
    category = town.channel("Text channels")
    own = await channels.create_channel(town.ctx, town.ada, town.guild_id, wanted(name="own", parent_id=category))
    rule = OverwriteRequest(id=town.mod_role, type=0, allow=Permissions.SEND_MESSAGES)
    await overwrites.set_overwrite(town.ctx, town.ada, own.id, town.mod_role, rule)
    presence.session_opened(town.ctx, town.bob, "bob")
    town.published.clear()
    hide = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, category, town.guild_id, hide)
    rows = town.state.channels
    assert rows[town.general].overwrites == rows[category].overwrites != ()
    assert [overwrite.id for overwrite in rows[own.id].overwrites] == [town.mod_role]
    assert {event.channel_id for event in town.told("CHANNEL_UPDATE")} == {category, town.general}
    (gone,) = town.told("CHANNEL_DELETE")
    assert codec.decode(gone.body, ChannelUpdate).id == town.general
    (entry,) = town.told("GUILD_AUDIT_LOG_ENTRY_CREATE")
    edit = EditChannelRequest(permission_overwrites=[])
    await channels.edit_channel(town.ctx, town.ada, category, edit)
    assert rows[town.general].overwrites == ()
    stored = {row.id: row for row in (await town.ctx.store.load()).channels}
    assert stored == rows
    assert entry.channel_id == category
