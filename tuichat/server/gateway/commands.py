"""What an identified client asks for over the gateway: presence, and what later releases will answer."""

import logging

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.gateway import (
    CommandPayload,
    PresenceUpdate,
    RequestSoundboardSounds,
    VoiceStateUpdate,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.context import Context
from tuichat.server.actions.presence import set_presence
from tuichat.server.gateway.prepared import PreparedDispatch
from tuichat.server.gateway.session import Session

logger = logging.getLogger(__name__)


class _SoundboardSounds(msgspec.Struct, frozen=True):
    """SOUNDBOARD_SOUNDS; this release keeps no sounds."""

    guild_id: Snowflake
    soundboard_sounds: list[msgspec.Raw] = []


def carry_out(context: Context, session: Session, command: CommandPayload, now_ms: int) -> None:
    """Do what a command asks, but for members (MemberRequests). Raises ActionError where the client may not."""
    match command:
        case PresenceUpdate():
            set_presence(context, session.actor, session.id, command.shown_status, command.shown_activities)
        case RequestSoundboardSounds():
            for guild_id in dict.fromkeys(command.guild_ids):
                if guild_id in session.guild_ids:
                    body = codec.encode(_SoundboardSounds(guild_id))
                    session.deliver(PreparedDispatch("SOUNDBOARD_SOUNDS", body), now_ms)
        case VoiceStateUpdate():
            logger.info("a client asked to join a voice channel; voice comes with a later release")
        case _:
            pass  # what an account asks for of calls and channels that this server has none of
