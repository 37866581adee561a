"""Voice states as the wire shows them, and what follows from permissions for somebody in voice."""

import msgspec
from msgspec import UNSET

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.guild import VoiceState
from tuichat.protocol.permissions import Permissions
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions import wire
from tuichat.server.actions.context import Context, GuildState
from tuichat.server.actions.voice_rooms import VoicePlace
from tuichat.server.actions.voice_seats import Seat
from tuichat.server.store.rows import MemberRow

AUDIENCE_EVENT = "TUICHAT_LIVE_ROOM_AUDIENCE"
DEFAULT_BITRATE = 64_000  # Discord's, of calls and of channels that say nothing


def settled(ctx: Context, seat: Seat) -> Seat:
    """The seat with what follows for it now: the voice state that others see, and what the voice server needs."""
    state = None if seat.guild_id is None else ctx.guilds.get(seat.guild_id)
    if state is None or seat.user_id not in state.members:
        return msgspec.structs.replace(seat, told=_of_call(seat), place=_place(seat), is_audience=False)
    member = state.members[seat.user_id]
    granted = state.permissions_in(seat.user_id, seat.channel_id, ctx.now_ms())
    channel = state.channels.get(seat.channel_id)
    is_suppressed = suppressed(state, seat, granted)
    told = VoiceState(
        guild_id=state.id,
        channel_id=seat.channel_id,
        user_id=seat.user_id,
        member=wire.member(ctx, member),
        session_id=seat.session_id,
        deaf=member.is_deaf,
        mute=member.is_mute,
        self_deaf=seat.self_deaf,
        self_mute=seat.self_mute,
        self_video=seat.self_video,
        suppress=is_suppressed,
        request_to_speak_timestamp=None if seat.asked_ms is None else format_timestamp(seat.asked_ms),
    )
    is_on_stage = channel is not None and channel.type == ChannelType.STAGE
    is_invited = is_on_stage and seat.asked_ms is not None
    place = _place(
        seat,
        # Who is invited on a stage has to accept first, and whom a host muted to unmute itself.
        may_speak=not (member.is_mute or is_suppressed or is_invited or seat.is_muted_by_host),
        is_deaf=member.is_deaf or seat.self_deaf,
        is_priority=bool(granted & Permissions.PRIORITY_SPEAKER),
        bitrate=(None if channel is None else channel.bitrate) or DEFAULT_BITRATE,
    )
    is_audience = is_on_stage and is_suppressed and seat.asked_ms is None
    return msgspec.structs.replace(seat, told=told, place=place, is_audience=is_audience)


def suppressed(state: GuildState, seat: Seat, granted: Permissions) -> bool:
    """Whether nobody hears what a member says: it may not speak here, listens to a stage, or is away from its keyboard."""
    channel = state.channels.get(seat.channel_id)
    if channel is None or seat.channel_id == state.row.settings.afk_channel_id:
        return True
    return not seat.is_speaker if channel.type == ChannelType.STAGE else not granted & Permissions.SPEAK


def left(seat: Seat) -> VoiceState:
    """The voice state of somebody who is in voice no more, as it was told last but for its channel."""
    assert seat.told is not None  # nobody leaves who was never seen
    return msgspec.structs.replace(seat.told, channel_id=None, request_to_speak_timestamp=None)


def bare(told: VoiceState) -> VoiceState:
    """A voice state without what the object around it says already, as GUILD_CREATE has it."""
    return msgspec.structs.replace(told, guild_id=UNSET, member=UNSET)


def seen_by(ctx: Context, state: GuildState, member: MemberRow, *, without_audiences: bool = False) -> list[Seat]:
    """The seats of a guild that a member may see, as the others know them: those in channels that it sees, and its own.

    Also for somebody who is just about to become a member. `without_audiences` leaves out who only listens to a stage.
    """
    seats = ctx.voice_seats
    if state.id not in seats:
        return []
    known = (
        seats.apart(state.id) if without_audiences else ctx.untold_seats.as_known(state.id, seats.in_server(state.id))
    )
    visible = {row.id for row in state.visible_channels(member)}
    own = seats.get(state.id, member.user_id)
    others = [seat for seat in known if seat.channel_id in visible and seat.user_id != member.user_id]
    return others if own is None else [*others, own]


def same(first: VoiceState | None, second: VoiceState | None) -> bool:
    """Whether two voice states differ in nothing but how the member looks, which other dispatches tell."""
    return first is not None and second is not None and bare(first) == bare(second)


def _of_call(seat: Seat) -> VoiceState:
    return VoiceState(
        channel_id=seat.channel_id,
        user_id=seat.user_id,
        session_id=seat.session_id,
        self_deaf=seat.self_deaf,
        self_mute=seat.self_mute,
        self_video=seat.self_video,
    )


def _place(
    seat: Seat,
    *,
    may_speak: bool = True,
    is_deaf: bool | None = None,
    is_priority: bool = False,
    bitrate: int = DEFAULT_BITRATE,
) -> VoicePlace:
    return VoicePlace(
        server_id=seat.server_id,
        channel_id=seat.channel_id,
        user_id=seat.user_id,
        session_id=seat.session_id,
        may_speak=may_speak,
        is_deaf=seat.self_deaf if is_deaf is None else is_deaf,
        is_priority=is_priority,
        bitrate=bitrate,
    )
