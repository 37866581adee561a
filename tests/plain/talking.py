"""A plain session over accounts that live in memory: what is typed goes in, what was printed comes out."""

import io
from collections.abc import Awaitable, Callable, Sequence

from tests.tui.samples import GENERAL, NOW, FakeAccounts, FakeClient, sample_state
from tuichat.client.line_history import LineHistory
from tuichat.client.voice_desk import VoiceDesk
from tuichat.commands.command import Registry, registry
from tuichat.commands.engine import Engine
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings
from tuichat.plain.account_commands import AccountCommands
from tuichat.plain.bot_lines import BotLines
from tuichat.plain.going_commands import GoingCommands
from tuichat.plain.message_commands import MessageCommands
from tuichat.plain.printer import Printer
from tuichat.plain.session import Session
from tuichat.protocol.message import Message


async def _no_thought() -> None:
    pass


class Answers:
    """Gives the lines of a list, and remembers what was asked."""

    def __init__(self, *, is_terminal: bool = True) -> None:
        self.is_terminal = is_terminal
        self.lines: list[str] = []
        self.questions: list[str] = []
        self.recalled: list[str] = []
        self.thought: Callable[[], Awaitable[None]] = _no_thought  # what the user waits for before answering

    def recall(self, lines: Sequence[str]) -> None:
        self.recalled = list(lines)

    async def read(self, prompt: str = "", *, is_secret: bool = False, is_answer: bool = True) -> str | None:
        self.questions.append(prompt)
        await self.thought()
        return self.lines.pop(0) if self.lines else None

    def typed(self) -> str | None:
        return None

    def close(self) -> None:
        pass


class Talk:
    """One session; `new()` returns what was printed since it was asked last."""

    def __init__(
        self,
        *clients: FakeClient,
        settings: Settings | None = None,
        is_terminal: bool = True,
        takes_commands: bool = False,
        desk: VoiceDesk | None = None,
    ) -> None:
        self.client = clients[0] if clients else FakeClient(sample_state())
        self.accounts = FakeAccounts(*(clients or (self.client,)))
        self.answers = Answers(is_terminal=is_terminal)
        self._written = io.StringIO()
        printer = Printer(self._written, self._written)
        self.session = Session(
            self.accounts.as_accounts(),
            settings or Settings(),
            self.answers,
            printer,
            takes_commands=takes_commands,
            now=lambda: NOW.astimezone(),
            desk=desk,
            lines=LineHistory(Profile()),
        )
        self.commands = commands = Registry(registry)
        for subject in (GoingCommands, MessageCommands, AccountCommands, BotLines):
            subject(self.session, commands)
        self.session.engine = Engine(commands)

    def new(self) -> list[str]:
        written = self._written.getvalue().splitlines()
        self._written.seek(0)
        self._written.truncate()
        return written

    async def open(self, channel_id: int = GENERAL) -> list[str]:
        self.session.open_channel(self.client.key, channel_id)
        await self.session.settle()
        return self.new()

    async def type(self, line: str, answers: Sequence[str] = ()) -> list[str]:
        self.answers.lines += answers
        await self.session.submit(line)
        return self.new()

    def number_of(self, message: Message) -> int:
        here = self.session.here
        assert here is not None
        record = self.session.printed.find(here, message.id)
        assert record is not None
        return record.number
