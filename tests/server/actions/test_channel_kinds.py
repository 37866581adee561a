"""Channels of every kind: what each can be set to, turning one into another, moving them, and what the audit log tells."""

from collections.abc import Mapping

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.channel import Channel, ChannelFlags, ChannelType, DefaultReaction
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import (
    ChannelPosition,
    CreateChannelRequest,
    EditChannelRequest,
    ForumTagRequest,
    OverwriteRequest,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import channels, overwrites

Fields = Mapping[str, object]


async def make(town: Town, kind: ChannelType, **more: object) -> Channel:
    request = CreateChannelRequest(name="New Place", type=kind, **more)  # type: ignore[arg-type]  # of a test
    return await channels.create_channel(town.ctx, town.ada, town.guild_id, request)


async def edit(town: Town, channel: Channel, **more: object) -> Channel:
    request = EditChannelRequest(**more)  # type: ignore[arg-type]  # of a test
    return await channels.edit_channel(town.ctx, town.ada, channel.id, request)


async def move(town: Town, *positions: ChannelPosition) -> None:
    await channels.move_channels(town.ctx, town.ada, town.guild_id, positions)


def keys(channel: Channel) -> set[str]:
    found: dict[str, object] = msgspec.json.decode(msgspec.json.encode(channel, enc_hook=str))
    return set(found)


EVERY = {"id", "type", "guild_id", "name", "position", "permission_overwrites", "parent_id", "nsfw", "flags"}
WRITTEN = EVERY | {"topic", "last_message_id", "last_pin_timestamp", "rate_limit_per_user"}
WITH_THREADS = WRITTEN | {"default_thread_rate_limit_per_user", "default_auto_archive_duration"}
SPOKEN = WRITTEN | {"bitrate", "user_limit", "rtc_region", "video_quality_mode"}
POSTS = WITH_THREADS | {"available_tags", "default_reaction_emoji", "default_sort_order", "default_forum_layout"}
KINDS: dict[ChannelType, tuple[str, set[str], Fields]] = {
    ChannelType.CATEGORY: ("New Place", EVERY, {}),
    ChannelType.TEXT: (
        "new-place",
        WITH_THREADS,
        {"topic": "t" * 1024, "rate_limit_per_user": 21_600, "default_auto_archive_duration": 60, "nsfw": True},
    ),
    ChannelType.ANNOUNCEMENT: ("new-place", WITH_THREADS, {"default_auto_archive_duration": 10_080}),
    ChannelType.VOICE: (
        "New Place",
        SPOKEN,
        {"bitrate": 96_000, "user_limit": 99, "rtc_region": "rotterdam", "video_quality_mode": 2},
    ),
    ChannelType.STAGE: ("New Place", SPOKEN, {"bitrate": 64_000, "user_limit": 10_000}),
    ChannelType.FORUM: (
        "new-place",
        POSTS,
        {
            "topic": "t" * 4096,
            "default_sort_order": 1,
            "default_forum_layout": 2,
            "default_thread_rate_limit_per_user": 5,
            "default_auto_archive_duration": 1440,
        },
    ),
    ChannelType.MEDIA: ("new-place", POSTS, {"default_sort_order": 0, "default_auto_archive_duration": 1440}),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_has_its_fields_and_keeps_them(town: Town, kind: ChannelType) -> None:
    name, expected_keys, fields = KINDS[kind]
    made = await make(town, kind, **fields)
    assert (made.name, made.type) == (name, kind)
    assert keys(made) == expected_keys
    assert {field: getattr(made, field) for field in fields} == fields
    (stored,) = (row for row in (await town.ctx.store.load()).channels if row.id == made.id)
    assert stored == town.state.channels[made.id]
    listed = await channels.list_channels(town.ctx, town.bob, town.guild_id)
    assert made.id in {channel.id for channel in listed}


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        (ChannelType.TEXT, {"topic": "t" * 1025}, 50035),
        (ChannelType.FORUM, {"topic": "t" * 4097}, 50035),
        (ChannelType.TEXT, {"default_auto_archive_duration": 5}, 50035),
        (ChannelType.FORUM, {"default_sort_order": 2}, 50035),
        (ChannelType.FORUM, {"default_forum_layout": 3}, 50035),
        (ChannelType.FORUM, {"default_thread_rate_limit_per_user": -1}, 50035),
        (ChannelType.VOICE, {"bitrate": 7999}, 50035),
        (ChannelType.STAGE, {"bitrate": 64_001}, 50035),
        (ChannelType.VOICE, {"user_limit": 100}, 50035),
        (ChannelType.STAGE, {"user_limit": 10_001}, 50035),
        (ChannelType.VOICE, {"video_quality_mode": 3}, 50035),
        (ChannelType.VOICE, {"rtc_region": "r" * 33}, 50035),
        (ChannelType.FORUM, {"available_tags": [ForumTagRequest(name="t" * 21)]}, 50035),
        (ChannelType.FORUM, {"available_tags": [ForumTagRequest(name="")]}, 50035),
        (ChannelType.FORUM, {"available_tags": [ForumTagRequest(name=f"{n}") for n in range(21)]}, 30048),
        (ChannelType.FORUM, {"available_tags": [ForumTagRequest(name="a"), ForumTagRequest(name="a")]}, 40061),
        (ChannelType.FORUM, {"available_tags": [ForumTagRequest(name="a", id=Snowflake(5))]}, 10087),
        (ChannelType.FORUM, {"available_tags": [ForumTagRequest(name="a", emoji_id=Snowflake(5))]}, 50035),
        (ChannelType.FORUM, {"default_reaction_emoji": DefaultReaction(emoji_id=Snowflake(5))}, 50035),
        (ChannelType.FORUM, {"flags": int(ChannelFlags.REQUIRE_TAG)}, 40066),
        (ChannelType.PUBLIC_THREAD, {}, 50035),
        (ChannelType.DM, {}, 50035),
    ],
)
async def test_fields_out_of_their_limits_are_refused(
    town: Town, kind: ChannelType, fields: dict[str, object], code: int
) -> None:
    with refused(code):
        await make(town, kind, **fields)


async def test_a_forum_keeps_the_tags_that_an_edit_names_by_id(town: Town) -> None:
    wanted = [ForumTagRequest(name="bug", emoji_name="🐛"), ForumTagRequest(name="staff", moderated=True)]
    forum = await make(town, ChannelType.FORUM, available_tags=wanted, flags=int(ChannelFlags.REQUIRE_TAG))
    assert isinstance(forum.available_tags, list)
    bug, staff = forum.available_tags
    assert (bug.emoji_name, bug.moderated, staff.moderated) == ("🐛", False, True)
    changed = await edit(
        town,
        forum,
        available_tags=[ForumTagRequest(id=bug.id, name="defect"), ForumTagRequest(name="idea")],
        default_reaction_emoji=DefaultReaction(emoji_name="👍"),
    )
    assert isinstance(changed.available_tags, list)
    assert [(tag.id == bug.id, tag.name) for tag in changed.available_tags] == [(True, "defect"), (False, "idea")]
    assert changed.default_reaction_emoji == DefaultReaction(emoji_name="👍")
    assert changed.flags & ChannelFlags.REQUIRE_TAG
    with refused(40066, 400):
        await edit(town, forum, available_tags=[ForumTagRequest(name="staff", moderated=True)])


async def test_text_becomes_announcement_and_nothing_else(town: Town) -> None:
    channel = await channels.get_channel(town.ctx, town.ada, town.general)
    assert (await edit(town, channel, type=ChannelType.ANNOUNCEMENT)).type == ChannelType.ANNOUNCEMENT
    assert (await edit(town, channel, type=ChannelType.TEXT)).type == ChannelType.TEXT
    for kind in (ChannelType.VOICE, ChannelType.CATEGORY, ChannelType.FORUM, 99):
        with refused(50035, 400):
            await edit(town, channel, type=kind)
    voice = await channels.get_channel(town.ctx, town.ada, town.channel("General"))
    with refused(50035, 400):
        await edit(town, voice, type=ChannelType.TEXT)


async def test_channels_are_moved_among_their_kind_and_told(town: Town) -> None:
    one, two = [await make(town, ChannelType.TEXT) for _ in range(2)]
    town.published.clear()
    voice = town.state.channels[town.channel("General")]
    await move(town, ChannelPosition(id=two.id, position=0))
    rows = town.state.channels
    assert rows[town.channel("General")] is voice  # which has an order of its own
    assert [rows[channel.id].position for channel in (two, one)] == [0, 2]
    assert rows[town.general].position == 1
    assert len(town.told("CHANNEL_UPDATE")) == 3
    (entry,) = town.told("GUILD_AUDIT_LOG_ENTRY_CREATE")
    told = msgspec.json.decode(entry.body)
    assert (told["action_type"], told["target_id"]) == (AuditAction.CHANNEL_UPDATE, str(int(two.id)))
    town.published.clear()
    await move(town, ChannelPosition(id=two.id, position=0))
    assert town.published == []


async def test_a_move_into_a_category_can_take_its_overwrites_over(town: Town) -> None:
    category = town.channel("Voice channels")
    hide = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, category, town.guild_id, hide)
    await move(town, ChannelPosition(id=town.general, parent_id=category))
    assert town.state.channels[town.general].overwrites == ()
    town.published.clear()
    await move(town, ChannelPosition(id=town.general, lock_permissions=True))
    assert town.state.channels[town.general].overwrites == town.state.channels[category].overwrites
    kinds = [msgspec.json.decode(event.body)["action_type"] for event in town.told("GUILD_AUDIT_LOG_ENTRY_CREATE")]
    assert kinds == [AuditAction.OVERWRITE_CREATE]
    assert not town.state.can_view(town.bob.user_id, town.general)
    await move(town, ChannelPosition(id=town.general, parent_id=None))
    assert town.state.channels[town.general].parent_id is None


async def test_what_cannot_be_moved_is_refused(town: Town) -> None:
    for position, code in (
        (ChannelPosition(id=Snowflake(7), position=0), 10003),
        (ChannelPosition(id=town.general, position=-1), 50035),
        (ChannelPosition(id=town.general, parent_id=town.channel("General")), 50035),
        (ChannelPosition(id=town.channel("Voice channels"), parent_id=town.channel("Text channels")), 50035),
    ):
        with refused(code):
            await move(town, position)


@pytest.mark.parametrize(("who", "code"), [("mod", None), ("bob", 50013), ("hush", 50013), ("eve", 50001)])
async def test_who_may_move_channels(town: Town, who: str, code: int | None) -> None:
    wanted = [ChannelPosition(id=town.general, position=3)]
    answer = await outcome(channels.move_channels(town.ctx, town.people[who], town.guild_id, wanted))
    assert answer == code


async def test_nobody_gives_itself_bits_by_taking_a_categorys_overwrites_over(town: Town) -> None:
    category = town.channel("Voice channels")
    allow = OverwriteRequest(id=town.guild_id, type=0, allow=Permissions.BAN_MEMBERS)
    await overwrites.set_overwrite(town.ctx, town.ada, category, town.guild_id, allow)
    wanted = [ChannelPosition(id=town.general, parent_id=category, lock_permissions=True)]
    with refused(50013, 403):
        await channels.move_channels(town.ctx, town.people["mod"], town.guild_id, wanted)


async def test_the_audit_log_tells_of_channels_and_overwrites(town: Town) -> None:
    town.published.clear()
    channel = await make(town, ChannelType.TEXT, topic="old")
    await edit(town, channel, topic="new")
    role = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.SEND_MESSAGES)
    await overwrites.set_overwrite(town.ctx, town.ada, channel.id, town.guild_id, role)
    await edit(town, channel, permission_overwrites=[])
    await channels.delete_channel(town.ctx, town.ada, channel.id)
    entries = [msgspec.json.decode(event.body) for event in town.told("GUILD_AUDIT_LOG_ENTRY_CREATE")]
    assert [entry["action_type"] for entry in entries] == [
        AuditAction.CHANNEL_CREATE,
        AuditAction.CHANNEL_UPDATE,
        AuditAction.OVERWRITE_CREATE,
        AuditAction.OVERWRITE_DELETE,
        AuditAction.CHANNEL_DELETE,
    ]
    assert entries[1]["changes"] == [{"key": "topic", "old_value": "old", "new_value": "new"}]
    assert entries[2]["options"] == {"id": str(int(town.guild_id)), "type": "0", "role_name": "@everyone"}
    assert {"key": "deny", "new_value": "2048"} in entries[2]["changes"]
    assert {"key": "name", "old_value": "new-place"} in entries[4]["changes"]


async def test_the_audit_log_tells_of_all_that_a_channel_can_be_set_to(town: Town) -> None:
    category = await make(town, ChannelType.CATEGORY)
    deny = OverwriteRequest(id=town.guild_id, type=0, deny=Permissions.SEND_MESSAGES)
    voice = await make(town, ChannelType.VOICE, permission_overwrites=[deny])
    forum = await make(town, ChannelType.FORUM)
    town.published.clear()
    await edit(town, voice, video_quality_mode=2)
    await move(town, ChannelPosition(id=voice.id, parent_id=category.id))
    await edit(town, forum, default_sort_order=1)
    await edit(town, forum, default_forum_layout=2, default_reaction_emoji=DefaultReaction(emoji_name="👋"))
    await edit(town, forum, available_tags=[ForumTagRequest(name="bug", moderated=True)])
    await channels.delete_channel(town.ctx, town.ada, voice.id)
    entries = [msgspec.json.decode(event.body)["changes"] for event in town.told("GUILD_AUDIT_LOG_ENTRY_CREATE")]
    assert entries[0] == [{"key": "video_quality_mode", "old_value": 1, "new_value": 2}]
    assert {"key": "parent_id", "new_value": str(int(category.id))} in entries[1]
    assert entries[2] == [{"key": "default_sort_order", "new_value": 1}]
    assert entries[3] == [
        {"key": "default_reaction_emoji", "new_value": {"emoji_id": None, "emoji_name": "👋"}},
        {"key": "default_forum_layout", "old_value": 0, "new_value": 2},
    ]
    (tags,) = entries[4]
    assert [(tag["name"], tag["moderated"]) for tag in tags["new_value"]] == [("bug", True)]
    overwrite = {"id": str(int(town.guild_id)), "type": 0, "allow": "0", "deny": "2048"}
    assert {"key": "permission_overwrites", "old_value": [overwrite]} in entries[5]
