"""The name and topic of the channel shown, and buttons for the lists that a narrow terminal hides."""

import msgspec
from rich.cells import cell_len

from tuichat.tui import gestures
from tuichat.tui.styles.palette import Palette
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_bar import LineBar


class HeaderContent(msgspec.Struct, frozen=True):
    sign: str = ""
    name: str = ""
    topic: str = ""
    parent: str = ""  # the channel above a thread
    guild: str = ""  # told where the list of channels is hidden
    mentions: int = 0  # elsewhere, told there too
    has_unread: bool = False  # something new elsewhere
    pins: str = ""  # how many, in words
    members: str = ""  # what the button at the right says


class Header(LineBar):
    """Posts that the list of channels, or of members, or the settings of the channel are asked for."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._content = HeaderContent()

    def show(self, content: HeaderContent) -> None:
        if content != self._content:
            self._content = content
            self.redraw()

    def draw(self, width: int, palette: Palette) -> list[Line]:
        content = self._content
        builder = LineBuilder(palette.background("main"))
        right = f" {content.members} " if content.members else ""
        if content.guild:
            builder.add(" ≡ ", palette.style("chip"), "channels").space()
            if content.mentions:
                builder.add(f" {content.mentions} ", palette.style("badge"), "channels").space()
            elif content.has_unread:
                builder.add("• ", palette.style("bright"), "channels")
            builder.add(fit(content.guild, max(1, width // 4)), palette.style("muted"), "channels")
            if content.name:
                builder.add(" / ", palette.style("line"))
        if content.parent:
            builder.add(fit(content.parent, max(1, width // 4)), palette.style("muted"), "parent")
            builder.add(" › ", palette.style("line"), "parent")
        builder.add(content.sign, palette.style("accent-bold")).space()
        room = max(1, width - builder.cells - len(right) - 1)
        builder.add(fit(content.name, room), palette.style("bright"), "channel")
        if content.pins and width - builder.cells - len(right) > cell_len(content.pins) + 5:
            builder.space(2).add(f" {content.pins} ", palette.style("chip"), "pins")
        room = width - builder.cells - len(right) - 6
        if content.topic and room > 8:
            builder.space(2).add("│", palette.style("line")).space(2)
            builder.add(fit(content.topic, room), palette.style("muted"))
        if right:
            builder.space_to(width - len(right)).add(right, palette.style("chip"), "members")
        return [builder.build(width)]

    def act(self, action: str) -> None:
        asked = {
            "channels": gestures.ChannelsAsked,
            "parent": gestures.ParentAsked,
            "pins": gestures.PinsAsked,
            "channel": gestures.ChannelSettingsAsked,
        }
        self.post_message(asked.get(action, gestures.MembersAsked)())
