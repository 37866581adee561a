"""Answers of what a server is: where its gateway and its voice are, and what it can do."""

import msgspec


class GatewayResponse(msgspec.Struct, frozen=True, kw_only=True):
    url: str


class SessionStartLimit(msgspec.Struct, frozen=True, kw_only=True):
    """How many IDENTIFYs are left; `reset_after` in milliseconds."""

    total: int
    remaining: int
    reset_after: int
    max_concurrency: int


class GatewayBotResponse(msgspec.Struct, frozen=True, kw_only=True):
    url: str
    shards: int
    session_start_limit: SessionStartLimit


class VoiceProbe(msgspec.Struct, frozen=True, kw_only=True):
    """POST /tuichat/voice/probe, an extension of ours: an SSRC of which the media port answers some IP discoveries.

    For `expires_in_ms`, up to `answers` times, and only to the address that asks first. An account's next probe ends this one.
    """

    ssrc: int
    ip: str
    port: int
    expires_in_ms: int
    answers: int


class TuichatInfo(msgspec.Struct, frozen=True, kw_only=True):
    """GET /api/v10/tuichat: who this server is and what it can do. `server_id` is made at its first start and never changes.

    Features: "recovery": an account gets back in by its codes. "voice": the server carries voice, and its voice gateway, on
    the port of its gateway, has the gateway's scheme. VOICE_SERVER_UPDATE's endpoint has none: of any other server it
    stands for wss://, of one with this feature for ws:// where the client's own gateway is ws:// or a Unix socket.
    "voice_probe": POST /tuichat/voice/probe is there. "event_details": scheduled events have co-hosts and a time zone.
    """

    server_id: str
    version: str
    features: list[str]
    registration: str
    max_upload_bytes: int = 0  # of a file; 0 where it is not said
