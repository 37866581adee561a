"""Finding: going anywhere by name, to what is new, back and forward, and every action by its name."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from tuichat.client.frecency import Frecency
from tuichat.translation import _
from tuichat.tui import rows
from tuichat.tui.destinations import Destination, Kind, chosen_of, destinations, use_of
from tuichat.tui.key_table import KeyTable
from tuichat.tui.rows import Chosen
from tuichat.tui.screens.chat.navigation import Navigation
from tuichat.tui.visited import Visited

if TYPE_CHECKING:
    from tuichat.config.schema import Settings
    from tuichat.tui.screens.inbox import InboxRow


class Finding(Navigation):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._visited = Visited()
        self.frecency = Frecency()

    def use_frecency(self, frecency: Frecency) -> None:
        """Order by these uses, and add to them."""
        self.frecency = frecency

    def now_unix_ms(self) -> int:
        return int(self._now().timestamp() * 1000)

    def _count_use(self, name: str) -> None:
        self.frecency.use(name, self.now_unix_ms())
        if self.is_attached:
            self.run_worker(self.frecency.save, thread=True, group="frecency", exclusive=True)

    def go_to(self, chosen: Chosen) -> None:
        before = self.chosen
        super().go_to(chosen)
        if chosen.channel_id is not None and chosen != before:
            self._visited.visit(chosen)
            self._count_use(use_of(Kind.CHANNEL, chosen.account_key, chosen.channel_id))

    # Anywhere, by name.

    def action_switch_channel(self) -> None:
        self.choose_destination(self._switched)

    def choose_destination(self, then: Callable[[Destination | None], None]) -> None:
        """Ask where to go; `then` gets the answer."""
        from tuichat.tui.screens.switcher import SwitcherScreen

        self.app.push_screen(SwitcherScreen(self._everywhere()), then)

    def choose_receiver(self, account_key: str, words: str, then: Callable[[Destination | None], None]) -> None:
        """Ask which channel or person of an account gets something; `then` gets the answer."""
        from tuichat.tui.screens.switcher import SwitcherScreen

        receivers = [
            each
            for each in self._everywhere()
            if each.account_key == account_key and each.kind in (Kind.CHANNEL, Kind.PERSON)
        ]
        self.app.push_screen(SwitcherScreen(receivers, words), then)

    def _everywhere(self) -> list[Destination]:
        from tuichat.commands.command import registry

        now_ms = self.now_unix_ms()
        return destinations(
            self.states,
            self.chosen,
            self.account_names(),
            [(command.name, command.summary) for command in registry.all()],
            lambda name: self.frecency.weight(name, now_ms),
        )

    def account_names(self) -> dict[str, str]:
        """Return who is signed in where, by account; nothing where there is one account alone."""
        if len(self._clients) < 2:
            return {}
        return {key: self.describe_account(client) for key, client in self._clients.items()}

    def _switched(self, destination: Destination | None) -> None:
        if destination is None:
            return
        match destination.kind:
            case Kind.GUILD:
                self.go_to_guild(destination.account_key, destination.id)
            case Kind.PERSON:
                self._count_use(destination.use)
                self.attempt(self.go_to_person(destination.account_key, destination.id))
            case Kind.COMMAND:
                self._count_use(destination.use)
                self.composer.set_text(f"/{destination.name} ")
                self.composer.focus()
            case Kind.CHANNEL:
                state = self.states.get(destination.account_key)
                chosen = chosen_of(destination, state) if state is not None else None
                if chosen is not None:
                    self.go_to(chosen)

    async def go_to_person(self, account_key: str, user_id: int) -> None:
        """Show the private channel with somebody, made if there is none. Raises ClientError."""
        client = self._clients.get(account_key)
        if client is not None:
            channel = await client.places.open_private_channel(user_id)
            self.go_to(Chosen(account_key, rows.PRIVATE, channel.id))

    # What is new.

    def action_next_unread(self) -> None:
        self._go_among(rows.unread_channels(self.states), 1, _("Nothing new anywhere."))

    def action_previous_unread(self) -> None:
        self._go_among(rows.unread_channels(self.states), -1, _("Nothing new anywhere."))

    def action_next_mention(self) -> None:
        self._go_among(rows.mentioned_channels(self.states), 1, _("Nobody mentions you anywhere else."))

    def action_previous_mention(self) -> None:
        self._go_among(rows.mentioned_channels(self.states), -1, _("Nobody mentions you anywhere else."))

    def _go_among(self, wanted: list[Chosen], step: int, otherwise: str) -> None:
        """Go to the nearest of these channels after (1) or before (-1) the one shown, round the end."""
        everything = rows.all_channels(self.states)
        others = set(wanted) - {self.chosen}
        if not others:
            self.app.notify(otherwise, timeout=2)
            return
        start = everything.index(self.chosen) if self.chosen in everything else 0
        for distance in range(1, len(everything) + 1):
            candidate = everything[(start + step * distance) % len(everything)]
            if candidate in others:
                self.go_to(candidate)
                return

    def action_inbox(self) -> None:
        from tuichat.tui.screens.inbox import InboxScreen

        self.app.push_screen(InboxScreen(self._clients, self.account_names(), self._now()), self._inbox_left)

    def _inbox_left(self, row: "InboxRow | None") -> None:
        if row is not None:
            self.attempt(self._go_to_row(row))

    async def _go_to_row(self, row: "InboxRow") -> None:
        if row.message_id is not None and row.account_key in self._clients:
            await self.show_message(row.account_key, row.channel_id, row.message_id)
        else:
            self.open_channel(row.account_key, row.channel_id)

    async def show_message(self, account_key: str, channel_id: int, message_id: int) -> None:
        """Open a channel at a message. Raises ClientError."""
        self.open_channel(account_key, channel_id)
        await self.jump(message_id)

    # Back and forward.

    def action_go_back(self) -> None:
        self._travel(-1, _("This is where you began."))

    def action_go_forward(self) -> None:
        self._travel(1, _("There is nothing further on."))

    def _travel(self, direction: int, otherwise: str) -> None:
        place = self._visited.step(direction, self._is_there)
        if place is None:
            self.app.notify(otherwise, timeout=2)
        else:
            self.go_to(place)

    def _is_there(self, place: Chosen) -> bool:
        state = self.states.get(place.account_key)
        return state is not None and place.channel_id in state.channels

    # Every action by its name.

    def action_palette(self) -> None:
        from tuichat.tui.screens.palette import PaletteScreen

        self.app.push_screen(
            PaletteScreen(self.key_table, self.settings.keys.bind, self._keep_keys), self._action_picked
        )

    async def _keep_keys(self, own: dict[str, str]) -> KeyTable:
        await self.choose("keys", "bind", own)
        return self.key_table

    async def _action_picked(self, action_id: str | None) -> None:
        if action_id is not None:
            await self.run_by_id(action_id)
