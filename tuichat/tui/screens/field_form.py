"""What forms with several fields share: fields in rows, a sentence for what went wrong, and buttons below."""

from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, Static

from tuichat.client.errors import ClientError, RefusedError
from tuichat.text.safe_text import safe_line
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.screens.form import Field, Form


class FieldSpec(msgspec.Struct, frozen=True):
    """A line to fill in; `value` and `placeholder` are safe text."""

    id: str
    label: str
    value: str = ""
    placeholder: str = ""
    is_password: bool = False


class FieldForm(Form[bool]):
    """Answers True when it was submitted and done. A subclass says what there is to fill in, and does it."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.FORM)
    is_dangerous = False  # what cannot be taken back

    def heading(self) -> str:
        raise NotImplementedError

    def note(self) -> str:
        """Say what it is about, in safe text."""
        return ""

    def fields(self) -> list[FieldSpec]:
        raise NotImplementedError

    def label(self) -> str:
        """Return what stands on the button that does it."""
        raise NotImplementedError

    async def submit(self) -> str | None:
        """Do it; return what to tell when it is done, "" where the screen tells it, None to stay. Raises ClientError with what to show."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -large", can_focus=False):
            yield Static(self.heading(), classes="dialog-title", markup=False)
            note = Static(self.note(), id="note", classes="dialog-text form-note", markup=False)
            note.display = bool(self.note())
            yield note
            for spec in self.fields():
                field = Field(spec.value, placeholder=spec.placeholder, password=spec.is_password, id=spec.id)
                label = Static(spec.label, classes="field-label form-label", markup=False)
                yield Horizontal(label, field, classes="field-row")
            yield from self.more()
            fault = Static("", id="fault", classes="dialog-fault", markup=False)
            fault.display = False
            yield fault
            with Horizontal(id="buttons", classes="dialog-buttons"):
                yield Button(_("close"), id="close")
                yield Button(self.label(), id="submit", classes="-danger" if self.is_dangerous else "")

    def more(self) -> ComposeResult:
        """What else stands below the fields."""
        return iter(())

    def on_mount(self) -> None:
        first = self.query(Input).first() if self.query(Input) else self.query_one("#close", Button)
        self.set_focus(first)

    def value(self, name: str) -> str:
        return self.query_one(f"#{name}", Input).value

    def show_fault(self, sentence: str, at: str = "") -> None:
        super().show_fault(sentence, at)
        if sentence and self.is_open:
            self.call_after_refresh(self.query_one("#buttons").scroll_visible, animate=False)

    def entered(self, field: Input) -> None:
        fields = list(self.query(Input))
        following = fields[fields.index(field) + 1 :]
        if following:
            self.set_focus(following[0])
        else:
            self.begin()

    def begin(self) -> None:
        button = self.query_one("#submit", Button)
        if not button.disabled:
            button.disabled = True
            self.run_to_end(self._submitted(button))

    @on(Button.Pressed, "#close")
    def _close_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.dismiss(False)

    @on(Button.Pressed, "#submit")
    def _submit_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self.begin()

    async def _submitted(self, button: Button) -> None:
        self.show_fault("")
        try:
            told = await self.submit()
        except ClientError as error:
            self.show_fault(str(error))
        else:
            if told:
                self.app.notify(safe_line(told), markup=False, timeout=5)
            if told is not None:
                self.end(True)
        finally:
            button.disabled = False
            if self.is_current and self.focused is None:
                self.set_focus(self.query(Input).first() if self.query(Input) else button)

    def action_close(self) -> None:
        self.dismiss(False)


def read_colour(text: str) -> int | None:
    """Read "#c6a0f6"; an empty text is no colour. Raises RefusedError."""
    if not text:
        return None
    try:
        value = int(text.removeprefix("#"), 16) if len(text.removeprefix("#")) == 6 else -1
    except ValueError:
        value = -1
    if value < 0:
        raise RefusedError(_("A colour is written as six digits of red, green and blue, such as #c6a0f6."))
    return value
