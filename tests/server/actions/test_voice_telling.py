"""The audience of a stage is told of once a second: in numbers to who asked for them, person by person to all others."""

import random
from collections import Counter
from collections.abc import Callable

import msgspec
import pytest

from tests.server.actions.conftest import Town, outcome
from tests.server.actions.test_voice_states import deny, make_channel
from tests.server.actions.voice_people import VoiceTown
from tests.server.gateway.test_hub import FakeLink
from tuichat.protocol import codec
from tuichat.protocol.channel import ChannelType
from tuichat.protocol.guild import VoiceState
from tuichat.protocol.intents import Intents
from tuichat.protocol.live_room import LiveRoomAudience
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.member import EditVoiceStateRequest
from tuichat.protocol.resume_buffer import Replay
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.accounts import Actor
from tuichat.server.actions import channels, voice_moderation, voice_telling, voice_upkeep
from tuichat.server.actions.ready import full_guild
from tuichat.server.actions.voice_objects import AUDIENCE_EVENT
from tuichat.server.gateway.hub import Hub
from tuichat.server.gateway.session import Session
from tuichat.server.store.rows import MemberRow, UserRow

CROWD = 200
STEPS = 300
STATE = "VOICE_STATE_UPDATE"
LETTING = EditVoiceStateRequest(suppress=False)
QUIET = EditVoiceStateRequest(suppress=True)


class Watcher:
    """A session of somebody, and what it knows by what it was told: the voice states, and the numbers of each channel."""

    def __init__(self, hall: "Hall", actor: Actor, *, asks: bool = False, intents: int | None = None) -> None:
        extensions = frozenset({AUDIENCE_EVENT} if asks else ())
        self.session = Session(actor=actor, intents=intents, extension_events=extensions)
        self.hall = hall
        self.link = FakeLink()
        hall.hub.add(self.session)
        self.session.begin([], 0)
        self.session.attach(self.link)
        guild = full_guild(hall.town.ctx, actor.user_id, hall.town.guild_id, without_audiences=asks)
        self.states = {int(state.user_id): state for state in guild.voice_states}
        self.numbers: dict[int, tuple[int, int]] = {}

    def hear(self) -> Counter[str]:
        """How much of each kind came since this was asked last."""
        counted = Counter(self.link.names)
        for name, body in zip(self.link.names, self.link.bodies, strict=True):
            self._learn(name, body)
        self.link.payloads.clear()
        return counted

    def _learn(self, name: str, body: object) -> None:
        if name == STATE:
            state = codec.decode(msgspec.json.encode(body), VoiceState)
            self.states.pop(int(state.user_id), None)
            if state.channel_id is not None:
                self.states[int(state.user_id)] = state
        elif name == AUDIENCE_EVENT:
            told = codec.decode(msgspec.json.encode(body), LiveRoomAudience)
            self.numbers[int(told.channel_id)] = (told.speakers, told.listeners)


class Hall:
    """A stage of a town, its hub, and a crowd of members."""

    def __init__(self, voice: VoiceTown, stage_id: Snowflake) -> None:
        self.voice = voice
        self.town = voice.town
        self.stage_id = stage_id
        self.hub = Hub(voice.ctx.guilds, voice.ctx.now_ms, lambda session, guild_id, body: body)
        voice.ctx.bus.subscribe(self.hub.publish)
        self.crowd = [self._member(f"fan{number}") for number in range(CROWD)]

    def _member(self, name: str) -> str:
        row = UserRow(id=self.town.ctx.next_id(), username=name, name_key=name)
        self.town.ctx.users.put(row)
        member = MemberRow(guild_id=Snowflake(self.town.guild_id), user_id=row.id, joined_ms=0)
        self.town.ctx.guilds.put_member(self.town.state, member)
        self.town.people[name] = Actor(row.id)
        return name

    def watcher(self, name: str, *, asks: bool = False, intents: int | None = None) -> Watcher:
        return Watcher(self, self.town.people[name], asks=asks, intents=intents)

    async def bot(self) -> Watcher:
        actor = await self.town.add_bot()
        return Watcher(self, actor, intents=Intents.GUILDS | Intents.GUILD_VOICE_STATES)

    def come(self, *names: str) -> None:
        for name in names:
            self.voice.ask(name, self.stage_id)

    def go(self, *names: str) -> None:
        for name in names:
            self.voice.ask(name, None)

    def second(self) -> None:
        """A second passes."""
        voice_telling.flush(self.town.ctx)

    async def raise_hand(self, name: str) -> None:
        stamp = format_timestamp(self.town.clock.ms)
        await self._of_own(name, EditVoiceStateRequest(request_to_speak_timestamp=stamp))

    async def lower_hand(self, name: str) -> None:
        await self._of_own(name, EditVoiceStateRequest(request_to_speak_timestamp=None))

    async def speak(self, name: str) -> None:
        await self.let_speak(name, LETTING)
        await self._of_own(name, LETTING)

    async def let_speak(self, name: str, wish: EditVoiceStateRequest) -> None:
        user_id = self.town.people[name].user_id
        await voice_moderation.edit_state(self.town.ctx, self.town.ada, self.town.guild_id, user_id, wish)

    async def _of_own(self, name: str, wish: EditVoiceStateRequest) -> None:
        await voice_moderation.edit_own_state(self.town.ctx, self.town.people[name], self.town.guild_id, wish)


@pytest.fixture
async def hall(town: Town) -> Hall:
    return Hall(VoiceTown(town), await make_channel(town, "Stage", ChannelType.STAGE))


async def test_two_hundred_joins_in_a_second_are_counted_at_each_kind_of_session(hall: Hall) -> None:
    ours, plain, bot = hall.watcher("bob", asks=True), hall.watcher("bob"), await hall.bot()
    listener = hall.watcher("fan0", asks=True)
    for watcher in (ours, plain, bot, listener):
        assert watcher.hear()[STATE] == 0
    hall.come(*hall.crowd)
    assert [watcher.hear()[STATE] for watcher in (ours, plain, bot)] == [0, 0, 0]
    assert listener.hear()[STATE] == 1
    hall.second()
    assert ours.hear()[AUDIENCE_EVENT] == listener.hear()[AUDIENCE_EVENT] == 1
    assert ours.numbers == listener.numbers == {hall.stage_id: (0, CROWD)}
    assert (ours.states, len(listener.states)) == ({}, 1)
    assert (plain.hear()[STATE], bot.hear()[STATE]) == (CROWD, CROWD)
    hall.second()
    assert not any(watcher.hear() for watcher in (ours, plain, bot, listener))


async def test_who_came_and_went_within_a_second_is_not_told_of(hall: Hall) -> None:
    ours, bot = hall.watcher("bob", asks=True), await hall.bot()
    hall.come(*hall.crowd)
    hall.go(*hall.crowd[50:])
    hall.second()
    assert (bot.hear()[STATE], ours.hear()[STATE]) == (50, 0)
    hall.go(*hall.crowd[:50])
    hall.come(*hall.crowd[:50])
    hall.second()
    assert bot.hear()[STATE] == 0, "they are where they were"
    hall.go(*hall.crowd[:50])
    hall.second()
    assert (bot.hear()[STATE], ours.hear()[STATE], ours.numbers) == (50, 0, {hall.stage_id: (0, 0)})
    assert (bot.states, ours.states) == ({}, {})


async def test_a_hand_raised_at_once_after_the_join_is_told_to_all_after_the_join(hall: Hall) -> None:
    ours, bot = hall.watcher("bob", asks=True), await hall.bot()
    hall.come("fan0")
    await hall.raise_hand("fan0")
    assert (ours.hear()[STATE], bot.hear()[STATE]) == (1, 2)
    assert [state.request_to_speak_timestamp is None for state in (*ours.states.values(), *bot.states.values())] == [
        False,
        False,
    ]
    hall.second()
    assert (ours.hear(), bot.hear()[STATE], ours.numbers) == ({AUDIENCE_EVENT: 1}, 0, {hall.stage_id: (0, 1)})
    await hall.lower_hand("fan0")
    assert (ours.hear()[STATE], bot.hear()[STATE]) == (1, 1)
    hall.go("fan0")
    assert (ours.hear()[STATE], bot.hear()[STATE]) == (0, 0)
    hall.second()
    assert (ours.hear()[STATE], bot.hear()[STATE], bot.states) == (0, 1, {})


async def test_who_is_let_speak_and_ceases_to_is_told_to_all_at_once(hall: Hall) -> None:
    ours, bot = hall.watcher("bob", asks=True), await hall.bot()
    hall.come("fan0", "fan1")
    hall.second()
    assert (ours.hear()[STATE], bot.hear()[STATE]) == (0, 2)
    await hall.let_speak("fan0", LETTING)
    assert (ours.hear()[STATE], bot.hear()[STATE]) == (1, 1)
    await hall.speak("fan0")
    assert (ours.hear()[STATE], bot.hear()[STATE]) == (1, 1)
    hall.second()
    assert (ours.hear(), ours.numbers) == ({AUDIENCE_EVENT: 1}, {hall.stage_id: (1, 1)})
    await hall.let_speak("fan0", QUIET)
    assert (ours.hear()[STATE], bot.hear()[STATE]) == (1, 1)
    hall.second()
    assert ours.hear() == {AUDIENCE_EVENT: 1}
    assert ours.numbers == {hall.stage_id: (0, 2)}


async def test_who_moves_between_a_voice_channel_and_an_audience_is_told_to_all_at_once(hall: Hall) -> None:
    ours, bot = hall.watcher("bob", asks=True), await hall.bot()
    hall.voice.ask("fan0", hall.voice.lounge)
    assert (ours.hear()[STATE], bot.hear()[STATE]) == (1, 1)
    hall.come("fan0")
    assert (ours.hear()[STATE], bot.hear()[STATE]) == (1, 1)
    hall.second()
    assert (ours.hear()[STATE], ours.numbers) == (0, {hall.stage_id: (0, 1)})
    hall.voice.ask("fan0", hall.voice.lounge)
    assert (ours.hear()[STATE], bot.hear()[STATE]) == (1, 1)
    hall.second()
    assert (bot.hear()[STATE], ours.hear()[AUDIENCE_EVENT], ours.numbers) == (0, 1, {hall.stage_id: (0, 0)})


async def test_a_guild_is_shown_as_the_others_were_told_of_it(hall: Hall) -> None:
    hall.come("fan0", "fan1")
    hall.second()
    hall.come("fan2")
    hall.go("fan1")
    bot = await hall.bot()
    assert bot.states.keys() == {int(hall.town.people[name].user_id) for name in ("fan0", "fan1")}
    assert hall.watcher("fan2").states.keys() == {
        int(hall.town.people[name].user_id) for name in ("fan0", "fan1", "fan2")
    }
    assert hall.watcher("fan2", asks=True).states.keys() == {int(hall.town.people["fan2"].user_id)}
    hall.go("fan2")
    hall.second()
    assert bot.hear()[STATE] == 1
    assert bot.states.keys() == {int(hall.town.people["fan0"].user_id)}


async def test_the_numbers_of_a_stage_come_with_its_guild(hall: Hall) -> None:
    hall.come("fan0", "fan1")
    await hall.speak("fan0")
    member = hall.town.state.members[hall.town.bob.user_id]
    (told,) = voice_telling.audiences(hall.town.ctx, hall.town.state, member)
    assert (told.channel_id, told.speakers, told.listeners) == (hall.stage_id, 1, 1)
    hall.town.published.clear()
    await hall.town.join(await hall.town.add_person("newcomer"))
    (create,), (numbers,) = hall.town.told("GUILD_CREATE"), hall.town.told(AUDIENCE_EVENT)
    assert numbers.user_ids == create.user_ids
    shown = msgspec.json.decode(create.body)["voice_states"]
    assert [state["user_id"] for state in shown] == [str(int(hall.town.people["fan0"].user_id))]


async def test_who_does_not_see_a_stage_is_told_nothing_of_it(hall: Hall) -> None:
    await deny(hall.town, hall.stage_id, Permissions.VIEW_CHANNEL)
    watchers = [hall.watcher("bob", asks=True), hall.watcher("bob"), await hall.bot()]
    owner = hall.watcher("ada", asks=True)
    hall.voice.ask("ada", hall.stage_id)
    hall.second()
    assert not any({STATE, AUDIENCE_EVENT} & watcher.hear().keys() for watcher in watchers)
    assert owner.hear()[AUDIENCE_EVENT] == 1
    member = hall.town.state.members[hall.town.bob.user_id]
    assert voice_telling.audiences(hall.town.ctx, hall.town.state, member) == []


async def test_a_stage_that_is_gone_leaves_nobody_behind(hall: Hall) -> None:
    ours, bot = hall.watcher("bob", asks=True), await hall.bot()
    hall.come(*hall.crowd[:3])
    hall.second()
    assert bot.hear()[STATE] == 3
    await channels.delete_channel(hall.town.ctx, hall.town.ada, hall.stage_id)
    for name in hall.crowd[:3]:
        voice_upkeep.look_again(hall.town.ctx, hall.town.guild_id, hall.town.people[name].user_id)
    hall.second()
    assert (bot.hear()[STATE], bot.states, ours.states) == (3, {}, {})


async def test_who_comes_back_to_its_session_gets_what_it_was_told_and_no_gaps(hall: Hall) -> None:
    ours, bot = hall.watcher("bob", asks=True), await hall.bot()
    for watcher in (ours, bot):
        watcher.session.detach(watcher.link, 0)
    hall.come(*hall.crowd[:5])
    hall.second()
    await hall.raise_hand("fan0")
    for watcher, expected in ((ours, [AUDIENCE_EVENT, STATE]), (bot, [STATE] * 6)):
        replay = watcher.session.replay_after(0, 0)
        assert isinstance(replay, Replay)
        told = [msgspec.json.decode(payload) for payload in replay.payloads()]
        here = [each for each in told if each["t"] in (AUDIENCE_EVENT, STATE)]
        assert [each["t"] for each in here] == expected
        assert [each["s"] for each in told] == list(range(1, len(told) + 1))


class Play:
    """People who do things at random, in a few stages and a voice channel."""

    def __init__(self, hall: Hall, rooms: list[Snowflake], seed: int) -> None:
        self.hall = hall
        self.rooms = rooms
        self.random = random.Random(seed)  # a test's

    @property
    def somebody(self) -> str:
        return self.random.choice(self.hall.crowd[:6])

    async def step(self) -> None:
        deeds: list[Callable[[], object]] = [*([self.sit] * 5), self.second, self.mute]
        if self.random.random() < 0.6:
            self.random.choice(deeds)()
            return
        deed = self.random.choice([self.hall.raise_hand, self.hall.lower_hand, self.hall.speak, self.move_down])
        await outcome(deed(self.somebody))

    def sit(self) -> None:
        self.hall.voice.ask(self.somebody, self.random.choice([None, *self.rooms]))

    def mute(self) -> None:
        name = self.somebody
        seat = self.hall.voice.place(name)
        if seat is not None:
            self.hall.voice.ask(name, seat.channel_id, mute=self.random.choice([True, False]))

    def second(self) -> None:
        self.hall.second()

    async def move_down(self, name: str) -> None:
        await self.hall.let_speak(name, QUIET)


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_every_session_knows_it_a_second_later(hall: Hall, seed: int) -> None:
    rooms = [hall.stage_id, await make_channel(hall.town, "Other", ChannelType.STAGE), hall.voice.lounge]
    play = Play(hall, rooms, seed)
    ours, bot = hall.watcher("bob", asks=True), await hall.bot()
    for number in range(STEPS):
        await play.step()
        if number == STEPS // 2:
            late = hall.watcher("bob")
    hall.second()
    seats = {int(seat.user_id): seat for seat in hall.town.ctx.voice_seats.in_server(hall.town.guild_id)}
    for watcher in (bot, late):
        watcher.hear()
        assert {user_id: _shown(state) for user_id, state in watcher.states.items()} == {
            user_id: _shown(seat.told) for user_id, seat in seats.items()
        }
    ours.hear()
    of_apart = {user_id: _shown(seat.told) for user_id, seat in seats.items() if not seat.is_audience}
    assert {user_id: _shown(ours.states[user_id]) for user_id in of_apart} == of_apart
    for room in rooms[:2]:
        speaking = sum(seat.channel_id == room and seat.is_speaker and seat.asked_ms is None for seat in seats.values())
        inside = sum(seat.channel_id == room for seat in seats.values())
        assert ours.numbers.get(room, (0, 0)) == (speaking, inside - speaking)


def _shown(state: VoiceState | None) -> tuple[object, ...]:
    assert state is not None
    return (
        state.channel_id,
        state.session_id,
        state.self_mute,
        state.suppress,
        state.request_to_speak_timestamp,
    )
