"""Runs one command as the foreground job of a terminal of its own, and says when it suspends itself; run as a script.

`python -I terminal_job.py DESCRIPTOR COMMAND...` leads a session whose terminal is standard input. A command whose parent were
in another session could not be suspended (POSIX: its process group would be an orphan), and `~^Z` of ssh would do nothing.
"""

import contextlib
import fcntl
import os
import signal
import sys
import termios

SUSPENDED = b"z"
CONTINUE = b"c"
EXIT_MISSING = 127


def main(channel: int, command: list[str]) -> int:
    """Return the exit code of `command`, or end by the signal that ended it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    pid = os.fork()
    if pid == 0:
        _become(channel, command)
    while True:
        _pid, status = os.waitpid(pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            break
        os.write(channel, SUSPENDED)
        if not os.read(channel, 1):
            os.killpg(pid, signal.SIGHUP)
        os.killpg(pid, signal.SIGCONT)
    if os.WIFSIGNALED(status):
        with contextlib.suppress(OSError):  # of SIGKILL, which nobody can set
            signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
        os.kill(os.getpid(), os.WTERMSIG(status))
    return os.waitstatus_to_exitcode(status)


def _become(channel: int, command: list[str]) -> None:
    try:
        os.close(channel)
        os.setpgid(0, 0)
        signal.signal(signal.SIGTTOU, signal.SIG_IGN)
        os.tcsetpgrp(0, os.getpid())
        for changed in (signal.SIGTTOU, signal.SIGPIPE, signal.SIGXFSZ):  # the last two by Python
            signal.signal(changed, signal.SIG_DFL)
        os.execvp(command[0], command)  # noqa: S606  # that is what it is for
    finally:
        os._exit(EXIT_MISSING)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
