"""A plugin's log: its standard error, and what tuichat refused it; private, bounded and without secrets."""

import contextlib
import logging
import os
import sys
import time
from pathlib import Path

from tuichat.automation.plugins.status import folder_of
from tuichat.config.log import PrivateRotatingHandler, RedactingFormatter
from tuichat.config.paths import Profile
from tuichat.config.private_files import make_private_dir

MAX_LINE_CHARACTERS = 4096
HOST = "tuichat"
LOOK_EVERY_S = 0.2  # taste: how soon a line shows that somebody follows; a log tells nobody that it grew


def log_path(profile: Profile, name: str) -> Path:
    return folder_of(profile, name) / "plugin.log"


class PluginLog:
    """The log of one run of a plugin, at the end of what is there. It grows to a megabyte, and the three before are kept."""

    def __init__(self, profile: Profile, name: str) -> None:
        make_private_dir(folder_of(profile, name))
        self._name = name
        self._handler = PrivateRotatingHandler(log_path(profile, name))
        self._handler.setFormatter(RedactingFormatter())

    def program(self, line: str) -> None:
        """Keep a line of the plugin's standard error."""
        self._emit(self._name, logging.INFO, line)

    def host(self, sentence: str) -> None:
        """Keep what tuichat has to say about the plugin."""
        self._emit(HOST, logging.WARNING, sentence)

    def close(self) -> None:
        self._handler.close()

    def _emit(self, who: str, level: int, line: str) -> None:
        shown = line if len(line) <= MAX_LINE_CHARACTERS else line[: MAX_LINE_CHARACTERS - 1] + "…"
        self._handler.emit(logging.LogRecord(who, level, "", 0, shown, None, None))


def follow_log(path: Path) -> None:
    """Print a log and what comes to it, also where it is rotated or not there yet, until Ctrl+C."""
    position, file = 0, -1
    while True:
        with contextlib.suppress(FileNotFoundError):
            there = path.stat().st_ino
            if there != file:
                position, file = 0, there
            with path.open(encoding="utf-8", errors="replace") as lines:
                os.lseek(lines.fileno(), position, os.SEEK_SET)
                sys.stdout.write(lines.read())
                position = os.lseek(lines.fileno(), 0, os.SEEK_CUR)
            sys.stdout.flush()
        time.sleep(LOOK_EVERY_S)
