"""What READY does to the state."""

from tuichat.client import directory, hearing
from tuichat.client.change import Change, GuildsChanged
from tuichat.client.state import State
from tuichat.protocol.dispatch.ready import Ready, UserReady


def start_session(state: State, event: UserReady) -> list[Change]:
    """A fresh session: everything is as READY says, and what is cached of channels is stale."""
    directory.clear(state)
    state.me = event.user
    state.session_id = event.session_id
    for user in event.users:
        directory.know(state, user)
    for guild in event.guilds:
        directory.put_guild(state, guild)
    for channel in event.private_channels:
        directory.put_private_channel(state, channel)
    for presence in event.presences:
        state.presences[presence.user.id] = presence
    state.read_states = {read.id: read for read in event.read_states if not read.read_state_type}
    hearing.start(state, event)
    return [GuildsChanged(), *directory.forget_lost_channels(state)]


def start_bot_session(state: State, event: Ready) -> list[Change]:
    """A bot's READY only names its guilds; each follows as GUILD_CREATE."""
    directory.clear(state)
    state.me = event.user
    for channel in event.private_channels:
        directory.put_private_channel(state, channel)
    return [GuildsChanged()]
