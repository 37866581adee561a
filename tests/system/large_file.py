"""A large file to send that is never whole in memory, and what a server's memory does meanwhile."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec

from tests.system.rest_account import RestAccount

CHUNK = bytes(range(256)) * 1024  # 256 KiB


async def chunks(size_bytes: int) -> AsyncIterator[bytes]:
    """The content: the same 256 KiB again and again, each with its number in front."""
    for start in range(0, size_bytes, len(CHUNK)):
        yield (start.to_bytes(8, "big") + CHUNK[8:])[: size_bytes - start]


async def digest(size_bytes: int) -> str:
    sha256 = hashlib.sha256()
    async for chunk in chunks(size_bytes):
        sha256.update(chunk)
    return sha256.hexdigest()


class SentAttachment(msgspec.Struct, frozen=True):
    url: str
    size: int


class SentMessage(msgspec.Struct, frozen=True):
    attachments: list[SentAttachment]


class UploadTarget(msgspec.Struct, frozen=True):
    upload_url: str
    upload_filename: str


class UploadTargets(msgspec.Struct, frozen=True):
    attachments: list[UploadTarget]


async def send_form(account: RestAccount, channel_id: str, size_bytes: int) -> SentAttachment:
    """Send the file with a message, as bots do."""
    with aiohttp.MultipartWriter("form-data") as form:
        part = form.append(chunks(size_bytes))
        part.set_content_disposition("form-data", quote_fields=False, name="files[0]", filename="large.bin")
    headers = {"Authorization": account.authorization}
    url = f"{account.api_url}/channels/{channel_id}/messages"
    async with account.http.post(url, data=form, headers=headers, timeout=aiohttp.ClientTimeout(600)) as response:
        body = await response.read()
        assert response.status == 200, body
    return msgspec.json.decode(body, type=SentMessage).attachments[0]


async def send_before(account: RestAccount, channel_id: str, size_bytes: int) -> SentAttachment:
    """Send the file, then the message, as user clients do."""
    wanted = {"files": [{"filename": "large.bin", "file_size": size_bytes}]}
    (target,) = (await account.call("POST", f"/channels/{channel_id}/attachments", UploadTargets, wanted)).attachments
    async with account.http.put(
        target.upload_url, data=chunks(size_bytes), timeout=aiohttp.ClientTimeout(600)
    ) as response:
        assert response.status == 200, await response.read()
    said = {"attachments": [{"id": 0, "uploaded_filename": target.upload_filename}]}
    sent = await account.call("POST", f"/channels/{channel_id}/messages", SentMessage, said)
    return sent.attachments[0]


async def receive(account: RestAccount, url: str) -> str:
    """Read the file and return the digest of what came."""
    sha256 = hashlib.sha256()
    async with account.http.get(url, timeout=aiohttp.ClientTimeout(600)) as response:
        assert response.status == 200
        async for chunk in response.content.iter_any():
            sha256.update(chunk)
    return sha256.hexdigest()


def reset_peak(pid: int) -> None:
    """Have the system count a process's peak of memory anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def memory_kib(pid: int, field: str) -> int:
    """Read VmRSS (now) or VmHWM (the peak), both of what is in memory."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise LookupError(field)
