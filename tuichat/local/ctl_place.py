"""Finds the ctl socket of a profile and those of bridges, and loads next to nothing for it: a key of a window manager waits."""

import os
import sys
from collections.abc import Iterator, Mapping

try:
    from _blake2 import blake2b  # what hashlib hands on, without the 3 ms that loading OpenSSL takes
except ImportError:
    from hashlib import blake2b

_DIGEST_BYTES = 8
_APP_NAME = "tuichat"
_BRIDGE = "laptop-"  # of what lends this laptop's sound; login.py has the other socket of a session


def socket_name(state_dir: str) -> str:
    """Return the name of the ctl socket of the profile whose state is in this folder; two folders never share it."""
    digest = blake2b(os.fsencode(os.path.realpath(state_dir)), digest_size=_DIGEST_BYTES).hexdigest()
    return f"ctl-{digest}.sock"


def find_socket(profile: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """Return the path of the socket of a profile, its name in lower case; None where no tuichat of it listens.

    Also where this program has another environment than that tuichat, as those of cron have.
    """
    state = state_dir(environ)
    name = socket_name(f"{state}/profiles/{profile}")
    for folder in _folders(state, environ):
        path = f"{folder}/{name}"
        if os.path.lexists(path):
            return path
    return None


def bridge_socket_name(key: str) -> str:
    """Return the name of the control socket of a session's bridge; the key is 16 hexadecimal digits."""
    return f"{_BRIDGE}{key}.sock"


def find_bridges(environ: Mapping[str, str] = os.environ) -> list[str]:
    """Return the paths of the control sockets of this user's bridges, the newest first; some may be left over."""
    found: dict[str, float] = {}
    for folder in _folders(state_dir(environ), environ):
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            if name.startswith(_BRIDGE) and name.endswith(".sock"):
                path = f"{folder}/{name}"
                try:
                    found[path] = os.lstat(path).st_mtime
                except OSError:
                    continue
    return sorted(found, key=lambda path: found[path], reverse=True)


def state_dir(environ: Mapping[str, str] = os.environ) -> str:
    """Return what `config.paths.state_dir` does, which loads more."""
    given, home = environ.get("XDG_STATE_HOME", ""), environ.get("HOME", "")
    is_plain = home.startswith("/") and (not given or (given.startswith("/") and given == given.strip()))
    if sys.platform == "linux" and is_plain and "ANDROID_DATA" not in environ:
        return f"{given or home + '/.local/state'}/{_APP_NAME}"
    from tuichat.config import paths

    return str(paths.state_dir())


def _folders(state: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the folders that `local/runtime.py` may have chosen, in its order."""
    me = os.getuid()
    given = environ.get("XDG_RUNTIME_DIR", "")
    if given.startswith("/"):
        yield f"{given}/{_APP_NAME}"
    yield f"/run/user/{me}/{_APP_NAME}"
    yield f"{state}/run"
    temporary = [environ.get(name, "") for name in ("TMPDIR", "TEMP", "TMP")]
    for folder in (*temporary, "/tmp", "/var/tmp", "/usr/tmp"):  # noqa: S108  # as tempfile.gettempdir has them
        if folder:
            yield f"{folder}/{_APP_NAME}-{me}"
