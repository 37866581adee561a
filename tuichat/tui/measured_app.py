"""An app that shows and counts text as its terminal draws it."""

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from tuichat.config.paths import state_dir
from tuichat.tui.cells import cut_between_signs
from tuichat.tui.drawn_widths import DrawnWidths, WidthBook
from tuichat.tui.key_order import OrderedKeysApp

if TYPE_CHECKING:
    from tuichat.tui.terminal_driver import WidthsMeasured


class MeasuredApp(OrderedKeysApp):
    """`asks_widths` has the driver ask the terminal; its answer comes at any time, and is kept for the next start."""

    def __init__(self, **options: Any) -> None:  # those of Textual's App
        super().__init__(**options)
        self._widths = WidthBook(state_dir(), os.environ)
        self._widths.read().count()
        self.asks_widths = self._widths.must_ask()
        cut_between_signs()

    def text_changed(self) -> None:
        """Draw all text anew: it is shown or counted in another way."""

    def on_widths_measured(self, event: "WidthsMeasured") -> None:
        widths = DrawnWidths.of(event.columns)
        if widths is None:
            return
        self.run_worker(partial(self._widths.keep, widths), thread=True, group="widths")
        widths.count()
        self.text_changed()
        self.refresh(layout=True)
