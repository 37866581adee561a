"""Which messages call, which only count, and which are nothing at all."""

import msgspec
import pytest

from tests.client.builders import GENERAL, GUILD, ME, OTHER, channel, guild, message, ready, user
from tuichat.client.notice import Circumstances, Verdict, counts_as_mention, judge
from tuichat.client.reducer import reducer
from tuichat.client.state import State
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.dispatch.read_state import MessageAck
from tuichat.protocol.dispatch.user import PresenceUpdate, UserGuildSettingsUpdate, UserSettingsUpdate
from tuichat.protocol.follow import FollowedGuild, Follows
from tuichat.protocol.guild import Member
from tuichat.protocol.guild_settings import ChannelOverride
from tuichat.protocol.message import MentionedUser, Message, MessageFlag, MessageType
from tuichat.protocol.private_channel import PrivateChannel
from tuichat.protocol.relationship import (
    RelationshipAdd,
    RelationshipRemove,
    RelationshipType,
    RelationshipUpdate,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user import UserReference

PRIVATE_CHANNEL, ROLE = 20, 40
PLAIN = Circumstances()


def state() -> State:
    made = State()
    private = PrivateChannel(
        id=Snowflake(PRIVATE_CHANNEL), type=ChannelType.DM, recipients=[user()], last_message_id=None
    )
    full = guild(GUILD, channel(guild_id=Snowflake(GUILD)))
    own = Member(user=user(ME), roles=[Snowflake(ROLE)])
    full = msgspec.structs.replace(full, members=[own, Member(user=user())])
    reducer.reduce(made, ready(full, private_channels=[private]), 0)
    return made


def naming_me(told: Message) -> Message:
    return msgspec.structs.replace(told, mentions=[MentionedUser(id=Snowflake(ME), username="me")])


def use(made: State, guild_id: int | None = GUILD, **settings: object) -> None:
    told = UserGuildSettingsUpdate(
        guild_id=None if guild_id is None else Snowflake(guild_id),
        **settings,  # type: ignore[arg-type]  # fields of any type
    )
    reducer.reduce(made, told, 0)


def muted(channel_id: int) -> list[ChannelOverride]:
    return [ChannelOverride(channel_id=Snowflake(channel_id), muted=True)]


def test_a_room_that_begins_calls_as_a_message_does() -> None:
    began = msgspec.structs.replace(message(50), type=MessageType.STAGE_START)
    assert judge(state(), began, PLAIN) is Verdict.NOTIFY
    followed = state()
    followed.follows = Follows(users=[user()])
    assert judge(followed, began, PLAIN) is Verdict.COUNT, "who is followed calls by a dispatch of its own"
    followed.follows = Follows(guilds=[FollowedGuild(id=Snowflake(GUILD), name="Club")])
    assert judge(followed, began, PLAIN) is Verdict.COUNT
    quiet = state()
    use(quiet, message_notifications=1)
    assert judge(quiet, began, PLAIN) is Verdict.COUNT
    ended = msgspec.structs.replace(message(50), type=MessageType.STAGE_END)
    assert judge(state(), ended, PLAIN) is Verdict.COUNT


def test_message_calls_where_all_do() -> None:
    assert judge(state(), message(50), PLAIN) is Verdict.NOTIFY


def test_own_message_is_no_news() -> None:
    assert judge(state(), message(50, author=ME), PLAIN) is Verdict.NOTHING


def test_what_is_being_read_is_no_news() -> None:
    assert judge(state(), naming_me(message(50)), Circumstances(is_watched=True)) is Verdict.NOTHING


def test_quiet_hours_count_and_do_not_call() -> None:
    assert judge(state(), naming_me(message(50)), Circumstances(is_quiet=True)) is Verdict.COUNT


def test_somebody_joining_is_no_reason_to_call() -> None:
    joined = msgspec.structs.replace(message(50), type=MessageType.MEMBER_JOIN)
    assert judge(state(), joined, PLAIN) is Verdict.COUNT


def test_silent_message_counts_alone() -> None:
    silent = msgspec.structs.replace(naming_me(message(50)), flags=int(MessageFlag.SUPPRESS_NOTIFICATIONS))
    assert judge(state(), silent, PLAIN) is Verdict.COUNT


@pytest.mark.parametrize(
    ("level", "plain", "mention"),
    [
        (0, Verdict.NOTIFY, Verdict.NOTIFY),
        (1, Verdict.COUNT, Verdict.NOTIFY),
        (2, Verdict.COUNT, Verdict.COUNT),
    ],
)
def test_levels(level: int, plain: Verdict, mention: Verdict) -> None:
    made = state()
    use(made, message_notifications=level)
    assert judge(made, message(50), PLAIN) is plain
    assert judge(made, naming_me(message(51)), PLAIN) is mention


def test_what_is_muted_does_not_call() -> None:
    made = state()
    use(made, channel_overrides=muted(GENERAL))
    assert judge(made, naming_me(message(50)), PLAIN) is Verdict.COUNT
    assert counts_as_mention(made, naming_me(message(50))), "the badge shows a mention in what is muted"


def test_private_messages_call_and_count_unless_muted() -> None:
    made = state()
    told = message(50, channel=PRIVATE_CHANNEL)
    assert judge(made, told, PLAIN) is Verdict.NOTIFY
    assert counts_as_mention(made, told)
    use(made, None, channel_overrides=muted(PRIVATE_CHANNEL))
    assert judge(made, told, PLAIN) is Verdict.COUNT
    assert not counts_as_mention(made, told)
    assert counts_as_mention(made, naming_me(told))


def test_somebody_leaving_a_group_counts_for_nobody() -> None:
    left = msgspec.structs.replace(message(50, channel=PRIVATE_CHANNEL), type=MessageType.RECIPIENT_REMOVE)
    assert not counts_as_mention(state(), left)


def test_everyone_and_roles_count_unless_suppressed() -> None:
    everyone = msgspec.structs.replace(message(50), mention_everyone=True)
    role = msgspec.structs.replace(message(51), mention_roles=[Snowflake(ROLE)])
    other_role = msgspec.structs.replace(message(52), mention_roles=[Snowflake(41)])
    made = state()
    assert all(counts_as_mention(made, told) for told in (everyone, role))
    assert not counts_as_mention(made, other_role)
    use(made, suppress_everyone=True)
    assert [counts_as_mention(made, told) for told in (everyone, role)] == [False, True]
    use(made, suppress_roles=True)
    assert [counts_as_mention(made, told) for told in (everyone, role)] == [True, False]
    use(made, suppress_everyone=True, suppress_roles=True)
    assert counts_as_mention(made, naming_me(everyone)), "one's name is neither"


def test_who_is_busy_is_not_called() -> None:
    made = state()
    reducer.reduce(made, UserSettingsUpdate(status="dnd"), 0)
    assert judge(made, naming_me(message(50)), PLAIN) is Verdict.COUNT
    reducer.reduce(made, PresenceUpdate(user=UserReference(id=Snowflake(ME)), status="online"), 0)
    assert judge(made, naming_me(message(50)), PLAIN) is Verdict.NOTIFY, "what others see is what counts"


def test_who_is_blocked_or_ignored_is_not_heard() -> None:
    made = state()
    blocked = RelationshipAdd(id=Snowflake(OTHER), type=RelationshipType.BLOCKED, user=user())
    reducer.reduce(made, blocked, 0)
    assert judge(made, naming_me(message(50)), PLAIN) is Verdict.NOTHING
    assert not counts_as_mention(made, naming_me(message(50)))
    reducer.reduce(made, RelationshipRemove(id=Snowflake(OTHER), type=RelationshipType.BLOCKED), 0)
    assert judge(made, message(50), PLAIN) is Verdict.NOTIFY
    ignored = RelationshipUpdate(id=Snowflake(OTHER), type=RelationshipType.FRIEND, user_ignored=True)
    reducer.reduce(made, ignored, 0)
    assert judge(made, message(50), PLAIN) is Verdict.NOTHING


def test_late_acknowledgement_unreads_nothing() -> None:
    made = state()

    def ack(message_id: int, **fields: object) -> MessageAck:
        return MessageAck(channel_id=Snowflake(GENERAL), message_id=Snowflake(message_id), **fields)  # type: ignore[arg-type]  # fields of any type

    reducer.reduce(made, ack(60), 0)
    assert reducer.reduce(made, ack(50, mention_count=3), 0) == []
    assert made.mention_count(GENERAL) == 0
    reducer.reduce(made, ack(50, manual=True, mention_count=2), 0)
    assert (made.read_states[GENERAL].last_message_id, made.mention_count(GENERAL)) == (50, 2)
