"""Files from the server: into the cache to be shown, or into a folder of the user's, resumed where they broke off."""

import asyncio
import hashlib
import os
import random
from pathlib import Path

import msgspec

from tuichat.client import routes
from tuichat.client.errors import ClientError, RefusedError, UnreachableError
from tuichat.client.file_address import lasting_name, own_path
from tuichat.client.file_cache import FileCache
from tuichat.client.file_name import move_to_free_name
from tuichat.client.refusal import refusal
from tuichat.client.rest import Rest
from tuichat.client.transfer import Transfer, TransferState
from tuichat.client.transfers import Transfers
from tuichat.config.private_files import PrivateFileError
from tuichat.protocol.backoff import Backoff
from tuichat.translation import _

MAX_SHOWN_BYTES = 25 * 1024 * 1024  # of a picture that is loaded by itself
MAX_TRIES = 6  # without a byte between them
MAX_AT_ONCE = 3  # of the connections to a server; the others are for messages
BACKOFF = Backoff(first_ms=200, base_ms=500, cap_ms=5000)
PARTIAL, RANGE_OVER, GONE = 206, 416, (403, 404)


class RefreshedUrl(msgspec.Struct, frozen=True):
    original: str
    refreshed: str | None = None


class RefreshedUrls(msgspec.Struct, frozen=True):
    refreshed_urls: list[RefreshedUrl] = []


class Downloads:
    """Loads files of one account's server. Calls raise ClientError alone."""

    def __init__(self, rest: Rest, transfers: Transfers, cache: FileCache) -> None:
        self._rest = rest
        self._transfers = transfers
        self._cache = cache
        self._running: dict[str, asyncio.Task[Path]] = {}
        self._room = asyncio.Semaphore(MAX_AT_ONCE)
        self._saving: dict[str, asyncio.Task[object]] = {}
        self._cancelled: set[str] = set()

    async def fetch(self, url: str, size_bytes: int | None = None) -> Path:
        """Return a file of the cache, loaded unless it is there; `size_bytes` is what it must have, if that is known."""
        name = lasting_name(url)
        known = self._cache.find(name)
        if known is not None:
            return known
        if size_bytes is not None and size_bytes > MAX_SHOWN_BYTES:
            raise RefusedError(_("The picture is too large to be shown by itself: save or open it."))
        task = self._running.get(name)
        if task is None:
            task = self._running[name] = asyncio.create_task(self._fetch(url, name, size_bytes))
            task.add_done_callback(lambda _: self._running.pop(name, None))
        return await asyncio.shield(task)

    async def save(self, key: str, url: str, name: str, size_bytes: int, folder: Path) -> Path:
        """Load a file into a folder under a free name like `name`, and return where it is. `key` names its transfer."""
        mark = hashlib.sha256(lasting_name(url).encode()).hexdigest()[:16]
        part = folder / f".{mark}.tuichat-part"
        transfer = self._transfers.begin(key, size_bytes)
        task = asyncio.current_task()
        if task is not None:
            self._saving[key] = task
        try:
            folder.mkdir(parents=True, exist_ok=True)
            await self._receive(url, part, size_bytes, transfer, size_bytes)
            path = await asyncio.to_thread(move_to_free_name, part, folder, name)
        except OSError as error:
            sentence = _("The file cannot be written to {folder}: {reason}.").format(
                folder=folder, reason=error.strerror
            )
            self._transfers.end(transfer, sentence)
            raise RefusedError(sentence) from error
        except ClientError as error:
            self._transfers.end(transfer, str(error))
            raise
        except asyncio.CancelledError:
            self._transfers.forget(key)
            if key not in self._cancelled or task is None:
                raise
            task.uncancel()
            await asyncio.to_thread(part.unlink, missing_ok=True)
            raise RefusedError(_("{name} was not saved: you cancelled it.").format(name=name)) from None
        finally:
            self._saving.pop(key, None)
            self._cancelled.discard(key)
        self._transfers.end(transfer)
        return path

    def cancel(self, key: str) -> bool:
        """Stop saving a file, and remove what of it is here; its `save` raises RefusedError. Say whether it was on its way."""
        task = self._saving.get(key)
        if task is None:
            return False
        self._cancelled.add(key)
        task.cancel()
        return True

    async def close(self) -> None:
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _fetch(self, url: str, name: str, size_bytes: int | None) -> Path:
        try:
            part = await asyncio.to_thread(self._cache.part, name)
            await self._receive(url, part, size_bytes, Transfer("", size_bytes or 0), MAX_SHOWN_BYTES)
            return await asyncio.to_thread(self._cache.keep, name)
        except (OSError, PrivateFileError) as error:
            raise RefusedError(_("The cache cannot be written: {error}").format(error=error)) from error

    async def _receive(self, url: str, part: Path, size_bytes: int | None, transfer: Transfer, max_bytes: int) -> None:
        """Have the whole file in `part`, however often the connection breaks meanwhile."""
        tries, was_refreshed = 0, False
        while True:
            await self._transfers.wait_while_paused(transfer)
            before = await asyncio.to_thread(_size_of, part)
            try:
                async with self._room:
                    await self._receive_once(own_path(url), part, before, transfer, max_bytes)
            except ClientError as error:
                if error.status in GONE and not was_refreshed:
                    url, was_refreshed = await self._refresh(url, error), True
                    continue
                if not error.is_transient:
                    raise
                tries = 0 if await asyncio.to_thread(_size_of, part) > before else tries + 1
                if tries >= MAX_TRIES:
                    raise
                await asyncio.sleep(BACKOFF.delay_ms(tries, 0.5 + random.random() / 2) / 1000)  # noqa: S311  # jitter
                continue
            if transfer.state is TransferState.PAUSED:
                continue
            size = await asyncio.to_thread(_size_of, part)
            if size_bytes is not None and size != size_bytes:
                await asyncio.to_thread(part.unlink)
                raise RefusedError(
                    _("The server sent {size} bytes of a file of {size_bytes}; it was not kept.").format(
                        size=size, size_bytes=size_bytes
                    )
                )
            return

    async def _receive_once(self, path: str, part: Path, offset: int, transfer: Transfer, max_bytes: int) -> None:
        headers = {"Range": f"bytes={offset}-"} if offset else {}
        async with self._rest.stream("GET", path, headers=headers) as response:
            if response.status == RANGE_OVER and offset:
                if response.headers.get("Content-Range") != f"bytes */{offset}":
                    await asyncio.to_thread(part.unlink)
                    raise UnreachableError(_("The part of the file that was here does not fit."))
                return  # all was here
            if not 200 <= response.status < 300:
                raise refusal(self._rest.endpoint.host, response.status, await response.content.read(65536))
            if response.status != PARTIAL:
                offset = 0
            elif not (response.headers.get("Content-Range") or "").startswith(f"bytes {offset}-"):
                raise RefusedError(
                    _("{host} sent another part of the file than it was asked for.").format(
                        host=self._rest.endpoint.host
                    )
                )
            descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "r+b") as file:
                file.seek(offset)
                file.truncate()
                async for chunk in response.content.iter_chunked(256 * 1024):
                    offset += len(chunk)
                    if offset > max_bytes:
                        await asyncio.to_thread(part.unlink)
                        raise RefusedError(
                            _("{host} sent more than the file has; it was not kept.").format(
                                host=self._rest.endpoint.host
                            )
                        )
                    await asyncio.to_thread(file.write, chunk)
                    self._transfers.advance(transfer, offset)
                    if transfer.state is TransferState.PAUSED:
                        return

    async def _refresh(self, url: str, error: ClientError) -> str:
        """Return the URL signed anew: it is good for a day only."""
        try:
            answer = await self._rest.get(routes.refresh_urls([url]), RefreshedUrls)
        except RefusedError:
            raise error from None
        fresh = answer.refreshed_urls[0].refreshed if answer.refreshed_urls else None
        if fresh is None:
            raise RefusedError(_("The file is not there any more: its message was deleted."))
        return fresh


def _size_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
