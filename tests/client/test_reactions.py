"""Reactions of known messages, as dispatches change them."""

import msgspec
import pytest
from msgspec import UNSET

from tests.client.builders import message
from tuichat.client import reactions
from tuichat.protocol.message import Message, Reaction, ReactionEmoji
from tuichat.protocol.snowflake import Snowflake

THUMB, HEART = ReactionEmoji(name="\N{THUMBS UP SIGN}"), ReactionEmoji(name="\N{HEAVY BLACK HEART}")


def shown(found: Message) -> list[tuple[str | None, int, bool]]:
    return [] if found.reactions is UNSET else [(each.emoji.name, each.count, each.me) for each in found.reactions]


def test_reactions_come_and_go() -> None:
    found = message(1)
    found = reactions.added(found, THUMB, is_own=False)
    found = reactions.added(found, HEART, is_own=True)
    found = reactions.added(found, THUMB, is_own=True)
    assert shown(found) == [(THUMB.name, 2, True), (HEART.name, 1, True)]
    found = reactions.removed(found, THUMB, is_own=False)
    found = reactions.removed(found, HEART, is_own=True)
    assert shown(found) == [(THUMB.name, 1, True)]
    assert reactions.removed(found, THUMB, is_own=True).reactions is UNSET


def test_ones_own_counts_once_however_often_it_is_told() -> None:
    once = reactions.added(message(1), THUMB, is_own=True)
    assert reactions.added(once, THUMB, is_own=True) is once
    assert reactions.removed(once, HEART, is_own=False) is once
    others = reactions.added(message(1), THUMB, is_own=False)
    assert reactions.removed(others, THUMB, is_own=True) is others


def test_a_guilds_emoji_is_known_by_its_id() -> None:
    blob = ReactionEmoji(id=Snowflake(5), name="blob")
    found = reactions.added(message(1), blob, is_own=False)
    found = reactions.added(found, msgspec.structs.replace(blob, name="renamed"), is_own=False)
    assert shown(found) == [("blob", 2, False)]
    found = reactions.added(found, ReactionEmoji(name="blob"), is_own=False)
    assert len(shown(found)) == 2
    assert shown(reactions.cleared(found, blob)) == [("blob", 1, False)]
    assert shown(reactions.cleared(found)) == []


@pytest.mark.parametrize("name", ["x" * 65, "\N{THUMBS UP SIGN}"])
def test_a_hostile_server_makes_no_endless_list(name: str) -> None:
    full = msgspec.structs.replace(
        message(1), reactions=[Reaction(emoji=ReactionEmoji(name=str(number))) for number in range(50)]
    )
    assert reactions.added(full, ReactionEmoji(name=name), is_own=False) is full


def test_an_edit_keeps_the_reactions_that_are_known() -> None:
    known = reactions.added(message(1), THUMB, is_own=False)
    assert shown(reactions.kept(message(1, "edited"), known)) == [(THUMB.name, 1, False)]
