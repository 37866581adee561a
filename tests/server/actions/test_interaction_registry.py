"""What is kept of interactions in memory, and what of it goes first."""

import pytest

from tuichat.protocol.interaction import TOKEN_LIFE_MS
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import interaction_registry
from tuichat.server.actions.interaction_registry import FRAME_BYTES, InteractionRegistry, Modal
from tuichat.server.store.command_rows import InteractionRow
from tuichat.server.store.message_rows import MessageRow

ADA, BOB, BOT, CHANNEL = (Snowflake(number) for number in (1, 2, 3, 4))
START_MS = Snowflake(1 << 40).timestamp_ms


def interaction(number: int, user_id: Snowflake = ADA) -> InteractionRow:
    return InteractionRow(
        id=Snowflake((1 << 40) + number),
        application_id=BOT,
        token_hash="",
        type=2,
        user_id=user_id,
        channel_id=CHANNEL,
    )


def message(number: int, content: str = "") -> MessageRow:
    return MessageRow(id=Snowflake(number), channel_id=CHANNEL, author_id=BOT, content=content)


def test_an_ephemeral_message_is_its_users_until_it_is_forgotten() -> None:
    registry = InteractionRegistry()
    entry = registry.add(interaction(1))
    registry.keep_ephemeral(entry, message(10, "first"))
    registry.replace_ephemeral(BOB, message(10, "not his"))
    registry.replace_ephemeral(ADA, message(10, "second"))
    kept = registry.ephemeral_message(ADA, 10)
    assert kept is not None
    assert (kept.content, list(entry.ephemeral)) == ("second", [10])
    assert registry.ephemeral_message(BOB, 10) is None
    assert not registry.forget_ephemeral(BOB, 10)
    assert registry.forget_ephemeral(ADA, 10)
    assert not registry.forget_ephemeral(ADA, 10)
    assert not entry.ephemeral


def test_an_ephemeral_message_goes_with_its_interaction() -> None:
    registry = InteractionRegistry()
    registry.keep_ephemeral(registry.add(interaction(1)), message(10))
    registry.expire(START_MS + TOKEN_LIFE_MS)
    assert registry.ephemeral_message(ADA, 10) is None


def test_the_oldest_ephemeral_message_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interaction_registry, "MAX_EPHEMERAL_BYTES", 3 * FRAME_BYTES + 100)
    registry = InteractionRegistry()
    entries = [registry.add(interaction(number)) for number in range(2)]
    for number in range(10):
        registry.keep_ephemeral(entries[number % 2], message(number))
    assert [number for number in range(10) if registry.ephemeral_message(ADA, number)] == [7, 8, 9]
    registry.replace_ephemeral(ADA, message(9, "x" * 100))  # four bytes each: one more has to go
    assert [number for number in range(10) if registry.ephemeral_message(ADA, number)] == [8, 9]
    assert sum(len(entry.ephemeral) for entry in entries) == 2


def test_the_oldest_modal_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interaction_registry, "MAX_MODAL_BYTES", 2 * FRAME_BYTES + 100)
    registry = InteractionRegistry()
    for number in range(5):
        registry.open_modal(number, Modal(interaction(number), "form", b"[]"))
    assert [number for number in range(5) if registry.close_modal(number, ADA) is not None] == [3, 4]
    registry.open_modal(5, Modal(interaction(5), "form", b"[]"))
    assert registry.close_modal(5, BOB) is None
    assert registry.close_modal(5, ADA) is not None
