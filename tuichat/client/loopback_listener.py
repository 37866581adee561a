"""Who holds a TCP port of this machine: a port that a dead server left may be taken by another user."""

import os
import socket
import sys
from pathlib import Path

from tuichat.client.errors import NotPermittedHereError, UnreachableError

LISTENING = "0A"  # proc_pid_net(5): the state column, as in include/net/tcp_states.h
ROOT_UID = 0


def check_listener(peer_host: str, peer_port: int, tables: Path = Path("/proc/net")) -> None:
    """Raise NotPermittedHereError unless the listener at a loopback address runs as this user or as root, UnreachableError
    when it is gone.

    Plain http has no certificate to prove who answers, so the kernel is asked. Call it with the address of a connection
    that is open, before anything secret is sent.
    """
    owners = listener_uids(peer_host, peer_port, tables)
    if owners is None:
        raise NotPermittedHereError(
            f"Who listens at {peer_host} port {peer_port} cannot be told on {sys.platform}, so no password or token is sent "
            "there over plain http. Use https://, a self-signed certificate can be pinned."
        )
    if not owners:
        raise UnreachableError(f"Nobody listens at {peer_host} port {peer_port} any more.", was_sent=False)
    strangers = owners - {os.getuid(), ROOT_UID}
    if strangers:
        raise NotPermittedHereError(
            f"Port {peer_port} of {peer_host} is held by user {min(strangers)}, not by you ({os.getuid()}). Plain http cannot prove who "
            "that is, so nothing was sent. Use the server's https:// address."
        )


def listener_uids(host: str, port: int, tables: Path = Path("/proc/net")) -> set[int] | None:
    """Return the user ids of those who listen at an address, None where the kernel does not tell."""
    wanted = {f"{_kernel_address(address)}:{port:04X}" for address in _listening_addresses(host)}
    owners: set[int] = set()
    has_table = False
    for name in ("tcp", "tcp6"):
        try:
            lines = (tables / name).read_text(errors="replace").splitlines()[1:]
        except OSError:
            continue
        has_table = True
        for line in lines:
            columns = line.split()
            if len(columns) > 7 and columns[3] == LISTENING and columns[1] in wanted and columns[7].isdigit():
                owners.add(int(columns[7]))
    return owners if has_table else None


def _listening_addresses(host: str) -> list[bytes]:
    """Return the packed addresses whose listener gets a connection to `host`: itself and the wildcards."""
    if ":" in host:
        return [socket.inet_pton(socket.AF_INET6, host.split("%")[0]), bytes(16)]
    packed = socket.inet_pton(socket.AF_INET, host)
    mapped = bytes(10) + b"\xff\xff"
    return [packed, bytes(4), mapped + packed, mapped + bytes(4), bytes(16)]


def _kernel_address(packed: bytes) -> str:
    """Write an address as /proc/net/tcp does: 32-bit words in the machine's byte order."""
    words = [packed[index : index + 4] for index in range(0, len(packed), 4)]
    return "".join((word[::-1] if sys.byteorder == "little" else word).hex().upper() for word in words)
