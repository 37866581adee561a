"""A binding fires for what all its filters fit."""

import pytest

from tests.automation.bindings.test_fields import record
from tuichat.automation.bindings.filter import Filter
from tuichat.automation.records import AnyRecord, CallRecord, ConnectionRecord, Person, ReactionRecord
from tuichat.config.binding import Binding

BOB = Person(id="1001", username="bob", display_name="Bob", is_bot=False)
PLACE = record("x").channel
REACTION = ReactionRecord(
    account="me", channel=PLACE, id="5", what="added", person=BOB, is_own=False, emoji="👀", emoji_id=None
)
RINGING = CallRecord(account="me", channel=PLACE, what="ringing", person=None, is_own=False)
LOST = ConnectionRecord(account="me", is_connected=False, text="")


@pytest.mark.parametrize(
    ("binding", "told", "fits"),
    [
        (Binding(event="message"), record("x"), True),
        (Binding(event="mention"), record("x"), False),
        (Binding(event="message", sender="@BOB"), record("x"), True),
        (Binding(event="message", sender=("ada", "1001")), record("x"), True),
        (Binding(event="message", sender="ada"), record("x"), False),
        (Binding(event="message", place="guild 1/#general"), record("x"), True),
        (Binding(event="message", place="me:guild 1/#general"), record("x"), True),
        (Binding(event="message", place=("#plans", "#general")), record("x"), True),
        (Binding(event="message", place="guild 2/#general"), record("x"), False),
        (Binding(event="reaction", emoji="👀", what="added"), REACTION, True),
        (Binding(event="reaction", emoji=":party:"), REACTION, False),
        (Binding(event="reaction", what=("removed", "cleared")), REACTION, False),
        (Binding(event="call", what="ringing"), RINGING, True),
        (Binding(event="call", sender="bob"), RINGING, False),
        (Binding(event="connection", what="lost"), LOST, True),
        (Binding(event="connection", what="connected"), LOST, False),
    ],
)
def test_filters(binding: Binding, told: AnyRecord, fits: bool) -> None:
    assert Filter(binding).may_fit(told) is fits


def test_a_name_alone_is_of_the_usual_server() -> None:
    binding = Binding(event="message", place="#general")
    assert Filter(binding, "guild 1").may_fit(record("x"))
    assert not Filter(binding, "guild 2").may_fit(record("x"))


async def test_a_pattern_is_found_anywhere() -> None:
    wanted = Filter(Binding(event="message", match="v[0-9]+$"))
    try:
        assert await wanted.fits(record("we released v12"))
        assert not await wanted.fits(record("v12 is out"))
    finally:
        await wanted.close()
