"""The pins of a channel."""

import msgspec

from tuichat.client.found import FoundMessages
from tuichat.client.rest import Rest
from tuichat.client.routes import AckMessage, Request, make_request
from tuichat.protocol.message import Message

PAGE = 50  # the most that a server gives at once


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    pinned_at: str
    message: Message


class PinPage(msgspec.Struct, frozen=True, kw_only=True):
    items: list[Pin]
    has_more: bool = False


class PinCount(msgspec.Struct, frozen=True):
    count: int
    has_more: bool = False


def list_pins(channel_id: int, before: str | None) -> Request:
    query = {"limit": str(PAGE)} | ({} if before is None else {"before": before})
    return make_request("GET", "/channels/{}/messages/pins", channel_id, query=query)


def unpin_message(channel_id: int, message_id: int) -> Request:
    return make_request("DELETE", "/channels/{}/messages/pins/{}", channel_id, message_id)


def ack_pins(channel_id: int) -> Request:
    return make_request("POST", "/channels/{}/pins/ack", channel_id, body=AckMessage(), patience_s=5)


class PinList:
    """A channel's pins, the latest first, page by page."""

    def __init__(self, rest: Rest, channel_id: int) -> None:
        self.found = FoundMessages()
        self.found.has_newer = True
        self._rest = rest
        self._channel_id = channel_id
        self._before: str | None = None

    async def load(self) -> None:
        """Add the next page. Raises ClientError."""
        if self.found.is_loading or not self.found.has_newer:
            return
        self.found.is_loading = True
        try:
            page = await self._rest.get(list_pins(self._channel_id, self._before), PinPage)
        finally:
            self.found.is_loading = False
        self._before = page.items[-1].pinned_at if page.items else None
        self.found.add((pin.message for pin in page.items), is_last=not page.has_more or not page.items)

    async def unpin(self, message_id: int) -> None:
        """Take a pin away. Raises ClientError."""
        await self._rest.perform(unpin_message(self._channel_id, message_id))
        self.found.remove(message_id)

    async def acknowledge(self) -> None:
        """Note that the pins were seen. Raises ClientError."""
        await self._rest.perform(ack_pins(self._channel_id))


class Pins:
    def __init__(self, rest: Rest) -> None:
        self._rest = rest

    def of(self, channel_id: int) -> PinList:
        return PinList(self._rest, int(channel_id))

    async def count(self, channel_id: int) -> PinCount:
        """Return how many there are, as far as one page tells. Raises ClientError."""
        page = await self._rest.get(list_pins(int(channel_id), None), PinPage)
        return PinCount(len(page.items), has_more=page.has_more)
