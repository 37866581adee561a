"""Names of files, and the uploads of which no message came."""

import pytest

from tests.server.actions.conftest import Town
from tuichat.server.actions import uploads
from tuichat.server.actions.attachments import MAX_FILENAME_CHARACTERS, clean_filename
from tuichat.server.actions.uploads import CreateUploadsRequest, UploadRequest


@pytest.mark.parametrize(
    ("given", "cleaned"),
    [
        ("a.txt", "a.txt"),
        ("SPOILER_a.png", "SPOILER_a.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\a.txt", "a.txt"),
        ("a\0b\r\nc.txt", "abc.txt"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("e\u0301t\u00e9 2.txt", "\u00e9t\u00e9_2.txt"),
        ("日本.png", "日本.png"),
        ("..", "unknown"),
        ("", "unknown"),
        ("a/", "unknown"),
        ('a"b<c>|?.txt', "a_b_c_.txt"),
    ],
)
def test_names_are_cleaned(given: str, cleaned: str) -> None:
    assert clean_filename(given) == cleaned


def test_a_long_name_keeps_its_extension() -> None:
    assert clean_filename("x" * 500 + ".tar") == "x" * (MAX_FILENAME_CHARACTERS - 4) + ".tar"
    assert clean_filename("x" * 500) == "x" * MAX_FILENAME_CHARACTERS
    assert len(clean_filename("x." + "y" * 500)) == MAX_FILENAME_CHARACTERS


async def test_an_upload_without_a_message_ends_after_a_day(town: Town) -> None:
    request = CreateUploadsRequest(files=[UploadRequest(filename="a", file_size=3)])
    await uploads.create_uploads(town.ctx, town.ada, town.general, request, "http://here")
    (row,) = await town.ctx.store.read_uploads()

    async def chunks() -> object:
        yield b"ab"

    upload = await uploads.receive(town.ctx, row.key, chunks(), None)  # type: ignore[arg-type]  # a generator of ours
    assert (upload.received_bytes, upload.draft.path.exists()) == (2, True)
    town.clock.ms += uploads.LIFE_MS
    assert await uploads.expire(town.ctx) == 0
    town.clock.ms += 1
    assert await uploads.expire(town.ctx) == 1
    assert not upload.draft.path.exists()
    assert await town.ctx.store.read_uploads() == []
    assert town.ctx.uploads.count_of(town.ada.user_id) == 0
