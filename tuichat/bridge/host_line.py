"""One admitted connection of another machine: passes its requests to an engine of its own, and that engine's reports back."""

import asyncio
import contextlib
import logging
import math
import os
import time
from collections.abc import Callable, Mapping, Sequence

import msgspec

from tuichat.bridge.capture import Capture, CaptureWatch
from tuichat.bridge.control_protocol import LineStatus
from tuichat.bridge.passage import Passage, weight
from tuichat.bridge.targets import Targets
from tuichat.errors import TuichatError
from tuichat.translation import _
from tuichat.voice.audio_protocol import AudioReport, Level, SpeakingLevels, Talk
from tuichat.voice.bucket import Bucket
from tuichat.voice.engine_process import (
    ENGINE_COMMAND,
    LEASH_VARIABLE,
    NO_MICROPHONE_VARIABLE,
    READ_BYTES,
    EngineProcess,
)
from tuichat.voice.engine_protocol import (
    EngineError,
    EngineProtocolError,
    HelloRefused,
    HelloReply,
    Ping,
    Pong,
    Report,
    Request,
    encode,
    report_reader,
    request_reader,
)
from tuichat.voice.header_squeeze import HeaderSqueeze
from tuichat.voice.joined_writer import JoinedWriter
from tuichat.voice.media_protocol import Datagram, MediaStatistics, TakePart
from tuichat.voice.pace import Pace
from tuichat.voice.report_thinner import ReportThinner

log = logging.getLogger(__name__)

HOST_SILENCE_S = 30.0  # a machine that says nothing for so long has no sound any more
STALL_S = 1.5  # a host pings twice a second: what is sent during a stall would only come late
ENGINE_SILENCE_S = 15.0
WAITS = 3  # in which an engine may say something, within the limit
HELD_S = 3.0  # a machine that said nothing for so long cannot mute any more, so nobody is heard through it
WATCH_S = 0.5
LEASH_S = 4  # after which an engine ends by itself whose bridge was stopped: nobody would see its microphone
MAX_UNSENT_BYTES = 2 * 1024 * 1024  # to a host that does not read; above the longest frame
FLOOD_S = 10.0  # who is so far ahead of the pace after one reading is no tuichat
STARTS, START_EVERY_S = 5, 5.0  # taste: engines; one costs this laptop half a second of work
LAST_WORDS_S = 1.0  # how long a host may take to read why it is ended
PATIENT = (Level, SpeakingLevels, MediaStatistics)  # go with a frame of voice, for the sake of bytes
FLEETING = (Datagram, *PATIENT)  # of no use when they come late


class LineEnded(TuichatError):
    """The connection is over; the text says why, for the host's user."""


class HostLine:
    """`run` lasts until either end goes. The engine starts when a request first needs sound, and never outlives the line."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        destination: str,
        name: str,
        show: Callable[[Capture], None],
        *,
        command: Sequence[str] = ENGINE_COMMAND,
        starts: Bucket | None = None,
        targets: Targets | None = None,
        why_no_microphone: Callable[[], str] = lambda: "",
        host_silence_s: float = HOST_SILENCE_S,
        held_s: float = HELD_S,
        engine_silence_s: float = ENGINE_SILENCE_S,
    ) -> None:
        """`starts` are the engines that the machine may start, and `targets` where it may have UDP sent, of all its connections."""
        self._reader = reader
        self._writer = writer
        self._starts = starts or engine_starts()
        self._outgoing = JoinedWriter(writer.write)
        self._thinner = ReportThinner()
        self._squeeze = HeaderSqueeze()
        self._command = command
        self._why_no_microphone = why_no_microphone
        self.microphone_refusal = ""  # what the engine was told when it started
        self._environment = {**_stream_names(name, os.environ), LEASH_VARIABLE: str(LEASH_S)}
        self._host_silence_s = host_silence_s
        self._held_s = held_s
        self._is_held = False
        self._engine_silence_s = engine_silence_s
        self._watch = CaptureWatch(destination, name, show)
        self._pace = Pace(time.monotonic())
        self._process: EngineProcess | None = None
        self._engine: asyncio.StreamWriter | None = None
        self._end: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.passage = Passage(targets)
        self.heard_s = time.monotonic()

    @property
    def capture(self) -> Capture:
        return self._watch.capture

    @property
    def engine_pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def status(self) -> LineStatus:
        capture = self.capture
        return LineStatus(
            engine_pid=self.engine_pid,
            is_in_call=self.passage.is_in_call,
            is_capturing=capture.is_open,
            is_muted=capture.is_muted,
            device=capture.device,
        )

    def end(self, reason: str) -> None:
        """End the engine at once, and tell the host why."""
        if self._process is not None:
            self._process.kill()
        if not self._end.done():
            self._end.set_result(reason)

    def talk(self, *, is_pressed: bool) -> None:
        """Press or let go the key of push to talk, at this end."""
        self._to_engine(Talk(is_pressed))

    async def run(self) -> str:
        """Pass on what comes until the end, and return why that was, "" where the host went by itself."""
        reason = ""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(tasks), name="bridge host")
                tasks.create_task(self._await_end(), name="bridge line end")
                tasks.create_task(self._watch_host(), name="bridge host watch")
        except* LineEnded as group:
            reason = str(_first(group))
        except* (EngineProtocolError, OSError) as group:
            reason = str(_first(group))
        finally:
            await self._close(reason)
        return reason

    async def _await_end(self) -> None:
        raise LineEnded(await self._end)

    async def _watch_host(self) -> None:
        """Mute at this end while the host is silent: by UDP one would be heard on, whatever its user says there."""
        while True:
            await asyncio.sleep(WATCH_S)
            self._to_engine(Ping(0))
            if not self._is_held and time.monotonic() - self.heard_s > self._held_s:
                self._is_held = True
                part = self.passage.part or TakePart()
                self._to_engine(msgspec.structs.replace(part, is_muted=True))

    def _let_go(self) -> None:
        """The host is heard again: take part as it said."""
        if self._is_held:
            self._is_held = False
            self._to_engine(self.passage.part or TakePart())

    async def _listen(self, tasks: asyncio.TaskGroup) -> None:
        messages = request_reader()
        while True:
            try:
                async with asyncio.timeout(self._host_silence_s):
                    data = await self._reader.read(READ_BYTES)
            except ConnectionError:
                data = b""
            except TimeoutError:
                raise LineEnded(
                    _("Nothing came for {seconds} s.").format(seconds=f"{self._host_silence_s:g}")
                ) from None
            if not data:
                raise LineEnded("")
            self.heard_s = time.monotonic()
            requests = messages.feed(data)
            for request in requests:
                await self._take(request, tasks)
            self._let_go()
            if self._engine is not None:
                with contextlib.suppress(ConnectionError):  # its own task says how it ended
                    await self._engine.drain()
            delay_s = self._pace.take(len(data), sum(map(weight, requests)), time.monotonic())
            if delay_s > FLOOD_S:
                raise LineEnded(_("This machine asks more of your laptop than a call needs."))
            if delay_s:
                await asyncio.sleep(delay_s)

    async def _take(self, request: Request, tasks: asyncio.TaskGroup) -> None:
        passed = self.passage.take(request)
        for answer in passed.answers:
            self._to_host(answer)
        if passed.is_over:
            raise LineEnded("")
        if passed.wakes_engine and self._engine is None:
            await self._start_engine(tasks)
        for each in passed.requests:
            self._to_engine(each)

    async def _start_engine(self, tasks: asyncio.TaskGroup) -> None:
        now_s = time.monotonic()
        if not self._starts.take(now_s):
            raise LineEnded(
                _("Sound was begun too often on your laptop; in {seconds} s it can be again.").format(
                    seconds=math.ceil(self._starts.wait_s(now_s))
                )
            )
        self.microphone_refusal = self._why_no_microphone()
        environment = {**self._environment, NO_MICROPHONE_VARIABLE: self.microphone_refusal}
        try:
            self._process = await EngineProcess.start(self._command, environment)
        except OSError as error:
            raise LineEnded(
                _("The voice engine cannot be started on your laptop ({reason}).").format(reason=error.strerror)
            ) from error
        reader, self._engine = await asyncio.open_unix_connection(sock=self._process.connection)
        for request in self.passage.opening():
            self._to_engine(request)
        tasks.create_task(self._hear_engine(reader, self._process), name="bridge engine")

    async def _hear_engine(self, reader: asyncio.StreamReader, process: EngineProcess) -> None:
        messages = report_reader()
        pings = unanswered = 0
        while True:
            try:
                async with asyncio.timeout(self._engine_silence_s / WAITS):
                    data = await reader.read(READ_BYTES)
            except TimeoutError:
                unanswered += 1  # counted, not timed: a laptop that slept is awake for a moment before its engine is
                if unanswered >= WAITS:
                    process.kill()
                    raise LineEnded(_("The voice engine on your laptop does not answer.")) from None
                pings += 1
                self._to_engine(Ping(pings))
                continue
            except ConnectionError:
                data = b""
            if not data:
                await process.end()
                raise LineEnded(_("The voice engine on your laptop {reason}.").format(reason=process.how_it_ended()))
            unanswered = 0
            for report in messages.feed(data):
                self._report(report)

    def _report(self, report: Report) -> None:
        match report:
            case HelloReply() | Pong():  # the host has its own from here
                return
            case HelloRefused(reason):
                raise LineEnded(reason)
        self._watch.look(report)  # type: ignore[arg-type]  # an engine whose agent is elsewhere has no other reports
        self._to_host(report)

    def _to_engine(self, request: Request) -> None:
        if self._engine is not None and not self._engine.is_closing():
            self._engine.write(encode(request))

    def _to_host(self, report: Report) -> None:
        if self._writer.is_closing():
            return
        now_s = time.monotonic()
        if isinstance(report, FLEETING) and now_s - self.heard_s > STALL_S:
            return
        if isinstance(report, AudioReport) and not self._thinner.may_pass(report, now_s * 1000):
            return
        squeeze = self._squeeze if self.passage.restores_headers else None
        self._outgoing.put(encode(report, squeeze), may_wait=isinstance(report, PATIENT))
        if self._writer.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            raise LineEnded(_("The other machine does not read what it asked for."))

    async def _close(self, reason: str) -> None:
        """Take the engine down, and let the host read why."""
        if self._engine is not None:
            self._engine.close()
        if self._process is not None:
            await self._process.end()
        self._process = self._engine = None
        self._watch.engine_ended()
        if reason:
            with contextlib.suppress(LineEnded):
                self._to_host(EngineError(reason, is_fatal=True))
        self._outgoing.flush()
        self._writer.close()
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await self._writer.wait_closed()
        except (TimeoutError, OSError):
            self._writer.transport.abort()


def engine_starts() -> Bucket:
    """Return how many engines one login may start."""
    return Bucket(STARTS, START_EVERY_S)


def _stream_names(name: str, environ: Mapping[str, str]) -> Mapping[str, str]:
    """Return what has a desktop's mixer say who listens, where the user has not set that themselves.

    PortAudio's streams are ALSA's: its plugin for PulseAudio lets the application's name be as it is and takes the window's
    title (PULSE_PROP, as pa_proplist_from_string(3) reads it), the one for PipeWire takes all (PIPEWIRE_ALSA, pipewire(1)).
    """
    title = _("tuichat for {name}").format(
        name="".join(sign for sign in name if sign.isprintable() and sign not in '\\"')
    )
    names = {
        "PULSE_PROP": f'window.title="{title}" application.icon_name="audio-input-microphone" media.role="phone"',
        "PIPEWIRE_ALSA": f'{{ "application.name": "{title}", "node.description": "{title}", "media.name": "{title}" }}',
    }
    return {variable: value for variable, value in names.items() if variable not in environ}


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    found = group.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
