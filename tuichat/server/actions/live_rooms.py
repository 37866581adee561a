"""Live rooms: starting one with all that a room has, showing it, and changing what it is about and who may come in."""

from tuichat.protocol.live_room import EditLiveRoomRequest, LiveRoom, StartLiveRoomRequest
from tuichat.server.actions import room_guests, stages
from tuichat.server.actions.context import Actor, Context, GuildState
from tuichat.server.actions.room_access import require_room_seen
from tuichat.server.actions.room_fields import RoomFields, fields_of, require_fields
from tuichat.server.actions.stage_objects import live_room
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.stage_rows import StageRow


async def start_room(ctx: Context, actor: Actor, request: StartLiveRoomRequest) -> LiveRoom:
    """Take a stage live as a room of one's own: for who may open a stage there. Who starts it is its first host.

    Those whom it names as invited are told.
    """

    def clean(state: GuildState, channel: ChannelRow) -> RoomFields:
        return require_fields(ctx, actor, state, channel, RoomFields(), request)

    stage = await stages.start(
        ctx,
        actor,
        request.channel_id,
        clean,
        mentions_everyone=request.send_start_notification is True,
        event_id=request.guild_scheduled_event_id,
    )
    for user_id in stage.invited_ids:
        room_guests.tell(ctx, actor, stage, user_id)
    return live_room(ctx, stage)


async def get_room(ctx: Context, actor: Actor, channel_id: int) -> LiveRoom:
    """Show what is live in a channel: to who sees it, and a public room to everyone. Raises ActionError 10067."""
    _, stage = require_room_seen(ctx, actor, channel_id)
    return live_room(ctx, stage)


async def edit_room(ctx: Context, actor: Actor, channel_id: int, request: EditLiveRoomRequest) -> LiveRoom:
    """Change a room: for its hosts. Who is in it may stay, whoever it is open to now."""

    def alter(state: GuildState, channel: ChannelRow, stage: StageRow) -> StageRow:
        return require_fields(ctx, actor, state, channel, fields_of(stage), request).of(stage)

    return live_room(ctx, await stages.change(ctx, actor, channel_id, alter))
