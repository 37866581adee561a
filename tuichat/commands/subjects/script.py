"""The commands that run lines of a file, and end what goes on."""

import asyncio
import os
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated

from tuichat.commands.command import Text, command
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.jobs import Job
from tuichat.commands.kinds import Offered
from tuichat.commands.offers import Value
from tuichat.commands.screen import Severity
from tuichat.text.safe_text import safe_line
from tuichat.translation import _, ngettext

MAX_FILE_BYTES = 1 << 20  # taste: twenty thousand lines
SHEBANG = "#!"


@command
async def run(context: CommandContext, file: Annotated[Path, "a file of lines, as tuichat run reads them"]) -> Outcome:
    """Run the lines of a file one after the other, until one fails."""
    lines = await asyncio.to_thread(_read, file)
    return await go_on(context, Job(f"/run {safe_line(file.name)}"), lines)


async def go_on(context: CommandContext, job: Job, lines: Sequence[str]) -> Outcome:
    """Carry lines out; where a person is at hand who may do something else meanwhile, by itself."""
    work = carry_out(context, job, lines)
    if context.jobs is None or context.depth:
        return await work
    if not context.jobs.start(job, work):
        raise CommandError(_("Too much goes on already: /stop ends something."))
    return Outcome()


async def carry_out(context: CommandContext, job: Job, lines: Sequence[str]) -> Outcome:
    """Carry lines out in order, until one fails. `job` is told how far it is."""
    engine, count, texts = context.require_engine(), 0, list[str]()
    for number, line in enumerate(lines, 1):
        if not line.strip() or (number == 1 and line.startswith(SHEBANG)):
            continue
        if context.jobs is not None:
            context.jobs.move(job, f"{number}/{len(lines)}")
        outcome = await engine.carry_out(line, context)
        if not outcome.is_done:
            words = _("{job}, line {number}: {sentence}")
            return Outcome(
                False,
                words.format(job=job.label, number=number, sentence=outcome.text),
                Severity.ERROR,
                is_mistake=outcome.is_mistake,
                is_late=outcome.is_late,
            )
        count += 1
        if outcome.text and outcome.entry_key is None:
            texts.append(outcome.text)
    done = ngettext("{job}: {count} line is done.", "{job}: {count} lines are done.", count)
    return Outcome(text="\n".join([*texts, done.format(job=job.label, count=count)]))


def _read(file: Path) -> list[str]:
    try:
        with open(os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise CommandError(_("FILE: {path} is no file of lines.").format(path=safe_line(str(file))))
            content = opened.read(MAX_FILE_BYTES + 1)
        if len(content) > MAX_FILE_BYTES:
            words = _("FILE: {path} has more than {limit} bytes; tuichat run takes longer ones.")
            raise CommandError(words.format(path=safe_line(str(file)), limit=MAX_FILE_BYTES))
        return content.decode().splitlines()
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or _("it is not UTF-8")
        raise CommandError(
            _("FILE: {path} cannot be read: {error}.").format(path=safe_line(str(file)), error=reason)
        ) from error


def _offered_jobs(_begun: str, context: CommandContext) -> Iterable[Value]:
    return [Value(job.label, job.progress) for job in (context.jobs.running if context.jobs is not None else ())]


@command
async def stop(
    context: CommandContext,
    job: Annotated[Text | None, Offered(_offered_jobs), "which, as /run deploy.txt; nothing: all that goes on"] = None,
) -> Outcome:
    """End what goes on: files that run, macros that play, messages that are waited for."""
    running = list(context.jobs.running) if context.jobs is not None else []
    ended = [each for each in running if job is None or each.label.casefold().startswith(job.casefold())]
    if context.jobs is None or not ended:
        names = ", ".join(each.label for each in running)
        raise CommandError(
            _("Nothing goes on that could be ended.") if not names else _("There are: {names}.").format(names=names)
        )
    for each in ended:
        context.jobs.stop(each)
    return Outcome()
