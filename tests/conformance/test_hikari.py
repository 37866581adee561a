"""Unmodified hikari works with a real server."""

import sys

import pytest

from tests.conformance.program import HERE, check_program
from tests.conformance.team import conformance_team


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_hikari_fails_only_where_expected() -> None:
    async with conformance_team() as environment:
        command = [sys.executable, "-m", "tests.conformance.hikari_text"]
        await check_program(command, environment, HERE / "hikari_expected_failures.txt")
