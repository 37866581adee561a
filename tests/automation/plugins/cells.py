"""Plugins of a test: a folder with a manifest and a program, and the process that runs it confined in one way or another."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tuichat.automation.plugins import confinement
from tuichat.automation.plugins.confinement import Cell, Confinement
from tuichat.automation.plugins.log import PluginLog, log_path
from tuichat.automation.plugins.manifest import Manifest, load
from tuichat.automation.plugins.process import PluginProcess
from tuichat.config.paths import Profile

ROOT = Path(__file__).parents[3]
MANIFEST = 'name = "{name}"\nversion = "1"\ndescription = "of a test"\nrun = ["{run}"{more}]\n'


@cache
def works(kind: Confinement) -> bool:
    return kind is Confinement.NONE or confinement.find((kind,)) is kind


def require(kind: Confinement) -> None:
    if not works(kind):
        pytest.skip(f"{kind.value} does not work here: install it, or run on a Linux that has it")


@dataclass
class Written:
    """What a plugin wrote on standard output, line by line, and how it ended."""

    lines: list[bytes]
    reason: str
    log: str


class CellMaker:
    """Makes plugins of one profile under a folder of the test."""

    def __init__(self, profile: Profile, folder: Path) -> None:
        self.profile = profile
        self.folder = folder
        self.library = folder / "library"
        (self.library / "tuichat").mkdir(parents=True)
        (self.library / "tuichat" / "__init__.py").touch()
        shutil.copy(ROOT / "tuichat" / "plugin.py", self.library / "tuichat")

    def plugin(self, name: str, program: str, *, run: str = "python3", extra: str = "") -> tuple[Manifest, Cell]:
        """Write a plugin in Python, or in what `run` names, whose manifest ends with `extra`."""
        folder = self.folder / "plugins" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "program").write_text(program)
        (folder / "plugin.toml").write_text(MANIFEST.format(name=name, run=run, more=', "program"') + extra)
        own = self.folder / "own" / name
        for each in ("home", "tmp"):
            (own / each).mkdir(mode=0o700, parents=True, exist_ok=True)
        cell = Cell(folder.resolve(), self.library.resolve(), (own / "home").resolve(), (own / "tmp").resolve())
        return load(folder), cell

    def process(
        self, kind: Confinement, made: tuple[Manifest, Cell], take: Callable[[bytes], Awaitable[bytes]]
    ) -> PluginProcess:
        manifest, cell = made
        return PluginProcess(manifest, kind, cell, PluginLog(self.profile, manifest.name), take)

    async def run(self, kind: Confinement, made: tuple[Manifest, Cell], hello: bytes = b"{}\n") -> Written:
        """Run a plugin to its end; each line that it writes is answered with an empty object."""
        lines: list[bytes] = []

        async def take(line: bytes) -> bytes:
            lines.append(line)
            return b"{}\n"

        process = self.process(kind, made, take)
        process.event(hello)
        reason = await asyncio.wait_for(process.run(), 60)
        path = log_path(self.profile, made[0].name)
        return Written(lines, reason, path.read_text() if path.exists() else "")
