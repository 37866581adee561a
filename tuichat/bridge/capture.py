"""Whether this laptop's microphone is open for another machine."""

from collections.abc import Callable

import msgspec

from tuichat.voice.audio_protocol import AudioState
from tuichat.voice.sound import SoundReport


class Capture(msgspec.Struct, frozen=True, kw_only=True):
    """The microphone, as one machine has it now. `name` is the machine as its user types it, `device` a text of the sound system."""

    destination: str
    name: str
    is_open: bool
    device: str = ""
    is_muted: bool = False  # open, and nothing of it is sent


class CaptureWatch:
    """Reads in an engine's reports whether the microphone is open, and calls `show` whenever that changes."""

    def __init__(self, destination: str, name: str, show: Callable[[Capture], None]) -> None:
        self._show = show
        self.capture = Capture(destination=destination, name=name, is_open=False)

    def look(self, report: SoundReport) -> None:
        if isinstance(report, AudioState):
            is_open = report.input_name is not None
            self._change(is_open, report.input_name or "", is_muted=is_open and report.is_muted)

    def engine_ended(self) -> None:
        self._change(False, "", is_muted=False)

    def _change(self, is_open: bool, device: str, *, is_muted: bool) -> None:
        capture = msgspec.structs.replace(self.capture, is_open=is_open, device=device, is_muted=is_muted)
        if capture != self.capture:
            self.capture = capture
            self._show(capture)
