"""Direct messages and groups as each of their people sees them, in answers and in dispatches."""

from collections.abc import Iterable

from msgspec import UNSET

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.private_channel import PrivateChannel, PrivateChannelCreate
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.server.actions.consent import Consent
from tuichat.server.actions.context import Context
from tuichat.server.bus import Event, event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.social_rows import DirectStateRow


def private_channel(
    ctx: Context, row: ChannelRow, viewer_id: int, state: DirectStateRow | None = None
) -> PrivateChannel:
    """The channel as one of its people sees it. `state` is that person's where memory does not know it yet."""
    recipients = [ctx.users.wire(user_id) for user_id in row.recipient_ids if user_id != viewer_id]
    last_message_id = ctx.directs.last_message_ids.get(row.id)
    pinned_ms = ctx.directs.last_pins_ms.get(row.id)
    last_pin = None if pinned_ms is None else format_timestamp(pinned_ms)
    if row.type == ChannelType.GROUP_DM:
        return PrivateChannel(
            id=row.id,
            type=row.type,
            last_message_id=last_message_id,
            last_pin_timestamp=last_pin,
            recipients=recipients,
            name=row.name or None,
            icon=row.icon,
            owner_id=row.owner_id,
        )
    state = state or ctx.directs.state(row.id, viewer_id)
    is_request = state is not None and state.consent == Consent.PENDING
    requested_ms = None if state is None else state.requested_ms
    return PrivateChannel(
        id=row.id,
        type=row.type,
        last_message_id=last_message_id,
        last_pin_timestamp=last_pin,
        recipients=recipients,
        is_message_request=is_request,
        is_message_request_timestamp=None if requested_ms is None else format_timestamp(requested_ms),
        is_spam=False,
    )


def created(
    ctx: Context,
    row: ChannelRow,
    viewer_ids: Iterable[int],
    *,
    state: DirectStateRow | None = None,
    origin_id: Snowflake | None = None,
) -> list[Event]:
    """CHANNEL_CREATE to each of these people.

    Bots hear of a direct message by its first message alone (Discord's change log, API v8).
    """
    events = []
    for viewer_id in _people(ctx, viewer_ids):
        shown = private_channel(ctx, row, viewer_id, state)
        payload = PrivateChannelCreate(
            **{field: getattr(shown, field) for field in shown.__struct_fields__},
            origin_channel_id=UNSET if origin_id is None else origin_id,
        )
        events.append(event("CHANNEL_CREATE", payload, channel_id=row.id, user_ids=[viewer_id]))
    return events


def updated(
    ctx: Context, row: ChannelRow, viewer_ids: Iterable[int], *, state: DirectStateRow | None = None
) -> list[Event]:
    """CHANNEL_UPDATE to each of these people, but to no bot."""
    return [
        event("CHANNEL_UPDATE", private_channel(ctx, row, viewer_id, state), channel_id=row.id, user_ids=[viewer_id])
        for viewer_id in _people(ctx, viewer_ids)
    ]


def deleted(ctx: Context, row: ChannelRow, viewer_id: int) -> Event:
    """CHANNEL_DELETE to one who closed or left it."""
    return event("CHANNEL_DELETE", private_channel(ctx, row, viewer_id), channel_id=row.id, user_ids=[viewer_id])


def _people(ctx: Context, user_ids: Iterable[int]) -> list[int]:
    return [user_id for user_id in user_ids if (user := ctx.users.get(user_id)) is not None and not user.is_bot]
