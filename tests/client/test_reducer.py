"""Each dispatch changes the state as it says, and the screen hears of it."""

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from tests.client.builders import (
    GENERAL,
    GUILD,
    ME,
    OTHER,
    RANDOM,
    channel,
    created,
    deleted,
    guild,
    message,
    own_user,
    ready,
    updated,
    user,
)
from tuichat.client import directory, reducer, timeline
from tuichat.client.change import (
    ChannelsChanged,
    GuildChanged,
    GuildsChanged,
    MembersChanged,
    MessageAdded,
    MessageArrived,
    MessageChanged,
    PresenceChanged,
    ReadStateChanged,
    SoundsChanged,
    TimelineReset,
    TypingChanged,
    VoiceStatesChanged,
)
from tuichat.client.state import State, Timeline
from tuichat.protocol.channel import Channel, ThreadMetadata
from tuichat.protocol.dispatch.channel import ChannelCreate, ChannelDelete, ChannelUpdate
from tuichat.protocol.dispatch.events import EVENTS
from tuichat.protocol.dispatch.guild import (
    GuildCreate,
    GuildDelete,
    GuildUpdate,
    InviteCreate,
    InviteDelete,
    RoleCreate,
    RoleDelete,
    RoleUpdate,
    SoundCreate,
    SoundsUpdate,
    SoundUpdate,
)
from tuichat.protocol.dispatch.member import MemberAdd, MemberRemove, MembersChunk, MemberUpdate
from tuichat.protocol.dispatch.message import MessageCreate, MessageDeleteBulk, ReactionAdd, ReactionRemove, TypingStart
from tuichat.protocol.dispatch.read_state import MessageAck, ReadState, VersionedReadStates
from tuichat.protocol.dispatch.ready import Resumed
from tuichat.protocol.dispatch.thread import (
    ThreadCreate,
    ThreadDelete,
    ThreadListSync,
    ThreadMembersUpdate,
    ThreadMemberUpdate,
    ThreadUpdate,
)
from tuichat.protocol.dispatch.user import PresenceUpdate, UserUpdate
from tuichat.protocol.dispatch.voice import VoiceStateUpdate
from tuichat.protocol.guild import Guild, Member, PartialMember, Role
from tuichat.protocol.member_list import MemberListUpdate
from tuichat.protocol.message import MentionedUser, Reaction, ReactionCounts, ReactionEmoji
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.private_channel import ChannelRecipientAdd, ChannelRecipientRemove, PrivateChannel
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import SoundDelete
from tuichat.protocol.user import Presence, UserReference

NOW = 5_000


def state(*channels: Channel, **fields: object) -> State:
    """A state after READY, with #general's timeline fresh."""
    made = State()
    reducer.reduce(
        made, ready(guild(GUILD, *(channels or (channel(), channel(RANDOM, "random", position=1)))), **fields), NOW
    )
    make_fresh(made)
    return made


def make_fresh(made: State, channel_id: int = GENERAL) -> None:
    known = made.timeline(channel_id)
    timeline.begin_load(known)
    timeline.show_newest(known, [], reaches_start=True, own_id=ME)
    timeline.end_load(known)


def member_event(kind: type[msgspec.Struct], user_id: int, **fields: object) -> msgspec.Struct:
    return kind(guild_id=Snowflake(GUILD), user=user(user_id), **fields)


def arrived(told: MessageCreate) -> MessageArrived:
    """What says that a message came, in a state that no gateway made ready."""
    return MessageArrived(told.channel_id, told, is_late=True)


def test_ready_tells_guilds_channels_members_and_self() -> None:
    made = State()
    assert reducer.reduce(made, ready(), NOW) == [GuildsChanged()]
    assert made.me == own_user()
    assert made.guilds[GUILD].channel_ids == [GENERAL]
    assert set(made.guilds[GUILD].members) == {ME, OTHER}
    assert made.permissions(GENERAL) & Permissions.SEND_MESSAGES


def test_fresh_ready_makes_timelines_stale_and_forgets_what_is_gone() -> None:
    made = state()
    reducer.reduce(made, created(message(50)), NOW)
    make_fresh(made, RANDOM)
    reducer.reduce(made, created(message(60, channel=RANDOM)), NOW)
    changes = reducer.reduce(made, ready(guild(GUILD, channel())), NOW)
    assert TimelineReset(RANDOM) in changes
    assert RANDOM not in made.timelines
    assert made.timelines[GENERAL].is_stale
    assert [entry.message.id for entry in made.timelines[GENERAL]] == [50]


def test_unsent_messages_outlive_a_fresh_ready() -> None:
    made = state()
    timeline.add_pending(made.timeline(RANDOM), "7", message(1, author=ME, channel=RANDOM))
    reducer.reduce(made, ready(guild(GUILD, channel())), NOW)
    assert [entry.key for entry in made.timelines[RANDOM].unsent] == ["n7"]


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
    assert len(changes) == 2  # 99 was never here


def test_typing_ends_after_ten_seconds_and_with_the_message() -> None:
    made = state()
    typing = TypingStart(channel_id=Snowflake(GENERAL), user_id=Snowflake(OTHER), timestamp=0)
    assert reducer.reduce(made, typing, NOW) == [TypingChanged(GENERAL)]
    assert reducer.reduce(made, typing, NOW + 5000) == [], "who types on is no news"
    assert reducer.next_typing_end_ms(made) == NOW + 15_000
    assert reducer.expire_typing(made, NOW + 14_999) == []
    assert reducer.expire_typing(made, NOW + 15_000) == [TypingChanged(GENERAL)]
    assert made.typing == {}
    reducer.reduce(made, typing, NOW)
    assert TypingChanged(GENERAL) in reducer.reduce(made, created(message(50)), NOW)
    assert made.typing[GENERAL] == {}


def test_own_typing_and_typing_elsewhere_do_not_show() -> None:
    made = state()
    own = TypingStart(channel_id=Snowflake(GENERAL), user_id=Snowflake(ME), timestamp=0)
    elsewhere = TypingStart(channel_id=Snowflake(777), user_id=Snowflake(OTHER), timestamp=0)
    assert reducer.reduce(made, own, NOW) == []
    assert reducer.reduce(made, elsewhere, NOW) == []


def test_crowd_of_typists_is_bounded() -> None:
    made = state()
    for user_id in range(2000, 2000 + 5 * reducer.MAX_TYPING):
        told = TypingStart(channel_id=Snowflake(GENERAL), user_id=Snowflake(user_id), timestamp=0)
        reducer.reduce(made, told, NOW)
    assert len(made.typing[GENERAL]) == reducer.MAX_TYPING


def test_channels_stand_below_their_category_text_first() -> None:
    category = channel(20, "rooms", type=4, position=0)
    voice = channel(21, "talk", type=2, position=0, parent_id=Snowflake(20))
    text = channel(22, "notes", position=3, parent_id=Snowflake(20))
    loose = channel(23, "lobby", position=9)
    made = state(voice, category, text, loose)
    assert made.guilds[GUILD].channel_ids == [23, 20, 22, 21]


def test_channel_comes_changes_and_goes() -> None:
    made = state()
    new = channel(30, "new", guild_id=Snowflake(GUILD))
    fields = {name: getattr(new, name) for name in Channel.__struct_fields__}
    assert reducer.reduce(made, ChannelCreate(**fields), NOW) == [ChannelsChanged(GUILD)]
    reducer.reduce(made, created(message(50, channel=30)), NOW)
    renamed = ChannelUpdate(**(fields | {"name": "renamed"}))
    reducer.reduce(made, renamed, NOW)
    assert made.channels[30].name == "renamed"
    assert made.channels[30].last_message_id == 50, "an update without it forgets no message"
    reducer.reduce(made, ChannelDelete(**fields), NOW)
    assert 30 not in made.channels
    assert 30 not in made.guilds[GUILD].channel_ids


def test_guild_comes_is_away_and_goes() -> None:
    made = state()
    full = guild(2, channel(40, "other", guild_id=Snowflake(2)))
    event = GuildCreate(**{name: getattr(full, name) for name in full.__struct_fields__})
    assert reducer.reduce(made, event, NOW) == [GuildsChanged()]
    away = GuildDelete(id=Snowflake(2), unavailable=True)
    assert reducer.reduce(made, away, NOW) == [GuildChanged(2)]
    assert not made.guilds[2].is_available
    reducer.reduce(made, event, NOW)
    assert made.guilds[2].is_available
    make_fresh(made, 40)
    changes = reducer.reduce(made, GuildDelete(id=Snowflake(2)), NOW)
    assert changes == [GuildsChanged(), TimelineReset(40)]
    assert 40 not in made.channels
    assert 40 not in made.timelines


def test_guild_update_keeps_what_belongs_to_the_guild() -> None:
    made = state()
    update = GuildUpdate(id=Snowflake(GUILD), name="renamed", owner_id=Snowflake(ME))
    assert reducer.reduce(made, update, NOW) == [GuildChanged(GUILD)]
    assert made.guilds[GUILD].guild.name == "renamed"
    assert made.guilds[GUILD].channel_ids == [GENERAL, RANDOM]
    assert type(made.guilds[GUILD].guild) is Guild


def test_members_come_change_and_go() -> None:
    made = state()
    assert reducer.reduce(made, member_event(MemberAdd, 7), NOW) == [MembersChanged(GUILD)]
    assert made.guilds[GUILD].member_count == 3
    reducer.reduce(made, member_event(MemberUpdate, 7, nick="Seven"), NOW)
    assert made.display_name(GENERAL, user(7)) == "Seven"
    reducer.reduce(made, member_event(MemberRemove, 7), NOW)
    assert 7 not in made.guilds[GUILD].members
    assert made.guilds[GUILD].member_count == 2


def test_own_new_role_changes_permissions() -> None:
    made = state()
    role = Role(id=Snowflake(5), name="muted", permissions=Permissions.ADMINISTRATOR)
    reducer.reduce(made, RoleCreate(guild_id=Snowflake(GUILD), role=role), NOW)
    changes = reducer.reduce(made, member_event(MemberUpdate, ME, roles=[Snowflake(5)]), NOW)
    assert GuildChanged(GUILD) in changes
    assert made.permissions(GENERAL) & Permissions.MANAGE_CHANNELS
    reducer.reduce(made, RoleDelete(guild_id=Snowflake(GUILD), role_id=Snowflake(5)), NOW)
    assert made.guilds[GUILD].members[ME].roles == []
    assert not made.permissions(GENERAL) & Permissions.MANAGE_CHANNELS


def test_members_come_in_chunks_with_presences() -> None:
    made = state()
    chunk = MembersChunk(
        guild_id=Snowflake(GUILD),
        members=[Member(user=user(number)) for number in range(50, 60)],
        chunk_index=0,
        chunk_count=1,
        presences=[Presence(user=UserReference(id=Snowflake(50)), status="dnd")],
    )
    assert reducer.reduce(made, chunk, NOW) == [MembersChanged(GUILD)]
    assert made.status(50) == "dnd"
    assert made.guilds[GUILD].member_count == 12


def test_author_that_ready_did_not_list_becomes_known() -> None:
    made = state()
    told = msgspec.structs.replace(created(message(50, author=77)), member=PartialMember(nick="Visitor"))
    reducer.reduce(made, told, NOW)
    assert made.display_name(GENERAL, user(77)) == "Visitor"


def test_presence_and_voice_show() -> None:
    made = state()
    presence = PresenceUpdate(user=UserReference(id=Snowflake(OTHER)), status="idle")
    assert reducer.reduce(made, presence, NOW) == [PresenceChanged(OTHER)]
    assert made.status(OTHER) == "idle"
    fields = {"user_id": Snowflake(OTHER), "session_id": "s", "guild_id": Snowflake(GUILD)}
    joined = VoiceStateUpdate(channel_id=Snowflake(9), **fields)  # type: ignore[arg-type]  # fields of any type
    assert reducer.reduce(made, joined, NOW) == [VoiceStatesChanged(GUILD)]
    assert made.guilds[GUILD].voice_states[OTHER].channel_id == 9
    left = VoiceStateUpdate(channel_id=None, **fields)  # type: ignore[arg-type]  # fields of any type
    reducer.reduce(made, left, NOW)
    assert made.guilds[GUILD].voice_states == {}


def test_own_new_display_name_shows_everywhere() -> None:
    made = state()
    renamed = UserUpdate(id=Snowflake(ME), username="me", global_name="My New Name")
    reducer.reduce(made, renamed, NOW)
    assert made.guilds[GUILD].members[ME].display_name == "My New Name"
    stranger = UserUpdate(id=Snowflake(OTHER), username="not me")
    assert reducer.reduce(made, stranger, NOW) == []


def test_names_of_a_hostile_server_are_cut() -> None:
    made = State()
    huge = msgspec.structs.replace(guild(), name="n" * 1_000_000)
    reducer.reduce(made, ready(huge), NOW)
    assert len(made.guilds[GUILD].guild.name) == directory.MAX_NAME_CHARACTERS


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_known_event_about_something_unknown_is_harmless(name: str) -> None:
    """A server may speak of guilds, channels and users that this account never heard of."""
    bodies = {
        "READY": ready(),
        "RESUMED": Resumed(),
        "GUILD_CREATE": GuildCreate(id=Snowflake(9), name="", owner_id=Snowflake(9)),
        "GUILD_UPDATE": GuildUpdate(id=Snowflake(9), name="", owner_id=Snowflake(9)),
        "GUILD_DELETE": GuildDelete(id=Snowflake(9)),
        "CHANNEL_CREATE": ChannelCreate(id=Snowflake(9), type=0, guild_id=Snowflake(9)),
        "CHANNEL_UPDATE": ChannelUpdate(id=Snowflake(9), type=77),
        "CHANNEL_DELETE": ChannelDelete(id=Snowflake(9), type=0),
        "THREAD_CREATE": ThreadCreate(id=Snowflake(9), type=11, guild_id=Snowflake(9)),
        "THREAD_UPDATE": ThreadUpdate(id=Snowflake(9), type=11),
        "THREAD_DELETE": ThreadDelete(id=Snowflake(9), guild_id=Snowflake(9), parent_id=Snowflake(9), type=11),
        "THREAD_LIST_SYNC": ThreadListSync(guild_id=Snowflake(9), threads=[]),
        "THREAD_MEMBER_UPDATE": ThreadMemberUpdate(guild_id=Snowflake(9), join_timestamp=""),
        "THREAD_MEMBERS_UPDATE": ThreadMembersUpdate(id=Snowflake(9), guild_id=Snowflake(9), member_count=0),
        "GUILD_ROLE_CREATE": RoleCreate(guild_id=Snowflake(9), role=Role(id=Snowflake(9), name="")),
        "GUILD_ROLE_UPDATE": RoleUpdate(guild_id=Snowflake(9), role=Role(id=Snowflake(9), name="")),
        "GUILD_ROLE_DELETE": RoleDelete(guild_id=Snowflake(9), role_id=Snowflake(9)),
        "GUILD_MEMBER_ADD": MemberAdd(guild_id=Snowflake(9), user=user(9)),
        "GUILD_MEMBER_UPDATE": MemberUpdate(guild_id=Snowflake(9), user=user(9)),
        "GUILD_MEMBER_REMOVE": MemberRemove(guild_id=Snowflake(9), user=user(9)),
        "GUILD_MEMBERS_CHUNK": MembersChunk(guild_id=Snowflake(9), members=[], chunk_index=0, chunk_count=1),
        "GUILD_MEMBER_LIST_UPDATE": MemberListUpdate(
            guild_id=Snowflake(9), id="everyone", member_count=1, online_count=1, groups=[], ops=[]
        ),
        "MESSAGE_CREATE": created(message(50, channel=9)),
        "MESSAGE_UPDATE": updated(message(50, channel=9)),
        "MESSAGE_DELETE": deleted(50, channel=9),
        "MESSAGE_DELETE_BULK": MessageDeleteBulk(ids=[Snowflake(50)], channel_id=Snowflake(9)),
        "MESSAGE_ACK": MessageAck(channel_id=Snowflake(9), message_id=Snowflake(9)),
        "TYPING_START": TypingStart(channel_id=Snowflake(9), user_id=Snowflake(9), timestamp=-1),
        "PRESENCE_UPDATE": PresenceUpdate(user=UserReference(id=Snowflake(9)), status="odd"),
        "USER_UPDATE": UserUpdate(id=Snowflake(9), username=""),
        "VOICE_STATE_UPDATE": VoiceStateUpdate(
            channel_id=None, user_id=Snowflake(9), session_id="", guild_id=Snowflake(9)
        ),
        "INVITE_CREATE": InviteCreate(channel_id=Snowflake(9), code="", created_at=""),
        "INVITE_DELETE": InviteDelete(channel_id=Snowflake(9), code=""),
    }
    for made in (State(), state()):
        reducer.reduce(made, bodies.get(name) or sample(EVENTS[name]), NOW)
        assert 9 not in made.timelines


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


def sample(kind: type[msgspec.Struct]) -> msgspec.Struct:
    """An event of which only what must be there is, about things of id 9."""
    required = {field.name: _sample_value(field.type) for field in msgspec.structs.fields(kind) if field.required}
    return kind(**required)


def _sample_value(kind: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return sample(kind)
    if kind is Snowflake:
        return Snowflake(9)
    return next((made() for wanted, made in ((str, str), (int, int), (bool, bool)) if kind is wanted), [])


DIRECT = 77


def direct(*people: int, kind: int = 1) -> ChannelCreate:
    return ChannelCreate(
        id=Snowflake(DIRECT), type=kind, recipients=[user(person) for person in people], last_message_id=None
    )


def private(message_id: int, author: int = OTHER, kind: int = 0) -> MessageCreate:
    told = created(message(message_id, author=author, channel=DIRECT))
    return msgspec.structs.replace(told, guild_id=msgspec.UNSET, type=kind)


def test_a_private_channel_comes_with_its_people_and_goes() -> None:
    made = state()
    assert reducer.reduce(made, direct(OTHER), NOW) == [ChannelsChanged(None)]
    assert made.private_channel_ids == [DIRECT]
    assert made.users[OTHER].username == f"user{OTHER}"
    gone = ChannelDelete(id=Snowflake(DIRECT), type=1)
    assert reducer.reduce(made, gone, NOW) == [ChannelsChanged(None)]
    assert made.private_channel_ids == []


def test_each_private_message_counts_as_a_mention() -> None:
    made = state()
    reducer.reduce(made, direct(OTHER), NOW)
    reducer.reduce(made, private(50), NOW)
    reducer.reduce(made, private(51), NOW)
    reducer.reduce(made, private(52, kind=2), NOW)  # somebody left a group
    assert (made.mention_count(DIRECT), made.is_unread(DIRECT)) == (2, True)
    reducer.reduce(made, private(53, author=ME), NOW)
    assert (made.mention_count(DIRECT), made.is_unread(DIRECT)) == (0, False)


def test_people_come_into_a_group_and_leave_it() -> None:
    made = state()
    reducer.reduce(made, direct(OTHER, kind=3), NOW)
    third = ChannelRecipientAdd(channel_id=Snowflake(DIRECT), user=user(1002))
    assert reducer.reduce(made, third, NOW) == reducer.reduce(made, third, NOW) == [ChannelsChanged(None)]

    def people() -> list[int]:
        recipients = made.channels[DIRECT].recipients
        return [int(person.id) for person in recipients] if isinstance(recipients, list) else []

    assert people() == [OTHER, 1002]
    reducer.reduce(made, ChannelRecipientRemove(channel_id=Snowflake(DIRECT), user=user(OTHER)), NOW)
    assert people() == [1002]
    for number in range(2000, 2000 + 2 * directory.MAX_RECIPIENTS):
        reducer.reduce(made, ChannelRecipientAdd(channel_id=Snowflake(DIRECT), user=user(number)), NOW)
    assert len(people()) == directory.MAX_RECIPIENTS


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
        assert reducer.reduce(made, told, NOW) == [MessageChanged(GENERAL, "50")]
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


@pytest.mark.parametrize(
    "event",
    [
        SoundCreate(sound_id=Snowflake(1), name="horn", guild_id=Snowflake(GUILD)),
        SoundUpdate(sound_id=Snowflake(1), name="foghorn", guild_id=Snowflake(GUILD)),
        SoundsUpdate(guild_id=Snowflake(GUILD), soundboard_sounds=[]),
        SoundDelete(sound_id=Snowflake(1), guild_id=Snowflake(GUILD)),
    ],
    ids=lambda event: type(event).__name__,
)
def test_it_is_told_that_the_sounds_of_a_guild_are_others(event: msgspec.Struct) -> None:
    assert reducer.reduce(state(), event, 0) == [SoundsChanged(GUILD)]
