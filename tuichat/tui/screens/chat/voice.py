"""The page of a voice channel."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from textual import on

from tuichat.tui import gestures
from tuichat.tui.screens.chat.subject import Subject
from tuichat.tui.voice_status import VoiceStatus

if TYPE_CHECKING:
    from tuichat.config.schema import Settings


class Voice(Subject):
    def __init__(self, settings: "Settings", *, now: Callable[[], datetime]) -> None:
        super().__init__(settings, now=now)
        self._voice_status = VoiceStatus(self._show_voice, is_enabled=settings.voice.enabled)

    def _show_voice(self) -> None:
        if self.has_class("-voice") and self.state is not None and self.chosen.channel_id is not None:
            self.voice.show(self._voice_status.content(self.state, self.chosen.channel_id))

    @on(gestures.EngineRetryAsked)
    def _engine_retry_asked(self) -> None:
        self._voice_status.retry()
