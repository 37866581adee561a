"""A widget that draws its own lines, and therefore must hear of every change of its size."""

from textual import events
from textual.geometry import Size
from textual.widget import Widget


class DrawnWidget(Widget):
    """Base of the widgets whose lines are made for one size.

    Textual 8 sends `Resize` to the widgets that differ between two full layouts; a layout for scrolling alone in between takes a
    new size over without telling, and the next full one then sees no difference. So the size itself is watched here.
    """

    def _size_updated(self, size: Size, virtual_size: Size, container_size: Size, layout: bool = True) -> bool:
        if size != self._size:
            self.post_message(events.Resize(size, virtual_size, container_size))
        return super()._size_updated(size, virtual_size, container_size, layout)
