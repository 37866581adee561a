"""libopus as opuslib loads it, or the sentence that says why it cannot."""

import ctypes
import functools
import warnings
from typing import Any

from tuichat.voice.device import AudioBackendError
from tuichat.voice.pyaudio_device import not_installed, not_loaded


def opus_version() -> str:
    """Return libopus's version, such as `1.3.1`, raising AudioBackendError where it cannot be loaded."""
    text = opus_library().info.get_version_string()
    if isinstance(text, bytes):
        text = text.decode("ascii", "replace")
    return str(text).removeprefix("libopus ")[:100]


@functools.cache
def opus_library() -> Any:
    """Return opuslib.api with its submodules, raising AudioBackendError where it or libopus cannot be loaded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # opuslib 3.0.1 compares with `is` on literals
            import opuslib.api.decoder
            import opuslib.api.encoder
            import opuslib.api.info
    except ImportError as error:
        raise AudioBackendError(not_installed("opuslib")) from error
    except Exception as error:  # opuslib raises a bare Exception where libopus itself is missing
        raise AudioBackendError(not_loaded("libopus", error)) from error
    # Variadic in C: where such arguments travel otherwise, as on Apple's arm64, ctypes must know which are fixed.
    opuslib.api.encoder.libopus_ctl.argtypes = (opuslib.api.encoder.EncoderPointer, ctypes.c_int)
    return opuslib.api


def opus_constant(name: str) -> int:
    """Return a constant of opus_defines.h by its name there without `OPUS_`."""
    import opuslib

    return int(getattr(opuslib, name))
