"""What is shown of a stage channel follows from voice states, the room, and what one may do."""

import msgspec

from tests.client.builders import GUILD, ME, OTHER, user
from tests.client.stages import (
    ASKED,
    EARLIER,
    MODERATING,
    NOW,
    STAGE,
    room_created,
    seat,
    stage_created,
    stage_state,
)
from tuichat.client.reducer import reducer
from tuichat.client.room_composer import FLOAT_MS, compose, flying
from tuichat.client.room_state import Flown
from tuichat.client.room_view import Reaction, RoomPerson, RoomView
from tuichat.client.state import State
from tuichat.protocol.channel import Channel, PermissionOverwrite
from tuichat.protocol.guild import Role
from tuichat.protocol.live_room import Hands, Openness
from tuichat.protocol.permissions import DEFAULT_EVERYONE
from tuichat.protocol.snowflake import Snowflake

KEY = "server/1000"


def live(*seats: msgspec.Struct, has_extension: bool = True, **fields: object) -> State:
    state = stage_state(has_extension=has_extension)
    reducer.reduce(state, room_created(**fields) if has_extension else stage_created(), NOW)
    for each in seats:
        reducer.reduce(state, each, NOW)
    return state


def view(state: State) -> RoomView:
    return compose(state, KEY, STAGE)


def ids(people: tuple[RoomPerson, ...]) -> list[int]:
    return [each.user_id for each in people]


def make_moderator(state: State, user_id: int) -> None:
    guild = state.guilds[GUILD]
    role = Snowflake(50)
    guild.roles[role] = Role(id=role, name="stage", permissions=MODERATING)
    guild.members[user_id] = msgspec.structs.replace(guild.members[user_id], roles=[role])


def test_a_stage_without_a_room_says_who_may_start_one() -> None:
    state = stage_state()
    assert view(state) == RoomView(account_key=KEY, guild_id=GUILD, channel_id=STAGE, title="weekly", may_mention=True)
    make_moderator(state, ME)
    assert view(state).may_start
    reducer.reduce(state, stage_created(), NOW)
    assert not view(state).may_start
    assert compose(state, KEY, 99) == RoomView(account_key=KEY, guild_id=0, channel_id=99, title="")


def test_what_the_room_is_about_shows() -> None:
    state = live(
        description="All that is new",
        language="en",
        tags=["news", "python"],
        openness=Openness.PUBLIC,
        link="https://example.org",
        guild_scheduled_event_id=Snowflake(4),
    )
    shown = view(state)
    assert (shown.is_live, shown.topic, shown.description) == (True, "News", "All that is new")
    assert (shown.language, shown.tags, shown.openness) == ("en", ("news", "python"), Openness.PUBLIC)
    assert (shown.link, shown.started_ms, shown.is_event) == ("https://example.org", 1_000, True)


def test_a_room_for_one_role_says_which_while_there_is_such_a_role() -> None:
    state = live(openness=Openness.ROLE, role_id=Snowflake(70))
    assert view(state).role == ""
    state.guilds[GUILD].roles[Snowflake(70)] = Role(id=Snowflake(70), name="gardeners", permissions=DEFAULT_EVERYONE)
    assert view(state).role == "gardeners"


def test_hosts_stand_first_hands_in_order_and_who_is_asked_up_apart() -> None:
    state = live(
        seat(7, suppress=False),
        seat(OTHER, suppress=False),
        seat(8, asked=ASKED),
        seat(9, asked=EARLIER),
        seat(10, suppress=False, asked=ASKED),
        seat(ME),
        listeners=40,
    )
    shown = view(state)
    assert ids(shown.speakers) == [OTHER, 7]
    assert [each.is_host for each in shown.speakers] == [True, False]
    assert ids(shown.asking) == [9, 8]
    assert ids(shown.invited) == [10]
    assert (shown.listeners, ids(shown.audience)) == (40, [8, 9, 10, ME])
    assert shown.has_more_audience
    assert [each.is_me for each in shown.audience] == [False, False, False, True]


def test_the_audience_that_was_loaded_shows_in_its_order_without_who_speaks_by_now() -> None:
    state = live(seat(7, suppress=False), seat(8, asked=ASKED), seat(ME), listeners=4)
    state.guilds[GUILD].rooms[STAGE].audience_ids = [30, 8, 7, 31, ME]
    state.users[Snowflake(30)] = msgspec.structs.replace(user(30, "helper"), bot=True)
    shown = view(state)
    assert ids(shown.audience) == [30, 8, 31, ME]
    assert (shown.audience[0].name, shown.audience[0].is_bot) == ("helper", True)
    assert shown.audience[1].asked_ms is not None
    assert not shown.has_more_audience
    state.guilds[GUILD].rooms[STAGE].is_audience_old = True
    assert view(state).has_more_audience


def test_other_servers_audience_is_whose_voice_states_say_so() -> None:
    shown = view(live(seat(7), seat(8, asked=ASKED), has_extension=False))
    assert (shown.listeners, ids(shown.audience), shown.has_more_audience) == (2, [7, 8], False)


def test_ones_own_part_shows() -> None:
    state = live(seat(ME))
    assert (view(state).is_here, view(state).may_ask, view(state).is_host) == (True, True, False)
    reducer.reduce(state, seat(ME, asked=ASKED), NOW)
    assert (view(state).has_asked, view(state).may_ask) == (True, False)
    reducer.reduce(state, seat(ME, suppress=False, asked=ASKED), NOW)
    assert (view(state).is_invited, view(state).is_speaker) == (True, False)
    reducer.reduce(state, seat(ME, suppress=False), NOW)
    assert (view(state).is_speaker, view(state).may_ask) == (True, False)
    reducer.reduce(state, seat(ME, channel_id=None), NOW)
    assert (view(state).is_here, view(state).may_ask) == (False, False)


def test_hands_that_are_off_are_off_but_for_hosts() -> None:
    state = live(seat(ME), hands=Hands.OFF)
    assert not view(state).may_ask
    make_moderator(state, ME)
    assert (view(state).may_ask, view(state).is_host) == (True, True)


def test_who_may_not_ask_to_speak_is_not_offered_it() -> None:
    state = live(seat(ME))
    guild = state.guilds[GUILD]
    silent = Role(id=Snowflake(GUILD), name="@everyone", permissions=DEFAULT_EVERYONE & ~(1 << 32))
    guild.roles[Snowflake(GUILD)] = silent
    assert not view(state).may_ask


def test_hosts_are_who_started_it_who_was_made_one_and_the_stages_moderators() -> None:
    people = [seat(each, suppress=False) for each in (7, 8, 9, OTHER)]
    state = live(*people, starter_id=Snowflake(7), host_ids=[Snowflake(8)])
    make_moderator(state, 9)
    hosts = {each.user_id for each in view(state).speakers if each.is_host}
    assert hosts == {7, 8, 9, OTHER}  # OTHER owns the guild
    assert ids(view(state).speakers)[-1] == OTHER


def test_an_overwrite_makes_one_person_a_host() -> None:
    state = live(seat(7, suppress=False), seat(8, suppress=False), starter_id=Snowflake(0), host_ids=[])
    channel = state.channels[Snowflake(STAGE)]
    fields = {name: getattr(channel, name) for name in channel.__struct_fields__}
    one = PermissionOverwrite(id=Snowflake(7), type=1, allow=MODERATING)
    state.channels[Snowflake(STAGE)] = Channel(**(fields | {"permission_overwrites": [one]}))
    assert [each.is_host for each in view(state).speakers] == [True, False]


def test_whom_one_follows_and_who_is_muted_shows() -> None:
    state = live(msgspec.structs.replace(seat(7, suppress=False), self_mute=True), seat(8, suppress=False))
    shown = compose(state, KEY, STAGE, {8})
    assert [(each.is_muted, each.is_followed) for each in shown.speakers] == [(True, False), (False, True)]


def test_emojis_fly_for_a_moment() -> None:
    state = live()
    state.guilds[GUILD].rooms[STAGE].flown = [Flown(OTHER, "👏", NOW), Flown(OTHER, "🎉", NOW + FLOAT_MS)]
    assert flying(state, STAGE, NOW + 1)[0] == Reaction("👏", f"user{OTHER}", NOW)
    assert [each.emoji for each in flying(state, STAGE, NOW + FLOAT_MS)] == ["🎉"]
    assert flying(state, STAGE, NOW + 2 * FLOAT_MS) == ()
    assert flying(state, 99, NOW) == ()
