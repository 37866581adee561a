"""A network of a test's own: nothing in it but a loopback, until a link is laid to it."""

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

needs_links = [
    pytest.mark.system,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make network namespaces"),
    pytest.mark.skipif(
        not all(shutil.which(program) for program in ("ip", "nsenter", "unshare")),
        reason="iproute2 or util-linux is not installed: make test-deps",
    ),
    pytest.mark.skipif(not Path("/dev/net/tun").exists(), reason="this machine has no /dev/net/tun"),
]

_CLONE_NEWNET = 0x4000_0000
# IPv6 would say its own things on an empty link. TCP is Linux's usual one, else the next to it, whatever this machine prefers: BBR lets
# no more than four packets be on their way for a moment each ten seconds. It lasts as long as this process, and that as the test's.
_KEEPER = """
ip link set lo up
for each in all default; do echo 1 >/proc/sys/net/ipv6/conf/$each/disable_ipv6 || true; done 2>/dev/null
for each in cubic reno; do echo $each >/proc/sys/net/ipv4/tcp_congestion_control && break; done 2>/dev/null
echo ready
exec cat >/dev/null
"""


class Namespace:
    """Programs are run in it by `command`, or by a test that enters it itself."""

    def __init__(self) -> None:
        self._keeper: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._keeper = subprocess.Popen(
            ["unshare", "--net", "sh", "-c", _KEEPER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        assert self._keeper.stdout is not None
        assert self._keeper.stdout.readline() == b"ready\n", "the network namespace could not be made"

    def stop(self) -> None:
        if self._keeper is not None:
            self._keeper.kill()
            self._keeper.communicate()
            self._keeper = None

    @property
    def path(self) -> str:
        assert self._keeper is not None
        return f"/proc/{self._keeper.pid}/ns/net"

    @property
    def prefix(self) -> tuple[str, ...]:
        return ("nsenter", f"--net={self.path}")

    def command(self, *words: str) -> list[str]:
        return [*self.prefix, *words]

    def run(self, *words: str) -> None:
        subprocess.run(self.command(*words), check=True, timeout=10)

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Have this thread be in it meanwhile: its new sockets, and the programs and threads that it begins, are there."""
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        try:
            enter_network(self.path)
            yield
        finally:
            _set_namespace(before)
            os.close(before)


def enter_network(path: str) -> None:
    """Move this thread into the network namespace that a file stands for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        _set_namespace(descriptor)
    finally:
        os.close(descriptor)


def _set_namespace(descriptor: int) -> None:
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def network_namespace() -> Iterator[Namespace]:
    made = Namespace()
    made.start()
    try:
        yield made
    finally:
        made.stop()
