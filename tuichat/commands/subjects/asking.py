"""Asks a person before something that cannot be taken back; a line of a script is meant as it stands."""

from tuichat.commands.context import CommandContext, Outcome
from tuichat.translation import _


async def is_sure(context: CommandContext, question: str, detail: str, label: str) -> bool:
    """Say whether to go on. `question` and `detail` are safe text; `label` stands on the answer that goes on."""
    if context.screen is None or context.is_script:
        return True
    return await context.screen.confirm(question, detail, label)


def kept() -> Outcome:
    """Return what becomes of a line whose question was answered with no."""
    return Outcome(text=_("Nothing was done."))
