"""The runtime folder: where Unix sockets of this user live, closed to everybody else."""

import hashlib
import os
import stat
import sys
import tempfile
from pathlib import Path

from tuichat.config.paths import APP_NAME, Profile, state_dir
from tuichat.config.private_files import PRIVATE_DIR_MODE, PrivateFileError, make_private_dir
from tuichat.local.ctl_place import socket_name
from tuichat.local.errors import LocalError
from tuichat.translation import _

# sockaddr_un.sun_path holds this many bytes, the ending NUL included.
SOCKET_PATH_LIMIT_BYTES = 104 if sys.platform == "darwin" else 108
_LONGEST_NAME_BYTES = len("/server-0123456789abcdef.sock") + 1


def runtime_dir(data: Path | None = None) -> Path:
    """Return the folder for sockets, made and checked: ours, mode 0700, no symlink.

    `$XDG_RUNTIME_DIR/tuichat`, else `run` in the state folder, else `run` in the data folder (a service
    may be kept from writing anywhere else), else `tuichat-UID` in the temporary folder; the first whose
    path is short enough for a socket and that can be made. Raises LocalError when somebody else got there first.
    """
    for folder in _candidates(data):
        if len(os.fsencode(folder)) + _LONGEST_NAME_BYTES <= SOCKET_PATH_LIMIT_BYTES and _make(folder):
            check_folder(folder)
            return folder
    raise LocalError(
        _(
            "There is no folder to put a socket into, with a path of at most {socket_path_limit_bytes} "
            "bytes; set XDG_RUNTIME_DIR to a folder of your own."
        ).format(socket_path_limit_bytes=SOCKET_PATH_LIMIT_BYTES)
    )


def server_socket_path(data: Path) -> Path:
    """Return where the server of the data folder `data` listens; two data folders never share it."""
    digest = hashlib.sha256(os.fsencode(data.resolve())).hexdigest()[:16]
    return runtime_dir(data) / f"server-{digest}.sock"


def ctl_socket_path(profile: Profile) -> Path:
    """Return where the running tuichat of a profile takes orders; two profiles or homes never share it."""
    return runtime_dir() / socket_name(os.fspath(profile.state_dir))


def make_folder(folder: Path) -> Path:
    """Make `folder` private, as `make_private_dir` does. Raises LocalError."""
    try:
        return make_private_dir(folder)
    except PrivateFileError as error:
        raise LocalError(str(error)) from error


def check_folder(folder: Path) -> None:
    """Raise LocalError unless `folder` is a real folder of this user that nobody else can enter."""
    status = folder.lstat()
    if stat.S_ISLNK(status.st_mode):
        raise LocalError(
            _("{folder} is a symbolic link; sockets are not kept behind one. Remove it.").format(folder=folder)
        )
    if not stat.S_ISDIR(status.st_mode):
        raise LocalError(_("{folder} must be a folder and is not; remove it.").format(folder=folder))
    if status.st_uid != os.getuid():
        raise LocalError(
            _(
                "{folder} belongs to user {owner}, not to you ({me}): somebody may be waiting for your "
                "connection. Remove it, or set XDG_RUNTIME_DIR to a folder of your own."
            ).format(folder=folder, owner=status.st_uid, me=os.getuid())
        )
    mode = stat.S_IMODE(status.st_mode)
    if mode & 0o077:
        raise LocalError(
            _("{folder} is open to others (mode {mode:04o}); run: chmod 700 '{folder}'").format(
                folder=folder, mode=mode
            )
        )


def _candidates(data: Path | None) -> list[Path]:
    candidates = [state_dir() / "run"]
    if data is not None:
        candidates.append(data / "run")
    candidates.append(Path(tempfile.gettempdir()) / f"{APP_NAME}-{os.getuid()}")
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    # After `su` the variable may name the other user's folder; theirs is no place for our sockets.
    if given.startswith("/") and _is_usable(Path(given)):
        candidates.insert(0, Path(given) / APP_NAME)
    return candidates


def _is_usable(folder: Path) -> bool:
    try:
        status = folder.stat()
    except OSError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid() and os.access(folder, os.W_OK | os.X_OK)


def _make(folder: Path) -> bool:
    """Make `folder` if it is not there; return whether it is there now."""
    try:
        if folder.parent == state_dir():
            make_private_dir(folder.parent)
        folder.mkdir(mode=PRIVATE_DIR_MODE)
    except FileExistsError:
        return True
    except (OSError, PrivateFileError):
        return False
    return True
