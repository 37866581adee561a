"""What a binding does: it carries a line out, or runs a program."""

import asyncio
import logging
import shlex
from collections.abc import Mapping
from dataclasses import replace

import msgspec

from tuichat.automation.bindings import fields
from tuichat.automation.bindings.child import run_program
from tuichat.automation.place import open_place
from tuichat.automation.records import AnyRecord
from tuichat.automation.sender import arrived
from tuichat.automation.site import Site
from tuichat.client.client import Client
from tuichat.client.errors import ClientError
from tuichat.commands.arguments import read_words
from tuichat.commands.command import Registry, registry
from tuichat.commands.context import CommandContext
from tuichat.commands.engine import Engine
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.address import accounts_named, find_address
from tuichat.commands.parser import PREFIX, Call, parse_line, quoted
from tuichat.commands.suggestion import unknown_command
from tuichat.config.binding import Binding, span_s
from tuichat.config.schema import Settings
from tuichat.text import mention_text
from tuichat.text.safe_text import safe_block
from tuichat.translation import _

logger = logging.getLogger(__name__)

MAX_LOGGED = 4000  # characters of an answer or an output in the log


class Done(msgspec.Struct, frozen=True):
    """How it went; `sentence` is for the person who wrote the binding, and empty where all is well."""

    is_done: bool
    sentence: str = ""


async def act(number: int, binding: Binding, record: AnyRecord, site: Site) -> Done:
    """Carry out what a binding says of an event, within its time limit. Never raises but when cancelled."""
    if binding.program:
        ended = await run_program(binding.program, record, fields.environment(record), span_s(binding.timeout))
        if ended.output:
            logger.info("[[on]] %d wrote: %s", number, ended.output[:MAX_LOGGED])
        return Done(not ended.sentence, ended.sentence)
    try:
        async with asyncio.timeout(span_s(binding.timeout)):
            return await _carry_out(number, binding, record, site)
    except TimeoutError:
        return Done(False, _("It took longer than {span} and was ended.").format(span=binding.timeout))
    except (CommandError, ClientError) as error:
        return Done(False, str(error))


async def _carry_out(number: int, binding: Binding, record: AnyRecord, site: Site) -> Done:
    context = await _context(binding, record, site)
    line = binding.run
    if not line.startswith(PREFIX) and context.client is not None and context.channel_id is not None:
        line = mention_text.encode(line, context.client.state, context.channel_id)
    data = fields.values(record)
    outcome = await Engine().submit(line, replace(context, fill=lambda text: fields.filled(text, data)))
    if outcome.entry_key is not None:
        for client in site.clients.values():
            if await arrived(client, outcome.entry_key):
                break
    elif outcome.text and outcome.is_done:
        logger.info("[[on]] %d: %s", number, safe_block(outcome.text)[:MAX_LOGGED])
    return Done(outcome.is_done, "" if outcome.is_done else outcome.text)


async def _context(binding: Binding, record: AnyRecord, site: Site) -> CommandContext:
    """Return where a line is carried out: in the channel of the event; that of a schedule in the place that it names."""
    if binding.event == "schedule" and binding.places:
        found = await open_place(find_address(binding.places[0], site.clients, site.settings.scripts.guild))
        return site.context(found.client, found.channel_id)
    where = fields.place(record)
    return site.context(_client(record, site), None if where is None else int(where.id))


def _client(record: AnyRecord, site: Site) -> Client | None:
    label = getattr(record, "account", "")
    found = accounts_named(label, site.clients) if label else []
    return found[0] if found else None


def planned(binding: Binding, record: AnyRecord, commands: Registry = registry) -> str:
    """Return in one line what would be done: a program as a shell would have it, a command with each argument in its place."""
    if binding.program:
        return shlex.join(binding.program)
    data = fields.values(record)
    try:
        parsed = parse_line(binding.run)
        if not isinstance(parsed, Call):
            return _shown(fields.filled(parsed.text, data))
        command = commands.get(parsed.name)
        if command is None:
            return _shown(binding.run)
        words = read_words(parsed.line, parsed.name_end, command.parameters, command.usage)
    except CommandError as error:
        return f"{_shown(binding.run)}  ({_shown(str(error))})"
    shown = [f"/{parsed.name}"]
    for parameter in command.parameters:
        word = words.get(parameter.keyword)
        if word is not None:
            shown.append(f"{parameter.name}={quoted(fields.filled(word.text, data))}")
    return _shown(" ".join(shown))


def _shown(text: str) -> str:
    return safe_block(text).replace("\n", "\\n")


def summary(binding: Binding) -> Mapping[str, str]:
    """Return the filters of a binding by name, as they are written."""
    written: dict[str, object] = msgspec.to_builtins(binding)
    usual: dict[str, object] = msgspec.to_builtins(Binding(event=binding.event))
    return {key: str(value) for key, value in written.items() if value != usual.get(key) and key != "event"}


def unknown(binding: Binding, settings: Settings, commands: Registry = registry) -> str:
    """Return a sentence where the line of a binding is a command that there is not, or one that is written wrongly; else nothing."""
    try:
        parsed = parse_line(binding.run)
        if not isinstance(parsed, Call) or parsed.name in settings.aliases:
            return ""
        command = commands.get(parsed.name)
        if command is None:
            return str(unknown_command(parsed.name, commands, settings.aliases))
        read_words(parsed.line, parsed.name_end, command.parameters, command.usage)
    except CommandError as error:
        return str(error)
    return ""
