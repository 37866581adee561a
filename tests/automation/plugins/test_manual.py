"""The manual of plugins lists what the code lists, and its requests are requests."""

import re
from pathlib import Path

from tuichat.automation.plugins import example, obedience, process
from tuichat.automation.plugins.confinement import LIMITS
from tuichat.automation.plugins.host import BACK_OFF_S
from tuichat.automation.plugins.manifest import EVENT_TYPES
from tuichat.automation.plugins.permission import GRANTABLE, PLACED
from tuichat.automation.plugins.request import MAX_REQUEST_BYTES, build_line, parse
from tuichat.commands import engine
from tuichat.commands.command import registry

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()
MANUAL = (ROOT / "man" / "tuichat-plugin.5").read_text()


def listed(name: str) -> set[str]:
    found = re.search(rf'\.\\" {name}: begin\n(.*?)\.\n\.\\" {name}: end', MANUAL, re.DOTALL)
    assert found is not None
    return set(re.split(r",\s+", found[1]))


def test_its_lists_are_those_of_the_code() -> None:
    assert listed("events") == set(EVENT_TYPES)
    assert listed("grantable") == GRANTABLE
    assert listed("placed") == PLACED


def test_its_requests_are_requests_of_real_commands() -> None:
    assert engine.SUBJECTS
    requests = [parse(line.encode()) for line in MANUAL.splitlines() if line.startswith('{"id"')]
    assert [each.action for each in requests] == ["msg", "reply"]
    for request in requests:
        command = registry.get(request.action)
        assert command is not None
        assert build_line(command, request.arguments)


def test_its_example_is_the_one_that_is_written_and_that_of_the_documentation() -> None:
    for name, text in example.files("greeter").items():
        assert f".Bd -literal -offset indent\n{text}.Ed\n" in MANUAL.replace("\\e", "\\")
        assert (ROOT / "docs" / "examples" / "greeter" / name).read_text() == text
    program = example.files("greeter")["greeter.py"]
    assert (
        program.partition("\n\n")[2].replace("  # tuichat puts this one module there; it needs nothing else", "")
        in README
    )
    assert len([line for line in program.splitlines() if line.strip()]) <= 10


def test_its_numbers_are_those_of_the_code() -> None:
    words = " ".join(MANUAL.split())
    for number in (
        f"{process.BURST_LINES} lines at once and {process.LINES_A_SECOND} a second",
        f"{process.MAX_IN_FLIGHT} requests",
        f"{obedience.BURST_COMMANDS} commands at once and {obedience.COMMANDS_A_SECOND} a second",
        f"{MAX_REQUEST_BYTES // 1024} KiB",
        f"{LIMITS['DATA'] // 1024**2} MiB of memory and {LIMITS['NOFILE']} open files",
        f"after {', '.join(f'{each:.0f}' for each in BACK_OFF_S[:-1])} and {BACK_OFF_S[-1]:.0f} seconds",
    ):
        assert number in words, number
