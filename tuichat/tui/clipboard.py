"""The ways to the clipboard besides OSC 52: programs of this machine, where the user sits at it, and tmux."""

import logging
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

logger = logging.getLogger(__name__)

TIMEOUT_S = 2.0
MAX_OSC52_BYTES = 74_994  # of text: 100,000 of base64, the least that common terminals take


def programs(environ: Mapping[str, str], which: Callable[[str], str | None], platform: str) -> list[Sequence[str]]:
    """Return the commands that take a text on standard input to a clipboard that this user sees.

    Over SSH the desktop's programs would fill the clipboard of the machine far away; tmux passes it on to the terminal.
    """
    found: list[Sequence[str]] = []
    if environ.get("TMUX"):
        found.append(("tmux", "load-buffer", "-w", "-"))
    if not environ.get("SSH_CONNECTION"):
        if platform == "darwin":
            found.append(("pbcopy",))
        elif environ.get("WAYLAND_DISPLAY"):
            found.append(("wl-copy",))
        elif environ.get("DISPLAY"):
            found += [("xclip", "-selection", "clipboard"), ("xsel", "--clipboard", "--input")]
        elif environ.get("WSL_DISTRO_NAME"):
            found.append(("clip.exe",))
    return [(path, *command[1:]) for command in found if (path := which(command[0])) is not None]


def copy_by(commands: Sequence[Sequence[str]], text: str) -> bool:
    """Give the text to the first program of each kind that takes it; waits for them. Return whether one did."""
    has_copied = False
    done: set[str] = set()
    for command in commands:
        name = Path(command[0]).name
        if name == "xsel" and "xclip" in done:
            continue
        try:
            subprocess.run(  # noqa: S603  fixed programs; the text goes in by standard input
                command,
                input=text.encode("utf-8", "replace"),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=TIMEOUT_S,
                check=True,
            )
        except (OSError, subprocess.SubprocessError) as error:
            logger.info("%s did not take what was copied: %s", name, type(error).__name__)
            continue
        has_copied = True
        done.add(name)
    return has_copied


def osc52_text(text: str) -> tuple[str, bool]:
    """Return as much of a text as terminals take by OSC 52, and whether that is all."""
    encoded = text.encode("utf-8", "replace")
    if len(encoded) <= MAX_OSC52_BYTES:
        return text, True
    return encoded[:MAX_OSC52_BYTES].decode("utf-8", "ignore"), False
