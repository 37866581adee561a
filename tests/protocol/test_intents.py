"""Which dispatches a session's intents let through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.intents import (
    ALL_INTENTS,
    EVENT_INTENTS,
    PRIVILEGED_INTENTS,
    STANDARD_INTENTS,
    UNDOCUMENTED,
    Intents,
    is_delivered,
    parse_intents,
)


def test_all_intents_are_what_the_libraries_send() -> None:
    assert int(ALL_INTENTS) == 53608447  # measured: discord.py, hikari and discord.js at "all intents"
    assert int(PRIVILEGED_INTENTS) == 1 << 1 | 1 << 8 | 1 << 15
    assert ALL_INTENTS == STANDARD_INTENTS | PRIVILEGED_INTENTS


@pytest.mark.parametrize(
    ("event", "in_guild", "intent"),
    [
        ("MESSAGE_CREATE", True, Intents.GUILD_MESSAGES),
        ("MESSAGE_CREATE", False, Intents.DIRECT_MESSAGES),
        ("MESSAGE_DELETE_BULK", True, Intents.GUILD_MESSAGES),
        ("TYPING_START", True, Intents.GUILD_MESSAGE_TYPING),
        ("TYPING_START", False, Intents.DIRECT_MESSAGE_TYPING),
        ("MESSAGE_REACTION_ADD", True, Intents.GUILD_MESSAGE_REACTIONS),
        ("MESSAGE_REACTION_ADD", False, Intents.DIRECT_MESSAGE_REACTIONS),
        ("CHANNEL_PINS_UPDATE", True, Intents.GUILDS),
        ("CHANNEL_PINS_UPDATE", False, Intents.DIRECT_MESSAGES),
        ("GUILD_MEMBER_ADD", True, Intents.GUILD_MEMBERS),
        ("PRESENCE_UPDATE", True, Intents.GUILD_PRESENCES),
        ("VOICE_STATE_UPDATE", True, Intents.GUILD_VOICE_STATES),
        ("GUILD_ROLE_CREATE", True, Intents.GUILDS),
        ("INVITE_CREATE", True, Intents.GUILD_INVITES),
        ("GUILD_SCHEDULED_EVENT_CREATE", True, Intents.GUILD_SCHEDULED_EVENTS),
        ("GUILD_SCHEDULED_EVENT_USER_ADD", True, Intents.GUILD_SCHEDULED_EVENTS),
        ("AUTO_MODERATION_ACTION_EXECUTION", True, Intents.AUTO_MODERATION_EXECUTION),
        ("MESSAGE_POLL_VOTE_ADD", False, Intents.DIRECT_MESSAGE_POLLS),
    ],
)
def test_an_event_needs_exactly_its_intent(event: str, in_guild: bool, intent: Intents) -> None:
    assert is_delivered(event, intent, in_guild=in_guild)
    assert not is_delivered(event, ALL_INTENTS & ~intent, in_guild=in_guild)


def test_thread_members_come_with_the_members_intent() -> None:
    assert is_delivered("THREAD_MEMBERS_UPDATE", Intents.GUILD_MEMBERS, in_guild=True)
    assert not is_delivered("THREAD_MEMBERS_UPDATE", ALL_INTENTS & ~Intents.GUILD_MEMBERS, in_guild=True)


@pytest.mark.parametrize(
    "event", ["READY", "RESUMED", "VOICE_SERVER_UPDATE", "USER_UPDATE", "INTERACTION_CREATE", "GUILD_MEMBERS_CHUNK"]
)
def test_an_event_without_an_intent_goes_to_everybody(event: str) -> None:
    assert is_delivered(event, 0, in_guild=True)
    assert event not in EVENT_INTENTS


@given(st.integers())
def test_a_number_is_intents_or_a_protocol_error(value: int) -> None:
    try:
        assert int(parse_intents(value)) == value & ~UNDOCUMENTED
        assert value | int(ALL_INTENTS) | UNDOCUMENTED == int(ALL_INTENTS) | UNDOCUMENTED
    except ProtocolError:
        assert value < 0 or value & ~int(ALL_INTENTS) & ~UNDOCUMENTED  # both outcomes are right, each for its numbers


def test_an_undocumented_bit_that_a_library_sets_is_passed_over() -> None:
    assert parse_intents(int(ALL_INTENTS) | 1 << 17) == ALL_INTENTS
