"""What our own voice ends can do beyond Discord's protocol, how they agree on it, and media within the WebSocket.

A client lists what it knows in IDENTIFY's `tuichat_features`; the server answers in READY's `experiments` with those that it
knows too. Ends that list nothing see nothing of this.

Whether the voice gateway speaks TLS is told before, by the feature "voice" of GET /api/v10/tuichat (`rest.TuichatInfo`): the
endpoint of VOICE_SERVER_UPDATE, HOST:PORT, has the scheme of the client's own gateway then, ws:// for one on a Unix socket;
without that feature it is always wss://.
"""

from collections.abc import Iterable

WEBSOCKET_MEDIA = "tuichat_websocket_media"  # sealed datagrams in binary messages, where UDP is blocked
REDUNDANCY = "tuichat_redundancy"  # payloads of type RED may be sent and are understood
LOSS_REPORTS = (
    "tuichat_loss_reports"  # receiver reports go to the server each second, and the worst of them to the speaker
)
SPEAKERS_ALONE = (
    "tuichat_speakers_alone"  # the server tells of nobody who may not speak: who is there, the gateway tells
)
FEATURES = (WEBSOCKET_MEDIA, REDUNDANCY, LOSS_REPORTS, SPEAKERS_ALONE)

PROTOCOL_WEBSOCKET = "tuichat_websocket"  # SELECT_PROTOCOL's `protocol`, with a mode but no address
MEDIA = 200  # the first byte of a binary message that holds a datagram; Discord's own binary opcodes end at 31

_MEDIA_BYTE = bytes([MEDIA])


def agreed(offered: Iterable[str]) -> tuple[str, ...]:
    """Return those of the other end's features that we know, in our order: what both may use."""
    names = frozenset(offered)
    return tuple(feature for feature in FEATURES if feature in names)


def pack_media(datagram: bytes) -> bytes:
    """Return the binary message that carries a sealed datagram, in either direction."""
    return _MEDIA_BYTE + datagram


def unpack_media(message: bytes) -> bytes | None:
    """Return the datagram of a binary message; None for one that carries something else."""
    return message[1:] if message[:1] == _MEDIA_BYTE else None
