"""Plain mode as a program: from the first line to the exit code."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from tuichat.automation.automation import Automation
from tuichat.automation.site import RunningSite
from tuichat.client.line_history import LineHistory
from tuichat.client.live_desk import LiveDesk
from tuichat.client.session import Accounts
from tuichat.client.state import Connection
from tuichat.client.volume_book import VolumeBook
from tuichat.commands.choosing import KeptChooser
from tuichat.commands.command import Registry, registry
from tuichat.commands.engine import Engine
from tuichat.commands.naming.places import account_name
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings
from tuichat.errors import TuichatError
from tuichat.plain.account_commands import AccountCommands
from tuichat.plain.bot_lines import BotLines
from tuichat.plain.going_commands import GoingCommands
from tuichat.plain.line_source import LineSource, open_source
from tuichat.plain.message_commands import MessageCommands
from tuichat.plain.printer import Printer
from tuichat.plain.session import Session
from tuichat.plain.sign_in import SignIn
from tuichat.text.channel_names import channel_name
from tuichat.text.safe_text import show
from tuichat.text.signs import Kind
from tuichat.translation import _

PROMPT = "> "
CONNECT_LIMIT_S = 60.0  # how long a pipe waits for its server; a person leaves when it takes too long
EXIT_ERROR = 1
END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

T = TypeVar("T")


def run(
    profile: Profile, settings: Settings, channel: str | None = None, why: str = "", *, takes_commands: bool = False
) -> int:
    """Read lines until there are no more; return the exit code. `channel` is opened first; `why` is said before all.

    Lines that nobody types are messages, whatever they look like, unless `takes_commands`.
    Without a terminal on both sides, standard output gets messages and answers alone, standard error what tuichat says.
    """
    show(tuple(Kind))  # lines have no columns that a wide emoji could shift
    has_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    printer = Printer(sys.stdout, sys.stdout if has_terminal else sys.stderr)
    if why:
        printer.say(why)
    return asyncio.run(Program(profile, settings, channel, printer, takes_commands=takes_commands).run())


class Program:
    """One run of plain mode."""

    def __init__(
        self, profile: Profile, settings: Settings, channel: str | None, printer: Printer, *, takes_commands: bool
    ) -> None:
        self._profile = profile
        self._settings = settings
        self._channel = channel
        self._printer = printer
        self._takes_commands = takes_commands
        self._signal = 0

    async def run(self) -> int:
        commands = Registry(registry)
        sessions: list[Session] = []  # the one that is made below

        def suggest(line: str) -> list[str]:
            return [each.text for session in sessions for each in session.engine.suggest(line, session.context())]

        source = open_source(self._printer.say, os.environ, suggest)
        self._printer.typed = source.typed
        accounts = Accounts(self._profile, self._settings)
        volumes = VolumeBook(self._profile)
        await asyncio.to_thread(volumes.load)
        desk = LiveDesk(self._settings.voice, volumes=volumes, name_channel=channel_name)
        session = Session(
            accounts,
            self._settings,
            source,
            self._printer,
            takes_commands=self._takes_commands,
            desk=desk,
            lines=LineHistory(self._profile),
        )
        for subject in (GoingCommands, MessageCommands, AccountCommands, BotLines):
            subject(session, commands)
        session.engine = Engine(commands)
        sessions.append(session)
        session.chooser = KeptChooser(self._profile, self._settings, session.use_settings)
        automation = Automation(RunningSite(accounts, lambda: session.settings, desk, session.context))
        self._printer.on_lost = session.quit
        self._catch_signals(session.quit)
        try:
            await desk.look_for_laptops()
            return await self._talk(session, source, automation)
        finally:
            await automation.close()
            await session.close()
            await accounts.close()
            source.close()

    def _catch_signals(self, leave: Callable[[], None]) -> None:
        def end(number: int) -> None:
            self._signal = number
            leave()

        loop = asyncio.get_running_loop()
        for number in END_SIGNALS:
            loop.add_signal_handler(number, end, number)

    async def _talk(self, session: Session, source: LineSource, automation: Automation) -> int:
        has_begun = await _until_left(session, self._begin(session, source))
        if has_begun:
            if session.takes_commands:  # a pipe of messages ends at once
                automation.start()
            await session.begin_history()
            while (line := await _until_left(session, source.read(PROMPT, is_answer=False))) is not None:
                await _until_left(session, session.submit(line))
            await session.finish()
        if self._signal:
            return 128 + self._signal  # as shells count
        if self._printer.is_lost:
            raise BrokenPipeError
        has_failed = not has_begun or (session.has_failed and not source.is_terminal)
        return EXIT_ERROR if has_failed else 0

    async def _begin(self, session: Session, source: LineSource) -> bool:
        """Connect, and open the first channel; return whether there is anybody to talk as."""
        accounts = session.accounts
        try:
            has_accounts = accounts.has_accounts
            if has_accounts:
                await accounts.start_all()
        except TuichatError as error:
            session.say(str(error))
            return False
        if not has_accounts:
            if not source.is_terminal:
                session.say(_("There is no account in this profile yet: run `tuichat --plain` at a terminal first."))
                return False
            if await SignIn(accounts, source, self._printer).welcome() is None:
                return False
        if not await self._connect(session, source):
            session.say(_("No server could be reached, so nothing was sent."))
            return False
        if source.is_terminal:
            session.begin_reminders()
        return await self._open_first(session, source)

    async def _connect(self, session: Session, source: LineSource) -> bool:
        """Wait until the accounts are connected, or cannot be: a person may do something about those; return false where a
        pipe has nobody to talk to."""

        def is_settled() -> bool:
            states = [client.state.connection for client in session.accounts.clients.values()]
            is_waiting = any(state in (Connection.OFFLINE, Connection.CONNECTING) for state in states)
            if source.is_terminal:
                return not is_waiting
            is_over = all(state is Connection.REFUSED for state in states)
            return is_over or (session.is_connected and not is_waiting)

        await session.wait_until(is_settled, None if source.is_terminal else CONNECT_LIMIT_S)
        if session.is_connected and source.is_terminal:
            names = [
                account_name(client)
                for client in session.accounts.clients.values()
                if client.state.connection is Connection.READY
            ]
            words = _("Connected: {accounts}. /help lists the commands, /quit leaves.")
            session.say(words.format(accounts=", ".join(names)))
        return session.is_connected or source.is_terminal

    async def _open_first(self, session: Session, source: LineSource) -> bool:
        """Open the channel that is wanted, at once or as soon as its server is there; return false where a pipe has none."""
        if session.is_connected or not source.is_terminal:
            has_place = await session.open_first(self._channel)
            return has_place or source.is_terminal
        session.say(_("A channel opens as soon as the server is there; /accounts tells what hinders it."))
        session.open_first_later(self._channel)
        return True


async def _until_left(session: Session, work: Coroutine[Any, Any, T]) -> T | None:
    """Return what work gives, None when the user leaves before."""
    if session.leaving.is_set():
        work.close()
        return None
    working = asyncio.create_task(work)
    leaving = asyncio.create_task(session.leaving.wait())
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        leaving.cancel()
        if not working.done():
            working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await working
