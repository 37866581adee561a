"""A list of choices that is read page by page: says when the end of what is there comes into view."""

from collections.abc import Callable

from tuichat.tui.widgets.choice_rows import ChoiceRows

NEAR_LINES = 3  # taste: below the last line in view


class PagedRows(ChoiceRows):
    def __init__(self, chosen: Callable[[str], None], end_near: Callable[[], None], *, id: str | None = None) -> None:
        super().__init__(chosen, id=id)
        self._end_near = end_near

    def look_for_end(self) -> None:
        """Ask for more where the end is in view, or nearly; not while a filter hides what is there."""
        if self._filter is None and self._top + self._view_height + NEAR_LINES >= len(self._places):
            self._end_near()

    def _move_view(self, top: int) -> None:
        has_moved = top != self._top
        super()._move_view(top)
        if has_moved:
            self.look_for_end()

    def cursor_moved(self) -> None:
        self.look_for_end()
