"""`tuichat run`: lines of a script through the one engine of commands, without a screen."""

import os
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tuichat.automation import text_source
from tuichat.automation.events import Events
from tuichat.automation.exit_code import ExitCode
from tuichat.automation.headless import Headless
from tuichat.automation.output import Output
from tuichat.automation.place import Place, find_place
from tuichat.automation.program import run_to_end, say
from tuichat.automation.recording import message_record
from tuichat.automation.records import MessageRecord, ResultRecord
from tuichat.automation.sender import arrived
from tuichat.client.errors import RefusedError
from tuichat.commands.context import Outcome
from tuichat.commands.engine import Engine
from tuichat.commands.errors import CommandError
from tuichat.commands.parser import Call, parse_line
from tuichat.commands.screen import Severity
from tuichat.config.paths import Profile
from tuichat.config.schema import Settings
from tuichat.text import mention_text
from tuichat.translation import _

SHEBANG = "#!"


@dataclass(frozen=True, slots=True)
class RunOrder:
    """What the command line says: lines of its own, else those of a file, else of standard input."""

    commands: tuple[str, ...] = ()
    file: Path | None = None
    channel: str | None = None
    is_json: bool = False
    keeps_going: bool = False


def run(profile: Profile, settings: Settings, order: RunOrder) -> int:
    return run_to_end(_run(profile, settings, order))


async def _run(profile: Profile, settings: Settings, order: RunOrder) -> int:
    descriptor = -1 if order.commands else open_lines(order.file)
    try:
        async with Headless(profile, settings) as accounts:
            place = None if order.channel is None else await find_place(order.channel, accounts)
            output = Output(is_json=order.is_json)
            events = Events(accounts, output.put) if order.is_json else None
            try:
                return await Script(accounts, place, output).run(
                    _lines(order.commands, descriptor), keeps_going=order.keeps_going
                )
            finally:
                if events is not None:
                    events.close()
    finally:
        if order.file is not None and descriptor >= 0:
            os.close(descriptor)


def open_lines(file: Path | None) -> int:
    """Return the descriptor of a file of lines, or of standard input. Raises CommandError for one that cannot be read."""
    if file is None:
        return text_source.standard_input()
    try:
        return os.open(file.expanduser(), os.O_RDONLY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        raise CommandError(
            _("{path} cannot be read: {error}.").format(path=file, error=getattr(error, "strerror", None) or error)
        ) from error


async def _lines(commands: Sequence[str], descriptor: int) -> AsyncIterator[str]:
    if commands:
        for line in commands:
            yield line
        return
    async for line in text_source.script_lines(descriptor):
        yield line


class Script:
    """One script: each line is carried out when the one before is done, messages when they have arrived."""

    def __init__(self, accounts: Headless, place: Place | None, output: Output) -> None:
        self._accounts = accounts
        self._place = place
        self._output = output
        self._engine = Engine()

    async def run(self, lines: AsyncIterator[str], *, keeps_going: bool) -> int:
        """Return the exit code: that of the first line that failed, which ends it unless it `keeps_going`."""
        code = ExitCode.DONE
        number = 0
        async for line in lines:
            number += 1
            if not line.strip() or (number == 1 and line.startswith(SHEBANG)):
                continue
            outcome, message_id = await self._carry_out(line)
            self._tell(number, line, outcome, message_id)
            if not outcome.is_done:
                code = code or _exit_code(outcome)
                if not keeps_going:
                    break
        return code

    async def _carry_out(self, line: str) -> tuple[Outcome, int]:
        """Return what became of a line, and the message that it sent, 0 for none."""
        place = self._place
        if place is not None and _command(line) is None:
            line = mention_text.encode(line, place.client.state, place.channel_id)
        context = self._accounts.context(
            place.client if place is not None else None, place.channel_id if place is not None else None
        )
        outcome = await self._engine.submit(line, context)
        if outcome.entry_key is None:
            return outcome, 0
        try:
            for client in self._accounts.clients.values():
                if message_id := await arrived(client, outcome.entry_key):
                    return outcome, message_id
        except RefusedError as error:
            return Outcome(False, str(error), Severity.ERROR), 0
        return outcome, 0

    def _tell(self, number: int, line: str, outcome: Outcome, message_id: int) -> None:
        clients = self._accounts.clients
        found = tuple(
            message_record(MessageRecord, each.client, each.channel_id, each.message, clients) for each in outcome.found
        )
        if self._output.is_json:
            self._output.put(
                ResultRecord(
                    line=number,
                    command=_command(line),
                    is_done=outcome.is_done,
                    text=outcome.text,
                    message_id=str(message_id) if message_id else None,
                    messages=found,
                )
            )
        elif not outcome.is_done:
            say(_("line {number}: {sentence}").format(number=number, sentence=outcome.text))
        elif found:
            for record in found:
                self._output.put(record)
        elif outcome.text and outcome.entry_key is None:  # of a message that went the exit code tells
            self._output.text(outcome.text)


def _exit_code(outcome: Outcome) -> ExitCode:
    if outcome.is_late:
        return ExitCode.TIMED_OUT
    return ExitCode.MISTAKE if outcome.is_mistake else ExitCode.FAILED


def _command(line: str) -> str | None:
    """Return the name of the command that a line is, None where it is a message."""
    try:
        parsed = parse_line(line)
    except CommandError:
        return None
    return parsed.name if isinstance(parsed, Call) else None
