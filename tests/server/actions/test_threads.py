"""Threads: beginning them, who may change what, what wakes them, when they are archived, and what is counted."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest

from tests.server.actions.conftest import Clock, Town, open_server, outcome, refused
from tuichat.protocol.audit_log import AuditAction
from tuichat.protocol.channel import Channel, ChannelType
from tuichat.protocol.message import MessageFlag, MessageType
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.channel import EditChannelRequest, OverwriteRequest
from tuichat.protocol.rest.message import CreateMessageRequest, EditMessageRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.thread import CreateThreadRequest
from tuichat.server.actions import (
    channels,
    guilds,
    messages,
    overwrites,
    ready,
    thread_activity,
    thread_lists,
    thread_members,
    thread_steps,
    threads,
)
from tuichat.server.actions.access import require_place
from tuichat.server.actions.context import Actor
from tuichat.server.actions.guild_cache import GuildCache
from tuichat.server.options import Registration

HOUR_MS = 3_600_000


async def public(town: Town, by: Actor | None = None, name: str = "aside", **more: object) -> Channel:
    request = CreateThreadRequest(name=name, type=ChannelType.PUBLIC_THREAD, **more)  # type: ignore[arg-type]  # of a test
    return await threads.start_standalone(town.ctx, by or town.bob, town.general, request)


async def private(town: Town, by: Actor | None = None, **more: object) -> Channel:
    request = CreateThreadRequest(name="secret", **more)  # type: ignore[arg-type]  # of a test
    return await threads.start_standalone(town.ctx, by or town.bob, town.general, request)


async def say_in(town: Town, thread: Channel, content: str = "hi", by: Actor | None = None) -> Snowflake:
    request = CreateMessageRequest(content=content)
    return (await messages.create_message(town.ctx, by or town.bob, thread.id, request)).id


async def edit(town: Town, by: Actor, thread: Channel, **fields: object) -> Channel:
    request = EditChannelRequest(**fields)  # type: ignore[arg-type]  # of a test
    return await channels.edit_channel(town.ctx, by, thread.id, request)


def seen(thread: Channel) -> dict[str, object]:
    """A thread as the wire has it."""
    found: dict[str, object] = msgspec.json.decode(msgspec.json.encode(thread, enc_hook=str))
    return found


async def deny(town: Town, permission: Permissions) -> None:
    rule = OverwriteRequest(id=town.guild_id, type=0, deny=permission)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, town.guild_id, rule)


async def test_a_thread_from_a_message_has_its_id_and_shows_at_it(town: Town) -> None:
    message_id = await town.say("let us talk")
    town.published.clear()
    request = CreateThreadRequest(name="talk", auto_archive_duration=60)
    thread = await threads.start_from_message(town.ctx, town.bob, town.general, message_id, request)
    assert (thread.id, thread.type, thread.parent_id) == (message_id, ChannelType.PUBLIC_THREAD, town.general)
    assert (thread.owner_id, thread.member_count, thread.message_count) == (town.bob.user_id, 1, 0)
    assert thread.member is not msgspec.UNSET
    assert [event.name for event in town.published] == [
        "THREAD_CREATE",
        "THREAD_MEMBERS_UPDATE",
        "MESSAGE_CREATE",
        "MESSAGE_UPDATE",
        "GUILD_AUDIT_LOG_ENTRY_CREATE",
    ]
    created, _, starter, updated, _ = (msgspec.json.decode(event.body) for event in town.published)
    assert created["newly_created"] is True
    assert (starter["type"], starter["channel_id"]) == (MessageType.THREAD_STARTER_MESSAGE, str(int(thread.id)))
    assert starter["referenced_message"]["content"] == "let us talk"
    assert updated["thread"]["id"] == str(int(thread.id))
    shown = await messages.get_message(town.ctx, town.bob, town.general, message_id)
    assert shown.flags & MessageFlag.HAS_THREAD
    assert shown.thread is not msgspec.UNSET
    with refused(160004, 400):
        await threads.start_from_message(town.ctx, town.ada, town.general, message_id, request)


async def test_threads_begin_at_written_messages_only(town: Town) -> None:
    await public(town)  # leaves a system message in the channel
    (newest, *_) = await messages.list_messages(town.ctx, town.bob, town.general, limit=1)
    assert (newest.type, newest.content) == (MessageType.THREAD_CREATED, "aside")
    with refused(50068, 400):
        await threads.start_from_message(town.ctx, town.bob, town.general, newest.id, CreateThreadRequest(name="again"))
    with refused(10008, 404):
        await threads.start_from_message(town.ctx, town.bob, town.general, 77, CreateThreadRequest(name="again"))


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": ""}, 50035),
        ({"name": "x" * 101}, 50035),
        ({"name": "x", "type": 0}, 50035),
        ({"name": "x", "type": ChannelType.ANNOUNCEMENT_THREAD}, 50035),
        ({"name": "x", "auto_archive_duration": 61}, 50035),
        ({"name": "x", "rate_limit_per_user": 21_601}, 50035),
        ({"name": "x", "rate_limit_per_user": -1}, 50035),
    ],
)
async def test_wrong_fields_of_a_new_thread_are_refused(town: Town, fields: dict[str, object], code: int) -> None:
    request = CreateThreadRequest(**fields)  # type: ignore[arg-type]  # of a test
    with refused(code, 400):
        await threads.start_standalone(town.ctx, town.bob, town.general, request)


async def test_no_threads_stand_in_voice_channels_nor_in_threads(town: Town) -> None:
    thread = await public(town)
    for channel_id in (town.channel("General"), thread.id):
        with refused(50024, 400):
            await threads.start_standalone(town.ctx, town.ada, channel_id, CreateThreadRequest(name="x"))


# What each of them is answered: None where it works.
Deed = Callable[[Town, Actor, Channel], Awaitable[object]]
EVERYBODY = ("ada", "mod", "bob", "hush", "eve")
PERMISSIONS: dict[str, tuple[Deed, dict[str, int | None]]] = {
    "begin a public one": (
        lambda town, actor, thread: public(town, actor),
        {"ada": None, "mod": None, "bob": None, "hush": 50013, "eve": 50001},
    ),
    "begin a private one": (
        lambda town, actor, thread: private(town, actor),
        {"ada": None, "mod": None, "bob": None, "hush": 50013, "eve": 50001},
    ),
    "read it": (
        lambda town, actor, thread: channels.get_channel(town.ctx, actor, thread.id),
        {"ada": None, "mod": None, "bob": None, "hush": None, "eve": 50001},
    ),
    "write in it": (
        lambda town, actor, thread: say_in(town, thread, by=actor),
        {"ada": None, "mod": None, "bob": None, "hush": 50013, "eve": 50001},
    ),
    "rename it": (
        lambda town, actor, thread: edit(town, actor, thread, name="renamed"),
        {"ada": None, "mod": 50013, "bob": None, "hush": 50013, "eve": 50001},
    ),
    "archive it": (
        lambda town, actor, thread: edit(town, actor, thread, archived=True),
        {"ada": None, "mod": 50013, "bob": None, "hush": 50013, "eve": 50001},
    ),
    "lock it": (
        lambda town, actor, thread: edit(town, actor, thread, locked=True),
        {"ada": None, "mod": 50013, "bob": 50013, "hush": 50013, "eve": 50001},
    ),
    "slow it": (
        lambda town, actor, thread: edit(town, actor, thread, rate_limit_per_user=5),
        {"ada": None, "mod": 50013, "bob": 50013, "hush": 50013, "eve": 50001},
    ),
    "delete it": (
        lambda town, actor, thread: channels.delete_channel(town.ctx, actor, thread.id),
        {"ada": None, "mod": 50013, "bob": 50013, "hush": 50013, "eve": 50001},
    ),
    "join it": (
        lambda town, actor, thread: thread_members.join(town.ctx, actor, thread.id),
        {"ada": None, "mod": None, "bob": None, "hush": None, "eve": 50001},
    ),
    "bring mod in": (
        lambda town, actor, thread: thread_members.add(town.ctx, actor, thread.id, town.people["mod"].user_id),
        {"ada": None, "mod": None, "bob": None, "hush": 50013, "eve": 50001},
    ),
    "take bob out": (
        lambda town, actor, thread: thread_members.remove(town.ctx, actor, thread.id, town.bob.user_id),
        {"ada": None, "mod": 50013, "bob": None, "hush": 50013, "eve": 50001},
    ),
    "list its people": (
        lambda town, actor, thread: thread_members.list_members(town.ctx, actor, thread.id),
        {"ada": None, "mod": None, "bob": None, "hush": None, "eve": 50001},
    ),
    "list private archived ones": (
        lambda town, actor, thread: thread_lists.list_archived(town.ctx, actor, town.general, is_private=True),
        {"ada": None, "mod": 50013, "bob": 50013, "hush": 50013, "eve": 50001},
    ),
    "list public archived ones": (
        lambda town, actor, thread: thread_lists.list_archived(town.ctx, actor, town.general),
        {"ada": None, "mod": None, "bob": None, "hush": None, "eve": 50001},
    ),
}


@pytest.mark.parametrize("deed", PERMISSIONS)
async def test_who_may_do_what_with_a_thread_of_bobs(town: Town, deed: str) -> None:
    act, expected = PERMISSIONS[deed]
    for name in EVERYBODY:
        thread = await public(town, town.bob)
        answer = await outcome(act(town, town.people[name], thread))
        assert (answer if isinstance(answer, int) and not isinstance(answer, Snowflake) else None) == expected[name], (
            deed,
            name,
        )


async def test_moderators_of_threads_may_do_all(town: Town) -> None:
    await town.give_role("mod", Permissions.MANAGE_THREADS)
    mod = town.people["mod"]
    thread = await public(town)
    await edit(town, mod, thread, locked=True, rate_limit_per_user=7)
    with refused(160005, 403):
        await edit(town, town.bob, thread, name="mine")
    with refused(160005, 403):
        await say_in(town, thread)
    await edit(town, mod, thread, archived=True)
    with refused(160005, 403):
        await edit(town, town.bob, thread, archived=False)
    await say_in(town, thread, by=mod)
    assert not (await channels.get_channel(town.ctx, mod, thread.id)).thread_metadata.archived  # type: ignore[union-attr]
    gone = await channels.delete_channel(town.ctx, mod, thread.id)
    assert gone.id == thread.id
    with refused(10003, 404):
        await channels.get_channel(town.ctx, mod, thread.id)


async def test_writing_brings_an_archived_thread_back_and_the_writer_in(town: Town) -> None:
    thread = await public(town, town.ada)
    await edit(town, town.ada, thread, archived=True)
    with refused(50083, 400):
        await thread_members.join(town.ctx, town.bob, thread.id)
    with refused(50083, 400):
        await edit(town, town.ada, thread, name="other")
    town.clock.ms += 5000
    town.published.clear()
    await say_in(town, thread)
    assert [event.name for event in town.published] == ["THREAD_UPDATE", "THREAD_MEMBERS_UPDATE", "MESSAGE_CREATE"]
    back = await channels.get_channel(town.ctx, town.bob, thread.id)
    assert back.thread_metadata is not msgspec.UNSET
    assert not back.thread_metadata.archived
    assert (back.member_count, back.message_count) == (2, 1)


async def test_no_message_changes_in_an_archived_thread_but_by_going(town: Town) -> None:
    thread = await public(town)
    message_id = await say_in(town, thread)
    await edit(town, town.bob, thread, archived=True)
    with refused(50083, 400):
        await messages.edit_message(town.ctx, town.bob, thread.id, message_id, EditMessageRequest(content="other"))
    await messages.delete_message(town.ctx, town.bob, thread.id, message_id)


async def test_those_named_in_a_thread_come_to_follow_it(town: Town) -> None:
    thread = await private(town)
    mod, hush = town.people["mod"].user_id, town.people["hush"].user_id
    assert not town.state.can_view(mod, thread.id)
    town.published.clear()
    await say_in(town, thread, f"look <@{mod}> and <@{town.eve.user_id}>")
    assert set(town.state.thread_members[thread.id]) == {town.bob.user_id, mod}
    (read,) = await town.ctx.store.read_states(mod)
    assert (read.channel_id, read.mention_count) == (thread.id, 1)
    closed = await private(town, invitable=False)
    await say_in(town, closed, f"<@{hush}>")
    await say_in(town, closed, f"<@{hush}>", by=town.ada)  # who manages threads brings in whom it likes
    assert set(town.state.thread_members[closed.id]) == {town.bob.user_id, town.ada.user_id, hush}


async def test_a_private_thread_is_told_to_those_in_it_alone(town: Town) -> None:
    town.published.clear()
    thread = await private(town)
    (created,) = town.told("THREAD_CREATE")
    assert created.channel_id == thread.id
    sees = {name for name, actor in town.people.items() if town.state.can_view(actor.user_id, thread.id)}
    assert sees == {"ada", "bob"}
    assert town.told("MESSAGE_CREATE") == []
    hush = town.people["hush"]
    with refused(50001, 403):
        await thread_members.join(town.ctx, hush, thread.id)
    await thread_members.add(town.ctx, town.bob, thread.id, hush.user_id)
    town.published.clear()
    await thread_members.remove(town.ctx, town.bob, thread.id, hush.user_id)
    (left,) = town.told("THREAD_MEMBERS_UPDATE")
    assert left.mentioned_ids == {int(hush.user_id)}
    assert msgspec.json.decode(left.body)["removed_member_ids"] == [str(int(hush.user_id))]
    (notice,) = town.told("MESSAGE_CREATE")
    assert msgspec.json.decode(notice.body)["type"] == MessageType.RECIPIENT_REMOVE
    with refused(50001, 403):
        await channels.get_channel(town.ctx, hush, thread.id)


async def test_only_who_sees_the_channel_can_be_brought_in(town: Town) -> None:
    thread = await private(town)
    with refused(10007, 404):
        await thread_members.add(town.ctx, town.bob, thread.id, town.eve.user_id)
    hush = town.people["hush"].user_id
    rule = OverwriteRequest(id=hush, type=1, deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, hush, rule)
    with refused(50001, 403):
        await thread_members.add(town.ctx, town.bob, thread.id, hush)


async def test_a_thread_is_archived_once_nothing_happens_for_its_time(town: Town) -> None:
    thread = await public(town, auto_archive_duration=60)
    town.clock.ms += HOUR_MS // 2
    await say_in(town, thread)
    town.clock.ms += HOUR_MS - 1000
    await thread_activity.archive_idle(town.ctx)
    assert town.state.active_threads()
    town.clock.ms += 2000
    town.published.clear()
    await thread_activity.archive_idle(town.ctx)
    assert town.state.active_threads() == []
    (told,) = town.told("THREAD_UPDATE")
    assert msgspec.json.decode(told.body)["thread_metadata"]["archived"] is True
    await say_in(town, thread)  # and begins anew
    town.clock.ms += HOUR_MS + 1000
    await thread_activity.archive_idle(town.ctx)
    assert town.state.active_threads() == []


async def test_a_restart_forgets_neither_counts_nor_when_to_archive(town: Town) -> None:
    thread = await public(town, auto_archive_duration=1440)
    message_id = await town.say("start")
    begun = await threads.start_from_message(
        town.ctx, town.ada, town.general, message_id, CreateThreadRequest(name="begun")
    )
    ids = [await say_in(town, thread) for _ in range(5)]
    await say_in(town, begun)
    await messages.delete_message(town.ctx, town.bob, thread.id, ids[0])
    bot = Actor(town.ada.user_id, is_bot=True)
    await messages.bulk_delete_messages(town.ctx, bot, thread.id, ids[1:3])
    now = await channels.get_channel(town.ctx, town.bob, thread.id)
    assert (now.message_count, now.total_message_sent) == (2, 5)
    again = GuildCache.of(await town.ctx.store.load()).get(town.guild_id)
    assert again is not None
    counts = {thread_id: (count.kept, count.deleted) for thread_id, count in again.thread_counts.items()}
    assert counts == {thread.id: (2, 3), begun.id: (1, 0)}
    assert counts == {thread_id: (count.kept, count.deleted) for thread_id, count in town.state.thread_counts.items()}
    assert thread_steps.due_ms(again, again.threads[thread.id]) == thread_steps.due_ms(
        town.state, town.state.threads[thread.id]
    )


async def test_a_thread_begun_anew_at_a_message_has_no_old_messages(town: Town) -> None:
    message_id = await town.say("start")
    request = CreateThreadRequest(name="talk")
    for _ in range(2):
        thread = await threads.start_from_message(town.ctx, town.bob, town.general, message_id, request)
        await say_in(town, thread, "once")
        found = await messages.list_messages(town.ctx, town.bob, thread.id)
        assert [message.content for message in found] == ["once", ""]
        await channels.delete_channel(town.ctx, town.ada, thread.id)
    shown = await messages.get_message(town.ctx, town.bob, town.general, message_id)
    assert not shown.flags & MessageFlag.HAS_THREAD


async def test_a_guild_has_so_many_active_threads(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_activity, "MAX_ACTIVE", 2)
    first, _ = await public(town), await public(town)
    with refused(160006, 400) as caught:
        await public(town)
    assert "(2)" in caught.value.message
    await edit(town, town.bob, first, archived=True)
    await public(town)
    with refused(160006):
        await say_in(town, first)
    with refused(160006):
        await edit(town, town.bob, first, archived=False)


async def test_slow_channels_and_slow_threads_make_members_wait(town: Town) -> None:
    await channels.edit_channel(town.ctx, town.ada, town.general, EditChannelRequest(rate_limit_per_user=10))
    thread = await public(town, rate_limit_per_user=5)
    with refused(20016, 429):
        await public(town)
    await public(town, town.ada)
    await say_in(town, thread)
    with refused(20016, 429):
        await say_in(town, thread)
    town.clock.ms += 10_000
    await say_in(town, thread)
    await public(town)


async def test_without_the_permission_nobody_begins_a_thread_or_writes_in_one(town: Town) -> None:
    thread = await public(town)
    await deny(town, Permissions.CREATE_PUBLIC_THREADS)
    with refused(50013, 403):
        await public(town)
    await private(town)
    await deny(town, Permissions.CREATE_PRIVATE_THREADS)
    with refused(50013, 403):
        await private(town)
    await deny(town, Permissions.SEND_MESSAGES_IN_THREADS)
    with refused(50013, 403):
        await say_in(town, thread)


async def test_archived_threads_are_listed_in_pages(town: Town) -> None:
    made = []
    for index in range(4):
        thread = await public(town, name=f"t{index}")
        town.clock.ms += 1000
        await edit(town, town.bob, thread, archived=True)
        made.append(thread.id)
    first = await thread_lists.list_archived(town.ctx, town.bob, town.general, limit=3)
    assert [thread.id for thread in first.threads] == made[:0:-1]
    assert (first.has_more, len(first.members)) == (True, 3)
    before_ms = town.state.threads[made[1]].thread.changed_ms  # type: ignore[union-attr]
    rest = await thread_lists.list_archived(town.ctx, town.bob, town.general, before_ms=before_ms, limit=3)
    assert ([thread.id for thread in rest.threads], rest.has_more) == ([made[0]], False)
    secret = await private(town)
    await edit(town, town.bob, secret, archived=True)
    for actor, expected in ((town.bob, [secret.id]), (town.ada, [])):
        joined = await thread_lists.list_joined(town.ctx, actor, town.general)
        assert [thread.id for thread in joined.threads] == expected
    found = await thread_lists.list_archived(town.ctx, town.ada, town.general, is_private=True)
    assert [thread.id for thread in found.threads] == [secret.id]


async def test_a_search_finds_threads_by_words_that_one_may_see(town: Town) -> None:
    tea = await public(town, name="Green tea at noon")
    await public(town, name="Coffee at noon")
    secret = await private(town)
    found = await thread_lists.search(town.ctx, town.bob, town.general, name="noon TEA")
    assert ([thread.id for thread in found.threads], found.total_results) == ([tea.id], 1)
    everything = await thread_lists.search(town.ctx, town.people["hush"], town.general)
    assert secret.id not in {thread.id for thread in everything.threads}
    page = await thread_lists.search(
        town.ctx, town.bob, town.general, sort_by="creation_time", is_ascending=True, limit=1, offset=2
    )
    assert ([thread.id for thread in page.threads], page.has_more) == ([secret.id], False)


async def test_a_guild_is_shown_with_the_active_threads_that_one_sees(town: Town) -> None:
    aside, secret = await public(town), await private(town)
    old = await public(town)
    await edit(town, town.bob, old, archived=True)
    for name, expected in (("bob", [aside.id, secret.id]), ("ada", [aside.id, secret.id]), ("hush", [aside.id])):
        guild = ready.full_guild(town.ctx, town.people[name].user_id, town.guild_id)
        assert [thread.id for thread in guild.threads] == expected, name
        assert all((thread.member is not msgspec.UNSET) == (name == "bob") for thread in guild.threads)
        listed = await thread_lists.list_active(town.ctx, town.people[name], town.guild_id)
        assert [thread.id for thread in listed.threads] == expected[::-1]


async def test_the_audit_log_tells_of_threads(town: Town) -> None:
    town.published.clear()
    thread = await public(town)
    await edit(town, town.ada, thread, name="other", locked=True)
    await channels.delete_channel(town.ctx, town.ada, thread.id)
    entries = [msgspec.json.decode(event.body) for event in town.told("GUILD_AUDIT_LOG_ENTRY_CREATE")]
    assert [entry["action_type"] for entry in entries] == [
        AuditAction.THREAD_CREATE,
        AuditAction.THREAD_UPDATE,
        AuditAction.THREAD_DELETE,
    ]
    assert {change["key"]: (change["old_value"], change["new_value"]) for change in entries[1]["changes"]} == {
        "name": ("aside", "other"),
        "locked": (False, True),
    }


async def test_who_leaves_the_guild_follows_its_threads_no_more(town: Town) -> None:
    thread = await private(town)
    await thread_members.add(town.ctx, town.bob, thread.id, town.people["mod"].user_id)
    town.published.clear()
    await guilds.leave_guild(town.ctx, town.bob, town.guild_id)
    (told,) = town.told("THREAD_MEMBERS_UPDATE")
    assert msgspec.json.decode(told.body)["member_count"] == 1
    assert set(town.state.thread_members[thread.id]) == {town.people["mod"].user_id}
    snapshot = await town.ctx.store.load()
    assert [follower.user_id for follower in snapshot.thread_members] == [town.people["mod"].user_id]


async def test_a_thread_holds_so_many_people(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_members, "MAX_FOLLOWERS", 1)
    monkeypatch.setattr(thread_activity, "MAX_FOLLOWERS", 1)
    thread = await public(town)
    with refused(30033, 400):
        await thread_members.join(town.ctx, town.ada, thread.id)
    await say_in(town, thread, by=town.ada)  # writing is not refused for that
    assert set(town.state.thread_members[thread.id]) == {town.bob.user_id}


async def test_a_thread_has_the_keys_that_libraries_read(town: Town) -> None:
    thread = seen(await private(town))
    assert {
        "id", "type", "guild_id", "parent_id", "owner_id", "name", "last_message_id", "message_count", "member_count",
        "total_message_sent", "rate_limit_per_user", "flags", "thread_metadata", "member",
    } <= thread.keys()  # fmt: skip
    assert set(thread["thread_metadata"]) == {  # type: ignore[call-overload]
        "archived", "auto_archive_duration", "archive_timestamp", "locked", "invitable", "create_timestamp",
    }  # fmt: skip


async def test_whoever_gains_a_channel_gains_its_threads_and_loses_them_with_it(town: Town) -> None:
    aside, secret = await public(town), await private(town)
    hush = town.people["hush"].user_id
    town.ctx.presences.set(hush, "one", "online", [])
    hidden = OverwriteRequest(id=hush, type=1, deny=Permissions.VIEW_CHANNEL)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, hush, hidden)
    town.published.clear()
    await overwrites.delete_overwrite(town.ctx, town.ada, town.general, hush)
    gained, sync = (event for event in town.published if event.user_ids == frozenset({int(hush)}))
    assert (gained.name, sync.name) == ("CHANNEL_CREATE", "THREAD_LIST_SYNC")
    body = msgspec.json.decode(sync.body)
    assert [thread["id"] for thread in body["threads"]] == [str(int(aside.id))]
    assert body["channel_ids"] == [str(int(town.general))]
    town.published.clear()
    manages = OverwriteRequest(id=hush, type=1, allow=Permissions.MANAGE_THREADS)
    await overwrites.set_overwrite(town.ctx, town.ada, town.general, hush, manages)
    (sync,) = town.told("THREAD_LIST_SYNC")
    assert {thread["id"] for thread in msgspec.json.decode(sync.body)["threads"]} == {
        str(int(aside.id)),
        str(int(secret.id)),
    }
    await overwrites.delete_overwrite(town.ctx, town.ada, town.general, hush)
    (gone,) = town.told("THREAD_DELETE")
    assert (gone.user_ids, msgspec.json.decode(gone.body)["id"]) == (frozenset({int(hush)}), str(int(secret.id)))


async def test_many_who_write_at_once_wake_a_thread_once(town: Town) -> None:
    thread = await public(town, town.ada)
    await edit(town, town.ada, thread, archived=True)
    town.published.clear()
    people = [town.ada, town.bob, town.people["mod"]] * 5
    await asyncio.gather(*(say_in(town, thread, by=actor) for actor in people))
    assert len(town.told("THREAD_UPDATE")) == 1
    assert len(town.told("THREAD_MEMBERS_UPDATE")) == 2  # bob and mod
    assert len(town.told("MESSAGE_CREATE")) == 15
    assert town.state.thread_counts[thread.id].kept == 15


async def test_as_many_threads_begin_at_once_as_there_is_room_for(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thread_activity, "MAX_ACTIVE", 3)
    answers = await asyncio.gather(*(outcome(public(town)) for _ in range(6)))
    assert [answer for answer in answers if isinstance(answer, int)] == [160006] * 3
    assert len(town.state.active_threads()) == 3


async def test_threads_are_archived_after_a_restart_too(tmp_path: Path, founded_database: Path) -> None:
    path = tmp_path / "again.db"
    shutil.copy(founded_database, path)
    clock = Clock()
    first = Town(await open_server(path, [], clock, Registration.INVITE), [], clock)
    await first.settle()
    thread, other = await public(first, auto_archive_duration=60), await public(first, auto_archive_duration=1440)
    await first.ctx.store.close()
    first.ctx.accounts.close()
    clock.ms += 2 * HOUR_MS
    second = Town(await open_server(path, [], clock, Registration.INVITE), [], clock)
    await second.settle()
    await thread_activity.archive_idle(second.ctx)
    assert [row.id for row in second.state.active_threads()] == [other.id]
    assert second.state.threads[thread.id].thread is not None
    await second.ctx.store.close()
    second.ctx.accounts.close()


async def test_bots_list_a_threads_people_with_the_members_intent_alone(town: Town) -> None:
    thread = await public(town, town.ada)
    bot = Actor(town.bob.user_id, is_bot=True)
    with refused(50001, 403):
        await thread_members.list_members(town.ctx, bot, thread.id)
    privileged = msgspec.structs.replace(bot, application_flags=1 << 15)
    assert len(await thread_members.list_members(town.ctx, privileged, thread.id)) == 1


async def test_who_may_write_no_more_once_a_thread_is_awake_is_refused(town: Town) -> None:
    thread = await public(town, town.ada)
    place = require_place(town.ctx, town.bob, thread.id)
    await deny(town, Permissions.SEND_MESSAGES_IN_THREADS)
    with refused(50013, 403):  # meanwhile the permission was taken away
        await thread_activity.enter(town.ctx, place, town.bob.user_id, place.granted, ())
    answers = Permissions.VIEW_CHANNEL  # what an application has that answers an interaction
    await thread_activity.enter(town.ctx, place, town.people["mod"].user_id, answers, ())
    assert town.people["mod"].user_id in town.state.thread_members[thread.id]
