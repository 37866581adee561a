"""Files both ways over a real server, while connections break."""

import asyncio
import base64
import contextlib
import hashlib
import os
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.client.faulty_proxy import Direction, FaultyProxy, faulty_proxy
from tests.client.waiting import until
from tests.server.running import RunningServer, running_server
from tests.system.large_file import memory_kib, reset_peak
from tuichat.client import routes
from tuichat.client.client import Client
from tuichat.client.endpoint import parse_url
from tuichat.client.errors import NotPermittedHereError, RefusedError
from tuichat.client.locator import UrlLocator
from tuichat.client.outbox import Outbox
from tuichat.client.rest import Rest
from tuichat.client.routes import Request, make_request
from tuichat.client.state import Connection, Delivery, Entry
from tuichat.client.transfer import TransferState, transfer_key
from tuichat.client.uploads import choose
from tuichat.config.accounts import AccountRecord, UrlAddress
from tuichat.config.secret import Token
from tuichat.protocol.rest.account import EditUserRequest
from tuichat.tui.images.source import of_avatar

CONTENT = os.urandom(1_500_000)


@contextlib.asynccontextmanager
async def signed_in(server: RunningServer, url: str, folder: Path) -> AsyncIterator[tuple[Client, int]]:
    ada = await server.register("ada")
    _, channel_id = await server.befriend(ada)
    record = AccountRecord(server.server.context.store.server_id, ada.user_id, "ada", "Ada", UrlAddress(url, None))
    token = Token(ada.token)

    async def no_other_token() -> bool:
        return False

    client = Client(
        record,
        token=token,
        rest=Rest(parse_url(url), token),
        locator=UrlLocator(parse_url(url), record.server_id),
        outbox=Outbox(folder / "state", "key"),
        renew_token=no_other_token,
        files_dir=folder / "cache",
    )

    run = asyncio.create_task(client.run())
    try:
        await until(lambda: client.state.connection is Connection.READY)
        await client.open_channel(int(channel_id))
        yield client, int(channel_id)
    finally:
        await client.close()
        await run


@pytest.fixture
async def server() -> AsyncIterator[RunningServer]:
    async with running_server() as made:
        yield made


@pytest.fixture
async def proxy(server: RunningServer) -> AsyncIterator[FaultyProxy]:
    async with faulty_proxy(("127.0.0.1", server.port)) as made:
        yield made


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "measures.bin"
    path.write_bytes(CONTENT)
    return path


def entry(client: Client, channel_id: int) -> Entry:
    return list(client.state.timeline(channel_id))[-1]


async def sent(client: Client, channel_id: int) -> Entry:
    await until(lambda: entry(client, channel_id).delivery is Delivery.CONFIRMED)
    return entry(client, channel_id)


async def test_an_upload_that_breaks_in_the_middle_goes_on_where_it_was(
    server: RunningServer, proxy: FaultyProxy, file: Path, tmp_path: Path
) -> None:
    async with signed_in(server, proxy.url, tmp_path) as (client, channel_id):
        # The first PUT of bytes (Content-Range: bytes 0-...) breaks after 700 kB.
        proxy.cut_after(Direction.TO_SERVER, b"PUT /uploads/", 50_000)
        key = client.send_message(channel_id, "", files=[choose(file)])
        assert entry(client, channel_id).message.attachments[0].filename == "measures.bin"
        arrived = (await sent(client, channel_id)).message.attachments[0]
        assert proxy.cuts == 1
        assert arrived.size == len(CONTENT)
        # The message may come through the gateway before the answer.
        await until(lambda: client.transfers.get(transfer_key(channel_id, key, 0)) is None)
        path = await client.downloads.fetch(arrived.url, arrived.size)
        assert path.read_bytes() == CONTENT


async def test_a_download_that_breaks_asks_for_the_rest_and_overwrites_nothing(
    server: RunningServer, proxy: FaultyProxy, file: Path, tmp_path: Path
) -> None:
    async with signed_in(server, proxy.url, tmp_path) as (client, channel_id):
        client.send_message(channel_id, "here", files=[choose(file)])
        arrived = (await sent(client, channel_id)).message.attachments[0]
        folder = tmp_path / "saved"
        folder.mkdir()
        (folder / "measures.bin").write_text("mine")
        proxy.cut_after(Direction.TO_CLIENT, b"ccept-ranges", 30_000)
        path = await client.downloads.save(
            transfer_key(channel_id, "a", 0), arrived.url, arrived.filename, arrived.size, folder
        )
        assert proxy.cuts == 1
        assert path.name == "measures (1).bin"
        assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(CONTENT).digest()
        assert (folder / "measures.bin").read_text() == "mine"
        assert sorted(each.name for each in folder.iterdir()) == ["measures (1).bin", "measures.bin"]
        transfer = client.transfers.get(transfer_key(channel_id, "a", 0))
        assert transfer is not None
        assert transfer.state is TransferState.DONE


async def test_a_file_that_changed_since_it_was_chosen_is_refused_and_can_be_discarded(
    server: RunningServer, file: Path, tmp_path: Path
) -> None:
    async with signed_in(server, server.base_url, tmp_path) as (client, channel_id):
        chosen = choose(file)
        file.write_bytes(b"another")
        key = client.send_message(channel_id, "", files=[chosen])
        await until(lambda: entry(client, channel_id).delivery is Delivery.FAILED)
        assert "was changed since it was chosen" in entry(client, channel_id).error
        client.discard_message(channel_id, key)
        assert not list(client.state.timeline(channel_id).unsent)


async def test_a_paused_upload_waits_and_what_is_said_meanwhile_does_not(
    server: RunningServer, file: Path, tmp_path: Path
) -> None:
    async with signed_in(server, server.base_url, tmp_path) as (client, channel_id):
        key = client.send_message(channel_id, "the file", files=[choose(file)])
        await until(lambda: client.transfers.get(transfer_key(channel_id, key, 0)) is not None)
        client.transfers.toggle_pause(transfer_key(channel_id, key, 0))
        client.send_message(channel_id, "meanwhile")
        timeline = client.state.timeline(channel_id)
        await until(lambda: any(item.message.content == "meanwhile" for item in timeline.confirmed))
        assert [item.message.content for item in timeline.unsent] == ["the file"]
        client.transfers.toggle_pause(transfer_key(channel_id, key, 0))
        await until(lambda: not timeline.unsent)
        assert timeline.confirmed[-1].message.attachments[0].size == len(CONTENT)


async def test_the_limit_is_named_before_anything_is_sent(file: Path, tmp_path: Path) -> None:
    async with (
        running_server(max_upload_bytes=1_048_576) as server,
        signed_in(server, server.base_url, tmp_path) as (client, channel_id),
    ):
        with pytest.raises(RefusedError, match=r"up to 1 MiB, measures\.bin has 1\.4 MiB"):
            client.send_message(channel_id, "", files=[choose(file)])


async def test_a_stranger_s_address_is_never_asked(server: RunningServer, tmp_path: Path) -> None:
    async with signed_in(server, server.base_url, tmp_path) as (client, _):
        with pytest.raises(NotPermittedHereError, match="outside of your server"):
            await client.downloads.fetch("https://tracker.example.org/pixel.png")


@pytest.mark.slow
async def test_an_upload_goes_on_with_the_server_that_was_started_again(file: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with contextlib.AsyncExitStack() as client_stack:
        async with running_server(data) as server:
            proxy = await client_stack.enter_async_context(faulty_proxy(("127.0.0.1", server.port)))
            client, channel_id = await client_stack.enter_async_context(signed_in(server, proxy.url, tmp_path))
            proxy.cut_after(Direction.TO_SERVER, b"PUT /uploads/", 50_000)
            key = client.send_message(channel_id, "", files=[choose(file)])
            await until(lambda: proxy.cuts == 1)
            proxy.refuses = True
            proxy.cut_all()
        assert entry(client, channel_id).delivery is Delivery.PENDING
        async with running_server(data) as server:
            proxy._target = ("127.0.0.1", server.port)
            proxy.refuses = False
            arrived = (await sent(client, channel_id)).message.attachments[0]
            assert arrived.size == len(CONTENT)
            assert entry(client, channel_id).key == key
            path = await client.downloads.fetch(arrived.url, arrived.size)
            assert path.read_bytes() == CONTENT


async def test_a_picture_is_asked_for_smaller_than_it_is(server: RunningServer, tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    Image.new("RGB", (3000, 1500), (10, 200, 30)).save(path)
    async with signed_in(server, server.base_url, tmp_path) as (client, channel_id):
        client.send_message(channel_id, "", files=[choose(path)])
        arrived = (await sent(client, channel_id)).message.attachments[0]
        assert (arrived.width, arrived.height) == (3000, 1500)
        small = await client.downloads.fetch(f"{arrived.proxy_url}&width=960&height=960")
        with Image.open(small) as image:
            assert image.size == (960, 480)


async def test_files_go_with_their_message_where_the_server_gives_no_places(
    server: RunningServer, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def elsewhere(channel_id: int, filename: str, size_bytes: int) -> Request:
        asked.append(filename)
        return make_request("POST", "/channels/{}/no-such-route", channel_id, patience_s=0)

    monkeypatch.setattr(routes, "create_upload", elsewhere)
    small = tmp_path / 'qu"ote.txt'
    small.write_bytes(b"small")
    async with signed_in(server, server.base_url, tmp_path) as (client, channel_id):
        key = client.send_message(channel_id, "both", files=[choose(file), choose(small)])
        arrived = await sent(client, channel_id)
        assert arrived.message.content == "both"
        assert [each.size for each in arrived.message.attachments] == [len(CONTENT), 5]
        # The message may come through the gateway before the answer.
        await until(lambda: client.transfers.get(transfer_key(channel_id, key, 0)) is None)
        path = await client.downloads.fetch(arrived.message.attachments[0].url, len(CONTENT))
        assert path.read_bytes() == CONTENT
        client.send_message(channel_id, "again", files=[choose(small)])
        assert (await sent(client, channel_id)).message.content == "again"
        assert asked == ["measures.bin"]  # it is not asked again
        changed = choose(small)
        small.write_bytes(b"another text")
        client.send_message(channel_id, "", files=[changed])
        await until(lambda: entry(client, channel_id).delivery is Delivery.FAILED)
        assert "was changed since it was chosen" in entry(client, channel_id).error


@pytest.mark.parametrize("is_paused", [False, True])
async def test_a_download_that_is_cancelled_leaves_nothing(
    server: RunningServer, proxy: FaultyProxy, file: Path, tmp_path: Path, is_paused: bool
) -> None:
    async with signed_in(server, proxy.url, tmp_path) as (client, channel_id):
        client.send_message(channel_id, "", files=[choose(file)])
        arrived = (await sent(client, channel_id)).message.attachments[0]
        folder, key = tmp_path / "saved", transfer_key(channel_id, "x", 0)
        assert not client.downloads.cancel(key)
        if not is_paused:
            proxy.refuses = True
        saving = asyncio.create_task(client.downloads.save(key, arrived.url, arrived.filename, arrived.size, folder))
        await until(lambda: client.transfers.get(key) is not None)
        if is_paused:
            client.transfers.toggle_pause(key)
        assert client.downloads.cancel(key)
        with pytest.raises(RefusedError, match="you cancelled it"):
            await saving
        proxy.refuses = False
        assert list(folder.iterdir()) == []
        assert client.transfers.get(key) is None
        path = await client.downloads.save(key, arrived.url, arrived.filename, arrived.size, folder)
        assert path.read_bytes() == CONTENT


async def test_the_picture_of_a_person_is_loaded(server: RunningServer, tmp_path: Path) -> None:
    content = BytesIO()
    Image.new("RGB", (300, 300), (10, 200, 30)).save(content, "PNG")
    data = f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"
    async with signed_in(server, server.base_url, tmp_path) as (client, _channel_id):
        await client.own.edit(EditUserRequest(avatar=data))
        await until(lambda: client.state.me is not None and client.state.me.avatar is not None)
        assert client.state.me is not None
        source = of_avatar(client.state.me)
        assert source is not None
        with Image.open(await client.downloads.fetch(source.url)) as image:
            assert image.size == (128, 128)


@pytest.mark.slow
async def test_a_large_file_is_never_whole_in_memory(tmp_path: Path) -> None:
    size_bytes = 200 * 1024 * 1024
    large = tmp_path / "large.bin"
    with large.open("wb") as file:
        file.truncate(size_bytes)
    async with (
        running_server(max_upload_bytes=size_bytes) as server,
        signed_in(server, server.base_url, tmp_path) as (client, channel_id),
    ):
        reset_peak(os.getpid())
        before_kib = memory_kib(os.getpid(), "VmHWM")
        client.send_message(channel_id, "", files=[choose(large)])
        arrived = (await sent(client, channel_id)).message.attachments[0]
        key = transfer_key(channel_id, "large", 0)
        path = await client.downloads.save(key, arrived.url, arrived.filename, arrived.size, tmp_path / "saved")
        assert path.stat().st_size == size_bytes
        assert memory_kib(os.getpid(), "VmHWM") - before_kib < 48 * 1024  # client and server together
