"""Direct messages: who may write to whom, and what happens to a closed one when somebody does."""

import msgspec

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.rest.error import ErrorCode
from tuichat.server.actions import direct_objects, errors
from tuichat.server.actions.access import Place, require_place
from tuichat.server.actions.consent import Consent
from tuichat.server.actions.context import Actor, Context
from tuichat.server.bus import Event
from tuichat.server.store.channel_rows import ChannelRow
from tuichat.server.store.operations import Operation, Put
from tuichat.server.store.social_rows import DirectStateRow


def may_write(ctx: Context, sender_id: int, receiver_id: int) -> bool:
    """Whether somebody may write to another, a direct message between them aside.

    Friends may, and members of a guild that the receiver takes messages from; never who is blocked, on either side, a bot
    to a bot, or anybody to the system.
    """
    sender, receiver = ctx.users.get(sender_id), ctx.users.get(receiver_id)
    if sender is None or receiver is None or receiver.is_system or receiver.is_deleted:
        return False
    if sender.is_bot and receiver.is_bot:
        return False
    if ctx.relations.blocks(sender_id, receiver_id) or ctx.relations.blocks(receiver_id, sender_id):
        return False
    if ctx.relations.are_friends(sender_id, receiver_id):
        return True
    restricted = ctx.privacy.get(receiver_id).restricted_guild_ids
    return any(state.has_member(receiver_id) for state in ctx.guilds.of_user(sender_id) if state.id not in restricted)


def other_of(row: ChannelRow, user_id: int) -> int:
    """The other one of a direct message's two people."""
    first, second = row.recipient_ids
    return second if first == user_id else first


def require_may_write(ctx: Context, place: Place, sender_id: int) -> None:
    """Refuse with 50007 to write into a direct message whose other one does not want it; guilds and groups pass."""
    row = place.channel
    if row.type != ChannelType.DM or sender_id not in row.recipient_ids:
        return
    receiver_id = other_of(row, sender_id)
    state = ctx.directs.state(row.id, receiver_id)
    is_rejected = state is not None and state.consent == Consent.REJECTED
    if is_rejected and not ctx.relations.are_friends(sender_id, receiver_id):
        raise cannot_message()
    if not may_write(ctx, sender_id, receiver_id):
        raise cannot_message()


async def admit(ctx: Context, actor: Actor, place: Place) -> Place:
    """Before a message in a direct message: check that it may be written, and open it for both of its people.

    A stranger's first message is a request. What is returned was checked in the same turn of the loop. Raises ActionError
    50007, 40003 for too many first messages, 10003 when the place is gone.
    """
    channel_id = place.channel.id
    while True:
        require_may_write(ctx, place, actor.user_id)
        if place.channel.type != ChannelType.DM or _is_open(ctx, place.channel, actor.user_id):
            return place
        async with ctx.edits.hold(channel_id):  # of two first messages at once, one opens it
            place = require_place(ctx, actor, channel_id)
            require_may_write(ctx, place, actor.user_id)
            changes = _openings(ctx, place.channel, actor)
            if changes:
                await write_states(ctx, place.channel, changes)
        place = require_place(ctx, actor, channel_id)


def _is_open(ctx: Context, row: ChannelRow, sender_id: int) -> bool:
    """Whether a message of this sender just comes, with nothing to change for either of the two people."""
    for user_id in row.recipient_ids:
        user = ctx.users.get(user_id)
        if user is None or user.is_bot:
            continue
        state = ctx.directs.state(row.id, user_id)
        if state is None or not state.is_open:
            return False
        if user_id == sender_id and state.consent in (Consent.PENDING, Consent.REJECTED):
            return False
    return True


def _openings(ctx: Context, row: ChannelRow, actor: Actor) -> list[DirectStateRow]:
    """How the two people's states change when the actor writes now. Raises ActionError 40003."""
    sender_id = actor.user_id
    receiver_id = other_of(row, sender_id)
    changes = []
    if not actor.is_bot:
        own = ctx.directs.state(row.id, sender_id) or new_state(row, sender_id)
        consent = Consent.ACCEPTED if own.consent in (Consent.PENDING, Consent.REJECTED) else own.consent
        changes.append(msgspec.structs.replace(own, is_open=True, consent=consent))
    receiver = ctx.users.get(receiver_id)
    if receiver is not None and not receiver.is_bot:
        theirs = ctx.directs.state(row.id, receiver_id) or _first_contact(ctx, row, actor, receiver_id)
        changes.append(msgspec.structs.replace(theirs, is_open=True))
    return [change for change in changes if change != ctx.directs.state(row.id, change.user_id)]


def _first_contact(ctx: Context, row: ChannelRow, actor: Actor, receiver_id: int) -> DirectStateRow:
    """The state of one who was never written to here, and did not open it itself."""
    state = new_state(row, receiver_id)
    if actor.is_bot:
        return state
    wait_ms = ctx.direct_openings.take(str(int(actor.user_id)), ctx.now_ms())
    if wait_ms:
        raise errors.slow_down(40003, "You are opening direct messages too fast.", wait_ms / 1000)
    if ctx.relations.are_friends(actor.user_id, receiver_id):
        return state
    return msgspec.structs.replace(state, consent=Consent.PENDING, requested_ms=ctx.now_ms())


async def write_states(ctx: Context, row: ChannelRow, changes: list[DirectStateRow]) -> None:
    """Write how people have a direct message now, and tell each of them."""
    operations: list[Operation] = [Put(change) for change in changes]
    await ctx.store.write(operations, told_of(ctx, row, changes), before_publish=lambda: remember(ctx, changes))


def told_of(ctx: Context, row: ChannelRow, changes: list[DirectStateRow]) -> list[Event]:
    """What each of these people hears of its changed state: it opens, or it is another kind of channel now."""
    events: list[Event] = []
    for change in changes:
        before = ctx.directs.state(row.id, change.user_id)
        if before is None or not before.is_open:
            events += direct_objects.created(ctx, row, [change.user_id], state=change)
        elif before.consent != change.consent:
            events += direct_objects.updated(ctx, row, [change.user_id], state=change)
    return events


def remember(ctx: Context, changes: list[DirectStateRow]) -> None:
    for change in changes:
        ctx.directs.put_state(change)


def new_state(row: ChannelRow, user_id: int) -> DirectStateRow:
    return DirectStateRow(
        channel_id=row.id, user_id=next(other for other in row.recipient_ids if other == user_id), is_open=False
    )


def cannot_message() -> errors.ActionError:
    return errors.ActionError(403, ErrorCode.CANNOT_MESSAGE_USER, "Cannot send messages to this user")
