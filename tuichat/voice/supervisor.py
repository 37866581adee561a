"""Keeps one audio engine process running for the client: starts it, greets it, watches it, starts it again."""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import Callable, Sequence

import msgspec

from tuichat import __version__
from tuichat.errors import TuichatError
from tuichat.translation import setting_in_use
from tuichat.voice.audio_protocol import AudioReport, AudioRequest
from tuichat.voice.call_line import CallLine
from tuichat.voice.call_protocol import CallChanged, CallStatistics, GrantNeeded, Speaking
from tuichat.voice.device import DeviceList
from tuichat.voice.engine_process import ENGINE_COMMAND, READ_BYTES, EngineProcess
from tuichat.voice.engine_protocol import (
    AUDIO_VERSION,
    LANGUAGE,
    MEDIA_VERSION,
    NEWEST_VERSION,
    OLDEST_VERSION,
    PLACES,
    Devices,
    DevicesRequest,
    EngineError,
    EngineProtocolError,
    Hello,
    HelloRefused,
    HelloReply,
    Ping,
    Pong,
    Report,
    Request,
    Shutdown,
    UseLanguage,
    check_agreed_version,
    encode,
    report_reader,
)
from tuichat.voice.engine_state import (
    EngineFailed,
    EngineReady,
    EngineRestarting,
    EngineStarting,
    EngineState,
    EngineStopped,
)
from tuichat.voice.place_protocol import HERE, PlaceReport, PlaceRequest, PlacesChanged
from tuichat.voice.restart_policy import RestartPolicy
from tuichat.voice.standing_requests import StandingRequests

log = logging.getLogger(__name__)

HANDSHAKE_TIMEOUT_S = 10.0  # a cold start of Python from a slow disk takes several seconds
SILENCE_LIMIT_S = 15.0
WAITS = 3  # in which an engine may say something, within the limit


class EngineUnavailableError(TuichatError):
    """The engine cannot do what was asked now; the text says why."""


class EngineSupervisor:
    """Owns the engine's process and its end of the socket, on one asyncio loop.

    `on_change` is called on the loop with every new state, in order, and `on_report` with what the engine says of
    a call's sound and of where the sound is. Use it as `async with`, or call `start`
    and `close`. The process is never left behind: it is reaped on close, and ends by itself when this one dies.
    """

    def __init__(
        self,
        on_change: Callable[[EngineState], None] = lambda state: None,
        *,
        on_report: Callable[[AudioReport | PlaceReport], None] = lambda report: None,
        command: Sequence[str] = ENGINE_COMMAND,
        policy: RestartPolicy | None = None,
        handshake_timeout_s: float = HANDSHAKE_TIMEOUT_S,
        silence_limit_s: float = SILENCE_LIMIT_S,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._on_change = on_change
        self._on_report = on_report
        self._standing = StandingRequests()
        self._command = tuple(command)
        self._policy = policy or RestartPolicy()
        self._handshake_timeout_s = handshake_timeout_s
        self._silence_limit_s = silence_limit_s
        self._now_s = now_s
        self._state: EngineState = EngineStopped()
        self._changed = asyncio.Condition()
        self._retry = asyncio.Event()
        self._restarts = 0
        self._writer: asyncio.StreamWriter | None = None
        self._listings = 0
        self._place_key = HERE
        self._own_problems: tuple[str, ...] = ()  # of the libraries of this machine
        self._task: asyncio.Task[None] | None = None
        self._is_closing = False
        self.calls = CallLine(self._send, self._wake)

    @property
    def state(self) -> EngineState:
        return self._state

    async def __aenter__(self) -> "EngineSupervisor":
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def start(self) -> None:
        """Start the engine; does nothing where it is being supervised already."""
        self._is_closing = False
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self.run(), name="voice-engine-supervisor")

    async def close(self) -> None:
        """End the engine and wait until its process is reaped."""
        self._is_closing = True  # whoever joins now comes too late
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    def _wake(self) -> None:
        """Have an engine for a call: also one that was given up is tried once more, since somebody asks for it."""
        if self._is_closing:
            return
        self.start()
        if isinstance(self._state, EngineFailed):
            self.retry()

    def retry(self) -> None:
        """Start at once an engine that was given up or is waiting for its restart."""
        self._retry.set()

    async def wait_until(self, predicate: Callable[[EngineState], bool], timeout_s: float) -> EngineState:
        """Return the first state from now that satisfies the predicate, or raise TimeoutError."""
        async with asyncio.timeout(timeout_s):
            async with self._changed:
                await self._changed.wait_for(lambda: predicate(self._state))
                return self._state

    def ask(self, request: AudioRequest | PlaceRequest) -> None:
        """Say something to the engine of a call's sound, or of where that is to be.

        What lasts (settings, mute, volumes, the chosen place) also holds for an engine that is not there yet or starts again;
        the rest is dropped where none is ready.
        """
        self._standing.note(request)
        if isinstance(self._state, EngineReady):
            self._ask_ready(self._state.version, request)

    def _ask_ready(self, version: int, request: AudioRequest | PlaceRequest) -> None:
        if version >= (MEDIA_VERSION if isinstance(request, PlaceRequest) else AUDIO_VERSION):
            self._send(request)

    def use_language(self, setting: str) -> None:
        """Have the engine speak this language; one that starts later is told which is in use then."""
        if isinstance(self._state, EngineReady) and LANGUAGE in self._state.features:
            self._send(UseLanguage(setting))

    async def refresh_devices(self, timeout_s: float = 12.0) -> EngineReady:
        """List the devices anew and return the state that holds them, raising EngineUnavailableError."""
        if not isinstance(self._state, EngineReady) or self._writer is None:
            raise EngineUnavailableError(self._state.sentence)
        before = self._listings
        self._send(DevicesRequest())
        try:
            state = await self.wait_until(
                lambda state: self._listings > before or not isinstance(state, EngineReady), timeout_s
            )
        except TimeoutError:
            raise EngineUnavailableError(f"the voice engine listed no devices within {timeout_s:g} s") from None
        if not isinstance(state, EngineReady):
            raise EngineUnavailableError(state.sentence)
        return state

    async def run(self) -> None:
        """Keep an engine running until cancelled."""
        try:
            while True:
                self._retry.clear()
                try:
                    reason = await self._run_one_engine()
                except EngineProtocolError as error:
                    # Both are of one installation: another try would end the same way.
                    await self._give_up(f"was refused: {error}")
                    continue
                delay_s = self._policy.after_death(self._now_s())
                if delay_s is None:
                    await self._give_up(
                        f"stopped {self._policy.max_deaths} times within {self._policy.window_s:g} s "
                        f"(at last it {reason})"
                    )
                    continue
                self._restarts += 1
                log.warning("the voice engine %s; starting it again in %.2f s", reason, delay_s)
                await self._change(EngineRestarting(reason=reason, delay_s=delay_s, restarts=self._restarts))
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(delay_s):
                        await self._retry.wait()
        finally:
            await self._change(EngineStopped())

    async def _give_up(self, reason: str) -> None:
        log.error("giving up on the voice engine: it %s", reason)
        await self._change(EngineFailed(reason=reason))
        await self._retry.wait()
        self._policy.forget()

    async def _run_one_engine(self) -> str:
        """Run one process to its end and return what it did: `was killed by SIGKILL`.

        Raises EngineProtocolError where the two sides cannot agree.
        """
        await self._change(EngineStarting())
        try:
            process = await EngineProcess.start(self._command)
        except OSError as error:
            return f"cannot be started ({error.strerror}: {self._command[0]})"
        try:
            reason = await self._converse(process.connection, process.pid)
        finally:
            await process.end()
        return reason or process.how_it_ended()

    async def _converse(self, connection: socket.socket, pid: int) -> str | None:
        """Speak with an engine until the connection ends; return why it had to be ended, if it was this side."""
        reader, self._writer = await asyncio.open_unix_connection(sock=connection)
        writer = self._writer
        try:
            hello = Hello(
                f"tuichat {__version__}", OLDEST_VERSION, NEWEST_VERSION, features=(PLACES,), language=setting_in_use()
            )
            self._send(hello)
            return await self._listen(reader, pid)
        except ConnectionError:
            return None
        finally:
            with contextlib.suppress(ConnectionError):
                self._send(Shutdown())
            self._writer = None
            writer.close()
            # A connection that the engine dropped is closed all the same.
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _listen(self, reader: asyncio.StreamReader, pid: int) -> str | None:
        messages = report_reader()
        pings = unanswered = 0
        while True:
            is_ready = isinstance(self._state, EngineReady)
            limit_s = self._silence_limit_s if is_ready else self._handshake_timeout_s
            try:
                # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the data.
                async with asyncio.timeout(limit_s / WAITS):
                    data = await reader.read(READ_BYTES)
            except TimeoutError:
                unanswered += 1  # counted, not timed: while this process is stopped or sleeps, the engine may be, too
                if unanswered >= WAITS:
                    return f"did not answer for {limit_s:g} s"
                if is_ready:
                    pings += 1
                    self._send(Ping(pings))
                continue
            if not data:
                return None
            unanswered = 0
            for report in messages.feed(data):
                reason = await self._receive(report, pid)
                if reason is not None:
                    return reason

    async def _receive(self, report: Report, pid: int) -> str | None:
        state = self._state
        match report:
            case HelloRefused(reason):
                raise EngineProtocolError(reason)
            case HelloReply() if not isinstance(state, EngineReady):
                check_agreed_version(report)
                self._own_problems, self._place_key = report.problems, HERE
                await self._change(
                    EngineReady(
                        pid=pid,
                        program=report.program,
                        version=report.version,
                        features=report.features,
                        libraries=report.libraries,
                        problems=report.problems,
                        restarts=self._restarts,
                    )
                )
                for request in self._standing.all():
                    self._ask_ready(report.version, request)
            case Devices() if isinstance(state, EngineReady):
                self._listings += 1
                await self._change(
                    msgspec.structs.replace(
                        state,
                        devices=DeviceList(report.inputs, report.outputs, report.server, report.reach),
                        devices_problem=report.problem,
                    )
                )
            case EngineError(reason, is_fatal):
                log.warning("the voice engine reports: %s", reason)
                return f"ended: {reason}" if is_fatal else None
            case CallChanged() | GrantNeeded() | Speaking() | CallStatistics() if isinstance(state, EngineReady):
                self.calls.receive(report)
            case Pong():
                pass
            case PlacesChanged() if isinstance(state, EngineReady):
                await self._move(state, report.key)
                self._on_report(report)
            case _ if isinstance(report, AudioReport | PlaceReport) and isinstance(state, EngineReady):
                self._on_report(report)
            case _:
                raise EngineProtocolError(f"the voice engine sent {type(report).__name__} out of order")
        return None

    async def _move(self, state: EngineReady, key: str) -> None:
        """Know whose devices are told of from now on."""
        is_elsewhere = key != HERE
        if key != self._place_key:
            self._place_key = key
            await self._change(
                msgspec.structs.replace(
                    state,
                    is_elsewhere=is_elsewhere,
                    problems=() if is_elsewhere else self._own_problems,
                    devices=None,
                    devices_problem=None,
                )
            )

    def _send(self, request: Request) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(encode(request))

    async def _change(self, state: EngineState) -> None:
        is_new = isinstance(state, EngineReady) and not isinstance(self._state, EngineReady)
        self._state = state
        self._on_change(state)
        if is_new:
            self.calls.engine_ready()
        elif isinstance(state, EngineRestarting):
            self.calls.engine_lost()
        elif isinstance(state, EngineFailed):
            self.calls.engine_given_up(state.sentence)
        async with self._changed:
            self._changed.notify_all()
