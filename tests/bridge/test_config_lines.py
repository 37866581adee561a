"""Lines for ~/.ssh/config change nothing but what they say."""

import shutil
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.bridge.config_lines import ConfigLinesError, lines, with_lines, write
from tuichat.bridge.ssh_configuration import SshConfiguration
from tuichat.cli import main

PLAIN = SshConfiguration({"controlmaster": "false"})


def test_what_the_user_has_is_not_said_again() -> None:
    theirs = SshConfiguration({"controlmaster": "auto", "controlpath": "/c", "controlpersist": "600"})
    assert "Control" not in lines("box", theirs)
    assert all(name in lines("box", PLAIN) for name in ("ControlMaster auto", "ControlPath", "ControlPersist"))


def test_what_we_said_before_is_said_again() -> None:
    once = with_lines("", "box", lines("box", PLAIN))
    by_then = SshConfiguration({"controlmaster": "auto", "controlpath": "/c", "controlpersist": "10"})
    assert with_lines(once, "box", lines("box", by_then, before=once)) == once


@pytest.mark.parametrize("host", ["", "a b", "*", "box\nHost *", "a;b", "$(x)", "-v", "ada@box", "box'"])
def test_a_name_that_is_none_is_refused(host: str) -> None:
    with pytest.raises(ConfigLinesError, match="Name the machine alone; its user and port go into"):
        lines(host, PLAIN)


def test_nothing_that_was_typed_reaches_the_shell() -> None:
    commands = [line for line in lines("box", PLAIN).splitlines() if " bridge attach box" in line]
    assert len(commands) == 2
    for command in commands:
        assert not any(token in command for token in ("%n", "%r", "%h", "%k"))
        assert command.rstrip('"').endswith("&")


@given(st.text(alphabet="Host box*\n #abc=", max_size=200))
def test_written_again_is_the_same_and_the_rest_is_kept(text: str) -> None:
    block = lines("box", PLAIN)
    once = with_lines(text, "box", block)
    assert with_lines(once, "box", block) == once
    assert once.startswith(block)
    assert not text.strip() or once.endswith(text)


def test_settings_without_a_host_stay_those_of_all_hosts() -> None:
    text = with_lines("ServerAliveInterval 60\n", "box", lines("box", PLAIN))
    assert "Host *\n\nServerAliveInterval 60\n" in text


def test_hosts_have_lines_of_their_own() -> None:
    text = with_lines(with_lines("", "one", lines("one", PLAIN)), "two", lines("two", PLAIN))
    assert text.count("Host one\n") == text.count("Host two\n") == 1


def test_a_link_is_followed_and_the_mode_kept(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "config"
    real.parent.mkdir()
    real.write_text("Host x\n")
    real.chmod(0o640)
    link = tmp_path / ".ssh" / "config"
    link.parent.mkdir()
    link.symlink_to(real)
    kept = write("box", lines("box", PLAIN), link)
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert real.read_text().endswith("Host x\n")
    assert kept is not None
    assert kept.read_text() == "Host x\n"


def test_a_first_configuration_is_private(tmp_path: Path) -> None:
    path = tmp_path / ".ssh" / "config"
    assert write("box", lines("box", PLAIN), path) is None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.system
@pytest.mark.skipif(shutil.which("ssh") is None, reason="ssh is not installed: make test-deps")
def test_alone_the_word_bridge_prints_the_lines_as_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bridge"]) == 0
    printed = capsys.readouterr().out
    assert "Host HOST\n" in printed
    assert "LocalCommand" in printed
