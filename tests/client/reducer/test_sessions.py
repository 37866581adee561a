"""READY tells all there is, and makes stale what was known."""

import msgspec

from tests.client.builders import GENERAL, GUILD, ME, OTHER, RANDOM, channel, created, guild, message, own_user, ready
from tests.client.reducer.states import NOW, make_fresh, state
from tuichat.client import directory, timeline
from tuichat.client.change import GuildsChanged, TimelineReset
from tuichat.client.reducer import reducer
from tuichat.client.state import State
from tuichat.protocol.permissions import Permissions


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


def test_names_of_a_hostile_server_are_cut() -> None:
    made = State()
    huge = msgspec.structs.replace(guild(), name="n" * 1_000_000)
    reducer.reduce(made, ready(huge), NOW)
    assert len(made.guilds[GUILD].guild.name) == directory.MAX_NAME_CHARACTERS
