"""A client's commands that wait for a ready session, and for the gateway's rate limit."""

from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.gateway import (
    COMMAND_OPCODES,
    MAX_CLIENT_FRAMES,
    MAX_CLIENT_PAYLOAD_BYTES,
    RATE_WINDOW_MS,
    CommandPayload,
    PresenceUpdate,
    VoiceStateUpdate,
    encode_client_payload,
)

HEARTBEAT_RESERVE = 10  # taste: frames of a window that commands leave to heartbeats
MAX_WAITING = 256  # taste: what a client has asked for in two minutes at full speed is no longer wanted


class CommandQueue:
    """Keeps commands in order; a newer presence, or voice state of the same guild, replaces one that still waits."""

    def __init__(self) -> None:
        self._waiting: dict[object, bytes] = {}
        self._next_key = 0
        self._window_start_ms = 0
        self._window_frames = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def connection_opened(self, now_ms: int) -> None:
        """Begin a new window: the server counts each connection alone."""
        self._window_start_ms, self._window_frames = now_ms, 0

    def count_frame(self, now_ms: int) -> None:
        """Count a frame that was sent beside this queue: a heartbeat, IDENTIFY or RESUME."""
        self._turn_window(now_ms)
        self._window_frames += 1

    def add(self, command: CommandPayload) -> None:
        """Let a command wait. Raises ProtocolError where it is too large, or where MAX_WAITING wait already."""
        payload = encode_client_payload(COMMAND_OPCODES[type(command)], command)
        if len(payload) > MAX_CLIENT_PAYLOAD_BYTES:
            raise ProtocolError(
                f"a gateway command has {len(payload)} bytes, the limit is {MAX_CLIENT_PAYLOAD_BYTES}: ask for less at once"
            )
        key = self._key(command)
        if key not in self._waiting and len(self._waiting) >= MAX_WAITING:
            raise ProtocolError(f"{MAX_WAITING} gateway commands wait already: try again when the server answers")
        self._waiting[key] = payload

    def forget_presence(self) -> None:
        """Drop a waiting presence: IDENTIFY carries it."""
        self._waiting.pop(PresenceUpdate, None)

    def take(self, now_ms: int) -> list[bytes]:
        """Return what may be sent now, oldest first."""
        self._turn_window(now_ms)
        taken: list[bytes] = []
        while self._waiting and self._window_frames < MAX_CLIENT_FRAMES - HEARTBEAT_RESERVE:
            taken.append(self._waiting.pop(next(iter(self._waiting))))
            self._window_frames += 1
        return taken

    def due_ms(self) -> int | None:
        """Return when `take` has something to give, None where nothing waits."""
        if not self._waiting:
            return None
        if self._window_frames < MAX_CLIENT_FRAMES - HEARTBEAT_RESERVE:
            return self._window_start_ms
        return self._window_start_ms + RATE_WINDOW_MS

    def _turn_window(self, now_ms: int) -> None:
        if now_ms - self._window_start_ms >= RATE_WINDOW_MS:
            self._window_start_ms, self._window_frames = now_ms, 0

    def _key(self, command: CommandPayload) -> object:
        if isinstance(command, PresenceUpdate):
            return PresenceUpdate
        if isinstance(command, VoiceStateUpdate):
            return (VoiceStateUpdate, command.guild_id)
        self._next_key += 1
        return self._next_key
