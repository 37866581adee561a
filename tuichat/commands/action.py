"""The first word of a command that does several things, and what follows it."""

from collections.abc import Mapping

from tuichat.commands.errors import CommandError
from tuichat.commands.parser import Word, next_word, remaining_text
from tuichat.protocol.json import printable
from tuichat.translation import _


def chosen_action(command: str, typed: str, actions: Mapping[str, str]) -> str:
    """Return which action a word means. Raises CommandError with all there are."""
    name = typed.lower()
    if name not in actions:
        told = "\n".join(f"/{command} {_(words)}" for words in actions.values())
        words = _("/{command} has no {action}. It has:").format(command=command, action=printable(typed))
        raise CommandError(f"{words}\n{told}")
    return name


def missing(command: str, action: str, actions: Mapping[str, str]) -> CommandError:
    """Return the error for an action that needs more than was written."""
    return CommandError(_("Something is missing: /{command} {usage}").format(command=command, usage=_(actions[action])))


def split_word(text: str) -> tuple[str, str]:
    """Return the first word, quotes taken off, and the rest of a text, each empty where there is none. Raises CommandError."""
    word = next_word(text, 0)
    if word is None:
        return "", ""
    rest: Word | None = remaining_text(text, word.end)
    return word.text, "" if rest is None else rest.text
