"""Marks the tests that need what the voice extra and `make test-deps` install: PyAudio with PortAudio, opuslib with Opus,
pywebrtc-audio.
"""

import ctypes.util
import importlib.util
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import pytest

TestT = TypeVar("TestT", bound=Callable[..., Any])

HAS_OPUS = importlib.util.find_spec("opuslib") is not None and ctypes.util.find_library("opus") is not None
HAS_VOICE = HAS_OPUS and importlib.util.find_spec("pyaudio") is not None

needs_opus = [
    pytest.mark.system,
    pytest.mark.skipif(not HAS_OPUS, reason="Opus is not here: run `make test-deps`, then `make voice`"),
]
needs_voice = [
    pytest.mark.system,
    pytest.mark.skipif(not HAS_VOICE, reason="PortAudio or Opus is not here: run `make test-deps`, then `make voice`"),
]
needs_webrtc = [
    pytest.mark.system,
    pytest.mark.skipif(
        importlib.util.find_spec("pywebrtc_audio") is None, reason="pywebrtc-audio is not here: run `make voice`"
    ),
]


def marked(marks: Iterable[pytest.MarkDecorator]) -> Callable[[TestT], TestT]:
    """Give one test what a file gives all of its tests by `pytestmark`."""

    def mark(test: TestT) -> TestT:
        for each in marks:
            test = each(test)
        return test

    return mark
