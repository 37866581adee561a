"""How far away a sound server is said to be, and what is said where there is none."""

from pathlib import Path

import pytest

from tuichat.voice.device import ServerReach
from tuichat.voice.pulse_connection import (
    ACCESS,
    REFUSED,
    TIMEOUT,
    PulseConnectError,
    asked_latency_ms,
    explained,
    latency_ms,
    reach,
    settings_file,
)


def test_a_near_server_is_left_to_the_system() -> None:
    assert latency_ms([0.2]) == 0
    assert latency_ms([40.0, 0.3]) == 0  # a machine that was busy for once


def test_a_distant_server_holds_a_round_trip_and_what_is_asked_for_at_once() -> None:
    assert latency_ms([100.0, 100.0, 100.0]) == 140


def test_round_trips_that_differ_have_more_kept_ready() -> None:
    assert latency_ms([100.0, 110.0, 130.0]) == 200


def test_nobody_waits_for_more_than_a_second() -> None:
    assert latency_ms([100.0, 3000.0]) == 1000


@pytest.mark.parametrize(
    ("text", "asked_ms"), [("150", 150), (" 20 ", 20), ("", 0), ("0", 0), ("-5", 0), ("20ms", 0), ("9" * 40, 0)]
)
def test_a_latency_is_taken_as_libpulse_takes_it(text: str, asked_ms: int) -> None:
    assert asked_latency_ms({"PULSE_LATENCY_MSEC": text}) == asked_ms


class FarServer:
    """Answers at once, whatever it said before."""

    def __init__(self) -> None:
        self.questions = 0

    def server_info(self) -> str:
        self.questions += 1
        return "pulseaudio"


def test_a_near_server_is_asked_no_further() -> None:
    server = FarServer()
    assert reach(server, 0.25, {}) == ServerReach(address="", round_trip_ms=0.2)
    assert server.questions == 0


def test_a_slow_first_answer_is_asked_about() -> None:
    server = FarServer()
    assert reach(server, 50.0, {"PULSE_SERVER": "unix:/tmp/far"}).needed_ms == 0
    assert server.questions == 1


def test_the_users_own_latency_holds() -> None:
    found = reach(FarServer(), 0.2, {"PULSE_LATENCY_MSEC": "90"})
    assert (found.needed_ms, found.asked_ms) == (0, 90)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (REFUSED, "no sound server answers at unix:/tmp/far, which PULSE_SERVER names"),
        (ACCESS, "copy the file ~/.config/pulse/cookie"),
        (TIMEOUT, "cannot be used (Timeout)"),
    ],
)
def test_a_server_that_was_named_is_explained(code: int, words: str) -> None:
    sentence = explained(PulseConnectError(code, "Timeout"), {"PULSE_SERVER": "unix:/tmp/far"})
    assert sentence is not None
    assert words in sentence


def test_without_a_name_there_may_be_no_sound_server() -> None:
    assert explained(PulseConnectError(REFUSED, "Connection refused"), {}) is None


@pytest.mark.parametrize(
    ("environ", "file"),
    [
        ({}, "~/.config/pulse/client.conf"),
        ({"PULSE_CONFIG_PATH": "/home/ann/conf"}, "/home/ann/conf/client.conf"),
        ({"PULSE_CONFIG_PATH": "/x", "PULSE_CLIENTCONFIG": "/etc/mine.conf"}, "/etc/mine.conf"),
    ],
)
def test_the_settings_are_where_libpulse_looks(environ: dict[str, str], file: str) -> None:
    assert settings_file(environ) == file


def test_settings_that_are_there_are_the_ones_to_change(home: Path) -> None:
    old = home / ".pulse" / "client.conf"
    old.parent.mkdir()
    old.write_text("autospawn=no\n")
    assert settings_file({}) == "~/.pulse/client.conf"
