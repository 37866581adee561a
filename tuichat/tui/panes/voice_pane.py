"""What a voice or stage channel shows: when calls come, and how the audio engine is."""

from collections.abc import Sequence
from typing import ClassVar

import msgspec
from textual.binding import BindingType

from tuichat.translation import _
from tuichat.tui import gestures, keys
from tuichat.tui.styles.palette import Palette
from tuichat.tui.widgets.line import Line, LineBuilder
from tuichat.tui.widgets.line_bar import LineBar
from tuichat.tui.wrap import Piece, wrap


class VoiceContent(msgspec.Struct, frozen=True):
    title: str = ""
    sentence: str = ""  # what this channel can do now
    people: tuple[str, ...] = ()
    engine: str = ""  # the audio engine's state, a sentence
    engine_style: str = "muted"  # by the palette's name
    details: Sequence[str] = ()  # devices, or what is missing
    can_retry: bool = False


class VoicePane(LineBar, can_focus=True):
    """Posts that the engine is to be started again."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.VOICE)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._content = VoiceContent()

    def show(self, content: VoiceContent) -> None:
        if content != self._content:
            self._content = content
            self.redraw()

    def draw(self, width: int, palette: Palette) -> list[Line]:
        content, main = self._content, palette.background("main")
        lines: list[Line] = []

        def write(text: str, style: str, action: str | None = None) -> None:
            for pieces in wrap([Piece(text, palette.style(style), action)], width):
                builder = LineBuilder(main)
                for piece in pieces:
                    builder.add(piece.text, piece.style, piece.action)
                lines.append(builder.build(width))

        def gap() -> None:
            lines.append(LineBuilder(main).build(width))

        gap()
        write(content.title, "bright")
        write(content.sentence, "text")
        if content.people:
            gap()
            write(_("In this channel: ") + ", ".join(content.people), "muted")
        if content.engine:
            gap()
            write(_("AUDIO ENGINE"), "dim")
            write(content.engine, content.engine_style)
            for detail in content.details:
                write(detail, "muted")
        if content.can_retry:
            gap()
            write(_(" start it again "), "chip", "retry")
        return lines

    def act(self, action: str) -> None:
        self.post_message(gestures.EngineRetryAsked())

    def action_retry(self) -> None:
        if self._content.can_retry:
            self.post_message(gestures.EngineRetryAsked())
