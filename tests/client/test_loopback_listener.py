"""The kernel says who holds the other end of a connection to this machine."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tuichat.client.errors import NotPermittedHereError, UnreachableError
from tuichat.client.loopback_listener import check_server
from tuichat.local.tcp_owner import Address, server_uids

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
ME, STRANGER = os.getuid(), os.getuid() + 1000
SERVER, OWN = Address("127.0.0.1", 0x223D), Address("127.0.0.1", 0xC350)
AT_SERVER, AT_OWN, NOWHERE = "0100007F:223D", "0100007F:C350", "00000000:0000"
MAPPED = "0000000000000000FFFF0000"
Row = tuple[str, str, str, int, int]  # local, remote, state, uid, inode


def table(folder: Path, *rows: Row, name: str = "tcp") -> Path:
    lines = [
        f"   {number}: {local} {remote} {state} 00000000:00000000 00:00000000 00000000 {uid:5}        0 {inode} 1 0 20\n"
        for number, (local, remote, state, uid, inode) in enumerate(rows)
    ]
    (folder / name).write_text(HEADER + "".join(lines))
    return folder


def listener(uid: int, local: str = AT_SERVER) -> Row:
    return local, NOWHERE, "0A", uid, 7


def accepted(uid: int) -> Row:
    return AT_SERVER, AT_OWN, "01", uid, 8


WAITING: Row = AT_SERVER, AT_OWN, "01", 0, 0  # Linux shows root for what nobody has accepted
OUR_END: Row = AT_OWN, AT_SERVER, "01", ME, 9


@contextlib.contextmanager
def connected(host: str, listen_at: str | None = None) -> Iterator[tuple[socket.socket, socket.socket]]:
    """A listener of this process, and a connection to it that is not accepted yet."""
    family = socket.AF_INET6 if ":" in (listen_at or host) else socket.AF_INET
    is_dual = listen_at == "::"
    with (
        socket.create_server((listen_at or host, 0), family=family, dualstack_ipv6=is_dual) as made,
        socket.create_connection((host, made.getsockname()[1])) as connection,
    ):
        yield made, connection


def ends(connection: socket.socket) -> tuple[Address, Address]:
    return Address(*connection.getpeername()[:2]), Address(*connection.getsockname()[:2])


@pytest.mark.parametrize(
    ("host", "listen_at"),
    [("127.0.0.1", None), ("127.0.0.1", "0.0.0.0"), ("127.0.0.1", "::"), ("::1", None), ("::1", "::")],
)
def test_this_process_is_found_before_and_after_it_accepts(host: str, listen_at: str | None) -> None:
    with connected(host, listen_at) as (made, connection):
        server, own = ends(connection)
        assert server_uids(server, own) == {ME}
        peer, _ = made.accept()
        with peer:
            made.close()
            assert server_uids(server, own) == {ME}
            check_server(server, own)
        assert server_uids(server, own) == set()


def test_port_of_another_user_gets_no_token(tmp_path: Path) -> None:
    for connection in (WAITING, accepted(STRANGER)):
        table(tmp_path, listener(STRANGER), OUR_END, connection)
        with pytest.raises(NotPermittedHereError, match=str(STRANGER)):
            check_server(SERVER, OWN, tmp_path)


def test_a_squatter_who_accepts_and_makes_room_for_the_server_is_found(tmp_path: Path) -> None:
    table(tmp_path, listener(ME), OUR_END, accepted(STRANGER))
    with pytest.raises(NotPermittedHereError, match=str(STRANGER)):
        check_server(SERVER, OWN, tmp_path)


def test_a_squatter_on_every_address_is_found(tmp_path: Path) -> None:
    for name, local, family in (
        ("tcp", NOWHERE, ""),
        ("tcp6", "0" * 32, MAPPED),
        ("tcp6", MAPPED + "00000000", MAPPED),
    ):
        for stale in tmp_path.iterdir():
            stale.unlink()
        host = local.removesuffix(":0000")
        row: Row = family + AT_SERVER, family + AT_OWN, "01", 0, 0
        table(tmp_path, listener(STRANGER, f"{host}:223D"), row, name=name)
        assert server_uids(SERVER, OWN, tmp_path) == {STRANGER}


def test_a_handshake_that_is_not_over_is_the_listeners(tmp_path: Path) -> None:
    table(tmp_path, listener(STRANGER), (AT_SERVER, AT_OWN, "03", ME, 0))
    assert server_uids(SERVER, OWN, tmp_path) == {STRANGER}


def test_connections_of_others_do_not_count(tmp_path: Path) -> None:
    others: Row = AT_SERVER, "0100007F:C351", "01", STRANGER, 10
    table(tmp_path, listener(ME), others, OUR_END, accepted(ME))
    assert server_uids(SERVER, OWN, tmp_path) == {ME}


def test_server_of_root_is_trusted(tmp_path: Path) -> None:
    table(tmp_path, listener(0), accepted(0))
    assert server_uids(SERVER, OWN, tmp_path) == {0}
    check_server(SERVER, OWN, tmp_path)


@pytest.mark.parametrize("rows", [[], [listener(ME)], [listener(ME), OUR_END, (AT_SERVER, AT_OWN, "05", 0, 0)]])
def test_connection_without_another_end_is_told_as_gone(tmp_path: Path, rows: list[Row]) -> None:
    with pytest.raises(UnreachableError) as caught:
        check_server(SERVER, OWN, table(tmp_path, *rows))
    assert not caught.value.was_sent


def test_where_the_kernel_says_nothing_nothing_is_sent(tmp_path: Path) -> None:
    with pytest.raises(NotPermittedHereError, match="https"):
        check_server(SERVER, OWN, tmp_path / "absent")


def test_lines_that_are_no_rows_are_passed_over(tmp_path: Path) -> None:
    table(tmp_path, listener(ME), accepted(ME))
    with (tmp_path / "tcp").open("a") as file:
        file.write(f"\n junk\n 9: {AT_SERVER} {AT_OWN} 01 0:0 0:0 0 nobody 0 1\n")
    assert server_uids(SERVER, OWN, tmp_path) == {ME}
