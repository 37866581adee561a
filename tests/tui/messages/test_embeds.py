"""An embed as lines: what stands beside and below what, at every width."""

import json
from collections.abc import Awaitable, Coroutine
from pathlib import Path

import msgspec
import pytest

from tests.tui.samples import GENERAL, NOW, sample_state
from tuichat.text.channel_names import ChannelNames
from tuichat.text.message_time import Clock
from tuichat.tui.images.gallery import Gallery
from tuichat.tui.images.mode import ImageMode
from tuichat.tui.messages.drawing import Drawing
from tuichat.tui.messages.embeds import embed_lines
from tuichat.tui.styles.palette import Palette
from tuichat.tui.styles.themes import DARK

PALETTE = Palette(DARK.variables, has_colour=True)
TOLD = Clock(NOW.date())


def texts(
    *contents: dict[str, object], width: int = 62, told: Clock | None = TOLD, is_revealed: bool = False
) -> list[str]:
    drawing = Drawing(ChannelNames(sample_state(), GENERAL), PALETTE, told=told)
    raws = [msgspec.Raw(json.dumps(content).encode()) for content in contents]
    lines = embed_lines(drawing, raws, width, is_revealed=is_revealed)
    return ["".join(piece.text for piece in line).rstrip() for line in lines]


def field(name: str, value: str, *, inline: bool = True) -> dict[str, object]:
    return {"name": name, "value": value, "inline": inline}


def test_inline_fields_stand_in_columns() -> None:
    fields = [field("time", "4 min"), field("tests", "812"), field("by", "ada\nand grace"), field("host", "ci-3")]
    assert texts({"fields": fields}) == [
        "┃ time                tests               by",
        "┃ 4 min               812                 ada",
        "┃                                         and grace",
        "┃ host",
        "┃ ci-3",
    ]


def test_columns_become_fewer_where_there_is_less_room() -> None:
    fields = [field("a", "1"), field("b", "2"), field("c", "3")]
    assert texts({"fields": fields}, width=42) == [
        "┃ a                    b",
        "┃ 1                    2",
        "┃ c",
        "┃ 3",
    ]
    assert texts({"fields": fields}, width=30) == ["┃ a", "┃ 1", "┃ b", "┃ 2", "┃ c", "┃ 3"]


def test_a_field_that_is_not_inline_has_a_row_of_its_own() -> None:
    fields = [field("a", "1"), field("log", "none", inline=False), field("b", "2"), field("c", "3")]
    assert texts({"fields": fields}) == [
        "┃ a",
        "┃ 1",
        "┃ log",
        "┃ none",
        "┃ b                   c",
        "┃ 2                   3",
    ]


@pytest.mark.parametrize("width", [4, 5, 12, 40, 43, 62, 63, 200])
def test_no_line_is_wider_than_its_room(width: int) -> None:
    fields = [
        field("漢字漢字漢字漢字漢字漢字", "word " * 30),
        field("b", "`" + "x" * 90 + "`"),
        field("c", "> q\n- item"),
    ]
    drawing = Drawing(ChannelNames(sample_state(), GENERAL), PALETTE, told=TOLD)
    raw = msgspec.Raw(json.dumps({"fields": fields, "timestamp": "2026-11-19T09:00:00Z"}).encode())
    from rich.cells import cell_len

    for line in embed_lines(drawing, [raw], width):
        assert sum(cell_len(piece.text) for piece in line) <= max(width, 6)


def test_the_footer_tells_the_moment_in_the_readers_time() -> None:
    item: dict[str, object] = {"title": "x", "footer": {"text": "CI"}, "timestamp": NOW.isoformat()}
    assert texts(item)[-1].startswith("┃ CI · Today ")
    yesterday: dict[str, object] = {"timestamp": "2026-11-18T21:05:00.000000+00:00"}
    local = NOW.replace(day=18, hour=21, minute=5).astimezone()
    (line,) = texts(yesterday, told=Clock(NOW.astimezone().date(), is_12h=True))
    assert line == f"┃ Yesterday {local.hour % 12 or 12}:05 {'am' if local.hour < 12 else 'pm'}"


@pytest.mark.parametrize("timestamp", ["", "soon", "0001-01-01T00:00:00Z", None])
def test_a_moment_that_cannot_be_read_is_left_out(timestamp: str | None) -> None:
    assert texts({"title": "x", "footer": {"text": "CI"}, "timestamp": timestamp})[-1].startswith("┃ CI")


def test_titles_and_authors_are_links_with_their_real_host() -> None:
    assert texts(
        {
            "provider": {"name": "CI"},
            "author": {"name": "ada", "url": "https://ada.example"},
            "title": "Build **7**",
            "url": "https://ci.example.org/7",
        }
    ) == ["┃ CI", "┃ ada (ada.example)", "┃ Build **7** (ci.example.org)"]


def test_spoilers_are_revealed_with_those_of_the_message() -> None:
    assert "who" not in texts({"description": "||who||"})[0]
    assert texts({"description": "||who||"}, is_revealed=True) == ["┃ who"]


PICTURE = {"url": "https://far.example/plan.png", "proxy_url": "https://h/external/s/x", "width": 160, "height": 160}


def lines_with_pictures(content: dict[str, object], width: int = 62) -> list[str]:
    gallery = Gallery(ImageMode.BLOCKS, fetch=_never, start=_drop, changed=lambda keys: None, write=lambda text: None)
    drawing = Drawing(ChannelNames(sample_state(), GENERAL), PALETTE, gallery, told=TOLD)
    lines = embed_lines(drawing, [msgspec.Raw(json.dumps(content).encode())], width)
    return ["".join(piece.text for piece in line).rstrip() for line in lines]


async def _never(url: str) -> Path:
    raise AssertionError(url)


def _drop(work: Awaitable[None]) -> None:
    assert isinstance(work, Coroutine)
    work.close()


def test_a_picture_has_its_room_below_the_text_and_above_the_footer() -> None:
    lines = lines_with_pictures({"title": "Build", "image": PICTURE, "footer": {"text": "CI"}})
    assert lines == ["┃ Build", "┃ loading …", *["┃"] * 9, "┃ CI"]


def test_a_thumbnail_stands_beside_the_text_where_there_is_room() -> None:
    words = "all the tests of all the machines are green and nothing is left to be done"
    item: dict[str, object] = {"title": "Build", "description": words, "thumbnail": PICTURE}
    assert lines_with_pictures(item) == [
        "┃ Build                                           loading …",
        "┃ all the tests of all the machines are green",
        "┃ and nothing is left to be done",
        "┃",
        "┃",
        "┃",
    ]
    assert lines_with_pictures(item, width=40)[3:5] == ["┃ loading …", "┃"]


def test_a_link_to_a_picture_shows_it_whole() -> None:
    item: dict[str, object] = {"type": "image", "url": PICTURE["url"], "thumbnail": PICTURE}
    assert lines_with_pictures(item)[1:] == ["┃ loading …", *["┃"] * 9]


def test_a_picture_of_unknown_size_keeps_a_frame() -> None:
    item: dict[str, object] = {"image": {"url": PICTURE["url"], "proxy_url": PICTURE["proxy_url"]}}
    assert len(lines_with_pictures(item)) == 9


def test_where_no_pictures_are_shown_their_names_stand() -> None:
    assert texts({"title": "Build", "image": PICTURE}) == ["┃ Build", "┃ ▤ plan.png (far.example)"]
    # A stranger's server is never asked: the address is told instead.
    foreign = {"url": "https://far.example/plan.png"}
    assert lines_with_pictures({"image": foreign}) == ["┃ ▤ plan.png (far.example)"]
