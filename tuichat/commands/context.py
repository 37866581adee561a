"""Where a command was typed: the account, the channel, the screen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from tuichat.client.client import Client
from tuichat.client.line_history import LineHistory
from tuichat.client.state import GuildState
from tuichat.client.voice_desk import VoiceDesk
from tuichat.commands.errors import CommandError
from tuichat.commands.screen import Screen, Severity
from tuichat.protocol.message import Message
from tuichat.translation import _

if TYPE_CHECKING:
    from tuichat.commands.choosing import Chooser
    from tuichat.commands.jobs import Jobs
    from tuichat.commands.recorder import Recorder


class Carrier(Protocol):
    """Carries out lines that a line stands for."""

    async def carry_out(self, line: str, context: "CommandContext") -> "Outcome":
        """Carry a line out as if it was typed, and return when what it sends has arrived."""
        ...

    def has_command(self, name: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """A message that somebody looked for or named, and where it is."""

    client: Client
    channel_id: int
    message: Message


@dataclass(frozen=True, slots=True)
class CommandContext:
    """`client` is the account of the current channel, None where none is chosen; `screen` and `desk` None in a script.

    `lines` are those that were entered, None where none are kept; `chooser` keeps settings; `jobs` go on while a person does
    something else, None where a line is waited for; `recorder` records what the person enters. `engine` is who carries this
    line out, and others that it stands for, `depth` how many lines it stands in. `given` has the arguments before one whose
    values are offered.

    In a script names are addresses, which mean the same whatever is open; `default_guild` is meant where one names none.
    `fill` puts data into each argument of this line after it was read, so that data is never another argument, nor a command.
    `find_numbered` knows a message by the number that was printed before it, where lines are numbered; it returns None for
    what is no such number, and raises CommandError for one that means nothing any more.
    """

    client: Client | None = None
    channel_id: int | None = None
    screen: Screen | None = None
    clients: Mapping[str, Client] = field(default_factory=dict)
    reply_to: int | None = None
    desk: VoiceDesk | None = None
    lines: LineHistory | None = None
    is_script: bool = False
    default_guild: str = ""
    find_numbered: Callable[[str], FoundMessage | None] | None = None
    chooser: "Chooser | None" = None
    jobs: "Jobs | None" = None
    recorder: "Recorder | None" = None
    engine: "Carrier | None" = None
    depth: int = 0
    given: Mapping[str, str] = field(default_factory=dict)
    fill: Callable[[str], str] | None = None

    def require_client(self) -> Client:
        if self.client is not None:
            return self.client
        if len(self.clients) == 1:
            return next(iter(self.clients.values()))
        raise CommandError(_("Choose a server first: which account this is for cannot be told."))

    def known_clients(self) -> Mapping[str, Client]:
        """Return the accounts that an address may name."""
        return self.clients or ({self.client.key: self.client} if self.client is not None else {})

    def require_channel(self) -> int:
        if self.channel_id is None:
            raise CommandError(
                _("It is not said in which channel: --in names one, as in --in '#general'.")
                if self.is_script
                else _("Choose a channel first.")
            )
        return self.channel_id

    def require_screen(self, command: str) -> Screen:
        if self.screen is None:
            raise CommandError(_("/{command} needs a screen.").format(command=command))
        return self.screen

    def require_chooser(self) -> "Chooser":
        if self.chooser is None:
            raise CommandError(_("No settings can be changed here."))
        return self.chooser

    def require_engine(self) -> "Carrier":
        if self.engine is None:
            raise CommandError(_("No other lines can be carried out here."))
        return self.engine

    def aliases(self) -> Mapping[str, str]:
        return self.chooser.settings.aliases if self.chooser is not None else {}

    def require_desk(self) -> VoiceDesk:
        if self.desk is None:
            raise CommandError(_("Voice needs a running tuichat: there is nobody here who could speak or listen."))
        return self.desk

    def guild(self) -> GuildState | None:
        """Return the guild of the current channel."""
        if self.client is None or self.channel_id is None:
            return None
        return self.client.state.guild_of(self.channel_id)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a line. Where `is_done` is false it stays in the composer; `argument` is the part of it that is wrong.

    `text` is a sentence to show, empty where there is nothing to say; `entry_key` the message that went on its way.
    """

    is_done: bool = True
    text: str = ""
    severity: Severity = Severity.INFORMATION
    entry_key: str | None = None
    argument: tuple[int, int] | None = None
    is_mistake: bool = False  # the line itself is wrong: it would fail the next time, too
    is_late: bool = False  # what was waited for did not come in time
    found: tuple[FoundMessage, ...] = ()  # messages that a command was asked for
