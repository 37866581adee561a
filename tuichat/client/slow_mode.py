"""How long a slow channel has its writer wait: from what is known of the channel and of what was written there."""

from tuichat.client import timeline
from tuichat.client.state import Delivery, State
from tuichat.protocol.permissions import Permissions

MAX_WAIT_MS = 6 * 3600 * 1000  # the longest that a channel can be slow
EXEMPT = Permissions.MANAGE_MESSAGES | Permissions.MANAGE_CHANNELS | Permissions.BYPASS_SLOWMODE


def interval_s(state: State, channel_id: int) -> int:
    """Return how many seconds lie between two messages of the signed-in user, 0 where nothing slows."""
    channel = state.channels.get(channel_id)
    seconds = channel.rate_limit_per_user if channel is not None else 0
    if not isinstance(seconds, int) or seconds <= 0 or state.guild_of(channel_id) is None:
        return 0
    return 0 if state.permissions(channel_id) & EXEMPT else seconds


def wait_ms(state: State, channel_id: int, unix_ms: int) -> int:
    """Return how long the signed-in user has to wait before the next message, in milliseconds.

    A message on its way counts from when it was written. A clock that is wrong makes nobody wait longer than the interval.
    What the server itself said of it counts, too: it knows of what was written elsewhere.
    """
    return max(wait_ms_as_told(state, channel_id, unix_ms), _known_wait_ms(state, channel_id, unix_ms))


def learn(state: State, channel_id: int, wait_ms: int, unix_ms: int) -> None:
    """Note that the server takes no message for so long."""
    state.slow_until_ms[channel_id] = unix_ms + wait_ms


def wait_ms_as_told(state: State, channel_id: int, unix_ms: int) -> int:
    """Return how long a message has to wait by what the server itself said, in milliseconds."""
    until_ms = state.slow_until_ms.get(channel_id)
    if until_ms is None:
        return 0
    if until_ms <= unix_ms:
        del state.slow_until_ms[channel_id]
        return 0
    return min(until_ms - unix_ms, MAX_WAIT_MS)


def _known_wait_ms(state: State, channel_id: int, unix_ms: int) -> int:
    seconds = interval_s(state, channel_id)
    if not seconds or state.me is None:
        return 0
    known = state.timeline(channel_id)
    last = timeline.last_written_by(known, state.me.id)
    sent = [entry.message.id for entry in known.unsent if entry.delivery is Delivery.PENDING]
    if last is not None:
        sent.append(last.id)
    if not sent:
        return 0
    return min(max(0, max(id.timestamp_ms for id in sent) + seconds * 1000 - unix_ms), seconds * 1000)
