"""Frames that were really sent, and hostile ones: both halves of the gateway on files of `tests/data/gateway`."""

import tracemalloc
from pathlib import Path

import msgspec
import pytest

from tuichat.protocol.compression import Compression, Decompressor, make_decompressor
from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.gateway import Envelope, Opcode, PresenceUpdate
from tuichat.protocol.gateway_client import (
    ClientConnection,
    Connect,
    Dispatch,
    SessionOptions,
    SessionResumed,
    SessionStarted,
)
from tuichat.protocol.gateway_connection import Close, ConnectionQuery, SendBinary, SendText
from tuichat.protocol.gateway_server import (
    CommandReceived,
    IdentifyRequested,
    ResumeRequested,
    ServerConnection,
    ServerState,
)
from tuichat.protocol.intents import ALL_INTENTS

DATA = Path(__file__).parent.parent / "data" / "gateway"
MIB = 1024 * 1024
CAPTURES = {
    Compression.ZLIB_STREAM: "discordpy-zlib-stream.jsonl",
    Compression.ZSTD_STREAM: "discordpy-zstd-stream.jsonl",
}
both_captures = pytest.mark.parametrize("compression", list(CAPTURES))


class CapturedFrame(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    connection: int
    sender: str
    at_ms: int
    open: str | None = None
    text: str | None = None
    binary: bytes | None = None
    close: int | None = None


class LibraryFrame(msgspec.Struct, frozen=True):
    library: str
    text: str


def _frames(compression: Compression, connection: int) -> list[CapturedFrame]:
    lines = (DATA / CAPTURES[compression]).read_bytes().splitlines()
    frames = [msgspec.json.decode(line, type=CapturedFrame) for line in lines]
    return [frame for frame in frames if frame.connection == connection]


def _server(frames: list[CapturedFrame]) -> ServerConnection:
    (path,) = [frame.open for frame in frames if frame.open is not None]
    return ServerConnection(ConnectionQuery.parse(path.partition("?")[2]), heartbeat_interval_ms=1000)


def _decompressor(compression: Compression) -> Decompressor:
    decompressor = make_decompressor(compression)
    assert decompressor is not None
    return decompressor


@both_captures
def test_discord_py_is_understood_from_identify_to_the_cut(compression: Compression) -> None:
    frames = _frames(compression, 0)
    server = _server(frames)
    server.open(0)
    seen: list[object] = []
    for frame in frames:
        if frame.text is not None:
            actions = server.receive_text(frame.text, frame.at_ms)
            assert not any(isinstance(action, Close) for action in actions)
            seen += [action for action in actions if isinstance(action, IdentifyRequested | CommandReceived)]
            if server.state is ServerState.AUTHENTICATING:
                server.accept()
    identify, presence = seen
    assert isinstance(identify, IdentifyRequested)
    assert identify.identify.intents == int(ALL_INTENTS)
    assert identify.identify.large_threshold == 250
    assert isinstance(identify.identify.presence, PresenceUpdate)
    assert [activity.name for activity in identify.identify.presence.shown_activities] == ["chess"]
    assert isinstance(presence, CommandReceived)
    assert isinstance(presence.command, PresenceUpdate)
    assert presence.command.shown_status == "dnd"


@both_captures
def test_discord_py_resumes_where_it_was_cut(compression: Compression) -> None:
    frames = _frames(compression, 1)
    server = _server(frames)
    server.open(0)
    requests = [
        action
        for frame in frames
        if frame.text is not None
        for action in server.receive_text(frame.text, frame.at_ms)
        if isinstance(action, ResumeRequested)
    ]
    assert [(request.resume.session_id, request.resume.seq) for request in requests] == [("s3ss10n", 1)]


@both_captures
def test_the_captured_server_is_what_we_still_send(compression: Compression) -> None:
    for connection in (0, 1):
        frames = _frames(compression, connection)
        server, captured, current = _server(frames), _decompressor(compression), _decompressor(compression)
        sent = server.open(0)
        for frame in frames:
            if frame.text is not None:
                sent += server.receive_text(frame.text, frame.at_ms)
                server.accept()
        ours = [current.feed(action.payload) for action in sent if isinstance(action, SendBinary)]
        theirs = [captured.feed(frame.binary) for frame in frames if frame.binary is not None]
        assert ours == [payload for payload in theirs if payload and b'"op":0' not in payload]


@both_captures
def test_our_client_reads_the_captured_server(compression: Compression) -> None:
    client = ClientConnection(
        "ws://127.0.0.1:1", lambda: "t", SessionOptions(intents=0), random=lambda: 0.9, compression=compression
    )
    client.start(0)
    given: list[object] = []
    for connection in (0, 1):
        client.connection_opened(0)
        for frame in _frames(compression, connection):
            if frame.binary is not None:
                given += client.receive_binary(frame.binary, frame.at_ms)
        given += client.connection_lost(None, 4000)
    names = [(action.name, action.sequence) for action in given if isinstance(action, Dispatch)]
    assert names == [("READY", 1), ("TYPING_START", 2), ("TYPING_START", 3)]
    kinds = [type(action) for action in given if isinstance(action, SessionStarted | SessionResumed | Connect)]
    assert kinds == [SessionStarted, Connect, SessionResumed, Connect]


@both_captures
def test_a_captured_stream_cut_at_any_byte_gives_whole_payloads_or_a_protocol_error(compression: Compression) -> None:
    frames = [frame.binary for frame in _frames(compression, 0) if frame.binary is not None][:3]
    stream = b"".join(frames)
    whole = _decompressor(compression)
    payloads = [whole.feed(frame) for frame in frames]
    for cut in range(len(stream)):
        client = ClientConnection(
            "ws://127.0.0.1:1", lambda: "t", SessionOptions(), random=lambda: 0.9, compression=compression
        )
        client.start(0)
        client.connection_opened(0)
        position, outcomes = 0, []
        for frame in frames:
            piece = frame[: max(0, cut - position)]
            position += len(frame)
            if piece:
                outcomes += client.receive_binary(piece, 0)
        whole_payloads = sum(1 for number in range(1, 4) if sum(map(len, frames[:number])) <= cut)
        dispatched = sum(isinstance(action, Dispatch) for action in outcomes)
        assert dispatched == sum(b'"op":0' in (payload or b"") for payload in payloads[:whole_payloads])


def test_other_libraries_are_understood() -> None:
    lines = (DATA / "other-libraries.jsonl").read_bytes().splitlines()
    frames = [msgspec.json.decode(line, type=LibraryFrame) for line in lines]
    for library in ("hikari", "discord.js"):
        server = ServerConnection(ConnectionQuery())
        server.open(0)
        commands = []
        for frame in frames:
            if frame.library == library:
                actions = server.receive_text(frame.text, 0)
                assert not any(isinstance(action, Close) for action in actions), (frame, actions)
                commands += [action.command for action in actions if isinstance(action, CommandReceived)]
                server.accept()
        assert len(commands) == 3
        presence = next(command for command in commands if isinstance(command, PresenceUpdate))
        assert len(presence.shown_activities) == 1


@pytest.mark.parametrize("path", sorted((DATA / "hostile").glob("4*.bin")), ids=lambda path: path.stem)
def test_a_hostile_client_is_closed_with_the_code_of_its_file(path: Path) -> None:
    server = ServerConnection(ConnectionQuery())
    server.open(0)
    server.receive_text('{"op":2,"d":{"token":"t","intents":0}}', 0)
    server.accept()
    (close,) = server.receive_text(path.read_bytes(), 0)
    assert isinstance(close, Close)
    assert str(close.code) == path.name.partition("-")[0]
    assert close.reason.isprintable()


@pytest.mark.parametrize("path", sorted((DATA / "hostile").glob("4*.bin")), ids=lambda path: path.stem)
def test_the_same_bytes_from_a_hostile_server_do_no_more_than_reconnect(path: Path) -> None:
    client = ClientConnection(
        "ws://127.0.0.1:1", lambda: "t", SessionOptions(), random=lambda: 0.5, compression=Compression.NONE
    )
    client.start(0)
    client.connection_opened(0)
    client.receive_text('{"op":10,"d":{"heartbeat_interval":1000}}', 0)
    for action in client.receive_text(path.read_bytes(), 0):
        assert isinstance(action, Close | Connect | Dispatch | SendText)


@pytest.mark.parametrize(
    ("name", "compression"), [("bomb.zlib", Compression.ZLIB_STREAM), ("bomb.zst", Compression.ZSTD_STREAM)]
)
def test_a_bomb_costs_no_more_memory_than_its_bound(name: str, compression: Compression) -> None:
    decompressor = make_decompressor(compression, max_bytes=4 * MIB)
    assert decompressor is not None
    bomb = (DATA / "hostile" / name).read_bytes()
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match="limit"):
            decompressor.feed(bomb)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 24 * MIB


@both_captures
def test_every_captured_server_frame_is_an_envelope(compression: Compression) -> None:
    decompressor = _decompressor(compression)
    opcodes = []
    for frame in _frames(compression, 1):
        if frame.binary is not None:
            payload = decompressor.feed(frame.binary)
            assert payload is not None
            opcodes.append(Opcode(msgspec.json.decode(payload, type=Envelope).op))
    assert opcodes == [Opcode.HELLO, Opcode.HEARTBEAT_ACK, *[Opcode.DISPATCH] * 3]
