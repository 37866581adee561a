"""The picture of a screen holds what the screen shows, with nothing but the package's own fonts."""

from pathlib import Path

import pytest
from PIL import Image, ImageFont

from tests.tui.samples import GENERAL, GRACE, message
from tests.tui.scenes import sample_client
from tests.tui.screens import running
from tuichat.tui import screenshot
from tuichat.tui.screenshot import CELL_HEIGHT, CELL_WIDTH, MARGIN, TITLE_HEIGHT, write_png


async def test_the_picture_has_a_place_for_every_cell(tmp_path: Path) -> None:
    async with running(sample_client(), size=(80, 24)) as shown:
        write_png(shown.app, tmp_path / "screen.png")
    with Image.open(tmp_path / "screen.png") as picture:
        assert picture.size == (80 * CELL_WIDTH + 2 * MARGIN, 24 * CELL_HEIGHT + 2 * MARGIN + TITLE_HEIGHT)
        assert len(picture.getcolors(1 << 24) or []) > 50


async def test_other_text_makes_another_picture_in_its_place_only(tmp_path: Path) -> None:
    async with running(sample_client(), size=(80, 24)) as shown:
        write_png(shown.app, tmp_path / "before.png")
        shown.client.receive(message(GRACE, 0, "漢字 ☂ \U0001f389 \ue0b0", number=50))
        await shown.settle()
        assert "漢字" in shown.text
        write_png(shown.app, tmp_path / "after.png")
        assert shown.chat.chosen.channel_id == GENERAL
    with Image.open(tmp_path / "before.png") as before, Image.open(tmp_path / "after.png") as after:
        assert before.tobytes() != after.tobytes()
        footer = (0, before.height - 60, before.width, before.height)
        assert before.crop(footer).tobytes() == after.crop(footer).tobytes()


@pytest.mark.parametrize("content", [None, b"no font"])
async def test_without_a_font_for_emoji_a_box_stands_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    font = tmp_path / "emoji.ttf"
    if content is not None:
        font.write_bytes(content)
    monkeypatch.setattr(screenshot, "EMOJI_FONTS", (str(font),))
    screenshot._emoji.cache_clear()
    image = Image.new("RGB", (2 * CELL_WIDTH, CELL_HEIGHT))
    screenshot._draw_run(image, "\U0001f680", None, 0, 0, (255, 255, 255), (0, 0, 0))
    screenshot._emoji.cache_clear()
    assert {colour for _, colour in image.getcolors() or []} == {(0, 0, 0), (255, 255, 255)}


async def test_an_emoji_is_as_wide_as_its_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screenshot, "_emoji", lambda sign: Image.new("RGBA", (136, 128), (250, 10, 10, 255)))
    image = Image.new("RGB", (4 * CELL_WIDTH, CELL_HEIGHT))
    screenshot._draw_run(image, "\U0001f680x", None, 0, 0, (255, 255, 255), (0, 0, 0))
    red = [x for x in range(image.width) if image.getpixel((x, CELL_HEIGHT // 2)) == (250, 10, 10)]
    assert red == list(range(2 * CELL_WIDTH))


def test_the_fonts_come_with_the_package_and_with_their_licences() -> None:
    folder = Path(screenshot.__file__).parent / "fonts"
    names = {path.name for path in folder.iterdir()}
    assert {"OFL.txt", "DejaVu-LICENSE.txt"} <= names
    for path in folder.glob("*.ttf"):
        assert ImageFont.truetype(str(path), 20).getname()[0]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 3_000_000
