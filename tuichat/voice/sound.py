"""The end of a call where the ears are, as the voice process sees it: this machine's devices, or those of a laptop."""

from typing import Protocol

from tuichat.voice.audio_protocol import AudioReport, AudioRequest
from tuichat.voice.engine_protocol import Devices, DevicesRequest, EngineError, UseLanguage
from tuichat.voice.media_protocol import MediaReport, MediaRequest

SoundRequest = AudioRequest | MediaRequest | DevicesRequest | UseLanguage
SoundReport = AudioReport | MediaReport | Devices | EngineError


class Sound(Protocol):
    """Made with a `Callable[[SoundReport], None]`. Everything is called on the loop and returns at once."""

    def receive(self, request: SoundRequest) -> None:
        """Act on a request; what it leads to is reported."""
        ...

    def close(self) -> None:
        """Give devices and sockets back, for good. Nothing is reported after it."""
        ...
