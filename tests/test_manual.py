"""The manual says what the command line and the settings are, no less and no more."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from docs.generate import generated
from tuichat.automation.bindings.fields import INHERITED, INHERITED_BEGINNINGS
from tuichat.automation.ctl.limits import (
    MAX_CONNECTIONS,
    MAX_LINE_BYTES,
    MAX_PENDING,
    MAX_SUBSCRIPTIONS,
    MAX_UNREAD_BYTES,
)
from tuichat.automation.ctl.status_line import FIELDS
from tuichat.automation.records import AccountStatus, CallStatus, RoomStatus, StatusRecord
from tuichat.cli import build_parser
from tuichat.commands.command import registry
from tuichat.config.binding import FIELDS as BINDING_FIELDS
from tuichat.config.loader import parse

MANUAL = Path(__file__).parent.parent / "man" / "tuichat.1"
BINDINGS = MANUAL.with_name("tuichat-on.5")
SCRIPTS = MANUAL.with_name("tuichat-run.1")


def commands(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[tuple[str, set[str]]]:
    """Yield each command that can be run with the long options of its own."""
    branches = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    options = {o for a in parser._actions for o in a.option_strings if o.startswith("--")} - {"--help"}
    if not branches or not path:
        yield " ".join(path), options
    for branch in branches:
        for name, child in branch.choices.items():
            yield from commands(child, (*path, name))


def documented(text: str) -> dict[str, set[str]]:
    """Return the long options under each `.It Cm COMMAND`; those before the first belong to ''."""
    found: dict[str, set[str]] = {"": set()}
    command = ""
    for line in text.split(".Sh SETTINGS")[0].splitlines():
        if match := re.match(r"\.It Cm ([a-z ]+[a-z])", line):
            command = match[1]
            found[command] = set()
        elif line.startswith(".It Fl"):
            found[command] |= {"--" + name for name in re.findall(r" -([a-z-]+)", line)} - {"--help"}
    return found


def test_manual_names_every_command_and_option_and_no_other() -> None:
    assert documented(MANUAL.read_text()) == dict(commands(build_parser()))


def test_manual_of_scripts_has_every_option_of_its_commands() -> None:
    text = SCRIPTS.read_text()
    told = {"--" + name for name in re.findall(r"^\.It Fl (?:\w , )?-([a-z-]+)", text, re.MULTILINE)}
    named = set(re.findall(r"^\.Nm tuichat ([a-z]+)$", text, re.MULTILINE))
    known = dict(commands(build_parser()))
    assert told == set().union(*(known[name] for name in named))
    assert named == {"send", "run", "tail", "wait", "schema"}


def test_manual_of_ctl_has_its_options_fields_and_limits() -> None:
    text = MANUAL.with_name("tuichat-ctl.1").read_text()
    told = {"--" + name for name in re.findall(r"^\.It Fl (?:\w , )?-([a-z-]+)", text, re.MULTILINE)}
    assert told == dict(commands(build_parser()))["ctl"]
    assert set(re.findall(r"^\.It Li \{(\w+)\}", text, re.MULTILINE)) == set(FIELDS)
    (written,) = re.findall(r"^Limits: (.*)$", text, re.MULTILINE)
    limits = (MAX_LINE_BYTES, MAX_PENDING, MAX_SUBSCRIPTIONS, MAX_CONNECTIONS, MAX_UNREAD_BYTES)
    assert [int(number) for number in re.findall(r"\d+", written)] == list(limits)
    for fields in (AccountStatus, CallStatus, RoomStatus, StatusRecord):
        assert set(fields.__struct_fields__) - {"v"} <= set(re.findall(r"\w+", text))


def test_manual_of_ssh_has_its_commands_and_their_options() -> None:
    text = MANUAL.with_name("tuichat-ssh.1").read_text()
    known = {name: options for name, options in commands(build_parser()) if re.match(r"ssh|bridge ", name)}
    told = {
        "ssh": set[str](),
        **{name: set[str]() for name in re.findall(r"^\.It Cm (bridge [a-z]+)", text, re.MULTILINE)},
    }
    command = "ssh"
    for line in text.splitlines():
        if match := re.match(r"\.It Cm (bridge [a-z]+)", line):
            command = match[1]
        elif line.startswith(".It Fl -"):
            told[command] |= {"--" + name for name in re.findall(r" -([a-z-]+)", line)}
    assert told == known
    shown = set(re.findall(r"^\.Nm tuichat (ssh|bridge [a-z]+)$", text, re.MULTILINE))
    assert shown == set(known) - {"bridge attach"}, "the synopsis has what one types"


def test_drawing_of_voice_over_ssh_fits_a_terminal() -> None:
    section = MANUAL.parent.parent.joinpath("README.md").read_text().split("## Voice over SSH")[1].split("\n## ")[0]
    drawn = [line for line in section.splitlines() if line.startswith("    ")]
    assert len(drawn) > 15
    assert max(len(line) for line in drawn) <= 80


def test_manual_of_bindings_has_examples_that_are_right() -> None:
    text = BINDINGS.read_text()
    examples = [part.split("\n.Ed")[0] for part in text.split(".Bd -literal -offset indent\n")[1:]]
    read = [parse(example.replace("\\-", "-"), Path("config.toml")).on for example in examples]
    assert [len(each) for each in read] == [1, 1, 1, 1]
    for binding in (each for (each,) in read):
        assert binding.program or not binding.run.startswith("/") or registry.get(binding.run[1:].split()[0])
    told = {"--" + name for name in re.findall(r"^\.It Fl -([a-z-]+)", text, re.MULTILINE)}
    assert told == dict(commands(build_parser()))["on"] - {"--profile"}
    for name in {field for fields in BINDING_FIELDS.values() for field in fields} - {"what"}:
        assert f"{{{name}}}" in text, name
    for name in fields_in_environment():
        assert name in text, name


def fields_in_environment() -> set[str]:
    return {*INHERITED, *INHERITED_BEGINNINGS}


def test_every_option_has_a_help_line() -> None:
    def walk(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
        for action in parser._actions:
            yield action
            if isinstance(action, argparse._SubParsersAction):
                for child in action.choices.values():
                    yield from walk(child)

    bare = [a.dest for a in walk(build_parser()) if not a.help and a.option_strings]
    assert bare == []


def test_generated_files_say_what_the_code_says() -> None:
    for path, text in generated().items():
        assert path.read_bytes() == text, f"{path.name} is stale; run `make example`"
