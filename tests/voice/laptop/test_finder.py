"""The watch of the folders: what comes and goes is seen, and nothing is read while nothing changes."""

import os
import time
from pathlib import Path

import pytest

from tests.voice.laptop.fake_laptop import FakeLaptop, laptop
from tuichat.local.ssh_session import SshSession, find_sessions
from tuichat.voice.laptop.finder import SessionFinder


def folder_of(home: Path) -> Path:
    return home / "tuichat"


async def test_a_login_is_seen_and_its_end(tmp_path: Path) -> None:
    finder = SessionFinder({"XDG_RUNTIME_DIR": str(tmp_path)})
    assert finder.look() == ()
    async with laptop(folder_of(tmp_path)) as first:
        assert finder.look() == (first.session,)
        async with laptop(folder_of(tmp_path), "desk", first.session.began_s + 1) as second:
            assert finder.look() == (second.session, first.session)
        assert finder.look() == (first.session,)
    assert finder.look() == ()


async def test_a_folder_that_does_not_change_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[object] = []

    def counted(environ: dict[str, str]) -> list[SshSession]:
        reads.append(environ)
        return find_sessions(environ)

    monkeypatch.setattr("tuichat.voice.laptop.finder.find_sessions", counted)
    async with laptop(folder_of(tmp_path)) as fake:
        long_ago = time.time() - 60
        os.utime(folder_of(tmp_path), (long_ago, long_ago))
        finder = SessionFinder({"XDG_RUNTIME_DIR": str(tmp_path)})
        for _ in range(5):
            assert finder.look() == (fake.session,)
        assert len(reads) == 1
        await fake.stop()
        assert finder.look() == ()
        assert len(reads) == 2


async def test_a_file_that_is_written_before_its_socket_is_seen_with_it(tmp_path: Path) -> None:
    finder = SessionFinder({"XDG_RUNTIME_DIR": str(tmp_path)})
    fake = FakeLaptop(folder_of(tmp_path))
    fake.write_file()
    assert finder.look() == ()
    await fake.start()
    assert finder.look() == (fake.session,)
    await fake.stop()
