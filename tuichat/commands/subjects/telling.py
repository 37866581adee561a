"""Tells what is longer than a sentence: in a window to a person at a screen, as text to everybody else."""

from collections.abc import Sequence

from tuichat.commands.context import CommandContext, Outcome

MAX_LINES = 200  # taste: what anybody reads or listens to


def told(context: CommandContext, title: str, lines: Sequence[str], nothing: str = "") -> Outcome:
    """Show lines, which are safe text; `nothing` is said where there are none."""
    if not lines:
        return Outcome(text=nothing)
    text = "\n".join(lines)
    if context.screen is None or context.is_script:
        return Outcome(text=text)
    context.screen.show_text(title, text)
    return Outcome()
