"""Who is in voice where: the seats of one process, held in memory, since a session that is gone sits nowhere."""

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from tuichat.protocol.guild import VoiceState
from tuichat.protocol.permissions import NONE, Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.voice_rooms import VoicePlace

Key = TypeVar("Key", int, tuple[int, int])


class Seat(msgspec.Struct, frozen=True, kw_only=True):
    """One user's place in a guild's voice channel or in a call, by what it and its moderators decided about it.

    What follows from permissions is computed from it anew whenever those change. `told` and `place` are what the others
    and the voice server were told last.
    """

    guild_id: Snowflake | None  # None in a call
    channel_id: Snowflake
    user_id: Snowflake
    session_id: str  # the gateway session that joined
    gateway_url: str  # how that reached the gateway
    joined_ms: int
    self_mute: bool = False
    self_deaf: bool = False
    self_video: bool = False
    is_speaker: bool = False  # on a stage: no listener
    asked_ms: int | None = None  # on a stage: when it asked to speak, or was asked to
    is_muted_by_host: bool = False  # on a live stage, until it unmutes itself
    is_audience: bool = False  # on a stage: it only listens, and asks for nothing
    excused: Permissions = NONE  # what of VIEW_CHANNEL and CONNECT it had not when a moderator moved it here
    told: VoiceState | None = None
    place: VoicePlace | None = None

    @property
    def server_id(self) -> Snowflake:
        """The guild, or the channel of the call."""
        return self.channel_id if self.guild_id is None else self.guild_id

    @property
    def is_listening(self) -> bool:
        """Of a stage: whether it is of the audience. Who is invited to speak is, until it accepts."""
        return not self.is_speaker or self.asked_ms is not None


class VoiceSeats:
    """Every seat, found by server (guild or call) and user, and by channel: nothing here takes longer in a large room."""

    def __init__(self) -> None:
        self._by_server: dict[int, dict[int, Seat]] = {}
        self._by_user: dict[int, dict[int, Seat]] = {}
        self._by_channel: dict[tuple[int, int], dict[int, Seat]] = {}  # by server and channel
        self._apart: dict[int, dict[int, Seat]] = {}  # by server: those who are not in the audience of a stage
        self._started_ms: dict[int, int] = {}  # when somebody came into an empty channel
        self._active_ms: dict[int, int] = {}  # when somebody in voice last did anything, by user

    def __len__(self) -> int:
        return sum(map(len, self._by_server.values()))

    def __bool__(self) -> bool:
        return bool(self._by_server)

    def __contains__(self, server_id: int) -> bool:
        return server_id in self._by_server

    def get(self, server_id: int, user_id: int) -> Seat | None:
        return self._by_server.get(server_id, {}).get(user_id)

    def of_user(self, user_id: int) -> list[Seat]:
        return list(self._by_user.get(user_id, {}).values())

    def in_server(self, server_id: int) -> list[Seat]:
        """Those of a guild or call, in the order in which they came."""
        return list(self._by_server.get(server_id, {}).values())

    def in_channel(self, server_id: int, channel_id: int) -> list[Seat]:
        """Those of a channel or call, in the order in which they came into it."""
        return list(self._by_channel.get((server_id, channel_id), {}).values())

    def count(self, server_id: int, channel_id: int) -> int:
        """How many are in a channel or call."""
        return len(self._by_channel.get((server_id, channel_id), ()))

    def apart(self, server_id: int) -> list[Seat]:
        """Those of a guild who are not in the audience of a stage."""
        return list(self._apart.get(server_id, {}).values())

    def servers(self) -> list[int]:
        return list(self._by_server)

    def put(self, seat: Seat) -> None:
        before = self.get(seat.server_id, seat.user_id)
        if before is not None and (before.channel_id, before.joined_ms) != (seat.channel_id, seat.joined_ms):
            _take(self._by_channel, (before.server_id, before.channel_id), before.user_id)
        self._by_server.setdefault(seat.server_id, {})[seat.user_id] = seat
        self._by_user.setdefault(seat.user_id, {})[seat.server_id] = seat
        self._by_channel.setdefault((seat.server_id, seat.channel_id), {})[seat.user_id] = seat
        if seat.is_audience:
            _take(self._apart, seat.server_id, seat.user_id)
        else:
            self._apart.setdefault(seat.server_id, {})[seat.user_id] = seat

    def remove(self, seat: Seat) -> None:
        held = self.get(seat.server_id, seat.user_id)
        if held is None:
            return
        _take(self._by_channel, (held.server_id, held.channel_id), held.user_id)
        _take(self._apart, held.server_id, held.user_id)
        _take(self._by_server, held.server_id, held.user_id)
        _take(self._by_user, held.user_id, held.server_id)
        if held.user_id not in self._by_user:
            self._active_ms.pop(held.user_id, None)

    def started_ms(self, channel_id: int) -> int | None:
        """When the first of those who are in a channel came; None while it is empty."""
        return self._started_ms.get(channel_id)

    def start(self, channel_id: int, now_ms: int) -> None:
        self._started_ms[channel_id] = now_ms

    def end(self, channel_id: int) -> None:
        self._started_ms.pop(channel_id, None)

    def note_active(self, user_ids: Iterable[int], now_ms: int) -> None:
        """These users did something; of those who are in voice it is remembered."""
        for user_id in user_ids:
            if user_id in self._by_user:
                self._active_ms[user_id] = now_ms

    def active_ms(self, user_id: int) -> int | None:
        return self._active_ms.get(user_id)


def _take(found: dict[Key, dict[int, Seat]], first: Key, second: int) -> None:
    inner = found.get(first, {})
    inner.pop(second, None)
    if not inner:
        found.pop(first, None)
