"""Voice channels and calls: the page of one, joining and leaving, and what is done with somebody there."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from textual import on

from tuichat.client.errors import ClientError
from tuichat.client.voice_desk import VoicePerson, VoiceView
from tuichat.client.voice_people import people_in
from tuichat.protocol.channel import VOICE_CHANNELS, Channel, ChannelType
from tuichat.protocol.permissions import Permissions
from tuichat.text.channel_names import channel_name
from tuichat.text.safe_text import safe_name
from tuichat.translation import _
from tuichat.tui import call_gestures, message_gestures, rows
from tuichat.tui.panes.call_strip import CallStrip
from tuichat.tui.panes.voice_pane import VoiceContent
from tuichat.tui.screens.chat.frame import VOICE
from tuichat.tui.screens.chat.subject import Subject

if TYPE_CHECKING:
    from tuichat.client.state import State
    from tuichat.client.voice_desk import VoiceDesk
    from tuichat.config.schema import Settings

CALLABLE = frozenset({ChannelType.DM, ChannelType.GROUP_DM})


def title_of(channel: Channel) -> str:
    """Return a channel's name with its sign."""
    return f"{rows.channel_kind(channel).value} {channel_name(channel)}"


class Voice(Subject):
    """`desk` is set before the screen is shown."""

    desk: "VoiceDesk"

    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._shown_voice = VoiceView()

    def use_desk(self, desk: "VoiceDesk") -> None:
        self.desk = desk
        desk.subscribe(self._voice_changed)

    def _voice_changed(self) -> None:
        """Draw what is told of voice: the list of channels too, where who speaks is marked."""
        if not self.is_attached:
            return
        before, self._shown_voice = self._shown_voice, self.desk.view
        self.query_one(CallStrip).show(self.desk.view)
        if before.people != self.desk.view.people or before.stage is not self.desk.view.stage:
            self.show_channels()
        self._show_voice()

    def voices_here(self) -> tuple[VoicePerson, ...]:
        """Return who is in the call of this screen's account, and how loud."""
        view = self.desk.view
        return view.people if view.is_in_call and view.account_key == self.chosen.account_key else ()

    def _show_voice(self) -> None:
        if self.has_class(VOICE) and self.state is not None and self.chosen.channel_id is not None:
            self.voice.show(self._content(self.state, self.chosen.channel_id))

    def _content(self, state: "State", channel_id: int) -> VoiceContent:
        channel = state.channels.get(channel_id)
        view = self.desk.view
        if channel is None:
            return VoiceContent(view=view)
        is_here = view.is_here(self.chosen.account_key, channel_id)
        may = state.permissions(channel_id)
        sentence, may_join = self.joining(state, channel_id)
        return VoiceContent(
            sentence=sentence or _("Join to hear who is here, and to be heard."),
            is_here=is_here,
            may_join=may_join,
            people=view.people if is_here else people_in(state, channel_id),
            view=view,
            has_soundboard=is_here and bool(may & Permissions.USE_SOUNDBOARD),
        )

    def joining(self, state: "State", channel_id: int) -> tuple[str, bool]:
        """Return what stands against joining a channel, or what it leaves, and whether one may."""
        view, may = self.desk.view, bool(state.permissions(channel_id) & Permissions.CONNECT)
        if not view.is_enabled:
            return _("Voice is off. The settings turn it on."), False
        if not may:
            return _("You may see who is here, not join."), False
        return _("You are in another call; joining leaves it.") if view.is_in_call else "", True

    # In and out.

    def join_call(self, account_key: str, channel_id: int) -> None:
        """Join a voice channel, or the call of a private one."""
        try:
            self.desk.join(account_key, channel_id)
        except ClientError as error:
            self.show_error(error)

    @on(call_gestures.JoinCallAsked)
    def _join_asked(self) -> None:
        if self.chosen.channel_id is not None:
            self.join_call(self.chosen.account_key, self.chosen.channel_id)

    def action_toggle_call(self) -> None:
        """Join the voice channel in view; in a call, leave it, where it is the one in view or none is."""
        view, state, channel_id = self.desk.view, self.state, self.chosen.channel_id
        channel = state.channels.get(channel_id) if state is not None and channel_id is not None else None
        is_spoken = channel is not None and channel.type in VOICE_CHANNELS
        if channel_id is not None and is_spoken and not view.is_here(self.chosen.account_key, channel_id):
            self.join_call(self.chosen.account_key, channel_id)
        elif view.is_in_call:
            self.desk.leave()
        elif channel_id is not None and channel is not None and channel.type in CALLABLE:
            self.action_start_call()
        else:
            self.app.notify(_("Open a voice channel (♪) first: it is what you join."), timeout=4)

    def action_leave_call(self) -> None:
        self.desk.leave()

    def action_to_call(self) -> None:
        self.post_message(call_gestures.CallChannelAsked())

    def action_call_stats(self) -> None:
        self.show_call_stats()

    def action_start_call(self) -> None:
        """Call the people of the private channel in view, or join their call."""
        state, channel_id = self.state, self.chosen.channel_id
        channel = state.channels.get(channel_id) if state is not None and channel_id is not None else None
        if state is None or channel_id is None or channel is None or channel.type not in CALLABLE:
            self.app.notify(_("Open a private channel first: its people are called."), timeout=4)
        elif state.voice_states_of(channel_id):
            self.join_call(self.chosen.account_key, channel_id)
        else:
            self.attempt(self.desk.start_call(self.chosen.account_key, channel_id))

    @on(call_gestures.EngineRetryAsked)
    def _engine_retry_asked(self) -> None:
        self.desk.retry()

    # Dialogs.

    @on(call_gestures.VoiceSettingsAsked)
    def action_voice_settings(self) -> None:
        self.show_voice_settings()

    def action_call_test(self) -> None:
        self.test_sound()

    def test_sound(self) -> None:
        self.show_voice_settings(tests=True)

    def show_call_stats(self) -> None:
        self.post_message(call_gestures.CallStatsAsked())

    def show_voice_settings(self, *, tests: bool = False) -> None:
        from tuichat.tui.screens.call.settings import VoiceSettingsScreen

        screen = VoiceSettingsScreen(self.desk, lambda: self.settings, self.choose, self.key_table, tests=tests)
        self.app.push_screen(screen)

    @on(call_gestures.SoundboardAsked)
    def action_soundboard(self) -> None:
        from tuichat.tui.screens.call.soundboard import SoundboardDialog

        view = self.desk.view
        client = self._clients.get(view.account_key)
        guild = client.state.guilds.get(view.guild_id) if client is not None and view.guild_id is not None else None
        if not view.is_in_call or client is None or view.channel_id is None or guild is None:
            self.app.notify(_("Join a voice channel first: sounds are played there."), timeout=4)
            return
        self.app.push_screen(SoundboardDialog(client, guild, view.channel_id))

    @on(call_gestures.VoicePersonChosen)
    def _voice_person_chosen(self, event: call_gestures.VoicePersonChosen) -> None:
        """List what can be done with somebody in a voice channel."""
        from tuichat.tui.screens.action_menu import ActionMenu, MenuRow
        from tuichat.tui.screens.call.deeds import deeds_in_voice

        state, user_id = self.state, event.user_id
        if state is None or self.choose_in_room(user_id):
            return
        person = self._name_of_voice(state, user_id)
        found = [
            (deed.id, deed.label) for deed in deeds_in_voice(state, self._guild_here(), user_id) if not deed.obstacle
        ]
        menu = [MenuRow(name, label, "") for name, label in [*found, ("profile", _("Profile"))]]

        def left(row_id: str | None) -> None:
            if row_id == "profile":
                self.post_message(message_gestures.ProfileAsked(user_id))
            elif row_id is not None:
                self.do_in_voice(row_id, user_id)

        self.app.push_screen(ActionMenu(menu, person), left)

    def choose_in_room(self, user_id: int) -> bool:
        """List what can be done with somebody in the room in view; return whether they are there. The subject of rooms does."""
        return False

    def _guild_here(self) -> int | None:
        guild = (
            self.state.guild_of(self.chosen.channel_id) if self.state is not None and self.chosen.channel_id else None
        )
        return int(guild.guild.id) if guild is not None else None

    def _name_of_voice(self, state: "State", user_id: int) -> str:
        user = state.users.get(user_id)
        if user is None or self.chosen.channel_id is None:
            return _("somebody")
        return safe_name(state.display_name(self.chosen.channel_id, user))

    def do_in_voice(self, deed: str, user_id: int) -> None:
        """Do what a menu offered with somebody in voice (`voice_deeds`)."""
        state, client = self.state, self.client
        if state is None or client is None:
            return
        if deed == "volume":
            from tuichat.tui.screens.call.volume import VolumeDialog

            self.app.push_screen(VolumeDialog(self.desk, client.key, user_id, self._name_of_voice(state, user_id)))
            return
        guild_id = self._guild_here()
        guild = state.guilds.get(guild_id or 0)
        voice = guild.voice_states.get(user_id) if guild is not None else None
        if guild is None or guild_id is None or voice is None:
            self.app.notify(_("They are in no voice channel any more."), timeout=3)
            return
        moderation = client.voice.moderation
        match deed:
            case "voice_mute":
                self.attempt(moderation.mute(guild_id, user_id, is_muted=not voice.mute))
            case "voice_deafen":
                self.attempt(moderation.deafen(guild_id, user_id, is_deafened=not voice.deaf))
            case "voice_disconnect":
                self.attempt(moderation.disconnect(guild_id, user_id))
            case "voice_move":
                self._pick_move(guild_id, user_id, voice.channel_id)

    def _pick_move(self, guild_id: int, user_id: int, here_id: int | None) -> None:
        from tuichat.tui.screens.choice_dialog import ChoiceDialog
        from tuichat.tui.widgets.choice_rows import ChoiceRow

        state, client = self.state, self.client
        guild = state.guilds.get(guild_id) if state is not None else None
        if state is None or client is None or guild is None:
            return
        others = [state.channels[each] for each in guild.channel_ids if each in state.channels and each != here_id]
        choices = [ChoiceRow(str(int(each.id)), title_of(each)) for each in others if each.type in VOICE_CHANNELS]
        if not choices:
            self.app.notify(_("There is no other voice channel here."), timeout=3)
            return

        def picked(key: str | None) -> None:
            if key is not None:
                self.attempt(client.voice.moderation.move(guild_id, user_id, int(key)))

        self.app.push_screen(ChoiceDialog(_("Move to"), choices), picked)
