"""Brings what was written here to the server: in order, once, and until the server has said yes or no."""

import asyncio
import logging
import random
import secrets
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

import msgspec
from msgspec import UNSET, UnsetType

from tuichat.client import directory, routes, slow_mode, timeline
from tuichat.client.change import Change, MessageAdded
from tuichat.client.errors import ClientError, RateLimitedError
from tuichat.client.outbox import RESEND_AGE_MS, Draft, Outbox
from tuichat.client.reducer import messages
from tuichat.client.rest import Rest
from tuichat.client.state import Delivery, State
from tuichat.client.uploads import NoPlacesError, OutgoingFile, Uploads
from tuichat.config.accounts import AccountRecord
from tuichat.protocol.backoff import Backoff
from tuichat.protocol.message import Attachment, Message, MessageReference, MessageType
from tuichat.protocol.rest.error import ErrorCode
from tuichat.protocol.rest.message import AttachmentRequest
from tuichat.protocol.snowflake import EPOCH_MS, TIMESTAMP_SHIFT, Snowflake
from tuichat.protocol.user import User
from tuichat.translation import _

logger = logging.getLogger(__name__)

KEEP_AFTER_S = 0.1  # taste: an answer within this time spares the disk; a later one finds the draft kept
LOOK_EVERY_MS = 1000  # whether a message that waits is still wanted
DELIVERY_BACKOFF = Backoff(first_ms=200, base_ms=500, cap_ms=10_000)


class Deliverer:
    """Sends an account's messages, one at a time in each channel, with a nonce that stays the same however often it tries."""

    def __init__(
        self,
        account: AccountRecord,
        state: State,
        rest: Rest,
        outbox: Outbox,
        emit: Callable[[Sequence[Change]], None],
        seek_connection: Callable[[], None],
        refresh: Callable[[int], None],
        uploads: Uploads,
    ) -> None:
        """`seek_connection` is called when the server cannot be reached: somebody is waiting for it now. `refresh` has a
        channel's history fetched anew."""
        self._account = account
        self._state = state
        self._rest = rest
        self._outbox = outbox
        self._emit = emit
        self._seek_connection = seek_connection
        self._refresh = refresh
        self._uploads = uploads
        self._last_nonce = 0
        self._restored: set[str] = set()
        self._drafts: dict[str, Draft] = {}
        self._queues: dict[int, deque[str]] = {}
        self._busy: set[int] = set()
        self._work = asyncio.Event()
        self._awake = asyncio.Event()

    def write(self, channel_id: int, content: str, reply_to: int | None, files: Sequence[OutgoingFile] = ()) -> str:
        """Put a new message on its way and return its entry's key."""
        written_ms = time.time_ns() // 1_000_000
        draft = Draft(
            channel_id=int(channel_id),
            nonce=self._make_nonce(written_ms),
            content=content,
            reply_to=None if reply_to is None else int(reply_to),
            written_ms=written_ms,
            files=tuple(files),
        )
        return self._show(draft)

    async def restore(self) -> None:
        """Take up what was written before a restart: fresh words go out by themselves, old ones ask first."""
        unix_ms = time.time_ns() // 1_000_000
        for kept in await asyncio.to_thread(self._outbox.load, unix_ms):
            draft = kept
            if timeline.find_unsent(self._state.timeline(draft.channel_id), timeline.key_of_nonce(draft.nonce)):
                continue
            if not draft.refusal and unix_ms - draft.written_ms > RESEND_AGE_MS:
                written = datetime.fromtimestamp(draft.written_ms / 1000).astimezone().strftime("%Y-%m-%d %H:%M")
                draft = msgspec.structs.replace(
                    draft, refusal=_("tuichat ended before this was sent ({written}).").format(written=written)
                )
            self._restored.add(draft.nonce)
            self._show(draft)

    def _show(self, draft: Draft) -> str:
        known = self._state.timeline(draft.channel_id)
        entry = timeline.add_pending(known, draft.nonce, self._pending_message(draft))
        entry.member = self._state.member(draft.channel_id, entry.message.author.id)
        changes: list[Change] = [MessageAdded(draft.channel_id, entry.key)]
        if draft.refusal:
            changes += timeline.fail(known, entry.key, draft.refusal)
        self._submit(draft)
        self._emit(changes)
        return entry.key

    def _submit(self, draft: Draft) -> None:
        """Take a draft whose entry is already in the timeline."""
        key = timeline.key_of_nonce(draft.nonce)
        self._drafts[key] = draft
        if not draft.refusal:
            # What is said meanwhile does not wait for a large file.
            line = int(draft.nonce) if draft.files else draft.channel_id
            self._queues.setdefault(line, deque()).append(key)
            self._work.set()

    def retry(self, channel_id: int, key: str) -> None:
        """Send a failed message again, with its nonce."""
        draft = self._drafts.get(key)
        if draft is None:
            return
        changes = timeline.retry(self._state.timeline(channel_id), key)
        if changes:
            self._submit(msgspec.structs.replace(draft, refusal=""))
            self._emit(changes)

    def discard(self, channel_id: int, key: str) -> None:
        """Forget an unsent message; one that is just being sent may arrive all the same."""
        draft = self._drafts.pop(key, None)
        if draft is not None:
            self._outbox.remove(draft.nonce)
            self._uploads.forget(draft.channel_id, key, len(draft.files))
        changes = timeline.discard(self._state.timeline(channel_id), key)
        if changes:
            self._emit(changes)

    def wake(self) -> None:
        """Try at once what waits for a server: it is there again."""
        self._awake.set()
        self._awake = asyncio.Event()

    def keep_all(self) -> None:
        """Write everything unsent to disk: the client is about to end."""
        for key, draft in self._drafts.items():
            if timeline.find_unsent(self._state.timeline(draft.channel_id), key) is not None:
                self._outbox.put(draft)

    async def run(self) -> None:
        """Deliver until cancelled."""
        async with asyncio.TaskGroup() as workers:
            while True:
                await self._work.wait()
                self._work.clear()
                for line in [line for line in self._queues if line not in self._busy]:
                    self._busy.add(line)
                    workers.create_task(self._deliver_line(line))

    async def _deliver_line(self, line: int) -> None:
        queue = self._queues[line]
        try:
            while queue:
                draft = self._drafts.get(queue[0])
                if draft is not None:
                    await self._deliver_or_fail(draft)
                queue.popleft()
        finally:
            self._busy.discard(line)
            if not queue:
                del self._queues[line]

    async def _deliver_or_fail(self, draft: Draft) -> None:
        try:
            await self._deliver(draft)
        except Exception:
            logger.exception("message %s cannot be delivered", draft.nonce)
            sentence = _("Something in tuichat failed; `tuichat logs` has it.")
            self._emit(
                timeline.fail(self._state.timeline(draft.channel_id), timeline.key_of_nonce(draft.nonce), sentence)
            )

    async def _deliver(self, draft: Draft) -> None:
        """Try until the message is acknowledged, refused or discarded."""
        attempt = 0
        while self._is_pending(draft):
            session = self._state.session
            try:
                try:
                    draft = await self._send_files(draft)
                    if not self._is_pending(draft):
                        break
                    message = await self._post(draft)
                except NoPlacesError:
                    message = await self._post_whole(draft)
            except ClientError as error:
                if error.code == ErrorCode.UNKNOWN_MESSAGE and (attempt > 0 or draft.nonce in self._restored):
                    # An earlier try had arrived, and somebody has deleted the message since.
                    self._emit(
                        timeline.discard(self._state.timeline(draft.channel_id), timeline.key_of_nonce(draft.nonce))
                    )
                    break
                if not error.is_transient:
                    await self._fail(draft, str(error))
                    return
                logger.info("message %s waits: %s", draft.nonce, error)
                await asyncio.to_thread(self._outbox.put, draft)
                if isinstance(error, RateLimitedError) and error.code == ErrorCode.SLOWMODE:
                    slow_mode.learn(self._state, draft.channel_id, error.wait_ms, time.time_ns() // 1_000_000)
                    await self._wait_while_slow(draft)
                    continue
                self._seek_connection()
                await self._wait(DELIVERY_BACKOFF.delay_ms(attempt, 0.5 + random.random() / 2))  # noqa: S311  # jitter
                attempt += 1
            else:
                self._settle(draft, message, session)
        if draft.files and not self._is_sent(draft):
            await self._uploads.drop(draft.files)
        await self._forget(draft)

    async def _wait_while_slow(self, draft: Draft) -> None:
        while self._is_pending(draft):
            wait_ms = slow_mode.wait_ms_as_told(self._state, draft.channel_id, time.time_ns() // 1_000_000)
            if not wait_ms:
                return
            await asyncio.sleep(min(wait_ms, LOOK_EVERY_MS) / 1000)

    async def _send_files(self, draft: Draft) -> Draft:
        """Have a draft's files on the server, as far as they are not, and return it with their names there."""
        if not draft.files:
            return draft
        key = timeline.key_of_nonce(draft.nonce)
        told = draft

        def keep(files: list[OutgoingFile]) -> None:
            nonlocal told
            told = msgspec.structs.replace(told, files=tuple(files))
            if key in self._drafts:
                self._drafts[key] = told
                self._outbox.put(told)

        wanted = partial(self._is_pending, draft)
        known = self._drafts.get(key, draft)
        sent = await self._uploads.send(draft.channel_id, key, known.files, keep, wanted)
        return msgspec.structs.replace(draft, files=tuple(sent))

    async def _post(self, draft: Draft) -> Message:
        """Post once; a draft whose answer takes its time is kept on disk meanwhile."""
        request = routes.create_message(draft.channel_id, draft.content, draft.nonce, draft.reply_to, _said_of(draft))
        posting = asyncio.create_task(self._rest.get(request, Message))
        try:
            done, _ = await asyncio.wait({posting}, timeout=KEEP_AFTER_S)
            if not done:
                await asyncio.to_thread(self._outbox.put, draft)
            return await posting
        finally:
            posting.cancel()

    async def _post_whole(self, draft: Draft) -> Message:
        """Post a message together with its files; a draft that takes its time is on disk meanwhile."""
        said = [AttachmentRequest(id=number, filename=file.name) for number, file in enumerate(draft.files)]
        request = routes.create_message(draft.channel_id, draft.content, draft.nonce, draft.reply_to, said)
        await asyncio.to_thread(self._outbox.put, draft)
        key = timeline.key_of_nonce(draft.nonce)
        answer = await self._uploads.post_whole(request, key, draft.files, partial(self._is_pending, draft))
        return self._rest.read(request, answer, Message)

    def _settle(self, draft: Draft, answer: Message, session: int) -> None:
        """Take the answer to a post that went out in a session, which may be over by now."""
        # Not every server echoes the nonce in its answer; that this is our message is known anyway.
        message = msgspec.structs.replace(answer, nonce=draft.nonce, channel_id=Snowflake(draft.channel_id))
        known = self._state.timeline(draft.channel_id)
        member = self._state.member(draft.channel_id, message.author.id)
        changes = timeline.settle(known, draft.nonce, message, member=member)
        if not changes:
            return
        if self._state.session != session and not known.is_stale:
            timeline.mark_stale(known)  # it may have been deleted again in between, which no dispatch will tell
            self._refresh(draft.channel_id)
        self._emit([*changes, *messages.note_newest(self._state, message)])

    async def _fail(self, draft: Draft, sentence: str) -> None:
        key = timeline.key_of_nonce(draft.nonce)
        refused = msgspec.structs.replace(self._drafts.get(key, draft), refusal=sentence)
        self._drafts[key] = refused
        await asyncio.to_thread(self._outbox.put, refused)  # before it is told: who hears of it may discard it at once
        if key in self._drafts:
            self._emit(timeline.fail(self._state.timeline(draft.channel_id), key, sentence))
        else:
            await asyncio.to_thread(self._outbox.remove, draft.nonce)

    async def _forget(self, draft: Draft) -> None:
        self._uploads.forget(draft.channel_id, timeline.key_of_nonce(draft.nonce), len(draft.files))
        self._drafts.pop(timeline.key_of_nonce(draft.nonce), None)
        await asyncio.to_thread(self._outbox.remove, draft.nonce)

    def _make_nonce(self, unix_ms: int) -> str:
        # Two clients of one account may write in the same millisecond: the low bits are drawn, and grow within this one.
        drawn = unix_ms - EPOCH_MS << TIMESTAMP_SHIFT | secrets.randbits(TIMESTAMP_SHIFT)
        self._last_nonce = max(self._last_nonce + 1, drawn)
        return str(self._last_nonce)

    def _pending_message(self, draft: Draft) -> Message:
        me = self._state.me or User(
            id=Snowflake(int(self._account.user_id)),
            username=self._account.username,
            global_name=self._account.display_name or None,
        )
        reference: MessageReference | UnsetType = UNSET
        answered = None
        if draft.reply_to is not None:
            reference = MessageReference(message_id=Snowflake(draft.reply_to), channel_id=Snowflake(draft.channel_id))
            answered = self._state.timeline(draft.channel_id).find(draft.reply_to)
        return Message(
            id=Snowflake(int(draft.nonce)),
            channel_id=Snowflake(draft.channel_id),
            author=directory.plain_user(me),
            content=draft.content,
            timestamp=datetime.fromtimestamp(draft.written_ms / 1000, UTC).isoformat(timespec="microseconds"),
            nonce=draft.nonce,
            type=MessageType.DEFAULT if draft.reply_to is None else MessageType.REPLY,
            message_reference=reference,
            referenced_message=answered.message if answered else UNSET,
            attachments=tuple(
                Attachment(id=Snowflake(number), filename=file.name, size=file.size_bytes, url="", proxy_url="")
                for number, file in enumerate(draft.files)
            ),
        )

    async def _wait(self, delay_ms: int) -> None:
        try:
            async with asyncio.timeout(delay_ms / 1000):
                await self._awake.wait()
        except TimeoutError:
            return

    def _is_sent(self, draft: Draft) -> bool:
        known = self._state.timeline(draft.channel_id)
        return known.index_of_key(timeline.key_of_nonce(draft.nonce)) is not None

    def _is_pending(self, draft: Draft) -> bool:
        entry = timeline.find_unsent(self._state.timeline(draft.channel_id), timeline.key_of_nonce(draft.nonce))
        return entry is not None and entry.delivery is Delivery.PENDING


def _said_of(draft: Draft) -> list[AttachmentRequest]:
    return [
        AttachmentRequest(id=number, filename=file.name, uploaded_filename=file.upload_name)
        for number, file in enumerate(draft.files)
    ]
