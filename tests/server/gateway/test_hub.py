"""Fan-out: who gets an event, with which body, and who does not."""

import asyncio
import itertools
import time

import msgspec
import pytest

from tuichat.protocol.gateway import dispatch_prefix
from tuichat.protocol.intents import ALL_INTENTS, Intents
from tuichat.protocol.permissions import DEFAULT_EVERYONE, Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.accounts import Actor
from tuichat.server.actions.direct_cache import DirectCache
from tuichat.server.actions.guild_cache import GuildCache, GuildState
from tuichat.server.bus import Event
from tuichat.server.gateway import hub as hub_module
from tuichat.server.gateway.hub import Hub
from tuichat.server.gateway.prepared import PreparedDispatch
from tuichat.server.gateway.session import MAX_HELD, REPLAY_AGE_MS, RESUME_WINDOW_MS, STORED, Session
from tuichat.server.store.channel_rows import ChannelRow, OverwriteRow
from tuichat.server.store.rows import GuildRow, MemberRow, RoleRow

GUILD, OPEN, SECRET = Snowflake(100), Snowflake(101), Snowflake(102)
OWNER, MEMBER, STRANGER, BOT = Snowflake(1), Snowflake(2), Snowflake(3), Snowflake(4)


class FakeLink:
    """Keeps what a session sends."""

    def __init__(self) -> None:
        self.payloads: list[bytes] = []
        self.is_slow = False
        self.is_replaced = False
        self.ends: list[int] = []

    def send_dispatch(self, dispatch: PreparedDispatch, sequence: int) -> None:
        self.payloads.append(dispatch_prefix(sequence) + dispatch.tail)

    def replace(self) -> None:
        self.is_replaced = True

    def end(self, code: int, reason: str) -> None:
        self.ends.append(code)

    @property
    def names(self) -> list[str]:
        return [str(msgspec.json.decode(payload)["t"]) for payload in self.payloads]

    @property
    def bodies(self) -> list[object]:
        return [msgspec.json.decode(payload)["d"] for payload in self.payloads]


class World:
    """A hub over one guild with an open and a secret channel: the owner and the member are in, the stranger is not."""

    def __init__(self) -> None:
        self.now_ms = 0
        self.guilds = GuildCache()
        self.guild = GuildState(GuildRow(id=GUILD, name="Team", owner_id=OWNER))
        self.guilds.add(self.guild)
        self.guild.put_role(RoleRow(id=GUILD, guild_id=GUILD, name="@everyone", permissions=DEFAULT_EVERYONE))
        hidden = OverwriteRow(id=GUILD, type=0, deny=Permissions.VIEW_CHANNEL)
        self.guilds.put_channel(self.guild, ChannelRow(id=OPEN, type=0, guild_id=GUILD, name="open"))
        self.guilds.put_channel(
            self.guild, ChannelRow(id=SECRET, type=0, guild_id=GUILD, name="secret", overwrites=(hidden,))
        )
        for user_id in (OWNER, MEMBER, BOT):
            self.join(user_id)
        self.directs = DirectCache()
        self.hub = Hub(
            self.guilds,
            lambda: self.now_ms,
            lambda session, guild_id, body: b'{"for":"a bot"}' if session.is_bot else body,
            directs=self.directs,
        )

    def join(self, user_id: Snowflake) -> None:
        self.guilds.put_member(self.guild, MemberRow(guild_id=GUILD, user_id=user_id, joined_ms=0))

    def connect(
        self,
        user_id: Snowflake,
        *,
        intents: int | None = None,
        shard: tuple[int, int] | None = None,
        extensions: frozenset[str] = frozenset(),
    ) -> tuple[Session, FakeLink]:
        actor = Actor(user_id, is_bot=user_id == BOT)
        session = Session(actor=actor, intents=intents, shard=shard, extension_events=extensions)
        self.hub.add(session)
        session.begin([], 0)
        link = FakeLink()
        session.attach(link)
        return session, link

    def publish(
        self,
        name: str,
        body: bytes = b"{}",
        *,
        guild_id: int | None = GUILD,
        channel_id: int | None = None,
        user_ids: frozenset[int] | None = None,
        is_lossy: bool = False,
    ) -> None:
        self.hub.publish(
            Event(name=name, body=body, guild_id=guild_id, channel_id=channel_id, user_ids=user_ids, is_lossy=is_lossy)
        )


def test_members_get_what_happens_in_a_channel_that_they_see() -> None:
    world = World()
    (_, owner), (_, member), (_, stranger) = world.connect(OWNER), world.connect(MEMBER), world.connect(STRANGER)
    world.publish("MESSAGE_CREATE", b'{"id":"1"}', channel_id=OPEN)
    world.publish("MESSAGE_CREATE", b'{"id":"2"}', channel_id=SECRET)
    assert owner.bodies == [{"id": "1"}, {"id": "2"}]
    assert member.bodies == [{"id": "1"}]
    assert stranger.bodies == []


def test_every_session_counts_by_itself() -> None:
    world = World()
    _, first = world.connect(OWNER)
    world.publish("MESSAGE_CREATE", channel_id=SECRET)
    _, second = world.connect(OWNER)
    world.publish("MESSAGE_CREATE", channel_id=SECRET)
    assert [msgspec.json.decode(payload)["s"] for payload in first.payloads] == [1, 2]
    assert [msgspec.json.decode(payload)["s"] for payload in second.payloads] == [1]
    assert msgspec.json.decode(second.payloads[0]) == {"op": 0, "s": 1, "t": "MESSAGE_CREATE", "d": {}}


def test_what_needs_a_permission_goes_to_those_who_have_it() -> None:
    world = World()
    _, owner = world.connect(OWNER)
    _, member = world.connect(MEMBER)
    needs = int(Permissions.VIEW_AUDIT_LOG)
    world.hub.publish(Event(name="GUILD_AUDIT_LOG_ENTRY_CREATE", body=b"{}", guild_id=GUILD, needs=needs))
    world.hub.publish(Event(name="MESSAGE_UPDATE", body=b"{}", guild_id=GUILD, channel_id=OPEN, needs=needs))
    assert owner.names == ["GUILD_AUDIT_LOG_ENTRY_CREATE", "MESSAGE_UPDATE"]
    assert member.names == []


def test_an_unknown_channel_or_guild_reaches_nobody() -> None:
    world = World()
    _, owner = world.connect(OWNER)
    world.publish("MESSAGE_CREATE", channel_id=999)
    world.publish("MESSAGE_CREATE", guild_id=999, channel_id=OPEN)
    world.publish("USER_UPDATE", guild_id=None)
    assert owner.names == []


def test_a_changed_overwrite_changes_the_audience_from_that_event_on() -> None:
    world = World()
    _, member = world.connect(MEMBER)
    world.publish("MESSAGE_CREATE", channel_id=SECRET)
    world.guilds.put_channel(world.guild, ChannelRow(id=SECRET, type=0, guild_id=GUILD, name="not so secret"))
    world.publish("CHANNEL_UPDATE", channel_id=SECRET)
    world.publish("MESSAGE_CREATE", channel_id=SECRET)
    hidden = OverwriteRow(id=GUILD, type=0, deny=Permissions.VIEW_CHANNEL)
    world.guilds.put_channel(
        world.guild, ChannelRow(id=SECRET, type=0, guild_id=GUILD, name="secret", overwrites=(hidden,))
    )
    world.publish("CHANNEL_UPDATE", channel_id=SECRET)
    world.publish("MESSAGE_CREATE", channel_id=SECRET)
    assert member.names == ["CHANNEL_UPDATE", "MESSAGE_CREATE"]


def test_a_changed_role_or_member_changes_the_audience() -> None:
    world = World()
    _, member = world.connect(MEMBER)
    admin = RoleRow(id=Snowflake(7), guild_id=GUILD, name="admin", permissions=Permissions.ADMINISTRATOR)
    world.guild.put_role(admin)
    world.publish("GUILD_ROLE_CREATE")
    world.publish("MESSAGE_CREATE", channel_id=SECRET)
    world.guilds.put_member(world.guild, MemberRow(guild_id=GUILD, user_id=MEMBER, joined_ms=0, role_ids=(admin.id,)))
    world.publish("GUILD_MEMBER_UPDATE", b'{"user":{"id":"2"}}')
    world.publish("MESSAGE_CREATE", channel_id=SECRET)
    assert member.names == ["GUILD_ROLE_CREATE", "GUILD_MEMBER_UPDATE", "MESSAGE_CREATE"]


def test_who_joins_hears_of_the_guild_from_then_on() -> None:
    world = World()
    (session, stranger), (_, member) = world.connect(STRANGER), world.connect(MEMBER)
    world.join(STRANGER)
    world.publish("GUILD_MEMBER_ADD", b'{"user":{"id":"3"}}')
    world.publish("GUILD_CREATE", user_ids=frozenset({STRANGER}))
    world.publish("MESSAGE_CREATE", channel_id=OPEN)
    assert stranger.names == ["GUILD_CREATE", "MESSAGE_CREATE"]
    assert member.names == ["GUILD_MEMBER_ADD", "MESSAGE_CREATE"]
    assert session.guild_ids == {GUILD}


def test_a_bot_that_joins_gets_the_guild_as_its_intents_allow() -> None:
    world = World()
    (_, bot), (_, person) = world.connect(BOT, intents=Intents.GUILDS), world.connect(STRANGER)
    world.publish("GUILD_CREATE", b'{"for":"a person"}', user_ids=frozenset({BOT, STRANGER}))
    assert (bot.bodies, person.bodies) == ([{"for": "a bot"}], [{"for": "a person"}])


def test_who_leaves_hears_no_more() -> None:
    world = World()
    (session, member), (_, owner) = world.connect(MEMBER), world.connect(OWNER)
    world.publish("GUILD_DELETE", user_ids=frozenset({MEMBER}))
    world.publish("GUILD_MEMBER_REMOVE", b'{"guild_id":"100","user":{"id":"2"}}')
    world.guilds.remove_member(world.guild, MEMBER)
    world.publish("MESSAGE_CREATE", channel_id=OPEN)
    assert member.names == ["GUILD_DELETE"]
    assert owner.names == ["GUILD_MEMBER_REMOVE", "MESSAGE_CREATE"]
    assert session.guild_ids == set()


def test_a_removed_member_hears_no_more_even_without_guild_delete() -> None:
    world = World()
    _, member = world.connect(MEMBER)
    world.publish("GUILD_MEMBER_REMOVE", b'{"guild_id":"100","user":{"id":"2"}}')
    world.publish("GUILD_UPDATE")
    assert member.names == []


def test_a_deleted_guild_is_told_to_all_and_forgotten() -> None:
    world = World()
    (_, member), (session, owner) = world.connect(MEMBER), world.connect(OWNER)
    world.publish("GUILD_DELETE", user_ids=frozenset({OWNER, MEMBER}))
    world.publish("MESSAGE_CREATE", channel_id=OPEN)
    assert member.names == owner.names == ["GUILD_DELETE"]
    assert session.guild_ids == set()


def test_private_events_reach_every_session_of_their_users_alone() -> None:
    world = World()
    (_, first), (_, second), (_, other) = world.connect(OWNER), world.connect(OWNER), world.connect(MEMBER)
    world.publish("MESSAGE_ACK", guild_id=None, user_ids=frozenset({OWNER}))
    assert (first.names, second.names, other.names) == (["MESSAGE_ACK"], ["MESSAGE_ACK"], [])


def test_intents_choose_what_a_bot_gets() -> None:
    world = World()
    _, bot = world.connect(BOT, intents=Intents.GUILDS | Intents.GUILD_MESSAGES)
    for name in ("MESSAGE_CREATE", "TYPING_START"):
        world.publish(name, channel_id=OPEN)
    for name in ("GUILD_ROLE_CREATE", "PRESENCE_UPDATE", "GUILD_MEMBER_ADD", "INTERACTION_CREATE"):
        world.publish(name, b'{"user":{"id":"3"}}')
    assert bot.names == ["MESSAGE_CREATE", "GUILD_ROLE_CREATE", "INTERACTION_CREATE"]


def test_ones_own_member_update_needs_no_intent() -> None:
    world = World()
    _, bot = world.connect(BOT, intents=Intents.GUILDS)
    for author_id in (BOT, OWNER):
        body = b'{"user":{"id":"%d"}}' % author_id
        world.hub.publish(Event(name="GUILD_MEMBER_UPDATE", body=body, guild_id=GUILD, author_id=author_id))
    assert len(bot.names) == 1


def test_who_is_told_by_another_event_or_was_told_before_is_left_out() -> None:
    world = World()
    _, first = world.connect(OWNER, extensions=frozenset({"TUICHAT_BEES"}))
    (_, second), (_, third) = world.connect(OWNER), world.connect(MEMBER)
    told = Event(name="VOICE_STATE_UPDATE", body=b"{}", guild_id=GUILD, channel_id=OPEN, replaced_by="TUICHAT_BEES")
    world.hub.publish(told)
    assert (len(first.names), len(second.names), len(third.names)) == (0, 1, 1)
    world.hub.publish(msgspec.structs.replace(told, told_id=OWNER))
    assert (len(first.names), len(second.names), len(third.names)) == (0, 1, 2)
    world.hub.publish(msgspec.structs.replace(told, channel_id=None, user_ids=frozenset({OWNER, MEMBER})))
    assert (len(first.names), len(second.names), len(third.names)) == (0, 2, 3)


def test_who_comes_and_goes_between_two_events_is_in_the_audience_while_it_is_here() -> None:
    world = World()
    (_, owner), (session, member) = world.connect(OWNER), world.connect(MEMBER)
    for channel_id in (OPEN, SECRET):
        world.publish("MESSAGE_CREATE", channel_id=channel_id)
    late_session, late = world.connect(OWNER)
    world.hub.remove(session)
    for channel_id in (OPEN, SECRET):
        world.publish("MESSAGE_CREATE", channel_id=channel_id)
    world.hub.remove(late_session)
    world.publish("MESSAGE_CREATE", channel_id=SECRET)
    assert (len(owner.names), len(member.names), len(late.names)) == (5, 1, 2)


def test_content_is_for_those_who_may_read_it() -> None:
    world = World()
    _, person = world.connect(OWNER)
    _, reader = world.connect(BOT, intents=int(ALL_INTENTS))
    _, bot = world.connect(BOT, intents=int(ALL_INTENTS & ~Intents.MESSAGE_CONTENT))

    def publish(author_id: int, mentioned_ids: frozenset[int] = frozenset()) -> None:
        world.hub.publish(
            Event(
                name="MESSAGE_CREATE",
                body=b'{"content":"secret"}',
                content_free_body=b'{"content":""}',
                guild_id=GUILD,
                channel_id=OPEN,
                author_id=author_id,
                mentioned_ids=mentioned_ids,
            )
        )

    publish(OWNER)
    publish(BOT)
    publish(OWNER, frozenset({BOT}))
    secret, nothing = {"content": "secret"}, {"content": ""}
    assert person.bodies == reader.bodies == [secret] * 3
    assert bot.bodies == [nothing, secret, secret]


def test_extension_dispatches_go_to_those_who_asked() -> None:
    world = World()
    _, asked = world.connect(OWNER, extensions=frozenset({"TUICHAT_THING"}))
    _, plain = world.connect(OWNER)
    world.publish("TUICHAT_THING")
    world.publish("TUICHAT_OTHER")
    assert (asked.names, plain.names) == (["TUICHAT_THING"], [])


def test_a_shard_gets_its_guilds_and_shard_zero_the_rest() -> None:
    world = World()
    own = (GUILD >> 22) % 2
    (_, mine), (_, other) = (
        world.connect(BOT, intents=1 << 9, shard=(own, 2)),
        world.connect(BOT, intents=1 << 9 | 1 << 12, shard=(1 - own, 2)),
    )
    world.publish("MESSAGE_CREATE", channel_id=OPEN)
    assert (mine.names, other.names) == (["MESSAGE_CREATE"], [])
    world.publish("USER_UPDATE", guild_id=None, user_ids=frozenset({BOT}))
    assert mine.names[1:] + other.names == ["USER_UPDATE"]


def test_a_slow_reader_misses_typing_and_presence_first() -> None:
    world = World()
    _, member = world.connect(MEMBER)
    member.is_slow = True
    world.publish("TYPING_START", channel_id=OPEN, is_lossy=True)
    world.publish("PRESENCE_UPDATE", is_lossy=True)
    world.publish("MESSAGE_CREATE", channel_id=OPEN)
    assert [msgspec.json.decode(payload)["s"] for payload in member.payloads] == [1]
    assert member.names == ["MESSAGE_CREATE"]


def test_what_comes_while_ready_is_made_follows_it() -> None:
    world = World()
    session = Session(actor=Actor(OWNER))
    world.hub.add(session)
    for _ in range(MAX_HELD):
        world.publish("MESSAGE_CREATE", channel_id=OPEN)
    assert not session.has_lost
    link = FakeLink()
    session.attach(link)
    session.begin([PreparedDispatch("READY", b"{}")], 0)
    assert link.names[:2] == ["READY", "MESSAGE_CREATE"]
    assert len(link.names) == MAX_HELD + 1


def test_a_session_that_lost_something_before_ready_knows_it() -> None:
    world = World()
    session = Session(actor=Actor(OWNER))
    world.hub.add(session)
    for _ in range(MAX_HELD + 1):
        world.publish("MESSAGE_CREATE", channel_id=OPEN)
    assert session.has_lost


def test_who_was_taken_out_of_a_group_hears_nothing_of_it_any_more() -> None:
    world = World()
    (_, owner), (_, stranger) = world.connect(OWNER), world.connect(STRANGER)
    group, both = Snowflake(200), frozenset({int(OWNER), int(STRANGER)})
    row = ChannelRow(id=group, type=3, guild_id=None, name="", recipient_ids=(OWNER, STRANGER))
    world.directs.put(row)
    world.publish("MESSAGE_CREATE", guild_id=None, channel_id=group, user_ids=both)
    world.directs.put(msgspec.structs.replace(row, recipient_ids=(OWNER,)))
    world.publish("MESSAGE_CREATE", guild_id=None, channel_id=group, user_ids=both)  # queued before, told after
    world.publish("CHANNEL_DELETE", guild_id=None, channel_id=group, user_ids=frozenset({int(STRANGER)}))
    assert owner.names == ["MESSAGE_CREATE", "MESSAGE_CREATE"]
    assert stranger.names == ["MESSAGE_CREATE", "CHANNEL_DELETE"]


def test_what_ready_tells_of_is_not_told_again() -> None:
    world = World()
    session = Session(actor=Actor(OWNER))
    world.hub.add(session)
    world.publish("MESSAGE_CREATE", b'{"n":1}', channel_id=OPEN)
    world.publish("RELATIONSHIP_ADD", b'{"n":2}', guild_id=None, user_ids=frozenset({OWNER}))
    session.note_told(GUILD, world.hub.published)
    world.publish("MESSAGE_CREATE", b'{"n":3}', channel_id=OPEN)
    world.publish("RELATIONSHIP_ADD", b'{"n":4}', guild_id=None, user_ids=frozenset({OWNER}))
    session.note_told(None, world.hub.published)
    world.publish("RELATIONSHIP_ADD", b'{"n":5}', guild_id=None, user_ids=frozenset({OWNER}))
    link = FakeLink()
    session.attach(link)
    session.begin([PreparedDispatch("READY", b"{}")], 0)
    world.publish("MESSAGE_CREATE", b'{"n":6}', channel_id=OPEN)
    assert link.bodies == [{}, {"n": 3}, {"n": 5}, {"n": 6}]


def test_what_the_store_changed_after_ready_had_read_it_is_told() -> None:
    world = World()
    session = Session(actor=Actor(OWNER))
    world.hub.add(session)
    own = frozenset({OWNER})
    world.publish("USER_NOTE_UPDATE", b'{"n":1}', guild_id=None, user_ids=own)
    session.note_told(STORED, world.hub.published)
    world.publish("USER_NOTE_UPDATE", b'{"n":2}', guild_id=None, user_ids=own)
    world.publish("RELATIONSHIP_ADD", b'{"n":3}', guild_id=None, user_ids=own)
    session.note_told(None, world.hub.published)
    link = FakeLink()
    session.attach(link)
    session.begin([PreparedDispatch("READY", b"{}")], 0)
    assert link.bodies == [{}, {"n": 2}]


async def test_a_crowd_is_told_in_slices_and_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.hub._call_soon = asyncio.get_running_loop().call_soon
    ticks = itertools.count()  # whenever the clock is looked at, a second has passed
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks))
    monkeypatch.setattr(hub_module, "DELIVER_SLICE_S", 1.5)
    links = [world.connect(OWNER)[1] for _ in range(hub_module.DELIVERED_UNTIMED + 1)]
    late = Session(actor=Actor(OWNER))
    world.publish("MESSAGE_CREATE", b'{"n":1}', channel_id=OPEN)
    world.publish("MESSAGE_ACK", b'{"n":2}', guild_id=None, user_ids=frozenset({OWNER}))
    assert sorted(len(link.payloads) for link in links) == [0, *[1] * hub_module.DELIVERED_UNTIMED]
    world.hub.add(late)
    late.note_told(GUILD, world.hub.published)
    late.note_told(STORED, world.hub.published)
    late.note_told(None, world.hub.published)
    late_link = FakeLink()
    late.attach(late_link)
    late.begin([PreparedDispatch("READY", b"{}")], 0)
    for _ in range(5):
        await asyncio.sleep(0)
    assert all(link.bodies == [{"n": 1}, {"n": 2}] for link in links)
    assert late_link.bodies == [{}]
    world.publish("MESSAGE_CREATE", b'{"n":3}', channel_id=OPEN)
    for _ in range(5):
        await asyncio.sleep(0)
    assert late_link.bodies == [{}, {"n": 3}]


def test_a_session_that_fails_keeps_nothing_from_the_others() -> None:
    world = World()
    links = [world.connect(MEMBER)[1] for _ in range(3)]

    def fail(dispatch: PreparedDispatch, sequence: int) -> None:
        raise RuntimeError("a bug")

    links[1].send_dispatch = fail  # type: ignore[method-assign]  # one of them breaks
    for _ in range(2):
        world.publish("MESSAGE_CREATE", channel_id=OPEN)
    assert [link.names for link in links] == [["MESSAGE_CREATE"] * 2, [], ["MESSAGE_CREATE"] * 2]
    assert links[1].ends == [4000]


def test_a_session_keeps_counting_while_nobody_is_connected() -> None:
    world = World()
    session, link = world.connect(MEMBER)
    session.detach(link, world.now_ms)
    world.publish("MESSAGE_CREATE", b'{"id":"1"}', channel_id=OPEN)
    world.publish("TYPING_START", channel_id=OPEN, is_lossy=True)
    world.publish("MESSAGE_CREATE", b'{"id":"2"}', channel_id=OPEN)
    assert link.names == []
    replay = session.replay_after(0, world.now_ms)
    assert hasattr(replay, "payloads")
    assert [msgspec.json.decode(payload)["d"]["id"] for payload in replay.payloads()] == ["1", "2"]


def test_a_session_expires_when_its_client_does_not_come_back() -> None:
    session = Session(actor=Actor(OWNER))
    link = FakeLink()
    session.attach(link)
    session.begin([], 0)
    assert not session.is_expired(10 * RESUME_WINDOW_MS)
    session.detach(link, 1000)
    assert not session.is_expired(1000 + RESUME_WINDOW_MS)
    assert session.is_expired(1001 + RESUME_WINDOW_MS)
    assert REPLAY_AGE_MS > RESUME_WINDOW_MS


def test_a_session_that_waits_for_its_ready_does_not_expire() -> None:
    """In a storm of IDENTIFYs the sweep comes between them and their READY."""
    assert not Session(actor=Actor(OWNER)).is_expired(100 * RESUME_WINDOW_MS)


def test_a_second_connection_takes_the_session_over() -> None:
    session = Session(actor=Actor(OWNER))
    first, second = FakeLink(), FakeLink()
    session.attach(first)
    session.attach(second)
    session.detach(first, 5)
    assert first.is_replaced
    assert session.link is second


def test_a_removed_session_leaves_nothing_behind() -> None:
    world = World()
    session, link = world.connect(OWNER)
    world.hub.remove(session)
    world.hub.remove(session)
    world.publish("MESSAGE_CREATE", channel_id=OPEN)
    assert link.names == []
    assert len(world.hub) == 0
    assert world.hub.of_user(OWNER) == []
    assert world.hub.get(session.id) is None


def test_a_guild_that_is_gone_is_told_to_those_of_its_many_members_who_are_connected() -> None:
    world = World()
    (_, owner), (session, member), (_, stranger) = world.connect(OWNER), world.connect(MEMBER), world.connect(STRANGER)
    world.publish("GUILD_DELETE", user_ids=frozenset({*range(10, 5000), int(OWNER), int(MEMBER)}))
    assert [link.names for link in (owner, member, stranger)] == [["GUILD_DELETE"], ["GUILD_DELETE"], []]
    assert GUILD not in session.guild_ids
