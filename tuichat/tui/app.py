"""The program on the screen: paints first, then connects the accounts of a profile."""

import asyncio
import gc
import logging
import os
import shutil
import signal
import sys
import warnings
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.console import RenderableType
from textual.binding import BindingType
from textual.css.query import NoMatches
from textual.notifications import Notify
from textual.screen import Screen
from textual.theme import Theme
from textual.worker import WorkerFailed

from tuichat.client.live_desk import LiveDesk
from tuichat.config.choices import Choices
from tuichat.errors import TuichatError
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.call_app import CallApp
from tuichat.tui.chooser import ScreenChooser
from tuichat.tui.faults import log_fault
from tuichat.tui.images.mode import must_ask
from tuichat.tui.key_table import KeyTable
from tuichat.tui.loading import Loading, start_server
from tuichat.tui.messages.highlighting import HIGHLIGHTER
from tuichat.tui.notifier import Notifier
from tuichat.tui.screens.chat.screen import ChatScreen
from tuichat.tui.screens.chat.voice import title_of
from tuichat.tui.styles.kept_rules import KeptStylesheet
from tuichat.tui.styles.themes import DARK, THEMES

if TYPE_CHECKING:
    from tuichat.automation.automation import Automation
    from tuichat.client.session import Accounts
    from tuichat.client.voice_desk import VoiceDesk
    from tuichat.config.paths import Profile
    from tuichat.config.schema import Settings
    from tuichat.tui.cell_diff import ShortUpdates
    from tuichat.tui.screens.welcome import WelcomeScreen
    from tuichat.tui.terminal_answers import TerminalAnswered
    from tuichat.tui.terminal_queries import Answers

log = logging.getLogger(__name__)

EXIT_BUG = 70  # EX_SOFTWARE of sysexits.h
MAX_NOTICES = 2  # shown at once (taste)
FREEZE_AFTER_S = 2.0  # by then what lives for the whole run has been made
END_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


def _now() -> datetime:
    return datetime.now().astimezone()


class TuichatApp(CallApp):
    """`accounts` is for tests and the demo; None means those of the profile, connected after the first paint."""

    CSS_PATH = Path(__file__).parent / "styles" / "tuichat.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.APP)
    TITLE = "tuichat"

    def __init__(
        self,
        profile: "Profile",
        settings: "Settings",
        *,
        accounts: "Accounts | None" = None,
        now: Callable[[], datetime] = _now,
    ) -> None:
        super().__init__(driver_class=_driver_class(), ansi_color=True if _wants_no_colour() else None)
        self.stylesheet = KeptStylesheet(variables=self.get_css_variables())
        self.profile = profile
        self.settings = settings
        self.choices = Choices(profile)
        self.terminal_answers: Answers | None = None
        self.key_table = KeyTable()
        self._short_updates: ShortUpdates | None = None
        self._given_accounts = accounts
        self._accounts: Accounts | None = None
        self._automation: Automation | None = None
        self.chat = ChatScreen(settings, now=now)
        self.use_desk(LiveDesk(settings.voice, name_channel=title_of))
        self.chat.choose = self.choose
        self.chat.chooser = ScreenChooser(lambda: self.settings, self.choose, lambda: self.key_table)
        self.chat.show_theme = self.show_theme
        self.chat.show_language = self.show_language
        self.chat.use_notifier(Notifier(self._send))
        self._log_path: Path = profile.state_dir / "client.log"
        self._theme_fault = self.show_theme(settings.ui.theme)
        self._use_keys()
        self._use_link(settings.ui.slow_link)

    # Settings, live.

    async def choose(self, table: str, key: str, value: object) -> None:
        """Keep a setting that was chosen on the screen, for this profile, and use it at once; None takes the choice back.

        Raises ConfigError for a value that does not fit, PrivateFileError when it cannot be written.
        """
        await asyncio.to_thread(self.choices.put, table, key, value)
        self.use_settings(await asyncio.to_thread(_read_settings, self.choices))

    def use_settings(self, settings: "Settings") -> None:
        """Show everything as these settings have it."""
        has_other_language = settings.ui.language != self.settings.ui.language
        self.settings = settings
        self._tell_theme_fault(self.show_theme(settings.ui.theme))
        self._use_keys()
        self._use_link(settings.ui.slow_link)
        self.chat.use_settings(settings)
        if has_other_language:
            self.show_language(settings.ui.language)

    def show_theme(self, name: str) -> str:
        """Show these colours from now on. Return what is wrong with them: then the dark ones are shown; empty when all is well."""
        fault = ""
        if self.console.color_system == "standard":
            name = "ansi"  # sixteen colours are the terminal's own
        try:
            theme = THEMES[name] if name in THEMES else _own_theme(name)
        except TuichatError as error:
            theme, fault = DARK, str(error)
        except Exception as error:
            log_fault("reading the theme", error)
            theme, fault = DARK, _("These colours cannot be used; `tuichat logs` says where it failed.")
        self.register_theme(theme)
        self.theme = theme.name
        return fault

    def show_language(self, setting: str) -> str:
        """Speak this language from now on, empty for the system's. Return nothing: where it lacks words, they are English."""
        from tuichat.config.language import use_language
        from tuichat.config.paths import config_dir

        use_language(setting, os.environ, config_dir() / "locale")
        self.desk.use_language(setting)
        self._use_keys()
        self.chat.language_changed()
        return ""

    def _tell_theme_fault(self, fault: str) -> None:
        if fault:
            self.notify(safe_line(fault), severity="warning", markup=False, timeout=10)

    def _use_keys(self) -> None:
        settings = self.settings
        self.key_table = KeyTable(settings.keys.set, settings.keys.leader, settings.keys.bind)
        self.set_keymap(self.key_table.keymap())
        self.chat.use_keys(self.key_table)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        # The style sheet is read before the theme is set.
        return DARK.variables

    def get_default_screen(self) -> Screen[None]:
        return self.chat

    # Voice.

    def use_desk(self, desk: "VoiceDesk") -> None:
        super().use_desk(desk)
        self.chat.use_desk(desk)

    def show_channel(self, account_key: str, channel_id: int) -> None:
        while len(self.screen_stack) > 1 and self.screen is not self.chat:
            self.pop_screen()
        self.chat.open_channel(account_key, channel_id)

    def action_open_told(self, number: int) -> None:
        """Come into the room that a notice told of, which was clicked."""
        while len(self.screen_stack) > 1 and self.screen is not self.chat:
            self.pop_screen()
        self.chat.open_told(number)

    def action_open_reminded(self, number: int) -> None:
        """Go to the event that a notice reminded of, which was clicked."""
        while len(self.screen_stack) > 1 and self.screen is not self.chat:
            self.pop_screen()
        self.chat.open_reminded(number)

    # Life.

    def on_mount(self) -> None:
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in END_SIGNALS:
                loop.add_signal_handler(number, self._end, number)
        self.app_resume_signal.subscribe(self, self._resumed)
        HIGHLIGHTER.on_wanted = self._load_language
        self.call_after_refresh(self._painted)

    def text_changed(self) -> None:
        self.chat.names_changed()

    @property
    def asks_pictures(self) -> bool:
        """Whether the driver is to ask the terminal how it shows pictures; the answer comes at any time."""
        return must_ask(self.settings.ui.images, os.environ, None if self.no_color else self.console.color_system)

    def on_terminal_answered(self, event: "TerminalAnswered") -> None:
        self.terminal_answers = event.answers
        if self.chat.gallery is not None:  # else it begins with this
            self.chat.show_pictures()

    def _end(self, number: int) -> None:
        log.info("ended by %s", signal.Signals(number).name)
        self.exit(128 + number)

    def action_suspend(self) -> None:
        """Stop, and leave the terminal to the shell until it says `fg`."""
        if not getattr(self._driver, "has_shell", False):
            self.notify(_("There is no shell here that could bring tuichat back, so it stays."), severity="warning")
            return
        if self.chat.is_attached:
            self.chat.keep_words()
        self.action_suspend_process()

    def _resumed(self, _app: object) -> None:
        """Draw the whole screen, and look for servers that went away meanwhile."""
        self.refresh(layout=True)
        self.screen.refresh()
        for client in self._accounts.clients.values() if self._accounts is not None else ():
            client.reconnect_now()

    def _painted(self) -> None:
        """Go on with what takes time, now that there is something to see."""
        self._tell_theme_fault(self._theme_fault)
        self.run_worker(self._start(), group="start")
        self.set_timer(FREEZE_AFTER_S, _freeze)

    async def _start(self) -> None:
        from tuichat.config.accounts import PersonalAddress

        loading = Loading(self.profile, self.chat)
        accounts = self._given_accounts
        welcome: WelcomeScreen | None = None
        if accounts is None:
            records = await loading.known_accounts()
            if not records:
                welcome = await self._welcome()
                welcome.start_server()
            elif any(isinstance(record.address, PersonalAddress) for record in records):
                self.run_worker(start_server(), group="server")
            accounts = await loading.accounts(self.settings)
        self._accounts = accounts
        await loading.books(self.desk)
        self.chat.attach(accounts)
        if welcome is not None:
            welcome.attach(accounts)
        else:
            await accounts.start_all()
            self.chat.accounts_changed()
        if self._given_accounts is None:
            self._automate(accounts)

    def _automate(self, accounts: "Accounts") -> None:
        """Let programs take part, and the user's own bindings, as long as tuichat runs."""
        from tuichat.automation.automation import Automation
        from tuichat.automation.site import RunningSite

        site = RunningSite(accounts, lambda: self.settings, self.desk, self.chat.command_context)
        self._automation = Automation(site)
        self._automation.start()

    def _load_language(self, lexer: str) -> None:
        """Have code in a language coloured, as soon as what reads it is imported."""

        async def load() -> None:
            await asyncio.to_thread(HIGHLIGHTER.load, lexer)
            self.chat.messages.names_changed()

        self.run_worker(load(), group="highlighting")

    async def _welcome(self) -> "WelcomeScreen":
        from tuichat.tui.screens.welcome import WelcomeScreen, suggested_name

        screen = WelcomeScreen(suggested_name(self.profile))
        await self.push_screen(screen, self._welcomed)
        return screen

    def _welcomed(self, account_key: str | None) -> None:
        self.chat.accounts_changed()
        self.chat.composer.focus()
        if account_key:
            self.chat.go_to_account(account_key)
        else:
            self.chat.action_servers()

    async def action_own_server(self) -> None:
        """Start the server on this computer for who began with another one."""
        accounts = self._accounts
        if accounts is not None:
            (await self._welcome()).attach(accounts)

    def exit(self, result: int | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        if self.is_running and self.screen_stack and self.chat.is_attached:
            self.chat.keep_words()
        super().exit(result, return_code, message)

    async def on_unmount(self) -> None:
        if self._automation is not None:
            await self._automation.close()
        await self.chat.stop()
        if self._accounts is not None and self._given_accounts is None:
            await self._accounts.close()

    def copy_to_clipboard(self, text: str) -> None:
        """Copy by OSC 52, which reaches the user's terminal through SSH too, and by what this machine has."""
        from tuichat.tui import clipboard

        part, is_all = clipboard.osc52_text(text)
        super().copy_to_clipboard(part)
        self._clipboard = text
        if not self.is_headless:
            self.run_worker(partial(self._copy_here, text, is_all), thread=True, group="clipboard")

    def _copy_here(self, text: str, is_all: bool) -> None:
        from tuichat.tui import clipboard

        commands = clipboard.programs(os.environ, shutil.which, sys.platform)
        if not clipboard.copy_by(commands, text) and not is_all:
            words = _("A terminal takes {limit} bytes at once: what comes after them was not copied.")
            sentence = words.format(limit=clipboard.MAX_OSC52_BYTES)
            self.call_from_thread(self.notify, sentence, severity="warning", timeout=8)

    def _display(self, screen: Screen[object], renderable: "RenderableType | None") -> None:
        """Draw as Textual does, but only what the terminal does not show yet."""
        if self._short_updates is not None:
            renderable = self._short_updates.shortened(renderable, self.size, getattr(self._driver, "times_begun", 0))
        super()._display(screen, renderable)

    def _use_link(self, setting: str) -> None:
        """Send no more than the terminal needs; on a slow link fewer frames, too."""
        is_slow = setting == "on" or (setting == "auto" and bool(os.environ.get("SSH_CONNECTION")))
        self.chat.draw_seldom(is_slow=is_slow)
        if setting == "off":
            self._short_updates = None
        elif self._short_updates is None:
            from tuichat.tui.cell_diff import ShortUpdates

            self._short_updates = ShortUpdates()

    def write_past_screen(self, text: str) -> None:
        """Write what is no cells, such as a picture in sixels; the cells below it are drawn anew with the next update."""
        if self._driver is not None and not self.is_headless:
            self._driver.write(text)
            if self._short_updates is not None:
                self._short_updates.forget()

    def watch_title(self, title: str) -> None:
        set_title = getattr(self._driver, "set_title", None)
        if set_title is not None and not self.is_headless:
            set_title(title)

    def _send(self, text: str) -> None:
        """Write to the terminal what is not for its screen."""
        send = getattr(self._driver, "send", None)
        if send is not None and not self.is_headless:
            send(text)

    def on_notify(self, event: Notify) -> None:
        """Make room for a notice: the newest few stay, and one that says the same as another takes its place."""
        shown = list(self._notifications)
        equal = [notice for notice in shown if notice.message == event.notification.message]
        others = [notice for notice in shown if notice not in equal]
        for old in [*equal, *others[: max(0, len(others) - MAX_NOTICES + 1)]]:
            self._unnotify(old, refresh=False)

    # Faults.

    def _handle_exception(self, error: Exception) -> None:
        if (self._exit or self._closing) and isinstance(error, WorkerFailed) and isinstance(error.error, NoMatches):
            log.debug("work met a screen that was being taken down", exc_info=error)
            return
        log.error("the screen failed", exc_info=error)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        # A traceback on the screen would hold people's messages; the log says what happened, without them.
        self.bell()
        self._exit_renderables = [
            safe_line(
                _(
                    "tuichat stopped because of a fault of its own. The log says where: {log_path} (tuichat logs)."
                ).format(log_path=self._log_path)
            )
        ]
        self._close_messages_no_wait()


def _own_theme(name: str) -> Theme:
    from tuichat.config.paths import config_dir
    from tuichat.tui.styles.own_themes import read

    return read(config_dir() / "themes", name)


def _read_settings(choices: Choices) -> "Settings":
    from tuichat.config.loader import load

    return choices.over(load())


def _wants_no_colour() -> bool:
    return bool(os.environ.get("NO_COLOR"))


def _driver_class() -> "type[TerminalDriver] | None":
    if sys.platform == "win32" or not sys.__stdin__ or not sys.__stdin__.isatty():
        return None
    from tuichat.tui.terminal_driver import TerminalDriver

    return TerminalDriver


if TYPE_CHECKING:
    from tuichat.tui.terminal_driver import TerminalDriver


def _freeze() -> None:
    """Take what is there for good out of the garbage collector's sight: its pauses were measured at 60 ms."""
    gc.collect()
    gc.freeze()
    gc.enable()


def run(profile: "Profile", settings: "Settings") -> int:
    """Show the screen until the user quits; return the exit code."""
    return run_app(TuichatApp(profile, settings))


def run_app(app: TuichatApp) -> int:
    gc.disable()  # until `_freeze`: a collection in the middle of the first frame took a quarter of its time
    try:
        result = app.run()
    finally:
        gc.enable()
        # Work that was asked for in the last moment is not begun: nothing that the user's shell should be told.
        warnings.filterwarnings("ignore", "coroutine '.*' was never awaited", RuntimeWarning)
    if app.return_code and result is None:
        return EXIT_BUG
    return result or 0
