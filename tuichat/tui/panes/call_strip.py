"""One line on every screen while in a call: where, how well it goes, what the microphone hears, and the way out."""

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events

from tuichat.client.voice_desk import Stage, VoiceView
from tuichat.text.call_words import percent, place_words
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import _
from tuichat.tui import call_gestures
from tuichat.tui.styles.palette import Palette
from tuichat.tui.voice_drawing import STAGE_SIGNS, STAGE_WORDS, add_meter
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_bar import LineBar

MIN_TITLE = 7  # cells of the channel's name that stay
MAX_RUNG = 3  # names of people who are called
GO, MUTE, DEAFEN, LEAVE, STATS, TALK = "go", "mute", "deafen", "leave", "stats", "talk"


class Look:
    """How wide each part is told: a step further is shorter."""

    METERS = (14, 8, 6, 6, 6, 6)
    GAPS = (3, 2, 1, 1, 1, 1)
    SHORT = 2  # the first step without words behind figures
    ONE_BUTTON = 4  # the first step with one button for microphone and ears

    def __init__(self, view: VoiceView, step: int) -> None:
        self.view = view
        self.meter = self.METERS[step]
        self.gap = self.GAPS[step]
        self._step = step

    def figures(self) -> list[str]:
        """Return round trip, jitter, loss and what was concealed."""
        view = self.view
        if not view.has_statistics:
            return []
        rtt = "–" if view.rtt_ms is None else f"{view.rtt_ms:.0f}"
        jitter, loss, concealed = f"{view.jitter_ms:.0f}", percent(view.loss), percent(view.concealed)
        if self._step == 0:
            return [
                _("round trip {rtt} ms").format(rtt=rtt),
                _("jitter {jitter} ms").format(jitter=jitter),
                _("{share} lost").format(share=loss),
                _("{share} concealed").format(share=concealed),
            ]
        if self._step == 1:
            return [f"{rtt} ms", f"±{jitter} ms", _("{share} lost").format(share=loss), f"~{concealed}"]
        return [f"{rtt} ms", f"±{jitter}", loss, f"~{concealed}"]

    def security(self) -> str:
        if self._step <= self.SHORT:
            words = _("encrypted to the server")
        else:
            words = _("encrypted to server") if self._step <= self.ONE_BUTTON else _("encrypted")
        if self.view.is_over_websocket and not self.view.place.is_laptop:  # else the way from there says it
            return f"{words} · " + (_("through the WebSocket, UDP is blocked") if self._step == 0 else "WebSocket")
        return words

    def place(self) -> str:
        """Return where the sound is, where that is not here."""
        return place_words(self.view, is_short=self._step > 0)

    def buttons(self) -> list[tuple[str, str, str]]:
        """Return labels, styles and actions."""
        view = self.view
        is_mute = view.is_muted or view.is_server_muted or view.is_suppressed
        is_deaf = view.is_deafened or view.is_server_deafened
        if self._step < self.SHORT:
            mute = _("muted") if is_mute else _("mute")
            deafen = _("deafened") if is_deaf else _("deafen")
        else:
            mute, deafen = (_("mic") + "✕" * is_mute), (_("ears") + "✕" * is_deaf)
        leave = _("leave") if self._step <= self.SHORT else "✕"
        talk = [self._talk_button()] if view.gate == "push_to_talk" else []
        if self._step >= self.ONE_BUTTON:
            one = "∅" if is_deaf else "♪✕" if is_mute else "♪"
            return [
                *talk,
                (f" {one} ", "chip-accent" if is_mute or is_deaf else "chip", MUTE),
                (f" {leave} ", "chip-bad", LEAVE),
            ]
        return [
            *talk,
            (f" {mute} ", "chip-accent" if is_mute else "chip", MUTE),
            (f" {deafen} ", "chip-accent" if is_deaf else "chip", DEAFEN),
            (f" {leave} ", "chip-bad", LEAVE),
        ]

    def _talk_button(self) -> tuple[str, str, str]:
        """Whether push to talk is down is seen everywhere: where it is a switch, it may be down unnoticed."""
        is_talking = self.view.is_talking
        words = _("talking") if is_talking else _("talk")
        return (f" {words} ", "chip-accent" if is_talking else "chip", TALK)


class CallStrip(LineBar):
    """Shows nothing without a call. Posts what was pressed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view = VoiceView()
        self._is_holding = False  # the mouse, on the button of push to talk
        self.display = False

    def show(self, view: VoiceView) -> None:
        if view != self._view:
            self._view = view
            self.display = view.is_in_call or (view.stage is Stage.FAILED and bool(view.sentence))
            self.redraw()

    def draw(self, width: int, palette: Palette) -> list[Line]:
        for step in range(len(Look.METERS)):
            look = Look(self._view, step)
            needed = self._needed(look)
            if needed <= width or step == len(Look.METERS) - 1:
                break
        return [self._line(look, width, palette)]

    def _needed(self, look: Look) -> int:
        view = self._view
        title = min(cell_len(safe_line(view.title)), 24)
        told = self._told(look)
        buttons = sum(cell_len(label) + 1 for label, *_rest in look.buttons())
        middle = sum(cell_len(text) + look.gap for text, *_rest in told)
        return 3 + title + 1 + look.meter + middle + 1 + buttons

    def _told(self, look: Look) -> list[tuple[str, str, str | None]]:
        """Return what stands in the middle: a hint, else the state, else the figures."""
        view = self._view
        if view.stage is not Stage.CONNECTED:
            words, reason = _(STAGE_WORDS[view.stage]), safe_line(view.sentence)
            if view.stage is Stage.FAILED:
                words, reason = reason or words, ""
            sentence = f"{words} {reason}" if reason else words
            return [(sentence, STAGE_SIGNS[view.stage][1], GO)]
        if view.place.is_away:
            return [(look.place(), "warn", GO)]
        if view.is_muted_talking:
            return [(_(" you are muted "), "badge", MUTE)]
        if view.ringing and len(view.people) <= 1:
            names = ", ".join(safe_name(rung.name, _("somebody")) for rung in view.ringing[:MAX_RUNG])
            return [(_("calling {names} …").format(names=names), "accent", GO), (look.security(), "good", STATS)]
        figures: list[tuple[str, str, str | None]] = [(text, "muted", STATS) for text in look.figures()]
        place = look.place()
        placed: list[tuple[str, str, str | None]] = [(place, "accent", STATS)] if place else []
        return [*placed, *figures, (look.security(), "good", STATS)]

    def _line(self, look: Look, width: int, palette: Palette) -> Line:
        view = self._view
        builder = LineBuilder(palette.background("raised")).space()
        sign, style = STAGE_SIGNS[view.stage]
        builder.add(sign, palette.style(style), GO).space()
        buttons = look.buttons() if view.stage is not Stage.FAILED else [(_(" close "), "chip", LEAVE)]
        right = sum(cell_len(label) + 1 for label, *_rest in buttons)
        told = self._told(look)
        middle = sum(cell_len(text) + look.gap for text, *_rest in told)
        room = width - builder.cells - right - 1
        title = fit(safe_line(view.title), max(MIN_TITLE, room - look.meter - 1 - middle))
        builder.add(title, palette.style("bright"), GO).space()
        if view.stage is Stage.CONNECTED:
            add_meter(builder, palette, view, look.meter, MUTE)
        self._add_middle(builder, palette, look, told, width - right - 1)
        builder.space_to(width - right)
        for label, name, action in buttons:
            builder.add(label, palette.style(name), action).space()
        return builder.build(width)

    def _add_middle(
        self, builder: LineBuilder, palette: Palette, look: Look, told: Sequence[tuple[str, str, str | None]], end: int
    ) -> None:
        """Put in what fits; a part that does not is left out or cut, from the last one on."""
        for text, style, action in told:
            room = end - builder.cells - look.gap
            if room < min(cell_len(text), 8):
                return
            builder.space(look.gap).add(fit(text, room), palette.style(style), action)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if self.action_under(event) == TALK:
            self._is_holding = True
            self.capture_mouse()
            self.post_message(call_gestures.TalkPressed(is_pressed=True))

    def on_mouse_up(self) -> None:
        if self._is_holding:
            self._is_holding = False
            self.release_mouse()
            self.post_message(call_gestures.TalkPressed(is_pressed=False))

    def act(self, action: str) -> None:
        match action:
            case "go":
                self.post_message(call_gestures.CallChannelAsked())
            case "mute":
                self.post_message(call_gestures.MuteToggled())
            case "deafen":
                self.post_message(call_gestures.DeafenToggled())
            case "leave":
                self.post_message(call_gestures.LeaveCallAsked())
            case "stats":
                self.post_message(call_gestures.CallStatsAsked())
