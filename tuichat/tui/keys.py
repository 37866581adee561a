"""All keys: which one does what, where, and what the footer says of it."""

import msgspec
from textual.binding import Binding, BindingType


class Hint(msgspec.Struct, frozen=True):
    """A key as the footer tells it; a click on it runs `action` of the screen or the focused pane."""

    key: str
    label: str
    action: str


# The main screen, wherever the focus is.
CHAT: list[BindingType] = [
    Binding("ctrl+k", "switch_channel", "Go to a channel", priority=True),
    Binding("alt+down", "next_unread", "Next unread channel", priority=True),
    Binding("alt+up", "previous_unread", "Previous unread channel", priority=True),
    Binding("f1", "help", "Help", priority=True),
    Binding("f2", "toggle_channels", "Channels", priority=True),
    Binding("f3", "toggle_members", "Members", priority=True),
    Binding("f4", "invite", "Invite someone", priority=True),
    Binding("f5", "servers", "Servers and accounts", priority=True),
    Binding("f6", "next_pane", "Next pane", priority=True),
    Binding("shift+f6,f18", "previous_pane", "Previous pane", priority=True),
    Binding("escape", "back", "Back"),
    Binding("pageup", "page_up", "Older messages"),
    Binding("pagedown", "page_down", "Newer messages"),
    Binding("ctrl+home", "scroll_home", "Oldest message"),
    Binding("ctrl+end", "scroll_end", "Newest message"),
]
APP: list[BindingType] = [Binding("ctrl+q", "quit", "Quit", priority=True)]
COMPOSER: list[BindingType] = [
    Binding("pageup", "screen.page_up", "Older messages"),
    Binding("pagedown", "screen.page_down", "Newer messages"),
    Binding("ctrl+home", "screen.scroll_home", "Oldest message"),
    Binding("ctrl+end", "screen.scroll_end", "Newest message"),
]
# Keys that act on the text, each with the composer's action. They are no bindings: a priority binding runs when the key
# arrives, before the letters typed just ahead of it are in the text, and without priority the text area would take them.
COMPOSER_TEXT = {
    "enter": "send",
    "ctrl+j": "newline",
    "alt+enter": "newline",
    "shift+enter": "newline",
    "tab": "complete",
    "ctrl+u": "clear",
}
COMPOSER_EDIT_LAST = "up"  # in an empty composer
MESSAGES: list[BindingType] = [
    Binding("up", "cursor_up", "Message above"),
    Binding("down", "cursor_down", "Message below"),
    Binding("pageup", "page_up", "Older messages"),
    Binding("pagedown", "page_down", "Newer messages"),
    Binding("home", "scroll_home", "Oldest message"),
    Binding("end", "scroll_end", "Newest message"),
    Binding("enter", "activate", "Retry, or reveal a spoiler"),
    Binding("r", "reply", "Reply"),
    Binding("e", "edit", "Edit"),
    Binding("d,delete", "delete", "Delete"),
    Binding("c", "copy", "Copy"),
    Binding("p", "previous", "Message above", show=False),
    Binding("n", "next", "Message below", show=False),
]
LIST: list[BindingType] = [
    Binding("up", "cursor_up", "Up"),
    Binding("down", "cursor_down", "Down"),
    Binding("pageup", "page_up", "Page up"),
    Binding("pagedown", "page_down", "Page down"),
    Binding("home", "cursor_first", "First"),
    Binding("end", "cursor_last", "Last"),
    Binding("enter,space", "choose", "Choose"),
]
DIALOG: list[BindingType] = [Binding("escape", "close", "Close")]
CONFIRM: list[BindingType] = [
    Binding("escape,n", "close", "Keep it"),
    Binding("y", "confirm", "Yes"),
    Binding("left,up", "app.focus_previous", "Other answer", show=False),
    Binding("right,down", "app.focus_next", "Other answer", show=False),
]
FORM: list[BindingType] = [
    Binding("escape", "close", "Back"),
    Binding("up", "app.focus_previous", "Field above", show=False),
    Binding("down", "app.focus_next", "Field below", show=False),
]
SWITCHER: list[BindingType] = [
    Binding("escape", "close", "Close"),
    Binding("up", "cursor_up", "Up"),
    Binding("down", "cursor_down", "Down"),
]
VOICE: list[BindingType] = [Binding("enter", "retry", "Start the audio engine again")]

# What the footer tells, most needed first: a narrow terminal shows the first few.
HINTS_COMPOSER = [
    Hint("enter", "send", "focus_composer"),
    Hint("ctrl+k", "switch", "switch_channel"),
    Hint("alt+↑↓", "unread", "next_unread"),
    Hint("f6", "pane", "next_pane"),
    Hint("f1", "help", "help"),
    Hint("f2", "channels", "toggle_channels"),
    Hint("f3", "members", "toggle_members"),
    Hint("f4", "invite", "invite"),
    Hint("f5", "servers", "servers"),
    Hint("ctrl+q", "quit", "app.quit"),
]
HINTS_MESSAGES = [
    Hint("↑↓", "select", "select_message"),
    Hint("r", "reply", "reply_selected"),
    Hint("e", "edit", "edit_selected"),
    Hint("d", "delete", "delete_selected"),
    Hint("c", "copy", "copy_selected"),
    Hint("enter", "retry/reveal", "activate_selected"),
    Hint("esc", "back", "back"),
    Hint("f1", "help", "help"),
    Hint("ctrl+q", "quit", "app.quit"),
]
HINTS_LIST = [
    Hint("↑↓", "move", "focus_list"),
    Hint("enter", "choose", "choose_row"),
    Hint("esc", "back", "back"),
    Hint("f6", "pane", "next_pane"),
    Hint("ctrl+k", "switch", "switch_channel"),
    Hint("f1", "help", "help"),
    Hint("f5", "servers", "servers"),
    Hint("ctrl+q", "quit", "app.quit"),
]

# What F1 shows: the keys by subject.
HELP: list[tuple[str, list[tuple[str, str]]]] = [
    (
        "The five that matter",
        [
            ("enter", "send what you wrote"),
            ("ctrl+k", "go to a channel: type a part of its name"),
            ("alt+↑ alt+↓", "the next channel with something new"),
            ("f6", "the next pane (shift+f6: the one before)"),
            ("f1", "this help"),
        ],
    ),
    (
        "Writing",
        [
            ("ctrl+j alt+enter", "a new line (shift+enter where the terminal can tell)"),
            ("tab", "complete @name, #channel or /command"),
            ("↑ in an empty line", "edit your last message"),
            ("ctrl+u", "empty the composer (ctrl+z brings it back)"),
            ("ctrl+a ctrl+e", "to the beginning, to the end of the line"),
            ("ctrl+w ctrl+k", "delete the word before; ctrl+k goes to a channel"),
            ("esc", "leave a reply or an edit, then the pane"),
            ("/help", "what can be typed after a slash"),
        ],
    ),
    (
        "Reading",
        [
            ("page up, page down", "older and newer messages"),
            ("ctrl+home ctrl+end", "the oldest one here, the newest"),
            ("↑ ↓ in the messages", "select one"),
            ("r e c", "reply to it, edit it, copy it"),
            ("d delete", "delete it, or discard what was not sent"),
            ("enter", "send it again when it was not sent; show its spoilers"),
            ("home end p n", "the oldest, the newest, the one above, the one below"),
        ],
    ),
    (
        "Around",
        [
            ("f2 f3", "channels and members as overlays, or hide them"),
            ("↑ ↓ home end", "move in a list; page up and page down in larger steps"),
            ("enter space", "choose what the cursor is on"),
            ("f4", "invite someone"),
            ("f5", "sign in to other servers, remove accounts"),
            ("ctrl+q", "quit"),
        ],
    ),
]
