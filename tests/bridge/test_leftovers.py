"""What killed logins left on the laptop is swept, and nothing that is in use or somebody else's."""

import os
import socket
import time
from pathlib import Path

import pytest

from tuichat.bridge.connection_plan import private_control_path
from tuichat.bridge.leftovers import AGE_S, session_path, sweep
from tuichat.local.ctl_place import bridge_socket_name

KEY = "0123456789abcdef"


@pytest.fixture
def folder(home: Path) -> Path:
    made = home / "r"
    made.mkdir(mode=0o700)
    return made


def left(path: Path, age_s: float = AGE_S + 1) -> Path:
    """Leave a socket at which nobody listens any more."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(path))
        listener.listen()
    made_s = time.time() - age_s
    os.utime(path, (made_s, made_s))
    return path


def test_what_nobody_listens_at_goes(folder: Path) -> None:
    left(folder / f"bridge-{KEY}.sock")
    left(folder / bridge_socket_name(KEY))
    left(Path(private_control_path(folder, KEY)))
    sweep(folder)
    assert os.listdir(folder) == []


def test_what_stands_beside_a_control_socket_goes_with_it(folder: Path) -> None:
    path = left(folder / bridge_socket_name(KEY))
    session_path(path).write_text("{}")
    alone = session_path(folder / bridge_socket_name("f" * 16))
    alone.write_text("{}")
    sweep(folder)
    assert os.listdir(folder) == [alone.name], "its socket may be about to be made"
    os.utime(alone, (0, 0))
    sweep(folder)
    assert os.listdir(folder) == []


def test_what_is_in_use_stays(folder: Path) -> None:
    path = folder / f"bridge-{KEY}.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.fspath(path))
        listener.listen()
        os.utime(path, (0, 0))
        sweep(folder)
        assert path.exists()


def test_what_may_be_about_to_listen_stays(folder: Path) -> None:
    path = left(folder / f"bridge-{KEY}.sock", age_s=1.0)
    sweep(folder)
    assert path.exists()


@pytest.mark.parametrize("name", ["server-0123456789abcdef.sock", f"ssh-{KEY}.sock", "bridge-1.sock", "m-0123456789"])
def test_other_names_stay(folder: Path, name: str) -> None:
    path = left(folder / name)
    sweep(folder)
    assert path.exists()


def test_a_file_or_a_link_of_that_name_stays(folder: Path) -> None:
    file = folder / f"bridge-{KEY}.sock"
    file.touch()
    os.utime(file, (0, 0))
    link = folder / "m-012345678"
    link.symlink_to(left(folder / "elsewhere"))
    sweep(folder)
    assert file.exists()
    assert link.is_symlink()


def test_a_folder_that_is_not_there_is_no_matter(folder: Path) -> None:
    sweep(folder / "none")
