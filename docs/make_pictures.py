"""Draws the manual's pictures: runs the screen over a conversation made by hand and writes PNG files beside this one.

Run it from the checkout: `python docs/make_pictures.py [NAME ...]`; emoji need Debian's fonts-noto-color-emoji.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import msgspec

CHECKOUT = Path(__file__).resolve().parent.parent
FOLDER = CHECKOUT / "docs" / "pictures"
PICTURES = {
    "main": ("showcase", (124, 44), "dark"),
    "call": ("showcase_call", (120, 36), "dark"),
    "room": ("showcase_room", (120, 36), "dark"),
    "narrow": ("selected", (80, 24), "dark"),
    "search": ("searching", (120, 36), "dark"),
    "palette": ("palette", (120, 36), "dark"),
    "compact": ("conversation", (120, 36), "high-contrast"),
    "light": ("pressing", (120, 36), "light"),
}


async def draw(name: str, scene: str, size: tuple[int, int], theme: str) -> None:
    from docs.showcase import SHOWCASES, ShowcaseClient
    from tests.tui.scenes import DARK, SCENES, THEMES, sample_client
    from tests.tui.screens import running
    from tuichat.tui.messages.highlighting import HIGHLIGHTER
    from tuichat.tui.screenshot import write_png

    HIGHLIGHTER.load("python")
    settings = THEMES.get(theme, DARK)
    if name == "compact":
        settings = msgspec.structs.replace(settings, ui=msgspec.structs.replace(settings.ui, compact=True))
    client = ShowcaseClient(Path(os.environ["HOME"])) if scene in SHOWCASES else sample_client()
    async with running(client, size=size, settings=settings) as shown:
        await {**SCENES, **SHOWCASES}[scene](shown)
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
