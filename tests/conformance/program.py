"""Runs a conformance program against a server, and compares its lines with those that are expected to fail."""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path

from tests.conformance.environment import Environment
from tests.conformance.team import variables

HERE = Path(__file__).parent


async def check_program(command: Sequence[str], environment: Environment, expected_failures: Path) -> None:
    """Fail with the program's output where a line fails that is not expected to, or passes that is."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=HERE.parents[1],
        env=os.environ | variables(environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    text = output.decode()
    print(text)
    outcomes: dict[str, bool] = {}
    for line in text.splitlines():
        kind, _, rest = line.partition("  ")
        if kind in ("PASS", "FAIL"):
            name = rest.split("  [")[0]
            outcomes[name] = outcomes.get(name, True) and kind == "PASS"
    assert "close" in outcomes, f"the program did not come to its end:\n{text}"
    expected = _lines(expected_failures)
    failed = {name for name, passed in outcomes.items() if not passed}
    assert failed - expected == set(), f"lines that passed before fail:\n{text}"
    passing = {name for name, passed in outcomes.items() if passed}
    assert passing & expected == set(), f"lines pass now: take them off {expected_failures.name}"


def _lines(path: Path) -> set[str]:
    if not path.exists():
        return set()
    lines = (line.strip() for line in path.read_text().splitlines())
    return {line for line in lines if line and not line.startswith("#")}
