"""A dispatch made ready once for all its receivers."""

import msgspec

from tuichat.protocol.gateway import dispatch_tail
from tuichat.server.websocket import text_frame_header


class Scene(msgspec.Struct, frozen=True):
    """Where a dispatch happened, 0 for nowhere: whoever cannot see that any more is not told of it at a resume."""

    guild_id: int = 0
    channel_id: int = 0


class PreparedDispatch:
    """The bytes of a dispatch that are the same for every session, and frame headers for the few that differ."""

    __slots__ = ("_headers", "guild_id", "is_lossy", "name", "number", "scene", "tail")

    def __init__(
        self,
        name: str,
        body: bytes,
        *,
        is_lossy: bool = False,
        guild_id: int | None = None,
        number: int = 0,
        scene: Scene | None = None,
    ) -> None:
        """`number` counts what the hub was told, of `guild_id`, None outside guilds; 0 for what is made for one session.
        `scene` is None for what may be told again whatever happened since."""
        self.name = name
        self.tail = dispatch_tail(name, body)
        self.is_lossy = is_lossy
        self.guild_id = guild_id
        self.number = number
        self.scene = scene
        self._headers: dict[int, bytes] = {}  # by the size of the prefix: one entry for each count of digits

    def header(self, prefix_bytes: int) -> bytes:
        """Return the frame header for this dispatch behind a prefix of so many bytes, uncompressed."""
        header = self._headers.get(prefix_bytes)
        if header is None:
            header = self._headers[prefix_bytes] = text_frame_header(prefix_bytes + len(self.tail))
        return header
