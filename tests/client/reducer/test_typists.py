"""Who types is shown, for ten seconds and no crowd."""

from tests.client.builders import GENERAL, ME, OTHER, created, message
from tests.client.reducer.states import NOW, state
from tuichat.client.change import TypingChanged
from tuichat.client.reducer import reducer, typists
from tuichat.protocol.dispatch.message import TypingStart
from tuichat.protocol.snowflake import Snowflake


def test_typing_ends_after_ten_seconds_and_with_the_message() -> None:
    made = state()
    typing = TypingStart(channel_id=Snowflake(GENERAL), user_id=Snowflake(OTHER), timestamp=0)
    assert reducer.reduce(made, typing, NOW) == [TypingChanged(GENERAL)]
    assert reducer.reduce(made, typing, NOW + 5000) == [], "who types on is no news"
    assert typists.next_typing_end_ms(made) == NOW + 15_000
    assert typists.expire_typing(made, NOW + 14_999) == []
    assert typists.expire_typing(made, NOW + 15_000) == [TypingChanged(GENERAL)]
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
    for user_id in range(2000, 2000 + 5 * typists.MAX_TYPING):
        told = TypingStart(channel_id=Snowflake(GENERAL), user_id=Snowflake(user_id), timestamp=0)
        reducer.reduce(made, told, NOW)
    assert len(made.typing[GENERAL]) == typists.MAX_TYPING
