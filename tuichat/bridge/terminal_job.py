"""Becomes a command whose terminal is standard input; run as a script, `python -I terminal_job.py COMMAND...`.

Only the leader of a session can take a terminal, and only before the command begins: so this runs in between.
"""

import fcntl
import os
import signal
import sys
import termios

EXIT_MISSING = 127


def main(command: list[str]) -> int:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # Python's own, and what somebody who was begun in the background has ignored, would be inherited; whoever leads a terminal
    # has its keys, and ends with it.
    for changed in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(changed, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606  # that is what it is for
    except OSError:
        return EXIT_MISSING


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
