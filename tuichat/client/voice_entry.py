"""Whether one may join a voice channel, as far as it is known without asking."""

from tuichat.client.errors import RefusedError
from tuichat.client.state import Connection, State
from tuichat.protocol.channel import VOICE_CHANNELS
from tuichat.protocol.permissions import Permissions
from tuichat.translation import _, ngettext


def check_may_join(state: State, guild_id: int | None, channel_id: int) -> None:
    """Raise RefusedError, with why, where a voice channel or the call of a private channel surely cannot be joined."""
    channel = state.channels.get(channel_id)
    if state.connection is not Connection.READY:
        raise RefusedError(_("You are not connected to the server now; join when you are."))
    if channel is None:
        raise RefusedError(_("There is no such channel any more."))
    if guild_id is None:
        return
    if channel.type not in VOICE_CHANNELS:
        raise RefusedError(_("This channel has no voice: choose one with a ♪ before its name."))
    rights = state.permissions(channel_id)
    if not rights & Permissions.CONNECT:
        raise RefusedError(_("You may see this voice channel, but not join it."))
    limit = channel.user_limit if isinstance(channel.user_limit, int) else 0
    others = [each for each in state.voice_states_of(channel_id) if state.me and each.user_id != state.me.id]
    if limit and len(others) >= limit and not rights & Permissions.MOVE_MEMBERS:
        words = ngettext(
            "This voice channel is full ({limit} person).", "This voice channel is full ({limit} people).", limit
        )
        raise RefusedError(words.format(limit=limit))
