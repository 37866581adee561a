"""A field draws and steps over signs as the composer does."""

from collections.abc import Iterator

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult

from tests.tui.signs import FAMILY, FLAG, HEART, TONED
from tuichat.text.safe_text import show
from tuichat.text.signs import Kind
from tuichat.tui.widgets.sign_input import SignInput

VALUE = f"a{FAMILY}{FLAG}b"


class FieldApp(App[None]):
    def compose(self) -> ComposeResult:
        yield SignInput(VALUE, select_on_focus=False)


@pytest.fixture
def showing_all() -> Iterator[None]:
    show(tuple(Kind))
    yield
    show(())


@pytest.mark.usefixtures("showing_all")
async def test_the_cursor_steps_over_whole_signs_and_takes_them_away_whole() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        field = app.query_one(SignInput)
        places = [field.cursor_position]
        for _ in range(5):
            await pilot.press("left")
            places.append(field.cursor_position)
        assert places == [9, 8, 6, 1, 0, 0]
        await pilot.press("right", "right")
        assert field.cursor_position == 6
        await pilot.press("shift+right")
        assert field.selected_text == FLAG
        await pilot.press("left", "backspace")
        assert field.value == f"a{FLAG}b"
        await pilot.press("delete", "delete", "delete", "backspace", "backspace")
        assert field.value == ""


async def test_what_the_terminal_draws_wider_has_a_stand_in() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        field = app.query_one(SignInput)
        field.value = f"{TONED}{HEART}\x1b|"
        await pilot.pause()
        drawn = field.render_line(0).text
        assert drawn.startswith("\U0001f44d\u200c\u2764 ")
        assert "\x1b" not in drawn
        assert cell_len(drawn) == field.scrollable_content_region.width + 1
        assert field.value == f"{TONED}{HEART}\x1b|"


async def test_dots_hide_a_password() -> None:
    app = FieldApp()
    async with app.run_test() as pilot:
        field = app.query_one(SignInput)
        field.password = True
        await pilot.pause()
        assert set(field.render_line(0).text.strip()) == {"•"}
