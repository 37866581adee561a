"""Microphone, speaker, gate and push to talk, with a live meter; and a test of all of it."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tuichat.client.voice_desk import SoundTest, VoiceView
from tuichat.errors import TuichatError
from tuichat.text.call_words import away_word, verdict
from tuichat.text.safe_text import safe_line, safe_name
from tuichat.translation import N_, _
from tuichat.tui import keys
from tuichat.tui.screens.choice_dialog import ChoiceDialog
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.styles.palette import Palette
from tuichat.tui.voice_drawing import add_meter
from tuichat.tui.widgets.choice_rows import ChoiceRow, ChoiceRows
from tuichat.tui.widgets.line import Line, LineBuilder, fit
from tuichat.tui.widgets.line_bar import LineBar
from tuichat.tui.wrap import Piece, wrap

if TYPE_CHECKING:
    from tuichat.client.voice_desk import VoiceDesk
    from tuichat.config.schema import Settings, VoiceSettings
    from tuichat.tui.key_table import KeyTable
    from tuichat.voice.device import AudioDevice

    Keep = Callable[[str, str, object], Awaitable[None]]  # table, key, value

GATES = {
    "voice": N_("while I speak"),
    "push_to_talk": N_("while a key is held (push to talk)"),
    "open": N_("always"),
}
MUTES = {
    "close": N_("gives the microphone back to the system"),
    "instant": N_("keeps the microphone open, and hints when I talk"),
}
GAINS = (0, 25, 50, 75, 100, 125, 150, 175, 200)
THRESHOLDS_DB = (-70, -60, -55, -50, -45, -40, -35, -30, -20)
AUTO = "auto"
STEPS = {
    "delay": N_("Measuring the delay: a short click is played …"),
    "recording": N_("Recording three seconds: say something …"),
    "playing": N_("This is how you sound …"),
}
SWITCHES = (
    ("noise_suppression", N_("Take out noise")),
    ("echo_cancellation", N_("Take out the speaker's echo")),
    ("gain_control", N_("Even out how loud I am")),
    ("sounds", N_("Sounds of coming and going")),
)


class SoundBar(LineBar):
    """The meter with the gate's line, and how the test goes, in four lines; six where it tells voice's way."""

    HEIGHT, LONG_HEIGHT = 4, 6

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._view = VoiceView()

    def show(self, view: VoiceView) -> None:
        if view != self._view:
            self._view = view
            self.set_class(self._is_long, "-long")
            self.redraw()

    @property
    def _is_long(self) -> bool:
        view = self._view
        tells_way = view.way is not None or view.is_in_call
        return tells_way and view.test is not None and bool(view.test.verdict)

    def draw(self, width: int, palette: Palette) -> list[Line]:
        view, raised = self._view, palette.background("raised")
        meter = LineBuilder(raised)
        add_meter(meter, palette, view, max(6, width - 24))
        closed = away_word(view.place) if view.place.is_away else _("microphone closed")
        level = closed if view.input_db is None else f"{view.input_db:.0f} dB"
        if view.is_clipped:
            level += " " + _("too loud")
        lines = [meter.space().add(fit(level, 22), palette.style("bad" if view.is_clipped else "muted")).build(width)]
        words, style = _told(view)
        height = self.LONG_HEIGHT if self._is_long else self.HEIGHT
        for pieces in wrap([Piece(words, palette.style(style))], width)[: height - 1]:
            builder = LineBuilder(raised)
            for piece in pieces:
                builder.add(piece.text, piece.style)
            lines.append(builder.build(width))
        return lines


def _told(view: VoiceView) -> tuple[str, str]:
    """Return what there is to say below the meter, and its style."""
    test: SoundTest | None = view.test
    if test is not None and test.verdict:
        return verdict(view), "good" if test.is_good else "warn"
    if test is not None:
        bar = "▮" * round(test.done * 10) + "▯" * (10 - round(test.done * 10))
        return f"{_(STEPS.get(test.step, STEPS['delay']))} {bar}", "accent"
    if view.problems:
        return safe_line(view.problems[0]), "warn"
    if view.engine.advice:
        return safe_line(view.engine.advice[0]), "warn"
    if view.engine.is_failed:
        return safe_line(view.engine.sentence), "bad"
    return _("┃ is the gate: you are heard while your voice passes it."), "muted"


class VoiceSettingsScreen(Dialog[None]):
    """Every choice holds at once; while it is open the microphone is, too."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.DIALOG)

    def __init__(
        self,
        desk: "VoiceDesk",
        settings: "Callable[[], Settings]",
        keep: "Keep",
        table: "KeyTable",
        *,
        tests: bool = False,
    ) -> None:
        """`settings` returns those in use, `keep` changes one; with `tests` a test begins at once."""
        super().__init__()
        self._desk = desk
        self._settings_now = settings
        self._keep = keep
        self._table = table
        self._tests = tests

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog -tall -large"):
            yield Static(_("Voice"), classes="dialog-title", markup=False)
            yield SoundBar(id="sound")
            yield ChoiceRows(self._choose, id="choices")
            yield Static(_("enter changes it · esc goes back"), classes="dialog-note", markup=False)

    def on_mount(self) -> None:
        self._unsubscribe = self._desk.subscribe(self._show)
        if self._voice.enabled:
            self._desk.use_meter(is_on=True)
            self._desk.refresh_devices()
        self._show()
        rows = self.query_one(ChoiceRows)
        rows.move_cursor_to("test" if self._tests else "input")
        rows.focus()
        if self._tests and self._voice.enabled:
            self._desk.start_test()

    def on_unmount(self) -> None:
        self._unsubscribe()
        test = self._desk.view.test
        if test is not None:
            self._desk.stop_test()
        if self._voice.enabled:
            self._desk.use_meter(is_on=False)

    @property
    def _voice(self) -> "VoiceSettings":
        return self._settings_now().voice

    def _show(self) -> None:
        self.query_one(SoundBar).show(self._desk.view)
        self.query_one(ChoiceRows).show_rows(self._rows())

    def _rows(self) -> list[ChoiceRow]:
        wanted, view = self._voice, self._desk.view
        yes = {True: _("yes"), False: _("no")}
        if not wanted.enabled:
            return [ChoiceRow("enabled", _("Voice"), _("off: no sound device is touched"))]
        rows = [
            ChoiceRow("", _("Devices")),
            ChoiceRow("input", _("Microphone"), self._device(wanted.input, view.engine.inputs, view.input_name)),
            ChoiceRow("output", _("Speaker"), self._device(wanted.output, view.engine.outputs, view.output_name)),
            ChoiceRow("input_gain", _("How loud I am"), f"{wanted.input_gain} %"),
            ChoiceRow("output_gain", _("How loud the others are"), f"{wanted.output_gain} %"),
            ChoiceRow("test", _("Stop the test") if _is_testing(view) else _("Try it: record and play back")),
            ChoiceRow("", _("When I am heard")),
            ChoiceRow("gate", _("I am heard"), _(GATES[wanted.gate])),
        ]
        if wanted.gate == "voice":
            rows.append(ChoiceRow("threshold_db", _("Gate"), _threshold(wanted.threshold_db)))
        if wanted.gate == "push_to_talk":
            rows.append(ChoiceRow("key", _("Key"), self._table.told("app.talk")))
        rows.append(ChoiceRow("mute", _("Muting"), _(MUTES[wanted.mute])))
        rows.append(ChoiceRow("", _("Sound")))
        for name, label in SWITCHES:
            is_on = getattr(wanted, name)
            rows.append(ChoiceRow(name, _(label), yes[is_on] + (self._missing(name, view) if is_on else "")))
        rows.append(ChoiceRow("", ""))
        rows.append(ChoiceRow("enabled", _("Turn voice off"), is_dangerous=True))
        return rows

    def _missing(self, name: str, view: VoiceView) -> str:
        """Say that a part of the processing is wanted and not done, where the engine has told what is."""
        done = name.replace("_", " ")
        if name == "sounds" or view.input_db is None or not view.input_name or done in view.processing:
            return ""
        return " " + _("(not available here)")

    def _device(self, key: str, devices: "tuple[AudioDevice, ...]", used: str) -> str:
        if not key:
            return _("the system's") + (f" · {safe_name(used)}" if used else "")
        found = next((device for device in devices if device.key == key), None)
        return safe_name(found.name) if found is not None else _("{name} (not there now)").format(name=safe_name(key))

    # What was chosen.

    def _choose(self, name: str) -> None:
        wanted, view = self._voice, self._desk.view
        match name:
            case "input" | "output":
                devices = view.engine.inputs if name == "input" else view.engine.outputs
                choices = {"": _("The system's, also when it changes")} | {
                    each.key: safe_name(each.name) for each in devices
                }
                heading = _("Microphone") if name == "input" else _("Speaker")
                self._pick(heading, choices, getattr(wanted, name), lambda key: self._put(name, key))
            case "input_gain" | "output_gain":
                gains = {str(gain): f"{gain} %" for gain in GAINS}
                self._pick(_("Loudness"), gains, str(getattr(wanted, name)), lambda key: self._put(name, int(key)))
            case "gate":
                gates = {key: _(words) for key, words in GATES.items()}
                self._pick(_("I am heard"), gates, wanted.gate, lambda key: self._put("gate", key))
            case "threshold_db":
                self._pick_threshold(wanted.threshold_db)
            case "mute":
                mutes = {key: _(words) for key, words in MUTES.items()}
                self._pick(_("Muting"), mutes, wanted.mute, lambda key: self._put("mute", key))
            case "test":
                self._desk.stop_test() if _is_testing(view) else self._desk.start_test()
            case "key":
                self.app.notify(
                    _("The palette changes keys: it lists every action; F2 there gives one another key."), timeout=6
                )
            case "enabled":
                self._put(name, not wanted.enabled)
            case _ if name in dict(SWITCHES):
                self._put(name, not getattr(wanted, name))

    def _pick_threshold(self, chosen: int | str) -> None:
        choices = {AUTO: _("By itself: speech is told from noise")}
        choices |= {str(level): _("Above {level} dB").format(level=level) for level in THRESHOLDS_DB}
        self._pick(
            _("Gate"), choices, str(chosen), lambda key: self._put("threshold_db", key if key == AUTO else int(key))
        )

    def _pick(self, heading: str, choices: Mapping[str, str], chosen: str, use: Callable[[str], None]) -> None:
        # A row without an id would be a heading.
        rows = [ChoiceRow(f"={key}", words, "✓" if key == chosen else "") for key, words in choices.items()]

        def picked(row_id: str | None) -> None:
            if row_id is not None:
                use(row_id.removeprefix("="))

        first = f"={chosen}" if chosen in choices else rows[0].id
        self.app.push_screen(ChoiceDialog(heading, rows, chosen=first), picked)

    def _put(self, name: str, value: object) -> None:
        async def attempted() -> None:
            try:
                await self._keep("voice", name, value)
            except TuichatError as error:
                self.app.notify(safe_line(str(error)), severity="error", markup=False, timeout=8)
            if self.is_attached:
                self._show()

        self.run_to_end(attempted())

    def action_close(self) -> None:
        self.dismiss(None)


def _is_testing(view: VoiceView) -> bool:
    return view.test is not None and not view.test.verdict


def _threshold(level: int | str) -> str:
    if level == AUTO:
        return _("by itself: speech is told from noise")
    return _("above {level} dB").format(level=level)
