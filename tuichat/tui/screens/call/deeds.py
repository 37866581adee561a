"""What can be done with somebody in a voice channel, and why the user cannot do what is not possible."""

from tuichat.client.state import GuildState, State
from tuichat.protocol.permissions import Permissions
from tuichat.text import permission_words
from tuichat.translation import N_, _
from tuichat.tui.screens.settings.moderation import Deed

_DEEDS = (
    ("voice_mute", N_("Mute for everybody"), N_("Let speak again"), Permissions.MUTE_MEMBERS),
    ("voice_deafen", N_("Deafen, so that they hear nobody"), N_("Let hear again"), Permissions.DEAFEN_MEMBERS),
    ("voice_move", N_("Move to another voice channel"), "", Permissions.MOVE_MEMBERS),
    ("voice_disconnect", N_("Disconnect from voice"), "", Permissions.MOVE_MEMBERS),
)
VOICE_DEEDS = frozenset({"volume", *(row[0] for row in _DEEDS)})


def deeds_in_voice(state: State, guild_id: int | None, user_id: int) -> list[Deed]:
    """Return the volume, where it is somebody else, and what moderators do with who is in a voice channel."""
    is_me = state.me is not None and state.me.id == user_id
    found = [] if is_me else [Deed("volume", _("Volume"))]
    guild: GuildState | None = state.guilds.get(guild_id) if guild_id is not None else None
    voice = guild.voice_states.get(user_id) if guild is not None else None
    if voice is None or voice.channel_id is None:
        return found
    may = state.permissions(voice.channel_id)
    for name, label, undo, needs in _DEEDS:
        is_done = (name == "voice_mute" and voice.mute) or (name == "voice_deafen" and voice.deaf)
        words = _(undo) if is_done else _(label)
        found.append(Deed(name, words, "" if may & needs else permission_words.needs(needs)))
    return found
