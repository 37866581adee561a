"""How an account stands: its connection in a sentence, and itself with the dot and the word of its status."""

from tuichat.client.state import Connection, State
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import N_, _
from tuichat.tui.panes.me_panel import Me

STATUS_WORDS = {
    "online": N_("online"),
    "idle": N_("idle"),
    "dnd": N_("busy"),
    "invisible": N_("invisible"),
    "offline": N_("invisible"),
}


def me_shown(state: State | None, guild_id: int, quiet_word: str) -> Me:
    """Return who is signed in, as a guild knows it; `quiet_word` stands behind the status."""
    if state is None or state.me is None:
        return Me()
    me = state.me
    guild = state.guilds.get(guild_id)
    member = guild.members.get(me.id) if guild else None
    name = safe_name(member.display_name if member else me.display_name)
    dots = {"online": ("●", "good"), "idle": ("◐", "warn"), "dnd": ("⊖", "bad")}
    if state.connection is Connection.READY:
        status = state.status(me.id) if me.id in state.presences else "online"
        dot, style = dots.get(status, ("○", "dim"))
        word = _(STATUS_WORDS.get(status, status))
    else:
        dot, style, word = "◌", "warn", _(state.connection.value)  # `rows` marks them
        if state.connection is Connection.REFUSED:
            dot, style, word = "✕", "bad", _("not signed in")
    return Me(name, safe_name(me.username), word + quiet_word, style, dot)


def connection_sentence(state: State, now_ms: int) -> tuple[str, bool]:
    """Return the connection in words, empty while all is well, and whether it was refused for good."""
    note = safe_line(state.connection_note)
    match state.connection:
        case Connection.READY:
            return "", False
        case Connection.CONNECTING:
            return note or _("connecting …"), False
        case Connection.REFUSED:
            return _("F5 to sign in again. {note}").format(note=note).rstrip(), True
        case Connection.OFFLINE:
            return note or _("not connected"), False
        case Connection.RECONNECTING:
            next_try_ms: int | None = state.next_try_ms
            if next_try_ms is None or next_try_ms <= now_ms:
                return _("reconnecting: {note}").format(note=note) if note else _("reconnecting …"), False
            seconds = -(-(next_try_ms - now_ms) // 1000)
            words = _("reconnecting, next try in {seconds} s").format(seconds=seconds)
            return f"{words} ({note.rstrip('.')})" if note else words, False
