"""What an identified client asks for over the gateway: presence, voice, and what dispatches do not tell by themselves."""

import msgspec
from msgspec import UNSET

from tuichat.protocol import codec
from tuichat.protocol.dispatch.voice import ChannelInfo, ChannelMetadata, VoiceRefused
from tuichat.protocol.gateway import (
    CallConnect,
    CommandPayload,
    PresenceUpdate,
    RequestChannelInfo,
    RequestSoundboardSounds,
    VoiceStateUpdate,
)
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.soundboard import SoundboardSounds
from tuichat.server.actions import calls, soundboard, voice_states
from tuichat.server.actions.context import Context
from tuichat.server.actions.errors import ActionError
from tuichat.server.actions.presence import set_presence
from tuichat.server.gateway.prepared import PreparedDispatch
from tuichat.server.gateway.session import Session

VOICE_REFUSED = "TUICHAT_VOICE_REFUSED"  # Discord says nothing where somebody may not join


def carry_out(context: Context, session: Session, command: CommandPayload, now_ms: int) -> None:
    """Do what a command asks, but for members (MemberRequests). Raises ActionError where the client may not."""
    match command:
        case PresenceUpdate():
            set_presence(context, session.actor, session.id, command.shown_status, command.shown_activities)
        case RequestSoundboardSounds():
            for guild_id in dict.fromkeys(command.guild_ids):
                if guild_id in session.guild_ids:
                    sounds = [soundboard.shown(context, row) for row in context.sounds.of(guild_id)]
                    payload = SoundboardSounds(guild_id=guild_id, soundboard_sounds=sounds)
                    _deliver(session, "SOUNDBOARD_SOUNDS", payload, now_ms)
        case VoiceStateUpdate():
            _join(context, session, command, now_ms)
        case RequestChannelInfo():
            _tell_channels(context, session, command, now_ms)
        case CallConnect():
            if (call := calls.find_call(context, session.actor, command.channel_id)) is not None:
                _deliver(session, "CALL_CREATE", call, now_ms)
        case _:
            pass  # the gateway does the others itself


def _join(context: Context, session: Session, request: VoiceStateUpdate, now_ms: int) -> None:
    """Join, move or leave voice; a client of ours is told why it may not."""
    try:
        join = calls.update_call_state if request.guild_id is None else voice_states.update_voice_state
        join(context, session.actor, session.id, session.gateway_url, request)
    except ActionError as error:
        if VOICE_REFUSED in session.extension_events:
            refusal = VoiceRefused(
                guild_id=request.guild_id, channel_id=request.channel_id, code=error.code, message=error.message
            )
            _deliver(session, VOICE_REFUSED, refusal, now_ms)
        raise


def _tell_channels(context: Context, session: Session, request: RequestChannelInfo, now_ms: int) -> None:
    """CHANNEL_INFO: of each voice channel that the user sees, what was asked for."""
    state = context.guilds.get(request.guild_id)
    if state is None or request.guild_id not in session.guild_ids:
        return
    found = []
    for channel_id in state.channels:
        started_ms = context.voice_seats.started_ms(channel_id)
        status = state.voice_statuses.get(channel_id)
        if (started_ms is None and status is None) or not state.can_view(session.user_id, channel_id):
            continue
        found.append(
            ChannelMetadata(
                id=Snowflake(channel_id),
                status=status if "status" in request.fields else UNSET,
                voice_start_time=(None if started_ms is None else started_ms // 1000)
                if "voice_start_time" in request.fields
                else UNSET,
            )
        )
    _deliver(session, "CHANNEL_INFO", ChannelInfo(guild_id=state.id, channels=found), now_ms)


def _deliver(session: Session, name: str, payload: msgspec.Struct, now_ms: int) -> None:
    session.deliver(PreparedDispatch(name, codec.encode(payload)), now_ms)
