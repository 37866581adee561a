"""What webhooks write: executing one, and reading, editing and deleting what it wrote."""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET

from tuichat.protocol.channel import ChannelType
from tuichat.protocol.message import Message
from tuichat.protocol.permissions import ALL
from tuichat.protocol.rest.message import EditMessageRequest
from tuichat.protocol.rest.webhook import ExecuteWebhookRequest
from tuichat.server.actions import (
    attachments,
    drafting,
    editing,
    erasing,
    errors,
    fields,
    message_objects,
    poll_drafts,
    webhooks,
)
from tuichat.server.actions.access import Place
from tuichat.server.actions.attachments import FilePart
from tuichat.server.actions.context import Context
from tuichat.server.actions.drafting import Sender
from tuichat.server.actions.fetched_avatars import fetch_avatar
from tuichat.server.actions.posting import Author, post
from tuichat.server.actions.posts import start_webhook_post
from tuichat.server.store.message_rows import MessageExtras, MessageRow
from tuichat.server.store.rows import WebhookRow

MAX_URL_CHARACTERS = 2048
_FORUMS = frozenset({ChannelType.FORUM, ChannelType.MEDIA})
_NEEDS_THREAD, _TWO_THREADS, _NO_FORUM = 220001, 220002, 220003  # Discord's documentation, "JSON Error Codes"


class IncomingHook:
    """A webhook whose token was shown."""

    is_always_answered = False

    def __init__(self, ctx: Context, row: WebhookRow) -> None:
        self._ctx = ctx
        self.row = row

    async def execute(
        self,
        request: ExecuteWebhookRequest,
        files: Sequence[FilePart] = (),
        *,
        thread_id: int | None = None,
        with_components: bool = False,
    ) -> Message:
        """Write a message into the webhook's channel, or a thread of it.

        Raises ActionError 10003 where that is gone, 220001 to 220003 for a thread name too many or too few.
        """
        if self.row.application_id is None and not with_components:
            request = msgspec.structs.replace(request, components=[])
        draft = drafting.draft(request, self._sender)
        name = webhooks.checked_name("username", request.username) if request.username else self.row.name
        _check_url("avatar_url", request.avatar_url or "")
        place = self._place(thread_id)
        if request.thread_name and place.channel.type not in _FORUMS and thread_id is None:
            raise errors.ActionError(400, _NO_FORUM, "Webhooks can only create threads in forum channels")
        if request.thread_name and thread_id is not None:
            raise errors.ActionError(
                400, _TWO_THREADS, "Webhooks posted to forum channels cannot have both a thread_name and thread_id"
            )
        if place.channel.type in _FORUMS and not request.thread_name:
            raise errors.ActionError(
                400, _NEEDS_THREAD, "Webhooks posted to forum channels must have a thread_name or thread_id"
            )
        if not request.thread_name:
            fields.require_written_in(place.channel)
        avatar = self.row.avatar
        if request.avatar_url:
            avatar = await fetch_avatar(self._ctx, request.avatar_url) or avatar
            place = await self._still(thread_id)
        if files or request.attachments:
            taken = await attachments.take(self._ctx, self.row.id, place.channel.id, request.attachments or [], files)
            draft = msgspec.structs.replace(draft, attachments=taken)
            place = await self._still(thread_id)
        if draft.poll is not None:
            poll_drafts.require_usable(self._ctx, place, self.row.user_id or 0, draft.poll)
        extras = msgspec.structs.replace(
            draft.extras or MessageExtras(),
            webhook_id=self.row.id,
            author_name=name,
            author_avatar=avatar,
            application_id=self.row.application_id,
        )
        draft = msgspec.structs.replace(draft, extras=extras)
        if request.thread_name:
            return await start_webhook_post(
                self._ctx, place, self._author, draft, request.thread_name, request.applied_tags or []
            )
        return await post(self._ctx, place, self._author, draft)

    async def get_message(self, message: int | str, *, thread_id: int | None = None) -> Message:
        row = await self._find(message, thread_id)
        return (await message_objects.messages(self._ctx, self._place(thread_id).guild, [row]))[0]

    async def edit_message(
        self,
        message: int | str,
        request: EditMessageRequest,
        files: Sequence[FilePart] = (),
        *,
        thread_id: int | None = None,
        with_components: bool = False,
    ) -> Message:
        if self.row.application_id is None and not with_components:
            request = msgspec.structs.replace(request, components=UNSET)
        async with self._ctx.edits.hold(_message_id(message)):
            row = await self._find(message, thread_id)
            referenced = await message_objects.referenced(self._ctx, row)
            place = self._place(thread_id)
            taken = row.attachments
            if files or request.attachments is not UNSET:
                wanted = attachments.wanted_of(row, request)
                taken = await attachments.take(self._ctx, self.row.id, place.channel.id, wanted, files, row.attachments)
                place = await self._still(thread_id)
            changed = editing.edited(self._ctx, place, self._author, self._sender, row, request, referenced, taken)
            return await editing.write(self._ctx, place, changed, referenced)

    async def delete_message(self, message: int | str, *, thread_id: int | None = None) -> None:
        async with self._ctx.edits.hold(_message_id(message)):
            row = await self._find(message, thread_id)
            await erasing.erase(self._ctx, self._place(thread_id), row)

    @property
    def _author(self) -> Author:
        return Author(id=self.row.id, granted=ALL)

    @property
    def _sender(self) -> Sender:
        return Sender.WEBHOOK if self.row.application_id is None else Sender.APPLICATION_WEBHOOK

    def _place(self, thread_id: int | None) -> Place:
        state = self._ctx.guilds.of_channel(self.row.channel_id)
        channel = None if state is None else state.find_channel(thread_id or self.row.channel_id)
        if state is None or channel is None or (thread_id is not None and channel.parent_id != self.row.channel_id):
            raise errors.unknown_channel()
        if thread_id is not None and channel.thread is None:
            raise errors.unknown_channel()
        return Place(channel=channel, guild=state, granted=ALL)

    async def _still(self, thread_id: int | None) -> Place:
        """After waiting for the disk: the place, while the webhook is still there."""
        if await self._ctx.store.read_webhook(self.row.id) is None:
            raise webhooks.unknown_webhook()
        return self._place(thread_id)

    async def _find(self, message: int | str, thread_id: int | None) -> MessageRow:
        """A message that this webhook wrote. Raises ActionError 10008 for every other one."""
        place = self._place(thread_id)
        row = await self._ctx.store.read_message(place.channel.id, _message_id(message))
        if row is None or row.extras is None or row.extras.webhook_id != self.row.id:
            raise errors.unknown_message()
        return row


def _message_id(message: int | str) -> int:
    if isinstance(message, str):  # only an interaction has an original message
        raise errors.unknown_message()
    return message


def _check_url(field: str, url: str) -> None:
    fields.require_text(field, url)
    if url and (len(url) > MAX_URL_CHARACTERS or not url.startswith(("http://", "https://"))):
        raise errors.invalid_field(
            field, "URL_TYPE_INVALID_URL", f"Must be an http or https URL of at most {MAX_URL_CHARACTERS} characters."
        )
