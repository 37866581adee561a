"""Unmodified discord.py speaks, hears, moves and leaves in voice of a real server."""

import sys

import msgspec
import pytest

from tests.conformance.program import HERE, check_program
from tests.conformance.team import conformance_team
from tests.conformance.voice_peer import AES_GCM, XCHACHA
from tests.voice.libraries import needs_opus

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(180),
    *needs_opus,
]
COMMAND = [sys.executable, "-m", "tests.conformance.dpy_voice"]


@pytest.mark.parametrize(("peer_mode", "may_wake"), [(AES_GCM, True), (XCHACHA, False)])
async def test_discord_py_speaks_over_tls(peer_mode: str, may_wake: bool) -> None:
    async with conformance_team(has_tls=True) as environment:
        assert environment.api.startswith("https://")
        changed = msgspec.structs.replace(environment, peer_mode=peer_mode, may_wake=may_wake)
        await check_program(COMMAND, changed, HERE / "voice_expected_failures.txt")


async def test_discord_py_speaks_without_tls() -> None:
    async with conformance_team() as environment:
        changed = msgspec.structs.replace(environment, is_voice_plain=True)
        await check_program(COMMAND, changed, HERE / "voice_expected_failures.txt")
