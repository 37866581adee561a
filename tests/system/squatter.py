"""A listener that another user put where a server should be, and what it was sent."""

import os
import socket
import subprocess
from pathlib import Path
from types import TracebackType

from tests.system.other_user import other_command

# It answers nothing, so that whatever a client sends at first is all there is; a byte on standard input ends it.
_LISTEN = """
import selectors
listener = socket.socket({family}, socket.SOCK_STREAM)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind({address})
listener.listen(64)
print("listening", flush=True)
selector = selectors.DefaultSelector()
selector.register(listener, selectors.EVENT_READ)
selector.register(sys.stdin, selectors.EVENT_READ)
heard, visits = b"", 0
while True:
    for key, _ in selector.select():
        if key.fileobj is sys.stdin:
            print(json.dumps(dict(heard=heard.decode("latin-1"), visits=visits)))
            sys.exit(0)
        if key.fileobj is listener:
            connection, _ = listener.accept()
            visits += 1
            selector.register(connection, selectors.EVENT_READ)
        else:
            data = key.fileobj.recv(65536)
            heard += data
            if data:
                key.fileobj.sendall({answer!r})
            else:
                selector.unregister(key.fileobj)
                key.fileobj.close()
"""


class Squatter:
    """Another user's process at a TCP port of this machine, or at a Unix socket's path; ends with its `with`."""

    def __init__(self, *, port: int | None = None, path: Path | None = None, answer: bytes = b"") -> None:
        if path is not None:
            family, address = "socket.AF_UNIX", repr(os.fspath(path))
        else:
            family, address = "socket.AF_INET", f"('127.0.0.1', {port or 0})"
        self._command = other_command(_LISTEN.format(family=family, address=address, answer=answer))
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Squatter":
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd="/"
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "listening\n"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()

    def heard(self) -> str:
        """End it and return all that it was sent, as JSON of `heard` and `visits`."""
        assert self._process is not None
        out, _ = self._process.communicate("end\n", timeout=10)
        return out


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port
