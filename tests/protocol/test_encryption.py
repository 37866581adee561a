"""Sealed packets: published vectors, an independent idea of the wire, round trips, and whatever strangers send."""

import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
from hypothesis import given
from hypothesis import strategies as st

from tuichat.protocol import encryption, rtp
from tuichat.protocol.encryption import AES_GCM, MODES, XCHACHA, EncryptionError, Opener, Sealer

KEY = bytes(range(32))
HEADER = rtp.build_header(rtp.Header(rtp.OPUS, 7, 960, 42))

PLAIN = st.binary(max_size=200)
modes = pytest.mark.parametrize("mode", MODES)


def hchacha20(key: bytes, nonce: bytes) -> bytes:
    """draft-irtf-cfrg-xchacha-03, 2.2: the rounds of ChaCha20 without the final sum, which is taken off again here."""
    block = Cipher(algorithms.ChaCha20(key, nonce), None).encryptor().update(bytes(64))
    summed = struct.unpack("<16I", block)
    added = struct.unpack("<16I", b"expand 32-byte k" + key + nonce)
    words = [(one - other) & 0xFFFF_FFFF for one, other in zip(summed, added, strict=True)]
    return struct.pack("<8I", *words[:4], *words[12:])


def independent_seal(mode: str, header: bytes, plaintext: bytes, counter: int) -> bytes:
    """Seal by other means than the module's, from the text of Discord's documentation."""
    nonce = struct.pack(">I", counter)
    if mode == AES_GCM:
        return header + AESGCM(KEY).encrypt(nonce + bytes(8), plaintext, header) + nonce
    cipher = ChaCha20Poly1305(hchacha20(KEY, nonce + bytes(12)))
    return header + cipher.encrypt(bytes(12), plaintext, header) + nonce


def test_aes_gcm_seals_as_the_published_vector_says() -> None:
    # McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test case 14: key, nonce and text are zeros
    sealed = Sealer(AES_GCM, bytes(32)).seal(b"", bytes(16))
    assert sealed.hex() == "cea7403d4d606b6e074ec5d3baf39d18" + "d0d1c8a799996bf0265b98b5d48ab919" + "00000000"


def test_the_tests_own_hchacha_is_the_drafts() -> None:
    # draft-irtf-cfrg-xchacha-03, 2.2.1
    subkey = hchacha20(KEY, bytes.fromhex("000000090000004a0000000031415927"))
    assert subkey.hex() == "82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc"


@modes
@given(counter=st.integers(0, encryption.LAST_COUNTER), plaintext=PLAIN)
def test_a_sealed_packet_is_the_documented_bytes(mode: str, counter: int, plaintext: bytes) -> None:
    sealed = Sealer(mode, KEY, counter).seal(HEADER, plaintext)
    assert sealed == independent_seal(mode, HEADER, plaintext, counter)
    assert encryption.nonce_of(sealed) == counter
    assert len(sealed) == len(HEADER) + len(plaintext) + encryption.OVERHEAD_BYTES
    assert Opener(mode, KEY).open(sealed) == plaintext


@modes
def test_each_packet_has_a_counter_of_its_own(mode: str) -> None:
    sealer = Sealer(mode, KEY)
    assert [encryption.nonce_of(sealer.seal(HEADER, b"x")) for _ in range(4)] == [0, 1, 2, 3]


@modes
def test_a_key_is_never_used_for_a_counter_twice(mode: str) -> None:
    sealer = Sealer(mode, KEY, encryption.LAST_COUNTER)
    assert sealer.needs_new_key
    sealer.seal(HEADER, b"the last")
    with pytest.raises(EncryptionError, match="4294967296 packets"):
        sealer.seal(HEADER, b"one too many")
    assert not Sealer(mode, KEY).needs_new_key


@modes
@given(
    sources=st.integers(0, 15),
    extension=st.none() | st.integers(0, 5).map(lambda words: bytes(range(4 * words))),
    padding=st.none() | st.integers(1, 255),
    payload=PLAIN,
)
def test_extension_and_padding_are_taken_off(
    mode: str, sources: int, extension: bytes | None, padding: int | None, payload: bytes
) -> None:
    first = 0x80 | sources | (0 if extension is None else 0x10) | (0 if padding is None else 0x20)
    header = bytes([first]) + HEADER[1:] + bytes(4 * sources)
    if extension is not None:
        header += struct.pack(">HH", 0xBEDE, len(extension) // 4)
    plaintext = (extension or b"") + payload + (bytes(padding - 1) + bytes([padding]) if padding else b"")
    assert Opener(mode, KEY).open(Sealer(mode, KEY).seal(header, plaintext)) == payload


@pytest.mark.parametrize(
    ("first", "extension_words", "plaintext"),
    [(0x90, 2, bytes(7)), (0xA0, None, b""), (0xA0, None, b"abc\x00"), (0xA0, None, b"\x05"), (0xB0, 1, b"\0\0\0\x02")],
)
def test_an_extension_or_padding_longer_than_the_packet_is_malformed(
    first: int, extension_words: int | None, plaintext: bytes
) -> None:
    header = bytes([first]) + HEADER[1:]
    if extension_words is not None:
        header += struct.pack(">HH", 0xBEDE, extension_words)
    assert Opener(AES_GCM, KEY).open(Sealer(AES_GCM, KEY).seal(header, plaintext)) is None


@modes
def test_rtcp_is_sealed_after_eight_bytes(mode: str) -> None:
    # 0x90: sixteen report blocks, not an extension
    packet = b"\x90\xc9\x00\x61\x00\x00\x00\x2a" + bytes(range(48))
    sealed = Sealer(mode, KEY).seal(packet[: rtp.RTCP_HEADER_BYTES], packet[rtp.RTCP_HEADER_BYTES :])
    assert sealed[:8] == packet[:8]
    assert Opener(mode, KEY).open(sealed) == packet[8:]


@modes
@given(plaintext=PLAIN, data=st.data())
def test_a_packet_with_one_bit_changed_does_not_open(mode: str, plaintext: bytes, data: st.DataObject) -> None:
    sealed = bytearray(Sealer(mode, KEY).seal(HEADER, plaintext))
    at = data.draw(st.integers(0, 8 * len(sealed) - 1))
    sealed[at // 8] ^= 1 << at % 8
    assert Opener(mode, KEY).open(bytes(sealed)) is None


@modes
@given(packet=st.binary(max_size=120) | st.binary(max_size=80).map(lambda rest: b"\x9f\x78" + rest))
def test_what_a_stranger_sends_does_not_open(mode: str, packet: bytes) -> None:
    assert Opener(mode, KEY).open(packet) is None


@modes
def test_a_packet_cut_short_does_not_open(mode: str) -> None:
    sealed = Sealer(mode, KEY).seal(HEADER, b"payload")
    opener = Opener(mode, KEY)
    assert [opener.open(sealed[:size]) for size in range(len(sealed))] == [None] * len(sealed)
    assert opener.open(sealed) == b"payload"


@modes
def test_another_key_does_not_open(mode: str) -> None:
    assert Opener(mode, bytes(32)).open(Sealer(mode, KEY).seal(HEADER, b"payload")) is None


@pytest.mark.parametrize("kind", [Sealer, Opener])
def test_an_unknown_mode_and_a_short_key_are_refused(kind: type[Sealer] | type[Opener]) -> None:
    with pytest.raises(EncryptionError, match="xsalsa20_poly1305_lite"):
        kind("xsalsa20_poly1305_lite", KEY)
    with pytest.raises(EncryptionError, match="32 bytes, got 31"):
        kind(XCHACHA, KEY[:31])
