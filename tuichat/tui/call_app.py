"""An app in which one is in a call whatever is shown: its keys and its strip are on every screen."""

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events, on
from textual.screen import Screen

from tuichat.client.errors import ClientError
from tuichat.client.voice_desk import Stage, VoiceView
from tuichat.text.call_words import place_news, sound_trouble
from tuichat.text.moderation_words import DEAFENED, MUTED, done_to_one
from tuichat.text.ringing_words import RingWatch
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui import call_gestures
from tuichat.tui.key_release import KeyHeld, KeyReleased, base_key
from tuichat.tui.key_table import KeyTable
from tuichat.tui.measured_app import MeasuredApp
from tuichat.tui.panes.call_strip import CallStrip
from tuichat.tui.talk_key import TalkKey

if TYPE_CHECKING:
    from tuichat.client.voice_desk import Incoming, VoiceDesk


ACTIONS_EVERYWHERE = ("toggle_mute", "toggle_deafen", "talk")


class CallApp(MeasuredApp):
    """`desk` is set before the app runs."""

    desk: "VoiceDesk"
    key_table: KeyTable

    def __init__(self, **options: Any) -> None:  # those of Textual's App
        super().__init__(**options)
        self._talk_key = TalkKey()
        self._ring_shown: tuple[str, int] | None = None
        self._view_told = VoiceView()
        self._ring_watch = RingWatch()

    def use_desk(self, desk: "VoiceDesk") -> None:
        """Have voice done and told by this desk."""
        self.desk = desk
        desk.subscribe(self._voice_changed)

    def _voice_changed(self) -> None:
        view = self.desk.view
        for screen in self.screen_stack:
            self.show_call(screen)
        if self._talk_key.is_talking and not view.is_in_call:
            self._talk_key.let_go()
            self.desk.talk(is_pressed=False)
        before, self._view_told = self._view_told, view
        for sentence in done_to_one(before, view):
            self.notify(sentence, severity="warning", markup=False, timeout=8)
        if view.is_in_call:  # a test tells it where it is shown
            for sentence in sound_trouble(before, view):
                self.notify(sentence, severity="warning", markup=False, timeout=10)
        for sentence in place_news(before.place, view.place):
            self.notify(sentence, markup=False, timeout=8)
        if view.stage is Stage.FAILED and before.place.leaves_in_s is not None:
            # Nobody may have looked for half a minute, and a narrow strip has no room for how to come back.
            self.notify(safe_line(view.sentence), severity="warning", markup=False, timeout=30)
        for sentence in self._ring_watch.look(view, time.monotonic()):
            self.notify(sentence, markup=False, timeout=8)
        self._show_ring()

    @on(call_gestures.StripWanted)
    def _strip_wanted(self, event: call_gestures.StripWanted) -> None:
        self.show_call(event.screen)

    def show_call(self, screen: Screen[Any]) -> None:
        """Show the strip on a screen while there is a call. The main screen has one of its own."""
        view = self.desk.view
        for strip in screen.query(CallStrip):
            strip.show(view)
            return
        if view.is_in_call and screen.is_attached:
            strip = CallStrip(id="call")
            strip.show(view)
            screen.mount(strip)

    def _show_ring(self) -> None:
        """Have a call that rings asked about, in a dialog that goes with the ringing."""
        from tuichat.tui.screens.call.ring import RingDialog

        ringing = self.desk.view.incoming
        first = (ringing[0].account_key, ringing[0].channel_id) if ringing else None
        if first == self._ring_shown:
            return
        for screen in list(self.screen_stack):
            if isinstance(screen, RingDialog):
                screen.end(None)
        self._ring_shown = first
        if ringing:
            dialog = RingDialog(
                ringing[0],
                leaves=self.desk.view.title if self.desk.view.is_in_call else "",
                free_keys=[key for each in ACTIONS_EVERYWHERE for key in self.key_table.keys_of(f"app.{each}")],
            )
            self.push_screen(dialog, partial(self._ring_answered, ringing[0]))

    async def _ring_answered(self, incoming: "Incoming", is_accepted: bool | None) -> None:
        if is_accepted is None:
            return
        try:
            if is_accepted:
                self.desk.join(incoming.account_key, incoming.channel_id)
                self.show_channel(incoming.account_key, incoming.channel_id)
            else:
                await self.desk.decline(incoming.account_key, incoming.channel_id)
        except ClientError as error:
            self.tell_fault(error)

    def show_channel(self, account_key: str, channel_id: int) -> None:
        """Show a channel on the main screen; the app itself does it."""

    def tell_fault(self, error: ClientError) -> None:
        self.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)

    async def _check_bindings(self, key: str, priority: bool = False) -> bool:
        """Have the keys of voice work in dialogs, too, where these do not use them; Textual ends its search at a dialog."""
        if await super()._check_bindings(key, priority):
            return True
        if priority or not self.screen.is_modal:
            return False
        found = next((each for each in ACTIONS_EVERYWHERE if key in self.key_table.keys_of(f"app.{each}")), None)
        return found is not None and await self.run_action(found)

    # Mute, deafen, leave.

    @on(call_gestures.MuteToggled)
    def action_toggle_mute(self) -> None:
        view = self.desk.view
        if view.is_server_muted:
            self.notify(_(MUTED), severity="warning")
            return
        self.desk.set_muted(not (view.is_muted or view.is_deafened))
        if not view.is_in_call:
            silent = not (view.is_muted or view.is_deafened)
            self.notify(_("Muted: you join without a microphone.") if silent else _("Not muted any more."), timeout=3)

    @on(call_gestures.DeafenToggled)
    def action_toggle_deafen(self) -> None:
        view = self.desk.view
        if view.is_server_deafened:
            self.notify(_(DEAFENED), severity="warning")
            return
        self.desk.set_deafened(not view.is_deafened)
        if not view.is_in_call:
            words = (
                _("Not deafened any more.") if view.is_deafened else _("Deafened: you join without hearing anybody.")
            )
            self.notify(words, timeout=3)

    @on(call_gestures.LeaveCallAsked)
    def leave_call(self) -> None:
        self.desk.leave()

    @on(call_gestures.CallChannelAsked)
    def to_call(self) -> None:
        view = self.desk.view
        if view.channel_id is None:
            self.notify(_("You are in no call."), timeout=3)
            return
        self.show_channel(view.account_key, view.channel_id)

    @on(call_gestures.CallStatsAsked)
    def show_call_stats(self) -> None:
        from tuichat.tui.screens.call.stats import StatsDialog

        if not any(isinstance(screen, StatsDialog) for screen in self.screen_stack):
            self.push_screen(StatsDialog(self.desk))

    # Push to talk.

    def action_talk(self) -> None:
        view = self.desk.view
        if not view.is_in_call:
            self.notify(_("You are in no call."), timeout=3)
        elif view.gate != "push_to_talk":
            words = _("Push to talk is off: you are heard when you speak. The voice settings turn it on.")
            self.notify(words, timeout=4)
        elif view.is_silent:
            self.notify(_("You are muted."), severity="warning", timeout=3)
        else:
            self._talk_key.press(int(time.monotonic() * 1000))
            self.desk.talk(self._talk_key.is_talking)

    def on_key_held(self, _event: KeyHeld) -> None:
        """Learn before the key itself comes again that it is no second press: a keyboard waits before it repeats."""
        self._talk_key.see_release()

    def on_key_released(self, event: KeyReleased) -> None:
        if base_key(event.key) in {base_key(key) for key in self.key_table.keys_of("app.talk")}:
            self._talk_key.release()
            self.desk.talk(self._talk_key.is_talking)
        else:
            self._talk_key.see_release()

    @on(call_gestures.TalkPressed)
    def _talk_pressed(self, event: call_gestures.TalkPressed) -> None:
        self._talk_key.let_go()
        self.desk.talk(event.is_pressed)

    def on_app_blur(self, event: events.AppBlur) -> None:
        """Nobody tells of keys any more that are let go elsewhere."""
        if self._talk_key.is_talking and self._talk_key.tells_release:
            self._talk_key.let_go()
            self.desk.talk(is_pressed=False)
