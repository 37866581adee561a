"""People at pseudo-terminals who have signed in to one personal server."""

import contextlib
from collections.abc import Iterator

from tests.benchmarks.pty_terminal import PtyTerminal, pump, settle
from tests.system.fresh_home import TUICHAT, FreshHome

ENTER = "\r"
QUIT = "\x11"  # Ctrl-Q


def open_screen(home: FreshHome, profile: str, *, columns: int = 120, rows: int = 36) -> PtyTerminal:
    """Start `tuichat --profile NAME` in a terminal of its own."""
    command = [*TUICHAT, "--profile", profile]
    return PtyTerminal(command, home.environment, columns=columns, rows=rows)


def shows(terminal: PtyTerminal, *texts: str) -> bool:
    screen = terminal.screen()
    return all(text in screen for text in texts)


def sign_in(terminal: PtyTerminal, name: str) -> None:
    """Answer the first start's question, and wait for the conversation of Home."""
    pump([terminal], lambda: shows(terminal, "Display name"), "question for a name")
    terminal.press("\x15")  # Ctrl-U clears the name that is offered
    settle([terminal], 0.2, 1.0)
    terminal.press(name)
    pump([terminal], lambda: shows(terminal, name), "typed name")
    terminal.press(ENTER)
    pump([terminal], lambda: shows(terminal, "general", "Home"), "Home")


@contextlib.contextmanager
def signed_in_homes(*names: str, settings: str = "") -> Iterator[FreshHome]:
    """Give each name a profile that has been signed in and left, and a personal server that runs by these settings."""
    with FreshHome() as home:
        if settings:
            home.write_settings(settings)
        try:
            for name in names:
                with open_screen(home, name) as terminal:
                    sign_in(terminal, name)
                    terminal.press(QUIT)
                    with contextlib.suppress(EOFError):
                        pump([terminal], lambda: False, "end", 10)
            yield home
        finally:
            home.tuichat("server", "stop")
