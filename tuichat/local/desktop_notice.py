"""Has the desktop show a notice, through a program that every desktop brings; texts are arguments, never a shell's."""

import asyncio
import logging
import shutil
from collections.abc import Callable, Mapping, Sequence
from html import escape

log = logging.getLogger(__name__)

PATIENCE_S = 5.0
_APPLE = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"
_DISPLAYS = ("WAYLAND_DISPLAY", "DISPLAY")
_SSH = ("SSH_CONNECTION", "SSH_TTY")
Find = Callable[[str], str | None]  # the path of a program, None where it is not installed


def find_program(name: str) -> str | None:
    return shutil.which(name)


def sits_at_desktop(environment: Mapping[str, str], platform: str) -> bool:
    """Whether the desktop of this computer is in front of the user: not over SSH, and there is one."""
    if any(environment.get(name) for name in _SSH):
        return False
    return platform == "darwin" or any(environment.get(name) for name in _DISPLAYS)


def command(title: str, body: str, find: Find = find_program) -> list[str] | None:
    """Return the command that shows a notice, its texts being safe already, None where there is no program for it.

    notify-send and D-Bus take a subset of HTML in the body (Desktop Notifications Specification, "Markup").
    """
    if path := find("notify-send"):
        return [path, "--app-name=tuichat", "--", title, escape(body, quote=False)]
    if path := find("osascript"):
        return [path, "-e", _APPLE, title, body]
    if path := find("busctl"):
        name = "org.freedesktop.Notifications"
        call = [path, "--user", "--", "call", name, "/org/freedesktop/Notifications", name, "Notify", "susssasa{sv}i"]
        return [*call, "tuichat", "0", "", title, escape(body, quote=False), "0", "0", "-1"]
    return None


def is_there(find: Find = find_program) -> bool:
    """Whether some program for it is installed."""
    return any(find(name) for name in ("notify-send", "osascript", "busctl"))


async def show(argv: Sequence[str]) -> bool:
    """Run the command; say whether it worked. A program that does not end is ended."""
    quiet = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(*argv, stdin=quiet, stdout=quiet, stderr=quiet)
    except OSError as error:
        log.info("the desktop shows no notice: %s", error)
        return False
    try:
        async with asyncio.timeout(PATIENCE_S):
            code = await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
        log.info("%s did not end in %.0f s", argv[0], PATIENCE_S)
        return False
    if code:
        log.info("%s ended with %d", argv[0], code)
    return code == 0
