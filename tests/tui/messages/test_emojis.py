"""Emojis in messages: large where they stand alone, pictures or names where they are a server's own."""

from collections.abc import Awaitable
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from tests.tui.messages.test_layout import draw, look, texts
from tests.tui.samples import GENERAL, GRACE, message, sample_state
from tuichat.client.state import Delivery, Entry
from tuichat.protocol.message import Message
from tuichat.text.channel_names import ChannelNames
from tuichat.tui.images import kitty
from tuichat.tui.images.gallery import Gallery
from tuichat.tui.images.mode import ImageMode
from tuichat.tui.messages.layout import MessageLayout
from tuichat.tui.styles.palette import Palette
from tuichat.tui.styles.themes import DARK
from tuichat.tui.text_selection import _copied
from tuichat.tui.widgets.line import Line


def test_emojis_alone_are_set_apart() -> None:
    assert texts(draw(message(GRACE, 1, "\U0001f389\U0001f680")))[1:] == [
        "▎ grace  09:57",
        "▎",
        "▎ \U0001f389  \U0001f680",
    ]
    assert texts(draw(message(GRACE, 1, "\U0001f389\U0001f680"), is_compact=True))[-1].endswith(
        "▎ \U0001f389  \U0001f680"
    )
    assert texts(draw(message(GRACE, 1, "ok \U0001f389"), starts_group=False)) == ["▎ ok \U0001f389"]


def test_many_emojis_alone_fill_rows() -> None:
    lines = texts(draw(message(GRACE, 1, "\U0001f389" * 27), starts_group=False, width=42))
    assert [line.count("\U0001f389") for line in lines] == [0, 10, 10, 7]


def test_a_servers_own_emoji_is_told_by_its_name_where_there_are_no_fine_pictures() -> None:
    (line,) = draw(message(GRACE, 1, "so <:party:12> fine"), starts_group=False)
    assert texts([line]) == ["▎ so :party: fine"]
    assert [zone.action for zone in line.zones] == ["emoji:party"]
    assert texts(draw(message(GRACE, 1, "<:party:12><a:dance:13>"), starts_group=False)) == [
        "▎",
        "▎  :party:    :dance:",
    ]


class Drawn:
    """Messages in a terminal with kitty's pictures."""

    def __init__(self, path: Path) -> None:
        self.asked: list[str] = []
        self.started: list[Awaitable[None]] = []
        self._path = path
        gallery = Gallery(
            ImageMode.KITTY,
            fetch=self._fetch,
            start=self.started.append,
            changed=lambda keys: None,
            write=lambda text: None,
        )
        palette = Palette(DARK.variables, has_colour=True)
        self.layout = MessageLayout(ChannelNames(sample_state(), GENERAL), palette, gallery)

    async def _fetch(self, url: str) -> Path:
        self.asked.append(url)
        return self._path

    def lines(self, content: str) -> list[Line]:
        return self.layout.lines(Entry("k", message(GRACE, 1, content)), look(starts_group=False))


@pytest.fixture
def drawn(tmp_path: Path) -> Drawn:
    path = tmp_path / "emoji.webp"
    Image.new("RGBA", (64, 64), (255, 0, 0, 255)).save(path)
    return Drawn(path)


async def test_a_servers_own_emoji_is_a_picture_in_its_line_and_shifts_nothing(drawn: Drawn) -> None:
    assert texts(drawn.lines("so <a:party:12> fine")) == ["▎ so ▣  fine"]
    await drawn.started[0]
    assert drawn.asked == ["/emojis/12.webp?size=64"]
    (line,) = drawn.lines("so <a:party:12> fine")
    assert line.strip.text.count(kitty.PLACEHOLDER) == 2
    assert texts([line])[0].startswith("▎ so ")
    assert texts([line])[0].endswith(" fine")
    assert _copied(line, 2, 60).rstrip() == "so :party: fine"
    assert _copied(line, 6, 60).rstrip() == ":party: fine"


async def test_a_servers_own_emoji_alone_is_a_larger_picture(drawn: Drawn) -> None:
    assert texts(drawn.lines("<:party:12> \U0001f389")) == ["▎", "▎", "▎ ▣     \U0001f389"]
    await drawn.started[0]
    _air, top, below = drawn.lines("<:party:12> \U0001f389")
    assert top.strip.text.count(kitty.PLACEHOLDER) == below.strip.text.count(kitty.PLACEHOLDER) == 4
    assert "\U0001f389" in below.strip.text


async def test_the_author_has_a_picture_in_the_cells_of_the_bar(drawn: Drawn) -> None:
    known = message(GRACE, 1, "hello")
    item = msgspec.structs.replace(known, author=msgspec.structs.replace(known.author, avatar="a_0f"))

    def head(shown: Message, delivery: Delivery = Delivery.CONFIRMED) -> str:
        return texts(drawn.layout.lines(Entry("k", shown, delivery), look()))[1]

    assert head(item) == "▎ grace  09:57"
    await drawn.started[0]
    assert drawn.asked == [f"/avatars/{GRACE}/a_0f.webp?size=128"]
    assert head(item).count(kitty.PLACEHOLDER) == 2
    assert head(item).endswith("grace  09:57")
    assert head(item, Delivery.FAILED) == "▎ grace  09:57"  # the bar tells that
    assert head(known) == "▎ grace  09:57"
    hostile = msgspec.structs.replace(known, author=msgspec.structs.replace(known.author, avatar="../../x"))
    assert head(hostile) == "▎ grace  09:57"
    assert len(drawn.started) == 1
