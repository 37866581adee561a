"""The sessions that share a connection are counted as the system has them."""

import socket
from pathlib import Path

import pytest

from tuichat.bridge.master_clients import SOCKETS, count_clients

pytestmark = pytest.mark.skipif(not SOCKETS.exists(), reason="this system does not tell")


def test_those_at_a_masters_socket_are_counted(tmp_path: Path) -> None:
    made, path = tmp_path / f"master.{'a' * 16}", tmp_path / "master"
    with socket.socket(socket.AF_UNIX) as master, socket.socket(socket.AF_UNIX) as other:
        assert count_clients(str(path)) is None
        master.bind(str(made))
        path.hardlink_to(made)  # as ssh does
        made.unlink()
        master.listen()
        other.bind(str(tmp_path / "master2"))
        assert count_clients(str(path)) == 0
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(path))
            accepted, _address = master.accept()
            with accepted:
                assert count_clients(str(path)) == 1
        assert count_clients(str(path)) == 0


def test_a_system_that_does_not_tell_is_asked_in_vain(tmp_path: Path) -> None:
    assert count_clients("/somewhere", tmp_path / "nothing") is None
