"""A bot's form: texts, inputs and menus, filled in and sent; what was typed is kept until it is taken."""

from collections.abc import Awaitable, Callable, Iterator
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, Static, TextArea

from tuichat.client.errors import ClientError
from tuichat.client.interactions import GivenComponent
from tuichat.client.state import State
from tuichat.protocol.interaction import ModalCreate
from tuichat.text import components
from tuichat.text.choices import Choice, choices_of, limits
from tuichat.text.components import Component, Kind
from tuichat.text.safe_text import safe_block, safe_line, safe_name
from tuichat.translation import _
from tuichat.tui import keys
from tuichat.tui.messages.component_lines import component_label
from tuichat.tui.screens.confirm import ConfirmDialog
from tuichat.tui.screens.dialog import Dialog
from tuichat.tui.screens.pick import PickDialog
from tuichat.tui.widgets.sign_area import SignArea
from tuichat.tui.widgets.sign_input import SignInput

MAX_INPUT_CHARACTERS = 4000  # Discord's documentation, "Text Input"
PARAGRAPH = 2
ROWS_AROUND = 13  # of the fields: title, fault, buttons, note and the frame
_CHOSEN = (*components.SELECTS, Kind.RADIO_GROUP, Kind.CHECKBOX_GROUP)

Submit = Callable[[list[GivenComponent]], Awaitable[None]]


class Answered:
    """One thing to fill in: its component, its widget, and what is wrong with what stands there."""

    def __init__(self, component: Component, label: str, state: State, channel_id: int) -> None:
        self.component = component
        self.label = label
        self._state = state
        self._channel_id = channel_id
        self.widget: Input | TextArea | Button | None = None
        self.values = [choice.value for choice in self.choices() if choice.is_chosen]
        self.is_checked = component.default

    @property
    def is_required(self) -> bool:
        return self.component.required is not False and self.component.type != Kind.CHECKBOX

    def choices(self) -> list[Choice]:
        return choices_of(self.component, self._state, self._channel_id) if self.component.type in _CHOSEN else []

    @property
    def limits(self) -> tuple[int, int]:
        return limits(self.component, len(self.component.choices))

    def make(self) -> Widget:
        """Return the widget in which it is answered."""
        component = self.component
        if component.type == Kind.TEXT_INPUT:
            text = safe_block(component.value or "")[:MAX_INPUT_CHARACTERS]
            if component.style == PARAGRAPH:
                self.widget = SignArea(text, tab_behavior="focus", compact=True, classes="modal-text")
            else:
                self.widget = SignInput(
                    safe_line(text),
                    placeholder=safe_line(component.placeholder or "")[:100],
                    max_length=component.max_length or MAX_INPUT_CHARACTERS,
                )
        else:
            self.widget = Button(self.button_words(), classes="modal-choice")
        return self.widget

    def button_words(self) -> Content:
        if self.component.type == Kind.CHECKBOX:
            return Content(f"[{'x' if self.is_checked else ' '}] {self.label}")
        if self.component.type == Kind.FILE_UPLOAD:
            return Content(_("files cannot be sent with a form from here"))
        labels = {choice.value: choice.label for choice in self.choices()}
        chosen = ", ".join(labels.get(value, "?") for value in self.values)
        return Content(f"{chosen or component_label(self.component)} ▾")

    @property
    def text(self) -> str:
        if isinstance(self.widget, Input):
            return self.widget.value
        return self.widget.text if isinstance(self.widget, TextArea) else ""

    def fault(self) -> str:
        """Return what is missing, empty where nothing is."""
        component, label = self.component, self.label
        if component.type == Kind.TEXT_INPUT:
            count, low = len(self.text), component.min_length or 0
            high = component.max_length or MAX_INPUT_CHARACTERS
            if self.is_required and not count:
                return _("{field}: this must be filled in.").format(field=label)
            if count and not low <= count <= high:
                words = _("{field}: {low} to {high} characters, these are {count}.")
                return words.format(field=label, low=low, high=high, count=count)
        elif component.type in _CHOSEN:
            low, high = self.limits
            if len(self.values) < low and (self.is_required or self.values):
                return _("{field}: choose at least {count}.").format(field=label, count=low)
        return ""

    def given(self) -> GivenComponent:
        component = self.component
        kind, custom_id = component.type, component.custom_id or ""
        match kind:
            case Kind.TEXT_INPUT:
                return GivenComponent(type=kind, custom_id=custom_id, value=self.text)
            case Kind.CHECKBOX:
                return GivenComponent(type=kind, custom_id=custom_id, value=self.is_checked)
            case Kind.RADIO_GROUP if self.values:
                return GivenComponent(type=kind, custom_id=custom_id, value=self.values[0])
            case Kind.RADIO_GROUP:
                return GivenComponent(type=kind, custom_id=custom_id)
            case _:
                return GivenComponent(type=kind, custom_id=custom_id, values=self.values)


class ModalDialog(Dialog[bool]):
    """Answers whether the form was sent."""

    BINDINGS: ClassVar[list[BindingType]] = keys.bindings(keys.Scope.MODAL)

    def __init__(self, modal: ModalCreate, state: State, submit: Submit, ask: Callable[[str], None]) -> None:
        """`submit` sends what was filled in, and raises ClientError; `ask` has the server tell of people by their names."""
        super().__init__()
        self._form = modal
        self._state = state
        self._submit = submit
        self._ask = ask
        self._components = components.read(modal.components)
        self._fields: list[Answered] = []
        self._has_changed = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(safe_line(self._form.title[:100]), classes="dialog-title", markup=False)
            with VerticalScroll(id="modal-fields", can_focus=False):
                for component in self._components:
                    yield from self._widgets(component)
            yield Static("", id="fault", classes="dialog-fault", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button(_("leave it"), id="leave")
                yield Button(_("send"), id="send")
            words = _("a form of {bot} · alt+enter sends it · tab to the next field · esc leaves it")
            yield Static(words.format(bot=safe_name(self._form.application.name)), classes="dialog-note", markup=False)

    def _widgets(self, component: Component) -> Iterator[Widget]:
        match component.type:
            case Kind.TEXT_DISPLAY:
                yield Static(safe_block((component.content or "")[:4000]), classes="dialog-text", markup=False)
            case Kind.LABEL if component.component is not None:
                yield from self._field(component.component, component.label or "", component.description or "")
            case Kind.ROW:
                for inner in component.components or ():
                    yield from self._field(inner, inner.label or "", "")

    def _field(self, component: Component, label: str, description: str) -> Iterator[Widget]:
        if not component.custom_id:
            return
        words = safe_line(label[:100]) or component_label(component)
        answered = Answered(component, words, self._state, self._form.channel_id)
        self._fields.append(answered)
        if component.type != Kind.CHECKBOX:
            mark = " *" if answered.is_required else ""
            yield Static(f"{words}{mark}", classes="dialog-label", markup=False)
        if description:
            yield Static(safe_line(description[:200]), classes="modal-hint", markup=False)
        yield answered.make()

    def on_resize(self) -> None:
        """Leave the buttons and what is wrong in view, however low the screen is: the fields scroll."""
        self.query_one("#modal-fields").styles.max_height = max(3, self.app.size.height - ROWS_AROUND)

    def on_mount(self) -> None:
        self.query_one("#fault").display = False
        first = next((field.widget for field in self._fields if field.widget is not None), None)
        (first or self.query_one("#send")).focus()
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._has_changed = False  # what the form came with is nothing that one typed

    @on(Input.Changed)
    @on(TextArea.Changed)
    def _typed(self) -> None:
        self._has_changed = True

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        """Go on to the next field; from the last one to sending."""
        widgets = [field.widget for field in self._fields]
        place = widgets.index(event.input) if event.input in widgets else len(widgets)
        following = next((widget for widget in widgets[place + 1 :] if widget is not None), None)
        (following or self.query_one("#send")).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "leave":
            self.action_close()
        elif event.button.id == "send":
            self.action_done()
        else:
            field = next((field for field in self._fields if field.widget is event.button), None)
            if field is not None:
                self._choose(field)

    def _choose(self, field: Answered) -> None:
        if field.component.type == Kind.FILE_UPLOAD:
            return
        if field.component.type == Kind.CHECKBOX:
            field.is_checked = not field.is_checked
            self._show_field(field)
            return

        def chosen(values: list[str] | None) -> None:
            if values is not None:
                field.values = values
                self._show_field(field)

        ask = self._ask if field.component.type in (Kind.USER_SELECT, Kind.MENTIONABLE_SELECT) else None
        dialog = PickDialog(field.label, field.choices, field.limits, ask=ask, chosen=field.values)
        self.app.push_screen(dialog, chosen)

    def _show_field(self, field: Answered) -> None:
        self._has_changed = True
        if isinstance(field.widget, Button):
            field.widget.label = field.button_words()

    # Sending.

    def action_done(self) -> None:
        if self.is_busy:
            return
        for field in self._fields:
            if fault := field.fault():
                self.show_fault(fault)
                if field.widget is not None:
                    field.widget.focus()
                return
        self.show_fault(_("sending …"))
        self.run_once(self._send)

    async def _send(self) -> None:
        try:
            await self._submit([self._given(component) for component in self._components])
        except ClientError as error:
            self.show_fault(str(error))
        else:
            self.end(True)

    def _given(self, component: Component) -> GivenComponent:
        by_id = {field.component.custom_id: field for field in self._fields}
        match component.type:
            case Kind.ROW:
                inner = [
                    by_id[each.custom_id].given() for each in component.components or () if each.custom_id in by_id
                ]
                return GivenComponent(type=component.type, components=inner)
            case Kind.LABEL if component.component is not None and component.component.custom_id in by_id:
                return GivenComponent(type=component.type, component=by_id[component.component.custom_id].given())
            case _:
                return GivenComponent(type=component.type)

    def action_close(self) -> None:
        if not self._has_changed or self.is_busy:  # what is being sent is not lost by leaving
            self.dismiss(False)
            return

        def decided(is_sure: bool | None) -> None:
            if is_sure:
                self.dismiss(False)

        detail = _("What you filled in is not sent, and not kept.")
        self.app.push_screen(ConfirmDialog(_("Leave this form?"), detail, _("leave it"), _("go on")), decided)
