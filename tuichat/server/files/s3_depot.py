"""Stored files in a bucket of an S3-compatible storage, sent and read in pieces."""

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from tuichat.server.files.depot import NAME, PREFIX_CHARACTERS, READ_BYTES, Blob
from tuichat.server.files.errors import FileMissing, FileStoreError
from tuichat.server.files.s3_client import S3Client

FOLDER = "files"  # as the keys begin; `aws s3 sync DATA/files/objects s3://BUCKET/files` moves a folder there
PART_BYTES = 16 * 1024 * 1024  # S3 takes 5 MiB to 5 GiB, and 10,000 of them
WHOLE_BYTES = PART_BYTES  # up to here a file is sent in one request
PAGE = 1000  # names in one list, which is all that S3 gives


class S3Depot:
    """A bucket, one key for each file. A file's name is the SHA-256 that its request is signed with."""

    def __init__(self, client: S3Client, copies: Path) -> None:
        """`copies`: the folder for files that are needed on this machine for a moment."""
        self._client = client
        self._copies = copies

    async def keep(self, draft: Path, blob: Blob) -> None:
        key = _key(blob.name)
        there = await self._client.ask("HEAD", key, may_be_missing=True)
        if there.status == 404 or _size_of(there.headers) != blob.size_bytes:
            if blob.size_bytes <= WHOLE_BYTES:
                await self._client.ask(
                    "PUT",
                    key,
                    make_body=lambda: _read_file(draft, 0, blob.size_bytes),
                    size_bytes=blob.size_bytes,
                    payload_sha256=blob.name,
                )
            else:
                await self._send_in_parts(draft, key, blob.size_bytes)
        await asyncio.to_thread(draft.unlink, missing_ok=True)

    async def read(self, name: str, start: int, stop: int) -> AsyncIterator[bytes]:
        async for chunk in self._client.read(_key(name), start, stop, READ_BYTES):
            yield chunk

    @contextlib.asynccontextmanager
    async def local_copy(self, name: str) -> AsyncIterator[Path]:
        there = await self._client.ask("HEAD", _key(name), may_be_missing=True)
        if there.status == 404:
            raise FileMissing(f"The file {name} is not in the storage.")
        path = self._copies / f"unnamed-{secrets.token_hex(16)}"
        try:
            with path.open("xb") as copy:
                path.chmod(0o600)
                async for chunk in self.read(name, 0, _size_of(there.headers)):
                    await asyncio.to_thread(copy.write, chunk)
            yield path
        finally:
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def remove(self, name: str) -> None:
        await self._client.ask("DELETE", _key(name), may_be_missing=True)

    async def names(self, prefix: str) -> set[str]:
        found: set[str] = set()
        query = {"list-type": "2", "prefix": f"{FOLDER}/{prefix}/", "max-keys": str(PAGE)}
        while True:
            page = await self._client.ask("GET", query=query)
            names = {key.rpartition("/")[2] for key in page.texts("Key")}
            found |= {name for name in names if NAME.fullmatch(name)}
            further = page.texts("NextContinuationToken")
            if page.texts("IsTruncated") != ["true"] or not further:
                return found
            query["continuation-token"] = further[0]

    async def close(self) -> None:
        await self._client.close()

    async def _send_in_parts(self, draft: Path, key: str, size_bytes: int) -> None:
        begun = (await self._client.ask("POST", key, query={"uploads": ""})).texts("UploadId")
        if not begun:
            raise FileStoreError("The storage did not begin an upload in parts.")
        upload = {"uploadId": begun[0]}
        try:
            tags = [
                await self._send_part(draft, key, upload, number, start, min(start + PART_BYTES, size_bytes))
                for number, start in enumerate(range(0, size_bytes, PART_BYTES), 1)
            ]
            body = "".join(
                f"<Part><PartNumber>{number}</PartNumber><ETag>{tag}</ETag></Part>"
                for number, tag in enumerate(tags, 1)
            )
            whole = f"<CompleteMultipartUpload>{body}</CompleteMultipartUpload>".encode()
            done = await self._client.ask(
                "POST",
                key,
                query=upload,
                body=whole,
                payload_sha256=hashlib.sha256(whole).hexdigest(),
                may_be_missing=True,
            )
            if done.status == 404:  # an attempt before was answered to nobody
                there = await self._client.ask("HEAD", key)
                if _size_of(there.headers) != size_bytes:
                    raise FileStoreError("The storage lost an upload in parts.")
        except BaseException:
            with contextlib.suppress(FileStoreError):
                await asyncio.shield(self._client.ask("DELETE", key, query=upload, may_be_missing=True))
            raise

    async def _send_part(
        self, draft: Path, key: str, upload: dict[str, str], number: int, start: int, stop: int
    ) -> str:
        digest = await asyncio.to_thread(_digest, draft, start, stop)
        sent = await self._client.ask(
            "PUT",
            key,
            query={"partNumber": str(number), **upload},
            make_body=lambda: _read_file(draft, start, stop),
            size_bytes=stop - start,
            payload_sha256=digest,
        )
        tag = {name.lower(): value for name, value in sent.headers.items()}.get("etag", "")
        if not tag:
            raise FileStoreError("The storage gave a part of an upload no tag.")
        return tag.replace("&", "&amp;").replace("<", "&lt;")


def _key(name: str) -> str:
    assert NAME.fullmatch(name)
    return f"{FOLDER}/{name[:PREFIX_CHARACTERS]}/{name}"


def _size_of(headers: object) -> int:
    assert isinstance(headers, dict)
    lower = {str(name).lower(): str(value) for name, value in headers.items()}
    return int(lower.get("content-length", "0"))


async def _read_file(path: Path, start: int, stop: int) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while start < stop:
            chunk = await asyncio.to_thread(file.read, min(READ_BYTES, stop - start))
            if not chunk:
                raise FileStoreError(f"The file {path.name} ends at byte {start}, before {stop}.")
            start += len(chunk)
            yield chunk


def _digest(path: Path, start: int, stop: int) -> str:
    sha256 = hashlib.sha256()
    with path.open("rb") as file:
        file.seek(start)
        while start < stop and (chunk := file.read(min(READ_BYTES, stop - start))):
            sha256.update(chunk)
            start += len(chunk)
    return sha256.hexdigest()
