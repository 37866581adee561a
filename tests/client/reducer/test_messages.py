"""Messages come, change and go, and count as unread until they are read."""

import msgspec
from msgspec import UNSET

from tests.client.builders import GENERAL, GUILD, ME, OTHER, RANDOM, created, deleted, message, updated, user
from tests.client.reducer.states import DIRECT, NOW, direct, private, state
from tuichat.client.change import (
    MessageAdded,
    MessageArrived,
    MessageChanged,
    MessageRemoved,
    MessagesDeleted,
    ReactionChanged,
    ReadStateChanged,
)
from tuichat.client.reducer import reducer
from tuichat.client.state import Timeline
from tuichat.protocol.dispatch.message import MessageCreate, MessageDeleteBulk, ReactionAdd, ReactionRemove
from tuichat.protocol.dispatch.read_state import MessageAck, ReadState, VersionedReadStates
from tuichat.protocol.guild import PartialMember
from tuichat.protocol.message import MentionedUser, Reaction, ReactionCounts, ReactionEmoji
from tuichat.protocol.private_channel import PrivateChannel
from tuichat.protocol.snowflake import Snowflake


def arrived(told: MessageCreate) -> MessageArrived:
    """What says that a message came, in a state that no gateway made ready."""
    return MessageArrived(told.channel_id, told, is_late=True)


def test_message_is_unread_until_it_is_acknowledged() -> None:
    made = state()
    told = created(message(50))
    changes = reducer.reduce(made, told, NOW)
    assert changes == [MessageAdded(GENERAL, "50"), ReadStateChanged(GENERAL), arrived(told)]
    assert made.is_unread(GENERAL)
    ack = MessageAck(channel_id=Snowflake(GENERAL), message_id=Snowflake(50))
    assert reducer.reduce(made, ack, NOW) == [ReadStateChanged(GENERAL)]
    assert not made.is_unread(GENERAL)


def test_own_message_is_read_by_its_author() -> None:
    made = state()
    reducer.reduce(made, created(message(50, author=ME)), NOW)
    assert not made.is_unread(GENERAL)


def test_mentions_are_counted_where_they_are_meant() -> None:
    made = state()
    mention = MentionedUser(id=Snowflake(ME), username="me")
    told = msgspec.structs.replace(message(50), mentions=[mention])
    reducer.reduce(made, created(told), NOW)
    reducer.reduce(made, created(msgspec.structs.replace(message(51), mention_everyone=True)), NOW)
    reducer.reduce(made, created(message(52)), NOW)
    assert made.mention_count(GENERAL) == 2
    reducer.reduce(made, created(msgspec.structs.replace(message(52), mention_everyone=True)), NOW)
    assert made.mention_count(GENERAL) == 2, "a message that is told twice mentions once"


def test_channel_that_nobody_opened_keeps_no_messages() -> None:
    made = state()
    told = created(message(60, channel=RANDOM))
    assert reducer.reduce(made, told, NOW) == [ReadStateChanged(RANDOM), arrived(told)]
    assert RANDOM not in made.timelines


def test_edit_and_deletion_reach_the_timeline() -> None:
    made = state()
    reducer.reduce(made, created(message(50)), NOW)
    edited = message(50, "new", edited="2026-01-01T00:00:00+00:00")
    reducer.reduce(made, updated(edited), NOW)
    assert made.timelines[GENERAL][0].message.content == "new"
    reducer.reduce(made, deleted(50), NOW)
    assert len(made.timelines[GENERAL]) == 0


def test_messages_deleted_together_go_together() -> None:
    made = state()
    for message_id in (50, 51, 52):
        reducer.reduce(made, created(message(message_id)), NOW)
    body = MessageDeleteBulk(
        ids=[Snowflake(50), Snowflake(52), Snowflake(99)], channel_id=Snowflake(GENERAL), guild_id=Snowflake(GUILD)
    )
    changes = reducer.reduce(made, body, NOW)
    assert [entry.message.id for entry in made.timelines[GENERAL]] == [51]
    assert changes == [
        MessageRemoved(GENERAL, "50"),
        MessageRemoved(GENERAL, "52"),
        MessagesDeleted(GENERAL, (50, 52, 99)),
    ]


def test_author_that_ready_did_not_list_becomes_known() -> None:
    made = state()
    told = msgspec.structs.replace(created(message(50, author=77)), member=PartialMember(nick="Visitor"))
    reducer.reduce(made, told, NOW)
    assert made.display_name(GENERAL, user(77)) == "Visitor"


def test_each_private_message_counts_as_a_mention() -> None:
    made = state()
    reducer.reduce(made, direct(OTHER), NOW)
    reducer.reduce(made, private(50), NOW)
    reducer.reduce(made, private(51), NOW)
    reducer.reduce(made, private(52, kind=2), NOW)  # somebody left a group
    assert (made.mention_count(DIRECT), made.is_unread(DIRECT)) == (2, True)
    reducer.reduce(made, private(53, author=ME), NOW)
    assert (made.mention_count(DIRECT), made.is_unread(DIRECT)) == (0, False)


def test_ready_tells_private_channels_and_how_far_they_are_read() -> None:
    channel_ = PrivateChannel(id=Snowflake(DIRECT), type=1, recipients=[user()], last_message_id=Snowflake(60))
    read = ReadState(id=Snowflake(DIRECT), last_message_id=Snowflake(50), mention_count=3)
    made = state(private_channels=[channel_], read_state=VersionedReadStates(entries=[read], version=7))
    assert (made.private_channel_ids, made.mention_count(DIRECT), made.is_unread(DIRECT)) == ([DIRECT], 3, True)


def test_reactions_are_shown_with_their_message_and_survive_its_edits() -> None:
    made = state()
    made.timelines[GENERAL] = Timeline(GENERAL, is_stale=False)
    reducer.reduce(made, created(message(50)), NOW)
    thumb = ReactionEmoji(name="\N{THUMBS UP SIGN}")
    for user_id in (ME, OTHER):
        told = ReactionAdd(
            user_id=Snowflake(user_id), channel_id=Snowflake(GENERAL), message_id=Snowflake(50), emoji=thumb
        )
        assert reducer.reduce(made, told, NOW) == [
            MessageChanged(GENERAL, "50"),
            ReactionChanged(GENERAL, 50, user_id, thumb, is_added=True),
        ]
    reducer.reduce(made, updated(message(50, "edited")), NOW)
    shown = made.timelines[GENERAL].confirmed[0].message
    assert (shown.content, shown.reactions) == (
        "edited",
        [Reaction(emoji=thumb, count=2, me=True, count_details=ReactionCounts(normal=2))],
    )
    for user_id, left in ((OTHER, 1), (ME, 0)):
        gone = ReactionRemove(
            user_id=Snowflake(user_id), channel_id=Snowflake(GENERAL), message_id=Snowflake(50), emoji=thumb
        )
        reducer.reduce(made, gone, NOW)
        shown = made.timelines[GENERAL].confirmed[0].message
        assert (0 if shown.reactions is UNSET else shown.reactions[0].count) == left
