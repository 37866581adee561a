"""Remembers that somebody stopped a server on purpose, so that the clients it leaves behind do not start it again.

It lies in the data folder, not the runtime folder: that one differs between a desktop, an SSH session and cron.
"""

import contextlib
from pathlib import Path

from tuichat.config.private_files import write_private
from tuichat.local.data_lock import LOCK_NAME

MARKER_NAME = "stopped"


def put_stop_marker(data: Path) -> None:
    """Mark the data; a folder that no server ever had open gets no mark."""
    if (data / LOCK_NAME).is_file():
        write_private(data / MARKER_NAME, b"")


def has_stop_marker(data: Path) -> bool:
    return (data / MARKER_NAME).exists()


def remove_stop_marker(data: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        (data / MARKER_NAME).unlink()
