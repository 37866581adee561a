"""What the screen's process asks of the call agent, and what the agent tells of the call: messages of `engine_protocol`.

One agent holds one call. JoinCall begins it, and changes it over to another grant (another channel, another voice server,
a session that has to be renewed); every report names the call it speaks of, so that one of an earlier call is told apart.
"""

import enum

import msgspec

from tuichat.voice.bounds import Figure

MAX_REPORTED_PEOPLE = 100  # taste: a page of statistics; a room may hold more


class CallState(enum.Enum):
    """How far a call is."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    REJOINING = "rejoining"  # it was connected, and comes back by itself
    FAILED = "failed"  # given up; the sentence says why and what to do
    LEFT = "left"  # on purpose


class MediaPath(enum.Enum):
    """How the packets of voice travel."""

    NONE = "none"  # not agreed yet
    UDP = "udp"
    RELAYED = "relayed"  # through ssh to the machine that one is logged in to, and by UDP from there
    WEBSOCKET = "websocket"  # UDP is blocked: through the voice WebSocket, where a lost segment holds up what follows


class VoiceAddress(msgspec.Struct, frozen=True):
    """Where a voice gateway answers.

    `url` is ws:// or wss:// with host and port. With a `socket_path` it is reached through this machine's Unix socket and the
    URL only fills the Host header; with `pinned_sha256` (64 hex digits) the certificate is the one with that fingerprint.
    With a `proxy_url`, which may hold a password, everything goes through that proxy, so nothing by UDP; `proxy_variable` is what
    of the environment named it.
    """

    url: str
    socket_path: str | None = None
    pinned_sha256: str | None = None
    proxy_url: str | None = None
    proxy_variable: str = "HTTPS_PROXY"

    def __repr__(self) -> str:
        return f"VoiceAddress({self.url!r}{', through a proxy' if self.proxy_url else ''})"


class JoinCall(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="join_call"):
    """Screen: be in this call. `session_id` is the gateway session's, `token` and `address` are of VOICE_SERVER_UPDATE."""

    call_id: int  # counts the calls of this run: a JoinCall of the same number goes on with the call
    address: VoiceAddress
    server_id: int  # the guild, or the channel of a direct or group call
    channel_id: int
    user_id: int
    session_id: str
    token: str
    bitrate: int = 64_000  # bits a second, the channel's
    is_muted: bool = False
    is_deafened: bool = False
    is_priority: bool = False  # speak with the priority bit

    def __repr__(self) -> str:
        return f"JoinCall(call_id={self.call_id}, channel_id={self.channel_id}, address={self.address.url!r}, token=<hidden>)"


class LeaveCall(msgspec.Struct, frozen=True, tag_field="type", tag="leave_call"):
    """Screen: end the call, and tell the voice server."""


class SetCallVoice(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="set_call_voice"):
    """Screen: how one takes part from now on. What a moderator decided counts here as what one did oneself."""

    is_muted: bool = False
    is_deafened: bool = False
    is_priority: bool = False
    bitrate: int = 64_000


class NetworkChanged(msgspec.Struct, frozen=True, tag_field="type", tag="network_changed"):
    """Screen: the gateway has just come back, so do not wait for the next try."""


class CallChanged(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="call_changed"):
    """Agent: how the call is. `sentence` is for the user, empty where there is nothing to say."""

    call_id: int
    state: CallState
    sentence: str = ""
    path: MediaPath = MediaPath.NONE
    mode: str = ""  # the encryption to the server, such as aead_aes256_gcm_rtpsize


class GrantNeeded(msgspec.Struct, frozen=True, tag_field="type", tag="grant_needed"):
    """Agent: the voice server does not take this grant any more; ask the gateway for another one and send a JoinCall.

    Where `is_put_out`, one was moved or put out of the channel: the gateway tells which, in a moment.
    """

    call_id: int
    reason: str
    is_put_out: bool = False


class Speaking(msgspec.Struct, frozen=True, tag_field="type", tag="speaking"):
    """Agent: somebody began to be heard, or is heard no more; also oneself."""

    call_id: int
    user_id: int
    is_speaking: bool
    is_priority: bool = False


class PersonStatistics(msgspec.Struct, frozen=True, kw_only=True):
    """How somebody came through in the last second; shares are 0 to 1."""

    user_id: int
    loss: Figure = 0.0
    concealed: Figure = 0.0
    jitter_ms: Figure = 0.0
    delay_ms: Figure = 0.0  # held in the jitter buffer


class CallStatistics(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="call_statistics"):
    """Agent: once a second while connected. Shares are 0 to 1."""

    call_id: int
    rtt_ms: float | None = None  # to the voice server; over the path of the media where that answers
    jitter_ms: float = 0.0  # the worst of those who speak
    loss: float = 0.0  # of what was sent to this end
    concealed: float = 0.0  # of what was played
    sent_loss: float = 0.0  # of what this end sent, as the worst of its listeners reports
    redundancy: int = 0  # how many earlier frames each packet repeats
    sent_bytes_s: int = 0
    received_bytes_s: int = 0
    latest_tick_ms: float = 0.0  # by how much this end's audio was late in the last second, at worst
    underruns: int = 0  # times the speaker got 10 ms of silence for it, in the whole call
    people: tuple[PersonStatistics, ...] = ()


CallRequest = JoinCall | LeaveCall | SetCallVoice | NetworkChanged
CallReport = CallChanged | GrantNeeded | Speaking | CallStatistics
