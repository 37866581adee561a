"""Files to the server, before the message that they belong to: what broke off goes on where it was."""

import asyncio
import os
import random
import re
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import msgspec

from tuichat.client import routes
from tuichat.client.errors import ClientError, RefusedError, UnreachableError
from tuichat.client.file_address import own_path
from tuichat.client.form_body import FormBody
from tuichat.client.refusal import refusal
from tuichat.client.rest import Rest
from tuichat.client.transfer import Transfer, TransferState, transfer_key
from tuichat.client.transfers import Transfers
from tuichat.protocol import codec
from tuichat.protocol.backoff import Backoff
from tuichat.translation import _

MAX_FILES = 10  # of a message, as on the wire
CHUNK_BYTES = 256 * 1024
BACKOFF = Backoff(first_ms=200, base_ms=500, cap_ms=10_000)
INCOMPLETE, NOT_FOUND, CONFLICT = 308, 404, 409
NO_ROUTE = (404, 405, 501)
_HELD = re.compile(r"bytes=0-(\d{1,18})")


class OutgoingFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that the user chose to send, as it was then; the last two say where it goes once the server has told."""

    path: str
    name: str
    size_bytes: int
    modified_ns: int
    upload_url: str = ""
    upload_name: str = ""


def choose(path: Path, name: str | None = None) -> OutgoingFile:
    """Return a file of this machine to be sent. Raises RefusedError for what is no readable file."""
    try:
        status = path.stat()
        if not path.is_file():
            raise RefusedError(_("{path} is no file: only files can be sent.").format(path=path))
        if not os.access(path, os.R_OK):
            raise RefusedError(_("You may not read {path}.").format(path=path))
    except (OSError, ValueError) as error:
        raise RefusedError(
            _("{path} cannot be read: {error}.").format(path=path, error=getattr(error, "strerror", None) or error)
        ) from error
    return OutgoingFile(
        path=str(path.absolute()), name=name or path.name, size_bytes=status.st_size, modified_ns=status.st_mtime_ns
    )


class UploadTarget(msgspec.Struct, frozen=True):
    upload_url: str
    upload_filename: str


class UploadTargets(msgspec.Struct, frozen=True):
    attachments: list[UploadTarget]


class NoPlacesError(RefusedError):
    """The server knows no route that gives places to send files to: they go with their message."""


class Uploads:
    """Sends files of one account. Calls raise ClientError alone."""

    def __init__(self, rest: Rest, transfers: Transfers) -> None:
        self._rest = rest
        self._transfers = transfers
        self._gives_places = True  # until the server says that it knows no such route

    async def send(
        self,
        channel_id: int,
        entry_key: str,
        files: Sequence[OutgoingFile],
        keep: Callable[[list[OutgoingFile]], None],
        is_wanted: Callable[[], bool],
    ) -> list[OutgoingFile]:
        """Have all files on the server, and return them with their names there.

        Raises NoPlacesError where they are to go with the message. `keep` is told as soon as it is known where they go, so
        that another run goes on with them; `is_wanted` says whether the message is still there. What the connection breaks is
        raised as a transient error: call it again.
        """
        known = list(files)
        if not self._gives_places:
            raise NoPlacesError(_("The server takes files with their message alone."))
        for number, file in enumerate(known):
            transfer = self._transfers.begin(transfer_key(channel_id, entry_key, number), file.size_bytes)
            try:
                offset = await self._held_bytes(file)
                if offset is None:
                    known[number] = file = await self._announce(channel_id, file)
                    keep(known)
                    offset = 0
                await self._send_one(file, offset, transfer, is_wanted)
            except ClientError as error:
                if not error.is_transient and not isinstance(error, NoPlacesError):
                    self._transfers.end(transfer, str(error))
                raise
            if not is_wanted():
                return known
            self._transfers.advance(transfer, file.size_bytes)
            self._transfers.end(transfer)
        return known

    async def post_whole(
        self, request: routes.Request, entry_key: str, files: Sequence[OutgoingFile], is_wanted: Callable[[], bool]
    ) -> bytes:
        """Post a message together with its files, from their beginning, and return the answer's body."""
        form = FormBody(codec.encode(request.body), [(file.name, file.size_bytes) for file in files])
        keys = [transfer_key(int(request.major), entry_key, number) for number in range(len(files))]
        transfers = [self._transfers.begin(key, file.size_bytes) for key, file in zip(keys, files, strict=True)]
        faults: list[RefusedError] = []

        def read(number: int) -> AsyncIterator[bytes]:
            return self._chunks(files[number], 0, transfers[number], is_wanted, faults)

        for transfer in transfers:
            await self._transfers.wait_while_paused(transfer)
        try:
            answer = await self._rest.post_form(request, form.parts(read), form.headers)
        except ClientError as error:
            told = faults[0] if faults else error
            if not told.is_transient:
                self._transfers.end(transfers[0], str(told))
            raise told from None
        for transfer in transfers:
            self._transfers.end(transfer)
        return answer

    def forget(self, channel_id: int, entry_key: str, count: int) -> None:
        for number in range(count):
            self._transfers.forget(transfer_key(channel_id, entry_key, number))

    async def drop(self, files: Sequence[OutgoingFile]) -> None:
        """Tell the server that no message will take these."""
        for file in files:
            if file.upload_name:
                try:
                    await self._rest.perform(routes.delete_upload(file.upload_name))
                except ClientError:
                    continue  # the server forgets it by itself after a day

    async def _announce(self, channel_id: int, file: OutgoingFile) -> OutgoingFile:
        try:
            answer = await self._rest.get(routes.create_upload(channel_id, file.name, file.size_bytes), UploadTargets)
        except RefusedError as error:
            # A channel or a message that is not there has a code of its own; a route that is not there has none.
            if error.status in NO_ROUTE and not error.code:
                self._gives_places = False
                raise NoPlacesError(str(error), status=error.status) from error
            raise
        if len(answer.attachments) != 1:
            raise RefusedError(_("{host} gave no place for the file.").format(host=self._rest.endpoint.host))
        target = answer.attachments[0]
        return msgspec.structs.replace(file, upload_url=target.upload_url, upload_name=target.upload_filename)

    async def _held_bytes(self, file: OutgoingFile) -> int | None:
        """Ask how much of a file the server has; None when it knows nothing of it (any more)."""
        if not file.upload_url:
            return None
        headers = {"Content-Range": f"bytes */{file.size_bytes}", "Content-Length": "0"}
        async with self._rest.stream("PUT", own_path(file.upload_url), headers=headers) as response:
            if response.status == NOT_FOUND:
                return None
            if 200 <= response.status < 300:
                return file.size_bytes
            if response.status == INCOMPLETE:
                held = _HELD.fullmatch(response.headers.get("Range") or "")
                return int(held[1]) + 1 if held else 0
            raise await self._refusal(response.status, await response.content.read(65536))

    async def _send_one(
        self, file: OutgoingFile, offset: int, transfer: Transfer, is_wanted: Callable[[], bool]
    ) -> None:
        is_complete = bool(file.size_bytes) and offset == file.size_bytes
        while not is_complete and is_wanted():
            await self._transfers.wait_while_paused(transfer)
            headers = {"Content-Length": str(file.size_bytes - offset)}
            if file.size_bytes:
                headers["Content-Range"] = f"bytes {offset}-{file.size_bytes - 1}/{file.size_bytes}"
            faults: list[RefusedError] = []
            chunks = self._chunks(file, offset, transfer, is_wanted, faults)
            try:
                async with self._rest.stream(
                    "PUT", own_path(file.upload_url), headers=headers, body=chunks
                ) as response:
                    if response.status == CONFLICT:
                        raise UnreachableError(_("The server still waits for the connection that broke."))
                    if not 200 <= response.status < 300 and response.status != INCOMPLETE:
                        raise await self._refusal(response.status, await response.content.read(65536))
                    is_complete = response.status != INCOMPLETE
            except UnreachableError:
                if faults:
                    raise faults[0] from None
                if transfer.state is not TransferState.PAUSED and is_wanted():
                    raise
                await self._transfers.wait_while_paused(transfer)
                if not is_wanted():
                    return
            if not is_complete:
                offset = await self._held_when_free(file)

    async def _held_when_free(self, file: OutgoingFile) -> int:
        held = await self._held_after_conflict(file)
        if held is None:
            raise UnreachableError(_("The server has forgotten the file; it is sent anew."))
        return held

    async def _held_after_conflict(self, file: OutgoingFile) -> int | None:
        """Ask until the server has noticed that the old connection ended."""
        for attempt in range(8):
            try:
                return await self._held_bytes(file)
            except UnreachableError as error:
                if error.status != CONFLICT:
                    raise
                await asyncio.sleep(BACKOFF.delay_ms(attempt, 0.5 + random.random() / 2) / 1000)  # noqa: S311  # jitter
        raise UnreachableError(_("The server still waits for the connection that broke."))

    async def _refusal(self, status: int, body: bytes) -> ClientError:
        if status == CONFLICT:
            return UnreachableError(_("The server still waits for the connection that broke."), status=status)
        return refusal(self._rest.endpoint.host, status, body)

    async def _chunks(
        self,
        file: OutgoingFile,
        offset: int,
        transfer: Transfer,
        is_wanted: Callable[[], bool],
        faults: list[RefusedError],
    ) -> AsyncIterator[bytes]:
        """Read the file from the disk, a piece at a time; it must be the one that was chosen.

        aiohttp makes a broken connection of whatever is raised here, so what the user must know is put into `faults`.
        """
        try:
            status = await asyncio.to_thread(os.stat, file.path)
            if (status.st_size, status.st_mtime_ns) != (file.size_bytes, file.modified_ns):
                faults.append(
                    RefusedError(
                        _("{path} was changed since it was chosen: discard the message and attach it anew.").format(
                            path=file.path
                        )
                    )
                )
                raise faults[0]
            with await asyncio.to_thread(open, file.path, "rb") as source:
                source.seek(offset)
                while chunk := await asyncio.to_thread(source.read, CHUNK_BYTES):
                    if transfer.state is TransferState.PAUSED or not is_wanted():
                        raise _Paused
                    yield chunk
                    offset += len(chunk)
                    self._transfers.advance(transfer, offset)
        except OSError as error:
            faults.append(
                RefusedError(_("{path} cannot be read: {reason}.").format(path=file.path, reason=error.strerror))
            )
            raise faults[0] from error


class _Paused(Exception):
    """The user paused or discarded what is being sent: its connection is let go."""
