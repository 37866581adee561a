"""The own status: how one shows to others, and what stands beside the name for a while."""

import re
from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button

from tuichat.client.errors import RefusedError
from tuichat.text.safe_text import safe_line
from tuichat.translation import N_, _
from tuichat.tui.screens.field_form import FieldForm, FieldSpec

if TYPE_CHECKING:
    from tuichat.client.client import Client

STATUSES = {
    "online": ("●", N_("online")),
    "idle": ("◐", N_("idle")),
    "dnd": ("⊖", N_("busy")),
    "invisible": ("○", N_("invisible")),
}
_UNITS_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000}
_TIME = re.compile(r"([1-9]\d{0,3})\s*([mhd])[a-z]*")


class StatusForm(FieldForm):
    def __init__(self, client: "Client", now_ms: int) -> None:
        """`now_ms` is Unix time."""
        super().__init__()
        self._client = client
        self._now_ms = now_ms

    def heading(self) -> str:
        return _("Your status")

    def note(self) -> str:
        return _("Busy silences notices too. It holds in all your sessions.")

    def fields(self) -> list[FieldSpec]:
        custom = self._client.state.settings.custom_status
        text = safe_line(custom.text or "") if custom is not None else ""
        return [
            FieldSpec("text", _("Beside your name"), text, _("what you are at; empty takes it away")),
            FieldSpec("time", _("For how long"), "", _("such as 30m, 4h or 2d; empty for good")),
        ]

    def more(self) -> ComposeResult:
        with Horizontal(classes="dialog-buttons", id="statuses"):
            for name, (dot, word) in STATUSES.items():
                is_own = self._client.state.settings.status == name
                yield Button(f"{dot} {_(word)}{' ✓' if is_own else ''}", id=f"status-{name}", name=name)

    def label(self) -> str:
        return _("save")

    @on(Button.Pressed, "#statuses Button")
    def _status_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        self._status = event.button.name or "online"
        self.run_to_end(self._set_status(self._status))

    async def _set_status(self, status: str) -> None:
        from tuichat.client.errors import ClientError

        try:
            await self._client.own.set_status(status)
        except ClientError as error:
            self.show_fault(str(error))
        else:
            self.app.notify(_("You show as {status} now.").format(status=_(STATUSES[status][1])), timeout=3)
            self.end(True)

    async def submit(self) -> str | None:
        text = self.value("text").strip()
        await self._client.own.set_custom_status(text, _end_ms(self.value("time"), self._now_ms))
        return _("Your status is saved.")


def _end_ms(text: str, now_ms: int) -> int | None:
    """Read "30m", "4h", "2d" into the time it ends; None for an empty one. Raises RefusedError."""
    if not text.strip():
        return None
    match = _TIME.fullmatch(text.strip().lower())
    if match is None:
        raise RefusedError(_("Write how long as 30m, 4h or 2d, or leave it empty."))
    return now_ms + int(match[1]) * _UNITS_MS[match[2]]
