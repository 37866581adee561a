"""The runtime folder is ours alone, or it is refused."""

import os
import stat
from pathlib import Path

import pytest

from tuichat.local.errors import LocalError
from tuichat.local.runtime import SOCKET_PATH_LIMIT_BYTES, check_folder, runtime_dir, server_socket_path


def test_folder_is_made_private_under_xdg_runtime_dir() -> None:
    folder = runtime_dir()
    assert folder == Path(os.environ["XDG_RUNTIME_DIR"]) / "tuichat"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert runtime_dir() == folder


def test_without_xdg_runtime_dir_the_state_folder_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert runtime_dir() == Path(os.environ["XDG_STATE_HOME"]) / "tuichat" / "run"


def test_path_too_long_for_a_socket_goes_to_the_temporary_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / ("x" * 90)))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / ("y" * 90)))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(home))
    assert runtime_dir() == home / f"tuichat-{os.getuid()}"
    assert len(os.fsencode(server_socket_path(home / "data"))) < SOCKET_PATH_LIMIT_BYTES


def test_service_that_may_only_write_its_data_keeps_its_socket_there(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    (home / "a-file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "a-file"))
    data = home / "data"
    data.mkdir(mode=0o700)
    assert server_socket_path(data).parent == data / "run"


@pytest.mark.parametrize("value", ["relative/path", "", "/nonexistent/run"])
def test_unusable_xdg_runtime_dir_is_passed_over(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", value)
    assert runtime_dir().name == "run"


def test_symbolic_link_is_refused(home: Path) -> None:
    (home / "real").mkdir(mode=0o700)
    (Path(os.environ["XDG_RUNTIME_DIR"]) / "tuichat").symlink_to(home / "real")
    with pytest.raises(LocalError, match="symbolic link"):
        runtime_dir()


def test_folder_open_to_others_is_refused_with_the_remedy() -> None:
    folder = runtime_dir()
    folder.chmod(0o750)
    with pytest.raises(LocalError, match=f"chmod 700 '{folder}'"):
        runtime_dir()


def test_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x").touch(mode=0o700)
    with pytest.raises(LocalError, match="must be a folder"):
        check_folder(tmp_path / "x")


@pytest.mark.system
@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_folder_of_another_user_is_refused() -> None:
    folder = Path(os.environ["XDG_RUNTIME_DIR"]) / "tuichat"
    folder.mkdir(mode=0o700)
    os.chown(folder, 65534, 65534)
    with pytest.raises(LocalError, match="belongs to user 65534"):
        runtime_dir()


def test_two_data_folders_never_share_a_socket(tmp_path: Path) -> None:
    assert server_socket_path(tmp_path / "a") != server_socket_path(tmp_path / "b")
    assert server_socket_path(tmp_path / "a") == server_socket_path(tmp_path / "b" / ".." / "a")
