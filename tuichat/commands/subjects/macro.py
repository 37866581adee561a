"""The command of macros: lines that a person enters are recorded, and played again in the channel that is open then."""

from collections.abc import Iterable
from typing import Annotated, Literal

from tuichat.commands.aliases import NAME
from tuichat.commands.command import command, registry
from tuichat.commands.context import CommandContext, Outcome
from tuichat.commands.errors import CommandError
from tuichat.commands.jobs import Job
from tuichat.commands.kinds import Offered
from tuichat.commands.offers import Value
from tuichat.commands.subjects.script import go_on
from tuichat.commands.subjects.setting import choose
from tuichat.commands.subjects.telling import told
from tuichat.protocol.json import printable
from tuichat.translation import N_, _, ngettext

TABLE = "macros"
MAX_MACROS = 200  # taste
ACTIONS = {
    "record": N_("record NAME: keep the lines that you enter from now on"),
    "stop": N_("stop: end that"),
    "play": N_("play NAME: enter these lines again, in the open channel, until one fails"),
    "list": N_("list: what there is; with a NAME, its lines"),
    "delete": N_("delete NAME: forget it"),
}


def _offered(_begun: str, context: CommandContext) -> Iterable[Value]:
    if context.chooser is None or context.given.get("action") == "record":
        return []  # a new one has a name of its own
    known = context.chooser.settings.macros
    return [Value(name, printable(" · ".join(lines))) for name, lines in known.items()]


@command
async def macro(
    context: CommandContext,
    action: Annotated[Literal["record", "stop", "play", "list", "delete"], "record, stop, play, list or delete"],
    name: Annotated[str | None, Offered(_offered), "what it is called"] = None,
) -> Outcome:
    """Record lines as you enter them, and play them again."""
    chooser = context.require_chooser()
    known = chooser.settings.macros
    if action == "list":
        return _list(context, known, name)
    if action == "stop":
        return await _stop(context)
    if name is None:
        raise CommandError(_("NAME is missing: /{usage}").format(usage=f"macro {_(ACTIONS[action])}"))
    short = name.lower()
    if action == "record":
        return _record(context, short, len(known))
    if short not in known:
        raise CommandError(_("NAME: there is no macro {name}; /macro list lists them.").format(name=printable(name)))
    if action == "play":
        if context.recorder is not None and context.recorder.name == short and not context.depth:
            raise CommandError(_("It is being recorded: /macro stop ends that first."))
        return await go_on(context, Job(f"/macro play {short}"), known[short])
    await choose(chooser, TABLE, short, None)
    if short in chooser.settings.macros:
        raise CommandError(_("{name} stands in config.toml, under [macros]: take it out there.").format(name=short))
    return Outcome(text=_("The macro {name} is gone.").format(name=short))


registry.tell_actions("macro", ACTIONS)


def _list(context: CommandContext, known: dict[str, tuple[str, ...]], name: str | None) -> Outcome:
    if name is not None and name.lower() not in known:
        raise CommandError(_("NAME: there is no macro {name}; /macro list lists them.").format(name=printable(name)))
    if name is not None:
        return told(context, name.lower(), [printable(line) for line in known[name.lower()]])
    lines = [
        ngettext("{name}: {count} line", "{name}: {count} lines", len(known[each])).format(
            name=each, count=len(known[each])
        )
        for each in sorted(known)
    ]
    return told(context, _("Macros"), lines, _("There are no macros. /macro record NAME begins one."))


def _record(context: CommandContext, name: str, count: int) -> Outcome:
    recorder = context.recorder
    if recorder is None or context.depth:
        raise CommandError(_("A macro is recorded where you type: on the screen or in plain mode."))
    if not NAME.fullmatch(name):
        raise CommandError(
            _("NAME: {name} is none; it has small letters, digits, - and _, at most 32.").format(name=printable(name))
        )
    if recorder.name:
        raise CommandError(_("{name} is being recorded: /macro stop ends that first.").format(name=recorder.name))
    if count >= MAX_MACROS:
        raise CommandError(_("There are {count} macros, which is the most.").format(count=count))
    recorder.begin(name)
    return Outcome(
        text=_("What you enter now is recorded as {name}, and done as well. /macro stop ends it.").format(name=name)
    )


async def _stop(context: CommandContext) -> Outcome:
    recorder = context.recorder
    if recorder is None or not recorder.name:
        raise CommandError(_("Nothing is being recorded. /macro record NAME begins it."))
    name, left_out, lines = recorder.name, recorder.left_out, recorder.end()
    left = ""
    if left_out:
        words = ngettext(
            "{count} line was left out: a bot's command, files, a secret, or one too many.",
            "{count} lines were left out: bots' commands, files, secrets, or too many.",
            left_out,
        )
        left = " " + words.format(count=left_out)
    if not lines:
        return Outcome(text=_("Nothing was entered, so {name} was not kept.").format(name=name) + left)
    await choose(context.require_chooser(), TABLE, name, lines)
    words = ngettext(
        "{name} has {count} line; /macro play {name} enters it again.",
        "{name} has {count} lines; /macro play {name} enters them again.",
        len(lines),
    )
    return Outcome(text=words.format(name=name, count=len(lines)) + left)
