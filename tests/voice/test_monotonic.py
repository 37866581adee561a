"""The clock that goes on in sleep is the one of which the watch for sleeps says so, and stamps are of it."""

import pytest

from tuichat.voice import monotonic
from tuichat.voice.monotonic import always_ms, now_ms, stamp_ms
from tuichat.voice.sleep_watch import clocks


def test_it_is_the_clock_that_goes_on_in_sleep() -> None:
    before_ms = clocks()[1] * 1000
    assert before_ms <= always_ms() <= clocks()[1] * 1000


def test_where_there_is_no_such_clock_the_other_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monotonic, "_ALWAYS", None)
    first_ms = now_ms()
    assert first_ms <= always_ms() <= now_ms()


def test_a_stamp_is_that_clock_modulo_65536() -> None:
    before_ms = always_ms()
    stamp = stamp_ms()
    assert 0 <= stamp <= 0xFFFF
    assert (stamp - int(before_ms)) % 0x10000 <= always_ms() - before_ms + 1
