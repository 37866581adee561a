"""What became of a plugin: whether it runs, and how it ended the last time."""

import os
from enum import Enum
from pathlib import Path

import msgspec

from tuichat.config.paths import Profile
from tuichat.config.private_files import make_private_dir, write_private


class State(Enum):
    RUNNING = "running"
    ENDED = "ended"


class Status(msgspec.Struct, frozen=True):
    """`host_pid` is the tuichat that wrote it, `when` ISO 8601, `text` a sentence about how it ended."""

    state: State
    when: str
    text: str = ""
    confined_by: str = ""
    host_pid: int = msgspec.field(default_factory=os.getpid)

    @property
    def is_running(self) -> bool:
        """Whether it runs: a tuichat that was killed could not write that it ended."""
        if self.state is not State.RUNNING:
            return False
        try:
            os.kill(self.host_pid, 0)
        except OSError:
            return False
        return True


def folder_of(profile: Profile, name: str) -> Path:
    """Return where tuichat keeps what belongs to a plugin: status, log, and the plugin's own home."""
    return profile.state_dir / "plugins" / name


def read(profile: Profile, name: str) -> Status | None:
    try:
        return msgspec.json.decode((folder_of(profile, name) / "status.json").read_bytes(), type=Status)
    except (OSError, msgspec.DecodeError, UnicodeDecodeError):  # nobody has run it, or nobody can tell
        return None


def write(profile: Profile, name: str, status: Status) -> None:
    """Raises PrivateFileError."""
    write_private(make_private_dir(folder_of(profile, name)) / "status.json", msgspec.json.encode(status))
