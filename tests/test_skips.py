"""In continuous integration a skipped system test is a failure; elsewhere it is a skip."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

SUITE = """
import pytest

@pytest.mark.system
def test_needs_a_terminal():
    pytest.skip("no tmux here")

@pytest.mark.system
@pytest.mark.skipif(True, reason="no root")
def test_needs_root(): ...

def test_plain():
    pytest.skip("not on this system")

@pytest.mark.system
@pytest.mark.xfail(reason="known")
def test_known(): assert False
"""
WHOLE_FILE = 'import pytest\npytest.skip("nothing here", allow_module_level=True)\n'


def outcome(folder: Path, suite: str, ci: str) -> str:
    (folder / "test_suite.py").write_text(suite)
    answer = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "tests.conftest",
            "-p",
            "no:cacheprovider",
            "--rootdir",
            folder,
            folder,
        ],
        cwd=ROOT,
        env={**os.environ, "CI": ci},
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.stdout.splitlines()[-1]


@pytest.mark.slow
def test_skips_are_skips_at_home(tmp_path: Path) -> None:
    assert outcome(tmp_path, SUITE, "").startswith("3 skipped, 1 xfailed")


@pytest.mark.slow
def test_skipped_system_tests_fail_in_continuous_integration(tmp_path: Path) -> None:
    summary = outcome(tmp_path, SUITE, "true")
    assert summary.startswith("1 failed, 1 skipped, 1 xfailed"), summary
    assert "1 error" in summary, "the test that a mark skips counts as well"


@pytest.mark.slow
def test_file_that_skips_itself_fails_in_continuous_integration(tmp_path: Path) -> None:
    assert "1 error" in outcome(tmp_path, WHOLE_FILE, "true")
