"""Pictures of things: what is taken, what it is called, and that files come and go with their rows."""

from pathlib import Path

import pytest

from tests.server.actions.conftest import Town, refused
from tests.server.files.pictures_drawn import animation, data_uri, opened, photograph, picture
from tuichat.server.actions import guilds, images, stored_files
from tuichat.server.actions.images import ImageKind, find_image, keep_image, put_image
from tuichat.server.files import file_store
from tuichat.server.files.picture import Format


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files without a row go at once."""
    monkeypatch.setattr(file_store, "PIN_S", -1.0)


def stored(tmp_path: Path) -> set[str]:
    return {path.name for path in (tmp_path / "files" / "objects").rglob("*") if path.is_file()}


async def test_a_picture_is_found_by_its_hash_alone(town: Town) -> None:
    mark = await keep_image(town.ctx, "avatar", data_uri(picture()))
    await town.ctx.store.write([put_image(ImageKind.AVATAR, town.bob.user_id, mark)])
    row = await find_image(town.ctx, ImageKind.AVATAR, town.bob.user_id, mark)
    assert row is not None
    assert await images.draw(town.ctx, row.file, Format.PNG) == picture()
    assert await find_image(town.ctx, ImageKind.AVATAR, town.ada.user_id, mark) is None
    assert await find_image(town.ctx, ImageKind.BANNER, town.bob.user_id, mark) is None
    assert await find_image(town.ctx, ImageKind.AVATAR, town.bob.user_id, f"a_{mark}") is None


async def test_a_moving_picture_is_marked(town: Town) -> None:
    assert (await keep_image(town.ctx, "avatar", data_uri(animation(), "gif"))).startswith("a_")


async def test_what_a_camera_wrote_is_not_kept(town: Town) -> None:
    mark = await keep_image(town.ctx, "avatar", data_uri(photograph(), "jpeg"))
    content = await images.draw(town.ctx, mark, Format.JPEG)
    assert b"SecretCameras" not in content
    assert opened(content).size == (20, 40)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "https://example.com/a.png",
        "data:text/html;base64,PGI+",
        "data:image/png;base64,",
        "data:image/png;base64,****",
        "data:image/png;base64,\ud800",
        data_uri(b"not a picture"),
        data_uri(picture()[:-30]),
    ],
)
async def test_what_is_no_picture_is_refused_at_its_field(town: Town, uri: str) -> None:
    with refused(50035, 400) as refusal:
        await keep_image(town.ctx, "icon", uri)
    assert b'"icon":{"_errors":[{"code":"IMAGE_INVALID"' in refusal.value.encode()


async def test_a_picture_over_the_limit_is_refused_with_the_limit(town: Town) -> None:
    content = picture("PNG", (64, 64))
    await keep_image(town.ctx, "icon", data_uri(content), max_bytes=len(content))
    with refused(50035, 400) as refusal:
        await keep_image(town.ctx, "icon", data_uri(content), max_bytes=len(content) - 1)
    assert str(len(content) - 1) in refusal.value.encode().decode()


async def test_a_file_goes_with_its_last_row(town: Town, tmp_path: Path, at_once: None) -> None:
    first = await keep_image(town.ctx, "avatar", data_uri(picture()))
    await town.ctx.store.write(
        [
            put_image(ImageKind.AVATAR, town.bob.user_id, first),
            put_image(ImageKind.ICON, town.guild_id, first, guild_id=town.guild_id),
        ]
    )
    second = await keep_image(town.ctx, "avatar", data_uri(picture(colour="blue")))
    await town.ctx.store.write([put_image(ImageKind.AVATAR, town.bob.user_id, second)])
    assert await stored_files.collect(town.ctx) == 0
    assert stored(tmp_path) == {first, second}  # the guild still has the first one
    await town.ctx.store.write([put_image(ImageKind.AVATAR, town.bob.user_id, None)])
    assert await stored_files.collect(town.ctx) == 1
    assert stored(tmp_path) == {first}
    await guilds.delete_guild(town.ctx, town.ada, town.guild_id)
    assert await stored_files.collect(town.ctx) == 1
    assert stored(tmp_path) == set()
    assert await town.ctx.store.read_loose_files(10) == []


async def test_a_file_whose_row_was_never_written_goes(town: Town, tmp_path: Path, at_once: None) -> None:
    await keep_image(town.ctx, "avatar", data_uri(picture()))
    assert len(stored(tmp_path)) == 1
    assert await stored_files.collect(town.ctx) == 1
    assert stored(tmp_path) == set()


async def test_a_sweep_removes_files_without_rows_and_tells_of_rows_without_files(
    town: Town, tmp_path: Path, at_once: None, caplog: pytest.LogCaptureFixture
) -> None:
    kept = await keep_image(town.ctx, "avatar", data_uri(picture()))
    lost = await keep_image(town.ctx, "avatar", data_uri(picture(colour="blue")))
    await keep_image(town.ctx, "avatar", data_uri(picture(colour="green")))
    await town.ctx.store.write(
        [
            put_image(ImageKind.AVATAR, town.bob.user_id, kept),
            put_image(ImageKind.AVATAR, town.ada.user_id, lost),
        ]
    )
    (tmp_path / "files" / "objects" / lost[:2] / lost).unlink()
    assert await stored_files.sweep(town.ctx) == (1, 1)
    assert stored(tmp_path) == {kept}
    assert lost in caplog.text


async def test_a_members_picture_goes_when_the_member_leaves(town: Town) -> None:
    from tuichat.server.actions import members

    mark = await keep_image(town.ctx, "avatar", data_uri(picture()))
    await town.ctx.store.write([put_image(ImageKind.MEMBER_AVATAR, town.bob.user_id, mark, guild_id=town.guild_id)])
    assert await find_image(town.ctx, ImageKind.MEMBER_AVATAR, town.bob.user_id, mark, guild_id=town.guild_id)
    assert not await find_image(town.ctx, ImageKind.MEMBER_AVATAR, town.bob.user_id, mark, guild_id=1)
    await members.kick_member(town.ctx, town.ada, town.guild_id, town.bob.user_id)
    assert not await find_image(town.ctx, ImageKind.MEMBER_AVATAR, town.bob.user_id, mark, guild_id=town.guild_id)
