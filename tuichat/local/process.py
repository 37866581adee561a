"""Ends another process of this user without ever hitting a stranger that got its pid."""

import os
import signal
import sys
from collections.abc import Callable

from tuichat.local.errors import LocalError
from tuichat.translation import _


def end_process(pid: int, *, still_meant: Callable[[], bool]) -> None:
    """Send SIGTERM to `pid` if `still_meant()`; a process that is gone is no error.

    Where the kernel has them (Linux 5.3), a pidfd pins the process before `still_meant` is asked, so
    that a pid given anew in between is never signalled.
    """
    try:
        if sys.platform == "linux":
            try:
                pinned = os.pidfd_open(pid)
            except ProcessLookupError:
                return
            except OSError:
                pass  # an older kernel, or a sandbox that forbids the call
            else:
                try:
                    if still_meant():
                        signal.pidfd_send_signal(pinned, signal.SIGTERM)
                finally:
                    os.close(pinned)
                return
        if still_meant():
            os.kill(pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    except PermissionError as error:
        raise LocalError(_("Process {pid} belongs to another user; only they can stop it.").format(pid=pid)) from error
