"""Opus, through opuslib."""

import warnings

from tuichat.voice.device import AudioBackendError
from tuichat.voice.pyaudio_device import HOW_TO_INSTALL


def opus_version() -> str:
    """Return libopus's version, such as `1.3.1`, raising AudioBackendError where it cannot be loaded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # opuslib 3.0.1 compares with `is` on literals
            import opuslib.api.info as info
    except ImportError as error:
        raise AudioBackendError(f"opuslib is not installed: {HOW_TO_INSTALL}") from error
    except Exception as error:  # opuslib raises a bare Exception where libopus itself is missing
        raise AudioBackendError(f"libopus cannot be loaded ({error}): {HOW_TO_INSTALL}") from error
    text = info.get_version_string()
    if isinstance(text, bytes):
        text = text.decode("ascii", "replace")
    return str(text).removeprefix("libopus ")[:100]
