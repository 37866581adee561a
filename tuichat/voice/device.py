"""Audio devices as the engine knows them, and what it asks of a library that finds them."""

from typing import Protocol

import msgspec

from tuichat.errors import TuichatError


class AudioBackendError(TuichatError):
    """The audio library is missing or cannot be used; the text says which and how to mend it."""


class AudioDevice(msgspec.Struct, frozen=True):
    """One microphone or speaker.

    `name` is what the sound system calls it: text from outside, to be shown as data. `index` is the
    library's own number and holds only until the devices are listed again; `key` is what the device is chosen
    by and lasts.
    """

    index: int
    name: str
    host_api: str
    channels: int
    default_sample_rate_hz: float
    is_default: bool = False
    key: str = ""


class DeviceList(msgspec.Struct, frozen=True):
    """What can record and what can play, a two-way device standing in both."""

    inputs: tuple[AudioDevice, ...] = ()
    outputs: tuple[AudioDevice, ...] = ()


class AudioBackend(Protocol):
    """A library that talks to the sound system. Its calls block, and may take seconds."""

    def version(self) -> str:
        """Return the library's version, raising AudioBackendError where it cannot be loaded."""
        ...

    def list_devices(self) -> DeviceList:
        """Return the devices there are now, raising AudioBackendError where none can be asked for."""
        ...
