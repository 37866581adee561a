"""Transport compression: what one side packs the other unpacks, and a bomb is stopped at the bound."""

import itertools
import os
import random
import zlib

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol.compression import (
    ZLIB_SUFFIX,
    Compression,
    Compressor,
    Decompressor,
    ZlibStreamDecompressor,
    ZstdStreamDecompressor,
    make_compressor,
    make_decompressor,
)
from tuichat.protocol.errors import ProtocolError

MIB = 1024 * 1024
STREAMS = [Compression.ZLIB_STREAM, Compression.ZSTD_STREAM]


def _ends(compression: Compression, max_bytes: int = 32 * MIB) -> tuple[Compressor, Decompressor]:
    compressor, decompressor = make_compressor(compression), make_decompressor(compression, max_bytes)
    assert compressor is not None
    assert decompressor is not None
    return compressor, decompressor


def test_no_compression_needs_no_context() -> None:
    assert make_compressor(Compression.NONE) is None
    assert make_decompressor(Compression.NONE) is None


@pytest.mark.parametrize("compression", STREAMS)
@given(payloads=st.lists(st.binary(min_size=1, max_size=2000), max_size=10))
def test_payloads_come_back_one_by_one(compression: Compression, payloads: list[bytes]) -> None:
    compressor, decompressor = _ends(compression)
    for payload in payloads:
        assert decompressor.feed(compressor.compress(payload)) == payload


@pytest.mark.parametrize("compression", STREAMS)
@pytest.mark.parametrize("size", [1, 255, 131_071, 131_072, 131_073, 200_000, 400_000, 3_000_000])
def test_payloads_of_every_size_come_back_whole(compression: Compression, size: int) -> None:
    compressor, decompressor = _ends(compression)
    for payload in (os.urandom(size), b"a" * size, random.Random(size).randbytes(997) * (size // 997 + 1)):
        assert decompressor.feed(compressor.compress(payload)) == payload


@pytest.mark.parametrize("level", [1, 3, 19])
def test_zstd_of_a_server_with_other_settings_is_read(level: int) -> None:
    context = zstandard.ZstdCompressor(level=level).compressobj()
    decompressor = ZstdStreamDecompressor()
    for size in (10, 150_000, 400_000):
        payload = os.urandom(500) * (size // 500 + 1)
        frame = context.compress(payload) + context.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        assert decompressor.feed(frame) == payload


def test_a_second_payload_costs_less_than_the_first() -> None:
    payload = b'{"op":0,"t":"MESSAGE_CREATE","d":{"content":"hello","channel_id":"81384788765712384"}}'
    for compression in STREAMS:
        compressor, _ = _ends(compression)
        assert len(compressor.compress(payload)) > 2 * len(compressor.compress(payload))


def test_a_zlib_payload_ends_with_the_sync_flush() -> None:
    compressor, _ = _ends(Compression.ZLIB_STREAM)
    assert compressor.compress(b"{}").endswith(ZLIB_SUFFIX)


@given(cuts=st.lists(st.integers(0, 60), max_size=4))
def test_a_zlib_payload_cut_into_messages_waits_for_its_end(cuts: list[int]) -> None:
    compressor, decompressor = _ends(Compression.ZLIB_STREAM)
    frame = compressor.compress(b'{"op":11,"d":null,"s":null,"t":null}')
    edges = sorted({min(cut, len(frame) - 1) for cut in cuts} | {0, len(frame)})
    outcomes = [decompressor.feed(frame[start:end]) for start, end in itertools.pairwise(edges)]
    assert outcomes[-1] == b'{"op":11,"d":null,"s":null,"t":null}'
    assert outcomes[:-1] == [None] * (len(outcomes) - 1)


def test_a_zlib_bomb_is_stopped_at_the_bound() -> None:
    context = zlib.compressobj(9)
    bomb = context.compress(bytes(64 * MIB)) + context.flush(zlib.Z_SYNC_FLUSH)
    with pytest.raises(ProtocolError, match=f"inflate to over {MIB}"):
        ZlibStreamDecompressor(MIB).feed(bomb)


def test_a_zstd_bomb_is_stopped_near_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    context = zstandard.ZstdCompressor(level=3).compressobj()
    bomb = context.compress(bytes(256 * MIB)) + context.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    assert len(bomb) < MIB // 64
    decompressor = ZstdStreamDecompressor(MIB)
    inflated_bytes = 0
    inflate = decompressor._context.decompress

    class Counting:
        eof = False

        def decompress(self, data: bytes) -> bytes:
            nonlocal inflated_bytes
            chunk = inflate(data)
            inflated_bytes += len(chunk)
            return chunk

    monkeypatch.setattr(decompressor, "_context", Counting())
    with pytest.raises(ProtocolError, match=f"inflate to over {MIB}"):
        decompressor.feed(bomb)
    assert inflated_bytes <= 10 * MIB


def test_zlib_that_never_ends_is_stopped_at_the_bound() -> None:
    decompressor = ZlibStreamDecompressor(10_000)
    for _ in range(10):
        assert decompressor.feed(b"x" * 1000) is None
    with pytest.raises(ProtocolError, match="has over 10000 bytes"):
        decompressor.feed(b"x" * 1000)


def test_a_zstd_window_over_eight_mebibytes_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters.from_level(19, window_log=27)
    context = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(ProtocolError, match="too much memory"):
        ZstdStreamDecompressor().feed(context.compress(b"x") + context.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK))


@pytest.mark.parametrize("compression", STREAMS)
def test_a_stream_that_ends_is_an_error(compression: Compression) -> None:
    if compression is Compression.ZLIB_STREAM:
        context = zlib.compressobj()
        frame = context.compress(b"x") + context.flush(zlib.Z_FINISH) + ZLIB_SUFFIX
    else:
        frame = zstandard.ZstdCompressor().compress(b"x")
    _, decompressor = _ends(compression)
    with pytest.raises(ProtocolError, match="ended"):
        decompressor.feed(frame)


@pytest.mark.parametrize("compression", STREAMS)
@given(frames=st.lists(st.binary(max_size=200), max_size=5), seal=st.booleans())
def test_any_bytes_give_a_payload_or_a_protocol_error(
    compression: Compression, frames: list[bytes], seal: bool
) -> None:
    _, decompressor = _ends(compression, MIB)
    try:
        for frame in frames:
            payload = decompressor.feed(frame + ZLIB_SUFFIX if seal else frame)
            assert payload is None or len(payload) <= MIB
    except ProtocolError as error:
        assert str(error).isprintable()  # noqa: PT017  # a payload is fine too


@pytest.mark.parametrize("compression", STREAMS)
@given(data=st.data())
def test_a_damaged_stream_gives_a_payload_or_a_protocol_error(compression: Compression, data: st.DataObject) -> None:
    compressor, decompressor = _ends(compression, MIB)
    frame = bytearray(compressor.compress(b'{"op":10,"d":{"heartbeat_interval":41250},"s":null,"t":null}' * 3))
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    try:
        decompressor.feed(bytes(frame))
        decompressor.feed(compressor.compress(b"{}"))
    except ProtocolError as error:
        assert str(error).isprintable()  # noqa: PT017  # as above
