"""Threads are known beside the channels, and go with them."""

from tests.client.builders import GENERAL, GUILD, ME, OTHER, created, message
from tests.client.reducer.states import NOW, state
from tuichat.client.reducer import reducer
from tuichat.protocol.channel import ThreadMetadata
from tuichat.protocol.dispatch.channel import ChannelDelete
from tuichat.protocol.dispatch.thread import ThreadCreate, ThreadListSync, ThreadMembersUpdate
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.snowflake import Snowflake

THREAD, OTHER_THREAD = 70, 71


def thread_created(thread_id: int = THREAD, *, is_archived: bool = False, kind: int = 11) -> ThreadCreate:
    return ThreadCreate(
        id=Snowflake(thread_id),
        type=kind,
        guild_id=Snowflake(GUILD),
        parent_id=Snowflake(GENERAL),
        name="aside",
        thread_metadata=ThreadMetadata(archived=is_archived, auto_archive_duration=60, archive_timestamp=""),
    )


def test_threads_are_known_beside_the_channels_and_go_with_them() -> None:
    made = state()
    shown = list(made.guilds[GUILD].channel_ids)
    reducer.reduce(made, thread_created(), NOW)
    reducer.reduce(made, thread_created(OTHER_THREAD), NOW)
    reducer.reduce(made, created(message(50, channel=THREAD)), NOW)
    assert made.channels[THREAD].last_message_id == 50
    assert made.guilds[GUILD].channel_ids == shown
    assert made.permissions(THREAD) & Permissions.SEND_MESSAGES
    reducer.reduce(made, thread_created(OTHER_THREAD, is_archived=True), NOW)
    assert made.guilds[GUILD].thread_ids == {THREAD}
    general = ChannelDelete(id=Snowflake(GENERAL), type=0, guild_id=Snowflake(GUILD))
    reducer.reduce(made, general, NOW)
    assert THREAD not in made.channels
    assert made.guilds[GUILD].thread_ids == set()


def test_a_list_of_threads_replaces_those_of_its_channels() -> None:
    made = state()
    reducer.reduce(made, thread_created(), NOW)
    sync = ThreadListSync(
        guild_id=Snowflake(GUILD), channel_ids=[Snowflake(GENERAL)], threads=[thread_created(OTHER_THREAD)]
    )
    reducer.reduce(made, sync, NOW)
    assert made.guilds[GUILD].thread_ids == {OTHER_THREAD}
    assert THREAD not in made.channels


def test_a_private_thread_goes_when_one_is_taken_out_of_it() -> None:
    made = state()
    reducer.reduce(made, thread_created(kind=12), NOW)
    for removed, known in (([OTHER], True), ([ME], False)):
        told = ThreadMembersUpdate(
            id=Snowflake(THREAD),
            guild_id=Snowflake(GUILD),
            member_count=1,
            removed_member_ids=[Snowflake(user_id) for user_id in removed],
        )
        reducer.reduce(made, told, NOW)
        assert (THREAD in made.channels) == known
