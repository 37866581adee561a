"""What draws its own lines hears of every size, also of one that Textual does not tell."""

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static

from tuichat.tui.widgets.drawn_widget import DrawnWidget


class Told(DrawnWidget):
    heights: list[int]

    def on_mount(self) -> None:
        self.heights = []

    def on_resize(self, event: events.Resize) -> None:
        self.heights.append(event.size.height)


class StripApp(App[None]):
    CSS = "Told { height: 1fr; } #strip { height: 1; dock: bottom; }"

    def compose(self) -> ComposeResult:
        yield Told()
        yield Static("in a call", id="strip")

    def on_mount(self) -> None:
        self.query_one("#strip").display = False


async def test_a_size_taken_over_by_a_layout_for_scrolling_is_told() -> None:
    app = StripApp()
    async with app.run_test(size=(40, 10)) as pilot:
        await pilot.pause()
        told = app.query_one(Told)
        assert told.heights[-1] == 10
        app.query_one("#strip").display = True
        app.screen._compositor.reflow_visible(app.screen, app.screen.outer_size)  # what a scroll in between does,
        assert app.screen._compositor.full_map[told].region.height == 9  # and who asks where the mouse is
        app.screen._refresh_layout()
        await pilot.pause()
        assert told.heights[-1] == told.size.height == 9
