"""The search: a line whose operators complete themselves, and what was found below it."""

from collections.abc import Callable, Hashable, Sequence
from datetime import datetime
from enum import Enum
from typing import ClassVar, TypeVar

import msgspec
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Input, Static

from tuichat.client.errors import ClientError
from tuichat.client.search import IndexNotReadyError, Order, Results, Search, SearchQuery
from tuichat.client.state import State
from tuichat.text.safe_text import safe_line
from tuichat.translation import N_, _, ngettext
from tuichat.tui import gestures, keys
from tuichat.tui.messages.view import ViewPosition
from tuichat.tui.panes.message_list import MessageList
from tuichat.tui.screens.found import FoundDialog, Target
from tuichat.tui.search_query import MAX_CHARACTERS, Offer, SearchLine
from tuichat.tui.styles.palette import Palette
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_bar import LineBar
from tuichat.tui.widgets.line_list import LineList, ListRow, Look
from tuichat.tui.widgets.sign_input import SignInput


class Place(Enum):
    """Where to search."""

    CHANNEL = N_("this channel")
    GUILD = N_("this server")
    PRIVATE = N_("all private messages")


Choice = TypeVar("Choice", bound=Enum)
ORDERS = {Order.NEWEST: N_("newest first"), Order.OLDEST: N_("oldest first"), Order.RELEVANCE: N_("best first")}


class Searching(msgspec.Struct):
    """A search as it was left, to come back to."""

    text: str = ""
    place: Place = Place.GUILD
    order: Order = Order.NEWEST
    results: Results | None = None
    position: ViewPosition = msgspec.field(default_factory=ViewPosition)
    selected: str | None = None


class OfferRow(ListRow, frozen=True):
    offer: Offer

    @property
    def key(self) -> Hashable | None:
        return self.offer.text


class OfferRows(LineList[OfferRow]):
    BACKGROUND = "raised"

    class Taken(gestures.Gesture):
        def __init__(self, offer: Offer) -> None:
            super().__init__()
            self.offer = offer

    def shows_cursor(self) -> bool:
        return True

    def draw(self, row: OfferRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("chosen" if look.has_cursor else "raised"))
        builder.add("› " if look.has_cursor else "  ", palette.style("accent"))
        builder.add(fit(safe_line(row.offer.text), max(4, look.width // 2)), palette.style("bright")).space(2)
        words = fit(safe_line(row.offer.words), max(1, look.width - builder.cells))
        return [builder.add(words, palette.style("muted")).build(look.width)]

    def choose(self, row: OfferRow, action: str | None) -> None:
        self.post_message(self.Taken(row.offer))


class SearchBar(LineBar):
    """Where is searched and how it is sorted; a click takes the next."""

    def __init__(self) -> None:
        super().__init__(id="search-bar")
        self.words = ("", "")

    class Turned(gestures.Gesture):
        def __init__(self, action: str) -> None:
            super().__init__()
            self.action = action

    def draw(self, width: int, palette: Palette) -> list[Line]:
        builder = LineBuilder(palette.background("raised"))
        for words, action, key in zip(self.words, ("place", "order"), ("f2", "f3"), strict=True):
            builder.add(key, palette.style("accent-bold"), action).space()
            builder.add(f" {words} ", palette.style("chip"), action).space(2)
        return [builder.build(width)]

    def act(self, action: str) -> None:
        self.post_message(self.Turned(action))


class SearchDialog(FoundDialog):
    """Answers with the message to go to; `searching` keeps the search for the way back."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.SEARCH)

    def __init__(
        self,
        state: State,
        channel_id: int,
        guild_id: int | None,
        search: Search,
        searching: Searching,
        *,
        now: Callable[[], datetime],
        is_12h: bool,
    ) -> None:
        super().__init__(state, channel_id, now=now, is_12h=is_12h)
        self._guild_id = guild_id
        self._search = search
        self.searching = searching
        self._places = [Place.CHANNEL, Place.GUILD] if guild_id is not None else [Place.CHANNEL, Place.PRIVATE]
        if searching.place not in self._places:
            searching.place = self._places[-1]
        self._problem = ""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall -large"):
            yield SignInput(
                self.searching.text,
                placeholder=_("search: words, from: in: has: before: …"),
                max_length=MAX_CHARACTERS,
                id="search-line",
                select_on_focus=False,
            )
            yield OfferRows(id="search-offers")
            yield SearchBar()
            yield MessageList(now=self._clock, id="found")
            yield Static("", id="found-note", classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self._show_bar()
        line = self.query_one(Input)
        results = self.searching.results
        if results is None:
            line.focus()
            self._offer()
            self.found_list.show_nothing(_("Enter searches. Words alone find messages that hold them all."))
            self._tell()
            return
        self.found_list.focus()
        self._show_results(results, self.searching.position)
        self.found_list.select(self.searching.selected)
        self.page_loaded()

    # The line and its completion.

    @property
    def _line(self) -> SearchLine:
        return SearchLine(self.account_state, self._guild_id, self._clock())

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self.searching.text = event.value
        self._offer()

    def _offer(self) -> None:
        line, offers = self.query_one(Input), self.query_one(OfferRows)
        listed = self._line.offers(line.value[: line.cursor_position])[1] if line.has_focus else []
        offers.show_rows([OfferRow(offer) for offer in listed])
        offers.styles.height = len(listed)
        offers.display = bool(listed)
        offers.action_cursor_first()

    @on(OfferRows.Taken)
    def _offer_taken(self, event: OfferRows.Taken) -> None:
        event.stop()
        line = self.query_one(Input)
        before, after = line.value[: line.cursor_position], line.value[line.cursor_position :]
        start = self._line.offers(before)[0]
        text = before[:start] + event.offer.text + ("" if event.offer.text.endswith(":") else " ")
        line.value = text + after.lstrip()
        line.cursor_position = len(text)
        line.focus()
        self._offer()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self._offer()

    def action_complete(self) -> None:
        """Take the completion that the cursor is on; without one go on to what was found."""
        offers = self.query_one(OfferRows)
        if offers.display:
            offers.action_choose()
        else:
            (self.query_one(Input) if self.found_list.has_focus else self.found_list).focus()

    def action_cursor_down(self) -> None:
        offers = self.query_one(OfferRows)
        if offers.display:
            offers.action_cursor_down()
        else:
            self.found_list.focus()
            self.found_list.action_cursor_down()

    def action_cursor_up(self) -> None:
        offers = self.query_one(OfferRows)
        if offers.display:
            offers.action_cursor_up()

    def action_close(self) -> None:
        """Leave the results for the line, and the line for where one was."""
        if self.found_list.has_focus and self.searching.results is not None:
            self.query_one(Input).focus()
        else:
            self.leave(None)

    # Where, and in which order.

    def action_next_place(self) -> None:
        self.searching.place = _next(self._places, self.searching.place)
        self._turned()

    def action_next_order(self) -> None:
        self.searching.order = _next(list(ORDERS), self.searching.order)
        self._turned()

    @on(SearchBar.Turned)
    def _bar_turned(self, event: SearchBar.Turned) -> None:
        event.stop()
        (self.action_next_place if event.action == "place" else self.action_next_order)()

    def _turned(self) -> None:
        self._show_bar()
        if self.searching.results is not None:
            self._begin()

    def _show_bar(self) -> None:
        bar = self.query_one(SearchBar)
        bar.words = (_(self.searching.place.value), _(ORDERS[self.searching.order]))
        bar.redraw()

    # Searching.

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        self._begin()

    def _begin(self) -> None:
        read = self._line.read(self.searching.text)
        self._problem = " · ".join(read.problems)
        if read.problems or read.query.is_empty:
            self._problem = self._problem or _("Type what to look for.")
            self._tell()
            return
        results = self.searching.results = self._results(read.query)
        self._show_results(results, ViewPosition())
        self.query_one(OfferRows).display = False
        self._tell(_("searching …"))
        self.run_worker(self._first_page(results))

    def _results(self, query: SearchQuery) -> Results:
        order = self.searching.order
        if self.searching.place is Place.CHANNEL and not query.channel_ids:
            return self._search.in_channel(self._channel_id, query, order)
        if self._guild_id is not None:
            return self._search.in_guild(self._guild_id, query, order)
        channels = self.account_state.channels
        ids = [each for each in self.account_state.private_channel_ids if each in channels]
        return self._search.in_channels(
            sorted(ids, key=lambda each: -_last(channels[each].last_message_id)), query, order
        )

    async def _first_page(self, results: Results) -> None:
        await self.load_page()
        if results is self.searching.results and len(results.found) and self.query("#search-line:focus"):
            self.found_list.focus()
            self.found_list.select(results.found[0].key)

    def _show_results(self, results: Results, position: ViewPosition) -> None:
        tells_place = self.searching.place is not Place.CHANNEL
        nothing = "" if results.found.has_newer else _("Nothing was found. Fewer words or a wider place may find more.")
        self.show_pages(results, position, ("", nothing), tells_place=tells_place)

    def page_loaded(self) -> None:
        results = self.searching.results
        if results is None:
            return
        if not len(results.found):
            self._show_results(results, ViewPosition())
        self._problem = ""
        self._tell(ngettext("{count} found", "{count} found", results.total).format(count=results.total))

    def loading_failed(self, error: ClientError) -> None:
        if not isinstance(error, IndexNotReadyError):
            self._problem = safe_line(str(error))
            self._tell()
            return
        words = _("The server still reads older messages into its index ({count} so far). Asking again in {seconds} s.")
        self._tell(words.format(count=error.documents, seconds=round(error.retry_after_s)))
        results = self.searching.results

        def again() -> None:
            if results is self.searching.results and self.is_attached:
                self.run_worker(self.load_page())

        self.set_timer(error.retry_after_s, again)

    def _tell(self, words: str = "") -> None:
        parts = [each for each in (self._problem or words,) if each]
        parts.append(_("enter searches, or jumps there · tab completes · esc goes back"))
        self.query_one("#found-note", Static).update(" · ".join(parts))

    def leave(self, target: Target | None) -> None:
        self.searching.position = self.found_list.position()
        self.searching.selected = self.found_list.selected_key
        super().leave(target)


def _next(choices: Sequence[Choice], now: Choice) -> Choice:
    return choices[(list(choices).index(now) + 1) % len(choices)]


def _last(message_id: object) -> int:
    return int(message_id) if isinstance(message_id, int) else 0
