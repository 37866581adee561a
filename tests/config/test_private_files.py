"""Private folders and files: their modes, and that a writer that fails leaves the old content."""

import os
import stat
from pathlib import Path

import pytest

from tuichat.config.private_files import PrivateFileError, check_private, make_private_dir, write_private


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_folders_on_the_way_are_private_too(tmp_path: Path) -> None:
    old_umask = os.umask(0)
    try:
        folder = make_private_dir(tmp_path / "a" / "b")
    finally:
        os.umask(old_umask)
    assert (mode_of(folder), mode_of(folder.parent)) == (0o700, 0o700)


def test_open_folder_is_closed(tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir(mode=0o755)
    make_private_dir(folder)
    assert mode_of(folder) == 0o700


def test_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PrivateFileError, match="must be a folder"):
        make_private_dir(tmp_path / "file")


def test_written_file_is_private_whatever_it_was(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_bytes(b"old")
    path.chmod(0o666)
    write_private(path, b"new")
    assert (path.read_bytes(), mode_of(path)) == (b"new", 0o600)


def test_failed_write_keeps_the_old_file_and_leaves_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    write_private(path, b"old")

    def fail(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(PrivateFileError, match="No space left"):
        write_private(path, b"new")
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601])
def test_file_that_others_may_use_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "file"
    path.touch()
    path.chmod(mode)
    with pytest.raises(PrivateFileError, match=f"chmod 600 '{path}'"):
        check_private(path)
