"""Unmodified forks of discord.py work with a real server."""

import importlib.util
import sys

import pytest

from tests.conformance.program import HERE, check_program
from tests.conformance.team import conformance_team


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("fork", ["disnake", "nextcord"])
async def test_a_fork_fails_only_where_expected(fork: str) -> None:
    if importlib.util.find_spec(fork) is None:
        pytest.skip(f"{fork} does not run on this Python")
    async with conformance_team() as environment:
        command = [sys.executable, "-m", "tests.conformance.fork_text", fork]
        await check_program(command, environment, HERE / f"{fork}_expected_failures.txt")
