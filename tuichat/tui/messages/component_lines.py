"""The components of a bot's message as lines: its texts and layout, and what can be pressed or chosen as chips."""

from collections.abc import Sequence
from functools import partial

import msgspec
from rich.style import Style

from tuichat.client.state import Answer, Pending
from tuichat.text import components, markup
from tuichat.text.components import MAX_DEPTH, Component, Emoji, Kind
from tuichat.text.markup import Mark
from tuichat.text.media import Media
from tuichat.text.safe_text import safe_line
from tuichat.translation import N_, _, ngettext
from tuichat.tui.images.gallery import MAX_ROWS
from tuichat.tui.messages.chips import NO_NUMBERS, Numbers, cells, chip, flow
from tuichat.tui.messages.drawing import Drawing, Pieces, beside, with_bar
from tuichat.tui.widgets.line import fit
from tuichat.tui.wrap import Piece

MAX_LABEL_CHARACTERS = 150  # of a menu's placeholder, the longest on the wire
THUMBNAIL_ROWS, GALLERY_ROWS = 6, 9  # of pictures (taste)
MAX_GALLERY_COLUMNS, MIN_GALLERY_CELLS, GAP = 3, 24, 2  # of pictures beside each other (taste)
MIN_HOST_CELLS = 6  # in less the host behind a link would say nothing
# Signs of the five styles of buttons, so that none is told by its colour alone, and the style of each.
BUTTONS = {1: ("▸ ", "chip-accent"), 2: ("", "chip"), 3: ("✓ ", "chip"), 4: ("! ", "chip-bad"), 5: ("↗ ", "chip")}
CHOICES = {
    Kind.STRING_SELECT: N_("choose"),
    Kind.USER_SELECT: N_("choose a person"),
    Kind.ROLE_SELECT: N_("choose a role"),
    Kind.MENTIONABLE_SELECT: N_("choose a person or a role"),
    Kind.CHANNEL_SELECT: N_("choose a channel"),
}


def component_lines(
    drawing: Drawing,
    raws: Sequence[msgspec.Raw],
    width: int,
    *,
    numbers: Numbers | None = None,
    is_revealed: bool = False,
    pending: Pending | None = None,
) -> list[Pieces]:
    """Return the lines; without `numbers` nothing can be pressed, as in a forwarded message."""
    if not raws:
        return []
    read = components.read(raws)
    return _Drawer(drawing, read, numbers, pending, is_revealed=is_revealed).lines(read, width, MAX_DEPTH)


def component_label(component: Component) -> str:
    """Return what stands on a button or a menu, as a stranger wrote it, in one safe line."""
    if component.type == Kind.BUTTON:
        words = " ".join(part for part in (_emoji(component.emoji), component.label or "") if part)
        return safe_line(words[:MAX_LABEL_CHARACTERS]) or _("button")
    words = component.placeholder or _(CHOICES.get(Kind(component.type), N_("choose")))
    return safe_line(words[:MAX_LABEL_CHARACTERS])


class _Drawer:
    def __init__(
        self,
        drawing: Drawing,
        read: Sequence[Component],
        numbers: Numbers | None,
        pending: Pending | None,
        *,
        is_revealed: bool,
    ) -> None:
        self._drawing = drawing
        self._palette = drawing.palette
        self._can_press = numbers is not None
        self._numbers = numbers or NO_NUMBERS
        self._pending = pending
        self._is_revealed = is_revealed
        self._places = {id(component): place for place, component in enumerate(components.pressed(read))}
        self._left = components.MAX_COMPONENTS

    def lines(self, read: Sequence[Component], width: int, depth: int) -> list[Pieces]:
        found: list[Pieces] = []
        for component in read:
            if self._left <= 0:
                break
            self._left -= 1
            draw = partial(self._lines, component, max(4, width), depth)
            found += self._drawing.part("a component", max(4, width), draw)
        return found

    def _lines(self, component: Component, width: int, depth: int) -> list[Pieces]:
        if depth < 0:
            return []
        match component.type:
            case Kind.TEXT_DISPLAY:
                return self._text(component.content or "", width)
            case Kind.BUTTON:
                return flow([self._button(component, width)], width)
            case Kind.SEPARATOR:
                return [[Piece("─" * width if component.divider else " ", self._palette.style("line"))]]
            case Kind.MEDIA_GALLERY:
                return self._gallery(component, width)
            case Kind.THUMBNAIL:
                return self._picture(component, width, THUMBNAIL_ROWS)
            case Kind.FILE:
                return [self._media(component, component.file, _("a file"), width)]
            case Kind.CONTAINER:
                return self._container(component, width, depth)
            case _ if component.is_select:
                return flow([self._select(component, width)], width)
            case _:
                return self._held(component, width, depth)

    def _held(self, component: Component, width: int, depth: int) -> list[Pieces]:
        """Return what a row or a section holds: buttons beside each other, all else below each other."""
        found: list[Pieces] = []
        buttons: list[Pieces] = []
        for inner in component.inner:
            if self._left <= 0:
                break
            if inner.type == Kind.BUTTON:
                self._left -= 1
                buttons.append(self._button(inner, width))
                continue
            found += flow(buttons, width)
            buttons = []
            found += self.lines([inner], width, depth - 1)
        return found + flow(buttons, width)

    def _text(self, text: str, width: int) -> list[Pieces]:
        style = self._palette.style("text")
        return self._drawing.markdown(text, width, style, is_revealed=self._is_revealed) if text else []

    def _container(self, component: Component, width: int, depth: int) -> list[Pieces]:
        if component.spoiler and not self._is_revealed:
            return [[Piece(fit(f"▤ {_('hidden: a click or enter shows it')}", width), Style(), "reveal")]]
        palette, colour = self._palette, component.accent_color
        bar = Piece("┃ ", palette.role_colour(colour)) if colour else self._drawing.dim_bar()
        return with_bar(bar, self.lines(component.inner, width - 2, depth - 1))

    # What is pressed.

    def _action(self, component: Component) -> str | None:
        place = self._places.get(id(component))
        if place is None or component.disabled or not self._can_press:
            return None
        return f"component:{place}"

    def _is_awaited(self, component: Component) -> bool:
        pending = self._pending
        return pending is not None and pending.answer is Answer.AWAITED and pending.what == component.custom_id

    def _button(self, component: Component, width: int) -> Pieces:
        label = component_label(component)
        sign, style = BUTTONS.get(component.style, BUTTONS[2])
        if component.url:
            return self._link(component.url, f"{BUTTONS[5][0]}{label}", width)
        if component.disabled:
            return [self._drawing.dim(fit(f"({sign}{label})", width))]
        if self._is_awaited(component):
            sign = "… "
        action = self._action(component)
        number = self._numbers.take() if action else ""
        return chip(self._palette, fit(f"{sign}{label}", max(2, width - 3)), action, number, style)

    def _select(self, component: Component, width: int) -> Pieces:
        chosen = [option.label for option in component.choices if option.default]
        label = safe_line(", ".join(chosen)[:MAX_LABEL_CHARACTERS]) or component_label(component)
        if component.disabled:
            return [self._drawing.dim(fit(f"({label} ▾)", width))]
        sign = "… " if self._is_awaited(component) else ""
        action = self._action(component)
        number = self._numbers.take() if action else ""
        return chip(self._palette, f"{sign}{fit(label, max(2, width - 7))} ▾", action, number)

    # What is looked at.

    def _gallery(self, component: Component, width: int) -> list[Pieces]:
        items = (component.items or [])[:10]
        count = len(component.items or ())
        words = ngettext("{count} picture", "{count} pictures", count).format(count=count)
        lines = [] if count == 1 else [[self._drawing.dim(fit(f"▤ {words}", width))]]
        columns = max(1, min(len(items), MAX_GALLERY_COLUMNS, (width + GAP) // (MIN_GALLERY_CELLS + GAP)))
        cells_each = (width - GAP * (columns - 1)) // columns
        rows = MAX_ROWS if count == 1 else GALLERY_ROWS
        for start in range(0, len(items), columns):
            row = items[start : start + columns]
            lines += beside([(self._picture(item, cells_each, rows), cells_each) for item in row], GAP)
        return lines

    def _picture(self, component: Component, width: int, max_rows: int) -> list[Pieces]:
        """Return what a picture is called, and the picture where it is shown."""
        name = self._media(component, component.media, _("a picture"), width)
        if component.media is None or (component.spoiler and not self._is_revealed):
            return [name]
        lines = self._drawing.media(component.media, width, max_rows)
        return [name, *lines] if component.description or not lines else lines

    def _media(self, component: Component, media: Media | None, otherwise: str, width: int) -> Pieces:
        if component.spoiler and not self._is_revealed:
            return [Piece(fit(f"▤ {_('hidden: a click or enter shows it')}", width), Style(), "reveal")]
        words = safe_line((component.description or component.name or "")[:MAX_LABEL_CHARACTERS]) or otherwise
        return self._link(media.url if media is not None else "", f"▤ {words}", width, style="link")

    def _link(self, url: str, label: str, width: int, style: str = "chip") -> Pieces:
        """Return what leads to an address, with its real host behind it."""
        name, *host = markup.masked_link(url, label)
        if Mark.LINK not in name.mark:
            return [self._drawing.dim(fit(label, width))]
        words = fit(name.text, max(4, width - 3))
        look = self._palette.style(style) + Style(link=name.target)
        pieces = [Piece(f" {words} " if style == "chip" else words, look, f"link:{name.target}")]
        if host and (room := width - cells(pieces)) > MIN_HOST_CELLS:
            words = host[0].text.lstrip() if style == "chip" else host[0].text  # a chip ends with a blank
            pieces.append(self._drawing.dim(fit(words, room)))
        return pieces


def _emoji(emoji: Emoji | None) -> str:
    if emoji is None or not emoji.name:
        return ""
    return emoji.name if emoji.id is None else f":{emoji.name}:"
