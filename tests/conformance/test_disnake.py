"""Unmodified disnake, a fork of discord.py, works with a real server."""

import sys

import pytest

from tests.conformance.program import HERE, check_program
from tests.conformance.team import conformance_team


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_disnake_fails_only_where_expected() -> None:
    async with conformance_team() as environment:
        command = [sys.executable, "-m", "tests.conformance.disnake_text"]
        await check_program(command, environment, HERE / "disnake_expected_failures.txt")


@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_disnake_speaks_over_tls() -> None:
    async with conformance_team(has_tls=True) as environment:
        command = [sys.executable, "-m", "tests.conformance.disnake_voice"]
        await check_program(command, environment, HERE / "disnake_voice_expected_failures.txt")
