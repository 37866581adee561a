"""The messages that were printed: the number of each, and what was said of it, so that a change can be told."""

import msgspec

from tuichat.commands.naming.places import Place

MAX_PRINTED = 5_000  # taste: more than anybody goes back to


class Printed(msgspec.Struct):
    """A message as it was said last."""

    number: int
    place: Place
    message_id: int
    words: list[str] = []
    reactions: str = ""
    is_deleted: bool = False


class PrintedMessages:
    """Numbers from 1 on, over all channels, so that one number means one message as long as tuichat runs."""

    def __init__(self) -> None:
        self._by_number: dict[int, Printed] = {}
        self._by_message: dict[tuple[Place, int], Printed] = {}
        self._last_number = 0

    def note(self, place: Place, message_id: int) -> Printed:
        """Return the message's record, made with the next number where it was not printed yet."""
        known = self._by_message.get((place, message_id))
        if known is not None:
            return known
        self._last_number += 1
        record = Printed(self._last_number, place, message_id)
        self._by_number[record.number] = self._by_message[place, message_id] = record
        if len(self._by_number) > MAX_PRINTED:
            oldest = self._by_number.pop(next(iter(self._by_number)))
            del self._by_message[oldest.place, oldest.message_id]
        return record

    def find(self, place: Place, message_id: int) -> Printed | None:
        return self._by_message.get((place, message_id))

    def numbered(self, number: int) -> Printed | None:
        return self._by_number.get(number)

    def of(self, place: Place) -> list[Printed]:
        """Return those of a place, in the order of their numbers."""
        return [record for record in self._by_number.values() if record.place == place]
