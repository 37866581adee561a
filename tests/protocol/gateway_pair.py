"""Both halves of the gateway joined in memory: a link that can be cut anywhere, a server's sessions, and a clock that is told."""

import random
from collections import deque
from urllib.parse import urlsplit

import msgspec

from tuichat.protocol import json
from tuichat.protocol.compression import Compression
from tuichat.protocol.gateway import CloseCode, dispatch_prefix, dispatch_tail, ends_session
from tuichat.protocol.gateway_client import (
    ClientAction,
    ClientConnection,
    Connect,
    Dispatch,
    Fatal,
    SessionOptions,
    SessionStarted,
)
from tuichat.protocol.gateway_connection import Close, ConnectionQuery, SendBinary, SendText
from tuichat.protocol.gateway_server import (
    CommandReceived,
    HeartbeatReceived,
    IdentifyRequested,
    ResumeRequested,
    ServerAction,
    ServerConnection,
    ServerState,
)
from tuichat.protocol.intents import STANDARD_INTENTS
from tuichat.protocol.resume_buffer import Replay, ReplayRefusal, ResumeBuffer

TOKEN = "a token of the test"
GATEWAY_URL = "ws://127.0.0.1:1/"
HEARTBEAT_INTERVAL_MS = 4000


class ReadyBody(msgspec.Struct, frozen=True):
    """The test's READY: `known` is how many events a client that loads everything anew knows of."""

    session_id: str
    resume_gateway_url: str
    known: int


class EventBody(msgspec.Struct, frozen=True):
    number: int


class Link:
    """One WebSocket: what was sent and has not arrived is lost when it is cut."""

    def __init__(self, server: ServerConnection) -> None:
        self.server = server
        self.session_id: str | None = None
        self.to_server: deque[SendText | Close] = deque()
        self.to_client: deque[SendText | SendBinary | Close] = deque()


class Pair:
    """A client and a server program with many sessions, of which the client uses one at a time."""

    def __init__(self, compression: Compression, seed: int = 0) -> None:
        self.now_ms = 1000
        self.published = 0
        self.known = 0
        self.fresh_sessions = 0
        self.commands: list[CommandReceived] = []
        self.fatal: Fatal | None = None
        self.link: Link | None = None
        self.connect_due_ms: int | None = None
        self._connect_url = ""
        self._session_count = 0
        self._buffers: dict[str, ResumeBuffer] = {}
        self.client = ClientConnection(
            GATEWAY_URL,
            lambda: TOKEN,
            SessionOptions(intents=int(STANDARD_INTENTS)),
            random=random.Random(seed).random,
            compression=compression,
        )
        self._obey_client(self.client.start(self.now_ms))

    # What a test does

    def publish(self) -> None:
        """Let an event happen: every session numbers it, and the one that is connected sends it."""
        self.published += 1
        tail = dispatch_tail("EVENT", b'{"number":%d}' % self.published)
        for session_id, buffer in self._buffers.items():
            sequence = buffer.append(tail, self.now_ms)
            link = self.link
            if link and link.session_id == session_id and link.server.state is ServerState.READY:
                link.to_client.append(link.server.message(dispatch_prefix(sequence) + tail))

    def deliver_to_server(self) -> None:
        """Let the oldest message of the client arrive."""
        if self.link is None or not self.link.to_server:
            return
        message = self.link.to_server.popleft()
        if isinstance(message, Close):
            self._end_link_by_client(message.code)
        else:
            self._obey_server(self.link, self.link.server.receive_text(message.payload, self.now_ms))

    def deliver_to_client(self) -> None:
        """Let the oldest message of the server arrive."""
        if self.link is None or not self.link.to_client:
            return
        match self.link.to_client.popleft():
            case SendText(payload):
                self._obey_client(self.client.receive_text(payload, self.now_ms))
            case SendBinary(payload):
                self._obey_client(self.client.receive_binary(payload, self.now_ms))
            case Close(code):
                self.link = None
                self._obey_client(self.client.connection_lost(code, self.now_ms))

    def cut(self) -> None:
        """Break the connection; what is on its way is lost in both directions."""
        if self.link is not None:
            self.link.server.connection_lost()
            self.link = None
            self._obey_client(self.client.connection_lost(None, self.now_ms))

    def restart_server(self) -> None:
        """Kill the server program: all sessions are gone, the events are not."""
        self._buffers.clear()
        self.cut()

    def ask_reconnect(self) -> None:
        if self.link is not None:
            self._obey_server(self.link, self.link.server.ask_reconnect())

    def ask_heartbeat(self) -> None:
        if self.link is not None:
            self._obey_server(self.link, self.link.server.ask_heartbeat())

    def kick(self, code: CloseCode) -> None:
        """Let the server close with a code."""
        if self.link is not None:
            self._obey_server(self.link, self.link.server.close(code))

    def advance(self, delay_ms: int) -> None:
        """Let time pass, in steps, so that every timeout is met when it is due."""
        target_ms = self.now_ms + delay_ms
        while self.now_ms < target_ms:
            due = [target_ms, self.connect_due_ms, self.client.next_timeout_ms()]
            if self.link is not None:
                due.append(self.link.server.deadline_ms())
            self.now_ms = max(self.now_ms + 1, min(moment for moment in due if moment is not None))
            if self.connect_due_ms is not None and self.now_ms >= self.connect_due_ms:
                self._connect()
            self._obey_client(self.client.tick(self.now_ms))
            if self.link is not None:
                self._obey_server(self.link, self.link.server.tick(self.now_ms))

    def settle(self) -> None:
        """Let everything arrive, and time pass, until the client has all that was published."""
        for _ in range(500):
            while self.link is not None and (self.link.to_server or self.link.to_client):
                self.deliver_to_server()
                self.deliver_to_client()
            if self.known == self.published and self.is_ready():
                return
            self.advance(500)
        raise AssertionError(f"not settled: {self.known} of {self.published}, {self.client.state}")

    def is_ready(self) -> bool:
        return self.client.state.value == "ready"

    # What the owners do

    def _connect(self) -> None:
        self.connect_due_ms = None
        query = ConnectionQuery.parse(urlsplit(self._connect_url).query)
        link = self.link = Link(ServerConnection(query, heartbeat_interval_ms=HEARTBEAT_INTERVAL_MS))
        self._obey_client(self.client.connection_opened(self.now_ms))
        self._obey_server(link, link.server.open(self.now_ms))

    def _end_link_by_client(self, code: int) -> None:
        if self.link is not None:
            self.link.server.connection_lost()
            if ends_session(code) and self.link.session_id is not None:
                self._buffers.pop(self.link.session_id, None)
            self.link = None

    def _obey_client(self, actions: list[ClientAction]) -> None:
        for action in actions:
            match action:
                case SendText():
                    if self.link is not None:
                        self.link.to_server.append(action)
                case Close(code):
                    self._end_link_by_client(code)
                case Connect(url, _, delay_ms):
                    self._connect_url, self.connect_due_ms = url, self.now_ms + delay_ms
                case SessionStarted():
                    self.fresh_sessions += 1
                case Dispatch("READY", _, body):
                    self.known = json.decode(body, ReadyBody, source="READY").known
                case Dispatch("EVENT", _, body):
                    number = json.decode(body, EventBody, source="EVENT").number
                    assert number == self.known + 1, f"event {number} came after {self.known}"
                    self.known = number
                case Fatal():
                    self.fatal = action
                case _:
                    pass

    def _obey_server(self, link: Link, actions: list[ServerAction]) -> None:
        for action in actions:
            match action:
                case SendText() | SendBinary() | Close():
                    link.to_client.append(action)
                case IdentifyRequested(identify):
                    self._answer_identify(link, identify.bare_token)
                case ResumeRequested(resume):
                    self._answer_resume(link, resume.session_id, resume.seq)
                case CommandReceived():
                    self.commands.append(action)
                case HeartbeatReceived(sequence):
                    if link.session_id in self._buffers and sequence is not None:
                        self._buffers[link.session_id].acknowledge(sequence)

    def _answer_identify(self, link: Link, token: str) -> None:
        if token != TOKEN:
            self._obey_server(link, link.server.reject(CloseCode.AUTHENTICATION_FAILED))
            return
        self._session_count += 1
        link.session_id = f"session-{self._session_count}"
        buffer = self._buffers[link.session_id] = ResumeBuffer(max_dispatches=20, max_age_ms=60_000)
        link.server.accept()
        body = ReadyBody(link.session_id, GATEWAY_URL, self.published)
        ready = _numbered(buffer, "READY", msgspec.json.encode(body), self.now_ms)
        link.to_client.append(link.server.message(ready))

    def _answer_resume(self, link: Link, session_id: str, sequence: int | None) -> None:
        buffer = self._buffers.get(session_id)
        if buffer is None:
            self._obey_server(link, link.server.invalidate_session(resumable=False))
            return
        match buffer.replay_after(sequence, self.now_ms):
            case Replay() as replay:
                link.session_id = session_id
                link.server.accept()
                link.to_client.extend(link.server.message(payload) for payload in replay.payloads())
                resumed = _numbered(buffer, "RESUMED", b"{}", self.now_ms)
                link.to_client.append(link.server.message(resumed))
            case ReplayRefusal.TOO_OLD:
                self._obey_server(link, link.server.invalidate_session(resumable=False))
            case ReplayRefusal.AHEAD:
                self._obey_server(link, link.server.reject(CloseCode.INVALID_SEQUENCE))


def _numbered(buffer: ResumeBuffer, name: str, body: bytes, now_ms: int) -> bytes:
    """Keep a dispatch that goes to one session alone, and return its whole payload."""
    tail = dispatch_tail(name, body)
    return dispatch_prefix(buffer.append(tail, now_ms)) + tail
