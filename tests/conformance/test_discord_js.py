"""Unmodified discord.js and @discordjs/voice work with a real server."""

import os
import shutil
from pathlib import Path

import pytest

from tests.conformance.program import HERE, check_program
from tests.conformance.team import conformance_team

PROGRAMS = HERE / "javascript"
# Where .ci/test-deps.sh installs; read before a test is given a home of its own.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tuichat-tests" / "javascript"


def why_not() -> str:
    """Return why discord.js cannot run here, nothing where it can."""
    if shutil.which("node") is None:
        return "there is no node"
    installed = CACHE / "installed-lock.json"
    if not installed.exists() or installed.read_bytes() != (PROGRAMS / "package-lock.json").read_bytes():
        return f"discord.js is not in {CACHE}: run `make test-deps`"
    return ""


@pytest.mark.slow
@pytest.mark.system
@pytest.mark.timeout(400)
async def test_discord_js_fails_only_where_expected(monkeypatch: pytest.MonkeyPatch) -> None:
    if reason := why_not():
        pytest.skip(reason)
    monkeypatch.setenv("NODE_PATH", str(CACHE / "node_modules"))
    async with conformance_team() as environment:
        program = str(PROGRAMS / "discordjs_text.cjs")
        await check_program(["node", program], environment, HERE / "discordjs_expected_failures.txt")


@pytest.mark.slow
@pytest.mark.system
@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    ("package", "settings"),  # versions 8 and 4 of the voice gateway
    [("@discordjs/voice", ""), ("@discordjs/voice-4", "[server]\nfast_voice = true\n")],
)
async def test_discord_js_speaks_and_hears_over_tls(
    monkeypatch: pytest.MonkeyPatch, package: str, settings: str
) -> None:
    if reason := why_not():
        pytest.skip(reason)
    monkeypatch.setenv("NODE_PATH", str(CACHE / "node_modules"))
    async with conformance_team(has_tls=True, settings=settings) as environment:
        assert environment.authority is not None
        monkeypatch.setenv("NODE_EXTRA_CA_CERTS", environment.authority)
        command = ["node", str(PROGRAMS / "discordjs_voice.cjs"), package]
        await check_program(command, environment, HERE / "discordjs_voice_expected_failures.txt")
