"""What the actions tell whoever carries the voices, and what they ask it: a port, with one end that carries nothing."""

import enum
from collections.abc import Sequence
from typing import Protocol

import msgspec

from tuichat.protocol.rest.server import VoiceProbe
from tuichat.protocol.snowflake import Snowflake


class VoicePlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where one user is in voice, and all that decides what it may send and gets to hear. A user has one place a server."""

    server_id: Snowflake  # the guild, or the channel of a call
    channel_id: Snowflake  # the room: who is in the same one hears each other
    user_id: Snowflake
    session_id: str  # the gateway session that joined, which the voice connection names in its IDENTIFY
    may_speak: bool = (
        True  # False: a moderator muted it, it is suppressed, or it lacks SPEAK; nothing of it is forwarded
    )
    is_deaf: bool = False  # by itself or by a moderator: nothing is forwarded to it
    is_priority: bool = False  # whether it may speak with the priority bit
    bitrate: int = 64_000  # the channel's, in bits a second


class VoiceGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What a client needs to open its voice connection. The token is good for this place alone, until the next grant."""

    token: str
    endpoint: str | None  # HOST:PORT without a scheme; None: no voice server runs, the client waits for another update

    def __repr__(self) -> str:
        return f"VoiceGrant(token=<hidden>, endpoint={self.endpoint!r})"


class VoiceRegion(msgspec.Struct, frozen=True, kw_only=True):
    """One running voice node, as GET /voice/regions lists it."""

    id: str
    name: str
    optimal: bool = True
    deprecated: bool = False
    custom: bool = False


class Removal(enum.Enum):
    """Why somebody's place is gone. The voice connection is closed with 4014, of a call that ended with 4022."""

    LEFT = "left"
    DISCONNECTED = "disconnected by a moderator"
    CHANNEL_GONE = "the channel is gone"
    NOT_ALLOWED = "not allowed here any more"
    SESSION_ENDED = "the session ended"
    CALL_ENDED = "the call ended"


class VoiceRooms(Protocol):
    """The carrier of voices, called on the server's loop; none of these may raise or wait."""

    def grant(self, place: VoicePlace, gateway_url: str) -> VoiceGrant:
        """Open a place: a join, a move within the server, or another session of the user that takes over.

        A place that the user had in this server before is replaced. Its voice connection stays open for 300 ms, so that
        libraries find the new one first, and is closed with 4014 then. `gateway_url` is how the client reached the gateway,
        so that the endpoint can have the name that this client can reach.
        """

    def update(self, place: VoicePlace) -> None:
        """What somebody may do has changed, or the bitrate; channel and session are those of the last grant."""

    def remove(self, server_id: int, user_id: int, reason: Removal) -> None:
        """The user is in voice no more in this server. Harmless where it was not."""

    def is_lost(self, server_id: int, user_id: int) -> bool:
        """Whether the voice connection that somebody had in its place is over, and can be resumed no more."""

    def quiet_ms(self, server_id: int, user_id: int) -> int | None:
        """How long nothing but silence has come from somebody; None: never heard since it joined, or not here."""

    def probe(self, user_id: int, local_host: str | None) -> VoiceProbe | None:
        """Let a user find out whether UDP leads here from where it is; None while too many do.

        `local_host` is the address of ours that its request came in on.
        """

    def regions(self) -> Sequence[VoiceRegion]:
        """The voice nodes that run now, the one that a channel without a region gets first."""


class NoVoiceRooms:
    """A server that carries no voice: people are seen in channels, and their clients wait for an endpoint."""

    def grant(self, place: VoicePlace, gateway_url: str) -> VoiceGrant:
        return VoiceGrant(token="", endpoint=None)

    def update(self, place: VoicePlace) -> None:
        pass

    def remove(self, server_id: int, user_id: int, reason: Removal) -> None:
        pass

    def is_lost(self, server_id: int, user_id: int) -> bool:
        return False

    def quiet_ms(self, server_id: int, user_id: int) -> int | None:
        return None

    def probe(self, user_id: int, local_host: str | None) -> VoiceProbe | None:
        return None

    def regions(self) -> Sequence[VoiceRegion]:
        return ()
