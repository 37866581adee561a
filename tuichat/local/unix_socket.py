"""Unix sockets between programs of one user: the folder and the peer are checked on both sides."""

import asyncio
import contextlib
import os
import socket
import stat
import struct
import sys
from pathlib import Path
from typing import Protocol

from tuichat.local.errors import LocalError, PeerRefused
from tuichat.local.runtime import check_folder
from tuichat.translation import _

BACKLOG = 128
CONNECT_TIME_LIMIT_S = 5.0
FULL_QUEUE_S = 0.02  # taste: between the tries at a listener that has no room

_SOL_LOCAL = 0  # <sys/un.h> of macOS and the BSDs
_LOCAL_PEERCRED = 1
_XUCRED_BYTES = 76  # struct xucred: version, uid, count of groups (padded), 16 groups


class HasFileno(Protocol):
    def fileno(self) -> int: ...


def peer_uid(connection: HasFileno) -> int:
    """Return the user id of the process that made the other end of a connected Unix socket."""
    # asyncio and uvloop wrap the socket, each in its own way; the descriptor is the same.
    with socket.socket(fileno=os.dup(connection.fileno())) as real:
        if sys.platform == "linux":
            credentials = real.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            _pid, uid, _gid = struct.unpack("3i", credentials)
        else:
            credentials = real.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, _XUCRED_BYTES)
            _version, uid = struct.unpack_from("2I", credentials)
    return int(uid)


def peer_pid(connection: HasFileno) -> int:
    """Return the id of the process that made the other end of a connected Unix socket, 0 where the system does not tell."""
    if sys.platform != "linux":
        return 0
    with socket.socket(fileno=os.dup(connection.fileno())) as real:
        credentials = real.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", credentials)[0])


def check_peer(connection: HasFileno) -> None:
    """Raise PeerRefused unless the other end is this same user."""
    uid = peer_uid(connection)
    if uid != os.getuid():
        raise PeerRefused(
            _("The process at the other end runs as user {uid}, not as you ({me}).").format(uid=uid, me=os.getuid())
        )


def listen(path: Path) -> socket.socket:
    """Listen at `path` with mode 0600, taking the place of a socket that a dead server left there.

    Call it under the data folder's lock, which is what makes a socket found here a left-over. Each
    accepted connection must still pass `check_peer`. The socket does not block.
    """
    check_folder(path.parent)
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise LocalError(_("{path} is in the way and is no socket; remove it.").format(path=path))
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(os.fspath(path))
        path.chmod(0o600)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise LocalError(
            _("Cannot listen at {path}: {reason}.").format(path=path, reason=error.strerror or error)
        ) from error
    return listener


async def connect(path: Path, *, limit_s: float = CONNECT_TIME_LIMIT_S) -> socket.socket:
    """Return a connected, non-blocking socket whose folder and peer are this user's.

    Raises PeerRefused or LocalError when they are not, and OSError when nobody answers.
    """
    check_folder(path.parent)
    if stat.S_ISLNK(path.lstat().st_mode):
        raise LocalError(_("{path} is a symbolic link; remove it.").format(path=path))
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.setblocking(False)
        async with asyncio.timeout(limit_s):
            await _connect(connection, path)
        check_peer(connection)
    except BaseException:
        connection.close()
        raise
    return connection


async def _connect(connection: socket.socket, path: Path) -> None:
    """Connect, waiting while the listener has no room: asyncio takes that EAGAIN for a connection under way, and soon for one that is."""
    while True:
        try:
            connection.connect(os.fspath(path))
        except BlockingIOError:
            await asyncio.sleep(FULL_QUEUE_S)
        else:
            return
