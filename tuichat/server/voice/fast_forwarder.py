"""The compiled helper of the forwarder: built where a C compiler is there, and done without where not."""

import asyncio
import ctypes
import ctypes.util
import hashlib
import logging
import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

from tuichat.config.private_files import make_private_dir
from tuichat.errors import TuichatError
from tuichat.protocol.encryption import AES_GCM
from tuichat.server.voice.participant import Address, Participant

SOURCE = Path(__file__).with_suffix(".c")
COMPILE_LIMIT_S = 60.0
READ_AT_ONCE = 64
ADDRESS_BYTES = 6  # before each datagram that is handed up
SPEAKS, HEARS, IS_ANNOUNCED, IS_FAST = 1, 2, 4, 8  # as fast_forwarder.c has them

logger = logging.getLogger(__name__)


class NotBuilt(TuichatError):
    """The helper cannot be had on this machine; the text says why."""


def build(folder: Path) -> Path:
    """Return the compiled helper in `folder`, made anew where it is not that of this source. Raises NotBuilt."""
    crypto = ctypes.util.find_library("crypto")
    compiler = shutil.which("cc")
    if compiler is None or crypto is None:
        missing = "a C compiler (cc)" if compiler is None else "OpenSSL's libcrypto"
        raise NotBuilt(f"the compiled forwarder needs {missing}")
    name = hashlib.sha256(SOURCE.read_bytes() + crypto.encode()).hexdigest()[:16]
    target = make_private_dir(folder) / f"fast_forwarder-{name}.so"
    if target.is_file():
        return target
    made = target.with_suffix(f".{os.getpid()}")
    # Both names are found by ourselves; nothing of it is a stranger's.
    command = [compiler, "-O2", "-shared", "-fPIC", "-pthread", "-o", str(made), str(SOURCE), f"-l:{crypto}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=COMPILE_LIMIT_S, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotBuilt(f"the compiled forwarder could not be built: {error}") from error
    if done.returncode != 0:
        made.unlink(missing_ok=True)
        lines = [line for line in done.stderr.splitlines() if "error" in line] or [f"cc ended with {done.returncode}"]
        raise NotBuilt(f"the compiled forwarder could not be built: {lines[0][:300]}")
    made.replace(target)
    return target


def load(path: Path) -> ctypes.CDLL:
    """Raises NotBuilt."""
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise NotBuilt(f"the compiled forwarder cannot be loaded: {error}") from error
    hub, number = ctypes.c_void_p, ctypes.c_uint32
    for name, result, arguments in (
        ("hub_start", hub, (ctypes.c_int, ctypes.c_int)),
        ("hub_stop", None, (hub,)),
        (
            "hub_set",
            ctypes.c_int,
            (hub, number, ctypes.c_char_p, number, ctypes.c_uint16, ctypes.c_uint64, ctypes.c_int),
        ),
        ("hub_drop", None, (hub, number)),
        ("hub_accept", ctypes.c_int, (hub, number, ctypes.c_uint16, number, number)),
        ("hub_heard_ms", ctypes.c_int64, (hub, number)),
        ("hub_forwarded", ctypes.c_uint64, (hub,)),
    ):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class FastForwarder:
    """The helper at work on a socket: it reads it from `start` to `close`, and hands up what Python has to decide.

    It is told of everybody who is in a room (`set`, `drop`), and remembers whose packets came before, for both.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        self._library = library
        self._hub: int | None = None
        self._up, self._down = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._up.setblocking(False)
        self._loop = asyncio.get_running_loop()

    def start(self, descriptor: int, receive: Callable[[bytes, Address, int], None]) -> None:
        """Take over the reading of a UDP socket, whose reads wait; `close` ends them for good. Raises NotBuilt without a thread."""
        self._hub = self._library.hub_start(descriptor, self._down.fileno())
        if self._hub is None:
            self.close()
            raise NotBuilt("the compiled forwarder could not be started")
        self._loop.add_reader(self._up.fileno(), self._read, receive)

    def close(self) -> None:
        self._loop.remove_reader(self._up.fileno())
        if self._hub is not None:
            self._library.hub_stop(self._hub)
            self._hub = None
        self._up.close()
        self._down.close()

    @property
    def forwarded(self) -> int:
        """How many packets it has sent by itself."""
        return 0 if self._hub is None else int(self._library.hub_forwarded(self._hub))

    def set(self, participant: Participant) -> None:
        """Tell what somebody in a room may do now, and how it is reached."""
        if self._hub is None or participant.room is None:
            return
        host, port = participant.address or ("0.0.0.0", 0)  # noqa: S104  # nobody's
        is_fast = participant.mode == AES_GCM and participant.address is not None and participant.pipe is None
        flags = (
            (SPEAKS if participant.place.may_speak else 0)
            | (HEARS if participant.hears else 0)
            | (IS_ANNOUNCED if participant.is_known else 0)
            | (IS_FAST if is_fast else 0)
        )
        self._library.hub_set(
            self._hub,
            participant.ssrc,
            participant.key,
            int.from_bytes(socket.inet_aton(host), "little" if _IS_LITTLE else "big"),
            port,
            int(participant.place.channel_id),
            flags,
        )

    def drop(self, participant: Participant) -> None:
        if self._hub is not None:
            self._library.hub_drop(self._hub, participant.ssrc)

    def accept(self, ssrc: int, sequence: int, timestamp: int, nonce: int) -> bool | None:
        """Say whether an authentic packet is new; None for somebody who is not in a room."""
        answer = -1 if self._hub is None else self._library.hub_accept(self._hub, ssrc, sequence, timestamp, nonce)
        return None if answer < 0 else bool(answer)

    def heard_ms(self, ssrc: int) -> int | None:
        """Return when the helper heard somebody last, on the loop's clock; None where it did not."""
        return (None if self._hub is None else int(self._library.hub_heard_ms(self._hub, ssrc))) or None

    def _read(self, receive: Callable[[bytes, Address, int], None]) -> None:
        now_ms = int(self._loop.time() * 1000)
        for _ in range(READ_AT_ONCE):
            try:
                message = self._up.recv(2048 + ADDRESS_BYTES)
            except OSError:
                return
            address = (socket.inet_ntoa(message[:4]), int.from_bytes(message[4:6]))
            try:
                receive(message[ADDRESS_BYTES:], address, now_ms)
            except Exception:
                logger.exception("a datagram of %d bytes could not be handled", len(message) - ADDRESS_BYTES)


_IS_LITTLE = socket.htons(1) != 1  # an address in network order, as a number of this machine
