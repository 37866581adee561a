"""`tuichat on`: the bindings without a screen, what they would do, and what there are."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from tuichat.automation import text_source
from tuichat.automation.bindings import fields
from tuichat.automation.bindings.action import summary, unknown
from tuichat.automation.bindings.bindings import Bindings
from tuichat.automation.bindings.rehearsal import Rehearsal
from tuichat.automation.bindings.results import Results
from tuichat.automation.events import Events
from tuichat.automation.exit_code import ExitCode
from tuichat.automation.headless import Headless
from tuichat.automation.program import run_to_end, say
from tuichat.automation.records import AnyRecord
from tuichat.automation.run import open_lines
from tuichat.automation.site import LOCK_NAME
from tuichat.commands.errors import CommandError
from tuichat.commands.naming.address import find_address
from tuichat.config.paths import Profile, config_file
from tuichat.config.schema import Settings
from tuichat.local.file_lock import FileLock
from tuichat.local.runtime import make_folder
from tuichat.text.safe_text import safe_block
from tuichat.translation import _, ngettext


@dataclass(frozen=True, slots=True)
class OnOrder:
    """`events` is a file of events as JSON lines, "-" for standard input."""

    is_rehearsal: bool = False
    is_list: bool = False
    events: str | None = None


def run(profile: Profile, settings: Settings, order: OnOrder) -> int:
    return run_to_end(_run(profile, settings, order))


async def _run(profile: Profile, settings: Settings, order: OnOrder) -> int:
    if order.events is not None and not order.is_rehearsal:
        raise CommandError(_("--event goes with --dry-run."))
    if not settings.on:
        say(_("There are no bindings: write tables [[on]] into {path}.").format(path=config_file()))
        return ExitCode.DONE if order.is_list else ExitCode.MISTAKE
    if order.is_list:
        return _list(profile, settings)
    if order.is_rehearsal:
        return await _rehearse(profile, settings, order.events)
    return await _act(profile, settings)


def _list(profile: Profile, settings: Settings) -> int:
    """Print each binding with its filters, when it will run or did, and how that went."""
    results = Results(profile.state_dir)
    results.load()
    for number, binding in enumerate(settings.on, 1):
        _write(f"[[on]] {number} {binding.event}")
        for key, value in summary(binding).items():
            _write(f"  {key} = {value if isinstance(value, str) else msgspec.json.encode(value).decode()}")
        result = results.get(binding)
        if result is None:
            _write("  " + _("It has not run yet."))
            continue
        when = datetime.fromtimestamp(result.when_s).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        words = ngettext("It ran {count} time, last at {when}.", "It ran {count} times, last at {when}.", result.count)
        _write("  " + " ".join([words.format(count=result.count, when=when), result.sentence]).strip())
    return ExitCode.DONE


async def _act(profile: Profile, settings: Settings) -> int:
    lock = FileLock(profile.state_dir / LOCK_NAME)
    await asyncio.to_thread(make_folder, profile.state_dir)
    if not lock.take():
        say(_("A tuichat of this profile is running, and does what the bindings say: end it first, or leave it to it."))
        return ExitCode.FAILED
    try:
        async with Headless(profile, settings) as accounts:
            _warn(accounts, settings)
            bindings = Bindings(accounts, say)
            try:
                await bindings.start()
                count = len(bindings.workers)
                say(
                    ngettext(
                        "{count} binding waits for events. Ctrl+C ends it.",
                        "{count} bindings wait for events. Ctrl+C ends them.",
                        count,
                    ).format(count=count)
                )
                await asyncio.get_running_loop().create_future()
            finally:
                await bindings.close()
    finally:
        lock.release()
    return ExitCode.DONE


async def _rehearse(profile: Profile, settings: Settings, events: str | None) -> int:
    rehearsal = Rehearsal(settings, _write)
    try:
        if events is not None:
            async for record in _recorded(events):
                await rehearsal.take(record, is_own=getattr(record, "is_own", False) is True)
            return ExitCode.DONE
        async with Headless(profile, settings) as accounts, asyncio.TaskGroup() as group:
            _warn(accounts, settings)
            waiting: asyncio.Queue[AnyRecord] = asyncio.Queue()
            Events(accounts, waiting.put_nowait, tells_own=True)
            group.create_task(rehearsal.keep_time())
            say(_("Nothing is run: what would be run is printed. Ctrl+C ends it."))
            own_ids = {client.account.user_id for client in accounts.clients.values()}
            while True:
                record = await waiting.get()
                who = fields.person(record)
                await rehearsal.take(record, is_own=who is not None and who.id in own_ids)
    finally:
        await rehearsal.close()


async def _recorded(source: str) -> AsyncIterator[AnyRecord]:
    """Yield the events of a file. Raises CommandError for a line that is none."""
    descriptor = open_lines(None if source == "-" else Path(source))
    try:
        number = 0
        async for line in text_source.script_lines(descriptor):
            number += 1
            if not line.strip():
                continue
            try:
                yield msgspec.json.decode(line, type=AnyRecord)
            except (msgspec.MsgspecError, UnicodeError) as error:
                raise CommandError(
                    _("Line {number} of {source} is no event: {error}.").format(
                        number=number, source=source, error=error
                    )
                ) from error
    finally:
        if source != "-":
            os.close(descriptor)


def _warn(accounts: Headless, settings: Settings) -> None:
    """Say of each address and each command that means nothing now: nobody would know why a binding does nothing."""
    words = _("Binding {number} ({event}): {sentence}")
    for number, binding in enumerate(settings.on, 1):
        for place in binding.places:
            try:
                find_address(place, accounts.clients, settings.scripts.guild)
            except CommandError as error:
                say(words.format(number=number, event=binding.event, sentence=error))
        problem = unknown(binding, settings)
        if problem:
            say(words.format(number=number, event=binding.event, sentence=problem))


def _write(line: str) -> None:
    sys.stdout.write(safe_block(line) + "\n")
    sys.stdout.flush()
