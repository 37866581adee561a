"""A working day from the shell: every step is a `tuichat` command, between two people who do not read our code."""

import asyncio
import contextlib
import hashlib
import os
import re
import shlex
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.system.fresh_home import TUICHAT
from tests.system.rest_account import GuildObject
from tests.system.script_site import ScriptSite, script_site
from tests.voice.libraries import needs_voice

pytestmark = [
    *needs_voice,
    pytest.mark.slow,
    pytest.mark.skipif(not (shutil.which("jq") and shutil.which("bash")), reason="the scripts need bash and jq"),
]

SCRIPTS = Path(__file__).parent.parent / "scripts"
BUILD = os.urandom(200_000)


def environment_of(site: ScriptSite, profile: str) -> dict[str, str]:
    """Return the environment of a shell in which `tuichat` is that of a profile."""
    programs = site.home.folder / f"bin-{profile}"
    programs.mkdir()
    (programs / "tuichat").write_text(f'#!/bin/sh\nexec {shlex.join([*TUICHAT, "--profile", profile])} "$@"\n')
    (programs / "tuichat").chmod(0o700)
    return site.home.environment | {"PATH": f"{programs}:{site.home.environment['PATH']}"}


@contextlib.asynccontextmanager
async def running_tuichat(site: ScriptSite) -> AsyncIterator[asyncio.subprocess.Process]:
    """Have a tuichat run that `tuichat ctl` talks to, in lines and without a terminal."""
    running = await site.start("--plain", "--commands")
    assert running.stdin is not None
    try:
        while (await site.tuichat("ctl", "status")).returncode:
            assert running.returncode is None
        yield running
    finally:
        running.stdin.close()
        await running.communicate()


async def test_a_working_day_goes_by_commands_alone() -> None:
    async with script_site("--no-rate-limits") as site, contextlib.AsyncExitStack() as stack:
        await site.sign_in("bob", "bob")
        build = site.home.folder / "build-1.4"
        build.write_bytes(BUILD)
        await stack.enter_async_context(running_tuichat(site))
        pipe = asyncio.subprocess.PIPE
        colleague = await asyncio.create_subprocess_exec(
            SCRIPTS / "colleague.sh",
            "ada",
            "Release build-1.4",
            env=environment_of(site, "bob"),
            stdout=pipe,
            stderr=pipe,
        )
        day = await asyncio.create_subprocess_exec(
            SCRIPTS / "working_day.sh", "bob", build, env=environment_of(site, "default"), stdout=pipe, stderr=pipe
        )
        (out, told), (_out, colleague_told) = await asyncio.gather(day.communicate(), colleague.communicate())
        assert (day.returncode, colleague.returncode) == (0, 0), told + colleague_told
        minutes = re.sub(r"^\d\d:\d\d ", "", out.decode(), flags=re.MULTILINE).splitlines()
        assert minutes[-7:] == [
            "bob: here",
            "ada: @bob may it go out?",
            "bob: yes, it may",
            "ada: the build [build-1.4]",
            f"ada: {hashlib.sha256(BUILD).hexdigest()}  -",
            "ada: come to the call",
            "bob: bye",
        ]
        (made,) = [
            each
            for each in await site.bob.call("GET", "/users/@me/guilds", list[GuildObject])
            if each.name == "Release build-1.4"
        ]
        general = await site.bob.text_channel(made.id)
        assert (await site.texts(general.id))[-1] == "done for today"
