"""People in voice in a town whose voice server only takes note."""

from collections.abc import Sequence

import msgspec

from tests.server.actions.conftest import Town
from tuichat.protocol import codec
from tuichat.protocol.call import VoiceServerUpdate
from tuichat.protocol.dispatch.voice import VoiceStateUpdate
from tuichat.protocol.gateway import VoiceStateUpdate as VoiceRequest
from tuichat.protocol.rest.server import VoiceProbe
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import voice_states
from tuichat.server.actions.context import Context
from tuichat.server.actions.voice_rooms import Removal, VoiceGrant, VoicePlace, VoiceRegion
from tuichat.server.bus import Event


class FakeRooms:
    """Keeps what it was told; `heard` is what it answers, by user, and `lost` whose voice connections are over."""

    def __init__(self) -> None:
        self.granted: list[VoicePlace] = []
        self.updated: list[VoicePlace] = []
        self.removed: list[tuple[int, int, Removal]] = []
        self.heard: dict[int, int] = {}
        self.lost: set[int] = set()

    def grant(self, place: VoicePlace, gateway_url: str) -> VoiceGrant:
        self.granted.append(place)
        return VoiceGrant(token=f"token-{len(self.granted)}", endpoint=gateway_url.removeprefix("ws://"))

    def update(self, place: VoicePlace) -> None:
        self.updated.append(place)

    def remove(self, server_id: int, user_id: int, reason: Removal) -> None:
        self.removed.append((server_id, user_id, reason))

    def is_lost(self, server_id: int, user_id: int) -> bool:
        return user_id in self.lost

    def quiet_ms(self, server_id: int, user_id: int) -> int | None:
        return self.heard.get(user_id)

    def probe(self, user_id: int, local_host: str | None) -> VoiceProbe | None:
        return None

    def regions(self) -> Sequence[VoiceRegion]:
        return [VoiceRegion(id="here", name="Here")]


class VoiceTown:
    """A town, and its voice server."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.rooms = FakeRooms()
        town.ctx = msgspec.structs.replace(town.ctx, voice_rooms=self.rooms)
        self.lounge = town.channel("General")

    @property
    def ctx(self) -> Context:
        return self.town.ctx

    def ask(
        self,
        name: str,
        channel_id: int | None,
        session_id: str | None = None,
        *,
        guild_id: int | None = None,
        mute: bool = False,
        deaf: bool = False,
    ) -> None:
        """Send op 4 as the session of this name."""
        request = VoiceRequest(
            guild_id=Snowflake(guild_id or self.town.guild_id),
            channel_id=None if channel_id is None else Snowflake(channel_id),
            self_mute=mute,
            self_deaf=deaf,
        )
        actor = self.town.people[name]
        voice_states.update_voice_state(self.ctx, actor, session_id or f"of-{name}", "ws://voice.test:1", request)

    def place(self, name: str) -> VoicePlace | None:
        """What the voice server has to know of somebody, None where it is not in voice."""
        seat = self.ctx.voice_seats.get(self.town.guild_id, self.town.people[name].user_id)
        return None if seat is None else seat.place

    def states(self) -> list[VoiceStateUpdate]:
        """The voice states that were told since this was asked last."""
        told = [codec.decode(event.body, VoiceStateUpdate) for event in self.take("VOICE_STATE_UPDATE")]
        self.town.published.clear()
        return told

    def servers(self) -> list[VoiceServerUpdate]:
        return [codec.decode(event.body, VoiceServerUpdate) for event in self.take("VOICE_SERVER_UPDATE")]

    def take(self, name: str) -> list[Event]:
        return self.town.told(name)
