"""The quick way to the ctl socket leads where the running tuichat put it."""

import os
from pathlib import Path

import pytest

from tuichat.config import paths
from tuichat.config.paths import Profile
from tuichat.local import ctl_place
from tuichat.local.runtime import SOCKET_PATH_LIMIT_BYTES, ctl_socket_path


@pytest.mark.parametrize("value", [None, "", "/somewhere/state", "/with/a/slash/", "relative", " /blank", "~/state"])
def test_state_folder_is_the_same(value: str | None, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if value is None:
        monkeypatch.delenv("XDG_STATE_HOME")
    else:
        monkeypatch.setenv("XDG_STATE_HOME", value)
    assert Path(ctl_place.state_dir()) == paths.state_dir()


def test_socket_is_found_where_it_was_put(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ctl_place.find_socket("default") is None
    path = ctl_socket_path(Profile("default"))
    path.touch()
    assert ctl_place.find_socket("default") == str(path)
    assert ctl_place.find_socket("work") is None


def test_socket_beside_the_state_is_found_with_a_runtime_folder_that_came_later(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    path = ctl_socket_path(Profile("default"))
    path.touch()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home))
    assert ctl_place.find_socket("default") == str(path)


def test_path_too_long_for_a_socket_is_found_in_the_temporary_folder(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(home / ("x" * 90)))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / ("y" * 90)))
    monkeypatch.setenv("TMPDIR", str(home))
    monkeypatch.setattr("tempfile.tempdir", None)
    path = ctl_socket_path(Profile("default"))
    assert path.parent == home / f"tuichat-{os.getuid()}"
    assert len(os.fsencode(path)) < SOCKET_PATH_LIMIT_BYTES
    path.touch()
    assert ctl_place.find_socket("default") == str(path)


def test_profiles_and_homes_have_sockets_of_their_own(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {ctl_socket_path(Profile("default")).name, ctl_socket_path(Profile("work")).name}
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "other"))
    names.add(ctl_socket_path(Profile("default")).name)
    assert len(names) == 3
    (home / "linked").symlink_to(home / "other")
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "linked"))
    assert ctl_socket_path(Profile("default")).name in names
