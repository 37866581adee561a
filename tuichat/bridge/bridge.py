"""The laptop's end of one login: admits the machine that one is logged in to, once its owner agreed, and lends it an engine."""

import asyncio
import contextlib
import logging
import os
import shlex
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tuichat.bridge.capture import Capture
from tuichat.bridge.capture_notice import CaptureNotice
from tuichat.bridge.consent import NO_KEYS, Again, Consent
from tuichat.bridge.control import ControlSocket
from tuichat.bridge.control_protocol import BridgeStatus
from tuichat.bridge.host_line import HostLine, engine_starts
from tuichat.bridge.talk_key import Key, TalkKey
from tuichat.bridge.targets import Targets
from tuichat.errors import TuichatError
from tuichat.local.unix_socket import check_peer, listen
from tuichat.translation import _
from tuichat.voice.engine_process import ENGINE_COMMAND
from tuichat.voice.laptop_opening import ASK_TIMEOUT_S, HostHello, OpeningError, open_as_laptop

log = logging.getLogger(__name__)

MAX_OPENING = 16  # connections that are not admitted yet: the oldest that proved nothing makes room, or else the oldest
MAX_LINES = 4  # programs of one machine that have sound at a time; the one that was silent longest makes room
MAX_CONNECTIONS = 2 * (MAX_OPENING + MAX_LINES)  # with those that are told why they end
ASK_AGAIN_S = ASK_TIMEOUT_S / 3  # a host that hears nothing for ASK_TIMEOUT_S goes
POLL_S = 0.5  # how soon an answer is seen that was given to another program


class Bridge:
    """Listens at `socket_path` from `async with` to its end, for the machine at the other end of the forwarded socket.

    `destination` and `keys` are those of consent.py, the keys None as long as ssh has not logged in; `name` is how its user types
    it. `show` is called on the loop whenever the microphone opens or closes, None where there is nothing to show it but the desktop.
    Raises LocalError where the socket cannot be had.
    """

    def __init__(
        self,
        destination: str,
        name: str,
        secret: bytes,
        socket_path: Path,
        *,
        consent: Consent,
        show: Callable[[Capture], None] | None,
        keys: frozenset[str] | None = NO_KEYS,
        notice: CaptureNotice | None = None,
        command: Sequence[str] = ENGINE_COMMAND,
        ask_again_s: float = ASK_AGAIN_S,
    ) -> None:
        self.destination = destination
        self.name = name
        self.began_s = time.time()
        self._secret = secret
        self._path = socket_path
        self._consent = consent
        self.keys = keys
        self.was_heard = False  # whether a tuichat there has asked for the sound
        self._show = show
        self._shown = Capture(destination=destination, name=name, is_open=False)
        self._notice = notice or CaptureNotice(stands_alone=show is None)
        self._notice.on_change = self._look_at_microphone
        self._command = command
        self._ask_again_s = ask_again_s
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._opening: dict[asyncio.Task[None], bool] = {}  # those not admitted yet, and whether they know the secret
        self._changed = asyncio.Event()
        self._asking = 0
        self._is_stopped = False  # where that cannot be kept
        self._starts = engine_starts()
        self._targets = Targets()
        self._control = ControlSocket(self)
        self._key = TalkKey()
        self.lines: list[HostLine] = []

    def __repr__(self) -> str:
        return f"Bridge({self.destination!r})"

    @property
    def is_asking(self) -> bool:
        """Whether the machine waits for this laptop's owner."""
        return self._asking > 0

    @property
    def is_stopped(self) -> bool:
        """Whether its owner has stopped the sound, in this session or in another with the same machine."""
        return self._is_stopped or self._consent.is_stopped(self.destination)

    async def __aenter__(self) -> "Bridge":
        listener = listen(self._path)
        self._server = await asyncio.start_unix_server(self._connected, sock=listener)
        try:
            await self._control.__aenter__()
        except BaseException:
            self._server.close()
            raise
        return self

    async def __aexit__(self, *_how: object) -> None:
        if self._server is not None:
            self._server.close()
        for line in self.lines:
            line.end(_("The session on your laptop has ended."))
        tasks = tuple(self._tasks)
        if tasks:
            _done, left = await asyncio.wait(tasks, timeout=3.0)
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)
        await self._control.__aexit__()
        await self._notice.close()
        with contextlib.suppress(OSError):
            os.unlink(self._path)

    def stop(self) -> bool:
        """End every engine at once, and have none until `allow`; return whether there was one."""
        self._is_stopped = True
        had_engine = self._end_lines(
            _("The sound was stopped on your laptop. `{command}` there lets it go on.").format(
                command=self._command_to_allow
            )
        )
        try:
            self._consent.stop(self.destination)
            self._is_stopped = False  # until its owner says something else, here or in another program
        except TuichatError as error:  # this session keeps to it all the same
            log.warning("the stop of %s is not kept for later sessions: %s", self.destination, error)
        return had_engine

    def pause(self) -> None:
        """Close the microphone while nobody watches over it; the machine comes back to it by itself."""
        self._end_lines(_("tuichat ssh was suspended on your laptop."))

    def allow(self, *, unseen: bool = False) -> None:
        """Let the machine have the sound, also after `stop`, as its owner says just now. Raises TuichatError.

        `unseen` is the microphone, too, where nothing here shows that it is open.
        """
        if self.keys is None:
            self._consent.allow_first(self.destination, unseen=unseen)
        else:
            self._consent.allow(self.destination, self.keys, unseen=unseen)
        self._is_stopped = False
        self._notice.answered()
        self.look()

    def look(self) -> None:
        """See that the consent may be another one by now."""
        self._changed.set()
        self._changed = asyncio.Event()
        if self._said() is not True:
            self._end_lines(self._why_not())
        self._look_at_microphone()

    def why_no_microphone(self) -> str:
        """Return why the machine has the loudspeaker alone, "" where it has both."""
        if self._show is not None or self._notice.can_show or self._consent.may_be_unseen(self.destination):
            return ""
        return _(
            "Your laptop lends no microphone, since nothing there could show that it is open. Log in by `tuichat ssh` from a "
            "desktop or a terminal with a title, or run `{command}` there."
        ).format(command=self._command_to_allow.replace(" allow ", " allow --unseen "))

    def _answer_for_microphone(self) -> str:
        """As `why_no_microphone`, for a machine that asks: a desktop that failed shows by then, perhaps, and `on_change` tells."""
        refusal = self.why_no_microphone()
        if refusal:
            self._notice.try_again()
        return refusal

    def press(self, key: Key) -> bool:
        """Take the key of push to talk; return whether one talks now. Raises TalkKeyError where nobody would hear it."""
        return self._key.press(key, self.lines)

    def status(self) -> BridgeStatus:
        """Return what is lent to whom, as it is now."""
        return BridgeStatus(
            destination=self.destination,
            name=self.name,
            since_s=self.began_s,
            is_allowed=self._said() is True,
            is_logging_in=self.keys is None,
            is_asking=self.is_asking,
            is_stopped=self.is_stopped,
            lacks_microphone=bool(self.why_no_microphone()),
            lines=tuple(line.status() for line in self.lines),
        )

    def _show_capture(self, changed: Capture) -> None:
        """Show what the machine has as a whole: another of its programs may go on listening."""
        capture = next((line.capture for line in self.lines if line.capture.is_open), changed)
        if capture != self._shown:
            self._shown = capture
            self._notice.show(capture)
            if self._show is not None:
                self._show(capture)

    def _look_at_microphone(self) -> None:
        """Have those begin anew that have a microphone which they may not have by now, or none where they may."""
        refusal = self.why_no_microphone()
        for line in self.lines:
            if line.engine_pid is not None and line.microphone_refusal != refusal:
                line.end(refusal or _("Your laptop lends its microphone from now on."))

    def _end_lines(self, reason: str) -> bool:
        had_engine = any(line.engine_pid is not None for line in self.lines)
        for line in self.lines:
            line.end(reason)
        return had_engine

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._serve(reader, writer)
        except asyncio.CancelledError:
            pass  # it made room, and asyncio would print that nobody had asked for how this went
        except (TuichatError, OSError, EOFError) as error:
            log.info("a connection from %s was not admitted: %s", self.destination, error)
        except Exception:
            log.exception("a connection from %s failed", self.destination)
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        check_peer(writer.get_extra_info("socket"))
        if len(self._tasks) > MAX_CONNECTIONS:
            raise OpeningError("too many connections at a time")
        await self._open(reader, writer)
        line = HostLine(
            reader,
            writer,
            self.destination,
            self.name,
            self._show_capture,
            command=self._command,
            starts=self._starts,
            targets=self._targets,
            why_no_microphone=self._answer_for_microphone,
        )
        if len(self.lines) >= MAX_LINES:
            oldest = min(self.lines, key=lambda each: each.heard_s)
            oldest.end(_("Another tuichat on this machine has your laptop's sound now."))
        self.lines.append(line)
        try:
            reason = await line.run()
        finally:
            self.lines.remove(line)
        if reason:
            log.warning("the sound of %s ended: %s", self.destination, reason)

    async def _open(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hear who it is and admit them. Who says nothing holds a place only until another needs it."""
        task = asyncio.current_task()
        assert task is not None
        while len(self._opening) >= MAX_OPENING:
            oldest = next(
                (each for each, is_proven in self._opening.items() if not is_proven), next(iter(self._opening))
            )
            del self._opening[oldest]
            oldest.cancel()
        self._opening[task] = False

        async def admit(_hello: HostHello, tell: Callable[[str], None]) -> str:
            self.was_heard = True
            if task in self._opening:
                self._opening[task] = True
            return await self._admit(reader, tell)

        try:
            await open_as_laptop(reader, writer, self._secret, admit)
        finally:
            self._opening.pop(task, None)

    async def _admit(self, reader: asyncio.StreamReader, tell: Callable[[str], None]) -> str:
        """Wait for this laptop's owner where they have not agreed yet, as long as the host does; return why not, or ""."""
        told, told_s = "", 0.0
        self._asking += 1
        try:
            while reason := self._why_not():
                if _has_gone(reader) or (self._said() is False and not self.is_stopped):
                    return reason
                if reason != told or time.monotonic() - told_s > self._ask_again_s:
                    tell(reason)
                    told, told_s = reason, time.monotonic()
                    self._notice.ask(self.name, self._command_to_allow)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(POLL_S):
                        await self._changed.wait()
            return ""
        finally:
            self._asking -= 1

    def _said(self) -> bool | None:
        return self._consent.of(self.destination, self.keys or NO_KEYS)

    def _why_not(self) -> str:
        """Return the sentence that says where to allow the sound, "" where it is allowed."""
        command = self._command_to_allow
        if self.is_stopped:
            return _("The sound was stopped on your laptop. `{command}` there lets it go on.").format(command=command)
        match self._said():
            case True:
                return ""
            case False:
                return _(
                    "Your laptop lends this machine no sound, as you said there. `{command}` there changes that."
                ).format(command=command)
            case None if self._consent.why_again(self.destination, self.keys or NO_KEYS) is Again.OTHER_KEY:
                return _(
                    "This machine has another key than the one that was allowed on your laptop, which asks again: "
                    "run `{command}` there."
                ).format(command=command)
            case None:
                return _("Your laptop asks whether this machine may have its sound: run `{command}` there.").format(
                    command=command
                )

    @property
    def _command_to_allow(self) -> str:
        return f"tuichat bridge allow {shlex.quote(self.name)}"


def _has_gone(reader: asyncio.StreamReader) -> bool:
    return reader.at_eof() or reader.exception() is not None
