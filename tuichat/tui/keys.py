"""The one table of keys: every action, what it is called, where it works and which keys do it.

To add an action, add a row here and a method `action_NAME` at the place of its scope. Bindings, footer, help, palette and
the popup after the leader key are made from this table; `key_table.py` puts the user's own keys in.
"""

from enum import Enum

import msgspec
from textual.binding import Binding, BindingType

from tuichat.translation import N_


class Scope(Enum):
    """Where an action works; the value begins the action's id."""

    APP = "app"
    CHAT = "chat"  # the main screen, wherever the focus is
    COMPOSER = "composer"
    MESSAGES = "messages"
    SELECTION = "selection"  # of text, in the messages
    LIST = "list"  # every list of rows
    VOICE = "voice"
    ROOM = "room"  # that is live on a stage
    DIALOG = "dialog"
    CONFIRM = "confirm"
    RING = "ring"  # a call that rings
    VOLUME = "volume"
    SOUNDS = "sounds"  # of the soundboard
    FORM = "form"
    SWITCHER = "switcher"
    HISTORY = "history"  # of lines that were entered
    PALETTE = "palette"
    INBOX = "inbox"
    HALLWAY = "hallway"
    VIEWER = "viewer"  # of pictures
    SEARCH = "search"
    THREADS = "threads"
    EVENTS = "events"  # the list of a server's
    EVENT = "event"  # the page of one
    WHO = "who"  # reacted or voted
    PICK = "pick"  # from a menu of a bot, or of a form
    ROLES = "roles"
    MATRIX = "matrix"  # of permissions
    MODAL = "modal"  # a bot's form, and our forms that are made like one


class Group(Enum):
    """Subjects of the help, in its order."""

    FIRST = N_("The five that matter")
    WRITING = N_("Writing")
    READING = N_("Reading")
    MESSAGE = N_("With a message")
    SELECTION = N_("Selecting text (a drag of the mouse does it too)")
    VOICE = N_("Voice")
    ROOM = N_("In a room: a stage that is live")
    AROUND = N_("Around")
    DIALOGS = N_("In dialogs")


class Action(msgspec.Struct, frozen=True):
    """Something a user can do. `leader` is the sequence after the leader key, its keys parted by blanks.

    An action with `is_priority` works wherever the focus is, before what has the focus sees the key.
    """

    id: str
    label: str
    keys: tuple[str, ...] = ()
    group: Group = Group.AROUND
    leader: str = ""
    is_priority: bool = False

    @property
    def scope(self) -> Scope:
        return Scope(self.id.partition(".")[0])

    @property
    def name(self) -> str:
        """Return NAME of the method `action_NAME`."""
        return self.id.partition(".")[2]


def _chat(
    name: str, label: str, *keys: str, group: Group = Group.AROUND, leader: str = "", is_priority: bool = True
) -> Action:
    return Action(f"chat.{name}", label, keys, group, leader, is_priority)


def _messages(name: str, label: str, *keys: str, group: Group = Group.MESSAGE, leader: str = "") -> Action:
    return Action(f"messages.{name}", label, keys, group, leader)


def _room(name: str, label: str, *keys: str, leader: str = "") -> Action:
    return Action(f"room.{name}", label, keys, Group.ROOM, leader or f"r {keys[0]}")


def _composer(name: str, label: str, *keys: str, leader: str = "") -> Action:
    return Action(f"composer.{name}", label, keys, Group.WRITING, leader)


DIGITS = tuple("123456789")
NO_KEY = "f35"  # stands for "none" where Textual wants a key; no keyboard sends it

ACTIONS: tuple[Action, ...] = (
    Action("composer.send", N_("Send what you wrote"), ("enter",), Group.FIRST),
    _chat("switch_channel", N_("Go to a channel or a person"), "ctrl+k", group=Group.FIRST, leader="k"),
    _chat("next_unread", N_("Next unread channel"), "alt+down", group=Group.FIRST, leader="n"),
    _chat("previous_unread", N_("Previous unread channel"), "alt+up", group=Group.FIRST, leader="p"),
    _chat("next_pane", N_("Next pane"), "f6", group=Group.FIRST),
    _chat("help", N_("Help with every key"), "f1", group=Group.FIRST, leader="?"),
    # Writing. These act on the text and are no bindings: a priority binding runs when the key arrives, before the letters
    # typed just ahead of it are in the text, and without priority the text area would take them.
    _composer("send_anyway", N_("Send, also from within code"), "ctrl+enter"),
    _composer("newline", N_("New line"), "ctrl+j", "alt+enter", "shift+enter"),
    _composer("complete", N_("Complete a name or a command"), "tab"),
    _composer("edit_last", N_("Edit your last message (in an empty line)"), "up"),
    _composer("clear", N_("Empty the composer"), "ctrl+u"),
    _composer("undo", N_("Undo"), "ctrl+z"),
    _composer("redo", N_("Do again what was undone"), "ctrl+y", "ctrl+shift+z"),
    _composer("search_lines", N_("Search what you entered before"), "ctrl+r", leader="c h"),
    _chat("record_macro", N_("Record what you enter as a macro, or end that"), group=Group.WRITING, leader="c r"),
    _chat("play_macro", N_("Play a macro"), group=Group.WRITING, leader="c m"),
    _chat("stop_jobs", N_("End what runs: files, macros, waiting"), group=Group.WRITING, leader="c x"),
    _composer("correct", N_("Other spellings of an underlined word"), "f7"),
    _composer("open_editor", N_("Write in your editor ($VISUAL, $EDITOR)"), "ctrl+e"),
    # Reading.
    _chat("page_up", N_("Older messages"), "pageup", group=Group.READING, is_priority=False),
    _chat("page_down", N_("Newer messages"), "pagedown", group=Group.READING, is_priority=False),
    _chat("scroll_home", N_("Oldest message"), "ctrl+home", group=Group.READING, is_priority=False),
    _chat("scroll_end", N_("Newest message"), "ctrl+end", group=Group.READING, is_priority=False),
    _messages("cursor_up", N_("Message above"), "up", "k", group=Group.READING),
    _messages("cursor_down", N_("Message below"), "down", "j", group=Group.READING),
    _messages("page_up", N_("A page up"), "pageup", group=Group.READING),
    _messages("page_down", N_("A page down"), "pagedown", group=Group.READING),
    _messages("scroll_home", N_("To the oldest message"), "home", group=Group.READING),
    _messages("scroll_end", N_("To the newest message"), "end", group=Group.READING),
    _chat("jump_to_date", N_("Jump to a day"), "alt+d", group=Group.READING, leader="j d"),
    _chat("jump_to_unread", N_("Jump to the first unread message"), "alt+u", group=Group.READING, leader="j u"),
    _chat(
        "jump_back", N_("Back to where you were before the jump"), "alt+backspace", group=Group.READING, leader="j b"
    ),
    # With the selected message.
    _messages("activate", N_("Send it again when it was not sent; show its spoilers"), "enter"),
    _messages("reply", N_("Reply"), "r", leader="m r"),
    _messages("edit", N_("Edit"), "e", leader="m e"),
    _messages("delete", N_("Delete, or discard what was not sent"), "d", "delete", leader="m d"),
    _messages("copy", N_("Copy the text"), "c", leader="m c"),
    _messages("save_file", N_("Save its files"), "s", leader="u s"),
    _messages("open_file", N_("Open its file"), "o", leader="u o"),
    _messages("view_picture", N_("Show its picture on the whole screen"), "i", leader="u v"),
    _messages("copy_url", N_("Copy the URL of its files"), "y", leader="u u"),
    _messages("pause_file", N_("Pause its files, or go on with them"), "P", leader="u p"),
    _messages("cancel_file", N_("Cancel the saving of its files"), "C", leader="u c"),
    _messages("react", N_("React with an emoji"), "a", leader="m a"),
    _messages("who_reacted", N_("Who reacted"), "w", leader="m w"),
    _messages("pin", N_("Pin, or take the pin away"), "p", leader="m p"),
    _messages("thread", N_("Open its thread, or begin one"), "t", leader="m t"),
    _messages("forward", N_("Forward"), "f", leader="m f"),
    _messages("copy_link", N_("Copy a link to it"), "l", leader="m y"),
    _messages("copy_code", N_("Copy its code block"), "b", leader="m b"),
    _messages("mark_unread", N_("Unread from here on"), "u", leader="m u"),
    _messages(
        "press",
        N_("Press a button, answer or reaction of it"),
        "x",
        *DIGITS,
        leader="m x",
    ),
    _messages("profile", N_("Who wrote it"), "n", leader="m n"),
    _messages("report", N_("Report it"), "exclamation_mark", leader="m !"),
    _messages("menu", N_("Menu of what can be done with it"), "full_stop", leader="m m"),
    _messages("select_text", N_("Select text, also across messages"), "v", leader="m v"),
    Action("selection.cell_left", N_("Selection: a sign to the left"), ("left", "h"), Group.SELECTION),
    Action("selection.cell_right", N_("Selection: a sign to the right"), ("right", "l"), Group.SELECTION),
    Action("selection.line_up", N_("Selection: a line up"), ("up", "k"), Group.SELECTION),
    Action("selection.line_down", N_("Selection: a line down"), ("down", "j"), Group.SELECTION),
    Action("selection.word_left", N_("Selection: a word back"), ("b", "ctrl+left"), Group.SELECTION),
    Action("selection.word_right", N_("Selection: a word on"), ("w", "ctrl+right"), Group.SELECTION),
    Action("selection.line_start", N_("Selection: to the beginning of the line"), ("home", "0"), Group.SELECTION),
    Action("selection.line_end", N_("Selection: to the end of the line"), ("end", "dollar_sign"), Group.SELECTION),
    Action("selection.other_end", N_("Selection: move its other end"), ("o",), Group.SELECTION),
    Action("selection.copy_text", N_("Copy what is selected"), ("y", "c", "enter"), Group.SELECTION),
    Action("selection.leave", N_("Select nothing"), ("escape",), Group.SELECTION),
    _chat("create_poll", N_("Ask in a poll"), group=Group.WRITING, leader="c p"),
    _chat("attach", N_("Attach a file"), "ctrl+o", group=Group.WRITING, leader="u a"),
    _chat("detach", N_("Take the last attached file off"), group=Group.WRITING, leader="u x"),
    # Around.
    _chat("palette", N_("Every action by its name, and its key"), "ctrl+p", leader=":"),
    _chat("inbox", N_("Inbox: mentions, and what is unread"), "alt+i", leader="i"),
    _chat("hallway", N_("Hallway: what is live, and what comes"), "alt+h", leader="l"),
    _chat("to_live", N_("Come into the room that you were told of last"), leader="L"),
    _chat("next_mention", N_("Next channel that mentions you"), "alt+shift+down", leader="N"),
    _chat("previous_mention", N_("Previous channel that mentions you"), "alt+shift+up", leader="P"),
    _chat("search", N_("Search messages"), "ctrl+f", leader="/"),
    _chat("pins", N_("Pins of this channel"), "alt+p", leader="j p"),
    _chat("threads", N_("Threads of this channel"), "alt+t", leader="j l"),
    _chat("events", N_("Events of this server"), "alt+a", leader="j e"),
    _chat("to_event", N_("The event that you were reminded of last"), leader="j r"),
    _chat("begin_thread", N_("Begin a thread, at the selected message or beside all"), leader="j n"),
    _chat("bring_in", N_("Bring people into this thread"), leader="j a"),
    _chat("to_parent", N_("From a thread to the channel above it"), leader="j o"),
    _chat("go_back", N_("Back to where you were"), "alt+left", leader="b"),
    _chat("go_forward", N_("Forward again"), "alt+right", leader="f"),
    _chat("previous_pane", N_("Previous pane"), "shift+f6", "f18"),
    _chat("toggle_channels", N_("Show or hide the channels"), "f2", leader="v c"),
    _chat("toggle_members", N_("Show or hide the members"), "f3", leader="v m"),
    _chat("open_tab", N_("Open another channel in a tab of its own"), "ctrl+t", leader="t t"),
    _chat("close_tab", N_("Close the tab"), "alt+w", leader="t w"),
    _chat("next_tab", N_("Next tab"), "ctrl+pagedown", leader="t n"),
    _chat("previous_tab", N_("Previous tab"), "ctrl+pageup", leader="t p"),
    _chat("move_tab_right", N_("Move the tab to the right"), leader="t >"),
    _chat("move_tab_left", N_("Move the tab to the left"), leader="t <"),
    _chat("choose_theme", N_("Choose the colours"), leader="v t"),
    _chat("choose_language", N_("Choose the language"), leader="v l"),
    _chat("toggle_compact", N_("Compact messages, or with air between them"), leader="v d"),
    _chat("toggle_clock", N_("12 or 24 hours"), leader="v h"),
    _chat("invite", N_("Invite someone"), "f4", leader="g i"),
    _chat("account", N_("Your account: profile, status, password, sign-ins"), leader="a a"),
    _chat("notifications", N_("What calls you, here and in this channel"), leader="a n"),
    _chat("toggle_quiet", N_("No notices on this computer, or again"), leader="a d"),
    _chat("guild_settings", N_("Settings of this server"), leader="g e"),
    _chat("channel_settings", N_("Settings of this channel"), leader="g c"),
    _chat("servers", N_("Servers and accounts"), "f5", leader="g s"),
    _chat("leader", N_("Begin a sequence of keys"), "ctrl+g", is_priority=False),
    _chat("back", N_("Leave a reply or an edit, then the pane"), "escape", is_priority=False),
    # Where text is written ctrl+z takes a step back; there the sequence is left.
    Action("app.suspend", N_("Back to the shell, until fg brings tuichat again"), ("ctrl+z",), leader="z"),
    Action("app.quit", N_("Quit"), ("ctrl+q",), Group.AROUND, is_priority=True),
    Action("list.cursor_up", N_("Up in a list"), ("up",)),
    Action("list.cursor_down", N_("Down in a list"), ("down",)),
    Action("list.page_up", N_("A page up in a list"), ("pageup",)),
    Action("list.page_down", N_("A page down in a list"), ("pagedown",)),
    Action("list.cursor_first", N_("First of a list"), ("home",)),
    Action("list.cursor_last", N_("Last of a list"), ("end",)),
    Action("list.filter", N_("Filter a list"), ("slash",)),
    Action("list.choose", N_("Choose what the cursor is on"), ("enter", "space")),
    # Voice. Those of the app work in every dialog, too; what is written is not disturbed by them.
    _chat(
        "toggle_call", N_("Join the voice channel in view, or leave the call"), "alt+c", group=Group.VOICE, leader="h j"
    ),
    Action("app.toggle_mute", N_("Mute yourself, or be heard again"), ("f8",), Group.VOICE, "h m"),
    Action("app.toggle_deafen", N_("Hear nobody, or hear them again"), ("f9",), Group.VOICE, "h d"),
    Action(
        "app.talk",
        N_("Push to talk: hold it where the terminal tells of keys let go, else press it twice"),
        ("ctrl+space", "ctrl+@", "f12"),
        Group.VOICE,
        "h t",
    ),
    _chat("leave_call", N_("Leave the call"), group=Group.VOICE, leader="h l"),
    _chat("to_call", N_("Show the channel of the call"), group=Group.VOICE, leader="h o"),
    _chat("start_call", N_("Call the people of this private channel"), group=Group.VOICE, leader="h c"),
    _chat("voice_settings", N_("Microphone, speaker, push to talk"), group=Group.VOICE, leader="h s"),
    _chat("call_stats", N_("How well the call goes, by person"), group=Group.VOICE, leader="h i"),
    _chat("soundboard", N_("Soundboard"), group=Group.VOICE, leader="h b"),
    _chat("priority", N_("Speak so that the others are lowered, or no more"), group=Group.VOICE, leader="h p"),
    _chat("call_test", N_("Try microphone and speaker"), group=Group.VOICE, leader="h y"),
    Action("voice.join_or_leave", N_("Voice channel: join, or leave"), ("v",), Group.VOICE),
    Action("voice.mute", N_("Voice channel: mute yourself, or no more"), ("m",), Group.VOICE),
    Action("voice.deafen", N_("Voice channel: hear nobody, or hear them again"), ("d",), Group.VOICE),
    Action("voice.settings", N_("Voice channel: microphone and speaker"), ("s",), Group.VOICE),
    Action("voice.stats", N_("Voice channel: how well the call goes"), ("i",), Group.VOICE),
    Action("voice.soundboard", N_("Voice channel: soundboard"), ("b",), Group.VOICE),
    Action("voice.retry", N_("Start the audio engine again"), ("r",), Group.VOICE),
    _chat(
        "toggle_talk",
        N_("From who speaks in a voice channel or on a stage to what is written there, and back"),
        "alt+r",
        group=Group.VOICE,
        leader="h w",
    ),
    # A room. Those of the second half are about the person under the cursor.
    _room("start", N_("Start a room on this stage"), "s"),
    _room("join_or_leave", N_("Join the room, or leave it"), "v"),
    _room("hand", N_("Raise your hand, or lower it"), "h"),
    _room("accept", N_("Accept an invitation to speak"), "y"),
    _room("decline_invitation", N_("Decline an invitation to speak"), "n"),
    _room("mute_self", N_("Mute yourself, or be heard again"), "m"),
    _room("react", N_("React with an emoji that floats over the room"), "a"),
    _room("link", N_("The link that is pinned"), "l"),
    _room("ping", N_("Ask somebody into the room"), "p"),
    _room("edit", N_("Change what the room is about, and whom it is open to"), "e"),
    _room("hands", N_("Who may raise a hand: all, those whom hosts follow, nobody"), "H"),
    _room("keeping", N_("Who was invited, blocked or muted"), "w"),
    _room("end", N_("End the room for all"), "X"),
    _room("invite_up", N_("Invite onto the stage"), "u"),
    _room("decline_hand", N_("Decline a raised hand"), "d"),
    _room("move_down", N_("Move back to the audience"), "b"),
    _room("mute", N_("Mute, until they unmute themselves"), "M"),
    _room("host", N_("Make a host, or unmake one"), "c"),
    _room("remove", N_("Put out of the room"), "r"),
    _room("block", N_("Block from this room"), "B"),
    _room("profile", N_("Profile of somebody in the room"), "i"),
    # Dialogs.
    Action("dialog.close", N_("Close"), ("escape",), Group.DIALOGS),
    Action("ring.accept", N_("Answer a call that rings"), ("a", "enter"), Group.DIALOGS),
    Action("ring.decline", N_("Decline a call that rings"), ("d",), Group.DIALOGS),
    Action("ring.close", N_("Let a call ring"), ("escape",), Group.DIALOGS),
    Action("volume.louder", N_("Louder"), ("right", "up", "plus", "equals_sign"), Group.DIALOGS),
    Action("volume.quieter", N_("Quieter"), ("left", "down", "minus"), Group.DIALOGS),
    Action("volume.usual", N_("As loud as it comes"), ("home", "0"), Group.DIALOGS),
    Action("volume.take", N_("As loud as chosen"), ("enter",), Group.DIALOGS),
    Action("volume.close", N_("Close"), ("escape",), Group.DIALOGS),
    Action("sounds.change", N_("Soundboard: change a sound"), ("e",), Group.DIALOGS),
    Action("sounds.delete", N_("Soundboard: delete a sound"), ("d", "delete"), Group.DIALOGS),
    Action("confirm.close", N_("Keep it"), ("escape", "n"), Group.DIALOGS),
    Action("confirm.confirm", N_("Yes"), ("y",), Group.DIALOGS),
    Action("confirm.other", N_("Other answer"), ("left", "up", "right", "down"), Group.DIALOGS),
    Action("form.close", N_("Back"), ("escape",), Group.DIALOGS),
    Action("form.field_above", N_("Field above"), ("up",), Group.DIALOGS),
    Action("form.field_below", N_("Field below"), ("down",), Group.DIALOGS),
    Action("switcher.close", N_("Close"), ("escape",), Group.DIALOGS),
    Action("switcher.cursor_up", N_("Up"), ("up",), Group.DIALOGS),
    Action("switcher.cursor_down", N_("Down"), ("down",), Group.DIALOGS),
    Action("palette.close", N_("Close"), ("escape",), Group.DIALOGS),
    Action("palette.cursor_up", N_("Up"), ("up",), Group.DIALOGS),
    Action("palette.cursor_down", N_("Down"), ("down",), Group.DIALOGS),
    Action("history.close", N_("Back to what stood in the composer"), ("escape",), Group.DIALOGS),
    Action("history.cursor_up", N_("Up"), ("up",), Group.DIALOGS),
    Action("history.cursor_down", N_("Down"), ("down",), Group.DIALOGS),
    Action("history.older", N_("What was entered before it"), ("ctrl+r",), Group.DIALOGS),
    Action("history.take", N_("Take the line into the composer"), ("tab",), Group.DIALOGS, is_priority=True),
    Action("history.forget", N_("Forget the line"), ("ctrl+d", "shift+delete"), Group.DIALOGS, is_priority=True),
    Action("search.close", N_("Back to the line, then close"), ("escape",), Group.DIALOGS),
    Action(
        "search.complete",
        N_("Complete what is typed, or go on to what was found"),
        ("tab",),
        Group.DIALOGS,
        is_priority=True,
    ),
    Action("search.cursor_up", N_("Up"), ("up",), Group.DIALOGS),
    Action("search.cursor_down", N_("Down"), ("down",), Group.DIALOGS),
    Action("search.next_place", N_("Search somewhere else"), ("f2",), Group.DIALOGS),
    Action("search.next_order", N_("Sort what was found otherwise"), ("f3",), Group.DIALOGS),
    Action("threads.close", N_("Close"), ("escape",), Group.DIALOGS),
    Action("threads.new", N_("Begin a thread or a post"), ("n",), Group.DIALOGS),
    Action("threads.follow", N_("Follow a thread, or no more"), ("f",), Group.DIALOGS),
    Action("threads.members", N_("Who follows a thread"), ("m",), Group.DIALOGS),
    Action("threads.add", N_("Bring people into a thread"), ("p",), Group.DIALOGS),
    Action("threads.edit", N_("A thread's name, slow mode, and when it is archived"), ("e",), Group.DIALOGS),
    Action("threads.delete", N_("Delete a thread"), ("d", "delete"), Group.DIALOGS),
    Action("threads.archive", N_("Archive a thread, or bring it back"), ("a",), Group.DIALOGS),
    Action("threads.lock", N_("Lock a thread, or unlock it"), ("l",), Group.DIALOGS),
    Action("threads.next_order", N_("Sort threads otherwise"), ("s",), Group.DIALOGS),
    Action("threads.next_tag", N_("Posts of the next tag"), ("t",), Group.DIALOGS),
    Action("threads.toggle_archived", N_("Active or archived threads"), ("v",), Group.DIALOGS),
    Action("events.close", N_("Close"), ("escape",), Group.DIALOGS),
    Action("events.new", N_("Plan an event"), ("n",), Group.DIALOGS),
    Action("events.interested", N_("Be interested in an event, or no more"), ("i",), Group.DIALOGS),
    Action("events.save", N_("Save all events for your calendar"), ("s",), Group.DIALOGS),
    Action("event.close", N_("Close"), ("escape",), Group.DIALOGS),
    Action("event.start", N_("Event: start it, or go there"), ("o",), Group.DIALOGS),
    Action("event.interested", N_("Event: be interested, or no more"), ("i",), Group.DIALOGS),
    Action("event.edit", N_("Event: change it"), ("e",), Group.DIALOGS),
    Action("event.invite", N_("Event: copy an invite link"), ("y",), Group.DIALOGS),
    Action("event.save", N_("Event: save it for your calendar"), ("s",), Group.DIALOGS),
    Action("event.cancel", N_("Event: cancel it, or end it"), ("d", "delete"), Group.DIALOGS),
    Action("who.close", N_("Close"), ("escape",), Group.DIALOGS),
    Action("who.remove", N_("Take a reaction away, or all with an emoji"), ("d", "delete"), Group.DIALOGS),
    Action("who.clear", N_("Take every reaction away"), ("X",), Group.DIALOGS),
    Action("pick.close", N_("Choose nothing"), ("escape",), Group.DIALOGS),
    Action("pick.cursor_up", N_("Up"), ("up",), Group.DIALOGS),
    Action("pick.cursor_down", N_("Down"), ("down",), Group.DIALOGS),
    Action("pick.done", N_("Take all that is marked"), ("alt+enter", "ctrl+j"), Group.DIALOGS, is_priority=True),
    Action("modal.close", N_("Leave the form"), ("escape",), Group.DIALOGS),
    Action("modal.field_above", N_("Field above"), ("up",), Group.DIALOGS),
    Action("modal.field_below", N_("Field below"), ("down",), Group.DIALOGS),
    Action("modal.done", N_("Send the form"), ("alt+enter", "ctrl+enter"), Group.DIALOGS, is_priority=True),
    Action("roles.close", N_("Close"), ("escape",), Group.DIALOGS),
    Action("roles.new", N_("Make a role"), ("n",), Group.DIALOGS),
    Action("roles.permissions", N_("What each role allows"), ("p",), Group.DIALOGS),
    Action("roles.raise", N_("Move a role up"), ("shift+up", "K"), Group.DIALOGS),
    Action("roles.lower", N_("Move a role down"), ("shift+down", "J"), Group.DIALOGS),
    Action("roles.delete", N_("Delete a role"), ("d", "delete"), Group.DIALOGS),
    Action("matrix.close", N_("Close"), ("escape",), Group.DIALOGS),
    Action("matrix.role_left", N_("Permissions of the role to the left"), ("left", "h"), Group.DIALOGS),
    Action("matrix.role_right", N_("Permissions of the role to the right"), ("right", "l"), Group.DIALOGS),
    Action("matrix.save", N_("Save what roles allow"), ("s", "ctrl+s"), Group.DIALOGS),
    Action("hallway.close", N_("Close"), ("escape",), Group.DIALOGS),
    Action("hallway.cursor_up", N_("Up"), ("up",), Group.DIALOGS),
    Action("hallway.cursor_down", N_("Down"), ("down",), Group.DIALOGS),
    Action(
        "hallway.switch_focus",
        N_("Hallway: from the line to the rooms, and back"),
        ("tab",),
        Group.DIALOGS,
        is_priority=True,
    ),
    Action("hallway.follow_club", N_("Hallway: follow the club, or no more"), ("f2", "c"), Group.DIALOGS),
    Action("hallway.follow_people", N_("Hallway: follow people, or no more"), ("f3", "p"), Group.DIALOGS),
    Action("hallway.interest", N_("Hallway: be interested in what comes, or no more"), ("f4", "i"), Group.DIALOGS),
    Action("hallway.renew", N_("Hallway: ask the servers again"), ("f5", "r"), Group.DIALOGS),
    Action("inbox.close", N_("Close"), ("escape",), Group.DIALOGS),
    Action("inbox.read_one", N_("Read one off the inbox"), ("x", "delete"), Group.DIALOGS),
    Action("inbox.read_all", N_("Read everything in the inbox"), ("X",), Group.DIALOGS),
    Action("viewer.close", N_("Leave the picture"), ("escape", "q"), Group.DIALOGS),
    Action("viewer.next", N_("Next picture of the channel"), ("right", "n"), Group.DIALOGS),
    Action("viewer.previous", N_("Previous picture"), ("left", "p"), Group.DIALOGS),
    Action("viewer.zoom_in", N_("Picture: larger"), ("plus", "equals_sign"), Group.DIALOGS),
    Action("viewer.zoom_out", N_("Picture: smaller"), ("minus",), Group.DIALOGS),
    Action("viewer.pan_left", N_("Picture: to the left"), ("h", "shift+left"), Group.DIALOGS),
    Action("viewer.pan_right", N_("Picture: to the right"), ("l", "shift+right"), Group.DIALOGS),
    Action("viewer.pan_up", N_("Picture: up"), ("k", "up"), Group.DIALOGS),
    Action("viewer.pan_down", N_("Picture: down"), ("j", "down"), Group.DIALOGS),
    Action("viewer.save", N_("Save the picture"), ("s",), Group.DIALOGS),
    Action("viewer.open", N_("Open the picture elsewhere"), ("o",), Group.DIALOGS),
    Action("viewer.copy_url", N_("Copy the picture's URL"), ("y",), Group.DIALOGS),
    Action("palette.change_key", N_("Give the action another key"), ("f2",), Group.DIALOGS),
    Action("palette.reset_key", N_("Give the action its own key again"), ("f8",), Group.DIALOGS),
)
# Keys of the composer whose action depends on a setting or on what is written.
ENTER, ALT_ENTER, ESCAPE, BACKSPACE = "enter", "alt+enter", "escape", "backspace"
OFFER_STEPS = {"up": -1, "down": 1}  # while a list of offers shows
BY_ID = {action.id: action for action in ACTIONS}
# Textual names what an action does to the app or the screen by these; all others are methods of the widget.
_TARGETS = {
    "confirm.other": "app.focus_next",
    "form.field_above": "app.focus_previous",
    "form.field_below": "app.focus_next",
    "modal.field_above": "app.focus_previous",
    "modal.field_below": "app.focus_next",
}


def bindings(scope: Scope) -> list[BindingType]:
    """Return the bindings of a widget: every action of its scope, to be rebound by id, also from no key at all."""
    return [
        Binding(
            ",".join(action.keys) or NO_KEY,
            _TARGETS.get(action.id, action.name),
            action.label,
            priority=action.is_priority,
            id=action.id,
        )
        for action in ACTIONS
        if action.scope is scope
    ]


def bindings_over_text() -> list[BindingType]:
    """Return the bindings of the main screen that a text area would take for itself."""
    return [
        Binding(",".join(action.keys) or NO_KEY, f"screen.{action.name}", action.label, id=action.id)
        for action in ACTIONS
        if action.scope is Scope.CHAT and action.group is Group.READING
    ]


# What the footer tells where the focus is, most needed first: a narrow terminal shows the first few. Ids that stand together
# are told together.
FooterEntries = tuple[tuple[tuple[str, ...], str], ...]
FOOTER_COMPOSER: FooterEntries = (
    (("composer.send",), N_("send")),
    (("chat.switch_channel",), N_("switch")),
    (("chat.palette",), N_("actions")),
    (("chat.previous_unread", "chat.next_unread"), N_("unread")),
    (("chat.next_pane",), N_("pane")),
    (("chat.help",), N_("help")),
    (("chat.toggle_channels",), N_("channels")),
    (("chat.toggle_members",), N_("members")),
    (("chat.invite",), N_("invite")),
    (("chat.servers",), N_("servers")),
    (("app.quit",), N_("quit")),
)
FOOTER_MESSAGES: FooterEntries = (
    (("messages.cursor_up", "messages.cursor_down"), N_("select")),
    (("messages.reply",), N_("reply")),
    (("messages.edit",), N_("edit")),
    (("messages.delete",), N_("delete")),
    (("messages.copy",), N_("copy")),
    (("messages.activate",), N_("retry/reveal")),
    (("chat.back",), N_("back")),
    (("chat.help",), N_("help")),
    (("app.quit",), N_("quit")),
)
FOOTER_SELECTION: FooterEntries = (
    (("selection.cell_left", "selection.cell_right"), N_("sign")),
    (("selection.line_up", "selection.line_down"), N_("line")),
    (("selection.word_right",), N_("word")),
    (("selection.copy_text",), N_("copy")),
    (("selection.leave",), N_("leave")),
    (("selection.other_end",), N_("other end")),
)
FOOTER_LIST: FooterEntries = (
    (("list.cursor_up", "list.cursor_down"), N_("move")),
    (("list.choose",), N_("choose")),
    (("list.filter",), N_("filter")),
    (("chat.back",), N_("back")),
    (("chat.next_pane",), N_("pane")),
    (("chat.switch_channel",), N_("switch")),
    (("chat.help",), N_("help")),
    (("chat.servers",), N_("servers")),
    (("app.quit",), N_("quit")),
)
FOOTER_VOICE: FooterEntries = (
    (("voice.join_or_leave",), N_("join/leave")),
    (("app.toggle_mute",), N_("mute")),
    (("app.toggle_deafen",), N_("deafen")),
    (("app.talk",), N_("talk")),
    (("list.choose",), N_("choose")),
    (("chat.back",), N_("back")),
    (("chat.next_pane",), N_("pane")),
    (("chat.switch_channel",), N_("switch")),
    (("chat.help",), N_("help")),
    (("app.quit",), N_("quit")),
)
FOOTER_ROOM: FooterEntries = (
    (("room.join_or_leave",), N_("join/leave")),
    (("room.hand",), N_("hand")),
    (("room.react",), N_("react")),
    (("chat.toggle_talk",), N_("chat")),
    (("list.choose",), N_("choose")),
    (("chat.back",), N_("back")),
    (("chat.next_pane",), N_("pane")),
    (("chat.switch_channel",), N_("switch")),
    (("chat.help",), N_("help")),
    (("app.quit",), N_("quit")),
)
BACK_TO_PAGE: tuple[tuple[str, ...], str] = (("chat.toggle_talk",), N_("who speaks"))  # from what is written there
# What the keys of the text area do that are no actions of ours, for the help.
TEXT_KEYS = (
    ("home, end", N_("to the beginning, to the end of the line")),
    ("ctrl+w", N_("delete the word before")),
    ("s/old/new/", N_("correct your last message; g after it corrects every place, i whatever the case")),
    ("/help", N_("what can be typed after a slash")),
)
