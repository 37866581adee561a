"""An Audio that keeps what it is told."""

from tuichat.protocol.rtp import Header
from tuichat.voice.audio import AudioStatistics


class FakeAudio:
    """Feed frames through the agent's `send_frame`; `heard` holds what came, by user."""

    def __init__(self) -> None:
        self.is_started = False
        self.is_muted = False
        self.is_deafened = False
        self.bitrate = 0
        self.expected_loss = 0
        self.priorities: frozenset[int] = frozenset()
        self.heard: dict[int | None, list[tuple[Header, bytes]]] = {}
        self.forgotten: list[int] = []

    def start(self) -> None:
        self.is_started = True

    def stop(self) -> None:
        self.is_started = False

    def receive(self, user_id: int | None, header: Header, payload: bytes, now_ms: float) -> None:
        self.heard.setdefault(user_id, []).append((header, payload))

    def forget(self, user_id: int) -> None:
        self.forgotten.append(user_id)

    def set_muted(self, is_muted: bool) -> None:
        self.is_muted = is_muted

    def set_deafened(self, is_deafened: bool) -> None:
        self.is_deafened = is_deafened

    def set_priority(self, user_ids: frozenset[int]) -> None:
        self.priorities = user_ids

    def set_bitrate(self, bits_s: int) -> None:
        self.bitrate = bits_s

    def set_expected_loss(self, percent: int) -> None:
        self.expected_loss = percent

    def statistics(self, now_ms: float) -> AudioStatistics:
        return AudioStatistics()

    def payloads(self, user_id: int) -> list[bytes]:
        """What was heard of somebody, or of one whom nobody has named yet: UDP may overtake the WebSocket."""
        return [payload for each in (None, user_id) for _, payload in self.heard.get(each, [])]
