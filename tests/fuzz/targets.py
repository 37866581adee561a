"""What is fuzzed: for each format, a check that any bytes must pass, and samples of good ones to begin from."""

import asyncio
import contextlib
import json
import socket
import struct
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import cast

import msgspec

from tests.automation.bindings.test_fields import Kept, record
from tests.server.voice.people import FRAME, Town
from tuichat.automation.bindings import fields
from tuichat.commands.aliases import expand
from tuichat.commands.arguments import read_words
from tuichat.commands.command import registry
from tuichat.commands.context import CommandContext
from tuichat.commands.engine import SUBJECTS
from tuichat.commands.errors import CommandError
from tuichat.commands.parser import Call, PlainText, parse_line
from tuichat.commands.suggestion import argument_hint, complete
from tuichat.local.ssh_session import SECRET_BYTES, file_name, find_sessions, socket_name
from tuichat.protocol import discovery, encryption, rtcp, rtp, voice_gateway
from tuichat.protocol.snowflake import Snowflake
from tuichat.protocol.voice_gateway import VoiceGatewayError
from tuichat.voice import audio_protocol, call_protocol, engine_protocol, laptop_opening, media_protocol, opus_packet
from tuichat.voice.engine_protocol import EngineProtocolError
from tuichat.voice.jitter_buffer import MAX_PACKETS, Frame, JitterBuffer, Lost, Quiet, Starved
from tuichat.voice.laptop_opening import OpeningError, open_as_host, open_as_laptop
from tuichat.voice.playout_delay import MAX_DELAY_MS, MIN_DELAY_MS

KEY = bytes(range(32))
STRANGER = ("203.0.113.9", 9)
HEADER = rtp.build_header(rtp.Header(rtp.OPUS, 7, 960, 42))


class Target(msgspec.Struct, frozen=True):
    """`check` raises for bytes that are handled wrongly; `samples` are good inputs, which a fuzzer changes."""

    check: Callable[[bytes], object]
    samples: Sequence[bytes]


def check_rtp(data: bytes) -> None:
    try:
        header = rtp.parse_header(data)
    except rtp.RtpError:
        return
    assert rtp.build_header(header)[1:12] == data[1:12]
    assert rtp.HEADER_BYTES <= rtp.header_bytes(data) <= 76


def check_sequences(data: bytes) -> None:
    unwrapper, window, seen = rtp.Unwrapper(), rtp.ReplayWindow(64), set[int]()
    for at in range(0, min(len(data), 128) - 1, 2):
        number = unwrapper.unwrap(int.from_bytes(data[at : at + 2], "big"))
        is_new = window.is_new(number)
        assert window.accept(number) == is_new
        assert not (is_new and number in seen), "a number came through twice"
        seen.add(number)


def check_red(data: bytes) -> None:
    try:
        primary, earlier = rtp.unpack_red(data)
    except rtp.RtpError:
        return
    assert rtp.pack_red(primary, earlier) == data


_OPENERS = [encryption.Opener(mode, KEY) for mode in encryption.MODES]


def check_forged(data: bytes) -> None:
    """A stranger's packet opens with nobody's key."""
    for opener in _OPENERS:
        assert opener.open(data) is None


_SEALER = encryption.Sealer(encryption.AES_GCM, KEY)


def check_hostile_sender(data: bytes) -> None:
    """What somebody with a key seals is a payload or none, whatever its header says of extensions and padding."""
    size = rtp.header_bytes(data) if len(data) >= 2 else 0
    payload = _OPENERS[0].open(_SEALER.seal(data[:size], data[size:]))
    assert payload is None or len(payload) <= len(data)


def check_rtcp(data: bytes) -> None:
    try:
        reports = rtcp.parse(data)
    except rtp.RtpError:
        return
    if max(len(reports.receiver_reports), len(reports.metrics)) <= rtcp.MAX_SOURCES:
        again = rtcp.parse(rtcp.build(reports.sender_ssrc, reports.receiver_reports, reports.metrics))
        assert again == reports


def check_discovery(data: bytes) -> None:
    found = discovery.parse_response(data)
    assert found is None or discovery.parse_response(discovery.response(*found)) == found
    ssrc = discovery.parse_request(data)
    assert ssrc is None or len(data) >= discovery.PACKET_BYTES


def check_gateway(data: bytes) -> None:
    for decode in (voice_gateway.decode_client, voice_gateway.decode_server):
        try:
            decode(data)
        except VoiceGatewayError as error:
            assert str(error).isprintable()  # noqa: PT017  # a value is fine too


def check_engine(data: bytes) -> None:
    """The first byte cuts the rest in two, as a socket may."""
    cut, stream = (data[0], data[1:]) if data else (0, b"")
    for reader in (engine_protocol.request_reader(), engine_protocol.report_reader()):
        try:
            reader.feed(stream[:cut])
            reader.feed(stream[cut:])
        except EngineProtocolError:
            continue


def check_datagram(data: bytes) -> None:
    """A datagram's frame is read as what was sent, byte by byte, or refused."""
    frame = engine_protocol.LENGTH.pack(len(data) + 1) + bytes([engine_protocol.DATAGRAM]) + data
    for reader in (engine_protocol.request_reader(), engine_protocol.report_reader()):
        try:
            (datagram,) = reader.feed(frame)
        except EngineProtocolError:
            continue
        assert isinstance(datagram, media_protocol.Datagram)
        assert engine_protocol.encode(datagram) == frame


class _Unheard:
    """The way back to a stranger, where a test does not ask what is said."""

    def write(self, data: bytes) -> None:
        assert KEY not in data


def check_opening(data: bytes) -> None:
    """Whoever does not know the secret is no laptop to a host and no host to a laptop, and nobody is asked for them."""
    writer = cast(asyncio.StreamWriter, _Unheard())

    async def admit(_hello: laptop_opening.HostHello, _tell: Callable[[str], None]) -> str:
        raise AssertionError("a stranger was admitted")

    async def stranger() -> asyncio.StreamReader:
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()
        return reader

    async def open_both() -> None:
        for opening in (
            open_as_host(await stranger(), writer, KEY, host="box", user="ann"),
            open_as_laptop(await stranger(), writer, KEY, admit),
        ):
            try:
                await opening
            except (OpeningError, EOFError) as error:
                assert not any(ord(each) < 32 or 127 <= ord(each) < 160 for each in str(error))  # noqa: PT017
            else:
                raise AssertionError("a stranger was let in")

    asyncio.run(open_both())


_SESSION_KEY = "0123456789abcdef"


class Sessions:
    """A folder of sessions with a socket, made once. The file of it is written anew for each input."""

    def __init__(self) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="tuichat-fuzz-")
        folder = Path(self._home.name) / "tuichat"
        folder.mkdir(mode=0o700)
        self.file = folder / file_name(_SESSION_KEY)
        self.file.touch(0o600)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(folder / socket_name(_SESSION_KEY)))
        self.environ = {"XDG_RUNTIME_DIR": self._home.name}


_SESSIONS = Sessions()


def check_session_file(data: bytes) -> None:
    """Whatever stands in a session's file, it is a whole session or none."""
    _SESSIONS.file.write_bytes(data)
    for session in find_sessions(_SESSIONS.environ):
        if session.folder == _SESSIONS.file.parent:
            assert len(session.secret) == SECRET_BYTES
            assert len(session.laptop) <= 64
            assert session.began_s == session.began_s, "sessions have no order"


def check_opus(data: bytes) -> None:
    assert 0 <= opus_packet.packet_samples(data) <= opus_packet.MAX_PACKET_SAMPLES
    opus_packet.has_fec(data)


def check_jitter_buffer(data: bytes) -> None:
    """A stream of a stranger's packets, in which each byte says little, is held within bounds and comes to its end."""
    buffer, now_ms = JitterBuffer(), 0.0
    for at in range(0, min(len(data), 600) - 9, 10):
        sequence, timestamp, pause, back = _STREAMED.unpack_from(data, at)
        payload = data[at + 8 : at + 8 + (back & 7)]
        buffer.put(sequence, timestamp, payload, now_ms)
        buffer.put_repetition(back * 480, payload, sequence, timestamp)
        assert len(buffer) <= MAX_PACKETS
        assert MIN_DELAY_MS <= buffer.delay.wanted_ms <= MAX_DELAY_MS
        now_ms += pause
        _play(buffer, now_ms, steps=4)
    assert _play(buffer, now_ms + 1e9, steps=100_000), "the sound card would wait for ever"


_STREAMED = struct.Struct(">HIxxBB")


def _play(buffer: JitterBuffer, now_ms: float, *, steps: int) -> bool:
    for _ in range(steps):
        match buffer.take(now_ms):
            case Quiet():
                return True
            case Starved():
                buffer.starve(480)
            case Frame(packet, skip):
                assert 0 <= skip <= packet.samples
            case Lost(samples, _, skip):
                assert 0 <= skip < samples
    return False


class Room:
    """A room of the server with a speaker and a listener, made once: a fuzzer's inputs come one after the other."""

    def __init__(self) -> None:
        self.town = Town()
        self.speaker, self.listener = self.town.join(1), self.town.join(2)


_ROOM = Room()


def check_forwarder(data: bytes) -> None:
    """Nobody hears a stranger, no stranger gets more bytes than it sent, and the room goes on."""
    town, speaker, listener = _ROOM.town, _ROOM.speaker, _ROOM.listener
    town.now_ms += 20
    for address in (STRANGER, speaker.address):
        town.forwarder.receive(data, address, town.now_ms)
    assert sum(len(packet) for packet in town.take(STRANGER)) <= len(data)
    assert listener.heard() == []
    town.take(speaker.address)
    speaker.says()
    assert [payload for _, _, payload in listener.heard()] == [FRAME]


def check_hostile_member(data: bytes) -> None:
    """Whatever somebody in the room seals, listeners get well-formed packets of that person alone."""
    town, speaker, listener = _ROOM.town, _ROOM.speaker, _ROOM.listener
    town.now_ms += 20
    if len(data) < 2:
        return
    size = rtp.header_bytes(data)
    packet = bytearray(data)
    packet[8:12] = speaker.participant.ssrc.to_bytes(4, "big")
    town.forwarder.receive(
        speaker.sealer.seal(bytes(packet[:size]), bytes(packet[size:])), speaker.address, town.now_ms
    )
    for ssrc, kind, payload in listener.heard():
        assert ssrc == speaker.participant.ssrc
        assert kind == rtp.OPUS
        assert len(payload) <= len(data)
    town.take(speaker.address)


assert SUBJECTS, "their commands are registered"
_COMMANDS = {command.name: command.parameters for command in registry.all()}
_ALIASES = {"a": "/msg #ci $*", "b": "/msg to=#$1 $2", "c": "$*", "d": "/a $1 /quit", "e": "/nick"}


def check_typed_line(data: bytes) -> None:
    """A line is a message or a command, and what is in it makes no other one of it, by its name or by an alias."""
    line = data.decode("utf-8", "replace")
    complete(line, registry, CommandContext())
    argument_hint(line, registry)
    with contextlib.suppress(CommandError):
        parsed = parse_line(line)
        assert isinstance(parsed, Call) == (line.startswith("/") and not line.startswith("//"))
        if isinstance(parsed, PlainText):
            assert parsed.text in (line, line[1:])
            return
        for parameters in _COMMANDS.values():
            with contextlib.suppress(CommandError):
                words = read_words(line, parsed.name_end, parameters, "")
                assert all(word.text in line or '"' in line for word in words.values())
        for name, template in _ALIASES.items():
            with contextlib.suppress(CommandError):
                made = expand(Call(name, f"/{name} {line}", len(name) + 1), _ALIASES, _COMMANDS.get)
                assert isinstance(made, PlainText) == (name == "c")
                if isinstance(made, str):
                    again = parse_line(made)
                    assert isinstance(again, Call)
                    assert again.name == ("msg" if "msg" in template or name == "d" else "nick")


_REPORT = rtcp.build(7, [rtcp.ReceiverReport(ssrc=9, lost=3)], [rtcp.VoipMetrics(ssrc=9, loss_rate=5)])
_EXTENDED = b"\xb0" + HEADER[1:] + b"\xbe\xde\x00\x01" + b"\x10\xff\x00\x00" + FRAME + b"\x00\x02"
_SPEAKERS_HEADER = rtp.build_header(rtp.Header(rtp.OPUS, 1, 960, _ROOM.speaker.participant.ssrc))
_FORGED = encryption.Sealer(encryption.AES_GCM, KEY).seal(_SPEAKERS_HEADER, FRAME)
_SERVER_WORDS: list[voice_gateway.ServerPayload] = [
    voice_gateway.Hello(heartbeat_interval=13_750),
    voice_gateway.Ready(ssrc=1, ip="192.0.2.7", port=5, modes=list(encryption.MODES)),
    voice_gateway.SessionDescription(mode=encryption.AES_GCM, secret_key=list(KEY)),
    voice_gateway.SpeakingUpdate(user_id=Snowflake(5), ssrc=1, speaking=1),
    voice_gateway.ClientsConnect(user_ids=[Snowflake(5)]),
    voice_gateway.HeartbeatAck(t=5),
]
_CLIENT_WORDS: list[voice_gateway.ClientPayload] = [
    voice_gateway.Identify(server_id=Snowflake(5), user_id=Snowflake(6), session_id="s", token="t"),
    voice_gateway.SelectProtocol(protocol="udp", data=voice_gateway.TransportChoice(mode="m", address="a", port=1)),
    voice_gateway.Heartbeat(t=5),
    voice_gateway.SpeakingRequest(speaking=1, ssrc=5),
    voice_gateway.Resume(server_id=Snowflake(5), session_id="s", token="t", seq_ack=4),
]
_ENGINE_WORDS: list[engine_protocol.Request | engine_protocol.Report] = [
    engine_protocol.Hello("tuichat", 1, 2, ("calls",)),
    engine_protocol.Ping(5),
    call_protocol.JoinCall(
        call_id=1,
        address=call_protocol.VoiceAddress("wss://a"),
        server_id=1,
        channel_id=2,
        user_id=3,
        session_id="s",
        token="t",
    ),
    audio_protocol.SetGate("voice", -40.0),
    call_protocol.CallStatistics(call_id=1, people=(call_protocol.PersonStatistics(user_id=3),)),
    engine_protocol.HelloReply("engine", 1, libraries={"opuslib": "3"}),
    engine_protocol.Devices(problem="none"),
]

_DATAGRAMS = [media_protocol.Datagram(way, 0xFFFE, FRAME) for way in media_protocol.Way]
_OPENING_WORDS = [
    laptop_opening.HostHello(
        oldest_version=1, newest_version=1, program="tuichat", host="box", user="ann", nonce=bytes(16)
    ),
    laptop_opening.LaptopHello(version=1, program="tuichat", nonce=bytes(16), proof=bytes(32)),
    laptop_opening.HostProof(bytes(32)),
    laptop_opening.Asking("Your laptop asks."),
    laptop_opening.Admitted(),
    laptop_opening.OpeningRefused("no"),
]


def _framed(*words: msgspec.Struct) -> bytes:
    bodies = [msgspec.msgpack.encode(word) for word in words]
    return b"".join(engine_protocol.LENGTH.pack(len(body)) + body for body in bodies)


_STREAM = b"".join(
    _STREAMED.pack(0xFFFE + number & 0xFFFF, (2**32 - 960 + number * 960) & 0xFFFF_FFFF, 20, 3)
    for number in (0, 1, 2, 5, 4, 4, 9)
)


def check_binding(data: bytes) -> None:
    """What a stranger writes is one argument of a binding's line, whatever it is."""
    text = data.decode(errors="replace")
    kept = Kept()
    told = record(text)
    shown = text.replace("@", fields.NO_MENTION)
    for line, expected in (
        ("/keep {text} {id}", {"first": shown, "rest": "5", "option": None}),
        ("/keep first option={text} rest={text}", {"first": "first", "rest": shown, "option": shown}),
    ):
        kept.calls.clear()
        with contextlib.suppress(StopIteration):  # nothing of it waits
            kept.run(line, told).send(None)
        assert kept.calls == [("keep", expected)]
    assert all(ord(each) >= 32 for value in fields.environment(told).values() for each in value)


TARGETS: dict[str, Target] = {
    "binding": Target(check_binding, [b"hello", b'" to=#x {id}', b"\n/quit", b"a=b \\ \x00", b"@everyone"]),
    "rtp": Target(check_rtp, [HEADER, _EXTENDED]),
    "sequences": Target(check_sequences, [bytes(range(64)), b"\xff\xfe\xff\xff\x00\x00\x00\x01"]),
    "red": Target(check_red, [rtp.pack_red(FRAME, [(960, FRAME), (1920, b"")])]),
    "forged": Target(
        check_forged, [encryption.Sealer(mode, bytes(32)).seal(HEADER, FRAME) for mode in encryption.MODES]
    ),
    "hostile sender": Target(check_hostile_sender, [HEADER + FRAME, _EXTENDED]),
    "rtcp": Target(check_rtcp, [_REPORT, rtcp.sender_report(7)]),
    "discovery": Target(check_discovery, [discovery.request(5), discovery.response(5, "192.0.2.7", 9)]),
    "voice gateway": Target(
        check_gateway, [voice_gateway.encode(word, seq=1) for word in (*_SERVER_WORDS, *_CLIENT_WORDS)]
    ),
    "engine": Target(check_engine, [b"\x07" + engine_protocol.encode(word) for word in _ENGINE_WORDS]),
    "datagram": Target(check_datagram, [engine_protocol.encode(each)[5:] for each in _DATAGRAMS]),
    "opening": Target(
        check_opening,
        [
            *(_framed(word) for word in _OPENING_WORDS),
            _framed(_OPENING_WORDS[0], _OPENING_WORDS[2]),
            _framed(_OPENING_WORDS[1], _OPENING_WORDS[3], _OPENING_WORDS[4]),
        ],
    ),
    "session file": Target(
        check_session_file,
        [json.dumps({"v": 1, "secret": KEY.hex(), "laptop": "mobile", "began": 1.5}).encode(), b'{"x":' + b"[" * 4000],
    ),
    "opus": Target(check_opus, [rtp.SILENCE, FRAME]),
    "jitter buffer": Target(check_jitter_buffer, [_STREAM]),
    "forwarder": Target(check_forwarder, [_FORGED, discovery.request(5), discovery.keep_alive(1), _REPORT]),
    "typed line": Target(
        check_typed_line,
        [
            b'/msg to=#ci text="a b" \\',
            b"//x",
            b'/ban "a" delete=1h $1',
            '/a \N{SNOWMAN} $* "x'.encode(),
            b"/await in=",
        ],
    ),
    "hostile member": Target(check_hostile_member, [HEADER + FRAME, _EXTENDED, _REPORT]),
}
