"""What is done in a room: by oneself, and by its hosts with the others."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace
from textual import on

from tuichat.client.message_marks import emoji_of
from tuichat.client.room_view import RoomPerson, RoomView
from tuichat.protocol.live_room import EditLiveRoomRequest
from tuichat.text.choices import Choice, people
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui import call_gestures, room_gestures
from tuichat.tui.screens.chat.frame import ROOM
from tuichat.tui.screens.chat.people import People
from tuichat.tui.screens.room.deeds import NEXT_HANDS, deeds_with, menu_label, people_in, person_of

if TYPE_CHECKING:
    from tuichat.client.client import Client
    from tuichat.config.schema import Settings

AUDIENCE_EVERY_S = 0.5  # between two pages: they come as one scrolls (taste)
AUDIENCE_IN_VAIN_S = 5.0  # after a page that told of nobody, or failed (taste)
WITH_SOMEBODY = frozenset({"invite_up", "decline_hand", "move_down", "mute", "host", "remove", "block", "profile"})


class Rooms(People):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._audience_asked: dict[int, tuple[float, int]] = {}  # when, and how many were known; by channel

    @on(room_gestures.RoomCursorMoved)
    def _room_cursor_moved(self) -> None:
        if self.focused is self.room:
            self._show_hints()

    @on(room_gestures.AudienceWanted)
    def _audience_wanted(self) -> None:
        client, channel_id = self.client, self.chosen.channel_id
        if client is None or channel_id is None or not self.room.display:
            return
        now_s, known = time.monotonic(), len(client.live_rooms.view(channel_id).audience)
        asked_s, known_then = self._audience_asked.get(channel_id, (None, 0))
        wait_s = AUDIENCE_EVERY_S if known != known_then else AUDIENCE_IN_VAIN_S
        if asked_s is None or now_s - asked_s >= wait_s:
            self._audience_asked[channel_id] = (now_s, known)
            self.attempt(client.live_rooms.load_audience(channel_id))

    @on(room_gestures.RoomPersonChosen)
    def _room_person_chosen(self, event: room_gestures.RoomPersonChosen) -> None:
        if not self.choose_in_room(event.user_id):
            self.show_profile_of(event.user_id)

    def choose_in_room(self, user_id: int) -> bool:
        from tuichat.tui.screens.action_menu import ActionMenu, MenuRow, action_rows

        content = self.room.content if self.has_class(ROOM) else None
        person = person_of(content.view, user_id) if content is not None else None
        if content is None or person is None or not content.view.is_live:
            return False
        deeds = deeds_with(content.view, person, moderates=self.moderates_stage(), has_extension=content.has_extension)
        told = [menu_label(content.view, person, deed) for deed in deeds]
        listed = action_rows([f"room.{deed}" for deed in deeds], self.key_table)
        rows = [replace(row, label=words or row.label) for row, words in zip(listed, told, strict=True)]
        speaks = any(each.user_id == user_id for each in content.view.speakers)
        if content.is_here and speaks and not person.is_me:
            rows.insert(len(rows) - 1, MenuRow("volume", _("Volume"), ""))

        def left(row_id: str | None) -> None:
            if row_id == "volume":
                self.do_in_voice("volume", user_id)
            elif row_id is not None:
                self.do_in_room(row_id.partition(".")[2], user_id)

        self.app.push_screen(ActionMenu(rows, safe_name(person.name, _("somebody"))), left)
        return True

    @on(room_gestures.RoomDeedAsked)
    def _room_deed_asked(self, event: room_gestures.RoomDeedAsked) -> None:
        self.do_in_room(event.deed, event.user_id)

    def do_in_room(self, deed: str, user_id: int | None = None) -> None:
        """Do what an action of the room in view means, with somebody where it needs somebody."""
        client, channel_id = self.client, self.chosen.channel_id
        if client is None or channel_id is None or not self.has_class(ROOM):
            self.app.notify(_("Open a stage (◈) first: rooms are live there."), timeout=4)
            return
        view = client.live_rooms.view(channel_id)
        if deed in WITH_SOMEBODY:
            person = person_of(view, user_id) if user_id is not None else None
            if person is not None:
                self._do_with(client, channel_id, deed, person)
            elif deed == "profile" and user_id is not None:
                self.show_profile_of(user_id)
            else:
                self.app.notify(_("Choose somebody in the room first, with the cursor."), timeout=3)
        else:
            self._do_oneself(client, channel_id, deed, view)

    def _do_oneself(self, client: "Client", channel_id: int, deed: str, view: RoomView) -> None:
        rooms = client.live_rooms
        match deed:
            case "join_or_leave":
                is_here = self.desk.view.is_here(client.key, channel_id)
                self.post_message(call_gestures.LeaveCallAsked() if is_here else call_gestures.JoinCallAsked())
            case "hand" if view.has_asked:
                self.attempt(rooms.lower_hand(channel_id))
            case "hand":
                self.attempt(rooms.raise_hand(channel_id))
            case "accept":
                self.attempt(rooms.accept(channel_id))
            case "decline_invitation":
                self.attempt(rooms.decline_invitation(channel_id))
            case "mute_self":
                self.post_message(call_gestures.MuteToggled())
            case "start":
                self._start_room(client, view)
            case "edit":
                self.attempt(self._edit_room(client, view))
            case "keeping":
                self.attempt(self._show_keeping(client, channel_id))
            case "react":
                self._pick_reaction(client, channel_id)
            case "link":
                self.app.notify(_("No link is pinned here."), timeout=3)
            case "ping":
                self._pick_guest(client, channel_id, view)
            case "hands":
                self.attempt(rooms.edit(channel_id, EditLiveRoomRequest(hands=NEXT_HANDS[view.hands])))
            case "end":
                self._ask_to_end(client, channel_id, view)

    def _do_with(self, client: "Client", channel_id: int, deed: str, person: RoomPerson) -> None:
        rooms, user_id = client.live_rooms, person.user_id
        match deed:
            case "invite_up":
                self.attempt(rooms.invite_up(channel_id, user_id))
            case "decline_hand":
                self.attempt(rooms.decline_hand(channel_id, user_id))
            case "move_down":
                self.attempt(rooms.move_down(channel_id, user_id))
            case "mute":
                self.attempt(rooms.mute(channel_id, user_id))
            case "host" if person.is_host:
                self.attempt(rooms.unmake_host(channel_id, user_id))
            case "host":
                self.attempt(rooms.make_host(channel_id, user_id))
            case "remove":
                self.attempt(rooms.remove(channel_id, user_id))
            case "block":
                words = _("They are put out, and cannot come back while this room is live.")
                question, name = _("Block {name} from this room?"), safe_name(person.name, _("somebody"))
                self._confirm(question, name, words, _("block"), lambda: rooms.block(channel_id, user_id))
            case "profile":
                self.show_profile_of(user_id)

    # Dialogs.

    def _start_room(self, client: "Client", view: RoomView) -> None:
        from tuichat.tui.screens.room.room_form import StartRoomForm

        if view.is_live:
            self.app.notify(_("A room is live on this stage already."), timeout=3)
            return
        if not view.may_start:
            self.app.notify(_("Your roles do not let you start a room on this stage."), severity="warning", timeout=4)
            return

        def left(is_live: bool | None) -> None:
            if is_live and not self.desk.view.is_here(client.key, view.channel_id) and self.desk.view.is_enabled:
                self.join_call(client.key, view.channel_id)

        self.app.push_screen(StartRoomForm(client, view), left)

    async def _edit_room(self, client: "Client", view: RoomView) -> None:
        from tuichat.tui.screens.room.room_form import EditRoomForm

        if not view.is_host:
            self.app.notify(_("Only hosts change what a room is about."), severity="warning", timeout=3)
            return
        self.app.push_screen(EditRoomForm(client, view, await client.live_rooms.learn(view.channel_id)))

    async def _show_keeping(self, client: "Client", channel_id: int) -> None:
        from tuichat.tui.screens.room.keeping import KeepingDialog

        kept = await client.live_rooms.keeping(channel_id)
        self.app.push_screen(KeepingDialog(client, channel_id, kept))

    def _pick_reaction(self, client: "Client", channel_id: int) -> None:
        from tuichat.tui.screens.emoji_picker import EmojiPicker
        from tuichat.tui.screens.room.quick_reactions import OTHER, QuickReactions

        own = self._own_emojis()
        here = {f"{name}:{emoji_id}" for name, emoji_id in own}
        recent = [each for each in self._recent_emojis() if ":" not in each or each in here]

        def chosen(value: str | None) -> None:
            if value == OTHER:
                self.app.push_screen(EmojiPicker(recent, own), chosen)
            elif value is not None:
                self._count_use(f"emoji:{value}")
                self.attempt(client.live_rooms.react(channel_id, emoji_of(value)))

        self.app.push_screen(QuickReactions(recent), chosen)

    def _pick_guest(self, client: "Client", channel_id: int, view: RoomView) -> None:
        from tuichat.tui.screens.pick import PickDialog

        state, guild_id = client.state, view.guild_id
        me = str(int(state.me.id)) if state.me is not None else ""

        async def call(user_id: int) -> None:
            await client.live_rooms.ping(channel_id, user_id)
            name = safe_name(state.person_name(channel_id, user_id), _("somebody"))
            self.app.notify(_("{name} is asked to come.").format(name=name), markup=False, timeout=4)

        def picked(values: list[str] | None) -> None:
            if values:
                self.attempt(call(int(values[0])))

        def others() -> list[Choice]:
            there = {me, *(str(each.user_id) for each in people_in(client.live_rooms.view(channel_id)))}
            return [each for each in people(state, channel_id) if each.value not in there]

        def ask(beginning: str) -> None:
            self.attempt(client.members.search(guild_id, beginning))

        if not others():
            self.app.notify(_("Nobody else is here whom you could ask."), timeout=3)
            return
        self.app.push_screen(PickDialog(_("Who is to come into the room?"), others, ask=ask), picked)

    def _ask_to_end(self, client: "Client", channel_id: int, view: RoomView) -> None:
        if not view.is_live:
            self.app.notify(_("Nothing is live on this stage."), timeout=3)
            return
        words = _("“{topic}” is over for all who are in it. They stay in the channel, and hear each other no more.")
        self._confirm(
            _("End the room?"),
            "",
            words.format(topic=safe_line(view.topic)),
            _("end it"),
            lambda: client.live_rooms.end(channel_id),
        )
