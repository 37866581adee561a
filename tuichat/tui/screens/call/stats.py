"""How well a call goes: round trip, loss and what was concealed, over the last minute and by person."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.client.voice_desk import Moment, VoicePerson, VoiceView
from tuichat.text.call_words import path_words, percent, rate, timeliness
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _, ngettext
from tuichat.tui import keys
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.voice_drawing import sparkline
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_list import LineList, ListRow, Look

if TYPE_CHECKING:
    from tuichat.client.voice_desk import VoiceDesk

LOSS_TOP, RTT_TOP_MS, DELAY_TOP_MS, JITTER_TOP_MS = (
    0.2,
    300.0,
    200.0,
    60.0,
)  # taste: where each becomes hard to listen to
LABEL_CELLS, VALUE_CELLS = 16, 11


class FigureRow(ListRow, frozen=True):
    """A figure and how it was; without a value a heading."""

    number: int
    label: str
    value: str = ""
    values: tuple[float, ...] = ()
    top: float = 1.0

    @property
    def key(self) -> int:
        return self.number


class FigureRows(LineList[FigureRow]):
    BACKGROUND = "raised"

    def draw(self, row: FigureRow, look: Look) -> list[Line]:
        palette = look.palette
        builder = LineBuilder(palette.background("raised"))
        if not row.value:
            return [builder.add(fit(row.label, look.width), palette.style("bright")).build(look.width)]
        builder.space(2).add(fit(row.label, LABEL_CELLS - 1), palette.style("muted")).space_to(LABEL_CELLS + 2)
        builder.add(fit(row.value, look.width - builder.cells), palette.style("text"))
        room = look.width - LABEL_CELLS - VALUE_CELLS - 4
        if row.values and room >= 8 and cell_len(row.value) < VALUE_CELLS:
            builder.space_to(LABEL_CELLS + VALUE_CELLS + 2)
            builder.add(sparkline(row.values, min(60, room), top=row.top), palette.style("accent"))
        return [builder.build(look.width)]

    def choose(self, row: FigureRow, action: str | None) -> None:
        """Figures are looked at."""


def figure_rows(view: VoiceView) -> list[FigureRow]:
    """Return everything that is measured of a call."""
    rows: list[FigureRow] = []

    def add(label: str, value: str = "", values: Sequence[float] = (), top: float = 1.0) -> None:
        rows.append(FigureRow(len(rows), label, value, tuple(values), top))

    moments = view.moments
    add(safe_line(view.title))
    if view.has_statistics:
        rtt = "–" if view.rtt_ms is None else f"{view.rtt_ms:.0f} ms"
        add(_("round trip"), rtt, [each.rtt_ms for each in moments], RTT_TOP_MS)
        add(_("jitter"), f"{view.jitter_ms:.0f} ms", [each.jitter_ms for each in moments], JITTER_TOP_MS)
        add(_("lost"), percent(view.loss), [each.loss for each in moments], LOSS_TOP)
        add(_("concealed"), percent(view.concealed), [each.concealed for each in moments], LOSS_TOP)
        add(_("lost of yours"), percent(view.sent_loss))
        add(
            _("sent again"),
            ngettext("{count} earlier frame a packet", "{count} earlier frames a packet", view.redundancy).format(
                count=view.redundancy
            )
            if view.redundancy
            else _("nothing"),
        )
        add(_("sent"), rate(view.sent_bytes_s))
        add(_("received"), rate(view.received_bytes_s))
        add(_("audio on time"), timeliness(view))
    add(_("path"), path_words(view))
    add(_("encryption"), _("to the server") + (f" · {safe_line(view.mode)}" if view.mode else ""))
    for word, name in ((_("microphone"), view.input_name), (_("speaker"), view.output_name)):
        add(word, safe_line(name) or _("closed"))
    for person in view.people:
        if not person.is_me:
            _add_person(add, person)
    return rows


def _add_person(add: "_Add", person: VoicePerson) -> None:
    add(safe_name(person.name))
    last: Moment | None = person.moments[-1] if person.moments else None
    if last is None:
        add(_("lost"), _("nothing heard yet"))
        return
    moments = person.moments
    add(_("lost"), percent(last.loss), [each.loss for each in moments], LOSS_TOP)
    add(_("concealed"), percent(last.concealed), [each.concealed for each in moments], LOSS_TOP)
    add(_("jitter"), f"{last.jitter_ms:.0f} ms", [each.jitter_ms for each in moments], JITTER_TOP_MS)
    add(_("held back"), f"{last.delay_ms:.0f} ms", [each.delay_ms for each in moments], DELAY_TOP_MS)


if TYPE_CHECKING:
    from typing import Protocol

    class _Add(Protocol):
        def __call__(self, label: str, value: str = "", values: Sequence[float] = (), top: float = 1.0) -> None: ...


class StatsDialog(Dialog[None]):
    """Goes on while it is open."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(self, desk: "VoiceDesk") -> None:
        super().__init__()
        self._desk = desk

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall -large"):
            yield Static(_("How well the call goes"), classes="dialog-title", markup=False)
            yield FigureRows(id="figures", classes="dialog-rows")
            yield Static(
                _("a column is a second, the newest on the right · esc closes"), classes="dialog-note", markup=False
            )

    def on_mount(self) -> None:
        self._show()
        self.query_one(FigureRows).focus()
        self._unsubscribe = self._desk.subscribe(self._show)

    def on_unmount(self) -> None:
        self._unsubscribe()

    def _show(self) -> None:
        view = self._desk.view
        rows = figure_rows(view) if view.is_in_call else [FigureRow(0, _("You are in no call."))]
        self.query_one(FigureRows).show_rows(rows)

    def action_close(self) -> None:
        self.dismiss(None)
