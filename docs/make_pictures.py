"""Draws the manual's pictures: runs the screen over a conversation made by hand and writes PNG files beside this one.

Run it from the checkout: `python docs/make_pictures.py [NAME ...]`.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
FOLDER = CHECKOUT / "docs" / "pictures"
PICTURES = {
    "main": ("conversation", (120, 36)),
    "narrow": ("selected", (80, 24)),
    "overlay": ("channels", (80, 24)),
    "not-sent": ("not_sent", (120, 36)),
    "scrolled": ("scrolled", (120, 36)),
    "replying": ("replying", (100, 30)),
    "switcher": ("switching", (120, 36)),
    "help": ("helping", (120, 36)),
    "light": ("conversation", (120, 36)),
}


async def draw(name: str, scene: str, size: tuple[int, int]) -> None:
    from tests.tui.scenes import DARK, LIGHT, SCENES, sample_client
    from tests.tui.screens import running
    from tuichat.tui.screenshot import write_png

    settings = LIGHT if name == "light" else DARK
    async with running(sample_client(), size=size, settings=settings) as shown:
        await SCENES[scene](shown)
        await shown.settle()
        await shown.settle()
        write_png(shown.app, FOLDER / f"{name}.png")


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in PICTURES]
    if unknown:
        sys.stderr.write(f"no such picture: {', '.join(unknown)}; there are {', '.join(PICTURES)}\n")
        return 2
    sys.path.insert(0, str(CHECKOUT))
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ.update(HOME=home, TZ="UTC", COLORTERM="truecolor", TERM="xterm-256color")
        os.environ["XDG_DATA_HOME"] = "/home/ada/.local/share"
        os.environ.pop("NO_COLOR", None)
        time.tzset()
        for name in names or PICTURES:
            asyncio.run(draw(name, *PICTURES[name]))
            sys.stdout.write(f"{FOLDER / name}.png\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
