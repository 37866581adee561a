"""Who shares a connection on this machine: how many sessions are at its master's socket, as the system tells."""

import re
from pathlib import Path

SOCKETS = Path(
    "/proc/net/unix"
)  # unix(7), proc_net_unix(5): one line a socket, its state the sixth word, its path the last
_CONNECTED = "03"
_MADE_AS = r"(?:\.[A-Za-z0-9]{16})?"  # ssh gives a master's socket its name only when it listens


def count_clients(control_path: str, sockets: Path = SOCKETS) -> int | None:
    """Return how many sessions a master has besides one of its own, None where the system does not tell."""
    wanted = re.compile(re.escape(control_path) + _MADE_AS)
    try:
        lines = sockets.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return None
    # A socket's own line has as its path what it was bound to: those that a listener accepted have the listener's.
    found = [
        words for words in (line.split(maxsplit=7) for line in lines) if len(words) == 8 and wanted.fullmatch(words[7])
    ]
    return sum(words[5] == _CONNECTED for words in found) if found else None
