"""The calls of direct messages and groups that go on now, held in memory like the seats of those who are in them."""

import msgspec

from tuichat.protocol.snowflake import Snowflake


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """A call that goes on. `ringing` says of those whose clients ring until when they do."""

    channel_id: Snowflake
    message_id: Snowflake  # of the message that tells of the call
    region: str | None
    participant_ids: tuple[Snowflake, ...]  # all who were in it so far, the caller first
    ringing: dict[Snowflake, int] = {}


class CallBook:
    """Every call that goes on, by its channel."""

    def __init__(self) -> None:
        self._calls: dict[int, Call] = {}

    def get(self, channel_id: int) -> Call | None:
        return self._calls.get(channel_id)

    def all(self) -> list[Call]:
        return list(self._calls.values())

    def put(self, call: Call) -> None:
        self._calls[call.channel_id] = call

    def remove(self, channel_id: int) -> Call | None:
        return self._calls.pop(channel_id, None)
