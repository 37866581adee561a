"""Where the script on the other machine puts the two files, run by this one's sh, and what it leaves alone."""

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.other_user import NOBODY
from tuichat.bridge.keeper_script import Marked, Trouble, read_mark, script
from tuichat.local.ssh_session import SessionFile, file_name, find_sessions

KEY = "0123456789abcdef"
MARK = "a-mark"
FILE = SessionFile(secret="ab" * 32, laptop="mobile", began=1.0)
LIMIT_S = 20.0


class Kept:
    """The script while it runs, for an account whose home and runtime folder are in `place`."""

    def __init__(self, place: Path, runtime: Path) -> None:
        self.home = place / "home"
        self.runtime = runtime
        programs = place / "bin"
        for folder in (self.home, programs):
            folder.mkdir(exist_ok=True)
        (programs / "id").write_text("#!/bin/sh\necho 4294967294\n")  # no folder below /run/user is theirs
        (programs / "id").chmod(0o755)
        environment = {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(self.home)}
        self._process = subprocess.Popen(
            ["sh", "-s"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment | {"XDG_RUNTIME_DIR": str(runtime)},
        )
        assert self._process.stdin is not None
        self._process.stdin.write(script(FILE, KEY, MARK))
        self._process.stdin.flush()
        self.marked = self._read_mark()

    def _read_mark(self) -> Marked | None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            marked = read_mark(line, MARK)
            if marked is not None:
                return marked
        return None

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(LIMIT_S)
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a short path: sockets are to be in it."""
    with tempfile.TemporaryDirectory(prefix="tck-") as folder:
        yield Path(folder)


def test_it_makes_the_folder_and_the_file_and_takes_the_file_away(place: Path) -> None:
    runtime = place / "run"
    runtime.mkdir(0o700)
    kept = Kept(place, runtime)
    folder = runtime / "tuichat"
    assert kept.marked == Marked(folder=str(folder))
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / file_name(KEY)).stat().st_mode & 0o777 == 0o600
    kept.end()
    assert list(folder.iterdir()) == []


def test_a_runtime_folder_that_is_none_leaves_the_cache(place: Path) -> None:
    kept = Kept(place, place / "nothing")
    assert kept.marked == Marked(folder=str(kept.home / ".cache" / "tuichat"))
    kept.end()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder to another user")
@pytest.mark.parametrize("what", ["folder", "link", "dangling link"])
def test_where_somebody_else_was_first_in_a_shared_folder_it_goes_elsewhere(place: Path, what: str) -> None:
    """A folder as /tmp is, which belongs to root, and so to root's own login too."""
    runtime = place / "shared"
    runtime.mkdir()
    runtime.chmod(0o1777)
    trap = runtime / "tuichat"
    if what == "folder":
        trap.mkdir(0o777)
    else:
        (place / "trap").mkdir()
        trap.symlink_to(place / ("trap" if what == "link" else "nothing"))
    os.chown(trap, NOBODY, NOBODY, follow_symlinks=False)
    kept = Kept(place, runtime)
    folder = kept.home / ".cache" / "tuichat"
    assert kept.marked == Marked(folder=str(folder))
    assert (folder / file_name(KEY)).exists()
    kept.end()
    assert what != "folder" or list(trap.iterdir()) == []


def test_a_folder_in_the_cache_that_is_a_link_is_told(place: Path) -> None:
    (place / "home" / ".cache").mkdir(parents=True)
    (place / "home" / ".cache" / "tuichat").symlink_to(place)
    kept = Kept(place, place / "nothing")
    assert kept.marked == Marked(trouble=Trouble.FOLDER)
    kept.end()


def test_ten_thousand_files_do_not_hold_it_up(place: Path) -> None:
    runtime = place / "run"
    folder = runtime / "tuichat"
    folder.mkdir(0o700, parents=True)
    runtime.chmod(0o700)
    for number in range(10_000):
        (folder / file_name(f"{number:016x}")).touch(0o600)
    began_s = time.monotonic()
    kept = Kept(place, runtime)
    assert kept.marked == Marked(folder=str(folder))
    assert time.monotonic() - began_s < LIMIT_S / 2, "a login waits for it"
    kept.end()


def test_what_it_writes_is_what_the_host_reads(place: Path) -> None:
    runtime = place / "run"
    runtime.mkdir(0o700)
    kept = Kept(place, runtime)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(runtime / "tuichat" / f"ssh-{KEY}.sock"))
        listener.listen()
        found = {session.key: session for session in find_sessions({"XDG_RUNTIME_DIR": str(runtime)})}
        assert found[KEY].secret == bytes.fromhex(FILE.secret)
        assert found[KEY].laptop == "mobile"
    kept.end()
    assert list((runtime / "tuichat").iterdir()) == []
