"""Who holds the other end of a TCP connection to this machine, as the kernel's tables tell."""

import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# proc_pid_net(5): the state column, as in include/net/tcp_states.h
ESTABLISHED, SYN_RECEIVED, LISTENING = "01", "03", "0A"
NO_INODE = "0"  # of a connection that nobody has accepted yet; its uid column says nothing then


class Address(NamedTuple):
    """One end of a TCP connection."""

    host: str
    port: int


class _Row(NamedTuple):
    local: str
    remote: str
    state: str
    uid: int
    inode: str


def server_uids(server: Address, own: Address, tables: Path = Path("/proc/net")) -> set[int] | None:
    """Return the user ids of those who can read what is sent over a connection, None where the kernel does not tell.

    That is whoever has accepted it, even if somebody else listens by now. One that waits to be accepted is its listener's:
    had the listener of its time been closed, it would have been reset. Hence listeners are looked up first.
    """
    listeners = _listener_uids(server, tables)
    if listeners is None:
        return None
    ends = {(_shown(local, server.port), _shown(remote, own.port)) for local, remote in _pairs(server.host, own.host)}
    for row in _rows(tables) or ():
        if (row.local, row.remote) in ends and row.state in (ESTABLISHED, SYN_RECEIVED):
            is_accepted = row.state == ESTABLISHED and row.inode != NO_INODE
            return {row.uid} if is_accepted else listeners
    return set()


def _listener_uids(server: Address, tables: Path) -> set[int] | None:
    rows = _rows(tables)
    if rows is None:
        return None
    wanted = {_shown(address, server.port) for address in _listening_addresses(server.host)}
    return {row.uid for row in rows if row.state == LISTENING and row.local in wanted}


def _rows(tables: Path) -> list[_Row] | None:
    """Read the kernel's TCP sockets, None where it shows no table."""
    texts = []
    for name in ("tcp", "tcp6"):
        try:
            texts.append((tables / name).read_text(errors="replace"))
        except OSError:
            continue
    return [row for text in texts for row in _parse(text)] if texts else None


def _parse(text: str) -> Iterator[_Row]:
    for line in text.splitlines()[1:]:
        columns = line.split()
        if len(columns) > 9 and columns[7].isdigit():
            yield _Row(columns[1], columns[2], columns[3], int(columns[7]), columns[9])


def _listening_addresses(host: str) -> list[bytes]:
    """Return the packed addresses whose listener gets a connection to `host`: itself and the wildcards."""
    own = _packed(host)
    return [*own, bytes(16)] if ":" in host else [*own, bytes(4), _MAPPED + bytes(4), bytes(16)]


def _pairs(server_host: str, own_host: str) -> list[tuple[bytes, bytes]]:
    """Return the packed addresses of a connection, as IPv4 and as a listener for both families sees it."""
    return list(zip(_packed(server_host), _packed(own_host), strict=True))


_MAPPED = bytes(10) + b"\xff\xff"  # RFC 4291, section 2.5.5.2


def _packed(host: str) -> list[bytes]:
    if ":" in host:
        return [socket.inet_pton(socket.AF_INET6, host.split("%")[0])]
    packed = socket.inet_pton(socket.AF_INET, host)
    return [packed, _MAPPED + packed]


def _shown(packed: bytes, port: int) -> str:
    """Write an address as /proc/net/tcp does: 32-bit words in the machine's byte order."""
    words = [packed[index : index + 4] for index in range(0, len(packed), 4)]
    address = "".join((word[::-1] if sys.byteorder == "little" else word).hex().upper() for word in words)
    return f"{address}:{port:04X}"
