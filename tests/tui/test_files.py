"""Files on the screen: attached, listed over the composer, shown with how far they are, saved."""

import asyncio
import os
import time
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest
from PIL import Image
from textual import events

from tests.tui.hostile import HOSTILE
from tests.tui.samples import GENERAL, GRACE, FakeClient, message, sample_state, user
from tests.tui.screens import Shown, running
from tuichat.client.errors import RefusedError
from tuichat.client.state import Entry
from tuichat.client.transfer import TransferState, transfer_key
from tuichat.client.transfers import Transfers
from tuichat.client.uploads import OutgoingFile
from tuichat.config.schema import Settings, UiSettings
from tuichat.protocol.message import Attachment, Message
from tuichat.protocol.profile import Profile, ProfileUser
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.user_settings import Note
from tuichat.tui.messages.layout import EntryLook, MessageLayout
from tuichat.tui.screens.chat.files import _remove_old
from tuichat.tui.widgets.line import Line

pytestmark = pytest.mark.slow  # whole screens by their keys

URL = "https://chat.example.org/attachments/1/2/plan.png?ex=1"


class FakeDownloads:
    def __init__(self) -> None:
        self.saved: list[tuple[str, str, int]] = []
        self.fetched: list[str] = []
        self.picture: Path | None = None
        self.may_come = asyncio.Event()
        self.cancelled: list[str] = []

    def cancel(self, key: str) -> bool:
        self.cancelled.append(key)
        return len(self.cancelled) == 1

    async def fetch(self, url: str, size_bytes: int | None = None) -> Path:
        self.fetched.append(url)
        await self.may_come.wait()
        if self.picture is None:
            raise RefusedError("gone")
        return self.picture

    async def save(self, key: str, url: str, name: str, size_bytes: int, folder: Path) -> Path:
        self.saved.append((url, name, size_bytes))
        return folder / name


class FilesClient(FakeClient):
    def __init__(self, *messages: Message) -> None:
        super().__init__(sample_state(messages or None))
        self.downloads = FakeDownloads()
        self.transfers = Transfers(self.state.transfers, lambda key: None)
        self.limit = 0

    def check_file_sizes(self, files: Sequence[OutgoingFile]) -> None:
        if self.limit and any(file.size_bytes > self.limit for file in files):
            raise RefusedError("This server takes files of up to 1 MiB.")

    def send_message(
        self, channel_id: int, content: str, *, reply_to: int | None = None, files: Sequence[OutgoingFile] = ()
    ) -> str:
        if files:
            self.asked.append(("files", channel_id, content, [file.name for file in files]))
            return "n0"
        return super().send_message(channel_id, content, reply_to=reply_to)


def with_file(filename: str = "plan.png") -> Message:
    file = Attachment(id=Snowflake(2), filename=filename, size=3_400_000, url=URL, proxy_url=URL)
    return msgspec.structs.replace(message(GRACE, 1, "the plan"), attachments=[file])


async def paste(shown: Shown, text: str) -> None:
    shown.app.post_message(events.Paste(text))
    await shown.settle()


async def test_a_pasted_path_asks_and_is_attached_and_sent(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_bytes(bytes(2048))
    client = FilesClient()
    async with running(client) as shown:
        await paste(shown, str(path))
        assert "Attach this file?" in shown.text
        await shown.press("y")
        assert "run.log 2 KiB ✕" in shown.text
        await shown.press("enter")  # a file needs no words
        assert ("files", GENERAL, "", ["run.log"]) in client.asked
        assert "run.log" not in shown.text


async def test_a_pasted_path_can_be_text_and_a_file_can_be_taken_off(tmp_path: Path) -> None:
    path = tmp_path / "run.log"
    path.write_bytes(b"x")
    client = FilesClient()
    async with running(client, size=(60, 20)) as shown:
        await paste(shown, str(path))
        await shown.press("n")
        assert shown.chat.composer.text == str(path)
        shown.chat.composer.set_text("")
        await paste(shown, str(path))
        await shown.press("y")
        await shown.click("run.log")
        assert not shown.chat.attached
        assert "✕" not in shown.text


async def test_many_lines_ask_and_few_do_not() -> None:
    async with running(FilesClient()) as shown:
        await paste(shown, "one\ntwo")
        assert shown.chat.composer.text == "one\ntwo"
        await paste(shown, "line\n" * 40)
        assert "41 lines, 200 B" in shown.text
        await shown.press("y")
        assert [file.size_bytes for file in shown.chat.attached] == [200]


async def test_the_dialog_names_the_size_and_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "large.bin").write_bytes(bytes(5000))
    client = FilesClient()
    async with running(client) as shown:
        await shown.press("ctrl+o")
        field = shown.app.screen.query_one("#path")
        field.value = str(tmp_path / "large.bin")  # type: ignore[attr-defined]  # an Input
        await shown.until("large.bin, 4 KiB")
        field.value = str(tmp_path / "none")  # type: ignore[attr-defined]
        await shown.press("enter")
        assert "cannot be read" in shown.text
        client.limit = 1000
        field.value = str(tmp_path / "large.bin")  # type: ignore[attr-defined]
        await shown.press("enter")
        await shown.until("takes files of up to 1 MiB")
        assert not shown.chat.attached


async def test_a_file_is_saved_by_key_and_its_url_copied(tmp_path: Path) -> None:
    client = FilesClient(with_file())
    async with running(client) as shown:
        shown.chat.downloads_folder = tmp_path
        shown.chat.messages.focus()
        assert "▤ plan.png" in shown.text
        assert "3.2 MiB" in shown.text
        await shown.press("up", "s")
        assert client.downloads.saved == [(URL, "plan.png", 3_400_000)]
        await shown.until("Saved as")
        await shown.press("y")
        assert shown.app.clipboard == URL


async def test_a_file_on_its_way_shows_a_bar_and_can_be_paused_by_click() -> None:
    told = with_file()
    client = FilesClient(told)
    key = transfer_key(GENERAL, str(int(told.id)), 0)
    transfer = client.transfers.begin(key, 3_400_000)
    transfer.done_bytes = 1_700_000
    async with running(client) as shown:
        assert "█████░░░░░ 50 %" in shown.text
        assert "1.6 MiB of 3.2 MiB" in shown.text
        await shown.click(" pause ")
        assert transfer.state is TransferState.PAUSED


@pytest.mark.slow
@pytest.mark.parametrize("by_key", [True, False])
async def test_a_running_download_is_cancelled_by_key_and_by_click(by_key: bool) -> None:
    told = with_file()
    client = FilesClient(told)
    key = transfer_key(GENERAL, str(int(told.id)), 0)
    client.transfers.begin(key, 3_400_000)
    async with running(client) as shown:
        if by_key:
            shown.chat.messages.show_message(told.id)
            shown.chat.messages.focus()
            await shown.press("C")
        else:
            await shown.click(" ✕ ")
        assert client.downloads.cancelled == [key]
        shown.chat.messages.show_message(told.id)
        shown.chat.messages.focus()
        await shown.press("C")
        await shown.until("Nothing of it is being saved.")


async def test_what_is_on_its_way_to_the_server_has_no_cancel() -> None:
    template = with_file()
    files = [msgspec.structs.replace(template.attachments[0], url="", proxy_url="")]
    told = msgspec.structs.replace(template, attachments=files)
    client = FilesClient(told)
    client.transfers.begin(transfer_key(GENERAL, str(int(told.id)), 0), 3_400_000)
    async with running(client) as shown:
        assert " pause " in shown.text
        assert " ✕ " not in shown.text


async def test_a_spoilered_file_has_no_name_until_it_is_revealed() -> None:
    async with running(FilesClient(with_file("SPOILER_end.png"))) as shown:
        assert "end.png" not in shown.text
        assert "a hidden file" in shown.text
        await shown.click("a hidden file")
        assert "SPOILER_end.png" in shown.text


def with_picture() -> Message:
    told = with_file()
    picture = msgspec.structs.replace(told.attachments[0], content_type="image/png", width=320, height=320)
    return msgspec.structs.replace(told, attachments=[picture])


@pytest.mark.parametrize("size", [(60, 20), (120, 36)])
async def test_a_picture_shows_where_its_room_was_and_shifts_nothing(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "plan.png"
    Image.new("RGB", (64, 64), (200, 60, 60)).save(path)
    client = FilesClient(with_picture(), message(GRACE, 0.5, "what do you think?", number=1))
    async with running(client, size=size) as shown:
        before = shown.find("what do you think?")
        assert "▀" * 20 not in shown.text
        client.downloads.picture = path
        client.downloads.may_come.set()
        await shown.until("▀" * 20)
        assert shown.find("what do you think?") == before
        assert len(client.downloads.fetched) == 1


async def test_an_arriving_picture_redraws_its_own_message_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "plan.png"
    Image.new("RGB", (64, 64), (200, 60, 60)).save(path)
    client = FilesClient(with_picture(), message(GRACE, 0.5, "what do you think?", number=1))
    client.downloads.picture = path
    drawn: list[str] = []
    draw = MessageLayout.lines

    def note(layout: MessageLayout, entry: Entry, look: EntryLook) -> list[Line]:
        drawn.append(entry.message.content)
        return draw(layout, entry, look)

    async with running(client) as shown:
        monkeypatch.setattr(MessageLayout, "lines", note)
        client.downloads.may_come.set()
        await shown.until("▀" * 20)
    assert drawn == [with_picture().content]


async def test_a_picture_that_cannot_be_loaded_says_so_in_its_place() -> None:
    client = FilesClient(with_picture(), message(GRACE, 0.5, "what do you think?", number=1))
    async with running(client) as shown:
        before = shown.find("what do you think?")
        client.downloads.may_come.set()
        await shown.until("the picture cannot be shown")
        assert shown.find("what do you think?") == before


async def test_off_shows_names_and_loads_nothing() -> None:
    client = FilesClient(with_picture())
    async with running(client, settings=Settings(ui=UiSettings(images="off"))) as shown:
        assert "▤ plan.png" in shown.text
        assert not client.downloads.fetched


@pytest.mark.slow
@pytest.mark.parametrize("size", [(60, 20), (200, 50)])
async def test_the_viewer_goes_through_the_pictures_and_zooms(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "plan.png"
    Image.new("RGB", (64, 64), (200, 60, 60)).save(path)
    first = with_picture()
    second = msgspec.structs.replace(
        message(GRACE, 0.5, "", number=1),
        attachments=[msgspec.structs.replace(first.attachments[0], id=Snowflake(3), filename="second.png")],
    )
    hidden = msgspec.structs.replace(
        message(GRACE, 0.4, "", number=2),
        attachments=[msgspec.structs.replace(first.attachments[0], id=Snowflake(4), filename="SPOILER_end.png")],
    )
    client = FilesClient(first, second, hidden)
    client.downloads.picture = path
    client.downloads.may_come.set()
    async with running(client, size=size) as shown:
        shown.chat.downloads_folder = tmp_path / "saved"
        shown.chat.messages.show_message(second.id)
        shown.chat.messages.focus()
        await shown.press("i")
        await shown.until("second.png")
        assert "2 of 2" in shown.text  # a hidden one is passed over
        await shown.press("left")
        assert "1 of 2" in shown.text
        await shown.until("▀" * 20)
        await shown.press("plus")
        assert "2×" in shown.text
        await shown.press("s")
        assert client.downloads.saved
        await shown.press("escape")
        assert shown.app.screen is shown.chat


def test_what_was_opened_or_pasted_long_ago_is_removed(tmp_path: Path) -> None:
    for name, age_s in (("old", 100), ("new", 1)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"x")
        os.utime(tmp_path / name, (time.time() - age_s,) * 2)
    _remove_old(tmp_path, 50)
    assert [path.name for path in tmp_path.iterdir()] == ["new"]
    _remove_old(tmp_path / "none", 50)


@pytest.mark.slow
async def test_hostile_names_of_files_are_only_text_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "plan.png"
    Image.new("RGB", (64, 64), (200, 60, 60)).save(path)
    names = [name.encode("utf-8", "replace").decode() for name in HOSTILE.values()]
    template = with_picture()
    client = FilesClient(
        *(
            msgspec.structs.replace(
                message(GRACE, 1, "", number=number),
                attachments=[msgspec.structs.replace(template.attachments[0], id=Snowflake(number + 9), filename=name)],
            )
            for number, name in enumerate(names)
        )
    )
    client.downloads.picture = path
    client.downloads.may_come.set()
    async with running(client) as shown:
        shown.chat.messages.focus()
        await shown.press("up", "i")
        for number, name in enumerate(names):
            assert f"{len(names) - number} of {len(names)}" in shown.text
            assert not _unsafe(shown.text), name
            await shown.press("left")
        await shown.press("escape")
        for name in names:
            shown.chat._add_files([OutgoingFile(path="/x", name=name, size_bytes=1, modified_ns=0)])
            await shown.settle()
            assert not _unsafe(shown.text), name
            await shown.chat.run_action("detach")


def _unsafe(text: str) -> list[str]:
    return [sign for sign in text if sign != "\n" and unicodedata.category(sign) in ("Cc", "Cf", "Cs")]


def with_avatar() -> FilesClient:
    client = FilesClient(message(GRACE, 1, "hello"))
    client.state.users[GRACE] = msgspec.structs.replace(user(GRACE), avatar="0f")
    client.rest.answers["GET /users/{}/profile"] = Profile(user=ProfileUser(id=Snowflake(GRACE), username="grace"))
    client.rest.answers["GET /users/@me/notes/{}"] = Note(
        note="", note_user_id=Snowflake(GRACE), user_id=Snowflake(101)
    )
    return client


async def test_a_profile_shows_a_picture_where_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "grace.png"
    Image.new("RGB", (64, 64), (200, 60, 60)).save(path)
    client = with_avatar()
    client.downloads.picture = path
    async with running(client, size=(120, 36)) as shown:
        shown.chat.show_profile_of(GRACE)
        await shown.settle()
        before = shown.find("offline · grace") if "offline · grace" in shown.text else shown.find("· grace")
        assert "▀" * 12 not in shown.text
        client.downloads.may_come.set()
        await shown.until("▀" * 12)
        assert shown.find("· grace")[1] == before[1]
        assert client.downloads.fetched == [f"/avatars/{GRACE}/0f.webp?size=128"]


async def test_a_profile_in_a_narrow_terminal_has_no_picture() -> None:
    client = with_avatar()
    async with running(client, size=(60, 20)) as shown:
        shown.chat.show_profile_of(GRACE)
        await shown.settle()
        assert not client.downloads.fetched
