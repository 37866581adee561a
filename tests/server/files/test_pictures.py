"""Pictures of strangers: told apart, bounded, made smaller, and nothing of a camera's notes."""

import asyncio
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.server.files.pictures_drawn import animation, opened, photograph, picture
from tuichat.server.files import drawing
from tuichat.server.files.picture import Format, PictureRefused
from tuichat.server.files.pictures import MAX_KEPT_BYTES, MAX_QUEUED, Pictures, PicturesBusy


@pytest.fixture
def pictures() -> Iterator[Pictures]:
    made = Pictures()
    yield made
    made.close()


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that say they are a large picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
async def test_the_four_formats_are_known_by_their_content(pictures: Pictures, kind: str) -> None:
    found = await pictures.inspect(picture(kind))
    assert (found.format, found.width, found.height, found.is_animated) == (Format(kind), 40, 20, False)


@pytest.mark.parametrize("kind", ["GIF", "WEBP"])
async def test_moving_pictures_are_told(pictures: Pictures, kind: str) -> None:
    assert (await pictures.inspect(animation(kind))).is_animated


async def test_a_photograph_is_measured_as_it_is_shown(pictures: Pictures) -> None:
    found = await pictures.inspect(photograph())
    assert (found.width, found.height, found.has_exif) == (20, 40, True)
    plain = await pictures.without_exif(photograph())
    assert b"SecretCameras" not in plain
    assert opened(plain).size == (20, 40)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        picture("BMP"),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        picture("PNG")[:60],
        picture("JPEG")[:200],
        png_that_claims(60_000, 60_000),
        png_that_claims(0, 5),
        animation("GIF", frames=drawing.MAX_FRAMES + 1),
    ],
    ids=["empty", "head", "bmp", "svg", "cut-png", "cut-jpeg", "bomb", "flat", "long"],
)
async def test_what_is_no_good_picture_is_refused(pictures: Pictures, content: bytes) -> None:
    with pytest.raises(PictureRefused):
        await pictures.inspect(content)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP"]), st.data())
def test_broken_bytes_raise_nothing_else(kind: str, data: st.DataObject) -> None:
    content = bytearray(picture(kind))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        drawing.inspect(bytes(content))
        drawing.without_exif(bytes(content))
    except PictureRefused:
        pass


async def test_pictures_shrink_and_never_grow(pictures: Pictures, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(picture("PNG", (400, 200)))
    small = await pictures.render(path, Format.WEBP, width=64, height=64)
    assert (opened(small).format, opened(small).size) == ("WEBP", (64, 32))
    large = await pictures.render(path, Format.JPEG, width=4096, height=4096)
    assert (opened(large).format, opened(large).size) == ("JPEG", (400, 200))
    assert await pictures.render(path, Format.PNG) == path.read_bytes()


async def test_an_animation_moves_only_where_it_is_asked_to(pictures: Pictures, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(animation())
    moving = await pictures.render(path, Format.GIF, width=16, height=16, animated=True)
    assert (opened(moving).n_frames, opened(moving).size) == (3, (16, 8))  # type: ignore[attr-defined]  # of a GIF
    still = await pictures.render(path, Format.PNG, width=16, height=16)
    assert getattr(opened(still), "n_frames", 1) == 1


async def test_many_who_ask_for_one_picture_wait_for_one_drawing(pictures: Pictures) -> None:
    drawn = 0

    async def make() -> bytes:
        nonlocal drawn
        drawn += 1
        await asyncio.sleep(0)
        return b"content"

    assert await asyncio.gather(*(pictures.kept("key", make) for _ in range(100))) == [b"content"] * 100
    assert drawn == 1


async def test_what_is_kept_is_bounded(pictures: Pictures) -> None:
    size = MAX_KEPT_BYTES // 10
    drawn = []

    async def ask(number: int) -> None:
        async def make() -> bytes:
            drawn.append(number)
            return bytes(size)

        await pictures.kept(number, make)

    for number in range(12):
        await ask(number)
    await ask(11)
    await ask(0)
    assert drawn == [*range(12), 0]


async def test_too_many_at_once_are_sent_away(pictures: Pictures) -> None:
    results = await asyncio.gather(
        *(pictures.inspect(picture()) for _ in range(MAX_QUEUED + 5)), return_exceptions=True
    )
    assert sum(isinstance(result, PicturesBusy) for result in results) == 5


async def test_default_avatars_differ(pictures: Pictures) -> None:
    drawn = {await pictures.default_avatar(index, 32) for index in range(6)}
    assert len(drawn) == 6
    assert {opened(content).size for content in drawn} == {(32, 32)}
