"""The kernel says who listens at a loopback port."""

import os
import socket
from pathlib import Path

import pytest

from tuichat.client.errors import NotPermittedHereError, UnreachableError
from tuichat.client.loopback_listener import check_listener, listener_uids

HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"


def table(folder: Path, *rows: tuple[str, str, int], name: str = "tcp") -> Path:
    lines = [
        f"   {number}: {local} 00000000:0000 {state} 00000000:00000000 00:00000000 00000000 {uid}        0 1\n"
        for number, (local, state, uid) in enumerate(rows)
    ]
    (folder / name).write_text(HEADER + "".join(lines))
    return folder


def test_listener_of_this_process_is_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        assert listener_uids("127.0.0.1", port) == {os.getuid()}
        check_listener("127.0.0.1", port)


def test_listener_on_ipv6_and_on_every_address_is_found(tmp_path: Path) -> None:
    table(tmp_path, ("00000000000000000000000001000000:223D", "0A", 7), name="tcp6")
    assert listener_uids("::1", 0x223D, tmp_path) == {7}
    table(tmp_path, ("00000000:223D", "0A", 8))
    assert listener_uids("127.0.0.1", 0x223D, tmp_path) == {8}


def test_port_of_another_user_gets_no_token(tmp_path: Path) -> None:
    stranger = os.getuid() + 1000
    table(tmp_path, ("0100007F:223D", "0A", stranger))
    with pytest.raises(NotPermittedHereError, match=str(stranger)):
        check_listener("127.0.0.1", 0x223D, tmp_path)


def test_connections_of_others_do_not_count(tmp_path: Path) -> None:
    table(tmp_path, ("0100007F:223D", "01", 1234), ("0100007F:223D", "0A", os.getuid()))
    check_listener("127.0.0.1", 0x223D, tmp_path)


def test_listener_that_is_gone_is_told_as_gone(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError):
        check_listener("127.0.0.1", 1, table(tmp_path))


def test_where_the_kernel_says_nothing_nothing_is_sent(tmp_path: Path) -> None:
    with pytest.raises(NotPermittedHereError, match="https"):
        check_listener("127.0.0.1", 1, tmp_path / "absent")
