"""Reads from the code which commands there are, and what each takes: the text of docs/commands.md."""

import tuichat.commands.engine  # noqa: F401  # imports every command
from tuichat.commands.arguments import Parameter
from tuichat.commands.command import Command, registry
from tuichat.commands.kinds import said

_HEAD = """# Commands

Made from the code by `make example`; `/help` says the same. A line that begins with a slash is a command: in the composer, in plain
mode, in `tuichat run`. `//` at the beginning sends a slash.

Arguments go by position, or by name as in `/msg to=#ci text=build passed`; those in brackets may be left out. A value with blanks goes
in double quotes. One with three dots takes the rest of the line as it is written: what it begins with is never read as a name where it
comes after arguments by position, so `/msg #ci text=hi` sends `text=hi`. An argument that is written `[name=NAME]` goes by its name
alone.
"""


def text() -> str:
    """Return the whole of docs/commands.md."""
    return _HEAD + "".join(_section(command) for command in registry.all())


def _section(command: Command) -> str:
    lines = [f"\n## /{command.name}\n", f"`{command.usage}`\n", f"{command.english_summary}\n"]
    if command.parameters:
        lines.append("| argument | what to write | kind |\n|---|---|---|")
        lines += [_row(each) for each in command.parameters]
    if command.english_actions:
        lines += [
            "",
            *(f"- `/{command.name} {_use(words)}`{_what(words)}" for words in command.english_actions.values()),
        ]
    return "\n".join(lines).rstrip() + "\n"


def _row(parameter: Parameter) -> str:
    default = "" if parameter.default in (None, "") else f"; {said(parameter.default)} if left out"
    return f"| {parameter.name.upper()} | {_cell(parameter.english_help)} | {_cell(parameter.kind.english_name)}{default} |"


def _use(words: str) -> str:
    return words.partition(": ")[0]


def _what(words: str) -> str:
    return f": {words.partition(': ')[2]}" if ": " in words else ""


def _cell(words: str) -> str:
    return words.replace("|", "\\|").replace("*", "\\*")
