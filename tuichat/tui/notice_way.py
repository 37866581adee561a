"""How a notice leaves the program: which way this terminal knows, and the bytes that go to it. Pure.

OSC 9 is iTerm2's ("Proprietary Escape Codes"), OSC 777 urxvt's and foot's, OSC 99 kitty's ("Desktop notifications"). Texts
are safe already and hold no control character; kitty's are sent as base64 besides.
"""

import base64
from collections.abc import Mapping
from enum import Enum

from tuichat.text.notice_text import Notice


class Way(Enum):
    """The ways there are, by their names in the settings."""

    OSC9 = "osc9"
    OSC777 = "osc777"
    OSC99 = "osc99"
    DESKTOP = "desktop"
    BELL = "bell"
    NONE = "none"


# What terminals say of themselves: variables, which outlive tmux, programs, and how TERM begins.
_KNOWN = (
    (Way.OSC99, ("KITTY_WINDOW_ID",), (), ("xterm-kitty",)),
    (Way.OSC777, ("WEZTERM_PANE", "GHOSTTY_RESOURCES_DIR"), ("WezTerm", "ghostty"), ("foot", "rxvt", "xterm-ghostty")),
    (Way.OSC9, ("ITERM_SESSION_ID",), ("iTerm.app", "iTerm2"), ("iterm",)),
)


def choose_way(setting: str, environment: Mapping[str, str], *, has_desktop: bool) -> Way:
    """Return the way that a setting names; "auto" goes by what the environment says of the terminal.

    `has_desktop`: a program that shows notices was found, and the desktop is the one that the user sits at.
    """
    if setting != "auto":
        return Way(setting)
    program = environment.get("LC_TERMINAL") or environment.get("TERM_PROGRAM", "")
    term = environment.get("TERM", "")
    for way, names, programs, terms in _KNOWN:
        if any(name in environment for name in names) or program in programs or term.startswith(terms):
            return way
    return Way.DESKTOP if has_desktop else Way.BELL


def sequence(way: Way, notice: Notice, number: int, *, in_tmux: bool) -> str:
    """Return what goes to the terminal for a notice, empty for a way that is not the terminal's.

    `number` tells notices apart. In tmux it is wrapped, so that it reaches the terminal outside
    (tmux(1), `allow-passthrough`).
    """
    match way:
        case Way.OSC9:
            # A number with a semicolon in front would be a progress bar to ConEmu and Windows Terminal.
            text = f"\x1b]9;tuichat: {notice.title}: {notice.body}\x1b\\"
        case Way.OSC777:
            title = notice.title.replace(";", ",")
            text = f"\x1b]777;notify;{title};{notice.body}\x1b\\"
        case Way.OSC99:
            text = f"\x1b]99;i=tuichat{number}:d=0:e=1;{_base64(notice.title)}\x1b\\"
            text += f"\x1b]99;i=tuichat{number}:d=1:e=1:p=body;{_base64(notice.body)}\x1b\\"
        case Way.BELL:
            return "\x07"
        case _:
            return ""
    return _through_tmux(text) if in_tmux else text


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _through_tmux(text: str) -> str:
    return "\x1bPtmux;" + text.replace("\x1b", "\x1b\x1b") + "\x1b\\"
