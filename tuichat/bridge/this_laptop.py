"""What this laptop is called where one logs in: by a name for people, and by a number that no other laptop has."""

import logging
import re
import secrets
import socket

from tuichat.config.paths import bridge_state_dir
from tuichat.config.private_files import locked, make_private_dir, write_private
from tuichat.errors import TuichatError

log = logging.getLogger(__name__)

_NUMBER = re.compile(r"[0-9a-f]{16}")


def laptop_name() -> str:
    return socket.gethostname()[:64]


def laptop_number() -> str:
    """Return 16 hexadecimal digits, drawn once and kept in the state folder; "" where they cannot be kept."""
    path = bridge_state_dir() / "laptop"
    try:
        make_private_dir(path.parent)
        with locked(path.with_name("laptop.lock")):
            if path.exists() and _NUMBER.fullmatch(known := path.read_text("ascii", "replace").strip()):
                return known
            number = secrets.token_hex(8)
            write_private(path, f"{number}\n".encode())
            return number
    except (OSError, TuichatError) as error:
        log.warning("the number of this laptop cannot be kept: %s", error)
        return ""
