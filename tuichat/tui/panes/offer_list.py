"""The list over the composer of what may be meant by the word that is being typed."""

from collections.abc import Hashable, Sequence

from tuichat.tui import gestures
from tuichat.tui.completion import Offer
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

MAX_SHOWN = 8  # rows at once (taste)
_DOTS = {"online": ("●", "good"), "idle": ("◐", "warn"), "dnd": ("⊖", "bad")}


class OfferRow(ListRow, frozen=True):
    number: int
    offer: Offer

    @property
    def key(self) -> Hashable | None:
        return self.number


class OfferList(LineList[OfferRow], can_focus=False):
    """Posts the number of the offer that was clicked; which one is chosen by keys, its owner says."""

    BACKGROUND = "raised"

    def show(self, offers: Sequence[Offer], chosen: int, room: int) -> None:
        """Show these offers in at most `room` lines; nothing hides the list."""
        self.display = bool(offers) and room > 0
        self.styles.height = max(1, min(len(offers), MAX_SHOWN, room))
        self.show_rows([OfferRow(number, offer) for number, offer in enumerate(offers)])
        if offers:
            self.move_cursor_to(chosen)

    def shows_cursor(self) -> bool:
        return True  # the focus is in the composer

    def draw(self, row: OfferRow, look: Look) -> list[Line]:
        offer, palette = row.offer, look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        if offer.status:
            dot, style = _DOTS.get(offer.status, ("○", "dim"))
            builder.add(dot, palette.style(style)).space()
        elif offer.sign:
            builder.add(offer.sign, palette.style("muted")).space()
        name = palette.style("bright") if offer.hue is None else palette.hue(offer.hue)
        builder.add(fit(offer.label, max(1, look.width - builder.cells - 1)), name)
        room = look.width - builder.cells - 3
        if offer.detail and room > 3:
            builder.space(2).add(fit(offer.detail, room), palette.style("dim"))
        return [builder.build(look.width)]

    def choose(self, row: OfferRow, action: str | None) -> None:
        self.post_message(gestures.OfferChosen(row.number))
