"""Interactions: a user uses a command, a component or a modal, and its application is told."""

import asyncio
from collections.abc import Sequence

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.protocol import codec
from tuichat.protocol.application_command import CommandType, InteractionContext
from tuichat.protocol.channel import Channel
from tuichat.protocol.guild import Member
from tuichat.protocol.interaction import (
    ANSWER_LIMIT_MS,
    Interaction,
    InteractionFailure,
    InteractionGuild,
    InteractionMember,
    InteractionRequest,
    InteractionSuccess,
    InteractionType,
)
from tuichat.protocol.message import Message
from tuichat.protocol.permissions import DIRECT, NONE, Permissions
from tuichat.protocol.snowflake import Snowflake
from tuichat.server.actions import attachments, component_use, errors, message_objects, uploads, wire
from tuichat.server.actions.access import Place, require_place
from tuichat.server.actions.application_commands import may_use, unknown_command
from tuichat.server.actions.attachments import FilePart
from tuichat.server.actions.context import Actor, Context
from tuichat.server.actions.interaction_options import Resolver, check_options, defined, focused, interaction_channel
from tuichat.server.actions.interaction_registry import new_token
from tuichat.server.bus import Event, event
from tuichat.server.store.command_rows import CommandRow, InteractionRow
from tuichat.server.store.message_rows import AttachmentRow, MessageRow
from tuichat.server.store.rows import ApplicationRow

MAX_NONCE_CHARACTERS = 25
MAX_SESSION_ID_CHARACTERS = 64


class Prepared(msgspec.Struct, frozen=True, kw_only=True):
    """What one kind of interaction brings: the data for the application, and what is kept of it."""

    data: msgspec.Raw
    message: Message | UnsetType = UNSET
    command_type: int | None = None
    command_name: str | None = None
    message_id: Snowflake | None = None
    custom_id: str | None = None
    option_type: int | None = None
    target_id: Snowflake | None = None
    opened_by: InteractionRow | None = None


async def open_interaction(
    ctx: Context, actor: Actor, request: InteractionRequest, files: Sequence[FilePart] = ()
) -> tuple[ApplicationRow, InteractionRow, Interaction]:
    """Check what a user does, and return what its application is to be told; it has three seconds to answer.

    The user's session gets INTERACTION_CREATE, then INTERACTION_SUCCESS or INTERACTION_FAILURE. People only. Raises
    ActionError 10063 for a command that the user has not here, 50035 for what does not fit its definition.
    """
    if actor.is_bot:
        raise errors.bots_cannot()
    nonce = _nonce(request.nonce)
    session_id = request.session_id if isinstance(request.session_id, str) else ""
    if len(session_id) > MAX_SESSION_ID_CHARACTERS:
        raise errors.too_long("session_id", MAX_SESSION_ID_CHARACTERS)
    place = require_place(ctx, actor, request.channel_id)
    application = await _application(ctx, place, request.application_id)
    match request.type:
        case InteractionType.APPLICATION_COMMAND:
            prepared = await _use_command(ctx, actor, place, request, files, is_partial=False)
        case InteractionType.AUTOCOMPLETE:
            prepared = await _use_command(ctx, actor, place, request, (), is_partial=True)
        case InteractionType.MESSAGE_COMPONENT:
            prepared = await _use_component(ctx, actor, place, request)
        case InteractionType.MODAL_SUBMIT:
            prepared = await _submit_modal(ctx, actor, place, request)
        case _:
            raise errors.invalid_field("type", "BASE_TYPE_CHOICES", "Value must be one of (2, 3, 4, 5).")
    place = require_place(ctx, actor, request.channel_id)  # the store was asked meanwhile
    interaction_id = ctx.next_id()
    token, token_hash = new_token(interaction_id)
    row = InteractionRow(
        id=interaction_id,
        application_id=application.id,
        token_hash=token_hash,
        type=request.type,
        user_id=actor.user_id,
        channel_id=place.channel.id,
        guild_id=None if place.guild is None else place.guild.id,
        session_id=session_id,
        nonce=nonce,
        command_type=prepared.command_type,
        command_name=prepared.command_name,
        message_id=prepared.message_id,
        custom_id=prepared.custom_id,
        option_type=prepared.option_type,
        target_id=prepared.target_id,
        opened_by=prepared.opened_by,
    )
    payload = _interaction(ctx, actor, place, row, token, prepared)
    entry = ctx.interactions.add(row)
    loop = asyncio.get_running_loop()
    entry.failing = loop.call_later(ANSWER_LIMIT_MS / 1000, fail, ctx, row.id)
    if row.type != InteractionType.AUTOCOMPLETE:
        ctx.bus.publish(to_user(row, "INTERACTION_CREATE", InteractionSuccess(id=row.id, nonce=shown_nonce(row))))
    return application, row, payload


def fail(ctx: Context, interaction_id: int) -> None:
    """Tell the user's client that nobody answered in time, where nobody has."""
    entry = ctx.interactions.get(interaction_id, ctx.now_ms())
    if entry is None or entry.row.callback is not None:
        return
    entry.stop_waiting()
    row = entry.row
    if row.type != InteractionType.AUTOCOMPLETE:
        ctx.bus.publish(to_user(row, "INTERACTION_FAILURE", InteractionFailure(id=row.id, nonce=shown_nonce(row))))


def to_user(row: InteractionRow, name: str, payload: msgspec.Struct) -> Event:
    """A dispatch to the session that interacted; to all of the user's where it did not say which it is."""
    told = event(name, payload, user_ids=[row.user_id])
    return msgspec.structs.replace(told, session_id=row.session_id or None)


def shown_nonce(row: InteractionRow) -> str | int | UnsetType:
    return UNSET if row.nonce is None else row.nonce


def integration_owners(row: InteractionRow) -> dict[str, str]:
    """Where the application is installed: the guild, or "0" in a direct message with its bot."""
    return {"0": "0" if row.guild_id is None else str(int(row.guild_id))}


async def _application(ctx: Context, place: Place, application_id: int) -> ApplicationRow:
    """The application, where it is in the place's guild or in the direct message."""
    is_here = (
        application_id in place.channel.recipient_ids if place.guild is None else place.guild.has_member(application_id)
    )
    row = await ctx.store.read_application(application_id) if is_here else None
    if row is None:
        raise errors.unknown_application()
    return row


async def _use_command(
    ctx: Context,
    actor: Actor,
    place: Place,
    request: InteractionRequest,
    files: Sequence[FilePart],
    *,
    is_partial: bool,
) -> Prepared:
    data = request.data
    row = ctx.commands.get(request.application_id, data.id) if isinstance(data.id, Snowflake) else None
    if row is None or not may_use(ctx, actor, place, row) or data.type not in (UNSET, row.type):
        raise unknown_command()
    if isinstance(data.version, Snowflake) and data.version != row.version:
        raise errors.invalid_field(
            "data.version",
            "INTERACTION_APPLICATION_COMMAND_INVALID_VERSION",
            "This command is outdated, please try again",
        )
    said_of_files = [] if is_partial else data.attachments or []
    by_number: dict[int, AttachmentRow] = {}
    if files or said_of_files:
        by_number = await attachments.take_numbered(ctx, actor.user_id, place.channel.id, said_of_files, files)
        await uploads.drop_taken(ctx, said_of_files)
        place = require_place(ctx, actor, place.channel.id)
    resolver = Resolver(ctx, actor, place, by_number)
    given = data.options or []
    target_id: Snowflake | UnsetType = UNSET
    option_type = None
    if row.type == CommandType.CHAT_INPUT:
        options = check_options(row, given, resolver, is_partial=is_partial)
        if is_partial:
            definition = defined(row.options, given)
            if focused(given) is None or definition is None or not definition.autocomplete:
                raise errors.invalid_field(
                    "data.options", "BASE_TYPE_BAD_VALUE", "One option that has autocomplete must be focused"
                )
            option_type = definition.type
    else:
        if is_partial or given:
            raise errors.invalid_field("data.options", "BASE_TYPE_BAD_VALUE", "Context menu commands have no options")
        options = []
        target_id = await _target(ctx, actor, place, row, data.target_id, resolver)
    return Prepared(
        data=_command_data(row, options, target_id, resolver),
        command_type=row.type,
        command_name=row.name,
        option_type=option_type,
        target_id=target_id or None,
    )


class _CommandData(msgspec.Struct, frozen=True, kw_only=True):
    id: Snowflake
    name: str
    type: int
    options: object = UNSET
    resolved: object = UNSET
    guild_id: Snowflake | UnsetType = UNSET
    target_id: Snowflake | UnsetType = UNSET


def _command_data(
    row: CommandRow, options: object, target_id: Snowflake | UnsetType, resolver: Resolver
) -> msgspec.Raw:
    data = _CommandData(
        id=row.id,
        name=row.name,
        type=row.type,
        options=options or UNSET,
        resolved=resolver.result(),
        guild_id=UNSET if row.guild_id is None else row.guild_id,
        target_id=target_id,
    )
    return msgspec.Raw(codec.encode(data))


async def _target(
    ctx: Context,
    actor: Actor,
    place: Place,
    row: CommandRow,
    target_id: Snowflake | UnsetType,
    resolver: Resolver,
) -> Snowflake:
    """The user or message that a context menu command was used on."""
    if target_id is UNSET:
        raise errors.invalid_field("data.target_id", "BASE_TYPE_REQUIRED", "This field is required")
    assert isinstance(target_id, Snowflake)
    if row.type == CommandType.USER:
        if not resolver.user(target_id):
            raise errors.unknown_user()
        return target_id
    if not place.granted & Permissions.READ_MESSAGE_HISTORY:
        raise errors.missing_permissions()
    message = await ctx.store.read_message(place.channel.id, target_id)
    if message is None:
        raise errors.unknown_message()
    resolver.message((await message_objects.messages(ctx, place.guild, [message]))[0])
    return target_id


async def _use_component(ctx: Context, actor: Actor, place: Place, request: InteractionRequest) -> Prepared:
    message_id = request.message_id
    if not isinstance(message_id, Snowflake):
        raise errors.invalid_field("message_id", "BASE_TYPE_REQUIRED", "This field is required")
    row = await _shown_message(ctx, actor, place, message_id)
    if row is None or row.channel_id != place.channel.id:
        raise errors.unknown_message()
    if _application_of(row) != request.application_id:
        raise errors.unknown_application()
    resolver = Resolver(ctx, actor, place)
    data = component_use.use(row.components, request.data, resolver)
    return Prepared(
        data=msgspec.Raw(codec.encode(data)),
        message=(await message_objects.messages(ctx, place.guild, [row]))[0],
        message_id=row.id,
        custom_id=data.custom_id,
    )


async def _shown_message(ctx: Context, actor: Actor, place: Place, message_id: Snowflake) -> MessageRow | None:
    """A message of the place, or an ephemeral one of the actor's."""
    found = ctx.interactions.ephemeral_message(actor.user_id, message_id)
    return found or await ctx.store.read_message(place.channel.id, message_id)


def _application_of(row: MessageRow) -> Snowflake:
    """Whose components a message's are: of the application that answered with it, else of the bot that wrote it."""
    if row.extras is not None and row.extras.application_id is not None:
        return row.extras.application_id
    return row.author_id


async def _submit_modal(ctx: Context, actor: Actor, place: Place, request: InteractionRequest) -> Prepared:
    opened_by = request.data.id
    modal = ctx.interactions.close_modal(opened_by, actor.user_id) if isinstance(opened_by, Snowflake) else None
    opening = None if modal is None else modal.opened_by
    if (
        modal is None
        or opening is None
        or (opening.application_id, opening.channel_id)
        != (
            request.application_id,
            place.channel.id,
        )
    ):
        raise errors.ActionError(404, 10062, "Unknown interaction")
    try:
        resolver = Resolver(ctx, actor, place)
        data = component_use.submit(modal.custom_id, modal.components, request.data, resolver)
    except errors.ActionError:
        assert isinstance(opened_by, Snowflake)
        ctx.interactions.open_modal(opened_by, modal)  # the user mends the field and submits again
        raise
    shown = None if opening.message_id is None else await _shown_message(ctx, actor, place, opening.message_id)
    return Prepared(
        data=msgspec.Raw(codec.encode(data)),
        message=UNSET if shown is None else (await message_objects.messages(ctx, place.guild, [shown]))[0],
        message_id=opening.message_id,
        custom_id=modal.custom_id,
        opened_by=opening,
    )


def _interaction(
    ctx: Context, actor: Actor, place: Place, row: InteractionRow, token: str, prepared: Prepared
) -> Interaction:
    state = place.guild
    now_ms = ctx.now_ms()
    shown_channel = (
        Channel(
            id=place.channel.id,
            type=place.channel.type,
            last_message_id=ctx.directs.last_message_ids.get(place.channel.id),
            recipients=[ctx.users.wire(each) for each in place.channel.recipient_ids if each != row.application_id],
        )
        if state is None
        else wire.channel(state, place.channel)
    )
    return Interaction(
        id=row.id,
        application_id=row.application_id,
        type=row.type,
        token=token,
        data=prepared.data,
        guild_id=UNSET if state is None else state.id,
        guild=UNSET if state is None else InteractionGuild(id=state.id, features=wire.features(state.row)),
        channel=interaction_channel(shown_channel, place.granted),
        channel_id=place.channel.id,
        member=UNSET if state is None else _member(wire.member(ctx, state.members[actor.user_id]), place.granted),
        user=UNSET if state is not None else ctx.users.wire(actor.user_id),
        message=prepared.message,
        app_permissions=DIRECT
        if state is None
        else state.permissions_in(row.application_id, place.channel.id, now_ms) or NONE,
        guild_locale=UNSET if state is None else "en-US",
        authorizing_integration_owners=integration_owners(row),
        context=InteractionContext.BOT_DM if state is None else InteractionContext.GUILD,
        attachment_size_limit=ctx.max_upload_bytes,
    )


def _member(shown: Member, granted: Permissions) -> InteractionMember:
    return InteractionMember(**{field: getattr(shown, field) for field in shown.__struct_fields__}, permissions=granted)


def _nonce(nonce: str | int | UnsetType | None) -> str | int | None:
    if isinstance(nonce, str) and len(nonce) > MAX_NONCE_CHARACTERS:
        raise errors.too_long("nonce", MAX_NONCE_CHARACTERS)
    return None if nonce is UNSET or nonce is None else nonce
