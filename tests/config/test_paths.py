"""Where things are kept, and which profile names can be folders."""

import os
from pathlib import Path

import pytest

from tuichat.config import paths
from tuichat.config.paths import Profile, ProfileNameError


def test_folders_follow_the_home_of_the_user(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(variable)
    bob = Profile("bob")
    folders = [bob.config_dir, bob.state_dir, paths.data_dir(), paths.server_state_dir()]
    assert all(folder.is_relative_to(home) for folder in folders)
    assert len(set(folders)) == len(folders)


def test_folders_follow_xdg_variables() -> None:
    assert paths.config_file() == Path(os.environ["XDG_CONFIG_HOME"]) / "tuichat" / "config.toml"
    assert Profile("bob").state_dir == Path(os.environ["XDG_STATE_HOME"]) / "tuichat" / "profiles" / "bob"


def test_case_does_not_make_another_profile() -> None:
    assert Profile("Bob") == Profile("bob")


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "-x", "a b", "é", "a" * 33, "a\n", "con.txt", "\x00"])
def test_names_that_could_leave_the_folder_are_refused(name: str) -> None:
    with pytest.raises(ProfileNameError, match="1 to 32"):
        Profile(name)
