"""What an engine was asked that still holds, to be said again to the one that follows it."""

from tuichat.voice.audio_protocol import (
    AudioRequest,
    ChooseInput,
    ChooseOutput,
    SetGate,
    SetInputGain,
    SetMeter,
    SetMuteStyle,
    SetOutputGain,
    SetProcessing,
    SetSounds,
    SetVolume,
)
from tuichat.voice.place_protocol import ChoosePlace, PlaceRequest

MAX_VOLUMES = 10_000  # people whose volume is not 100 %; the oldest is forgotten

LASTING = (
    SetMuteStyle,
    ChooseInput,
    ChooseOutput,
    SetInputGain,
    SetOutputGain,
    SetProcessing,
    SetGate,
    SetMeter,
    SetSounds,
    ChoosePlace,
)


class StandingRequests:
    """Keeps the last request of each kind, and of each person's volume."""

    def __init__(self) -> None:
        self._latest: dict[type[AudioRequest | PlaceRequest], AudioRequest | PlaceRequest] = {}
        self._volumes: dict[int, SetVolume] = {}

    def note(self, request: AudioRequest | PlaceRequest) -> None:
        """Keep a request if it lasts; a sound, a press of a key or a test are over with their engine."""
        if isinstance(request, SetVolume):
            self._volumes.pop(request.user_id, None)
            if request.percent != 100:
                self._volumes[request.user_id] = request
            while len(self._volumes) > MAX_VOLUMES:
                del self._volumes[next(iter(self._volumes))]
        elif isinstance(request, LASTING):
            self._latest[type(request)] = request

    def all(self) -> list[AudioRequest | PlaceRequest]:
        """Return what a new engine must be told."""
        return [*(self._latest[kind] for kind in LASTING if kind in self._latest), *self._volumes.values()]
