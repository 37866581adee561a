"""Ending a process: the one that is meant and no other."""

import subprocess
import sys

import pytest

from tuichat.local.process import end_process

WAIT = [sys.executable, "-c", "import sys; sys.stdin.read()"]


def test_process_that_is_meant_gets_the_signal() -> None:
    with subprocess.Popen(WAIT, stdin=subprocess.PIPE) as process:
        end_process(process.pid, still_meant=lambda: True)
        assert process.wait(30) == -15


def test_process_that_is_no_longer_meant_is_left_alone() -> None:
    with subprocess.Popen(WAIT, stdin=subprocess.PIPE) as process:
        end_process(process.pid, still_meant=lambda: False)
        process.communicate()
        assert process.returncode == 0


@pytest.mark.parametrize("has_pidfd", [True, False])
def test_process_that_is_gone_is_no_error(has_pidfd: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()

    def no_pidfd(_pid: int) -> int:
        raise OSError(38, "Function not implemented")

    if not has_pidfd:
        monkeypatch.setattr("os.pidfd_open", no_pidfd)
    end_process(process.pid, still_meant=lambda: True)
