"""Devices as PulseAudio and PipeWire know them, by pulsectl; PortAudio sees one `pulse` device for all of them."""

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from tuichat.voice.device import AudioBackendError, AudioDevice, DeviceList
from tuichat.voice.pulse_connection import (
    FARTHER_MS,
    PulseConnectError,
    connected,
    explained,
    latency_ms,
    reach,
    timed_question,
)

log = logging.getLogger(__name__)

HOST_API: Final = "PulseAudio"
MAX_DEVICES: Final = 128
MAX_NAME_CHARACTERS: Final = 200
MAX_KEY_CHARACTERS: Final = 400
AGAIN_S: Final = 1.0  # how soon a sound server that went away is looked for again
MEASURE_S: Final = 5.0  # how often the way to a sound server is measured


def pulse_devices() -> DeviceList | None:
    """Return the sources and sinks there are, None where no sound server answers or pulsectl is missing.

    Raises AudioBackendError where the server that PULSE_SERVER names cannot be used, or it is known why there is none.
    Monitors, which record what a sink plays, come after the microphones.
    """
    try:
        with connected("tuichat lists devices") as pulse:
            server, first_ms = timed_question(pulse)
            sources = sorted(pulse.source_list(), key=lambda source: _is_monitor(source))
            return DeviceList(
                inputs=_devices(sources, server.default_source_name),
                outputs=_devices(pulse.sink_list(), server.default_sink_name),
                server=f"{server.server_name} {server.server_version}"[:MAX_NAME_CHARACTERS],
                reach=reach(pulse, first_ms),
            )
    except ImportError:
        return None
    except PulseConnectError as error:
        sentence = explained(error)
        if sentence is not None:
            raise AudioBackendError(sentence) from error
        log.debug("no sound server answers: %s", error)
        return None
    except Exception as error:  # pulsectl has its own tree of errors, and ctypes raises OSError without the library
        log.debug("no sound server answers: %s", error)
        return None


def watch_pulse(on_change: Callable[[], None]) -> Callable[[], None]:
    """Call `on_change` on a thread when sinks, sources or the defaults change, or the server is farther away; return what ends that."""
    watcher = _Watcher(on_change)
    threading.Thread(target=watcher.run, name="pulse-watch", daemon=True).start()
    return watcher.stop


class _Watcher:
    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._is_over = threading.Event()
        self._pulse: Any = None
        self._needed_ms = 0

    def stop(self) -> None:
        self._is_over.set()
        if self._pulse is not None:
            self._pulse.event_listen_stop()  # made to be called from another thread

    def run(self) -> None:
        was_connected = True
        while not self._is_over.is_set():
            try:
                with connected("tuichat watches devices") as pulse:
                    self._pulse = pulse
                    if not was_connected:
                        self._on_change()
                    was_connected = True
                    self._is_farther(pulse)
                    pulse.event_mask_set("sink", "source", "server")
                    pulse.event_callback_set(self._take)
                    while not self._is_over.is_set():
                        pulse.event_listen(timeout=MEASURE_S)
                        if self._is_farther(pulse):
                            self._on_change()
            except ImportError:
                return
            except Exception as error:  # the thread's outermost place; the server may go at any call
                log.debug("the sound server went away: %s", error)
                if was_connected:
                    self._on_change()
                was_connected = False
            finally:
                self._pulse = None
            self._is_over.wait(AGAIN_S)

    def _is_farther(self, pulse: Any) -> bool:
        """Whether streams need more than was seen before: as with a laptop that went to another network."""
        # The better of two: an answer that is late for once is no other way.
        needed_ms = latency_ms([min(timed_question(pulse)[1], timed_question(pulse)[1])])
        is_farther = needed_ms > self._needed_ms + FARTHER_MS
        if is_farther or needed_ms < self._needed_ms - FARTHER_MS:
            self._needed_ms = needed_ms  # also where it comes nearer, so that going away again is noticed
        return is_farther

    def _take(self, event: Any) -> None:
        # A "change" of a sink is a volume being turned; of the server it is another default.
        if event.facility == "server" or event.t in ("new", "remove"):
            self._on_change()


def _is_monitor(source: Any) -> bool:
    return bool(source.proplist.get("device.class") == "monitor")


def _devices(found: Any, default: str) -> tuple[AudioDevice, ...]:
    return tuple(
        AudioDevice(
            index=device.index,
            name=str(device.description or device.name)[:MAX_NAME_CHARACTERS],
            host_api=HOST_API,
            channels=device.channel_count,
            default_sample_rate_hz=float(device.sample_spec.rate),
            is_default=device.name == default,
            key=str(device.name)[:MAX_KEY_CHARACTERS],
        )
        for device in found[:MAX_DEVICES]
    )
