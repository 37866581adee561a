"""What a server says about itself."""

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tuichat
from tuichat.local.errors import LocalError
from tuichat.local.server_record import RECORD_NAME, ServerAddress, ServerRecord, ServerState


def test_record_goes_from_starting_to_ready_to_stopping(tmp_path: Path) -> None:
    record = ServerRecord.of_this_process(tmp_path / "s.sock", is_personal=True)
    assert (record.state, record.pid, record.version) == (ServerState.STARTING, os.getpid(), tuichat.__version__)
    record = record.ready(server_id="abc", tcp_host="127.0.0.1", tcp_port=4000)
    record.write(tmp_path)
    read = ServerRecord.read(tmp_path)
    assert read == record
    assert stat.S_IMODE((tmp_path / RECORD_NAME).stat().st_mode) == 0o600
    assert ServerAddress.of(record).socket_path == tmp_path / "s.sock"
    assert record.stopping("unused").state is ServerState.STOPPING
    ServerRecord.remove(tmp_path)
    ServerRecord.remove(tmp_path)
    assert ServerRecord.read(tmp_path) is None


@given(st.binary(max_size=200))
def test_any_bytes_in_place_of_the_record_are_no_record(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    folder = tmp_path_factory.mktemp("record")
    path = folder / RECORD_NAME
    path.touch(mode=0o600)
    path.write_bytes(content)
    assert ServerRecord.read(folder) is None


def test_record_that_others_can_change_is_refused(tmp_path: Path) -> None:
    ServerRecord.of_this_process(tmp_path / "s.sock", is_personal=True).write(tmp_path)
    (tmp_path / RECORD_NAME).chmod(0o602)
    with pytest.raises(LocalError, match="Not trusting"):
        ServerRecord.read(tmp_path)
