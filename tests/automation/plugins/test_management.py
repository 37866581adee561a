"""`tuichat plugin` writes a plugin, says what it asks for, keeps what was granted, and tells what is there."""

import io
import os
import sys
from pathlib import Path

import pytest

from tuichat.automation.plugins import confinement, management, shelf, status
from tuichat.automation.plugins.confinement import Confinement
from tuichat.automation.plugins.grants import Grants, GrantsError
from tuichat.automation.plugins.shelf import PluginError
from tuichat.config.paths import Profile, config_dir

Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def confined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confinement, "find", lambda: Confinement.LANDLOCK)


@pytest.fixture
def plugin(profile: Profile, capsys: Capture) -> Path:
    management.new("greeter", None)
    capsys.readouterr()
    return shelf.plugins_dir() / "greeter"


def test_a_new_plugin_says_how_to_try_it_and_overwrites_nothing(profile: Profile, capsys: Capture) -> None:
    management.show_all(profile)
    assert "`tuichat plugin new NAME`" in capsys.readouterr().out
    management.new("greeter", None)
    assert "tuichat plugin enable greeter" in capsys.readouterr().out
    program = shelf.plugins_dir() / "greeter" / "greeter.py"
    program.write_text("mine")
    with pytest.raises(PluginError, match="is there already"):
        management.new("greeter", None)
    assert program.read_text() == "mine"


def test_enabling_shows_what_it_asks_for_and_needs_a_yes(profile: Profile, plugin: Path, capsys: Capture) -> None:
    with pytest.raises(PluginError, match="Nobody is there to be asked; `tuichat plugin enable --yes greeter`"):
        management.enable(profile, "greeter", agrees=False)
    shown = capsys.readouterr().out
    for words in (
        "message that mentions you, everywhere",
        "/msg, everywhere",
        "python3 greeter.py",
        "Landlock keeps it",
    ):
        assert words in shown
    assert Grants(profile).get("greeter") is None
    management.enable(profile, "greeter", agrees=True)
    management.show_all(profile)
    assert "greeter 0.1: enabled, not running" in capsys.readouterr().out


def test_what_was_granted_is_not_asked_again_and_a_changed_manifest_is(
    profile: Profile, plugin: Path, capsys: Capture
) -> None:
    management.enable(profile, "greeter", agrees=True)
    management.disable(profile, "greeter")
    with pytest.raises(PluginError, match="greeter is not enabled"):
        management.disable(profile, "greeter")
    management.enable(profile, "greeter", agrees=False)  # nobody is there to be asked
    (plugin / "greeter.py").write_text("changed")
    management.enable(profile, "greeter", agrees=False)
    with (plugin / "plugin.toml").open("a") as manifest:
        manifest.write("network = true\n")
    with pytest.raises(PluginError, match="Nobody is there"):
        management.enable(profile, "greeter", agrees=False)
    assert "whatever this machine can reach" in capsys.readouterr().out
    management.show_all(profile)
    assert "its manifest changed since it was granted" in capsys.readouterr().out


def test_where_nothing_confines_it_is_said_in_a_sentence_and_asked_again(
    profile: Profile, plugin: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    management.enable(profile, "greeter", agrees=True)
    monkeypatch.setattr(confinement, "find", lambda: Confinement.NONE)
    capsys.readouterr()
    with pytest.raises(PluginError, match="Nobody is there"):
        management.enable(profile, "greeter", agrees=False)
    assert "so this program can read what you can." in capsys.readouterr().out.splitlines()[-1]


def test_a_folder_elsewhere_is_linked(profile: Profile, tmp_path: Path) -> None:
    management.new("greeter", tmp_path / "src")
    management.enable(profile, str(tmp_path / "src" / "greeter"), agrees=True)
    assert shelf.find("greeter").folder == (tmp_path / "src" / "greeter").resolve()
    management.new("greeter", tmp_path / "other")
    with pytest.raises(PluginError, match="There is a plugin greeter already"):
        management.enable(profile, str(tmp_path / "other" / "greeter"), agrees=True)


def test_a_plugin_is_not_linked_from_where_it_would_see_secrets(profile: Profile, tmp_path: Path) -> None:
    (tmp_path / "plugin.toml").write_text('name = "nosy"\nversion = "1"\ndescription = "x"\nrun = ["true"]\n')
    with pytest.raises(PluginError, match="is in it, which no plugin may see"):
        management.enable(profile, str(tmp_path), agrees=True)
    assert not os.path.lexists(shelf.plugins_dir() / "nosy")


def test_what_others_can_change_is_no_plugin(profile: Profile, plugin: Path) -> None:
    plugin.chmod(0o777)
    with pytest.raises(PluginError, match="can be changed by other users"):
        shelf.find("greeter")


@pytest.mark.parametrize(
    ("actions", "sentence"),
    [
        ('["nosuch"]', "there is no such command"),
        ('["upload"]', "asks for /upload, which no plugin gets"),
        ('["quit"]', "asks for /quit, which no plugin gets"),
        ('[{ command = "search", channels = ["#x"] }]', "these can be bound to channels: delete, edit,"),
    ],
)
def test_what_no_plugin_gets_is_refused(profile: Profile, plugin: Path, actions: str, sentence: str) -> None:
    path = plugin / "plugin.toml"
    path.write_text(path.read_text().replace('actions = ["msg"]', f"actions = {actions}"))
    with pytest.raises(PluginError) as caught:
        management.enable(profile, "greeter", agrees=True)
    assert sentence in str(caught.value)


def test_the_list_tells_of_broken_ones_and_of_the_last_end(profile: Profile, plugin: Path, capsys: Capture) -> None:
    management.new("broken", None)
    (shelf.plugins_dir() / "broken" / "plugin.toml").write_text("x")
    status.write(profile, "greeter", status.Status(status.State.ENDED, "10:42", "It ended with exit code 3."))
    management.enable(profile, "greeter", agrees=True)
    capsys.readouterr()
    management.show_all(profile)
    shown = capsys.readouterr().out
    assert "broken: " in shown
    assert "not valid TOML" in shown
    assert "The last time, at 10:42: It ended with exit code 3." in shown


def test_a_killed_tuichat_leaves_no_plugin_that_runs(profile: Profile) -> None:
    assert status.Status(status.State.RUNNING, "").is_running
    assert not status.Status(status.State.RUNNING, "", host_pid=2**22 + 1).is_running  # above the kernel's largest pid


def test_grants_that_cannot_be_read_are_told(profile: Profile) -> None:
    grants = Grants(profile)
    grants.enable("greeter", "00", is_confined=True)
    assert oct(grants.path.stat().st_mode & 0o777) == "0o600"
    grants.path.write_text("{")
    with pytest.raises(GrantsError, match=r"cannot be read.*Remove it"):
        grants.all()


def test_private_folders_hold_the_settings(profile: Profile) -> None:
    assert config_dir().resolve() in shelf.private_folders()


class Typed(io.StringIO):
    """A terminal at which something was typed."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "is_enabled"), [("y\n", True), ("Yes\n", True), ("\n", False), ("n\n", False), ("", False)]
)
def test_at_a_terminal_it_asks_once(
    profile: Profile, plugin: Path, monkeypatch: pytest.MonkeyPatch, typed: str, is_enabled: bool
) -> None:
    shown = Typed()
    monkeypatch.setattr(sys, "stdin", Typed(typed))
    monkeypatch.setattr(sys, "stdout", shown)
    assert management.enable(profile, "greeter", agrees=False) == (0 if is_enabled else 1)
    assert "Let it? [y/N] " in shown.getvalue()
    known = Grants(profile).get("greeter")
    assert (known is not None and known.is_enabled) == is_enabled
