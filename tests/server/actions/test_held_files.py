"""Files of ephemeral answers: for an hour, and not too many."""

from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.held_files import HOLD_S, MAX_HELD, HeldFiles
from tuichat.server.store.message_rows import AttachmentRow


def attachment(number: int) -> AttachmentRow:
    return AttachmentRow(id=Snowflake(number), filename="a", sha256="0" * 64, size_bytes=1)


def test_a_file_is_held_for_an_hour() -> None:
    held = HeldFiles()
    held.put(attachment(1), 0)
    assert held.get(1, HOLD_S * 1000 - 1) == attachment(1)
    assert held.get(1, HOLD_S * 1000) is None
    held.put(attachment(2), HOLD_S * 1000)
    assert len(held) == 1  # what has ended is forgotten


def test_the_oldest_goes_when_there_are_too_many() -> None:
    held = HeldFiles()
    for number in range(MAX_HELD + 2):
        held.put(attachment(number), number)
    assert len(held) == MAX_HELD
    assert held.get(1, MAX_HELD) is None
    assert held.get(2, MAX_HELD) is not None
