"""One opener of a data folder: in a process, on a machine, and between machines."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from tuichat.local import data_lock
from tuichat.local.data_lock import CLAIM_NAME, LOCK_NAME, DataLock, Holder, find_holder_pid
from tuichat.local.errors import DataInUse, LocalError
from tuichat.local.this_host import host_name

HOLD = (
    "import sys; from pathlib import Path; from tuichat.local.data_lock import DataLock;"
    "lock = DataLock.acquire(Path(sys.argv[1])); print('held', flush=True); sys.stdin.read()"
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def hold_elsewhere(data: Path) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(data)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_nobody_holds_a_folder_that_is_not_there(data: Path) -> None:
    assert find_holder_pid(data) is None


def test_lock_makes_the_folder_private(data: Path) -> None:
    with DataLock.acquire(data):
        assert stat.S_IMODE(data.stat().st_mode) == 0o700
        assert stat.S_IMODE((data / LOCK_NAME).stat().st_mode) == 0o600


def test_second_opener_in_this_process_is_refused_and_does_not_free_the_lock(data: Path) -> None:
    with DataLock.acquire(data):
        with pytest.raises(DataInUse, match="this process"):
            DataLock.acquire(data)
        assert find_holder_pid(data) == os.getpid()
        asked_elsewhere = subprocess.run(
            [sys.executable, "-c", HOLD, str(data)], input="", capture_output=True, text=True, check=False
        )
        assert f"open in process {os.getpid()} on this machine" in asked_elsewhere.stderr
    with DataLock.acquire(data):
        pass


def test_holder_elsewhere_is_named_and_free_after_its_death(data: Path) -> None:
    holder = hold_elsewhere(data)
    assert find_holder_pid(data) == holder.pid
    with pytest.raises(DataInUse, match=f"process {holder.pid} on this machine"):
        DataLock.acquire(data)
    holder.kill()
    holder.communicate()
    assert find_holder_pid(data) is None
    with DataLock.acquire(data):
        pass


def test_asking_who_holds_it_does_not_stop_others_from_taking_it(data: Path) -> None:
    with DataLock.acquire(data):
        pass
    for _ in range(20):
        assert find_holder_pid(data) is None
        DataLock.acquire(data).release()


def test_released_lock_can_be_released_again(data: Path) -> None:
    lock = DataLock.acquire(data)
    lock.release()
    lock.release()
    assert find_holder_pid(data) is None


def test_link_in_place_of_the_lock_is_not_followed(data: Path) -> None:
    data.mkdir(mode=0o700)
    (data / LOCK_NAME).symlink_to(data / "victim")
    with pytest.raises(LocalError, match="symbolic"):
        DataLock.acquire(data)
    assert not (data / "victim").exists()


class TestNetworkFolder:
    """Between hosts, kernels may not see each other's locks; the claim file decides."""

    @pytest.fixture(autouse=True)
    def network(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(data_lock, "is_network_folder", lambda _data: True)

    def claim(self, data: Path, host: str) -> Path:
        data.mkdir(mode=0o700)
        (data / CLAIM_NAME).write_bytes(msgspec.json.encode(Holder(host, "some-boot", 4711)))
        return data / CLAIM_NAME

    def test_claim_of_another_host_refuses_with_host_and_remedy(self, data: Path) -> None:
        claim = self.claim(data, "otherhost")
        with pytest.raises(DataInUse, match=rf"host otherhost \(process 4711\).*remove {claim}"):
            DataLock.acquire(data)
        assert find_holder_pid(data) is None
        assert claim.exists()

    def test_claim_that_this_host_left_when_it_crashed_is_taken_over(self, data: Path) -> None:
        claim = self.claim(data, host_name())
        with DataLock.acquire(data):
            assert msgspec.json.decode(claim.read_bytes(), type=Holder) == Holder.this_process()
        assert not claim.exists()

    def test_claim_nobody_can_read_refuses(self, data: Path) -> None:
        self.claim(data, "x").write_bytes(b"?")
        with pytest.raises(DataInUse, match="another host"):
            DataLock.acquire(data)

    def test_released_claim_lets_another_host_in(self, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        DataLock.acquire(data).release()
        monkeypatch.setattr(data_lock, "host_name", lambda: "otherhost")
        with DataLock.acquire(data):
            pass


def test_claim_is_no_matter_on_a_disk_of_this_machine(data: Path) -> None:
    data.mkdir(mode=0o700)
    (data / CLAIM_NAME).write_bytes(msgspec.json.encode(Holder("otherhost", "b", 1)))
    with DataLock.acquire(data):
        pass
