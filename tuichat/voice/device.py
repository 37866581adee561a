"""Audio devices as the engine knows them, and what it asks of a library that finds them."""

from collections.abc import Callable
from typing import Protocol

import msgspec

from tuichat.errors import TuichatError
from tuichat.voice.bounds import Figure, Text


class AudioBackendError(TuichatError):
    """The audio library is missing or cannot be used; the text says which and how to mend it."""


class AudioDevice(msgspec.Struct, frozen=True):
    """One microphone or speaker.

    `name` is what the sound system calls it: text from outside, to be shown as data. `index` is the
    library's own number and holds only until the devices are listed again; `key` is what the device is chosen
    by and lasts.
    """

    index: int
    name: Text
    host_api: Text
    channels: int
    default_sample_rate_hz: Figure
    is_default: bool = False
    key: Text = ""


class ServerReach(msgspec.Struct, frozen=True, kw_only=True):
    """How far away a sound server is, and how much a speaker's stream has it hold against that."""

    address: Text = ""  # as PULSE_SERVER names it: text from outside; empty where it is not set
    round_trip_ms: Figure = 0.0  # a median
    needed_ms: int = 0  # as follows from the round trips; 0 where what the system does by itself is enough
    asked_ms: int = 0  # what is asked for: the user's own PULSE_LATENCY_MSEC where it is set


class DeviceList(msgspec.Struct, frozen=True):
    """What can record and what can play, a two-way device standing in both."""

    inputs: tuple[AudioDevice, ...] = ()
    outputs: tuple[AudioDevice, ...] = ()
    server: str = ""
    """The sound server that has them, as it calls itself; empty where the library reaches the devices by itself."""
    reach: ServerReach | None = None
    """Of the sound server, where one was measured."""


class AudioBackend(Protocol):
    """A library that talks to the sound system. Its calls block, and may take seconds."""

    def version(self) -> str:
        """Return the library's version, raising AudioBackendError where it cannot be loaded."""
        ...

    def list_devices(self) -> DeviceList:
        """Return the devices there are now, raising AudioBackendError where none can be asked for."""
        ...


class OpenStream(Protocol):
    """A microphone that is being recorded, or a speaker that is being played to."""

    @property
    def name(self) -> str:
        """What people call the device."""
        ...

    @property
    def delay_ms(self) -> int:
        """What passes between the device and us, as far as the sound system tells."""
        ...

    def is_alive(self) -> bool:
        """Whether the sound system still runs it; a stream that is not alive never comes back."""
        ...

    def close(self) -> None:
        """Give the device back. May block for a moment."""
        ...


class SoundSystem(AudioBackend, Protocol):
    """A backend that also records and plays: 48 kHz, one channel, signed 16 bit, in chunks of 10 ms."""

    def open_input(self, key: str, take: Callable[[bytes], None]) -> OpenStream:
        """Record from a device (the default by an empty key), raising AudioBackendError where that fails.

        `take` is called on a thread of the library's.
        """
        ...

    def open_output(self, key: str, give: Callable[[], bytes]) -> OpenStream:
        """Play to a device, as `open_input` records; `give` must return at once."""
        ...

    def watch(self, on_change: Callable[[], None]) -> Callable[[], None]:
        """Call `on_change`, on any thread, when devices come, go or become the default; return what ends that."""
        ...
