"""What one does on a stage of any server that speaks Discord's protocol: hands, who speaks, who is put out."""

import time

from msgspec import UNSET

from tuichat.client import room_routes, stage_part
from tuichat.client.errors import RefusedError
from tuichat.client.rest import Rest
from tuichat.client.room_composer import Hosts
from tuichat.client.room_state import RoomState
from tuichat.client.state import State
from tuichat.protocol.guild import VoiceState
from tuichat.protocol.live_room import FEATURE, Hands
from tuichat.protocol.message import ReactionEmoji
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.rest.member import EditVoiceStateRequest
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import SendEffectRequest
from tuichat.protocol.timestamp import format_timestamp
from tuichat.translation import _


class StageActions:
    """One account's. What changed comes as a dispatch. Every call that waits raises ClientError alone."""

    def __init__(self, state: State, rest: Rest) -> None:
        self._state = state
        self._rest = rest

    @property
    def has_extension(self) -> bool:
        """Whether the server's rooms are more than Discord's stages."""
        return FEATURE in self._state.features

    # Oneself

    async def raise_hand(self, channel_id: int) -> None:
        own = self._require_inside(channel_id)
        known = self._require_live(channel_id)
        if stage_part.speaks(own):
            raise RefusedError(_("You are on the stage already."))
        if stage_part.is_asked_up(own):
            raise RefusedError(_("You are asked to speak: accept it."))
        if known.room.hands is Hands.OFF and not self._is_host(channel_id):
            raise RefusedError(_("Hands are off in this room: its hosts ask up whom they want to hear."))
        if not self._state.permissions(channel_id) & Permissions.REQUEST_TO_SPEAK:
            raise RefusedError(_("Your roles do not let you ask to speak in this channel."))
        if not stage_part.has_asked(own):
            asked = format_timestamp(time.time_ns() // 1_000_000)
            await self._edit_own(channel_id, request_to_speak_timestamp=asked)

    async def lower_hand(self, channel_id: int) -> None:
        if not stage_part.has_asked(self._require_inside(channel_id)):
            raise RefusedError(_("Your hand is not up."))
        await self._edit_own(channel_id, request_to_speak_timestamp=None)

    async def accept(self, channel_id: int) -> None:
        """Take the stage: asked up by a host, or as one who decides that. One's microphone is as muted as before."""
        own = self._require_inside(channel_id)
        if stage_part.speaks(own):
            raise RefusedError(_("You are on the stage already."))
        may = self._state.permissions(channel_id) & Permissions.MUTE_MEMBERS
        if not (stage_part.is_asked_up(own) or may or self._is_host(channel_id)):
            raise RefusedError(_("Nobody asked you to speak: raise your hand, and a host may."))
        await self._edit_own(channel_id, suppress=False, request_to_speak_timestamp=None)

    async def decline_invitation(self, channel_id: int) -> None:
        if not stage_part.is_asked_up(self._require_inside(channel_id)):
            raise RefusedError(_("Nobody asks you to speak now."))
        await self._edit_own(channel_id, suppress=True, request_to_speak_timestamp=None)

    async def react(self, channel_id: int, emoji: ReactionEmoji) -> None:
        """Let an emoji fly over the room."""
        self._require_inside(channel_id)
        body = SendEffectRequest(
            emoji_id=UNSET if emoji.id is None else emoji.id, emoji_name=emoji.name or UNSET, animation_type=1
        )
        await self._rest.perform(room_routes.send_effect(channel_id, body))

    # Others: for hosts

    async def invite_up(self, channel_id: int, user_id: int) -> None:
        """Ask somebody to speak, who has to accept it; a bot speaks at once."""
        self._require_host(channel_id)
        await self._edit_other(channel_id, user_id, suppress=False)

    async def decline_hand(self, channel_id: int, user_id: int) -> None:
        self._require_host(channel_id)
        await self._edit_other(channel_id, user_id, suppress=True)

    async def move_down(self, channel_id: int, user_id: int | None = None) -> None:
        """Have somebody listen again, by default oneself."""
        me = self._state.me
        if user_id is None or (me is not None and user_id == me.id):
            if not stage_part.speaks(self._require_inside(channel_id)):
                raise RefusedError(_("You are not on the stage."))
            await self._edit_own(channel_id, suppress=True, request_to_speak_timestamp=None)
            return
        self._require_host(channel_id)
        await self._edit_other(channel_id, user_id, suppress=True)

    async def remove(self, channel_id: int, user_id: int) -> None:
        """Put somebody out, who may come back."""
        self._require_host(channel_id)
        if self.has_extension:
            await self._rest.perform(room_routes.delete_person(channel_id, user_id))
        else:
            await self._rest.perform(room_routes.disconnect(self._guild_id(channel_id), user_id))

    async def _edit_own(
        self, channel_id: int, *, suppress: bool | None = None, request_to_speak_timestamp: str | None
    ) -> None:
        edit = EditVoiceStateRequest(
            channel_id=Snowflake(channel_id),
            suppress=UNSET if suppress is None else suppress,
            request_to_speak_timestamp=request_to_speak_timestamp,
        )
        await self._rest.perform(room_routes.edit_own_part(self._guild_id(channel_id), edit))

    async def _edit_other(self, channel_id: int, user_id: int, *, suppress: bool) -> None:
        edit = EditVoiceStateRequest(channel_id=Snowflake(channel_id), suppress=suppress)
        await self._rest.perform(room_routes.edit_part(self._guild_id(channel_id), user_id, edit))

    def _guild_id(self, channel_id: int) -> int:
        guild = self._state.guild_of(channel_id)
        if guild is None:
            raise RefusedError(_("There is no such channel any more."))
        return int(guild.guild.id)

    def _require_live(self, channel_id: int) -> RoomState:
        known = self._state.room(channel_id)
        if known is None:
            raise RefusedError(_("No room is live in this channel now: one can be started, where your roles allow it."))
        return known

    def _require_inside(self, channel_id: int) -> VoiceState:
        own = self._state.own_voice_state(channel_id)
        if own is None:
            raise RefusedError(_("You are not in this room: join it first."))
        return own

    def _require_host(self, channel_id: int) -> None:
        known = self._require_live(channel_id)
        knows_all = known.is_whole or not self.has_extension  # else the server knows better
        if knows_all and not self._is_host(channel_id):
            raise RefusedError(_("Only the hosts of this room do that: ask one of them."))

    def _is_host(self, channel_id: int) -> bool:
        me = self._state.me
        return me is not None and me.id in Hosts(self._state, channel_id, self._state.room(channel_id))

    def _require_extension(self, sentence: str) -> None:
        if not self.has_extension:
            raise RefusedError(sentence)
