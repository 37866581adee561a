"""How many pins the channel shown has, told in its header."""

from collections.abc import Sequence

from textual import on

from tuichat.client import change
from tuichat.client.errors import ClientError
from tuichat.client.pins import PinCount
from tuichat.translation import ngettext
from tuichat.tui import gestures
from tuichat.tui.screens.chat.seeking import Seeking


class PinCounting(Seeking):
    """Counts once a channel is shown, and again when something is pinned there; nobody waits for it."""

    _pin_count: tuple[str, int, PinCount] | None = None  # of which channel of which account

    def _enter_channel(self) -> None:
        super()._enter_channel()
        self._count_pins()

    def take_changes(self, changes: Sequence[tuple[str, change.Change]]) -> None:
        super().take_changes(changes)
        here = self.chosen.channel_id
        for account_key, item in changes:
            if isinstance(item, change.PinsChanged) and (account_key, item.channel_id) == (
                self.chosen.account_key,
                here,
            ):
                self._count_pins()
                return

    def _count_pins(self) -> None:
        client, channel_id = self.client, self.chosen.channel_id
        channel = client.state.channels.get(channel_id) if client is not None and channel_id is not None else None
        if client is None or channel_id is None or channel is None:
            return
        place = (self.chosen.account_key, channel_id)
        if not isinstance(channel.last_pin_timestamp, str):  # nothing is pinned: nothing to ask
            self._pin_count = (*place, PinCount(0))
            self.show_header()
            return

        async def count() -> None:
            try:
                found = await client.pins.count(channel_id)
            except ClientError:
                return  # who may not read the pins is told when they are asked for
            if place == (self.chosen.account_key, self.chosen.channel_id):
                self._pin_count = (*place, found)
                self.show_header()

        self.run_worker(count(), group="pins", exclusive=True)

    def pins_words(self) -> str:
        place = (self.chosen.account_key, self.chosen.channel_id)
        if self._pin_count is None or self._pin_count[:2] != place or not self._pin_count[2].count:
            return ""
        pins = self._pin_count[2]
        words = ngettext("{count} pin", "{count} pins", pins.count).format(count=pins.count)
        return words.replace(str(pins.count), f"{pins.count}+", 1) if pins.has_more else words

    @on(gestures.PinsAsked)
    def _pins_asked(self) -> None:
        self.action_pins()
