"""Whatever is done in live rooms, in whatever order: each has a way to end, and who may speak has one answer.

Voices go through the real rooms and forwarder, without sockets: after each step everybody says something, and who is sent it
is compared to what everybody was told.
"""

import asyncio
import logging
import shutil
import tempfile
from collections.abc import Sequence
from enum import Enum
from pathlib import Path

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.actions.conftest import Clock, Town, open_server, outcome
from tests.server.actions.test_scheduled_events import edit as edit_event
from tests.server.actions.test_scheduled_events import in_channel, new_stage, plan
from tests.server.voice.people import Person
from tests.server.voice.people import Town as VoiceTown
from tuichat.local.data_folder import DATABASE_NAME
from tuichat.protocol import codec
from tuichat.protocol.dispatch.channel import ChannelDelete
from tuichat.protocol.encryption import AES_GCM, Sealer
from tuichat.protocol.gateway import VoiceStateUpdate
from tuichat.protocol.live_room import EditLiveRoomRequest, Hands, LiveRoom, LiveRoomDelete, StartLiveRoomRequest
from tuichat.protocol.rest.member import EditMemberRequest, EditVoiceStateRequest
from tuichat.protocol.rest.server import VoiceProbe
from tuichat.protocol.scheduled_event import EntityType, EventStatus
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.stage import CreateStageRequest, EditStageRequest
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import (
    channels,
    follows,
    live_rooms,
    members,
    roles,
    room_guests,
    room_people,
    stages,
    temporary_members,
    voice_moderation,
    voice_states,
)
from tuichat.server.actions.context import Actor
from tuichat.server.actions.stage_hosts import MODERATING, has_host, hosts
from tuichat.server.actions.stage_objects import live_room
from tuichat.server.actions.stage_watch import FIRST_HOST_LIMIT_MS, HOSTLESS_LIMIT_MS, StageWatch
from tuichat.server.actions.voice_rooms import Removal, VoiceGrant, VoicePlace, VoiceRegion
from tuichat.server.actions.voice_upkeep import VoiceWatch
from tuichat.server.options import Registration
from tuichat.server.voice.participant import Participant

NAMES = ("ada", "bob", "mod", "cy", "eve", "robot")  # ada owns the guild, eve is a stranger, robot a bot


class Carrier:
    """The real rooms of the voice server; whoever is granted a place connects at once."""

    def __init__(self) -> None:
        self.voice = VoiceTown()
        self.people: dict[int, Person] = {}

    def grant(self, place: VoicePlace, gateway_url: str) -> VoiceGrant:
        granted = self.voice.rooms.grant(place, gateway_url)
        user_id = int(place.user_id)
        person = self.people[user_id] = Person(self.voice, user_id, AES_GCM)
        admitted = self.voice.rooms.admit(
            int(place.server_id), user_id, place.session_id, granted.token, signals=person, features=frozenset()
        )
        assert isinstance(admitted, Participant)
        person.participant = admitted
        admitted.set_keys(AES_GCM, user_id.to_bytes(32))
        person.sealer = Sealer(AES_GCM, user_id.to_bytes(32))
        self.voice.rooms.bind(admitted, person.address)
        self.voice.rooms.enter(admitted)
        return granted

    def update(self, place: VoicePlace) -> None:
        self.voice.rooms.update(place)

    def remove(self, server_id: int, user_id: int, reason: Removal) -> None:
        self.voice.rooms.remove(server_id, user_id, reason)
        self.people.pop(user_id, None)

    def is_lost(self, server_id: int, user_id: int) -> bool:
        return self.voice.rooms.is_lost(server_id, user_id)

    def quiet_ms(self, server_id: int, user_id: int) -> int | None:
        return None

    def probe(self, user_id: int, local_host: str | None) -> VoiceProbe | None:
        return None

    def regions(self) -> Sequence[VoiceRegion]:
        return ()

    def hear(self, user_id: int) -> set[int]:
        """Let somebody speak, and return who is sent it."""
        self.voice.now_ms += 1000
        self.voice.wire.clear()
        self.people[user_id].says()
        sent = {address for _, address in self.voice.wire}
        self.voice.wire.clear()
        return {other_id for other_id, person in self.people.items() if person.address in sent}


class Deed(Enum):
    """What somebody does, to somebody else where it takes one; the more often it stands in `COMMON`, the more often."""

    SIT = "sit"
    SIT_MUTED = "sit muted"
    LEAVE = "leave"
    SIT_ELSEWHERE = "sit elsewhere"
    START = "start"
    OPEN = "open by Discord's route"
    EDIT = "edit"
    TOPIC = "topic by Discord's route"
    CLOSE = "close"
    RAISE = "raise a hand"
    LOWER = "lower it"
    SPEAK = "speak"
    LISTEN = "listen"
    INVITE_UP = "invite up"
    MOVE_DOWN = "move down"
    MUTE = "mute"
    PUT_OUT = "put out"
    BLOCK = "block"
    UNBLOCK = "unblock"
    MAKE_HOST = "make a host"
    UNMAKE_HOST = "unmake a host"
    INVITE = "invite"
    WITHDRAW = "withdraw"
    JOIN = "join"
    FOLLOW = "follow"
    GUILD_MUTE = "mute in the guild"
    GUILD_UNMUTE = "unmute in the guild"
    MOVE = "move"
    PROMOTE = "make a moderator"
    DEMOTE = "make one no more"
    KICK = "kick"
    DISCONNECT = "lose the connection"
    EVENT = "begin an event there"
    WAIT = "wait"
    LOSE_ROOM = "delete the channel"


COMMON = [
    *Deed, Deed.SIT, Deed.SIT, Deed.SIT, Deed.START, Deed.START, Deed.RAISE, Deed.RAISE, Deed.SPEAK, Deed.SPEAK, Deed.INVITE_UP,
    Deed.INVITE_UP, Deed.MAKE_HOST, Deed.MUTE, Deed.EDIT, Deed.WAIT, Deed.MOVE, Deed.BLOCK,
]  # fmt: skip
OPENNESS = ["guild", "role", "invited", "public"]
HANDS = [hands.value for hands in Hands]
WAITS = [1_000, HOSTLESS_LIMIT_MS // 2, HOSTLESS_LIMIT_MS, FIRST_HOST_LIMIT_MS]

ACTING = (*NAMES, "ada", "bob", "bob")  # who may do most does most
A_STEP = st.tuples(
    st.sampled_from(COMMON),
    st.sampled_from(ACTING),
    st.sampled_from(NAMES),
    st.sampled_from([0, 0, 0, 1]),
    st.integers(0, 3),
)
Step = tuple[Deed, str, str, int, int]


class Faults(logging.Handler):
    """What the server logs as its own fault, where nobody is told otherwise."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(self.format(record))


class Play:
    """Two stage channels of a town and what looks after them; what is refused is as good as what is done."""

    def __init__(self, town: Town, carrier: Carrier, rooms: list[Snowflake]) -> None:
        self.town = town
        self.ctx = town.ctx
        self.carrier = carrier
        self.rooms = rooms
        self.watch = StageWatch(town.ctx)
        self.roles: dict[str, Snowflake] = {}
        self.were_hosts: set[int] = set()  # whose hand may be up though hands are off
        self.known: dict[int, LiveRoom] = {}  # what a client knows that was told all
        self.read = 0

    async def begin(self) -> None:
        """Bob's room in the first channel, with three in it."""
        self.roles["bob"] = await self.town.give_role("bob", MODERATING)
        for name in ("bob", "mod", "cy"):
            await self.do((Deed.SIT, name, name, 0, 0))
        await self.do((Deed.START, "bob", "bob", 0, 0))
        await self.do((Deed.DEMOTE, "ada", "bob", 0, 0))
        await self.check()

    async def do(self, step: Step) -> None:
        await outcome(self._do(*step))
        for _ in range(4):
            await asyncio.sleep(0)  # what voice has to look at again is looked at

    async def _do(self, deed: Deed, who: str, whom: str, room: int, choice: int) -> None:
        ctx, actor, target = self.ctx, self.town.people[who], self.town.people[whom].user_id
        guild_id, room_id = self.town.guild_id, self.rooms[room]
        match deed:
            case Deed.SIT | Deed.SIT_MUTED:
                self.sit(actor, room_id, mute=deed is Deed.SIT_MUTED)
            case Deed.SIT_ELSEWHERE:
                self.sit(actor, self.town.channel("General"))
            case Deed.LEAVE:
                self.sit(actor, None)
            case Deed.START:
                request = StartLiveRoomRequest(
                    channel_id=room_id, topic="Bees", openness=OPENNESS[choice], role_id=self.a_role, hands=HANDS[room]
                )
                await live_rooms.start_room(ctx, actor, request)
            case Deed.OPEN:
                await stages.open_stage(ctx, actor, CreateStageRequest(channel_id=room_id, topic="Bees"))
            case Deed.EDIT:
                changes = EditLiveRoomRequest(openness=OPENNESS[choice], role_id=self.a_role, hands=HANDS[choice % 3])
                await live_rooms.edit_room(ctx, actor, room_id, changes)
            case Deed.TOPIC:
                await stages.edit_stage(ctx, actor, room_id, EditStageRequest(topic=f"Wasps {choice}"))
            case Deed.CLOSE:
                await stages.close_stage(ctx, actor, room_id)
            case Deed.RAISE | Deed.LOWER | Deed.SPEAK | Deed.LISTEN:
                await voice_moderation.edit_own_state(ctx, actor, guild_id, self.wish(deed))
            case Deed.INVITE_UP | Deed.MOVE_DOWN:
                await voice_moderation.edit_state(ctx, actor, guild_id, target, self.wish(deed))
            case Deed.MUTE:
                await room_people.mute(ctx, actor, room_id, target)
            case Deed.PUT_OUT:
                await room_people.put_out(ctx, actor, room_id, target)
            case Deed.BLOCK:
                await room_people.block(ctx, actor, room_id, target)
            case Deed.UNBLOCK:
                await room_people.unblock(ctx, actor, room_id, target)
            case Deed.MAKE_HOST:
                await room_people.make_host(ctx, actor, room_id, target)
            case Deed.UNMAKE_HOST:
                await room_people.unmake_host(ctx, actor, room_id, target)
            case Deed.INVITE:
                await room_guests.invite(ctx, actor, room_id, target)
            case Deed.WITHDRAW:
                await room_guests.withdraw(ctx, actor, room_id, target)
            case Deed.JOIN:
                await room_guests.join(ctx, actor, room_id)
            case Deed.FOLLOW:
                await follows.follow_user(ctx, actor, target)
            case Deed.GUILD_MUTE | Deed.GUILD_UNMUTE:
                mute = EditMemberRequest(mute=deed is Deed.GUILD_MUTE)
                await members.edit_member(ctx, actor, guild_id, target, mute)
            case Deed.MOVE:
                await members.edit_member(ctx, actor, guild_id, target, EditMemberRequest(channel_id=room_id))
            case Deed.PROMOTE if whom not in self.roles and self.town.state.has_member(target):
                self.roles[whom] = await self.town.give_role(whom, MODERATING)
            case Deed.DEMOTE if whom in self.roles:
                await roles.delete_role(ctx, self.town.ada, guild_id, self.roles.pop(whom))
            case Deed.KICK:
                await members.kick_member(ctx, actor, guild_id, target)
            case Deed.DISCONNECT:
                voice_states.session_ended(ctx, actor, f"of-{who}")
                await temporary_members.remove(ctx, actor.user_id)
            case Deed.EVENT:
                planned = await plan(self.town, in_channel(self.town, room_id, EntityType.STAGE_INSTANCE))
                await edit_event(self.town, planned.id, status=EventStatus.ACTIVE)
            case Deed.WAIT:
                await self.after(WAITS[choice])
            case Deed.LOSE_ROOM if choice == 3:
                await channels.delete_channel(ctx, actor, room_id)
                self.rooms[room] = await new_stage(self.town)

    def sit(self, actor: Actor, channel_id: Snowflake | None, *, mute: bool = False) -> None:
        name = next(name for name in NAMES if self.town.people[name] == actor)
        request = VoiceStateUpdate(guild_id=self.town.guild_id, channel_id=channel_id, self_mute=mute)
        voice_states.update_voice_state(self.ctx, actor, f"of-{name}", "ws://voice.test:1", request)

    def wish(self, deed: Deed) -> EditVoiceStateRequest:
        match deed:
            case Deed.RAISE:
                return EditVoiceStateRequest(request_to_speak_timestamp=format_timestamp(self.town.clock.ms))
            case Deed.LOWER:
                return EditVoiceStateRequest(request_to_speak_timestamp=None)
            case _:
                return EditVoiceStateRequest(suppress=deed in (Deed.LISTEN, Deed.MOVE_DOWN))

    @property
    def a_role(self) -> Snowflake | None:
        return next(iter(self.roles.values()), None)

    async def after(self, ms: int) -> None:
        self.town.clock.ms += ms
        await self.watch.look()

    async def check(self) -> None:
        await self.check_rooms()
        self.check_voices()
        self.check_what_was_told()

    async def check_rooms(self) -> None:
        """Memory is what the store keeps, a host can end its room, and none who is blocked is in it."""
        state = self.town.state
        kept = {int(stage.channel_id): stage for stage in (await self.ctx.store.load()).stages}
        assert kept == state.stages
        assert set(kept) <= set(self.rooms)
        for stage in kept.values():
            for seat in self.ctx.voice_seats.in_channel(state.id, stage.channel_id):
                if hosts(self.ctx, state, stage, seat.user_id):
                    self.were_hosts.add(seat.user_id)
                    stages.require_host(self.ctx, Actor(seat.user_id), stage.channel_id)
                else:
                    assert seat.user_id not in stage.blocked_ids
                    is_up = seat.asked_ms is not None and not seat.is_speaker
                    assert not (is_up and stage.hands == Hands.OFF) or seat.user_id in self.were_hosts

    def check_voices(self) -> None:
        """The voice states that were told, what the voice server knows, and who is sent packets are of one mind."""
        seats = self.ctx.voice_seats.in_server(self.town.guild_id)
        assert {int(seat.user_id) for seat in seats} == set(self.carrier.people)
        for seat in seats:
            assert seat.told is not None
            assert seat.place is not None
            assert not seat.is_muted_by_host or (seat.told.self_mute and seat.channel_id in self.town.state.stages)
            is_silent = seat.told.mute or seat.told.suppress or seat.told.request_to_speak_timestamp is not None
            may_speak = not (is_silent or seat.is_muted_by_host)
            assert seat.place.may_speak == may_speak
            others = {int(other.user_id) for other in seats if other.channel_id == seat.channel_id} - {
                int(seat.user_id)
            }
            assert self.carrier.hear(int(seat.user_id)) == (others if may_speak else set())

    def check_what_was_told(self) -> None:
        """Who was told all of it knows each live room as it is, but for how many are in it."""
        for event in self.town.published[self.read :]:
            match event.name:
                case "TUICHAT_LIVE_ROOM_CREATE" | "TUICHAT_LIVE_ROOM_UPDATE":
                    room = codec.decode(event.body, LiveRoom)
                    assert (event.name == "TUICHAT_LIVE_ROOM_UPDATE") == (room.channel_id in self.known)
                    self.known[room.channel_id] = room
                case "TUICHAT_LIVE_ROOM_DELETE":
                    assert self.known.pop(codec.decode(event.body, LiveRoomDelete).channel_id)
                case "CHANNEL_DELETE":
                    self.known.pop(codec.decode(event.body, ChannelDelete).id, None)
        self.read = len(self.town.published)
        live = {int(stage.channel_id): live_room(self.ctx, stage) for stage in self.town.state.stages.values()}
        assert {key: _uncounted(room) for key, room in self.known.items()} == {
            key: _uncounted(room) for key, room in live.items()
        }

    async def end(self) -> None:
        """A room that a host is in is ended by it; of the others each ends by itself."""
        state = self.town.state
        await self.after(0)
        for stage in list(state.stages.values()):
            seats = self.ctx.voice_seats.in_channel(state.id, stage.channel_id)
            present = [seat.user_id for seat in seats if hosts(self.ctx, state, stage, seat.user_id)]
            if present:
                await stages.close_stage(self.ctx, Actor(present[0]), stage.channel_id)
                assert state.stages.get(stage.channel_id) != stage
        assert not any(has_host(self.ctx, state, stage) for stage in state.stages.values())
        await self.after(FIRST_HOST_LIMIT_MS)
        assert state.stages == {}
        await self.check()


def _uncounted(room: LiveRoom) -> LiveRoom:
    return msgspec.structs.replace(room, speakers=0, listeners=0)


async def play(founded: Path, plays: Sequence[Step]) -> None:
    faults = Faults()
    logging.getLogger("tuichat").addHandler(faults)
    try:
        await _play(founded, plays)
    finally:
        logging.getLogger("tuichat").removeHandler(faults)
    assert faults.seen == []


async def _play(founded: Path, plays: Sequence[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / DATABASE_NAME
        shutil.copy(founded, path)
        clock, carrier = Clock(), Carrier()
        opened = await open_server(path, [], clock, Registration.INVITE)
        town = Town(msgspec.structs.replace(opened, voice_rooms=carrier), [], clock)
        opened.bus.subscribe(town.published.append)
        await town.settle()
        await town.join(await town.add_person("cy"))
        await town.add_bot("robot")
        unsubscribe = opened.bus.subscribe(VoiceWatch(town.ctx).follow)
        acted = Play(town, carrier, [await new_stage(town), await new_stage(town)])
        await acted.begin()
        for step in plays:
            await acted.do(step)
            await acted.check()
        await acted.end()
        unsubscribe()
        await opened.store.close()
        opened.accounts.close()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(plays=st.lists(A_STEP, min_size=40, max_size=60))
def test_whatever_is_done_every_room_can_end_and_who_may_speak_has_one_answer(
    founded_database: Path, plays: list[Step]
) -> None:
    asyncio.run(play(founded_database, plays))
