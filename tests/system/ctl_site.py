"""A script site beside which tuichat runs, in plain lines and with a pipe for a person, so that `tuichat ctl` has somebody to talk to."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

from tests.system.fresh_home import TUICHAT
from tests.system.script_site import ScriptSite, script_site

START_LIMIT_S = 60.0


@contextlib.asynccontextmanager
async def running_tuichat(site: ScriptSite, *words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the tuichat of `ada` until the end of the block; what is written to its standard input are its lines."""
    running = await asyncio.create_subprocess_exec(
        *TUICHAT,
        "--plain",
        "--commands",
        *words,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        env=site.home.environment,
        cwd=site.home.folder,
    )
    try:
        async with asyncio.timeout(START_LIMIT_S):
            while not await is_connected(site):
                pass  # each look is a process
        yield running
    finally:
        assert running.stdin is not None
        running.stdin.close()
        await running.wait()


async def is_connected(site: ScriptSite) -> bool:
    done = await site.tuichat("ctl", "status", "--json")
    return done.returncode == 0 and any(each["is_connected"] for each in json.loads(done.stdout)["accounts"])


@contextlib.asynccontextmanager
async def ctl_site() -> AsyncIterator[ScriptSite]:
    async with script_site("--no-rate-limits") as site, running_tuichat(site, "--channel", "general"):
        yield site
