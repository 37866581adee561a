"""A person at a real terminal stops tuichat, the server dies meanwhile, and `fg` brings both back."""

import os
import signal
from collections.abc import Iterator

import pytest

from tests.system.fresh_home import TUICHAT, FreshHome
from tests.system.terminal import Terminals
from tests.system.test_two_terminals import answer, say, server_pid

pytestmark = [pytest.mark.system, pytest.mark.slow]


@pytest.fixture
def home() -> Iterator[FreshHome]:
    with FreshHome() as made:
        try:
            yield made
        finally:
            made.tuichat("server", "stop")


def test_gateway_is_back_after_the_server_died_while_it_was_stopped(home: FreshHome) -> None:
    with Terminals(home.folder, home.environment) as terminals:
        terminal = terminals.open("ada", ["env", "PS1=shell> ", "bash", "--norc", "--noprofile", "-i"])
        terminal.wait_for("shell>")
        terminal.type(f"{' '.join(TUICHAT)} --profile ada")
        terminal.press("Enter")
        answer(terminal, "ada")
        terminal.press("Enter")
        terminal.wait_for("Home", "general")
        say(terminal, "said-before")
        terminal.wait_for("said-before")
        terminal.press("C-g")
        terminal.wait_for("esc ends")
        terminal.press("z")
        terminal.wait_for("Stopped", "shell>")
        first_pid = server_pid(home)
        os.kill(first_pid, signal.SIGKILL)
        terminal.type("fg")
        terminal.press("Enter")
        terminal.wait_for("said-before", "Message #general")
        terminal.wait_until(lambda _: server_pid(home) != first_pid, "another server")
        say(terminal, "said-after")
        terminal.wait_until(lambda screen: "said-after" in screen and "connecting" not in screen, "the line, sent")
        assert terminal.count("said-before") == terminal.count("said-after") == 1
        assert "shell>" not in terminal.screen()
