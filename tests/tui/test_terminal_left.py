"""A shell has its terminal back when tuichat ended badly: by itself, and inside of a real tmux."""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.benchmarks.pty_terminal import PtyTerminal, pump, settle
from tests.tui.pty_app import SECRET_TEXT

pytestmark = pytest.mark.slow  # each waits seconds for its terminal

LIMIT_S = 20.0


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGHUP, None], ids=["SIGTERM", "SIGHUP", "exception"])
@pytest.mark.parametrize("kind", ["bare", pytest.param("tmux", marks=pytest.mark.system)])
def test_the_shell_goes_on(kind: str, end: signal.Signals | None) -> None:
    if kind == "tmux" and shutil.which("tmux") is None:
        pytest.skip("needs tmux")
    folder = Path(tempfile.mkdtemp(prefix="tc-"))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TERM": "xterm-256color"}
    command = ["env", "PS1=shell> ", "bash", "--norc", "--noprofile", "-i"]
    tmux = ["tmux", "-u", "-S", str(folder / "tmux"), "-f", "/dev/null"]
    if kind == "tmux":
        command = [*tmux, "new-session", f"exec {shlex.join(command)}"]
    try:
        with PtyTerminal(command, environment) as opened:
            pump([opened], lambda: "shell>" in opened.screen(), "the shell", LIMIT_S)
            mode = "fault" if end is None else "plain"
            pid_file = folder / "pid"
            program = f"{sys.executable} -m tests.tui.pty_app {mode}"
            opened.press(
                f"clear; sh -c 'echo $$ >{pid_file}; exec {program}'; echo code-$?; stty -a | grep -o ' icanon'\r"
            )
            if end is not None:
                pump([opened], lambda: "Message #general" in opened.screen(), "the screen", LIMIT_S)
                os.kill(int(pid_file.read_text()), end)
            code = 70 if end is None else 128 + end
            pump([opened], lambda: f"code-{code}" in opened.screen(), f"code {code}", LIMIT_S)
            settle([opened], 0.3, 2.0)
            opened.press("echo typed-$((6*7))\r")
            pump([opened], lambda: "typed-42" in opened.screen(), "what was typed", LIMIT_S)
            words = opened.screen()
            assert " icanon" in words
            if end is None:
                assert "stopped because of a fault" in re.sub(r"\s+", " ", words)
                assert "client.log" in words
                assert SECRET_TEXT not in words
    finally:
        if kind == "tmux":
            subprocess.run([*tmux, "kill-server"], capture_output=True, check=False)
        shutil.rmtree(folder, ignore_errors=True)
