"""What importing a program loads, in a fresh interpreter: a heavy import is felt at every start."""

import subprocess
import sys

import pytest

HEAVY = {"textual", "rich", "aiohttp", "websockets", "falcon", "uvicorn", "PIL", "keyring", "numpy", "cryptography"}
AUDIO = {"pyaudio", "opuslib"}


def modules_after(statement: str) -> set[str]:
    """Return the top-level modules that `statement` leaves loaded in a new interpreter."""
    script = f"{statement}\nimport sys\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    answer = subprocess.run(
        [sys.executable, "-P", "-c", script], capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL
    )
    return set(answer.stdout.split())


def test_command_line_loads_nothing_heavy() -> None:
    loaded = modules_after("import tuichat.cli; tuichat.cli.build_parser()")
    assert loaded & (HEAVY | AUDIO | {"asyncio", "msgspec", "platformdirs", "sqlite3", "ssl", "logging"}) == set()


def test_ctl_loads_next_to_nothing() -> None:
    loaded = modules_after("import tuichat.automation.ctl.client")
    slow = {
        "argparse",
        "asyncio",
        "msgspec",
        "typing",
        "pathlib",
        "platformdirs",
        "hashlib",
        "dataclasses",
        "inspect",
        "logging",
    }
    assert loaded & (HEAVY | AUDIO | slow) == set()


def test_settings_and_profile_load_no_screen_and_no_network() -> None:
    loaded = modules_after("import tuichat.config.loader, tuichat.config.paths, tuichat.config.log")
    assert loaded & (HEAVY | AUDIO | {"asyncio"}) == set()


def test_finding_a_server_loads_no_http() -> None:
    assert modules_after("import tuichat.local.background") & (HEAVY | AUDIO) == set()


def test_server_loads_neither_screen_nor_sound() -> None:
    loaded = modules_after("import tuichat.server.app")
    assert loaded & ({"textual", "rich", "PIL"} | AUDIO) == set()


def test_server_of_one_machine_loads_no_broker_and_no_database_of_several() -> None:
    assert modules_after("import tuichat.server.app") & {"nats", "asyncpg"} == set()


@pytest.mark.parametrize("module", ["tuichat.tui.app", "tuichat.client.client", "tuichat.commands"])
def test_client_loads_no_sound_library_and_no_server(module: str) -> None:
    loaded = modules_after(f"import {module}")
    assert loaded & (AUDIO | {"numpy", "falcon", "uvicorn"}) == set()


def test_plain_mode_loads_no_screen() -> None:
    loaded = modules_after("import tuichat.plain.program")
    assert loaded & ({"textual", "rich", "PIL", "pygments", "numpy", "falcon", "uvicorn"} | AUDIO) == set()
