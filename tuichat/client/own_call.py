"""One's own part in voice as it is shown: the call one is in, and how one takes part."""

import msgspec

from tuichat.voice.call_protocol import CallState, CallStatistics, MediaPath


class OwnCall(msgspec.Struct, frozen=True, kw_only=True):
    """The call that an account is in, or tries to get into, or (`is_over`) was in last."""

    guild_id: int | None  # None: the call of a private channel
    channel_id: int
    state: CallState = CallState.CONNECTING
    sentence: str = ""  # what is being done, or what went wrong and what to do; may be empty
    path: MediaPath = MediaPath.NONE
    mode: str = ""  # the encryption to the server
    is_muted_by_moderator: bool = False
    is_deafened_by_moderator: bool = False
    was_moved: bool = False  # to this channel, by others
    is_suppressed: bool = False  # the server lets one listen only: no right to speak here, or a stage's audience
    statistics: CallStatistics | None = None

    @property
    def is_over(self) -> bool:
        return self.state in (CallState.FAILED, CallState.LEFT)

    @property
    def server_id(self) -> int:
        """What the voice server calls the place: the guild, or the private channel."""
        return self.guild_id if self.guild_id is not None else self.channel_id


class SelfVoice(msgspec.Struct, frozen=True, kw_only=True):
    """What one decided oneself; kept from call to call."""

    is_muted: bool = False
    is_deafened: bool = False
    is_priority: bool = False

    @property
    def is_silent(self) -> bool:
        """Whether nothing of one is sent: who hears nobody is not heard either."""
        return self.is_muted or self.is_deafened
