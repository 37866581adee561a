"""A gallery of pictures in a bot's message: beside each other where there is room, by name where none are shown."""

import json

import msgspec
import pytest

from tests.tui.messages.test_embeds import PALETTE, PICTURE, _drop, _never
from tests.tui.samples import GENERAL, sample_state
from tuichat.text.channel_names import ChannelNames
from tuichat.tui.images.gallery import Gallery
from tuichat.tui.images.mode import ImageMode
from tuichat.tui.messages.component_lines import component_lines
from tuichat.tui.messages.drawing import Drawing


def lines(*items: dict[str, object], width: int = 60, mode: ImageMode = ImageMode.BLOCKS) -> list[str]:
    gallery = Gallery(mode, fetch=_never, start=_drop, changed=lambda keys: None, write=lambda text: None)
    drawing = Drawing(ChannelNames(sample_state(), GENERAL), PALETTE, gallery)
    raw = msgspec.Raw(json.dumps({"type": 12, "items": items}).encode())
    found = component_lines(drawing, [raw], width)
    return ["".join(piece.text for piece in line).rstrip() for line in found]


def test_pictures_stand_beside_each_other_with_what_they_are_called() -> None:
    drawn = lines({"media": PICTURE, "description": "before"}, {"media": PICTURE, "description": "after"})
    assert drawn[0] == "▤ 2 pictures"
    assert drawn[1].split() == ["▤", "before", "(far.example)", "▤", "after", "(far.example)"]
    assert drawn[2].split() == ["loading", "…", "loading", "…"]
    assert len(drawn) == 2 + 9
    assert len(lines({"media": PICTURE}, {"media": PICTURE}, width=40)) == 1 + 9 + 9


def test_one_picture_has_the_width_to_itself() -> None:
    assert lines({"media": PICTURE}) == ["loading …", *[""] * 9]


@pytest.mark.parametrize("mode", [ImageMode.OFF, ImageMode.BLOCKS])
def test_a_hidden_or_unshown_picture_takes_one_line(mode: ImageMode) -> None:
    assert lines({"media": PICTURE, "spoiler": True}, mode=mode) == ["▤ hidden: a click or enter shows it"]
    assert lines({"media": {"url": PICTURE["url"]}}, mode=mode) == ["▤ a picture (far.example)"]
