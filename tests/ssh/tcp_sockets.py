"""What another program has set at its TCP sockets."""

import contextlib
import ctypes
import os
import socket
from pathlib import Path

_PIDFD_GETFD = 438  # the same on every architecture of Linux since 5.6


def sets_nodelay(pids: list[int], port: int) -> list[bool]:
    """Return of each established connection at this local port that one of these processes holds whether it has TCP_NODELAY."""
    found: dict[str, bool] = {}
    for pid in pids:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                target = os.readlink(link)
                if not target.startswith("socket:") or target in found:
                    continue
                with _borrowed(pid, int(link.name)) as borrowed:
                    if borrowed.family in (socket.AF_INET, socket.AF_INET6) and borrowed.getsockname()[1] == port:
                        borrowed.getpeername()
                        found[target] = bool(borrowed.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
    return list(found.values())


def _borrowed(pid: int, descriptor: int) -> socket.socket:
    """Return a process's own socket. Closing it here leaves it open there."""
    process = os.pidfd_open(pid)
    try:
        number = ctypes.CDLL(None, use_errno=True).syscall(_PIDFD_GETFD, process, descriptor, 0)
        if number < 0:
            raise OSError(ctypes.get_errno(), "pidfd_getfd")
        return socket.socket(fileno=number)
    finally:
        os.close(process)
