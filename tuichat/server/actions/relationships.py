"""Relationships: asking for friendship, answering, ending it, blocking and ignoring."""

from contextlib import AbstractAsyncContextManager

import msgspec
from msgspec import UNSET

from tuichat.protocol.relationship import (
    EditRelationshipRequest,
    FriendRequest,
    PutRelationshipRequest,
    Relationship,
    RelationshipAdd,
    RelationshipRemove,
    RelationshipType,
    RelationshipUpdate,
)
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.timestamp import format_timestamp
from tuichat.protocol.user import User
from tuichat.server import names
from tuichat.server.actions import direct_access, errors, fields, follow_steps, presence
from tuichat.server.actions.consent import Consent
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.privacy_cache import FriendSource
from tuichat.server.actions.step import Step, write
from tuichat.server.bus import Event, event
from tuichat.server.store.operations import Operation, Put, Remove
from tuichat.server.store.rows import UserRow
from tuichat.server.store.social_rows import DirectStateRow, RelationshipRow

MAX_FRIENDS = 1000  # Discord's; requests that one sent count
MAX_INCOMING = 1000  # taste: requests that wait for one
MAX_BLOCKED = 5000  # Discord's; those that are ignored count
NICKNAME_CHARACTERS = (1, 32)

FRIEND = RelationshipType.FRIEND
_ASKED = (RelationshipType.INCOMING_REQUEST, RelationshipType.OUTGOING_REQUEST)


class _Change(msgspec.Struct, frozen=True):
    """What several rows become, and what is told of it; None takes a row away."""

    rows: dict[tuple[Snowflake, Snowflake], RelationshipRow | None]
    events: list[Event]


def list_relationships(ctx: Context, actor: Actor) -> list[Relationship]:
    """All that the actor's others are to it; a bot has none."""
    return [_shown(ctx, row) for row in ctx.relations.of_user(actor.user_id)]


async def request_friend(ctx: Context, actor: Actor, request: FriendRequest) -> None:
    """Ask somebody for friendship by user name; 80004 where nobody has it."""
    _require_person(actor)
    fields.require_text("username", request.username)
    row = ctx.users.find(names.name_key(request.username[:200]))
    if row is None or row.is_system or row.is_deleted or request.discriminator not in (UNSET, None, "0", 0, "0000"):
        raise errors.bad_request(ErrorCode.NO_SUCH_TAG, "No users with DiscordTag exist")
    if ctx.relations.are_friends(actor.user_id, row.id):
        raise errors.bad_request(ErrorCode.ALREADY_FRIENDS, "You are already friends with that user.")
    await _ask(ctx, actor, row)


async def put_relationship(ctx: Context, actor: Actor, user_id: int, request: PutRelationshipRequest) -> None:
    """Ask for friendship, or agree to it (no type, -1, 1); or block (2)."""
    _require_person(actor)
    row = ctx.users.get(user_id)
    if row is None or row.is_system or row.is_deleted:
        raise errors.unknown_user()
    if request.type in (None, -1, FRIEND):
        await _ask(ctx, actor, row)
    elif request.type == RelationshipType.BLOCKED:
        await _block(ctx, actor, row)
    else:
        raise errors.invalid_field("type", "BASE_TYPE_CHOICES", "Value must be one of (-1, 1, 2).")


async def edit_relationship(ctx: Context, actor: Actor, user_id: int, request: EditRelationshipRequest) -> None:
    """Give a friend a nickname that only oneself sees; null takes it away. Raises ActionError 10013 for who is no friend."""
    _require_person(actor)
    async with _held(ctx, actor.user_id, user_id):
        row = ctx.relations.get(actor.user_id, user_id)
        if row is None or row.type != FRIEND:
            raise errors.unknown_user()
        if request.nickname is UNSET:
            return
        nickname = request.nickname or None
        if nickname is not None:
            nickname = fields.require_name("nickname", nickname, *NICKNAME_CHARACTERS)
        changed = msgspec.structs.replace(row, nickname=nickname)
        if changed != row:
            await _write(ctx, _Change({_key(changed): changed}, [_updated(changed)]))


async def remove_relationship(ctx: Context, actor: Actor, user_id: int) -> None:
    """End a friendship, take a request back or decline it, or unblock. Whoever is ignored stays so."""
    _require_person(actor)
    async with _held(ctx, actor.user_id, user_id):
        row = ctx.relations.get(actor.user_id, user_id)
        if row is None or row.type == RelationshipType.NONE:
            raise errors.unknown_user()
        await _write(ctx, _ended(ctx, row))


async def remove_incoming(ctx: Context, actor: Actor) -> None:
    """Decline every request that waits."""
    _require_person(actor)
    for row in ctx.relations.of_user(actor.user_id):
        if row.type == RelationshipType.INCOMING_REQUEST:
            async with _held(ctx, actor.user_id, row.other_id):
                current = ctx.relations.get(actor.user_id, row.other_id)
                if current is not None and current.type == RelationshipType.INCOMING_REQUEST:
                    await _write(ctx, _ended(ctx, current))


async def set_ignored(ctx: Context, actor: Actor, user_id: int, *, is_ignored: bool) -> None:
    """Ignore somebody, or do so no more: what it writes counts as no mention. It does not learn of that."""
    _require_person(actor)
    other = ctx.users.get(user_id)
    if other is None or user_id == actor.user_id:
        raise errors.unknown_user()
    async with _held(ctx, actor.user_id, user_id):
        row = ctx.relations.get(actor.user_id, user_id)
        if row is None:
            if not is_ignored:
                return
            _require_room_to_block(ctx, actor)
            row = RelationshipRow(user_id=actor.user_id, other_id=other.id, type=RelationshipType.NONE, is_ignored=True)
            await _write(ctx, _Change({_key(row): row}, [_added(ctx, row)]))
        elif row.is_ignored != is_ignored:
            changed = msgspec.structs.replace(row, is_ignored=is_ignored)
            if row.type == RelationshipType.NONE:
                await _write(ctx, _Change({_key(row): None}, [_removed(changed)]))
            else:
                await _write(ctx, _Change({_key(row): changed}, [_updated(changed)]))


def list_mutual_friends(ctx: Context, actor: Actor, user_id: int) -> list[User]:
    """The friends that the actor has in common with somebody that it knows; 10013 for others."""
    if not knows(ctx, actor.user_id, user_id):
        raise errors.unknown_user()
    return [ctx.users.wire(friend_id) for friend_id in mutual_friend_ids(ctx, actor.user_id, user_id)]


def mutual_friend_ids(ctx: Context, user_id: int, other_id: int) -> list[int]:
    return sorted(set(ctx.relations.friend_ids(user_id)) & set(ctx.relations.friend_ids(other_id)))


def knows(ctx: Context, user_id: int, other_id: int) -> bool:
    """Whether somebody may see who another is: oneself, the system, members of a guild in common, who stands in a
    relationship with it either way, and who is in a direct message or a group with it."""
    other = ctx.users.get(other_id)
    if other is None:
        return False
    if other_id == user_id or other.is_system or ctx.guilds.share_guild(user_id, other_id):
        return True
    return ctx.relations.get(user_id, other_id) is not None or ctx.directs.share(user_id, other_id)


async def _ask(ctx: Context, actor: Actor, other: UserRow) -> None:
    """Send a request, or agree where the other one sent one already. Friends stay friends."""
    if other.id == actor.user_id:
        raise errors.bad_request(ErrorCode.FRIEND_REQUEST_TO_SELF, "Cannot send friend request to self")
    if other.is_bot:
        raise errors.bad_request(ErrorCode.BOTS_HAVE_NO_RELATIONSHIPS, "Bots cannot have relationships")
    async with _held(ctx, actor.user_id, other.id):
        own, theirs = ctx.relations.get(actor.user_id, other.id), ctx.relations.get(other.id, actor.user_id)
        own_type = RelationshipType.NONE if own is None else own.type
        if own_type in (FRIEND, RelationshipType.OUTGOING_REQUEST):
            return
        if own_type == RelationshipType.BLOCKED or (theirs is not None and theirs.type == RelationshipType.BLOCKED):
            raise errors.bad_request(ErrorCode.FRIEND_REQUEST_BLOCKED, "Friend request blocked")
        if ctx.relations.count(actor.user_id, FRIEND, RelationshipType.OUTGOING_REQUEST) >= MAX_FRIENDS:
            raise errors.limit_reached(ErrorCode.MAX_FRIENDS, "friends", MAX_FRIENDS)
        if own_type == RelationshipType.INCOMING_REQUEST:
            await _write(ctx, _befriended(ctx, actor, other, own, theirs))
            _tell_presences(ctx, actor.user_id, other.id)
            return
        if not takes_requests(ctx, other.id, actor.user_id):
            raise errors.bad_request(ErrorCode.FRIEND_REQUESTS_DISABLED, "Incoming friend requests disabled")
        now_ms = ctx.now_ms()
        sent = _row(own, actor.user_id, other.id, RelationshipType.OUTGOING_REQUEST, now_ms)
        is_stranger = not ctx.guilds.share_guild(actor.user_id, other.id) and not mutual_friend_ids(
            ctx, actor.user_id, other.id
        )
        received = msgspec.structs.replace(
            _row(theirs, other.id, actor.user_id, RelationshipType.INCOMING_REQUEST, now_ms), is_stranger=is_stranger
        )
        should_notify = not received.is_ignored
        await _write(
            ctx,
            _Change(
                {_key(sent): sent, _key(received): received},
                [_added(ctx, sent), _added(ctx, received, should_notify=should_notify)],
            ),
        )


def takes_requests(ctx: Context, user_id: int, sender_id: int) -> bool:
    """Whether somebody's settings, and its room, let another ask it for friendship."""
    if ctx.relations.count(user_id, RelationshipType.INCOMING_REQUEST) >= MAX_INCOMING:
        return False
    sources = ctx.privacy.get(user_id).friend_sources
    return (
        bool(sources & FriendSource.ANYBODY)
        or (bool(sources & FriendSource.MUTUAL_GUILDS) and ctx.guilds.share_guild(user_id, sender_id))
        or (bool(sources & FriendSource.MUTUAL_FRIENDS) and bool(mutual_friend_ids(ctx, user_id, sender_id)))
    )


def _befriended(
    ctx: Context, actor: Actor, other: UserRow, own: RelationshipRow | None, theirs: RelationshipRow | None
) -> _Change:
    now_ms = ctx.now_ms()
    mine = _row(own, actor.user_id, other.id, FRIEND, now_ms)
    yours = _row(theirs, other.id, actor.user_id, FRIEND, now_ms)
    return _Change(
        {_key(mine): mine, _key(yours): yours},
        [_added(ctx, mine), _added(ctx, yours, should_notify=not yours.is_ignored)],
    )


async def _block(ctx: Context, actor: Actor, other: UserRow) -> None:
    """Block somebody: friendship, requests and follows end, and neither may write to the other."""
    if other.id == actor.user_id:
        raise errors.bad_request(ErrorCode.FRIEND_REQUEST_TO_SELF, "Cannot block oneself")
    async with _held(ctx, actor.user_id, other.id):
        own, theirs = ctx.relations.get(actor.user_id, other.id), ctx.relations.get(other.id, actor.user_id)
        if own is not None and own.type == RelationshipType.BLOCKED:
            return
        _require_room_to_block(ctx, actor)
        blocked = msgspec.structs.replace(
            _row(own, actor.user_id, other.id, RelationshipType.BLOCKED, ctx.now_ms()), nickname=None
        )
        rows: dict[tuple[Snowflake, Snowflake], RelationshipRow | None] = {_key(blocked): blocked}
        events = [_added(ctx, blocked)]
        if theirs is not None and theirs.type in (FRIEND, *_ASKED):
            rows[_key(theirs)] = _plain(theirs)
            events.append(_removed(theirs))
        parting = follow_steps.parting(ctx, actor.user_id, other.id)
        await _write(ctx, _Change(rows, events), parting)


def _ended(ctx: Context, row: RelationshipRow) -> _Change:
    """A relationship taken away, on the other one's side too unless it was a block."""
    rows: dict[tuple[Snowflake, Snowflake], RelationshipRow | None] = {_key(row): _plain(row)}
    events = [_removed(row)]
    theirs = ctx.relations.get(row.other_id, row.user_id)
    if row.type != RelationshipType.BLOCKED and theirs is not None and theirs.type in (FRIEND, *_ASKED):
        rows[_key(theirs)] = _plain(theirs)
        events.append(_removed(theirs))
    return _Change(rows, events)


def _plain(row: RelationshipRow) -> RelationshipRow | None:
    """What stays of a relationship that ended: that somebody is ignored, or nothing."""
    if not row.is_ignored:
        return None
    return RelationshipRow(user_id=row.user_id, other_id=row.other_id, type=RelationshipType.NONE, is_ignored=True)


async def _write(ctx: Context, change: _Change, *more: Step) -> None:
    """Write relationships, with `more` in the same write; two who are friends now have asked each other for nothing any more."""
    operations: list[Operation] = []
    former: list[tuple[int, int]] = []
    for (user_id, other_id), row in change.rows.items():
        before = ctx.relations.get(user_id, other_id)
        if row is None:
            assert before is not None  # what is taken away was there
            operations.append(Remove(before))
        else:
            operations.append(Put(row))
        if before is not None and before.type == FRIEND and (row is None or row.type != FRIEND):
            former.append((user_id, other_id))
    accepted = _accepted(ctx, change)
    operations += map(Put, accepted)
    events = [*change.events]
    for state in accepted:
        channel = ctx.directs.get(state.channel_id)
        if channel is not None:
            events += direct_access.told_of(ctx, channel, [state])

    def remember() -> None:
        for (owner_id, about_id), row in change.rows.items():
            if row is None:
                ctx.relations.remove(owner_id, about_id)
            else:
                ctx.relations.put(row)
        direct_access.remember(ctx, accepted)

    await write(ctx, Step(operations, events, remember), *more)
    for former_id, viewer_id in former:
        presence.hide(ctx, former_id, viewer_id)


def _accepted(ctx: Context, change: _Change) -> list[DirectStateRow]:
    """The requests to write that new friends have to each other, as accepted."""
    accepted = []
    for (user_id, other_id), row in change.rows.items():
        direct = ctx.directs.between(user_id, other_id)
        state = None if direct is None else ctx.directs.state(direct.id, user_id)
        if row is not None and row.type == FRIEND and state is not None and state.consent == Consent.PENDING:
            accepted.append(msgspec.structs.replace(state, consent=int(Consent.ACCEPTED)))
    return accepted


def _tell_presences(ctx: Context, user_id: int, other_id: int) -> None:
    """Let two new friends see each other."""
    presence.show(ctx, user_id, other_id)
    presence.show(ctx, other_id, user_id)


def _row(
    before: RelationshipRow | None, user_id: Snowflake, other_id: Snowflake, kind: RelationshipType, now_ms: int
) -> RelationshipRow:
    return RelationshipRow(
        user_id=user_id,
        other_id=other_id,
        type=kind,
        since_ms=now_ms,
        is_ignored=before is not None and before.is_ignored,
    )


def _key(row: RelationshipRow) -> tuple[Snowflake, Snowflake]:
    return (row.user_id, row.other_id)


def _shown(ctx: Context, row: RelationshipRow) -> Relationship:
    return Relationship(
        id=row.other_id,
        type=row.type,
        user=ctx.users.wire(row.other_id),
        nickname=row.nickname,
        user_ignored=row.is_ignored,
        stranger_request=row.is_stranger,
        since=UNSET if row.since_ms is None else format_timestamp(row.since_ms),
    )


def _added(ctx: Context, row: RelationshipRow, *, should_notify: bool | None = None) -> Event:
    shown = _shown(ctx, row)
    payload = RelationshipAdd(
        **{field: getattr(shown, field) for field in shown.__struct_fields__},
        should_notify=UNSET if should_notify is None else should_notify,
    )
    return event("RELATIONSHIP_ADD", payload, user_ids=[row.user_id])


def _updated(row: RelationshipRow) -> Event:
    payload = RelationshipUpdate(
        id=row.other_id,
        type=row.type,
        nickname=row.nickname,
        user_ignored=row.is_ignored,
        since=UNSET if row.since_ms is None else format_timestamp(row.since_ms),
    )
    return event("RELATIONSHIP_UPDATE", payload, user_ids=[row.user_id])


def _removed(row: RelationshipRow) -> Event:
    payload = RelationshipRemove(id=row.other_id, type=row.type, nickname=row.nickname, user_ignored=row.is_ignored)
    return event("RELATIONSHIP_REMOVE", payload, user_ids=[row.user_id])


def _require_person(actor: Actor) -> None:
    if actor.is_bot:
        raise errors.bots_cannot()


def _require_room_to_block(ctx: Context, actor: Actor) -> None:
    if ctx.relations.count(actor.user_id, RelationshipType.BLOCKED, RelationshipType.NONE) >= MAX_BLOCKED:
        raise errors.limit_reached(ErrorCode.MAX_FRIENDS, "blocked users", MAX_BLOCKED)


def _held(ctx: Context, user_id: int, other_id: int) -> AbstractAsyncContextManager[None]:
    """One change between two people at a time, whoever of them asks."""
    return ctx.edits.hold(min(user_id, other_id))
