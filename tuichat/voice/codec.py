"""Opus, through opuslib: its C functions are called with buffers of ours, since its own copies cost as much again."""

import ctypes
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tuichat.errors import TuichatError
from tuichat.protocol.rtp import FRAME_SAMPLES, RATE_HZ
from tuichat.voice.opus_library import opus_constant, opus_library
from tuichat.voice.opus_packet import MAX_PACKET_SAMPLES

MAX_ENCODED_BYTES: Final = 1275  # RFC 6716, 3.2.1: the most that one frame can have
MIN_BITRATE: Final = 6_000
MAX_BITRATE: Final = 510_000

Samples = NDArray[np.float32]
"""Sound between -1 and 1: of shape (n,) in mono, (n, 2) in stereo."""


class CodecError(TuichatError):
    """libopus refused; the text says what and with which of its error numbers."""


class Encoder:
    """Turns 20 ms of sound into one Opus packet: 48 kHz, voip, complexity 10, variable bitrate.

    `bitrate` is in bits a second, 6000 to 510000.
    """

    def __init__(self, *, channels: int = 1, bitrate: int = 48_000) -> None:
        self._opus = opus_library()
        self._channels = channels
        error = ctypes.c_int()
        application = opus_constant("APPLICATION_VOIP")
        self._state = self._opus.encoder.libopus_create(RATE_HZ, channels, application, ctypes.byref(error))
        _check("create an encoder", error.value)
        self._packet = ctypes.create_string_buffer(MAX_ENCODED_BYTES)
        self._ctl("SET_COMPLEXITY_REQUEST", 10)
        self.set_bitrate(bitrate)

    def __del__(self) -> None:
        if hasattr(self, "_state"):
            self._opus.encoder.destroy(self._state)

    def set_bitrate(self, bitrate: int) -> None:
        """Aim at so many bits a second; outside of what Opus can do, at the nearest that it can."""
        self._ctl("SET_BITRATE_REQUEST", min(max(bitrate, MIN_BITRATE), MAX_BITRATE))

    def set_expected_loss(self, percent: int) -> None:
        """Spend bits on sending each frame once more, coarsely, in the next packet; 0 spends none."""
        percent = min(max(percent, 0), 100)
        self._ctl("SET_INBAND_FEC_REQUEST", int(percent > 0))
        self._ctl("SET_PACKET_LOSS_PERC_REQUEST", percent)

    def set_dtx(self, is_on: bool) -> None:
        """Let silence be encoded in one or two bytes (`opus_packet.MAX_QUIET_BYTES`).

        Of several such in a row only the first needs to be sent: listeners then go on with the noise of the room.
        """
        self._ctl("SET_DTX_REQUEST", int(is_on))

    def lookahead_samples(self) -> int:
        """Return by how much the encoder delays the sound."""
        value = ctypes.c_int()
        self._ctl("GET_LOOKAHEAD_REQUEST", ctypes.byref(value))
        return value.value

    def encode(self, sound: NDArray[np.float32] | NDArray[np.int16]) -> bytes:
        """Return the packet of FRAME_SAMPLES a channel, raising CodecError for any other number.

        Shape (960,) or, in stereo, (960, 2); float32 between -1 and 1, or int16.
        """
        wanted = FRAME_SAMPLES * self._channels
        if sound.size != wanted:  # libopus would read on behind a short buffer
            raise CodecError(f"a frame must have {wanted} samples, got {sound.size}")
        if sound.dtype == np.int16:
            call, pointer = self._opus.encoder.libopus_encode, self._opus.c_int16_pointer
        elif sound.dtype == np.float32:
            call, pointer = self._opus.encoder.libopus_encode_float, self._opus.c_float_pointer
        else:
            raise CodecError(f"a frame must be of int16 or float32, got {sound.dtype}")
        samples = np.ascontiguousarray(sound)
        size = call(self._state, samples.ctypes.data_as(pointer), FRAME_SAMPLES, self._packet, MAX_ENCODED_BYTES)
        _check("encode", size)
        return self._packet.raw[:size]

    def _ctl(self, request: str, value: Any) -> None:
        # opuslib's own properties raise TypeError for FEC and do nothing for DTX.
        _check(request, self._opus.encoder.libopus_ctl(self._state, opus_constant(request), value))


class Decoder:
    """Turns one speaker's packets into sound, and keeps what it needs to conceal a loss.

    What the methods return is a buffer of the decoder's, good until its next call.
    """

    def __init__(self, channels: int = 1) -> None:
        self._opus = opus_library()
        error = ctypes.c_int()
        self._state = self._opus.decoder.libopus_create(RATE_HZ, channels, ctypes.byref(error))
        _check("create a decoder", error.value)
        shape = (MAX_PACKET_SAMPLES,) if channels == 1 else (MAX_PACKET_SAMPLES, channels)
        self._sound: Samples = np.zeros(shape, np.float32)
        self._pointer = self._sound.ctypes.data_as(self._opus.c_float_pointer)
        self._decode = self._opus.decoder.libopus_decode_float

    def __del__(self) -> None:
        if hasattr(self, "_state"):
            self._opus.decoder.destroy(self._state)

    def decode(self, payload: bytes) -> Samples:
        """Return a packet's sound, raising CodecError where it is no Opus packet."""
        return self._call("decode", payload, MAX_PACKET_SAMPLES, 0)

    def recover(self, next_payload: bytes, samples: int) -> Samples:
        """Return the lost frame of so many samples that comes before a packet, from what that packet says of it.

        Where it says nothing (`opus_packet.has_fec`), this conceals. The packet itself is to be decoded afterwards.
        """
        return self._call("recover", next_payload, samples, 1)

    def conceal(self, samples: int) -> Samples:
        """Return a guess at what follows, for a multiple of 120 samples; the longer it goes on, the quieter it gets."""
        return self._call("conceal", b"", samples, 0)

    def _call(self, what: str, payload: bytes, samples: int, is_fec: int) -> Samples:
        # An empty payload stands for a lost one; None would raise in opuslib, and so would it here.
        got = self._decode(self._state, payload or None, len(payload), self._pointer, samples, is_fec)
        _check(what, got)
        return self._sound[:got]


def _check(what: str, result: int) -> None:
    if result < 0:
        raise CodecError(f"libopus cannot {what}: error {result}")
