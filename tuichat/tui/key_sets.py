"""Keys for habits other than the default ones: each set says what it does differently."""

from collections.abc import Mapping

# In vim's set the letters work where nothing is written: Escape leaves the composer for the messages, `i` comes back.
VIM: Mapping[str, tuple[str, ...]] = {
    "messages.cursor_up": ("k", "up"),
    "messages.cursor_down": ("j", "down"),
    "messages.page_up": ("ctrl+b", "pageup"),
    "messages.page_down": ("ctrl+f", "pagedown"),
    "messages.scroll_home": ("g", "home"),
    "messages.scroll_end": ("G", "end"),
    "chat.search": ("alt+s",),  # ctrl+f is a page there
    "list.cursor_up": ("k", "up"),
    "list.cursor_down": ("j", "down"),
    "list.page_up": ("ctrl+b", "pageup"),
    "list.page_down": ("ctrl+f", "pagedown"),
    "list.cursor_first": ("g", "home"),
    "list.cursor_last": ("G", "end"),
}
EMACS: Mapping[str, tuple[str, ...]] = {
    "chat.palette": ("alt+x",),
    "composer.open_editor": ("alt+e",),  # ctrl+e goes to the end of the line
    "messages.cursor_up": ("ctrl+p", "up"),
    "messages.cursor_down": ("ctrl+n", "down"),
    "messages.page_up": ("alt+v", "pageup"),
    "messages.page_down": ("ctrl+v", "pagedown"),
    "messages.scroll_home": ("alt+less_than_sign", "home"),
    "messages.scroll_end": ("alt+greater_than_sign", "end"),
    "list.cursor_up": ("ctrl+p", "up"),
    "list.cursor_down": ("ctrl+n", "down"),
    "list.page_up": ("alt+v", "pageup"),
    "list.page_down": ("ctrl+v", "pagedown"),
    "list.cursor_first": ("alt+less_than_sign", "home"),
    "list.cursor_last": ("alt+greater_than_sign", "end"),
}
SETS: Mapping[str, Mapping[str, tuple[str, ...]]] = {"default": {}, "vim": VIM, "emacs": EMACS}
