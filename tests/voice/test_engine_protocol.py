"""The engine's wire format: what is said arrives, whatever the cuts, and nonsense is one documented error."""

import itertools
import struct
from typing import get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuichat.voice import audio_protocol as audio
from tuichat.voice import media_protocol as media
from tuichat.voice import place_protocol as places
from tuichat.voice.bounds import Figure, Ssrc
from tuichat.voice.call_protocol import MAX_REPORTED_PEOPLE, PersonStatistics
from tuichat.voice.device import AudioDevice
from tuichat.voice.engine_protocol import (
    DATAGRAM,
    MAX_FRAME_BYTES,
    MAX_LISTED,
    NEWEST_VERSION,
    OLDEST_VERSION,
    Devices,
    DevicesRequest,
    EngineError,
    EngineProtocolError,
    FrameSplitter,
    Hello,
    HelloRefused,
    HelloReply,
    Ping,
    Pong,
    Report,
    Request,
    Shutdown,
    UseLanguage,
    agree_on_version,
    check_agreed_version,
    encode,
    report_reader,
    request_reader,
)

texts = st.text(max_size=60)
figures = st.floats(-1e9, 1e9)
integers = st.integers(-(2**63), 2**63 - 1)
devices = st.builds(
    AudioDevice,
    index=integers,
    name=texts,
    host_api=texts,
    channels=integers,
    default_sample_rate_hz=figures,
    is_default=st.booleans(),
    key=texts,
)
device_tuples = st.lists(devices, max_size=3).map(tuple)
text_tuples = st.lists(texts, max_size=3).map(tuple)
percents = st.integers(0, audio.MAX_VOLUME_PERCENT)
thresholds = st.none() | st.floats(audio.SILENCE_DB, 0)
BY_FIELD: dict[str, st.SearchStrategy[object]] = {
    "user_id": integers,
    "percent": percents,
    "volume_percent": percents,
    "threshold_db": thresholds,
    "pcm": st.binary(max_size=100),
    "levels_db": st.dictionaries(integers, figures, max_size=3),
    "output_delay_ms": integers,
    "delay_ms": st.none() | integers,
    "data": st.binary(max_size=100),
    "people": st.lists(
        st.builds(
            PersonStatistics, user_id=integers, loss=figures, concealed=figures, jitter_ms=figures, delay_ms=figures
        ),
        max_size=3,
    ).map(tuple),
    "flags": st.integers(0, 255),
    "port": st.integers(0, 0xFFFF),
    "processing": text_tuples,
    "places": st.lists(st.builds(places.SoundPlace, key=texts, name=texts, began_s=st.floats(0, 1e11)), max_size=3).map(
        tuple
    ),
    "stamp_ms": st.integers(0, 0xFFFF),
    **dict.fromkeys(("rtt_ms", "ssh_ms", "direct_ms"), st.none() | figures),
}
BY_TYPE: dict[object, st.SearchStrategy[object]] = {
    int: integers,
    float: figures,
    Figure: figures,
    Ssrc: st.integers(0, 0xFFFF_FFFF),
    audio.DeviceKey: texts,
}


def built(kind: type[msgspec.Struct]) -> st.SearchStrategy[msgspec.Struct]:
    """Any message of this kind that keeps to the bounds of its fields."""
    hints = get_type_hints(kind, include_extras=True)
    return st.builds(
        kind,
        **{
            name: BY_FIELD[name] if name in BY_FIELD else BY_TYPE.get(hints[name], st.from_type(hints[name]))
            for name in kind.__struct_fields__
        },
    )


requests: st.SearchStrategy[Request] = st.one_of(
    st.builds(
        Hello, program=texts, oldest_version=integers, newest_version=integers, features=text_tuples, language=texts
    ),
    st.just(DevicesRequest()),
    st.builds(Ping, number=integers),
    st.just(Shutdown()),
    st.builds(UseLanguage, language=texts),
    *(built(kind) for kind in get_args(audio.AudioRequest | media.MediaRequest | places.PlaceRequest)),
)
reports: st.SearchStrategy[Report] = st.one_of(
    st.builds(
        HelloReply,
        program=texts,
        version=integers,
        features=text_tuples,
        libraries=st.dictionaries(texts, texts, max_size=3),
        problems=text_tuples,
    ),
    st.builds(HelloRefused, reason=texts),
    st.builds(Devices, inputs=device_tuples, outputs=device_tuples, problem=st.none() | texts),
    st.builds(EngineError, reason=texts, is_fatal=st.booleans()),
    st.builds(Pong, number=integers),
    *(built(kind) for kind in get_args(audio.AudioReport | media.MediaReport | places.PlaceReport)),
)


BOUNDED: list[tuple[Request, str]] = [
    (audio.SetVolume(user_id=1, percent=201), "200"),
    (audio.SetVolume(user_id=1, percent=-1), "0"),
    (audio.SetInputGain(percent=1_000), "200"),
    (audio.SetGate("voice", threshold_db=1.0), "0"),
    (audio.ChooseInput("x" * 401), "400"),
    (audio.PlaySamples(bytes(500_001)), "500000"),
    (media.MediaOffer(session=1, user_id=2, ssrc=1 << 32, ip="203.0.113.5", port=4000, mode=""), "4294967295"),
]


@pytest.mark.parametrize(("request_", "limit"), BOUNDED)
def test_what_is_out_of_bounds_is_refused_with_its_bound(request_: Request, limit: str) -> None:
    with pytest.raises(EngineProtocolError, match=limit):
        request_reader().feed(encode(request_))


def test_a_threshold_that_is_no_number_is_refused() -> None:
    body = msgspec.msgpack.encode({"type": "set_gate", "mode": "voice", "threshold_db": float("nan")})
    with pytest.raises(EngineProtocolError, match="threshold_db"):
        request_reader().feed(frame(body))


NO_FIGURES = [float("nan"), float("inf"), float("-inf"), 1e10, -1e10]


@pytest.mark.parametrize("figure", NO_FIGURES)
@pytest.mark.parametrize(
    "told",
    [
        {"type": "level", "input_db": ..., "is_open": True},
        {"type": "level", "input_db": -20.0, "is_open": True, "threshold_db": ...},
        {"type": "speaking_levels", "levels_db": {7: ...}},
        {"type": "test_progress", "step": "delay", "done": ...},
        {"type": "test_result", "is_good": True, "verdict": "", "peak_db": ...},
        {"type": "test_result", "is_good": True, "verdict": "", "noise_db": ...},
        {"type": "media_statistics", "session": 1, "rtt_ms": ...},
        {"type": "media_statistics", "session": 1, "sent_loss": ...},
        {"type": "media_statistics", "session": 1, "latest_tick_ms": ...},
        *(
            {"type": "media_statistics", "session": 1, "people": [{"user_id": 7, field: ...}]}
            for field in ("loss", "concealed", "jitter_ms", "delay_ms")
        ),
        *({"type": "ways_tried", field: ...} for field in ("ssh_ms", "direct_ms")),
        {"type": "devices", "reach": {"round_trip_ms": ...}},
    ],
    ids=str,
)
def test_a_figure_that_no_screen_can_draw_is_refused(told: dict[str, object], figure: float) -> None:
    def filled(value: object) -> object:
        match value:
            case dict():
                return {key: filled(each) for key, each in value.items()}
            case list():
                return [filled(each) for each in value]
        return figure if value is ... else value

    with pytest.raises(EngineProtocolError, match=r"Expected `float`"):
        report_reader().feed(frame(msgspec.msgpack.encode(filled(told))))


@pytest.mark.parametrize(
    "report",
    [
        audio.AudioState(input_name="x" * 4001),
        audio.AudioState(processing=("x",) * 17),
        audio.SpeakingLevels(dict.fromkeys(range(audio.MAX_LEVELS + 1), 0.0)),
        audio.Problem("input", "x" * 4001),
        audio.TestResult(is_good=False, verdict="x" * 4001),
        media.MediaState(session=1, problem="x" * 4001),
        media.MediaStatistics(session=1, people=(PersonStatistics(user_id=1),) * (MAX_REPORTED_PEOPLE + 1)),
        media.SelectAddress(1, "x" * 65, 1),
        media.SelectAddress(1, "203.0.113.9", 65536),
        media.AnnounceSpeaking(1, 256),
        media.AnnounceSpeaking(1, -1),
        EngineError("x" * 4001),
        Devices(problem="x" * 4001),
        Devices(outputs=(AudioDevice(0, "", "", 1, 48000.0),) * (MAX_LISTED + 1)),
        Devices(inputs=(AudioDevice(0, "x" * 4001, "", 1, 48000.0),)),
    ],
    ids=lambda report: type(report).__name__,
)
def test_a_report_that_is_longer_or_larger_than_anything_honest_is_refused(report: Report) -> None:
    with pytest.raises(EngineProtocolError, match="Expected"):
        report_reader().feed(encode(report))


def frame(body: bytes) -> bytes:
    return struct.pack("!I", len(body)) + body


def pieces(stream: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    return [stream[start:end] for start, end in itertools.pairwise(places)]


@given(st.lists(requests, max_size=5), st.lists(st.integers(0, 10**6), max_size=8))
def test_requests_arrive_whatever_the_cuts(sent: list[Request], cuts: list[int]) -> None:
    reader = request_reader()
    stream = b"".join(encode(message) for message in sent)
    assert [got for piece in pieces(stream, cuts) for got in reader.feed(piece)] == sent


@given(st.lists(reports, max_size=5), st.lists(st.integers(0, 10**6), max_size=8))
def test_reports_arrive_whatever_the_cuts(sent: list[Report], cuts: list[int]) -> None:
    reader = report_reader()
    stream = b"".join(encode(message) for message in sent)
    assert [got for piece in pieces(stream, cuts) for got in reader.feed(piece)] == sent


@given(st.binary(max_size=200), st.booleans())
def test_noise_raises_only_the_documented_error(noise: bytes, is_framed: bool) -> None:
    stream = frame(noise) if is_framed else noise
    for reader in (request_reader(), report_reader()):
        try:
            reader.feed(stream)
        except EngineProtocolError:
            continue


json_like = st.recursive(
    st.none() | st.booleans() | integers | st.floats() | texts | st.binary(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)
kinds = st.sampled_from(["hello", "ping", "devices", "hello_reply", "error", "pong", "shutdown", "no_such", ""])
fields = st.sampled_from(["program", "oldest_version", "number", "inputs", "libraries", "reason", "problem"])


@given(kinds, st.dictionaries(fields, json_like, max_size=5))
def test_messages_of_wrong_types_raise_only_the_documented_error(kind: str, rest: dict[str, object]) -> None:
    body = msgspec.msgpack.encode({"type": kind, **rest})
    for reader in (request_reader(), report_reader()):
        try:
            reader.feed(frame(body))
        except EngineProtocolError:
            continue


@pytest.mark.parametrize("opening", [b"\x91", b"\x81\xa4type"])
def test_bottomless_nesting_raises_the_documented_error(opening: bytes) -> None:
    with pytest.raises(EngineProtocolError):
        request_reader().feed(frame(opening * 20_000 + b"\xc0"))


def test_bottomless_nesting_in_an_unknown_field_raises_the_documented_error() -> None:
    body = b"\x82\xa4type\xa8shutdown\xa1x" + b"\x91" * 100_000 + b"\xc0"
    with pytest.raises(EngineProtocolError):
        request_reader().feed(frame(body))


@pytest.mark.parametrize("size", [0, MAX_FRAME_BYTES + 1, 2**32 - 1])
def test_a_frame_of_a_forbidden_length_is_refused_before_its_body_comes(size: int) -> None:
    with pytest.raises(EngineProtocolError, match=f"1 to {MAX_FRAME_BYTES} bytes, got {size}"):
        FrameSplitter().feed(struct.pack("!I", size))


def test_the_largest_frame_is_read() -> None:
    body = bytes(MAX_FRAME_BYTES)
    assert FrameSplitter().feed(frame(body)) == [body]


def test_a_message_over_the_limit_is_not_sent() -> None:
    with pytest.raises(EngineProtocolError, match=f"at most {MAX_FRAME_BYTES} bytes"):
        encode(EngineError(reason="x" * MAX_FRAME_BYTES))


def test_a_datagram_costs_eight_bytes_beside_what_it_carries() -> None:
    sent = media.Datagram(media.Way.WEBSOCKET, 0xABCD, b"sealed")
    stream = encode(sent)
    assert stream == b"\x00\x00\x00\x0a" + bytes([DATAGRAM]) + b"\x01\xab\xcd" + b"sealed"
    assert request_reader().feed(stream) == [sent]
    assert report_reader().feed(stream) == [sent]


@pytest.mark.parametrize("size", [0, media.MAX_DATAGRAM_BYTES])
def test_a_datagram_may_be_empty_and_may_be_the_largest(size: int) -> None:
    sent = media.Datagram(media.Way.UDP, 0, bytes(size))
    assert request_reader().feed(encode(sent)) == [sent]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\xc1", "0 to 2048 bytes, got -3"),
        (b"\xc1\x00\x00", "got -1"),
        (b"\xc1\x00\x00\x00" + bytes(media.MAX_DATAGRAM_BYTES + 1), "got 2049"),
        (b"\xc1\x02\x00\x00sealed", "way must be 0 or 1, got 2"),
        (b"\xc1\xff\x00\x00", "got 255"),
    ],
)
def test_a_bad_datagram_is_one_documented_error(body: bytes, words: str) -> None:
    for reader in (request_reader(), report_reader()):
        with pytest.raises(EngineProtocolError, match=words):
            reader.feed(frame(body))


@given(st.binary(max_size=80))
def test_whatever_follows_a_datagrams_mark_is_one_or_the_documented_error(rest: bytes) -> None:
    try:
        (got,) = report_reader().feed(frame(bytes([DATAGRAM]) + rest))
    except EngineProtocolError:
        return
    assert isinstance(got, media.Datagram)
    assert encode(got) == frame(bytes([DATAGRAM]) + rest)


@given(st.one_of(requests, reports))
def test_no_message_begins_as_a_datagram_does(message: Request | Report) -> None:
    if not isinstance(message, media.Datagram):
        assert encode(message)[4] != DATAGRAM


def test_a_key_is_in_no_text_of_its_message() -> None:
    agreed = media.MediaAgreed(session=1, mode="aead_aes256_gcm_rtpsize", key=b"0123456789abcdef" * 2)
    assert "0123456789abcdef" not in f"{agreed!r} {agreed}"


def test_a_field_of_a_newer_side_is_ignored() -> None:
    body = msgspec.msgpack.encode({"type": "ping", "number": 7, "colour": "red"})
    assert request_reader().feed(frame(body)) == [Ping(7)]


def test_the_newest_common_version_is_agreed_on() -> None:
    newer_agent = Hello("tuichat 9.0", oldest_version=OLDEST_VERSION, newest_version=NEWEST_VERSION + 3)
    assert agree_on_version(newer_agent) == NEWEST_VERSION


@pytest.mark.parametrize(
    ("oldest", "newest"),
    [(NEWEST_VERSION + 1, NEWEST_VERSION + 2), (OLDEST_VERSION - 2, OLDEST_VERSION - 1), (2, 1)],
)
def test_no_common_version_is_refused_in_a_sentence(oldest: int, newest: int) -> None:
    with pytest.raises(EngineProtocolError, match=r"tuichat 9\.0 speaks .*: update the older of the two"):
        agree_on_version(Hello("tuichat 9.0", oldest_version=oldest, newest_version=newest))


@given(integers)
def test_an_answer_in_an_unknown_version_is_refused(version: int) -> None:
    reply = HelloReply(program="tuichat 9.0", version=version)
    if OLDEST_VERSION <= version <= NEWEST_VERSION:
        check_agreed_version(reply)
    else:
        with pytest.raises(EngineProtocolError, match=f"answered in protocol {version}"):
            check_agreed_version(reply)
