"""Seals and opens media packets in the two "rtpsize" modes of the voice protocol.

A sealed packet is its header in the clear, the ciphertext with its tag of 16 bytes, and four bytes of a counter that,
followed by zeros, is the nonce (Discord's documentation, "Transport Encryption Modes"). The header is authenticated too.

AES-GCM comes from cryptography with the cipher kept: half a microsecond a packet. XChaCha20 comes from PyNaCl's public
bindings, which take four microseconds; libsodium by ctypes takes half of that, but then every system must have the
library, and a lifetime of pointers is ours to get right. Our own clients ask for AES-GCM, so the difference is met by
bots of discord.py alone.
"""

import struct
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tuichat.protocol.errors import ProtocolError
from tuichat.protocol.rtp import header_bytes, is_rtcp

AES_GCM = "aead_aes256_gcm_rtpsize"
XCHACHA = "aead_xchacha20_poly1305_rtpsize"
MODES = (AES_GCM, XCHACHA)  # the better one first, as READY offers them

KEY_BYTES = 32
TAG_BYTES = 16
COUNTER_BYTES = 4
OVERHEAD_BYTES = TAG_BYTES + COUNTER_BYTES
LAST_COUNTER = (1 << 32) - 1
NEW_KEY_AT = LAST_COUNTER - (1 << 20)  # taste: six hours at 50 packets a second are left to agree on a new key

_AES_GCM_ZEROS = bytes(12 - COUNTER_BYTES)
_XCHACHA_ZEROS = bytes(24 - COUNTER_BYTES)
_COUNTER = struct.Struct(">I")
_HAS_PADDING = 0x20
_HAS_EXTENSION = 0x10

_Cipher = Callable[[bytes, bytes, bytes], bytes]  # nonce, data, authenticated data


class EncryptionError(ProtocolError):
    """A mode that is not known, a key of the wrong size, or one that has sealed all it may."""


def nonce_of(packet: bytes) -> int:
    """Return the counter that a sealed packet of four bytes or more carries at its end."""
    number: int = _COUNTER.unpack_from(packet, len(packet) - COUNTER_BYTES)[0]
    return number


class Sealer:
    """Seals what one end sends under one key. Two of them must never share a key: a counter used twice gives it away.

    So it is kept over a resumed connection, and RTP and RTCP go through the same one. Raises EncryptionError for a mode
    or key that cannot be used.
    """

    def __init__(self, mode: str, key: bytes, first_counter: int = 0) -> None:
        _check(mode, key)
        self._encrypt: _Cipher = AESGCM(key).encrypt if mode == AES_GCM else _xchacha_encrypt(key)
        self._zeros = _AES_GCM_ZEROS if mode == AES_GCM else _XCHACHA_ZEROS
        self._counter = first_counter

    @property
    def needs_new_key(self) -> bool:
        """Whether the counter nears its end, so that the connection should be made anew."""
        return self._counter >= NEW_KEY_AT

    def seal(self, header: bytes, plaintext: bytes) -> bytes:
        """Return the packet to send: `header` as it is, `plaintext` (with an extension's body before it) sealed.

        Raises EncryptionError once 2^32 packets were sealed.
        """
        if self._counter > LAST_COUNTER:
            raise EncryptionError(f"the key has sealed {LAST_COUNTER + 1} packets, and may seal no more")
        counter = _COUNTER.pack(self._counter)
        self._counter += 1
        return header + self._encrypt(counter + self._zeros, plaintext, header) + counter


class Opener:
    """Opens what the other end sealed. Raises EncryptionError for a mode or key that cannot be used."""

    def __init__(self, mode: str, key: bytes) -> None:
        _check(mode, key)
        self._decrypt: _Cipher = AESGCM(key).decrypt if mode == AES_GCM else _xchacha_decrypt(key)
        self._zeros = _AES_GCM_ZEROS if mode == AES_GCM else _XCHACHA_ZEROS

    def open(self, packet: bytes) -> bytes | None:
        """Return the payload of an RTP packet, without extension and padding, or what follows the 8 bytes of an RTCP one.

        None for a packet that was forged or is malformed. Replays are the caller's to see: `rtp.ReplayWindow`.
        """
        if len(packet) < COUNTER_BYTES + TAG_BYTES:
            return None
        size_bytes = header_bytes(packet)
        if len(packet) < size_bytes + OVERHEAD_BYTES:
            return None
        header = packet[:size_bytes]
        try:
            plaintext = self._decrypt(packet[-COUNTER_BYTES:] + self._zeros, packet[size_bytes:-COUNTER_BYTES], header)
        except InvalidTag:
            return None
        if header[0] & (_HAS_EXTENSION | _HAS_PADDING) and not is_rtcp(packet):
            return _bare_payload(header, plaintext)
        return plaintext


def _bare_payload(header: bytes, plaintext: bytes) -> bytes | None:
    start, end = 0, len(plaintext)
    if header[0] & _HAS_EXTENSION:
        start = 4 * int.from_bytes(header[-2:], "big")  # RFC 3550, 5.3.1: words of the extension
    if header[0] & _HAS_PADDING:
        if end == 0 or plaintext[-1] == 0:  # RFC 3550, 5.1: the last byte counts itself
            return None
        end -= plaintext[-1]
    return plaintext[start:end] if start <= end else None


def _check(mode: str, key: bytes) -> None:
    if mode not in MODES:
        raise EncryptionError(f"the modes of encryption are {' and '.join(MODES)}, got {ascii(mode)[:60]}")
    if len(key) != KEY_BYTES:
        raise EncryptionError(f"a key has {KEY_BYTES} bytes, got {len(key)}")


def _xchacha_encrypt(key: bytes) -> _Cipher:
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as encrypt  # 12 ms, for few

    return lambda nonce, plaintext, header: encrypt(plaintext, header, nonce, key)


def _xchacha_decrypt(key: bytes) -> _Cipher:
    from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as decrypt
    from nacl.exceptions import CryptoError

    def open_or_refuse(nonce: bytes, sealed: bytes, header: bytes) -> bytes:
        try:
            return decrypt(sealed, header, nonce, key)
        except CryptoError:
            raise InvalidTag from None

    return open_or_refuse
