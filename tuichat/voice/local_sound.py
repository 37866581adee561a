"""This machine's sound: its devices, and the media of a call that is heard here."""

import asyncio
import contextlib
import gc
import os
import sys
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from tuichat.translation import _
from tuichat.voice.audio import Audio
from tuichat.voice.audio_protocol import AudioRequest
from tuichat.voice.device import AudioBackendError, SoundSystem
from tuichat.voice.engine_protocol import Devices, DevicesRequest, UseLanguage
from tuichat.voice.media_protocol import MediaRequest
from tuichat.voice.no_audio import NoAudio
from tuichat.voice.pyaudio_device import NOT_LISTED, no_devices, not_installed
from tuichat.voice.sound import SoundReport, SoundRequest

if TYPE_CHECKING:
    from tuichat.voice.call_media import CallMedia

SWITCH_INTERVAL_S = 0.0005  # the sound card's thread waits so long for a busy loop; Python's own 5 ms is half a tick
REALTIME_PRIORITY = 4  # one below what PulseAudio gives itself
NICENESS = -11  # as PulseAudio's
LISTING_TIMEOUT_S = 10.0  # of taste: a sound server on a dead network address never answers


class DeviceAudio(Audio, Protocol):
    """An Audio that a person's requests go to as well."""

    def handle(self, request: AudioRequest) -> None: ...

    def close(self) -> None: ...


class LocalSound:
    """A Sound."""

    def __init__(
        self,
        report: Callable[[SoundReport], None],
        backend: SoundSystem,
        *,
        listing_timeout_s: float = LISTING_TIMEOUT_S,
    ) -> None:
        self._report = report
        self._backend = backend
        self._listing_timeout_s = listing_timeout_s
        self._is_listing = False
        self._listing_timer: asyncio.TimerHandle | None = None
        self._audio: DeviceAudio | None = None
        self._media: CallMedia | None = None

    def receive(self, request: SoundRequest) -> None:
        match request:
            case DevicesRequest():
                self._list_devices()
            case UseLanguage():  # which the process as a whole follows
                pass
            case _ if isinstance(request, MediaRequest):
                self.media.receive(request)
            case _ if isinstance(request, AudioRequest):
                self.audio.handle(request)

    def close(self) -> None:
        """Give the devices back, and forget the listing that may be under way."""
        self._stop_waiting()
        if self._media is not None:
            self._media.close()
        if self._audio is not None:
            self._audio.close()

    @property
    def audio(self) -> DeviceAudio:
        """The audio, made when it is first asked for: what only lists devices loads no codec."""
        if self._audio is None:
            self._audio = self._make_audio()
        return self._audio

    @property
    def media(self) -> "CallMedia":
        """The packets of the call that is heard here, made with the first call."""
        if self._media is None:
            from tuichat.voice.call_media import CallMedia

            self._media = CallMedia(self.audio, self._report)
        return self._media

    def _make_audio(self) -> DeviceAudio:
        try:
            from tuichat.voice.local_audio import LocalAudio
        except ImportError as error:
            return NoAudio(not_installed(str(error.name)), self._report)
        audio = LocalAudio(self._backend, self._pass_frame, self._report, devices_changed=self._list_devices)
        prepare_for_ticks()
        return audio

    def _pass_frame(self, payload: bytes, timestamp: int, is_speech: bool) -> None:
        if self._media is not None:
            self._media.send_frame(payload, timestamp, is_speech)

    def _list_devices(self) -> None:
        """Start a listing on a thread of its own, or join the one under way.

        The sound system may block for ever. A daemon thread may then be left behind; an executor would be
        waited for at exit.
        """
        if self._is_listing:
            return
        self._is_listing = True
        loop = asyncio.get_running_loop()
        self._listing_timer = loop.call_later(self._listing_timeout_s, self._report_stuck_listing)

        def list_and_report() -> None:
            devices = self._devices_now()
            try:
                loop.call_soon_threadsafe(self._report_listing, devices)
            except RuntimeError:  # the loop has ended meanwhile: nobody is left to tell
                return

        threading.Thread(target=list_and_report, name="device-listing", daemon=True).start()

    def _devices_now(self) -> Devices:
        try:
            found = self._backend.list_devices()
        except AudioBackendError as error:
            return Devices(problem=str(error))
        except Exception as error:
            # The thread's outermost place: whatever the library raises, the agent waits for an answer.
            return Devices(problem=_(NOT_LISTED).format(reason=f"{type(error).__name__}: {error}"))
        problem = None if found.inputs or found.outputs else no_devices()
        return Devices(found.inputs, found.outputs, problem, found.server, found.reach)

    def _report_listing(self, devices: Devices) -> None:
        self._is_listing = False
        self._stop_waiting()
        self._report(devices)

    def _report_stuck_listing(self) -> None:
        # _is_listing stays: PortAudio is not thread-safe, and its late answer is still sent when it comes.
        self._report(
            Devices(
                problem=_("the sound system has not answered for {seconds} s; still waiting").format(
                    seconds=f"{self._listing_timeout_s:g}"
                )
            )
        )

    def _stop_waiting(self) -> None:
        if self._listing_timer is not None:
            self._listing_timer.cancel()


def prepare_for_ticks() -> None:
    """Keep what may hold up a tick of 10 ms away from this process: long garbage collections, and busy programs.

    What is loaded by now takes part in no later collection. Only some systems let an ordinary user be more urgent than
    others (a limit `rtprio`, as many give to the group audio); elsewhere everything stays as it is.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    try:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(REALTIME_PRIORITY))
    except (AttributeError, OSError):  # macOS has no such call
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
