"""How an application answers an interaction, once and within three seconds, and follows up for fifteen minutes."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol import codec
from tuichat.protocol.interaction import (
    ANSWER_LIMIT_MS,
    TOKEN_LIFE_MS,
    AutocompleteResponse,
    CallbackAnswer,
    CallbackData,
    CallbackInteraction,
    CallbackRequest,
    CallbackResource,
    CallbackType,
    InteractionSuccess,
    InteractionType,
    ModalCreate,
)
from tuichat.protocol.message import Message, MessageFlag
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.rest.message import CreateMessageRequest, EditMessageRequest
from tuichat.protocol.rest.webhook import ExecuteWebhookRequest
from tuichat.protocol.snowflake import EPOCH_MS, TIMESTAMP_SHIFT
from tuichat.server.actions import (
    command_definitions,
    components,
    errors,
    fields,
    interaction_messages,
    message_objects,
)
from tuichat.server.actions.attachments import FilePart
from tuichat.server.actions.command_index import modal_application
from tuichat.server.actions.context import Context
from tuichat.server.actions.interaction_registry import Entry, Modal, interaction_of, is_token
from tuichat.server.actions.interactions import shown_nonce, to_user
from tuichat.server.actions.posting import Draft
from tuichat.server.store.operations import DeleteInteractions, Put

ORIGINAL = "@original"
MODAL_TITLE_CHARACTERS = (1, 45)
CUSTOM_ID_CHARACTERS = (1, 100)
_ON_MESSAGES = (CallbackType.DEFERRED_UPDATE, CallbackType.UPDATE_MESSAGE)


def require_open(ctx: Context, interaction_id: int, token: str) -> None:
    """Refuse a token that is not good, before a file is taken from whoever has it. Raises ActionError 10062."""
    entry = ctx.interactions.get(interaction_id, ctx.now_ms())
    if entry is None or not is_token(entry.row, token):
        raise unknown_interaction()


async def respond(
    ctx: Context, interaction_id: int, token: str, request: CallbackRequest, files: Sequence[FilePart] = ()
) -> CallbackAnswer:
    """Answer an interaction. The token is all that is asked for.

    Raises ActionError 10062 for an unknown one, a wrong token, and after three seconds; 40060 when it was answered before;
    50035 for an answer that is not valid, after which another may follow.
    """
    require_open(ctx, interaction_id, token)
    entry = ctx.interactions.get(interaction_id, ctx.now_ms())
    assert entry is not None
    row = entry.row
    if row.callback is not None:
        raise errors.ActionError(400, 40060, "Interaction has already been acknowledged.")
    if ctx.now_ms() - row.id.timestamp_ms > ANSWER_LIMIT_MS:
        raise unknown_interaction()
    kind = _kind(request.type, row.type, has_message=row.message_id is not None)
    entry.row = msgspec.structs.replace(row, callback=kind)  # from here on a second answer is refused
    try:
        message = await _carry_out(ctx, entry, kind, request.data or CallbackData(), files)
    except BaseException:
        entry.row = row
        raise
    entry.stop_waiting()
    done = entry.row
    if done.type != InteractionType.AUTOCOMPLETE:
        old = (ctx.now_ms() - TOKEN_LIFE_MS - EPOCH_MS) << TIMESTAMP_SHIFT
        await ctx.store.write([Put(done), DeleteInteractions(old)])
        ctx.bus.publish(to_user(done, "INTERACTION_SUCCESS", InteractionSuccess(id=done.id, nonce=shown_nonce(done))))
    return CallbackAnswer(
        interaction=CallbackInteraction(
            id=done.id,
            type=done.type,
            response_message_id=UNSET if done.original_id is None else done.original_id,
            response_message_loading=UNSET if done.original_id is None else done.is_loading,
            response_message_ephemeral=UNSET if done.original_id is None else done.is_ephemeral,
        ),
        resource=CallbackResource(type=kind, message=UNSET if message is None else message),
    )


class InteractionHook:
    """An interaction whose token was shown (`hooks.Hook`): follow-ups, and its own messages by id or `@original`."""

    is_always_answered = True  # a follow-up is answered with its message whether `wait` asks for it or not

    def __init__(self, ctx: Context, entry: Entry) -> None:
        self._ctx = ctx
        self._entry = entry

    async def execute(
        self,
        request: ExecuteWebhookRequest,
        files: Sequence[FilePart] = (),
        *,
        thread_id: int | None = None,
        with_components: bool = False,
    ) -> Message:
        """Send one more message; after a deferred answer it is that answer. 10015 before there was any answer."""
        row = self._entry.row
        if row.callback is None:
            raise errors.ActionError(404, ErrorCode.UNKNOWN_WEBHOOK, "Unknown Webhook")
        if row.is_loading and row.original_id is not None:
            return await self.edit_message(ORIGINAL, _as_edit(request), files)
        draft = await interaction_messages.draft(self._ctx, self._entry, request, files)
        return await interaction_messages.send(self._ctx, self._entry, draft, is_followup=True)

    async def get_message(self, message: int | str, *, thread_id: int | None = None) -> Message:
        row = await interaction_messages.read(self._ctx, self._entry, self._message_id(message))
        place = interaction_messages.find_place(self._ctx, self._entry.row)
        return (await message_objects.messages(self._ctx, place.guild, [row]))[0]

    async def edit_message(
        self,
        message: int | str,
        request: EditMessageRequest,
        files: Sequence[FilePart] = (),
        *,
        thread_id: int | None = None,
        with_components: bool = False,
    ) -> Message:
        message_id = self._message_id(message)
        shown = await interaction_messages.edit(self._ctx, self._entry, message_id, request, files)
        if self._entry.row.is_loading and message_id == self._entry.row.original_id:
            self._entry.row = msgspec.structs.replace(self._entry.row, is_loading=False)
            await self._ctx.store.write([Put(self._entry.row)])
        return shown

    async def delete_message(self, message: int | str, *, thread_id: int | None = None) -> None:
        await interaction_messages.delete(self._ctx, self._entry, self._message_id(message))

    def _message_id(self, message: int | str) -> int:
        if isinstance(message, int):
            return message
        if self._entry.row.original_id is None:
            raise errors.unknown_message()
        return self._entry.row.original_id


async def find(ctx: Context, application_id: int, token: str) -> InteractionHook:
    """Find the interaction of a token, over a restart, too. Raises ActionError 50027 for a bad one, and an old one."""
    interaction_id = interaction_of(token)
    now_ms = ctx.now_ms()
    entry = None if interaction_id is None else ctx.interactions.get(interaction_id, now_ms)
    if entry is None and interaction_id is not None:
        row = await ctx.store.read_interaction(interaction_id)
        if row is not None and now_ms - row.id.timestamp_ms < TOKEN_LIFE_MS:
            entry = ctx.interactions.get(interaction_id, now_ms) or ctx.interactions.add(row)
    if entry is None or entry.row.application_id != application_id or not is_token(entry.row, token):
        raise errors.ActionError(401, ErrorCode.INVALID_WEBHOOK_TOKEN, "Invalid Webhook Token")
    return InteractionHook(ctx, entry)


def unknown_interaction() -> errors.ActionError:
    return errors.ActionError(404, 10062, "Unknown interaction")


def _kind(given: int, of: int, *, has_message: bool) -> CallbackType:
    """Check that an answer fits its interaction (Discord's documentation, "Interaction Callback Type")."""
    if of == InteractionType.AUTOCOMPLETE:
        allowed: tuple[CallbackType, ...] = (CallbackType.AUTOCOMPLETE_RESULT,)
    else:
        allowed = (CallbackType.MESSAGE, CallbackType.DEFERRED_MESSAGE)
        if has_message:
            allowed += _ON_MESSAGES
        if of != InteractionType.MODAL_SUBMIT:
            allowed += (CallbackType.MODAL,)
    if given not in allowed:
        shown = tuple(int(kind) for kind in allowed)
        raise errors.invalid_field("type", "BASE_TYPE_CHOICES", f"Value must be one of {shown}.")
    return CallbackType(given)


async def _carry_out(
    ctx: Context, entry: Entry, kind: CallbackType, data: CallbackData, files: Sequence[FilePart]
) -> Message | None:
    row = entry.row
    match kind:
        case CallbackType.MESSAGE | CallbackType.DEFERRED_MESSAGE:
            is_loading = kind is CallbackType.DEFERRED_MESSAGE
            draft = _loading(data) if is_loading else await interaction_messages.draft(ctx, entry, data, files)
            message = await interaction_messages.send(ctx, entry, draft)
            entry.row = msgspec.structs.replace(
                entry.row,
                original_id=message.id,
                is_ephemeral=bool(message.flags & MessageFlag.EPHEMERAL),
                is_loading=is_loading,
            )
            return None if is_loading else message
        case CallbackType.UPDATE_MESSAGE:
            assert row.message_id is not None
            message = await interaction_messages.edit(ctx, entry, row.message_id, _as_edit(data), files)
            entry.row = msgspec.structs.replace(entry.row, original_id=row.message_id)
            return message
        case CallbackType.DEFERRED_UPDATE:
            entry.row = msgspec.structs.replace(entry.row, original_id=row.message_id)
        case CallbackType.AUTOCOMPLETE_RESULT:
            choices = data.choices or []
            command_definitions.check_choices("data.choices", row.option_type or 0, choices)
            ctx.bus.publish(
                to_user(
                    row,
                    "APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE",
                    AutocompleteResponse(choices=choices, nonce=shown_nonce(row)),
                )
            )
        case CallbackType.MODAL:
            await _open_modal(ctx, entry, data)
        case CallbackType.PONG:
            raise AssertionError("no interaction is answered with a pong")
    return None


async def _open_modal(ctx: Context, entry: Entry, data: CallbackData) -> None:
    row = entry.row
    custom_id = fields.require_length("data.custom_id", data.custom_id or "", *CUSTOM_ID_CHARACTERS)
    title = fields.require_length("data.title", data.title or "", *MODAL_TITLE_CHARACTERS)
    checked = components.check_modal(data.components or [])
    application = await modal_application(ctx, row.application_id)
    ctx.interactions.open_modal(row.id, Modal(row, custom_id, checked))
    payload = ModalCreate(
        id=row.id,
        channel_id=row.channel_id,
        custom_id=custom_id,
        title=title,
        application=application,
        components=codec.decode(checked, list[msgspec.Raw]),
        nonce=shown_nonce(row),
    )
    ctx.bus.publish(to_user(row, "INTERACTION_MODAL_CREATE", payload))


def _loading(data: CallbackData) -> Draft:
    ephemeral = (data.flags or 0) & MessageFlag.EPHEMERAL
    return Draft(flags=int(ephemeral | MessageFlag.LOADING))


def _as_edit(request: CreateMessageRequest) -> EditMessageRequest:
    return EditMessageRequest(
        content=request.content,
        flags=request.flags,
        allowed_mentions=request.allowed_mentions,
        embeds=request.embeds,
        components=request.components,
        attachments=request.attachments,
    )
