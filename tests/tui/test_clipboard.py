"""Tests of `tuichat.tui.clipboard`."""

import base64
import stat
from pathlib import Path

from tuichat.tui.clipboard import MAX_OSC52_BYTES, copy_by, osc52_text, programs


def which(name: str) -> str:
    return f"/usr/bin/{name}"


def test_over_ssh_the_far_machine_s_desktop_is_left_alone() -> None:
    far = {"DISPLAY": ":0", "SSH_CONNECTION": "1 2 3 4"}
    assert programs(far, which, "linux") == []
    assert programs(far | {"TMUX": "/tmp/t,1,0"}, which, "linux") == [("/usr/bin/tmux", "load-buffer", "-w", "-")]


def test_at_the_desk_its_own_program_is_taken() -> None:
    assert programs({"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0"}, which, "linux") == [("/usr/bin/wl-copy",)]
    assert programs({"DISPLAY": ":0"}, which, "linux")[0][0] == "/usr/bin/xclip"
    assert programs({}, which, "darwin") == [("/usr/bin/pbcopy",)]


def test_a_program_that_is_not_there_is_not_called() -> None:
    assert programs({"DISPLAY": ":0"}, lambda name: None, "linux") == []


def test_the_text_goes_in_by_standard_input_and_never_by_arguments(tmp_path: Path) -> None:
    program, taken = tmp_path / "xclip", tmp_path / "taken"
    program.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" > {tmp_path}/arguments\ncat > {taken}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert copy_by([(str(program), "-selection", "clipboard")], "geheim\n日本")
    assert taken.read_text() == "geheim\n日本"
    assert (tmp_path / "arguments").read_text() == "-selection clipboard\n"


def test_one_that_fails_is_not_taken_for_done(tmp_path: Path) -> None:
    program = tmp_path / "xclip"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    assert not copy_by([(str(program),), (str(tmp_path / "missing"),)], "x")


def test_a_long_text_is_cut_at_a_character_for_the_terminal() -> None:
    part, is_all = osc52_text("é" * MAX_OSC52_BYTES)
    assert not is_all
    assert len(base64.b64encode(part.encode())) <= 100_000
    assert set(part) == {"é"}
    assert osc52_text("short") == ("short", True)
