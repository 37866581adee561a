"""A server takes new, empty and its own folders, and leaves all others as they are."""

import stat
from pathlib import Path

import pytest

from tuichat.config.paths import data_dir
from tuichat.local.data_folder import DATABASE_NAME, data_option, open_data_folder, require_data
from tuichat.local.errors import LocalError


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "shared"
    made.mkdir()
    made.chmod(0o755)
    return made


def test_new_folder_is_private(tmp_path: Path) -> None:
    assert mode(open_data_folder(tmp_path / "a" / "b")) == 0o700


def test_empty_folder_is_taken_and_closed(folder: Path) -> None:
    (folder / "lost+found").mkdir()
    assert mode(open_data_folder(folder)) == 0o700


@pytest.mark.parametrize("name", [DATABASE_NAME, "start.lock", "lock", "server.json", ".server.json.x1"])
def test_folder_of_a_server_is_taken_and_closed(folder: Path, name: str) -> None:
    (folder / name).touch()
    assert mode(open_data_folder(folder)) == 0o700


def test_other_files_beside_the_data_hinder_nothing(folder: Path) -> None:
    (folder / DATABASE_NAME).touch()
    (folder / "notes.txt").touch()
    assert open_data_folder(folder) == folder


def test_folder_of_other_things_is_left_as_it_is(folder: Path) -> None:
    for name in ("a", "b", "c", "d"):
        (folder / name).touch()
    with pytest.raises(LocalError, match=rf"{folder} holds other files \(a, b, c, \.\.\.\).*--data.*{folder}/tuichat"):
        open_data_folder(folder)
    assert mode(folder) == 0o755
    assert len(list(folder.iterdir())) == 4


def test_file_and_foreign_folder_are_refused(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LocalError, match="must be a folder"):
        open_data_folder(tmp_path / "file")
    monkeypatch.setattr("os.getuid", lambda: 54_321)
    for check in (open_data_folder, require_data):
        with pytest.raises(LocalError, match=r"belongs to .*, not to you \(user 54321\)\. Run this as"):
            check(folder)
    assert mode(folder) == 0o755


def test_commands_name_the_data_where_it_is_not_the_personal_servers() -> None:
    assert data_option(data_dir()) == ""
    assert data_option(Path("/srv/a team")) == " --data '/srv/a team'"


def test_data_is_required_and_not_made(tmp_path: Path, folder: Path) -> None:
    for missing in (folder, tmp_path / "nowhere", tmp_path / "nowhere" / "below"):
        with pytest.raises(LocalError, match=rf"no tuichat data in {missing}; `tuichat serve --data {missing}`"):
            require_data(missing)
    assert list(folder.iterdir()) == []
    assert not (tmp_path / "nowhere").exists()
    assert mode(folder) == 0o755
    (folder / DATABASE_NAME).touch()
    assert require_data(folder) == folder
