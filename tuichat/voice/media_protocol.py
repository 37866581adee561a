"""What a call's agent asks of the end where the ears are, and what that end tells: the media of one call.

The agent holds the voice WebSocket and the place in the room. The other end holds devices, codec, buffers and the keys of
the packets, in the same process or on the laptop from which one is logged in here; there these are messages of
`engine_protocol`, spoken from its version 3 on. Each MediaOffer begins a voice session's media anew and ends the one before
it: counters and keys are never taken over, so that no nonce is ever used twice. Reports of an earlier session are
told apart by its number.
"""

import enum
from typing import Annotated

import msgspec
from msgspec import Meta

from tuichat.voice.bounds import Figure, Ssrc, Text
from tuichat.voice.call_protocol import MAX_REPORTED_PEOPLE, MediaPath, PersonStatistics

MAX_DATAGRAM_BYTES = 2048


class Way(enum.IntEnum):
    """By which socket of the agent's a datagram goes on, or came."""

    UDP = 0
    WEBSOCKET = 1


class Datagram(msgspec.Struct, frozen=True, tag_field="type", tag="datagram"):
    """Both: a sealed packet, a discovery or a keep-alive that the agent carries between the ears and the voice server.

    `stamp_ms` is a clock of the sender's that goes on in sleep, modulo 65536: voice that was held up on the way to the other
    end is known by it, and dropped there.
    """

    way: Way
    stamp_ms: Annotated[int, Meta(ge=0, le=0xFFFF)]
    data: Annotated[bytes, Meta(max_length=MAX_DATAGRAM_BYTES)]


class MediaOffer(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="media_offer"):
    """Agent: the voice server's READY. `ip` and `port` take UDP, `features` are the server's extensions."""

    session: int
    user_id: int
    ssrc: Ssrc
    ip: str
    port: int
    mode: str
    features: tuple[str, ...] = ()
    may_use_udp: bool = True  # False where a proxy leads to the server
    is_remote: bool = False  # the agent is on another machine, behind ssh
    can_relay: bool = False  # the agent has a UDP socket of its own for this session: it is on another machine
    can_go_direct: bool = True  # False where the address says something else to the other machine, as 127.0.0.1 does


class MediaAgreed(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="media_agreed"):
    """Agent: the key of the session, and the mode that it is for."""

    session: int
    mode: str
    key: bytes

    def __repr__(self) -> str:
        return f"MediaAgreed(session={self.session}, mode={self.mode!r}, key=<hidden>)"


class EndMedia(msgspec.Struct, frozen=True, tag_field="type", tag="end_media"):
    """Agent: the session is over, its keys are forgotten. Devices are closed where `is_over`: no other session follows."""

    is_over: bool = True


class TakePart(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="take_part"):
    """Agent: how one takes part from now on, in this session and those that follow."""

    is_muted: bool = False
    is_deafened: bool = False
    is_priority: bool = False
    bitrate: int = 64_000


class NameSpeaker(msgspec.Struct, frozen=True, tag_field="type", tag="name_speaker"):
    """Agent: whose SSRC it is."""

    ssrc: Ssrc
    user_id: int
    is_priority: bool = False


class ForgetSpeaker(msgspec.Struct, frozen=True, tag_field="type", tag="forget_speaker"):
    """Agent: this person has left the channel."""

    user_id: int


class SignalingState(msgspec.Struct, frozen=True, tag_field="type", tag="signaling_state"):
    """Agent: how the voice WebSocket is; `is_resumed` says that the session goes on over another one."""

    is_ready: bool
    is_resumed: bool = False


class SignalingAnswered(msgspec.Struct, frozen=True, tag_field="type", tag="signaling_answered"):
    """Agent: the voice WebSocket has just shown that it is alive."""


class ReopenMedia(msgspec.Struct, frozen=True, tag_field="type", tag="reopen_media"):
    """Agent: have other sockets, as after a sleep."""


class SelectAddress(msgspec.Struct, frozen=True, tag_field="type", tag="select_address"):
    """Ears: have the voice server send to this address, which it saw a discovery come from."""

    session: int
    address: Annotated[str, Meta(max_length=64)]
    port: Annotated[int, Meta(ge=0, le=0xFFFF)]


class SelectWebSocket(msgspec.Struct, frozen=True, tag_field="type", tag="select_websocket"):
    """Ears: have the voice server send through its WebSocket."""

    session: int


class ProbeSignaling(msgspec.Struct, frozen=True, tag_field="type", tag="probe_signaling"):
    """Ears: find out whether the voice WebSocket is alive."""

    session: int


class AnnounceSpeaking(msgspec.Struct, frozen=True, tag_field="type", tag="announce_speaking"):
    """Ears: tell the voice server that one begins to speak, or stops. It comes before the first packet."""

    session: int
    flags: Annotated[int, Meta(ge=0, le=0xFF)]


class SpeakerMark(msgspec.Struct, frozen=True, tag_field="type", tag="speaker_mark"):
    """Ears: somebody began to be heard, or is heard no more; also oneself."""

    session: int
    user_id: int
    is_speaking: bool
    is_priority: bool = False


class MediaState(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="media_state"):
    """Ears: how the packets travel, whenever that changes."""

    session: int
    path: MediaPath = MediaPath.NONE
    is_stuck: bool = False  # UDP gets no answer, and the server knows no other way
    is_silent: bool = False  # nothing comes by UDP any more, not even the server's signs of life
    needs_new_key: bool = False
    problem: Text = ""  # what makes this session's media impossible


class MediaStatistics(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="media_statistics"):
    """Ears: once a second while connected, as CallStatistics has it."""

    session: int
    rtt_ms: Figure | None = None  # of keep-alives, over the path of the media
    sent_loss: Figure = 0.0
    redundancy: int = 0
    sent_bytes: int = 0  # in this second
    received_bytes: int = 0
    latest_tick_ms: Figure = 0.0
    underruns: int = 0
    people: Annotated[tuple[PersonStatistics, ...], Meta(max_length=MAX_REPORTED_PEOPLE)] = ()


MediaRequest = (
    MediaOffer
    | MediaAgreed
    | EndMedia
    | TakePart
    | NameSpeaker
    | ForgetSpeaker
    | SignalingState
    | SignalingAnswered
    | ReopenMedia
    | Datagram
)
MediaReport = (
    SelectAddress
    | SelectWebSocket
    | ProbeSignaling
    | AnnounceSpeaking
    | SpeakerMark
    | MediaState
    | MediaStatistics
    | Datagram
)
