"""Which terminals show the title that they are given: where it is not known that one does, something else has to show the microphone."""

from collections.abc import Mapping

# By the name before the first "-" or "+"; most of those that name themselves xterm are none, and show it as it does.
_SHOWN_BY = frozenset(
    (
        *("xterm", "rxvt", "mrxvt", "Eterm", "aterm", "kterm", "mlterm", "dtterm", "st", "stterm", "putty", "mintty"),
        *(
            "alacritty",
            "kitty",
            "foot",
            "wezterm",
            "ghostty",
            "contour",
            "rio",
            "terminology",
            "terminator",
            "teraterm",
        ),
        *("gnome", "vte", "xfce", "konsole", "ms", "nsterm", "iterm", "iterm2", "iTerm.app", "iTerm2.app"),
        *("Apple_Terminal", "tmux"),
    )
)
# Terminals in a window of an editor, which names itself xterm and shows no title by itself.
_EDITORS = ("INSIDE_EMACS", "NVIM", "NVIM_LISTEN_ADDRESS")
_EDITORS_PROGRAMS = ("vscode",)


def shows_title(environment: Mapping[str, str]) -> bool:
    """Whether the terminal of this environment is known to show its title: consoles do not, nor does GNU screen."""
    name = environment.get("TERM", "").partition("-")[0].partition("+")[0]
    if name == "tmux":
        return True
    if name == "screen":  # tmux calls itself so, too, where its own name is not known
        return bool(environment.get("TMUX")) and not environment.get("STY")
    if environment.get("STY"):  # whatever screen calls itself
        return False
    if any(environment.get(editor) for editor in _EDITORS) or environment.get("TERM_PROGRAM") in _EDITORS_PROGRAMS:
        return False
    return name in _SHOWN_BY
