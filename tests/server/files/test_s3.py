"""Files in a bucket: kept, read in parts, listed and removed, through failures and cut connections."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from tests.server.files.fake_s3 import BUCKET, KEY_ID, REGION, SECRET, FakeS3
from tests.server.files.pictures_drawn import opened, picture
from tests.server.running import running_server
from tuichat.config.private_files import PrivateFileError
from tuichat.server.actions import stored_files
from tuichat.server.files import s3_client, s3_depot
from tuichat.server.files.errors import FileMissing, FileStoreError
from tuichat.server.files.file_store import DRAFTS, FileStore
from tuichat.server.files.s3_client import ATTEMPTS, Bucket, S3Client
from tuichat.server.files.s3_credentials import read_credentials
from tuichat.server.files.s3_depot import PART_BYTES, S3Depot
from tuichat.server.files.signature_v4 import Credentials
from tuichat.server.options import S3Options


@pytest.fixture
async def s3() -> AsyncIterator[FakeS3]:
    async with FakeS3().running() as running:
        yield running


class Waits:
    """Instead of sleeping, how long was to be slept."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def waits() -> Waits:
    return Waits()


def open_files(s3: FakeS3, tmp_path: Path, waits: Waits, secret: str = SECRET, name: str = BUCKET) -> FileStore:
    bucket = Bucket(endpoint=s3.endpoint, name=name, region=REGION, credentials=Credentials(KEY_ID, secret))
    depot = S3Depot(S3Client(bucket, sleep=waits), tmp_path / "files" / DRAFTS)
    return FileStore.open(tmp_path / "files", depot=depot)


@pytest.fixture
async def files(s3: FakeS3, tmp_path: Path, waits: Waits) -> AsyncIterator[FileStore]:
    opened = open_files(s3, tmp_path, waits)
    yield opened
    await opened.close()


async def content_of(files: FileStore, name: str, start: int, stop: int) -> bytes:
    return b"".join([chunk async for chunk in files.read(name, start, stop)])


def key(name: str) -> str:
    return f"files/{name[:2]}/{name}"


async def test_a_file_goes_to_the_bucket_and_comes_back(files: FileStore, s3: FakeS3, tmp_path: Path) -> None:
    content = bytes(range(256)) * 2000
    blob = await files.keep_bytes(content)
    assert s3.objects == {key(blob.name): content}
    assert [path for path in (tmp_path / "files").rglob("*") if path.is_file()] == []
    assert await content_of(files, blob.name, 0, len(content)) == content
    assert await content_of(files, blob.name, 300_000, 300_010) == content[300_000:300_010]
    async with files.local_copy(blob.name) as copy:
        assert copy.read_bytes() == content
        assert copy.stat().st_mode & 0o077 == 0
    assert not copy.exists()
    empty = await files.keep_bytes(b"")
    assert await content_of(files, empty.name, 0, 0) == b""
    sent = len(s3.requests)
    await files.keep_bytes(content)
    assert s3.requests[sent:] == [f"HEAD {blob.name[:12]}"]  # it is there already


async def test_a_large_file_goes_in_parts(files: FileStore, s3: FakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"".join(number.to_bytes(4, "big") * 1024 for number in range(2 * PART_BYTES // 4096 + 100))
    blob = await files.keep_bytes(content)
    assert s3.objects == {key(blob.name): content}
    assert s3.uploads == {}
    assert s3.largest_request == PART_BYTES
    assert hashlib.sha256(content).hexdigest() == blob.name


async def test_failures_are_tried_again(files: FileStore, s3: FakeS3, waits: Waits) -> None:
    s3.failures = [503, "cut", 500]
    blob = await files.keep_bytes(b"content")
    assert s3.objects[key(blob.name)] == b"content"
    assert waits.seconds in ([0.2, 0.4], [0.2, 0.4, 0.8])  # aiohttp itself tries a reused connection again
    s3.failures = [500, "cut", 503]
    assert await content_of(files, blob.name, 0, 7) == b"content"
    s3.failures = [500]
    assert await files.names(blob.name[:2]) == {blob.name}


async def test_a_cut_download_goes_on_where_it_was(files: FileStore, s3: FakeS3) -> None:
    content = bytes(range(256)) * 8000
    blob = await files.keep_bytes(content)
    s3.requests.clear()
    s3.failures = ["cut", "cut", "cut", "cut", "cut"]
    assert await content_of(files, blob.name, 0, len(content)) == content
    assert len(s3.requests) == 6


async def test_an_upload_in_parts_survives_failures_and_leaves_nothing(
    files: FileStore, s3: FakeS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_depot, "PART_BYTES", 5 * 1024 * 1024)
    monkeypatch.setattr(s3_depot, "WHOLE_BYTES", 5 * 1024 * 1024)
    content = b"x" * (11 * 1024 * 1024)
    s3.failures = [503, "", 500, "", 503, "cut", "", "late"]
    blob = await files.keep_bytes(content)
    assert s3.objects[key(blob.name)] == content
    assert s3.uploads == {}


async def test_a_completion_whose_answer_was_lost_counts(
    files: FileStore, s3: FakeS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_depot, "WHOLE_BYTES", 10)
    s3.failures = ["", "", "", "late"]  # HEAD, POST, PUT, POST
    blob = await files.keep_bytes(b"larger than ten bytes")
    assert s3.objects[key(blob.name)] == b"larger than ten bytes"
    assert s3.requests[-1].startswith("HEAD")


async def test_what_fails_for_good_is_told_and_leaves_nothing(
    s3: FakeS3, tmp_path: Path, waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = open_files(s3, tmp_path, waits)
    s3.failures = [500] * ATTEMPTS
    with pytest.raises(FileStoreError, match=f"{ATTEMPTS} times: status 500"):
        await files.keep_bytes(b"content")
    monkeypatch.setattr(s3_depot, "WHOLE_BYTES", 3)
    s3.failures = ["", "", *[500] * ATTEMPTS]
    with pytest.raises(FileStoreError):
        await files.keep_bytes(b"content")
    assert (s3.objects, s3.uploads) == ({}, {})
    assert list((tmp_path / "files" / DRAFTS).iterdir()) == []
    with pytest.raises(FileMissing):
        await content_of(files, "0" * 64, 0, 5)
    with pytest.raises(FileMissing):
        async with files.local_copy("0" * 64):
            pass
    await files.close()


async def test_a_wrong_key_or_bucket_is_refused_in_words(s3: FakeS3, tmp_path: Path, waits: Waits) -> None:
    for secret, name, reason in (("wrong", BUCKET, "403"), (SECRET, "other-bucket", "NoSuchBucket")):
        files = open_files(s3, tmp_path, waits, secret, name)
        with pytest.raises(FileStoreError, match=reason):
            await files.keep_bytes(b"content")
        await files.close()
    assert waits.seconds == []
    assert s3.objects == {}


async def test_lists_come_in_pages_and_files_go(files: FileStore, s3: FakeS3, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {f"ab{number:062x}" for number in range(7)}
    s3.objects = {key(name): b"x" for name in names} | {"files/ab/notes.txt": b"", f"files/ac/ac{0:062x}": b"x"}
    assert await files.names("ab") == names
    assert await files.names("ff") == set()
    assert await files.remove(sorted(names)[:3]) == 3
    assert await files.remove(sorted(names)[:1]) == 1  # gone already is no fault
    assert await files.names("ab") == set(sorted(names)[3:])


def test_a_key_comes_from_a_private_file_or_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("ID\nSECRET-SECRET\n")
    path.chmod(0o644)
    with pytest.raises(PrivateFileError, match="chmod 600"):
        read_credentials(path, {})
    path.chmod(0o600)
    assert read_credentials(path, {}) == Credentials("ID", "SECRET-SECRET")
    path.write_text("ID\n")
    with pytest.raises(FileStoreError, match="two lines"):
        read_credentials(path, {})
    path.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(FileStoreError, match="cannot be read"):
        read_credentials(path, {})
    assert read_credentials(None, {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "bbbbbbbb"}).key_id == "a"
    with pytest.raises(FileStoreError, match="TUICHAT_S3_KEY_ID"):
        read_credentials(None, {"TUICHAT_S3_KEY_ID": "a"})


async def test_a_server_keeps_the_files_of_messages_in_its_bucket(
    s3: FakeS3, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(s3_client, "FIRST_WAIT_S", 0.001)
    path = tmp_path / "key"
    path.write_text(f"{KEY_ID}\n{SECRET}\n")
    path.chmod(0o600)
    options = S3Options(endpoint=s3.endpoint, bucket=BUCKET, region=REGION, credentials=path)
    async with running_server(s3=options) as site:
        ada = await site.register("ada")
        _, channel = await site.befriend(ada)
        form = aiohttp.FormData(quote_fields=False)
        form.add_field("files[0]", picture("PNG", (300, 150)), filename="a.png")
        headers = {"Authorization": ada.authorization}
        async with site.http.post(f"{ada.api_url}/channels/{channel}/messages", data=form, headers=headers) as response:
            message = await response.json()
        assert list(s3.objects.values()) == [picture("PNG", (300, 150))]
        url = message["attachments"][0]["url"]
        async with site.http.get(url, headers={"Range": "bytes=1-3"}) as response:
            assert (response.status, await response.read()) == (206, b"PNG")
        async with site.http.get(f"{url}&width=30") as response:
            assert opened(await response.read()).size == (30, 15)
        s3.failures = [500] * 1000  # the sweep of a start takes some
        async with site.http.post(f"{ada.api_url}/channels/{channel}/messages", data=form, headers=headers) as response:
            assert response.status == 503
        s3.failures = []
        await ada.do("DELETE", f"/channels/{channel}/messages/{message['id']}")
        site.server.context.files._pins.clear()
        await stored_files.collect(site.server.context)
        assert s3.objects == {}
