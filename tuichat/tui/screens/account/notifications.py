"""What calls you: on this computer, in the server and the channel that are open, and in private messages."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.client import notice_levels
from tuichat.client.errors import ClientError
from tuichat.client.notice_levels import PRIVATE, Level
from tuichat.errors import TuichatError
from tuichat.protocol.guild_settings import MuteConfig
from tuichat.text.channel_names import channel_name
from tuichat.text.notice_text import Notice
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import N_, _
from tuichat.tui import keys
from tuichat.tui.screens.choice_dialog import ChoiceDialog
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.screens.field_form import FieldForm, FieldSpec
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows

if TYPE_CHECKING:
    from tuichat.client.client import Client
    from tuichat.config.schema import Settings
    from tuichat.tui.notifier import Notifier

LEVELS = {
    Level.ALL: N_("all messages"),
    Level.MENTIONS: N_("mentions only"),
    Level.NOTHING: N_("nothing"),
}
METHODS = {
    "auto": N_("what is found out"),
    "osc9": N_("the terminal, OSC 9"),
    "osc777": N_("the terminal, OSC 777"),
    "osc99": N_("the terminal, OSC 99"),
    "desktop": N_("the desktop"),
    "bell": N_("the bell"),
    "none": N_("not at all"),
}
EVENT_MINUTES = {
    "0": N_("not at all"),
    "5": N_("5 minutes before"),
    "15": N_("15 minutes before"),
    "30": N_("30 minutes before"),
    "60": N_("an hour before"),
}
MUTES_S = {
    "900": N_("for 15 minutes"),
    "3600": N_("for an hour"),
    "28800": N_("for 8 hours"),
    "86400": N_("for 24 hours"),
    "0": N_("until I turn it on again"),
}
UNMUTE = "unmute"
Keep = Callable[[str, str, object], Awaitable[None]]


class QuietHoursForm(FieldForm):
    def __init__(self, hours: str, keep: Keep) -> None:
        super().__init__()
        self._hours = hours
        self._keep = keep

    def heading(self) -> str:
        return _("Quiet hours")

    def note(self) -> str:
        return _("No notices between these times, by this computer's clock. Empty: always on.")

    def fields(self) -> list[FieldSpec]:
        return [FieldSpec("hours", _("From - to"), self._hours, "22:00-07:00")]

    def label(self) -> str:
        return _("save")

    async def submit(self) -> str | None:
        try:
            await self._keep("notifications", "quiet_hours", self.value("hours").replace(" ", ""))
        except TuichatError:
            self.show_fault(_("Write two times of the day, such as 22:00-07:00."))
            return None
        return _("Saved.")


class NotificationsScreen(Dialog[None]):
    """Every choice holds at once."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(
        self,
        client: "Client",
        channel_id: int | None,
        settings: "Callable[[], Settings]",
        keep: Keep,
        notifier: "Notifier | None",
        *,
        reports_focus: bool,
        now_ms: Callable[[], int],
    ) -> None:
        """`settings` returns those in use, `keep` changes one; `now_ms` is Unix time."""
        super().__init__()
        self._client = client
        self._channel_id = channel_id
        self._chosen_guild_id = PRIVATE  # where no channel is meant
        self._settings_now = settings
        self._keep = keep
        self._notifier = notifier
        self._reports_focus = reports_focus
        self._now_ms = now_ms

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall -large"):
            yield Static(_("Notifications"), classes="dialog-title", markup=False)
            yield ChoiceRows(self._choose, id="choices")
            yield Static("", id="note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        words = _("enter changes it · esc goes back")
        if not self._reports_focus:
            words += "\n" + _(
                "Your terminal has not said whether you look at it (tmux: focus-events on): the channel in front counts as read."
            )
        self.query_one("#note", Static).update(words)
        self._show_rows()
        rows = self.query_one(ChoiceRows)
        rows.move_cursor_to("do_not_disturb")
        rows.focus()

    @property
    def _guild_id(self) -> int:
        if self._channel_id is None:
            return self._chosen_guild_id
        return notice_levels.guild_id_of(self._client.state, self._channel_id)

    def _guild_names(self) -> dict[str, str]:
        """Return the servers that can be chosen, private messages among them, by id."""
        guilds = self._client.state.guilds.items()
        names = {str(int(guild_id)): safe_name(guild.guild.name) for guild_id, guild in guilds}
        return names | {str(PRIVATE): _("Private messages")}

    async def _show_guild(self, key: str) -> None:
        self._channel_id, self._chosen_guild_id = None, int(key)

    def _show_rows(self) -> None:
        self.query_one(ChoiceRows).show_rows(self._rows())

    def _rows(self) -> list[ChoiceRow]:
        wanted = self._settings_now().notifications
        yes = {True: _("yes"), False: _("no")}
        way = _(METHODS[wanted.method])
        if wanted.method == "auto" and self._notifier is not None:
            found = _(METHODS[self._notifier.way(self._settings_now()).value])
            way = _("{way}, found out").format(way=found)
        return [
            ChoiceRow("", _("On this computer")),
            ChoiceRow("do_not_disturb", _("Do not disturb"), yes[wanted.do_not_disturb]),
            ChoiceRow("quiet_hours", _("Quiet hours"), wanted.quiet_hours or _("none")),
            ChoiceRow("method", _("Shown by"), way),
            ChoiceRow("show_text", _("Show what was written"), yes[wanted.show_text]),
            ChoiceRow("bell", _("Ring at a mention"), yes[wanted.bell]),
            ChoiceRow("event_minutes", _("Events that interest me"), _event_words(wanted.event_minutes)),
            ChoiceRow("try", _("Try it now")),
            *self._guild_rows(yes),
            ChoiceRow("", ""),
            ChoiceRow("elsewhere", _("Another server")),
        ]

    def _guild_rows(self, yes: dict[bool, str]) -> list[ChoiceRow]:
        state, guild_id = self._client.state, self._guild_id
        settings = notice_levels.settings_of(state, guild_id)
        guild = state.guilds.get(guild_id)
        name = safe_name(guild.guild.name) if guild else _("Private messages")
        rows = [ChoiceRow("", name)]
        if guild is not None:
            rows.append(ChoiceRow("guild_level", _("Calls for"), _(LEVELS[notice_levels.guild_level(state, guild_id)])))
        rows.append(ChoiceRow("guild_mute", _("Muted"), self._mute(settings.muted, settings.mute_config)))
        if guild is not None:
            rows.append(ChoiceRow("everyone", _("@everyone and @here count"), yes[not settings.suppress_everyone]))
            rows.append(ChoiceRow("roles", _("Mentions of my roles count"), yes[not settings.suppress_roles]))
        channel = state.channels.get(self._channel_id or 0)
        if channel is None:
            return rows
        override = notice_levels.override_of(state, channel.id)
        rows.append(ChoiceRow("", f"#{channel_name(channel)}" if guild else channel_name(channel)))
        if guild is not None:
            own = override.message_notifications
            level = _(LEVELS[notice_levels.level(state, channel.id)])
            value = level if own in set(LEVELS) else _("as the server: {level}").format(level=level)
            rows.append(ChoiceRow("channel_level", _("Calls for"), value))
        rows.append(ChoiceRow("channel_mute", _("Muted"), self._mute(override.muted, override.mute_config)))
        category = state.channels.get(notice_levels.category_of(state, channel.id) or 0)
        if category is not None:
            whole = notice_levels.override_of(state, category.id)
            rows.append(ChoiceRow("", channel_name(category)))
            rows.append(ChoiceRow("category_mute", _("Category muted"), self._mute(whole.muted, whole.mute_config)))
        return rows

    def _mute(self, is_muted: bool, config: MuteConfig | None) -> str:
        if not is_muted:
            return _("no")
        end_ms = notice_levels.mute_end_ms(config)
        if end_ms is None:
            return _("until I turn it on again")
        minutes = max(1, -(-(end_ms - self._now_ms()) // 60_000))
        if minutes < 120:
            return _("{count} more minutes").format(count=minutes)
        return _("{count} more hours").format(count=round(minutes / 60))

    # What was chosen.

    def _choose(self, name: str) -> None:
        wanted = self._settings_now().notifications
        match name:
            case "do_not_disturb" | "show_text" | "bell":
                self._attempt(self._keep("notifications", name, not getattr(wanted, name)))
            case "method":
                self._pick(
                    _("Shown by"), METHODS, wanted.method, lambda key: self._keep("notifications", "method", key)
                )
            case "quiet_hours":
                self.app.push_screen(QuietHoursForm(wanted.quiet_hours, self._keep), lambda _done: self._show_rows())
            case "event_minutes":
                self._pick(
                    _("Events that interest me"),
                    EVENT_MINUTES,
                    str(wanted.event_minutes),
                    lambda key: self._keep("notifications", "event_minutes", int(key)),
                )
            case "try":
                self._try()
            case "elsewhere":
                self._pick(_("Another server"), self._guild_names(), str(int(self._guild_id)), self._show_guild)
            case _:
                self._choose_place(name)

    def _choose_place(self, name: str) -> None:
        state, notices, guild_id, channel_id = (
            self._client.state,
            self._client.notices,
            self._guild_id,
            self._channel_id,
        )
        settings = notice_levels.settings_of(state, guild_id)
        match name:
            case "guild_level":
                levels = {str(int(level)): words for level, words in LEVELS.items()}
                chosen = str(int(notice_levels.guild_level(state, guild_id)))
                self._pick(
                    _("Calls for"), levels, chosen, lambda key: notices.set_guild_level(guild_id, Level(int(key)))
                )
            case "everyone":
                change = notices.suppress(
                    guild_id, everyone=not settings.suppress_everyone, roles=settings.suppress_roles
                )
                self._attempt(change)
            case "roles":
                change = notices.suppress(
                    guild_id, everyone=settings.suppress_everyone, roles=not settings.suppress_roles
                )
                self._attempt(change)
            case "guild_mute":
                self._pick_mute(
                    settings.muted,
                    lambda end: notices.mute_guild(guild_id, end),
                    lambda: notices.unmute_guild(guild_id),
                )
            case "channel_level" if channel_id is not None:
                levels = {"3": N_("as the server")} | {str(int(level)): words for level, words in LEVELS.items()}
                chosen = str(notice_levels.override_of(state, channel_id).message_notifications)
                self._pick(
                    _("Calls for"), levels, chosen, lambda key: notices.set_channel_level(channel_id, Level(int(key)))
                )
            case "channel_mute" if channel_id is not None:
                self._pick_mute(
                    notice_levels.override_of(state, channel_id).muted,
                    lambda end: notices.mute_channel(channel_id, end),
                    lambda: notices.unmute_channel(channel_id),
                )

            case "category_mute" if channel_id is not None:
                category_id = notice_levels.category_of(state, channel_id)
                if category_id is not None:
                    self._pick_mute(
                        notice_levels.override_of(state, category_id).muted,
                        lambda end: notices.mute_channel(category_id, end),
                        lambda: notices.unmute_channel(category_id),
                    )

    def _pick(
        self, heading: str, choices: dict[str, str], chosen: str, change: Callable[[str], Awaitable[None]]
    ) -> None:
        rows = [ChoiceRow(key, _(words), "✓" if key == chosen else "") for key, words in choices.items()]

        def picked(key: str | None) -> None:
            if key is not None:
                self._attempt(change(key))

        self.app.push_screen(ChoiceDialog(heading, rows, chosen=chosen), picked)

    def _pick_mute(
        self,
        is_muted: bool,
        mute: Callable[[int | None], Awaitable[None]],
        unmute: Callable[[], Awaitable[None]],
    ) -> None:
        choices = ({UNMUTE: N_("turn it on again")} if is_muted else {}) | MUTES_S

        def change(key: str) -> Awaitable[None]:
            if key == UNMUTE:
                return unmute()
            return mute(self._now_ms() + int(key) * 1000 if int(key) else None)

        self._pick(_("Mute"), choices, "", change)

    def _attempt(self, change: Awaitable[None]) -> None:
        async def attempted() -> None:
            try:
                await change
            except (ClientError, TuichatError) as error:
                self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
            if self.is_attached:
                self._show_rows()

        self.run_to_end(attempted())

    def _try(self) -> None:
        if self._notifier is not None:
            body = _("This is how somebody's words look.")
            self._notifier.show(Notice("tuichat", body, ("", 0)), self._settings_now())

    def action_close(self) -> None:
        self.dismiss(None)


def _event_words(minutes: int) -> str:
    known = EVENT_MINUTES.get(str(minutes))
    return _(known) if known else _("{count} minutes before").format(count=minutes)
