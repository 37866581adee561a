"""The page of a stage: what is shown of the room that is live there."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from textual.timer import Timer

from tuichat.client.room_composer import MODERATING
from tuichat.client.voice_people import people_in
from tuichat.tui import keys
from tuichat.tui.key_table import shown
from tuichat.tui.keys import ACTIONS, Scope
from tuichat.tui.room_rows import RoomContent
from tuichat.tui.screens.chat.frame import ROOM
from tuichat.tui.screens.chat.panes import Panes
from tuichat.tui.screens.chat.voice import Voice
from tuichat.tui.screens.room.deeds import SHORT_LABELS, deeds_with, own_deeds
from tuichat.tui.updates import DRAW_INTERVAL_MS

if TYPE_CHECKING:
    from tuichat.client.client import Client
    from tuichat.config.schema import Settings

FLOAT_INTERVAL_S = 0.2  # between two steps of what floats over a stage (taste)
DEEDS = tuple(action.name for action in ACTIONS if action.scope is Scope.ROOM)
AROUND: keys.FooterEntries = (*keys.FOOTER_ROOM[3:5], *keys.FOOTER_ROOM[7:])


class RoomPage(Panes, Voice):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._room_drawn_s = 0.0
        self._room_due: Timer | None = None
        self._room_floats: Timer | None = None

    @property
    def is_behind(self) -> bool:
        return super().is_behind or self._room_due is not None

    def _show_voice(self) -> None:
        super()._show_voice()
        if self.has_class(ROOM):
            self.show_room()

    def show_room(self) -> None:
        """Show the stage in view as it is: at once after a pause, ten times a second while people speak and come."""
        if self._room_due is not None:
            return
        wait_s = self._room_drawn_s + DRAW_INTERVAL_MS / 1000 - time.monotonic()
        if wait_s <= 0 or self._shows_another():
            self._draw_room()
        else:
            self._room_due = self.set_timer(wait_s, self._draw_due_room)

    def _shows_another(self) -> bool:
        content = self.room.content
        return content is None or content.view.channel_id != self.chosen.channel_id

    @property
    def _has_room_page(self) -> bool:
        """Whether a timer has something to draw: at the end the page goes before the screen and its timers do."""
        return self.is_attached and self.has_class(ROOM) and bool(self.query("#room"))

    def _draw_due_room(self) -> None:
        self._room_due = None
        if self._has_room_page:
            self._draw_room()

    def _draw_room(self) -> None:
        client, channel_id = self.client, self.chosen.channel_id
        if client is None or channel_id is None or channel_id not in client.state.channels:
            return
        self._room_drawn_s = time.monotonic()
        before = self.room.content
        content = self._room_content(client, channel_id)
        self.room.show(content)
        if before is None or (before.view, before.is_here) != (content.view, content.is_here):
            self._show_hints()
        if content.view.reactions and self._room_floats is None:
            self._room_floats = self.set_timer(FLOAT_INTERVAL_S, self._let_float)

    def _let_float(self) -> None:
        self._room_floats = None
        if self._has_room_page:
            self.show_room()

    def _room_content(self, client: "Client", channel_id: int) -> RoomContent:
        state, voice = client.state, self.desk.view
        view = client.live_rooms.view(channel_id)
        is_here = voice.is_here(self.chosen.account_key, channel_id)
        sentence, may_join = self.joining(state, channel_id)
        people = () if view.is_live else voice.people if is_here else people_in(state, channel_id)
        return RoomContent(
            view=view,
            voice=voice,
            is_here=is_here,
            may_join=may_join,
            sentence=sentence,
            people=people,
            now_ms=int(self._now().timestamp()) * 1000,
            clock_ms=client.now_ms(),
            told_keys=self._told_room_keys(),
            has_extension=client.live_rooms.has_extension,
        )

    def _told_room_keys(self) -> dict[str, str]:
        found = {deed: self.key_table.keys_of(f"room.{deed}") for deed in DEEDS}
        return {deed: shown(its_keys[0]) for deed, its_keys in found.items() if its_keys}

    # What can be done.

    def moderates_stage(self) -> bool:
        state, channel_id = self.state, self.chosen.channel_id
        return state is not None and channel_id is not None and state.permissions(channel_id) & MODERATING == MODERATING

    def room_deeds(self) -> list[str]:
        """Return what can be done now: with whom the cursor is on, else by oneself."""
        content = self.room.content
        if content is None:
            return []
        person = self.room.chosen_person
        if person is not None and content.view.is_live:
            return deeds_with(
                content.view, person, moderates=self.moderates_stage(), has_extension=content.has_extension
            )
        return own_deeds(content.view, is_here=content.is_here, may_join=content.may_join)

    def room_hints(self) -> keys.FooterEntries:
        """Return what the footer tells while a stage is shown."""
        deeds = self.room_deeds()
        entries: list[tuple[tuple[str, ...], str]] = [((f"room.{deed}",), SHORT_LABELS[deed]) for deed in deeds]
        return (*entries, *AROUND)
