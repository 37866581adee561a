"""A plugin in a real tuichat, from the manual's own examples: it is written, enabled, greets, tells its log, and is ended."""

import asyncio
import shlex
from pathlib import Path

import pytest

from tests.automation.plugins.cells import works
from tests.system.fresh_home import TUICHAT
from tests.system.plain_terminal import PlainTerminal
from tests.system.rest_account import UserObject
from tests.system.script_site import ScriptSite, script_site
from tuichat.automation.plugins.confinement import Confinement

pytestmark = [pytest.mark.system, pytest.mark.slow, pytest.mark.timeout(300)]  # many programs start, each in its turn

MANUAL = Path(__file__).parents[2] / "man" / "tuichat-plugin.5"
TRIES = 600


def command_lines() -> list[str]:
    return [line.removeprefix(".Dl ") for line in MANUAL.read_text().splitlines() if line.startswith(".Dl ")]


def blocks() -> list[str]:
    """Return the literal blocks of the manual as they are typed."""
    return [
        each.partition("\n")[2].partition("\n.Ed")[0].replace("\\e", "\\") + "\n"
        for each in MANUAL.read_text().split(".Bd -literal")[1:]
    ]


async def shell(site: ScriptSite, line: str) -> str:
    programs = site.home.folder / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "tuichat").write_text(f'#!/bin/sh\n{shlex.join(TUICHAT)} "$@"\n')
    (programs / "tuichat").chmod(0o700)
    environment = site.home.environment | {"PATH": f"{programs}:{site.home.environment['PATH']}"}
    process = await asyncio.create_subprocess_shell(
        line,
        env=environment,
        cwd=site.home.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    told, errors = await process.communicate()
    assert process.returncode == 0, (line, told, errors)
    return told.decode()


async def until_said(site: ScriptSite, text: str) -> None:
    for _try in range(TRIES):
        if text in await site.texts():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{text!r} was not said: {await site.texts()}")


async def until_listed(site: ScriptSite, words: str) -> None:
    for _try in range(TRIES // 10):
        listed = await shell(site, "tuichat plugin list")
        if words in listed:
            return
    raise AssertionError(f"{words!r} is not in {listed}")


async def test_the_examples_of_the_manual_work_in_an_open_tuichat() -> None:
    new, enable, show, log, disable = command_lines()
    async with script_site("--no-rate-limits") as site:
        site.home.environment["PATH"] = "/usr/local/bin:/usr/bin:/bin"  # without the shims of version managers
        await shell(site, new)
        folder = site.home.folder / "config" / "tuichat" / "plugins" / "greeter"
        assert {path.read_text() for path in folder.iterdir()} <= set(blocks())
        with await asyncio.to_thread(PlainTerminal, site.home, "--plain", "--channel", "general") as screen:
            await asyncio.to_thread(screen.wait_for, "You are in #general")
            await shell(site, enable)
            await until_listed(site, "greeter 0.1: enabled, running")
            if works(Confinement.BUBBLEWRAP) or works(Confinement.LANDLOCK):
                assert "keeps it from your files, other programs and the network" in await shell(site, show)
            me = await site.ada.call("GET", "/users/@me", UserObject)
            await site.bob.send(site.general.id, f"<@{me.id}> hello")
            await until_said(site, "Hello bob!")
            assert "tuichat: It begins. Confined by: " in await shell(site, log)
            following = await site.start("plugin", "log", "greeter", "--follow")
            assert following.stdout is not None
            assert b"It begins." in await following.stdout.readline()
            await shell(site, disable)
            assert b"It ended: tuichat ended it." in await following.stdout.readline()
            following.terminate()  # SIGINT may be ignored where this test is run in the background
            await following.communicate()
            await until_listed(site, "greeter 0.1: disabled")


async def test_the_shell_script_of_the_manual_is_a_plugin() -> None:
    (script,) = [each for each in blocks() if each.startswith("read -r hello")]
    async with script_site("--no-rate-limits") as site:
        folder = site.home.folder / "herald"
        folder.mkdir()
        manifest = 'name = "herald"\nversion = "1"\ndescription = "Says that it is there"\nrun = ["sh", "herald.sh"]\n'
        assert 'run = ["sh", "herald.sh"]' in MANUAL.read_text().replace("\\(dq", '"')
        (folder / "plugin.toml").write_text(manifest + 'actions = ["msg"]\n')
        (folder / "herald.sh").write_text(script)
        await shell(site, f"tuichat plugin enable --yes {folder}")
        with await asyncio.to_thread(PlainTerminal, site.home, "--plain", "--channel", "general") as screen:
            await asyncio.to_thread(screen.wait_for, "You are in #general")
            await until_said(site, "I am here.")
            await until_listed(site, "it ended by itself")
        log = await shell(site, "tuichat plugin log herald")
        assert 'herald: {"type":"answer","id":1,"is_done":true' in log
        assert "It ended: by itself." in log
