"""Pictures in cells: what is sent to the terminal, read back, and what keeps its place."""

import base64
import re
from collections.abc import Awaitable, Set
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from PIL import Image
from rich.cells import cell_len

from tuichat.client.errors import RefusedError
from tuichat.protocol.message import Attachment
from tuichat.protocol.snowflake import Snowflake
from tuichat.tui.images import gallery, kitty, picture, sixel
from tuichat.tui.images.gallery import Gallery, cells_of
from tuichat.tui.images.half_blocks import half_block_lines
from tuichat.tui.images.mode import ImageMode, image_mode, must_ask
from tuichat.tui.images.source import of_attachment
from tuichat.tui.terminal_queries import Answers


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "four.png"
    image = Image.new("RGB", (2, 2))
    for place, colour in (((0, 0), "#ff0000"), ((1, 0), "#00ff00"), ((0, 1), "#0000ff"), ((1, 1), "#ffffff")):
        image.putpixel(place, tuple(bytes.fromhex(colour[1:])))
    image.resize((200, 200), Image.Resampling.NEAREST).save(made)
    return made


def test_half_blocks_hold_two_pixels_a_cell(path: Path) -> None:
    (line,) = half_block_lines(picture.pixels(path, 2, 2))
    assert [(piece.text, str(piece.style)) for piece in line] == [
        ("▀", "#ff0000 on #0000ff"),
        ("▀", "#00ff00 on #ffffff"),
    ]


@pytest.mark.parametrize("through_tmux", [False, True])
def test_a_transmission_can_be_read_back(path: Path, through_tmux: bool) -> None:
    sent = kitty.transmission(7, bytes(range(256)) * 40, 10, 5, through_tmux=through_tmux)
    if through_tmux:
        wrapped = re.findall(r"\x1bPtmux;((?:[^\x1b]|\x1b\x1b)*)\x1b\\", sent)
        sent = "".join(wrapped).replace("\x1b\x1b", "\x1b")
    chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sent)
    assert chunks[0][0] == "a=T,U=1,f=100,t=d,i=7,c=10,r=5,q=2,m=1"
    assert [head for head, _ in chunks[1:]] == ["q=2,m=1"] * (len(chunks) - 2) + ["q=2,m=0"]
    assert all(len(text) <= 4096 and len(text) % 4 == 0 for _, text in chunks)
    assert base64.b64decode("".join(text for _, text in chunks)) == bytes(range(256)) * 40


def test_sixels_can_be_read_back(path: Path) -> None:
    sent = sixel.encode(picture.pixels(path, 20, 14))
    head, body = re.fullmatch(r'\x1bP0;1;0q"1;1;(20;14)(.*)\x1b\\', sent, re.DOTALL).groups()  # type: ignore[union-attr]
    assert head == "20;14"
    colours: dict[int, tuple[int, ...]] = {}
    drawn: dict[tuple[int, int], tuple[int, ...]] = {}
    x = top = colour = 0
    for token in re.finditer(r"#(\d+)(?:;2;(\d+);(\d+);(\d+))?|!(\d+)(.)|([$-])|([?-~])", body):
        number, red, green, blue, count, repeated, move, sign = token.groups()
        if red is not None:
            colours[int(number)] = (int(red), int(green), int(blue))
        elif number is not None:
            colour = int(number)
        elif move == "$":
            x = 0
        elif move == "-":
            x, top = 0, top + 6
        else:
            bits = ord(repeated or sign) - 63
            end = x + int(count or 1)
            drawn |= {(at, top + row): colours[colour] for at in range(x, end) for row in range(6) if bits >> row & 1}
            x = end
    assert len(drawn) == 20 * 14
    assert drawn[0, 0] == (100, 0, 0)
    assert drawn[19, 0] == (0, 100, 0)
    assert drawn[0, 13] == (0, 0, 100)
    assert drawn[19, 13] == (100, 100, 100)


def test_a_part_of_a_picture_is_what_is_around_the_centre(path: Path) -> None:
    image = picture.part(path, 10, 10, 2, (0.9, 0.1))
    assert image.getpixel((0, 0)) == image.getpixel((9, 9)) == (0, 255, 0)


def test_placeholders_are_one_cell_each_and_carry_the_id() -> None:
    lines = kitty.placeholder_lines(0x123456, 5, 2)
    assert [cell_len(piece.text) for line in lines for piece in line] == [5, 5]
    assert str(lines[0][0].style) == "#123456"
    assert lines[1][0].text[:3] == "\U0010eeee\u030d\u0305"


@pytest.mark.slow
def test_a_bomb_and_a_broken_file_are_no_pictures(tmp_path: Path) -> None:
    bomb = tmp_path / "bomb.png"
    Image.new("1", (20_000, 20_000)).save(bomb)
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    for each in (bomb, broken):
        with pytest.raises(picture.PictureFault):
            picture.pixels(each, 10, 10)


def test_the_png_for_a_terminal_has_the_shape_of_its_cells(path: Path) -> None:
    with Image.open(BytesIO(picture.png(path, 10, 5))) as image:
        assert image.size == (100, 100)


def test_the_cells_follow_the_shape_and_stay_in_bounds() -> None:
    assert cells_of(400, 400, 100) == (28, 14)
    assert cells_of(400, 100, 20) == (20, 2)
    assert cells_of(1, 60_000, 80) == (1, 14)
    assert cells_of(60_000, 1, 80) == (48, 1)


@pytest.mark.parametrize(
    ("setting", "environment", "colours", "mode"),
    [
        ("auto", {"TERM": "xterm-kitty"}, "truecolor", ImageMode.KITTY),
        ("auto", {"TERM": "xterm-kitty", "TMUX": "x"}, "truecolor", ImageMode.BLOCKS),
        ("kitty", {"TMUX": "x"}, "truecolor", ImageMode.KITTY),
        ("auto", {"TERM": "foot"}, "truecolor", ImageMode.SIXEL),
        ("auto", {"TERM_PROGRAM": "WezTerm"}, "truecolor", ImageMode.SIXEL),
        ("sixel", {}, "truecolor", ImageMode.SIXEL),
        ("auto", {}, "256", ImageMode.BLOCKS),
        ("auto", {"TERM": "xterm-kitty"}, "standard", ImageMode.OFF),
        ("kitty", {}, None, ImageMode.OFF),
        ("off", {"TERM": "xterm-kitty"}, "truecolor", ImageMode.OFF),
    ],
)
def test_the_mode_follows_setting_terminal_and_colours(
    setting: str, environment: dict[str, str], colours: str | None, mode: ImageMode
) -> None:
    assert image_mode(setting, environment, colours) is mode


KITTY = Answers(attributes=frozenset({62}), version="kitty(0.35.2)", kitty_graphics=True)


@pytest.mark.parametrize(
    ("answers", "setting", "environment", "mode"),
    [
        (KITTY, "auto", {}, ImageMode.KITTY),
        (Answers(version="ghostty 1.1.0", kitty_graphics=True), "auto", {}, ImageMode.KITTY),
        # It knows the protocol, but no placeholders.
        (Answers(attributes=frozenset({4}), version="WezTerm 2024", kitty_graphics=True), "auto", {}, ImageMode.SIXEL),
        (Answers(attributes=frozenset({62, 4, 22}), version="XTerm(390)"), "auto", {}, ImageMode.SIXEL),
        (Answers(attributes=frozenset({62})), "auto", {}, ImageMode.BLOCKS),
        (Answers(), "auto", {}, ImageMode.BLOCKS),
        (KITTY, "auto", {"TMUX": "x"}, ImageMode.BLOCKS),
        (KITTY, "blocks", {}, ImageMode.BLOCKS),
        (KITTY, "off", {}, ImageMode.OFF),
    ],
)
def test_the_mode_follows_what_the_terminal_answers(
    answers: Answers, setting: str, environment: dict[str, str], mode: ImageMode
) -> None:
    assert image_mode(setting, environment, "truecolor", answers) is mode


def test_a_terminal_is_asked_only_where_nothing_else_tells() -> None:
    assert must_ask("auto", {"TERM": "xterm-256color"}, "truecolor")
    assert not must_ask("auto", {"TERM": "xterm-kitty"}, "truecolor")
    assert not must_ask("auto", {"TERM": "foot"}, "256")
    assert not must_ask("auto", {"TMUX": "x"}, "truecolor")
    assert not must_ask("auto", {}, None)
    assert not must_ask("blocks", {}, "truecolor")


def attachment(number: int = 1) -> Attachment:
    url = f"https://h/attachments/1/{number}/four.png?ex=1"
    return Attachment(
        id=Snowflake(number),
        filename="four.png",
        size=9,
        url=url,
        proxy_url=url,
        content_type="image/png",
        width=200,
        height=200,
    )


class Album:
    """A gallery, and all that it asked, started, told and sent."""

    def __init__(self, mode: ImageMode, path: Path | None) -> None:
        self.asked: list[str] = []
        self.started: list[Awaitable[None]] = []
        self.told: list[Set[str]] = []
        self.sent: list[str] = []
        self._path = path
        self.gallery = Gallery(
            mode, fetch=self._fetch, start=self.started.append, changed=self.told.append, write=self.sent.append
        )

    async def _fetch(self, url: str) -> Path:
        self.asked.append(url)
        if self._path is None:
            raise RefusedError("gone")
        return self._path

    def lines(self, number: int = 1, asker: str = "m1") -> int:
        source = of_attachment(attachment(number))
        assert source is not None
        found = self.gallery.lines(source, 60, asker)
        assert found is not None
        return sum(map(bool, found)) if any(found) else -len(found)


async def test_a_picture_takes_the_same_room_before_and_after_and_is_loaded_once(path: Path) -> None:
    album = Album(ImageMode.KITTY, path)
    assert album.lines() == album.lines(asker="m2") == -12
    assert len(album.started) == 1
    await album.started[0]
    assert album.lines() == 12
    assert album.asked == ["https://h/attachments/1/1/four.png?ex=1&width=960&height=960"]
    assert album.told == [{"m1", "m2"}]  # these messages alone are drawn anew
    album.gallery.close()
    assert album.sent[-1].startswith("\x1b_Ga=d,d=I,i=")


async def test_a_picture_that_cannot_be_loaded_keeps_its_room_and_is_not_asked_for_again() -> None:
    album = Album(ImageMode.BLOCKS, None)
    album.lines()
    await album.started[0]
    assert album.lines() == -12
    source = of_attachment(attachment())
    assert source is not None
    assert album.gallery.has_failed(source)
    assert len(album.started) == 1
    assert album.told == [{"m1"}]


async def test_a_message_whose_picture_was_freed_is_drawn_anew(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery, "MAX_KEPT", 1)
    album = Album(ImageMode.KITTY, path)
    album.lines(1, "m1")
    await album.started[0]
    album.lines(2, "m2")
    await album.started[1]
    assert album.told == [{"m1"}, {"m2", "m1"}]
    assert album.lines(2, "m2") == 12
    assert album.lines(1, "m1") == -12


async def test_a_file_without_its_size_is_no_picture() -> None:
    assert of_attachment(msgspec.structs.replace(attachment(), width=None)) is None
    assert of_attachment(msgspec.structs.replace(attachment(), height=0)) is None
    assert of_attachment(msgspec.structs.replace(attachment(), content_type="image/svg+xml")) is None


def test_a_png_keeps_shape_and_transparency(tmp_path: Path) -> None:
    wide = tmp_path / "wide.png"
    Image.new("RGBA", (40, 20), (255, 0, 0, 128)).save(wide)
    with Image.open(BytesIO(picture.png(wide, 2, 1))) as image:
        assert image.size == (20, 20)
        assert image.getpixel((10, 1)) == (0, 0, 0, 0)
        assert image.getpixel((10, 10)) == (255, 0, 0, 128)
