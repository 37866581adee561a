"""A sound system whose microphones stay closed, for an engine that may play and not record."""

from collections.abc import Callable

from tuichat.voice.device import AudioBackendError, DeviceList, OpenStream, SoundSystem


class ListeningOnly:
    """Does all that `sound` does, and raises AudioBackendError(`reason`) where something is to be recorded."""

    def __init__(self, sound: SoundSystem, reason: str) -> None:
        self._sound = sound
        self._reason = reason

    def version(self) -> str:
        return self._sound.version()

    def list_devices(self) -> DeviceList:
        return self._sound.list_devices()

    def open_input(self, key: str, take: Callable[[bytes], None]) -> OpenStream:
        raise AudioBackendError(self._reason)

    def open_output(self, key: str, give: Callable[[], bytes]) -> OpenStream:
        return self._sound.open_output(key, give)

    def watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        return self._sound.watch(on_change)
