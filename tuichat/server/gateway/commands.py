"""What an identified client asks for over the gateway: presence, members, and what later releases will answer."""

import asyncio
import logging

import msgspec

from tuichat.protocol import codec
from tuichat.protocol.gateway import (
    CommandPayload,
    PresenceUpdate,
    RequestGuildMembers,
    RequestSoundboardSounds,
    VoiceStateUpdate,
)
from tuichat.protocol.intents import Intents
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions.context import Context
from tuichat.server.actions.members import query_members
from tuichat.server.actions.presence import set_presence
from tuichat.server.gateway.prepared import PreparedDispatch
from tuichat.server.gateway.session import Session

logger = logging.getLogger(__name__)


class _SoundboardSounds(msgspec.Struct, frozen=True):
    """SOUNDBOARD_SOUNDS; this release keeps no sounds."""

    guild_id: Snowflake
    soundboard_sounds: list[msgspec.Raw] = []


async def carry_out(context: Context, session: Session, command: CommandPayload, now_ms: int) -> None:
    """Do what a command asks. Raises ActionError where the client may not."""
    match command:
        case PresenceUpdate():
            set_presence(context, session.actor, session.id, command.shown_status, command.shown_activities)
        case RequestGuildMembers():
            await _send_members(context, session, command, now_ms)
        case RequestSoundboardSounds():
            for guild_id in command.guild_ids:
                if guild_id in session.guild_ids:
                    body = codec.encode(_SoundboardSounds(guild_id))
                    session.deliver(PreparedDispatch("SOUNDBOARD_SOUNDS", body), now_ms)
        case VoiceStateUpdate():
            logger.info("a client asked to join a voice channel; voice comes with a later release")
        case _:
            pass  # subscriptions: every session gets all that it may see anyway


async def _send_members(context: Context, session: Session, command: RequestGuildMembers, now_ms: int) -> None:
    """Answer op 8 with chunks; the next one goes out when the loop has had its turn."""
    for guild_id in command.guild_ids:
        chunks = query_members(
            context,
            session.actor,
            guild_id,
            query=command.query if isinstance(command.query, str) else None,
            limit=command.limit or 0,
            user_ids=command.wanted_user_ids or None,
            with_presences=command.presences is True and bool(session.intents & Intents.GUILD_PRESENCES),
            nonce=command.echoed_nonce,
            may_list_all=not session.is_bot or bool(session.intents & Intents.GUILD_MEMBERS),
        )
        for chunk in chunks:
            session.deliver(PreparedDispatch("GUILD_MEMBERS_CHUNK", codec.encode(chunk)), now_ms)
            await asyncio.sleep(0)
