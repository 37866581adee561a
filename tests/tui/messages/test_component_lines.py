"""Tests of `tuichat.tui.messages.component_lines`: layouts, buttons of every style, menus, and what happened to a press."""

import msgspec
import pytest

from tests.tui.bot_samples import raw
from tests.tui.messages.test_layout import draw, look, texts
from tests.tui.samples import GENERAL, GRACE, message, sample_state
from tuichat.client.state import Answer, Entry, Pending
from tuichat.protocol.message import Message
from tuichat.text import components
from tuichat.text.channel_names import ChannelNames
from tuichat.tui.messages.layout import MessageLayout
from tuichat.tui.styles.palette import Palette
from tuichat.tui.styles.themes import DARK

ROW = {
    "type": 1,
    "components": [
        {"type": 2, "style": 1, "label": "Deploy", "custom_id": "a"},
        {"type": 2, "style": 2, "label": "Later", "custom_id": "b"},
        {"type": 2, "style": 3, "label": "Approve", "custom_id": "c"},
        {"type": 2, "style": 4, "label": "Roll back", "custom_id": "d"},
        {"type": 2, "style": 5, "label": "Log", "url": "https://ci.example.org/1"},
        {"type": 2, "style": 1, "label": "Stop", "custom_id": "e", "disabled": True},
    ],
}
MENU = {
    "type": 1,
    "components": [
        {
            "type": 3,
            "custom_id": "m",
            "placeholder": "Where to",
            "options": [{"label": "staging", "value": "s"}, {"label": "production", "value": "p"}],
        }
    ],
}


def with_components(*contents: dict[str, object]) -> Message:
    return msgspec.structs.replace(message(GRACE, 1, "ready"), components=[raw(content) for content in contents])


def test_each_style_of_button_has_a_sign_of_its_own() -> None:
    lines = draw(with_components(ROW), width=100)
    assert texts(lines)[3] == "▎  ▸ Deploy   Later   ✓ Approve   ! Roll back   ↗ Log (ci.example.org) (▸ Stop)"
    actions = [zone.action for zone in lines[3].zones]
    assert actions == [*(f"component:{number}" for number in range(4)), "link:https://ci.example.org/1"]


def test_buttons_flow_into_lines_where_it_is_narrow() -> None:
    lines = texts(draw(with_components(ROW), width=30))[3:]
    assert [line.split()[1:] for line in lines[:2]] == [
        ["▸", "Deploy", "Later"],
        ["✓", "Approve", "!", "Roll", "back"],
    ]
    assert all(len(line) <= 30 for line in lines)


def test_what_can_be_pressed_has_numbers_while_the_message_is_selected() -> None:
    lines = texts(draw(with_components(ROW, MENU), width=100, is_selected=True))
    assert lines[3].startswith("▎ 1 ▸ Deploy  2 Later  3 ✓ Approve  4 ! Roll back   ↗ Log ")
    assert lines[4] == "▎ 5 Where to ▾"


def test_a_menu_shows_what_is_chosen() -> None:
    chosen = {"type": 3, "custom_id": "m", "options": [{"label": "staging", "value": "s", "default": True}]}
    assert texts(draw(with_components({"type": 1, "components": [chosen]})))[3] == "▎  staging ▾"


def test_a_layout_is_drawn_as_one() -> None:
    section = {
        "type": 9,
        "components": [{"type": 10, "content": "**Build 7** is green"}],
        "accessory": {"type": 2, "style": 3, "label": "Ship", "custom_id": "ship"},
    }
    gallery = {"type": 12, "items": [{"media": {"url": "https://x.example/a.png"}, "description": "a graph"}]}
    container = {"type": 17, "accent_color": 255, "components": [section, {"type": 14}, gallery]}
    lines = draw(with_components(container))
    assert texts(lines)[3:] == [
        "▎ ┃ Build 7 is green",
        "▎ ┃  ✓ Ship",
        "▎ ┃ " + "─" * 56,
        "▎ ┃ ▤ a graph (x.example)",
    ]
    assert [zone.action for line in lines[4:] for zone in line.zones] == ["component:0", "link:https://x.example/a.png"]


def test_a_hidden_container_is_shown_when_it_is_revealed() -> None:
    hidden = with_components({"type": 17, "spoiler": True, "components": [{"type": 10, "content": "the secret"}]})
    assert "secret" not in "".join(texts(draw(hidden)))
    assert any("the secret" in line for line in texts(draw(hidden, is_revealed=True)))


def test_a_link_tells_its_real_host() -> None:
    button = {"type": 2, "style": 5, "label": "https://bank.example", "url": "https://bank.example@evil.example/"}
    assert "(evil.example)" in texts(draw(with_components({"type": 1, "components": [button]})))[3]
    broken = {"type": 2, "style": 5, "label": "x", "url": "javascript:alert(1)"}
    zones = [zone for line in draw(with_components(broken)) for zone in line.zones]
    assert [zone.action for zone in zones if not zone.action.startswith("user:")] == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [(Answer.AWAITED, "… the bot is told"), (Answer.NONE, "✕ the bot did not answer in time")],
)
def test_what_became_of_a_press_is_told_at_the_message(answer: Answer, words: str) -> None:
    item, state = with_components(ROW), sample_state()
    state.pending["1"] = Pending(GENERAL, int(item.id), "a", answer)
    layout = MessageLayout(ChannelNames(state, GENERAL), Palette(DARK.variables, has_colour=True))
    lines = texts(layout.lines(Entry("k", item), look(100)))
    assert lines[4] == f"▎ {words}"
    assert ("… Deploy" in lines[3]) == (answer is Answer.AWAITED)


def test_deep_and_endless_components_end() -> None:
    deep: dict[str, object] = {"type": 2, "label": "x", "custom_id": "x"}
    for _ in range(200):
        deep = {"type": 17, "components": [deep]}
    assert len(draw(with_components(deep))) < 20
    many = {"type": 1, "components": [{"type": 2, "label": "x", "custom_id": str(each)} for each in range(2000)]}
    assert len(components.pressed(components.read(with_components(many).components))) < components.MAX_COMPONENTS
    assert len(draw(with_components(many))) < 20
