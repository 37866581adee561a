"""Posts of forums: the thread with its first message, tags, pins, and what is refused."""

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome, refused
from tuichat.protocol.channel import Channel, ChannelFlags, ChannelType, ForumTag
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import CreateChannelRequest, EditChannelRequest, ForumTagRequest, OverwriteRequest
from tuichat.protocol.rest.message import CreateMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.thread import CreatePostRequest, Post
from tuichat.server.actions import channels, messages, overwrites, posts, thread_activity, thread_lists
from tuichat.server.actions.context import Actor
from tuichat.server.actions.guild_cache import GuildCache

TAGS = [ForumTagRequest(name="bug"), ForumTagRequest(name="idea"), ForumTagRequest(name="staff", moderated=True)]


async def make_forum(town: Town, kind: ChannelType = ChannelType.FORUM, **more: object) -> Channel:
    wanted = CreateChannelRequest(name="help", type=kind, available_tags=TAGS, **more)  # type: ignore[arg-type]  # of a test
    return await channels.create_channel(town.ctx, town.ada, town.guild_id, wanted)


def tags(forum: Channel) -> dict[str, ForumTag]:
    assert isinstance(forum.available_tags, list)
    return {tag.name: tag for tag in forum.available_tags}


async def post(
    town: Town, forum: Channel, *names: str, by: Actor | None = None, content: str = "please help", **more: object
) -> Post:
    known = tags(forum)
    request = CreatePostRequest(
        name="It breaks",
        message=CreateMessageRequest(content=content),
        applied_tags=[known[name].id for name in names],
        **more,  # type: ignore[arg-type]  # of a test
    )
    return await posts.start_post(town.ctx, by or town.bob, forum.id, request)


async def edit(town: Town, by: Actor, thread: Channel, **fields: object) -> Channel:
    request = EditChannelRequest(**fields)  # type: ignore[arg-type]  # of a test
    return await channels.edit_channel(town.ctx, by, thread.id, request)


@pytest.mark.parametrize("kind", [ChannelType.FORUM, ChannelType.MEDIA])
async def test_a_post_is_a_thread_whose_first_message_has_its_id(town: Town, kind: ChannelType) -> None:
    forum = await make_forum(town, kind, default_thread_rate_limit_per_user=7, default_auto_archive_duration=60)
    town.published.clear()
    mod = town.people["mod"].user_id
    made = await post(town, forum, "bug", content=f"please <@{mod}>")
    assert (made.type, made.parent_id, made.rate_limit_per_user) == (ChannelType.PUBLIC_THREAD, forum.id, 7)
    assert (made.message.id, made.message.channel_id) == (made.id, made.id)
    assert (made.message_count, made.total_message_sent, made.last_message_id) == (0, 0, made.id)
    assert made.applied_tags == [tags(forum)["bug"].id]
    assert made.thread_metadata is not msgspec.UNSET
    assert made.thread_metadata.auto_archive_duration == 60
    names = [event.name for event in town.published]
    assert names == ["THREAD_CREATE", "THREAD_MEMBERS_UPDATE", "MESSAGE_CREATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"]
    assert set(town.state.thread_members[made.id]) == {town.bob.user_id, mod}
    (read,) = await town.ctx.store.read_states(mod)
    assert (read.channel_id, read.mention_count) == (made.id, 1)
    (found,) = await messages.list_messages(town.ctx, town.ada, made.id)
    assert found.content == f"please <@{mod}>"
    assert (await channels.get_channel(town.ctx, town.ada, forum.id)).last_message_id == made.id
    await messages.create_message(town.ctx, town.ada, made.id, CreateMessageRequest(content="how?"))
    again = GuildCache.of(await town.ctx.store.load()).get(town.guild_id)
    assert again is not None
    assert (again.thread_counts[made.id].kept, again.last_message_ids[forum.id]) == (1, made.id)


async def test_a_forum_itself_holds_no_messages_and_other_channels_no_posts(town: Town) -> None:
    forum = await make_forum(town)
    with refused(50008, 400):
        await messages.create_message(town.ctx, town.ada, forum.id, CreateMessageRequest(content="no"))
    with refused(50024, 400):
        request = CreatePostRequest(name="x", message=CreateMessageRequest(content="x"))
        await posts.start_post(town.ctx, town.ada, town.general, request)


async def test_an_empty_post_leaves_nothing_behind(town: Town) -> None:
    forum = await make_forum(town)
    with refused(50006, 400):
        await post(town, forum, content="  ")
    assert town.state.threads == {}
    assert (await town.ctx.store.load()).thread_counts == {}


async def test_tags_are_known_few_and_moderated_ones_for_moderators(town: Town) -> None:
    forum = await make_forum(town, flags=int(ChannelFlags.REQUIRE_TAG))
    with refused(40067, 400):
        await post(town, forum)
    with refused(50013, 403):
        await post(town, forum, "staff")
    await post(town, forum, "staff", by=town.ada)
    unknown = CreatePostRequest(name="x", message=CreateMessageRequest(content="x"), applied_tags=[Snowflake(4)])
    with refused(10087, 404):
        await posts.start_post(town.ctx, town.ada, forum.id, unknown)
    many = msgspec.structs.replace(unknown, applied_tags=[Snowflake(number) for number in range(6)])
    with refused(50035, 400) as caught:
        await posts.start_post(town.ctx, town.ada, forum.id, many)
    assert b"5 or fewer" in caught.value.encode()
    mine = await post(town, forum, "bug")
    known = tags(forum)
    changed = await edit(town, town.bob, mine, applied_tags=[known["idea"].id])
    assert changed.applied_tags == [known["idea"].id]
    with refused(50013, 403):
        await edit(town, town.bob, mine, applied_tags=[known["idea"].id, known["staff"].id])
    with refused(40067, 400):
        await edit(town, town.bob, mine, applied_tags=[])
    await edit(town, town.ada, mine, applied_tags=[known["idea"].id, known["staff"].id])
    with refused(50013, 403):
        await edit(town, town.bob, mine, applied_tags=[known["bug"].id])  # would take the moderated one away


async def test_a_tag_that_the_forum_has_no_more_is_shown_no_more(town: Town) -> None:
    forum = await make_forum(town)
    mine = await post(town, forum, "bug", "idea")
    known = tags(forum)
    request = EditChannelRequest(available_tags=[ForumTagRequest(id=known["idea"].id, name="idea")])
    await channels.edit_channel(town.ctx, town.ada, forum.id, request)
    assert (await channels.get_channel(town.ctx, town.bob, mine.id)).applied_tags == [known["idea"].id]


async def test_posts_are_found_by_their_tags(town: Town) -> None:
    forum = await make_forum(town)
    known = tags(forum)
    both, one = await post(town, forum, "bug", "idea"), await post(town, forum, "bug")
    for needs_all, expected in ((False, {both.id, one.id}), (True, {both.id})):
        found = await thread_lists.search(
            town.ctx, town.bob, forum.id, tag_ids=[known["bug"].id, known["idea"].id], needs_all_tags=needs_all
        )
        assert {thread.id for thread in found.threads} == expected


async def test_one_post_is_pinned_and_stays_active(town: Town) -> None:
    forum = await make_forum(town, default_auto_archive_duration=60)
    first, second = await post(town, forum), await post(town, forum)
    pinned = int(ChannelFlags.PINNED)
    with refused(50013, 403):
        await edit(town, town.bob, first, flags=pinned)
    assert (await edit(town, town.ada, first, flags=pinned)).flags == pinned
    with refused(30047, 400):
        await edit(town, town.ada, second, flags=pinned)
    town.clock.ms += 3_700_000
    await thread_activity.archive_idle(town.ctx)
    assert [row.id for row in town.state.active_threads()] == [first.id]
    await edit(town, town.ada, first, flags=0)
    await thread_activity.archive_idle(town.ctx)
    assert town.state.active_threads() == []
    again = await edit(town, town.ada, second, archived=False)
    assert (await edit(town, town.ada, again, flags=pinned)).flags == pinned
    assert (await edit(town, town.ada, again, archived=True)).flags == 0


@pytest.mark.parametrize(
    ("who", "code"), [("ada", None), ("mod", None), ("bob", None), ("hush", 50013), ("eve", 50001)]
)
async def test_who_may_begin_a_post(town: Town, who: str, code: int | None) -> None:
    forum = await make_forum(town)
    answer = await outcome(post(town, forum, by=town.people[who]))
    assert (answer if isinstance(answer, int) else None) == code


async def test_beginning_a_post_takes_the_permission_to_write_and_no_other(town: Town) -> None:
    forum = await make_forum(town)
    for permission, code in ((Permissions.CREATE_PUBLIC_THREADS, None), (Permissions.SEND_MESSAGES, 50013)):
        rule = OverwriteRequest(id=town.guild_id, type=0, deny=permission)
        await overwrites.set_overwrite(town.ctx, town.ada, forum.id, town.guild_id, rule)
        answer = await outcome(post(town, forum))
        assert (answer if isinstance(answer, int) else None) == code


async def test_a_slow_forum_takes_one_post_at_a_time(town: Town) -> None:
    forum = await make_forum(town, rate_limit_per_user=60)
    await post(town, forum)
    with refused(20016, 429):
        await post(town, forum)
    town.clock.ms += 60_000
    await post(town, forum)
