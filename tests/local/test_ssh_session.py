"""The folder of logins from laptops: what is found there, and what is never trusted."""

import contextlib
import json
import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tuichat.config.log import redact
from tuichat.local import ssh_session
from tuichat.local.ssh_session import (
    MAX_FILE_BYTES,
    MAX_READ,
    MAX_SESSIONS,
    SshSession,
    file_name,
    find_sessions,
    remove_session,
    session_folders,
    socket_name,
)


@pytest.fixture
def folder(home: Path) -> Path:
    """The folder in the runtime folder, as a login makes it; `home` gives the test one of its own."""
    folder = Path(os.environ["XDG_RUNTIME_DIR"]) / "tuichat"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the real user's logins out of it."""
    real = ssh_session.session_folders

    def without_the_users(environ: dict[str, str]) -> Iterator[Path]:
        return (each for each in real(environ) if not each.is_relative_to("/run/user"))

    monkeypatch.setattr(ssh_session, "session_folders", without_the_users)


@contextlib.contextmanager
def login(folder: Path, began_s: float = 1.0, **changed: object) -> Iterator[str]:
    """A session with a socket that listens; yields its key."""
    key = secrets.token_hex(8)
    fields = {"v": 1, "secret": secrets.token_hex(32), "laptop": "mobile", "began": began_s, **changed}
    path = folder / file_name(key)
    path.touch(0o600)
    path.write_text(json.dumps(fields))
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(folder / socket_name(key)))
        listener.listen()
        yield key


def keys() -> list[str]:
    return [session.key for session in find_sessions()]


def test_a_session_is_found_with_what_its_file_says(folder: Path) -> None:
    with login(folder, 12.5, secret="ab" * 32, colour="of a newer laptop") as key:
        assert find_sessions() == [
            SshSession(key=key, folder=folder, laptop="mobile", began_s=12.5, secret=b"\xab" * 32)
        ]
        assert find_sessions()[0].socket == folder / f"ssh-{key}.sock"


def test_no_log_holds_a_sessions_secret_at_either_end(folder: Path) -> None:
    with login(folder):
        (found,) = find_sessions()
    for secret in (found.secret, ssh_session.new_secret()):
        assert secret.hex() not in redact(f"the other end said {secret.hex()!r}")


def test_the_newest_comes_first_of_both_folders(folder: Path, home: Path) -> None:
    other = home / ".cache" / "tuichat"
    other.mkdir(mode=0o700, parents=True)
    with login(folder, 1.0) as oldest, login(other, 3.0) as newest, login(folder, 2.0) as middle:
        assert keys() == [newest, middle, oldest]


def test_without_a_runtime_folder_the_cache_is_looked_at(home: Path) -> None:
    assert list(session_folders({"HOME": str(home)}))[-1] == home / ".cache" / "tuichat"
    assert Path(f"/run/user/{os.getuid()}/tuichat") in list(session_folders({}))
    assert Path("tuichat") not in list(session_folders({"XDG_RUNTIME_DIR": "", "HOME": "relative"}))


def test_no_folder_is_no_session() -> None:
    assert find_sessions() == []


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_that_others_can_enter_is_not_looked_at(folder: Path, mode: int) -> None:
    with login(folder):
        folder.chmod(mode)
        assert keys() == []


def test_a_folder_that_is_a_link_is_not_looked_at(folder: Path, tmp_path: Path) -> None:
    folder.rmdir()
    real = tmp_path / "real"
    real.mkdir(mode=0o700)
    folder.symlink_to(real)
    with login(real):
        assert keys() == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_a_file_that_others_can_read_is_not_believed(folder: Path, mode: int) -> None:
    with login(folder) as key:
        (folder / file_name(key)).chmod(mode)
        assert keys() == []


def test_a_file_that_is_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    with login(folder) as key:
        moved = tmp_path / "elsewhere.json"
        (folder / file_name(key)).rename(moved)
        (folder / file_name(key)).symlink_to(moved)
        assert keys() == []


def test_a_fifo_in_the_files_place_holds_nobody_up(folder: Path) -> None:
    with login(folder) as key:
        (folder / file_name(key)).unlink()
        os.mkfifo(folder / file_name(key), 0o600)
        assert keys() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
@pytest.mark.parametrize("name", [file_name, socket_name])
def test_what_belongs_to_another_user_is_not_believed(folder: Path, name: "object") -> None:
    assert callable(name)
    with login(folder) as key:
        os.chown(folder / name(key), 65534, 65534, follow_symlinks=False)
        assert keys() == []


def test_a_session_without_its_socket_is_none(folder: Path) -> None:
    with login(folder) as key:
        (folder / socket_name(key)).unlink()
        assert keys() == []
        (folder / socket_name(key)).touch()
        assert keys() == [], "a file is no socket"
        (folder / socket_name(key)).unlink()
        (folder / socket_name(key)).symlink_to("/run/nothing.sock")
        assert keys() == [], "nor is a link"
        (folder / socket_name(key)).unlink()


@pytest.mark.parametrize(
    "changed",
    [
        {"v": 2},
        {"secret": "ab" * 31},
        {"secret": "no hexadecimal"},
        {"secret": None},
        {"began": "yesterday"},
        {"began": 1e300},
        {"began": -1.0},
        {"laptop": 7},
        {"padding": "x" * 5000},
    ],
)
def test_a_file_that_makes_no_sense_is_passed_over(folder: Path, changed: dict[str, object]) -> None:
    with login(folder, 1.0, **changed), login(folder) as good:
        assert keys() == [good]


def test_a_file_that_is_deeper_than_can_be_read_does_not_hide_the_others(folder: Path) -> None:
    with login(folder) as deep, login(folder) as key:
        (folder / file_name(deep)).write_text('{"x":' + "[" * 4000)
        assert keys() == [key]


@pytest.mark.parametrize(
    "name", ["ssh-0123.json", "ssh-0123456789ABCDEF.json", "ssh-0123456789abcdef.json~", "ssh-.json"]
)
def test_only_names_of_sessions_are_opened(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / name).write_text("{}")
    monkeypatch.setattr(ssh_session, "_read", lambda *_: pytest.fail("it was opened"))
    assert keys() == []


def test_a_session_that_two_paths_lead_to_is_one(folder: Path, home: Path, tmp_path: Path) -> None:
    """As where XDG_RUNTIME_DIR is a link to the system's."""
    link = tmp_path / "link"
    link.symlink_to(home / ".cache")
    cache = home / ".cache" / "tuichat"
    cache.mkdir(mode=0o700, parents=True)
    with login(cache) as key:
        found = find_sessions({"XDG_RUNTIME_DIR": str(link), "HOME": str(home)})
        assert [session.key for session in found] == [key]


def test_a_huge_file_is_not_read_to_its_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    real = os.read

    def read(file: int, size: int) -> bytes:
        sizes.append(size)
        return real(file, size)

    monkeypatch.setattr(os, "read", read)
    with login(folder) as huge, login(folder) as key:
        os.truncate(folder / file_name(huge), 2**30)  # it takes no room on the disk
        assert keys() == [key]
    assert max(sizes) <= MAX_FILE_BYTES


def test_of_ten_thousand_files_those_written_last_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(10_000):
        path = folder / file_name(f"{number:016x}")
        path.touch(0o600)
        os.utime(path, (1.0, 1.0))
    opened: list[str] = []
    real = ssh_session._read

    def read(folder: Path, key: str) -> SshSession | None:
        opened.append(key)
        return real(folder, key)

    monkeypatch.setattr(ssh_session, "_read", read)
    with login(folder) as key:
        assert keys() == [key]
    assert len(opened) == MAX_READ


def test_a_laptops_name_is_bounded(folder: Path) -> None:
    with login(folder, laptop="n" * 500):
        (session,) = find_sessions()
        assert session.laptop == "n" * 64


def test_no_more_than_a_screenful_is_taken(folder: Path) -> None:
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(login(folder, float(number))) for number in range(MAX_SESSIONS + 3)]
        assert keys() == made[:2:-1]


def test_the_secret_is_in_no_text(folder: Path) -> None:
    with login(folder, secret="ab" * 32):
        (session,) = find_sessions()
        assert "abab" not in f"{session!r} {session}"
        assert repr(session.secret) not in f"{session!r} {session}"


def test_what_a_session_left_behind_is_swept(folder: Path) -> None:
    with login(folder), login(folder) as kept:
        gone = next(session for session in find_sessions() if session.key != kept)
        remove_session(gone)
        assert sorted(path.name for path in folder.iterdir()) == sorted([file_name(kept), socket_name(kept)])
        remove_session(gone)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=80, deadline=None)
@given(st.binary(max_size=300))
def test_whatever_a_file_holds_raises_nothing(folder: Path, written: bytes) -> None:
    with login(folder) as key:
        (folder / file_name(key)).write_bytes(written)
        assert len(find_sessions()) <= 1
        (folder / file_name(key)).unlink()
        (folder / socket_name(key)).unlink()
