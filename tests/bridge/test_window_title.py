"""A title shows the microphone only where the terminal is known to show its title."""

import pytest

from tuichat.bridge.window_title import shows_title


@pytest.mark.parametrize(
    "name",
    [
        "xterm",
        "xterm-256color",
        "xterm+256color",
        "xterm-kitty",
        "tmux-256color",
        "alacritty",
        "foot-extra",
        "wezterm",
        "rxvt-unicode-256color",
        "st-256color",
        "iterm2",
        "iTerm2.app",
        "gnome-256color",
        "vte-256color",
        "konsole-16color",
        "ms-terminal",
        "Eterm",
    ],
)
def test_terminals_of_a_window_show_it(name: str) -> None:
    assert shows_title({"TERM": name})


@pytest.mark.parametrize(
    "name",
    [
        *("", "dumb", "linux", "linux-16color", "vt100", "vt102", "vt220", "ansi", "eterm", "eterm-color", "screen"),
        *("screen-256color", "screen.xterm-256color", "cons25", "wsvt25", "sun", "st52", "nobody-knows-it"),
    ],
)
def test_consoles_and_what_is_not_known_do_not(name: str) -> None:
    assert not shows_title({"TERM": name})


def test_without_a_name_nothing_is_known() -> None:
    assert not shows_title({})


@pytest.mark.parametrize(
    ("environment", "shows"),
    [
        ({"TERM": "screen", "TMUX": "/tmp/tmux-1/default,1,0"}, True),
        ({"TERM": "screen-256color", "TMUX": "/tmp/tmux-1/default,1,0", "STY": "1.pts"}, False),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/tmux-1/default,1,0", "STY": "1.pts"}, True),
        ({"TERM": "xterm-256color", "STY": "1.pts"}, False),
        ({"TERM": "xterm-256color", "INSIDE_EMACS": "29.1,vterm"}, False),
        ({"TERM": "xterm-256color", "NVIM": "/run/nvim.0"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"}, False),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux"}, True),
    ],
)
def test_what_stands_between_is_told_by_the_environment(environment: dict[str, str], shows: bool) -> None:
    assert shows_title(environment) is shows
